"""Folders of notes, summed up: what tells at one look that nothing in a folder has changed.

To read the stamps of 10,000 notes from the store takes as long as a third of their files. So the
store keeps one digest a folder, which is compared with that of the files found there; only where
the two differ is a note looked at by itself. SQLAlchemy is not imported: whoever reads notes needs
this.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING, Final, NamedTuple

from warmstart.store.ids import insertion

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

Stamped = tuple[str, int, int, str]
"""A note in use as far as an import must know it to see that its file has not changed: its path,
size in bytes, time of change in nanoseconds, and how many cards of each kind it states.

A bare tuple as SQLite gives it: to make anything of 10,000 of them takes as long as their files.
"""


class Folder(NamedTuple):
    """The notes in use that lie in one folder itself, not below it."""

    path: str
    """With the separator at its end."""
    digest: bytes
    """``folder_digest`` of their stamps."""
    notes: int
    kinds: str
    """How many cards of each kind they state together, as JSON."""


def folder_of(path: str) -> str:
    """Return the folder a file lies in, with the separator at its end."""
    return path[: path.rfind(os.sep) + 1]


def file_stamp(name: str, size: int, mtime_ns: int) -> str:
    """Return a file's part of its folder's digest."""
    return f"{name}/{size}/{mtime_ns}"


def folder_digest(stamps: Iterable[str]) -> bytes:
    """Return what is the same as long as no file of a folder is new, changed or gone.

    ``stamps`` are those of its files, in any order.
    """
    said = "\0".join(sorted(stamps))
    return hashlib.blake2b(said.encode("utf-8", "surrogateescape"), digest_size=16).digest()


def summed(path: str, notes: Sequence[Stamped]) -> Folder:
    """Return a folder with the notes in use that lie in it."""
    at = len(path)
    digest = folder_digest(file_stamp(key[at:], size, mtime) for key, size, mtime, _ in notes)
    kinds = stated(kinds for _, _, _, kinds in notes)
    return Folder(path, digest, len(notes), json.dumps(kinds, sort_keys=True))


def stated(kinds: Iterable[str]) -> Counter[str]:
    """Return how many cards of each kind notes state; each says so in JSON, most in few ways."""
    found: Counter[str] = Counter()
    for said, times in Counter(kinds).items():
        for kind, count in json.loads(said).items():
            found[kind] += count * times
    return found


_STAMPS: Final = "SELECT path, size, mtime_ns, kinds FROM note WHERE retired_at IS NULL"
_ALL: Final = "SELECT path, digest, notes, kinds FROM folder"
_SAVE: Final = insertion("folder", *Folder._fields)


class Folders:
    """The notes in use as an import asks for them, within one transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._sqlite = connection

    def stamps(self) -> dict[str, Stamped]:
        """Return the notes in use by their path."""
        return {row[0]: row for row in self._sqlite.execute(_STAMPS)}

    def all(self) -> dict[str, Folder]:
        """Return the folders of all notes in use, by path; or none, where that was not summed up.

        Triggers of the store take all of them away when a note changes, whoever changes it.
        """
        return {row[0]: Folder._make(row) for row in self._sqlite.execute(_ALL)}

    def sum_up(self) -> None:
        """Sum up the notes in use, folder by folder."""
        self._sqlite.execute("DELETE FROM folder")
        self._sqlite.executemany(_SAVE, self._summed())

    def out_of_line(self) -> int:
        """Return how many folders are summed up otherwise than their notes are now."""
        known = self.all()
        return len({*known.values()} ^ {*self._summed()}) if known else 0

    def _summed(self) -> list[Folder]:
        inside: dict[str, list[Stamped]] = {}
        for note in self.stamps().values():
            inside.setdefault(folder_of(note[0]), []).append(note)
        return [summed(path, notes) for path, notes in inside.items()]

    def count_below(self, folders: Iterable[str]) -> int:
        """Return how many notes in use have a path that begins with one of these."""
        # What begins with one comes before whatever has the next character as its last.
        ends = [(path, path[:-1] + chr(ord(path[-1]) + 1)) for path in dict.fromkeys(folders)]
        if not ends:
            return 0
        condition = " OR ".join(["path >= ? AND path < ?"] * len(ends))
        query = f"SELECT count(*) FROM note WHERE retired_at IS NULL AND ({condition})"  # noqa: S608
        return int(self._sqlite.execute(query, [*chain.from_iterable(ends)]).fetchone()[0])
