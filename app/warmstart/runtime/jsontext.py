"""JSON as handlers give it: text that Python reads and writes, and nothing else need.

A handler may answer with a lone surrogate, or with a thousand brackets. Neither may bring down the
services that take an answer apart, put it into an event of theirs and send that on.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

DEPTH: Final = 500
"""How deep a text may be nested: half of what Python recurses, and much less than a stack holds."""
_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_BRACKET: Final = re.compile(r"[\[\]{}]")


def parsed(text: str) -> Any:
    """Return what a text says.

    Raises:
        ValueError: it is no JSON, or nested too deeply. NaN, which Python's own is, is one.
    """
    if text.count("[") + text.count("{") > DEPTH and _depth(text) > DEPTH:
        raise ValueError("It is nested too deeply.")
    return json.loads(text)


def _depth(text: str) -> int:
    depth = deepest = 0
    for bracket in _BRACKET.findall(_STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def dumped(value: Any, *, compact: bool = False) -> str:
    """Return a value as text that can be encoded: a lone surrogate stays the escape it was."""
    separators = (",", ":") if compact else None
    text = json.dumps(value, ensure_ascii=False, separators=separators)
    return text if is_encodable(text) else json.dumps(value, separators=separators)


def is_encodable(text: str) -> bool:
    """Return whether a text can be written as UTF-8: it holds no lone surrogate."""
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            return False
    return True
