r"""Formulas in markdown: ``$…$`` and ``$$…$$``, and ``\(…\)`` and ``\[…\]`` as MathJax has them.

A lone dollar is money: no blank inside the signs, no digit outside. Brackets behind a backslash are
just brackets to markdown, so they hold a formula only if it looks like one, or if the backslash is
itself escaped: so Anki's cards come in.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline

INLINE: Final = "math_inline"
BLOCK: Final = "math_block"
_MAY_HOLD = re.compile(r"\$|\\[(\[]")
_OPENING = re.compile(r"(\\{1,2})([(\[])")
_CLOSING: Final = {"(": ")", "[": "]"}
_FORMULA = re.compile(r"\\[A-Za-z]|[_^=<>+]")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_NESTING: Final = 100
"""Lists and quotes within one another; what lies deeper is lost, and 20 is too few for a list."""


def parser_for(markdown: str) -> MarkdownIt:
    """Return what reads ``markdown``; formulas cost time only where there may be some."""
    return _with_formulas() if _MAY_HOLD.search(markdown) else _plain()


@cache
def _plain() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("gfm-like", {"html": True, "maxNesting": _NESTING})


@cache
def _with_formulas() -> MarkdownIt:
    from markdown_it import MarkdownIt
    from mdit_py_plugins.dollarmath import dollarmath_plugin

    parser = MarkdownIt("gfm-like", {"html": True, "maxNesting": _NESTING})
    dollarmath_plugin(
        parser, allow_labels=False, allow_space=False, allow_digits=False, double_inline=True
    )
    parser.inline.ruler.before("escape", "bracket_math", _bracketed)
    return parser


def _bracketed(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 as markdown-it calls it
    found = _OPENING.match(state.src, state.pos)
    if found is None or (state.pos and state.src[state.pos - 1] == "\\"):
        return False
    closing = found[1] + _CLOSING[found[2]]
    # What was not found once is not looked for again: a line of openings takes one pass.
    lacking: set[tuple[str, str]] = state.env.setdefault("no_math_end", set())
    if (state.src, closing) in lacking:
        return False
    end = state.src.find(closing, found.end())
    if end < 0:
        lacking.add((state.src, closing))
        return False
    inside = state.src[found.end() : end]
    if not inside.strip() or (len(found[1]) == 1 and not _FORMULA.search(inside)):
        return False
    if not silent:
        token = state.push(INLINE, "math", 0)
        token.content = _ESCAPED.sub(r"\1", inside) if len(found[1]) > 1 else inside
    state.pos = end + len(closing)
    return True
