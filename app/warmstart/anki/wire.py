"""Just enough of protobuf's wire format to read what Anki writes: a message as its fields.

The format is documented at protobuf.dev/programming-guides/encoding. Field numbers come from
Anki's ``proto/anki``; the few that matter here stand where they are used.
"""

from __future__ import annotations

from typing import Final

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_MAX_VARINT_BITS: Final = 64


def fields(message: bytes) -> dict[int, list[int | bytes]]:
    """Return the values of a message by field number, in order: integers and byte strings.

    Raises:
        ValueError: these bytes are no message.
    """
    found: dict[int, list[int | bytes]] = {}
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        value: int | bytes
        match tag & 7:
            case wire if wire == _VARINT:
                value, at = _varint(message, at)
            case wire if wire in (_FIXED32, _FIXED64):
                value, at = _take(message, at, 4 if wire == _FIXED32 else 8)
            case wire if wire == _BYTES:
                size, at = _varint(message, at)
                value, at = _take(message, at, size)
            case wire:
                raise ValueError(f"unknown wire type {wire}")
        found.setdefault(tag >> 3, []).append(value)
    return found


def text(message: dict[int, list[int | bytes]], number: int) -> str:
    """Return a field as text; empty where it is missing or no text."""
    value = message.get(number, [b""])[-1]
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else ""


def number(message: dict[int, list[int | bytes]], number: int) -> int:
    """Return a field as an integer; 0, protobuf's default, where it is missing or none."""
    value = message.get(number, [0])[-1]
    return value if isinstance(value, int) else 0


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while shift < _MAX_VARINT_BITS:
        if at >= len(message):
            raise ValueError("the message ends early")
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004 the top bit says whether more follows
            return value, at
        shift += 7
    raise ValueError("a number is too long")


def _take(message: bytes, at: int, size: int) -> tuple[bytes, int]:
    if at + size > len(message):
        raise ValueError("the message ends early")
    return message[at : at + size], at + size
