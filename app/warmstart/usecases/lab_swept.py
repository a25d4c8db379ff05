"""What sweeps came to, remembered from one to the next: the same again is read, not run."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from warmstart.labs.sweep import Row

if TYPE_CHECKING:
    from warmstart.store.engine import Store


class SweptRows:
    """The rows of sweeps by their keys, in the store; a key is all that decides its row."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, key: str) -> Row | None:
        """Return a row that was kept."""
        with self._store.read() as tx:
            kept = tx.lab_work.swept(_digest(key))
        return None if kept is None else Row(kept[0], tuple(kept[1:]))

    def __setitem__(self, key: str, row: Row) -> None:
        with self._store.write() as tx:
            tx.lab_work.keep_swept(_digest(key), [row.value, *row.figures])


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
