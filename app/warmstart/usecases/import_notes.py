"""Importing notes: files in, cards out, and the history of every card kept.

Files are read and parsed first; then one transaction matches what was found against what the store
has, and writes all of it or nothing. A file that has not changed (size and time, then digest) is
not parsed again. A dry run does the same work and takes it back.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from warmstart.errors import NoteError
from warmstart.notes.formats import CardOptions
from warmstart.notes.parse import parse_note
from warmstart.notes.source import decode
from warmstart.notes.suggest import suggest
from warmstart.usecases.merge import Parsed, Tally, merge
from warmstart.usecases.sources import COURSE, Found, Source, find, find_bundled, read

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from warmstart.notes.model import Problem
    from warmstart.store.repositories.notes import KnownNote
    from warmstart.usecases.workspace import Workspace

Progress = Callable[[int, int, str], None]
"""Called with files done, files in all, and the path of the next."""


@dataclass(frozen=True, slots=True)
class ImportProblem:
    """Something that could not be read, with where and the likely fix."""

    path: str
    line: int | None
    message: str
    hint: str | None

    def __str__(self) -> str:
        return str(NoteError(self.message, path=self.path, line=self.line, hint=self.hint))


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import found and what it changed; the five tallies count cards."""

    notes: int
    """Notes read, unchanged ones included."""
    cards: dict[str, int]
    """Cards by kind, in all notes read."""
    added: int
    changed: int
    """Edited, history kept."""
    moved: int
    """The same card in another note, history kept."""
    retired: int
    """Gone from the notes; out of study, nothing deleted."""
    unchanged: int
    problems: tuple[ImportProblem, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the report as what JSON can hold."""
        names = ("notes", "cards", "added", "changed", "moved", "retired", "unchanged")
        problems = [
            {"path": p.path, "line": p.line, "message": p.message, "hint": p.hint}
            for p in self.problems
        ]
        return {name: getattr(self, name) for name in names} | {"problems": problems}


@dataclass(slots=True)
class _Reading:
    """What reading the files has given so far."""

    parsed: list[Parsed] = field(default_factory=list)
    unchanged: list[KnownNote] = field(default_factory=list)
    touched: list[tuple[int, int, int]] = field(default_factory=list)
    """Files written again with the same content: note, size, time."""
    problems: list[ImportProblem] = field(default_factory=list)
    unread: list[NoteError] = field(default_factory=list)
    """Files that were met and could not be read."""


def import_notes(
    workspace: Workspace,
    paths: Iterable[Path],
    *,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """Import the notes under these files and folders and say what changed.

    A file that cannot be read is a problem of the report; the others are imported all the same.

    Raises:
        StoreError: nothing was imported.
    """
    return _import(workspace, find(paths), dry_run=dry_run, progress=progress)


def import_bundled(workspace: Workspace) -> ImportReport:
    """Bring the bundled course and the labs' narratives up to date; cheap when they are.

    A course that the learner has removed stays away, with the notes a new version may bring.
    """
    found = find_bundled()
    with workspace.store.read() as tx:
        course = [n for n in tx.notes.known().values() if n.path.startswith(COURSE)]
    if course and all(note.removed for note in course):
        sources = tuple(source for source in found.sources if source.origin != "course")
        found = replace(found, sources=sources)
    return _import(workspace, found, dry_run=False, progress=None)


def _import(
    workspace: Workspace, found: Found, *, dry_run: bool, progress: Progress | None
) -> ImportReport:
    with workspace.store.read() as tx:
        known = tx.notes.known()
    reading = _Reading(problems=[_problem(error) for error in found.errors])
    options = CardOptions(multiline_card_separator=workspace.settings.notes.multi_line_separators)
    for done, source in enumerate(found.sources):
        if progress:
            progress(done, len(found.sources), str(source.path))
        before = known.get(source.key)
        if before and before.removed and not source.named:
            continue
        try:
            _read(source, before, options, reading)
        except NoteError as error:
            reading.problems.append(_problem(error))
            reading.unread.append(error)
    if progress:
        progress(len(found.sources), len(found.sources), "")
    present = {source.key for source in found.sources}
    gone = [
        note
        for note in known.values()
        if note.path not in present and not note.retired and note.path.startswith(found.folders)
    ]
    return _write(workspace, reading, gone, dry_run=dry_run)


def _read(source: Source, known: KnownNote | None, options: CardOptions, into: _Reading) -> None:
    if known and not known.retired:
        try:
            status = source.path.stat()
        except OSError:
            pass  # read() says why
        else:
            if (status.st_size, status.st_mtime_ns) == (known.size, known.mtime_ns):
                into.unchanged.append(known)
                return
    content = read(source)
    digest = hashlib.sha256(content.data).hexdigest()
    if known and not known.retired and digest == known.digest:
        into.unchanged.append(known)
        into.touched.append((known.id, content.size, content.mtime_ns))
        return
    try:
        text = decode(content.data)
    except NoteError as error:
        error.path = source.path
        raise
    note = parse_note(text, name=source.name, options=options)
    found = suggest(text, name=source.name) if source.origin == "user" else ()
    into.parsed.append(Parsed(source, content, digest, text, note, found))
    into.problems += [_problem_in(str(source.path), problem) for problem in note.problems]


def _write(
    workspace: Workspace, reading: _Reading, gone: list[KnownNote], *, dry_run: bool
) -> ImportReport:
    now = workspace.clock()
    paths = {note.id: note.path for note in reading.unchanged}
    with workspace.store.read() as tx:
        kept = tx.cards.kinds(paths)
        before = tx.notes.problems(paths)
        unread = {str(error.path) for error in tx.notes.unread()}
    tally = Tally()
    new = [error for error in reading.unread if str(error.path) not in unread]
    read = unread & {str(one.source.path) for one in reading.parsed}
    if reading.parsed or reading.touched or gone or new or read:
        with workspace.store.write(keep=not dry_run) as tx:
            tally = merge(tx, reading.parsed, gone, now)
            for key, size, mtime_ns in reading.touched:
                tx.notes.touch(key, size, mtime_ns)
            tx.notes.set_unread(new, read)
    old = [_problem_in(paths[key], problem) for key, some in before.items() for problem in some]
    return ImportReport(
        notes=len(reading.parsed) + len(reading.unchanged),
        cards=dict(
            Counter(str(card.kind) for parsed in reading.parsed for card in parsed.note.cards)
            + Counter(kept)
        ),
        added=tally.added,
        changed=tally.changed,
        moved=tally.moved,
        retired=tally.retired,
        unchanged=tally.unchanged + sum(kept.values()),
        problems=tuple(reading.problems + old),
    )


def _problem(error: NoteError) -> ImportProblem:
    return ImportProblem(str(error.path), error.line, error.message, error.hint)


def _problem_in(path: str, problem: Problem) -> ImportProblem:
    return ImportProblem(path, problem.line, problem.message, problem.hint)
