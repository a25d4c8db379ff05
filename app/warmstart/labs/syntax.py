"""Python files of a lab as trees, read by whichever thread."""

from __future__ import annotations

import ast
import threading

_ONE_AT_A_TIME = threading.Lock()


def tree_of(source: str | bytes) -> ast.Module:
    """Parse a file's text.

    CPython counts how deep a tree is in one place for all threads of an interpreter. Where one
    gets its turn while another's tree is made (in a callback of the garbage collector, say), both
    counts go wrong, and the parser raises a SystemError ("AST constructor recursion depth
    mismatch"; seen with 3.11.7).

    Raises:
        SyntaxError, ValueError: it is not Python.
    """
    with _ONE_AT_A_TIME:
        return ast.parse(source)
