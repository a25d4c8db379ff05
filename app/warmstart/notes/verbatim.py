"""What of a line is not prose: code, math, comments, addresses, tags of HTML."""

from __future__ import annotations

import re

from warmstart.notes.links import without_code

# No alternative can look at a character for more than two starting points: what stands between
# two delimiters holds neither, or runs to the end of the line and takes it along.
_VERBATIM = re.compile(
    r"""<!--.*?(?:-->|$)"""
    r"""|(?<![\w(])%%(?:(?!%%).)*%%(?!\w)"""
    r"""|\$\$.*?\$\$"""
    r"""|(?<!\\)\$(?![\s$])[^$]*(?<![\s\\])\$(?!\d)"""
    r"""|\[\[[^\[\]]+\]\]"""
    r"""|\]\([^()\s]*\)"""
    r"""|<[A-Za-z/!][^<>]*>"""
    r"""|\b(?:https?|ftp|file|obsidian)://[^\s<>]*[^\s<>=*}.,;:!?)]"""
)
_MAY_HOLD = re.compile(r"[<%$\[]|\]\(|://")


def masked(line: str) -> str:
    """Return ``line`` with all that is not prose as spaces, so that positions stay."""
    line = without_code(line)
    if not _MAY_HOLD.search(line):
        return line
    return _VERBATIM.sub(lambda found: " " * len(found[0]), line)
