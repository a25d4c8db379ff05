"""Times between the domain (aware datetimes) and the store (epoch milliseconds)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


def to_ms(at: datetime) -> int:
    """Return whole milliseconds since the epoch; exact, unlike ``timestamp()``'s float."""
    return (at - _EPOCH) // _MS


def from_ms(ms: int) -> datetime:
    """Return the moment, in UTC."""
    return _EPOCH + ms * _MS
