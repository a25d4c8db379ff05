"""Which files an import reads: those named, and the notes in the folders named.

With 10,000 notes of which none has changed, finding that out is all the work there is. So files are
told apart here, by size and time, before anything is made for them; ``make bench`` compares this
with a bare scandir and stat.
"""

from __future__ import annotations

import os
import re
import stat
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from warmstart.errors import NoteError
from warmstart.notes.source import MAX_BYTES, too_long
from warmstart.resources import bundled
from warmstart.store.folders import file_stamp, folder_digest, folder_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from warmstart.store.folders import Folder, Stamped

NOTE_SUFFIXES = (".md", ".markdown")
TEXT_SUFFIXES = (*NOTE_SUFFIXES, ".txt")
NAMED_SUFFIXES = (*TEXT_SUFFIXES, ".apkg", ".colpkg", ".csv", ".tsv")
"""What is read when a file is named itself: a text file may well be a note, a folder's need not."""
_DECK_KEY = re.compile(r"(.*?\.(?:apkg|colpkg|csv|tsv|txt))#", re.IGNORECASE | re.DOTALL)
COURSE, LABS = "course/", "labs/"
"""What the keys of bundled notes begin with: they survive a new installation, unlike a path."""

_BY_DESCRIPTOR = os.scandir in os.supports_fd
"""Whether a folder can be read through a descriptor: the stat of an entry then takes a name, where
a whole path would be walked again for each file."""

Stamp = tuple[int, int]
"""A file's size in bytes and its time of change in nanoseconds."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read, and what the store calls it."""

    path: Path
    key: str
    """An absolute path, or ``course/…`` and ``labs/…`` for what is bundled."""
    name: str
    """What links call the note."""
    origin: str = "user"
    stamp: Stamp = (0, 0)
    folder: str = ""
    """Where it lies below the folder that was imported, parted by slashes: its deck."""
    named: bool = False
    """Whether the import named the file itself, and not only a folder above it."""


@dataclass(slots=True)
class Found:
    """What stands under the paths that an import was given."""

    sources: dict[str, Source] = field(default_factory=dict)
    """Files that are new or may have changed, by key, in a stable order."""
    same: dict[str, Stamped] = field(default_factory=dict)
    """The notes whose files have the known stamp, by key."""
    whole: dict[str, Folder] = field(default_factory=dict)
    """The folders in which no note has changed, by path; their notes are not among ``same``."""
    folders: list[str] = field(default_factory=list)
    """The folders that were read whole: a note of theirs that was not found is gone."""
    errors: list[NoteError] = field(default_factory=list)

    def is_same(self, key: str) -> bool:
        """Whether this is a note in use whose file has the known stamp."""
        return key in self.same or folder_of(key) in self.whole


def find(
    paths: Iterable[Path],
    stamps: Mapping[str, Stamped],
    known: Mapping[str, Folder] = MappingProxyType({}),
) -> Found:
    """Return the notes under these files and folders, each once.

    ``stamps`` are the notes in use, by key: a file that has the same is not read again. ``known``
    are folders with their notes in use: where none in one has changed, ``stamps`` is not asked.
    """
    found = Found()
    for path in paths:
        if path.is_dir():
            _folder(path, stamps, known, found)
        elif path.exists() and path.suffix.lower() not in NAMED_SUFFIXES:
            suffixes = ", ".join(NAMED_SUFFIXES)
            found.errors.append(
                NoteError("This is not a note.", path=path, hint=f"Warmstart reads {suffixes}.")
            )
        else:
            _named(path, stamps, found)
    if found.whole:  # a link may lead into a folder, and a file of one be named beside it
        for key in [key for key in found.same if folder_of(key) in found.whole]:
            del found.same[key]
    return found


def find_bundled(stamps: Mapping[str, Stamped]) -> Found:
    """Return the notes of the bundled course and the narratives of the bundled labs."""
    content, labs = bundled("content"), bundled("labs")
    found = Found(folders=[COURSE, LABS])
    for path in sorted(content.rglob("*.md")):
        key = f"{COURSE}{path.relative_to(content).as_posix()}"
        _add(Source(path, key, path.stem, "course", _stamp(path)), stamps, found)
    for path in sorted(labs.glob("*/README.md")):
        name = path.parent.name
        _add(Source(path, f"{LABS}{name}/README.md", name, "lab", _stamp(path)), stamps, found)
    return found


def deck_key(file: str, deck: str) -> str:
    """Return what the store calls a deck of an Anki file; ``file_of`` undoes it."""
    return f"{file}#{deck}"


def file_of(key: str) -> str:
    """Return the file that a note of the store was read from: of a deck, the Anki file."""
    found = _DECK_KEY.match(key)
    return found[1] if found else key


def read(source: Source) -> bytes:
    """Read a file.

    Raises:
        NoteError: it is missing, may not be read, is no regular file, or is too large.
    """
    try:
        status = source.path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise NoteError("This is not a regular file.", path=source.path)
        if status.st_size > MAX_BYTES and source.path.suffix.lower() in TEXT_SUFFIXES:
            error = too_long(status.st_size)
            error.path = source.path
            raise error
        return source.path.read_bytes()
    except FileNotFoundError as error:
        raise NoteError("There is no such file or folder.", path=source.path) from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise NoteError(f"This file cannot be read: {reason}.", path=source.path) from error


def _named(path: Path, stamps: Mapping[str, Stamped], found: Found) -> None:
    key = str(path.resolve())
    _add(Source(path, key, path.stem, stamp=_stamp(path), named=True), stamps, found)


def _folder(
    folder: Path, stamps: Mapping[str, Stamped], known: Mapping[str, Folder], found: Found
) -> None:
    """Add the notes below a folder; links to folders are not followed, as they may be circles."""
    root = os.path.realpath(folder)
    before = len(found.sources) + len(found.same) + len(found.whole)
    whole = True
    waiting = [root]
    while waiting:
        place = waiting.pop()
        try:
            inside = os.path.join(place, "")  # noqa: PTH118 as below
            below = _unchanged(inside, known[inside]) if inside in known else None
            if below is None:
                below = _notes_in(place, root, stamps, found)
            else:
                found.whole[inside] = known[inside]
            waiting += below
        except OSError as error:
            whole = False
            found.errors.append(
                NoteError(f"This folder cannot be read: {error.strerror}.", path=place)
            )
    if whole:
        found.folders.append(os.path.join(root, ""))  # noqa: PTH118 the separator, once
        if len(found.sources) + len(found.same) + len(found.whole) == before:
            found.errors.append(
                NoteError(
                    "There are no notes in this folder.",
                    path=folder,
                    hint="Notes end in .md or .markdown; name a .txt file itself to import it.",
                )
            )


def _unchanged(inside: str, known: Folder) -> list[str] | None:
    """Return the folders in a folder, in order, if its notes are the known ones; else None.

    The shortest way through 10,000 files: nothing is kept of one but its stamp.
    """
    folders: list[str] = []
    said: list[str] = []
    with _entries(inside) as entries:
        for entry in entries:
            name = entry.name
            if name[0] == ".":
                continue
            if not name.endswith(NOTE_SUFFIXES) and not name.lower().endswith(NOTE_SUFFIXES):
                if entry.is_dir(follow_symlinks=False):
                    folders.append(inside + name)
                continue
            if entry.is_symlink():
                return None
            try:
                status = entry.stat()
            except OSError:
                return None
            said.append(file_stamp(name, status.st_size, status.st_mtime_ns))
    return sorted(folders) if folder_digest(said) == known.digest else None


def _notes_in(place: str, root: str, stamps: Mapping[str, Stamped], found: Found) -> list[str]:
    """Add the notes that lie in ``place`` itself, and return the folders in it, in order."""
    inside = os.path.join(place, "")  # noqa: PTH118 a Path for each of 10,000 files is slow
    known, same = stamps.get, found.same
    folders: list[str] = []
    changed: list[tuple[str, Stamp, bool]] = []
    with _entries(place) as entries:
        for entry in entries:
            name = entry.name
            if name[0] == ".":
                continue
            if not name.endswith(NOTE_SUFFIXES) and not name.lower().endswith(NOTE_SUFFIXES):
                if entry.is_dir(follow_symlinks=False):
                    folders.append(inside + name)
                continue
            is_link = entry.is_symlink()
            try:
                status = entry.stat()
            except OSError:
                changed.append((name, (0, 0), is_link))  # read() says what is wrong
                continue
            before = None if is_link else known(inside + name)
            size, changed_at = status.st_size, status.st_mtime_ns
            if before is not None and before[2] == changed_at and before[1] == size:
                same[before[0]] = before
            else:
                changed.append((name, (size, changed_at), is_link))
    changed.sort()
    deck = Path(place).relative_to(root).as_posix().removeprefix(".")
    for name, stamp, is_link in changed:
        path = inside + name
        key = os.path.realpath(path) if is_link else path
        title = name.rpartition(".")[0]
        _add(Source(Path(path), key, title, stamp=stamp, folder=deck), stamps, found)
    return sorted(folders)


@contextmanager
def _entries(place: str) -> Iterator[Iterator[os.DirEntry[str]]]:
    """Give the entries of a folder, in any order; only within the block can they be asked."""
    if not _BY_DESCRIPTOR:
        with os.scandir(place) as entries:
            yield entries
        return
    descriptor = os.open(place, os.O_RDONLY)
    try:
        with os.scandir(descriptor) as entries:
            yield entries
    finally:
        os.close(descriptor)


def _add(source: Source, stamps: Mapping[str, Stamped], found: Found) -> None:
    if not source.key.isascii():
        try:
            source.key.encode()
        except UnicodeEncodeError:  # bytes of another encoding, as an old archive unpacks to
            shown = Path(os.fsencode(source.path).decode("utf-8", "replace"))
            found.errors.append(
                NoteError("The name of this file is not UTF-8.", path=shown, hint="Rename it.")
            )
            return
    before = stamps.get(source.key)
    if before is not None and before[1:3] == source.stamp:
        found.same[source.key] = before
    else:
        found.sources.setdefault(source.key, source)


def _stamp(path: Path) -> Stamp:
    try:
        status = path.stat()
    except OSError:
        return (0, 0)
    return (status.st_size, status.st_mtime_ns)
