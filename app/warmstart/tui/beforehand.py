"""What the first key of its kind would wait for, loaded behind the store."""

from __future__ import annotations

from importlib import import_module
from typing import Final

_MODULES: Final = (
    "warmstart.tui.screens.help",
    "warmstart.tui.screens.notes",
    "warmstart.tui.widgets.answer_input",
    "warmstart.tui.markdown.highlight",
    "mdit_py_plugins.dollarmath",
    "pylatexenc.latex2text",
    "wcwidth",
    "rapidfuzz.distance.Levenshtein",
)
"""Dialogs; a note; comparing a typed answer; code and formulas."""


def load() -> None:
    """Import them; meant for a thread that has nothing more urgent to do."""
    for module in _MODULES:
        import_module(module)
