"""Which line of a lab's own code an error comes from, as far as the error tells.

Lambda names files as it sees them, ``/var/task/app.py``; whoever is to mend one wants the file on
disk. Of a module that cannot be found Lambda gives no line at all, so the import is looked up.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from warmstart.labs.syntax import tree_of

if TYPE_CHECKING:
    from pathlib import Path

    from warmstart.runtime.specs import FunctionSpec
    from warmstart.runtime.trace import FunctionError

_FRAME = re.compile(r'File "/var/task/([^"\n]+)",? [Ll]ine (\d+)')
_NO_MODULE = re.compile(r"No module named '([^']+)'")


def origin(error: FunctionError, spec: FunctionSpec) -> tuple[Path, int | None]:
    """Return the file and line; where neither is told, the module that holds the handler."""
    frames = _FRAME.findall("\n".join(error.stack_trace))
    if frames:
        file, line = frames[-1]
        return spec.code / file, int(line)
    module = spec.code / f"{spec.handler.rpartition('.')[0].replace('.', '/')}.py"
    missing = _NO_MODULE.search(error.error_message)
    found = _import_of(missing[1], module, spec.code) if missing else None
    return found or (module, None)


def _import_of(name: str, module: Path, code: Path) -> tuple[Path, int] | None:
    """Return where the module is imported: in the handler's file, else in any other."""
    for path in (module, *sorted(code.rglob("*.py"))):
        try:
            tree = tree_of(path.read_bytes())
        except (OSError, SyntaxError, ValueError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom) and name in _imported(node):
                return path, node.lineno
    return None


def _imported(node: ast.Import | ast.ImportFrom) -> set[str]:
    """Return the modules that a statement imports, and the packages they lie in."""
    names = [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        names = [node.module or "", *(f"{node.module}.{name}" for name in names)]
    parts = [name.split(".") for name in names]
    return {".".join(name[:end]) for name in parts for end in range(1, len(name) + 1)}
