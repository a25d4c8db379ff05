"""What waits to be asked, for tests that look at the queue from outside."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from warmstart.store.sitting import Studying

_LATE = datetime(2100, 1, 1, tzinfo=UTC)


def queued(tx: Studying) -> list[int]:
    """Return the new cards in the order in which they are to be met."""
    return [waiting.card for waiting in tx.queue.new(_LATE, 999)]
