"""Colours for code: few, from the theme, and only where the fence names its language.

An unnamed fence is as likely a diagram as code, and guessing its language costs more than the rest
of the page, so it stays as it is.
"""

from __future__ import annotations

from textual import highlight as textual_highlight
from textual.content import Content


class Colours(textual_highlight.HighlightTheme):
    """A style for each kind of token; Pygments' kinds are tuples, written here as such."""

    STYLES = {  # noqa: RUF012 as the base class declares it
        ("Comment",): "$quiet italic",
        ("Keyword",): "$temperature-6",
        ("Keyword", "Constant"): "$compensated",
        ("Operator", "Word"): "$temperature-6",
        ("Literal", "String"): "$success",
        ("Literal", "Number"): "$compensated",
        ("Name", "Attribute"): "$secondary",
        ("Name", "Class"): "bold",
        ("Name", "Decorator"): "$secondary",
        ("Name", "Function"): "bold",
        ("Name", "Tag"): "$secondary",
    }


def highlight(code: str, language: str) -> Content:
    """Return ``code`` with its tokens coloured; plain where ``language`` is unknown."""
    coloured = textual_highlight.highlight(code, language=language.lower(), theme=Colours)
    # Textual puts its own colour under all of it; ours are meant to stand on the page's.
    return Content(coloured.plain, [span for span in coloured.spans if span.style != "$text"])
