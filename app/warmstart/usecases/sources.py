"""Which files an import reads: those named, and the notes in the folders named."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from warmstart.errors import NoteError
from warmstart.notes.source import MAX_BYTES
from warmstart.resources import bundled

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

NOTE_SUFFIXES = frozenset({".md", ".markdown"})
NAMED_SUFFIXES = NOTE_SUFFIXES | {".txt"}
"""What is read when a file is named itself: a text file may well be a note, a folder's need not."""
COURSE, LABS = "course/", "labs/"
"""What the keys of bundled notes begin with: they survive a new installation, unlike a path."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read, and what the store calls it."""

    path: Path
    key: str
    """An absolute path, or ``course/…`` and ``labs/…`` for what is bundled."""
    name: str
    """What links call the note."""
    origin: str = "user"
    named: bool = False
    """Whether the import named the file itself, and not only a folder above it."""


@dataclass(frozen=True, slots=True)
class Content:
    """A file's bytes, with what tells later whether it has changed."""

    data: bytes
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Found:
    """What stands under the paths that an import was given."""

    sources: tuple[Source, ...]
    folders: tuple[str, ...]
    """The folders that were read whole: a note of theirs that is not among the sources is gone."""
    errors: tuple[NoteError, ...]


def find(paths: Iterable[Path]) -> Found:
    """Return the notes under these files and folders, each once, in a stable order."""
    sources: dict[str, Source] = {}
    folders: list[str] = []
    errors: list[NoteError] = []
    for path in paths:
        if path.is_dir():
            unread: list[NoteError] = []
            notes = list(_walk(path, unread))
            errors += unread
            if not unread:
                folders.append(str(path.resolve()) + os.sep)
            if not notes and not unread:
                errors.append(
                    NoteError(
                        "There are no notes in this folder.",
                        path=path,
                        hint="Notes end in .md or .markdown; name a .txt file itself to import it.",
                    )
                )
        elif path.exists() and path.suffix.lower() not in NAMED_SUFFIXES:
            known = ", ".join(sorted(NAMED_SUFFIXES))
            errors.append(
                NoteError("This is not a note.", path=path, hint=f"Warmstart reads {known}.")
            )
            notes = []
        else:
            notes = [path]
        for note in notes:
            key = str(note.resolve())
            sources.setdefault(key, Source(note, key, note.stem, named=note == path))
    return Found(tuple(sources.values()), tuple(folders), tuple(errors))


def find_bundled() -> Found:
    """Return the notes of the bundled course and the narratives of the bundled labs."""
    content, labs = bundled("content"), bundled("labs")
    course = [
        Source(path, f"{COURSE}{path.relative_to(content).as_posix()}", path.stem, "course")
        for path in sorted(content.rglob("*.md"))
    ]
    narratives = [
        Source(path, f"{LABS}{path.parent.name}/README.md", path.parent.name, "lab")
        for path in sorted(labs.glob("*/README.md"))
    ]
    return Found((*course, *narratives), (COURSE, LABS), ())


def read(source: Source) -> Content:
    """Read a file.

    Raises:
        NoteError: it is missing, may not be read, is no regular file, or is too large.
    """
    try:
        status = source.path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise NoteError("This is not a regular file.", path=source.path)
        if status.st_size > MAX_BYTES:
            raise NoteError(
                f"This file is {status.st_size / 1e6:.0f} MB large; notes are read up to"
                f" {MAX_BYTES / 1e6:.0f} MB.",
                path=source.path,
                hint="Split it into several notes.",
            )
        return Content(source.path.read_bytes(), status.st_size, status.st_mtime_ns)
    except FileNotFoundError as error:
        raise NoteError("There is no such file or folder.", path=source.path) from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise NoteError(f"This file cannot be read: {reason}.", path=source.path) from error


def _walk(folder: Path, errors: list[NoteError]) -> Iterator[Path]:
    def unreadable(error: OSError) -> None:
        errors.append(
            NoteError(f"This folder cannot be read: {error.strerror}.", path=error.filename)
        )

    # Links to folders are not followed: they may lead in circles.
    for root, folders, files in os.walk(folder, onerror=unreadable):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if os.path.splitext(name)[1].lower() in NOTE_SUFFIXES and not name.startswith("."):  # noqa: PTH122 a Path per file is slow
                yield Path(root, name)
