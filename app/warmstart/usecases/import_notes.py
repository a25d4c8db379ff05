"""Importing notes: files in, cards out, and the history of every card kept.

Files are read and parsed first; then one transaction matches what was found against what the store
has, and writes all of it or nothing. A file that has not changed (size and time, then digest) is
not parsed again. A dry run does the same work and takes it back.
"""

from __future__ import annotations

import gc
import json
from collections import Counter
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warmstart.errors import InputError, NoteError
from warmstart.usecases.merge import Tally, merge
from warmstart.usecases.reading import Reader
from warmstart.usecases.refile import refile
from warmstart.usecases.sources import (
    COURSE,
    NOTE_SUFFIXES,
    Found,
    Source,
    file_of,
    find,
    find_bundled,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from warmstart.notes.model import Problem
    from warmstart.store.repositories.notes import KnownNote, Stamped
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
    read: int
    """Those of them that are new or were edited."""
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


def import_notes(
    workspace: Workspace,
    paths: Iterable[Path],
    *,
    dry_run: bool = False,
    reread: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """Import the notes under these files and folders and say what changed.

    A file that cannot be read is a problem of the report; the others are imported all the same.
    ``reread`` also reads files whose size and time are the known ones: after a change of what marks
    a card, the same text holds other cards.

    Raises:
        StoreError: nothing was imported.
    """
    with _uncollected():
        stamps = _stamps(workspace)
        found = find(paths, {} if reread else stamps)
        return _import(workspace, found, stamps, dry_run=dry_run, progress=progress)


def import_bundled(workspace: Workspace) -> ImportReport:
    """Bring the bundled course and the labs' narratives up to date; cheap when they are.

    A course that the learner has removed stays away, with the notes a new version may bring.
    """
    with _uncollected():
        stamps = _stamps(workspace)
        found = find_bundled(stamps)
        if found.sources and not any(path.startswith(COURSE) for path in stamps):
            course = [n for path, n in _known(workspace).items() if path.startswith(COURSE)]
            if course and all(note.removed for note in course):
                found.sources = {k: s for k, s in found.sources.items() if s.origin != "course"}
        return _import(workspace, found, stamps, dry_run=False, progress=None)


def _stamps(workspace: Workspace) -> dict[str, Stamped]:
    with workspace.store.read() as tx:
        return tx.notes.stamps()


def _known(workspace: Workspace) -> dict[str, KnownNote]:
    with workspace.store.read() as tx:
        return tx.notes.known()


@contextmanager
def _uncollected() -> Iterator[None]:
    """Collect no garbage meanwhile.

    What an import makes has no cycles, and a collector that walks through a hundred thousand cards
    again and again takes a quarter of its time.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _import(
    workspace: Workspace,
    found: Found,
    stamps: Mapping[str, Stamped],
    *,
    dry_run: bool,
    progress: Progress | None,
) -> ImportReport:
    folders = tuple(found.folders)
    away = any(path.startswith(folders) for path in stamps.keys() - found.same.keys())
    if not found.sources and not away:
        if progress:
            progress(0, 0, "")
        return _nothing_new(workspace, found)
    known = _known(workspace)
    reader = Reader(workspace, known, rehearsal=dry_run)
    reader.same += [known[key] for key in found.same]
    total = len(found.sources)

    def tell(done: int, source: Source) -> None:
        if progress:
            progress(done, total, str(source.path))

    reader.read_all(list(found.sources.values()), tell)
    if progress:
        progress(total, total, "")
    errors = [*found.errors, *reader.unread, *reader.warnings]
    return _write(workspace, reader, _gone(found, known, reader), errors, dry_run=dry_run)


def _nothing_new(workspace: Workspace, found: Found) -> ImportReport:
    """Report on notes of which none has changed, as an import that read them would."""
    with workspace.store.read() as tx:
        before = tx.notes.all_problems()
    kept = _kinds(map(itemgetter(3), found.same.values()))
    problems = [_problem(error) for error in found.errors]
    problems += [_problem_in(path, problem) for path, problem in before if path in found.same]
    return ImportReport(
        notes=len(found.same),
        read=0,
        cards=dict(sorted(kept.items())),
        added=0,
        changed=0,
        moved=0,
        retired=0,
        unchanged=kept.total(),
        problems=tuple(problems),
    )


def _gone(found: Found, known: Mapping[str, KnownNote], reader: Reader) -> list[KnownNote]:
    """Return the notes whose files were looked for and are not there."""
    met = {one.source.key for one in reader.parsed} | {note.path for note in reader.same}
    folders = tuple(found.folders)
    gone = []
    for note in known.values():
        path = note.path
        if note.retired or path in met or path in found.sources:
            continue
        file = file_of(path)
        if file != path and file in found.sources:
            gone.append(note)  # a deck that its file no longer holds
        elif path.startswith(folders) and (
            # A folder gives its notes; other files were named, and may be there all the same.
            path.lower().endswith(NOTE_SUFFIXES) or not Path(file).exists()
        ):
            gone.append(note)
    return gone


def _write(
    workspace: Workspace,
    reader: Reader,
    gone: list[KnownNote],
    errors: list[InputError],
    *,
    dry_run: bool,
) -> ImportReport:
    kept = _kinds(note.kinds for note in reader.same)
    same = {note.path for note in reader.same}
    with workspace.store.read() as tx:
        before = tx.notes.all_problems()
        known = {str(error.path) for error in tx.notes.unread()}
    tally = Tally()
    new = [error for error in reader.unread if str(error.path) not in known]
    read_now = known & {str(one.source.path) for one in reader.parsed}
    if reader.parsed or reader.touched or gone or new or read_now:
        with workspace.store.write(keep=not dry_run) as tx:
            if reader.parsed or gone:
                workspace.follow(tx)
                tally = merge(tx, reader.parsed, gone, workspace.clock(), workspace.scheduler)
                refile(tx, workspace.settings)
            for note, stamp in reader.touched:
                tx.notes.touch(note.id, *stamp)
            tx.notes.set_unread(new, read_now)
    stated = _kinds(one.row.kinds for one in reader.parsed)
    problems = [_problem(error) for error in errors]
    problems += [
        _problem_in(str(one.source.path), p) for one in reader.parsed for p in one.problems
    ]
    problems += [_problem_in(path, problem) for path, problem in before if path in same]
    return ImportReport(
        notes=len(reader.parsed) + len(reader.same),
        read=len(reader.parsed),
        cards=dict(sorted((stated + kept).items())),
        added=tally.added,
        changed=tally.changed,
        moved=tally.moved,
        retired=tally.retired,
        unchanged=tally.unchanged + kept.total(),
        problems=tuple(problems),
    )


def _kinds(stated_in: Iterable[str]) -> Counter[str]:
    """Return the cards that notes state, by kind; most notes state them in few ways."""
    kinds: Counter[str] = Counter()
    for stated, times in Counter(stated_in).items():
        for kind, count in json.loads(stated).items():
            kinds[kind] += count * times
    return kinds


def _problem(error: InputError) -> ImportProblem:
    return ImportProblem(str(error.path), error.line, error.message, error.hint)


def _problem_in(path: str, problem: Problem) -> ImportProblem:
    return ImportProblem(path, problem.line, problem.message, problem.hint)
