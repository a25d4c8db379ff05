"""Importing notes: files in, cards out, and the history of every card kept.

One transaction matches what was found against what the store has, and writes all or nothing. It
begins when all files are read and parsed; but where nothing that is found can be anything that the
store has, as in a first import, notes are written while the next are read. A file that has not
changed (size and time, then digest) is not parsed again. A dry run does the same work and takes it
back.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from warmstart.errors import InputError, NoteError, StoreBusy, StoreReadOnly
from warmstart.store.folders import Stamped, folder_of, stated
from warmstart.usecases.identity import Identity, identify, stand_apart
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
    from collections.abc import Generator, Iterable, Iterator

    from warmstart.notes.model import Problem
    from warmstart.store.engine import Transaction
    from warmstart.store.repositories.notes import KnownNote
    from warmstart.usecases.content import Parsed
    from warmstart.usecases.workspace import Workspace

_MANY: Final = 500
"""Files to read from which on it pays to ask whether they stand apart: that is to look whether each
note of the store is still there."""

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
    """What an import found and what it changed; the six tallies count cards."""

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
    returned: int
    """Had been retired, and stand in a note again: history kept."""
    retired: int
    """Gone from the notes; out of study, nothing deleted."""
    unchanged: int
    problems: tuple[ImportProblem, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the report as what JSON can hold."""
        names = ("notes", "cards", "added", "changed", "moved", "returned", "retired", "unchanged")
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
        with workspace.store.read() as tx:
            stamps = _Stamps(tx)
            found = find(paths, {}) if reread else find(paths, stamps, tx.folders.all())
            whole = _is_whole(tx, found, stamps)
        return _import(workspace, found, whole=whole, dry_run=dry_run, progress=progress)


def import_bundled(workspace: Workspace) -> ImportReport:
    """Bring the bundled course and the labs' narratives up to date; cheap when they are.

    A course that the learner has removed stays away, with the notes a new version may bring.
    """
    with _uncollected():
        with workspace.store.read() as tx:
            stamps = tx.folders.stamps()
            found = find_bundled(stamps)
            whole = _is_whole(tx, found, stamps)
        if found.sources and not any(path.startswith(COURSE) for path in stamps):
            course = [n for path, n in _known(workspace).items() if path.startswith(COURSE)]
            if course and all(note.removed for note in course):
                found.sources = {k: s for k, s in found.sources.items() if s.origin != "course"}
        return _import(workspace, found, whole=whole, dry_run=False, progress=None)


class _Stamps(Mapping[str, Stamped]):
    """The notes in use by their path, read when first asked for: most imports need not."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    @cached_property
    def _all(self) -> dict[str, Stamped]:
        return self._tx.folders.stamps()

    def __getitem__(self, path: str) -> Stamped:
        return self._all[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)


def _is_whole(tx: Transaction, found: Found, stamps: Mapping[str, Stamped]) -> bool:
    """Whether every note in use was met that lies in the folders which were read."""
    folders = tuple(found.folders)
    met = sum(1 for path in found.same if path.startswith(folders))
    met += sum(1 for path in found.sources if path.startswith(folders) and path in stamps)
    return tx.folders.count_below(folders) == met + sum(f.notes for f in found.whole.values())


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
    *,
    whole: bool,
    dry_run: bool,
    progress: Progress | None,
) -> ImportReport:
    if not found.sources and whole:
        if progress:
            progress(0, 0, "")
        if not dry_run and found.folders and found.same:
            _sum_up(workspace)
        return _nothing_new(workspace, found)
    with workspace.store.read() as tx:
        known = tx.notes.known()
        unread = {str(error.path) for error in tx.notes.unread()}
        apart = len(found.sources) >= _MANY and stand_apart(tx, found)
    reader = Reader(workspace, known, rehearsal=dry_run)
    reader.same += [known[key] for key in found.same]
    if found.whole:
        reader.same += [
            n for n in known.values() if not n.retired and folder_of(n.path) in found.whole
        ]
    tally = Tally()
    with closing(_told(reader, found, progress)) as reading:
        if not apart:
            _exhaust(reading)  # and keep nobody from writing meanwhile
        if apart or _has_news(found, reader, unread):
            with workspace.store.write(keep=not dry_run) as tx:
                # Asked again: somebody may have written since.
                apart = apart and stand_apart(tx, found)
                if not apart:
                    _exhaust(reading)
                tally = _write(workspace, tx, found, reader, reading if apart else None)
                _remember(tx, found, reader, unread)
    return _report(workspace, found, reader, tally)


def _told(reader: Reader, found: Found, progress: Progress | None) -> Generator[Parsed, None, None]:
    """Yield the notes as they are read, and tell of it."""
    total = len(found.sources)

    def tell(done: int, source: Source) -> None:
        if progress:
            progress(done, total, str(source.path))

    yield from reader.read([*found.sources.values()], tell)
    if progress:
        progress(total, total, "")


def _exhaust(reading: Iterator[Parsed]) -> None:
    for _ in reading:
        pass  # the reader keeps them


def _sum_up(workspace: Workspace) -> None:
    """Sum up the notes that had to be looked at one by one, so that the next import need not.

    It is for speed alone: where somebody else writes, or nobody may, it is left to that one.
    """
    with suppress(StoreBusy, StoreReadOnly):
        with workspace.store.read() as tx:
            done = bool(tx.folders.all())
        if not done:
            with workspace.store.write() as tx:
                tx.folders.sum_up()


def _nothing_new(workspace: Workspace, found: Found) -> ImportReport:
    """Report on notes of which none has changed, as an import that read them would."""
    with workspace.store.read() as tx:
        before = tx.notes.all_problems()
    kept = stated(map(itemgetter(3), found.same.values()))
    kept += stated(folder.kinds for folder in found.whole.values())
    problems = [_problem(error) for error in found.errors]
    problems += [_problem_in(path, problem) for path, problem in before if found.is_same(path)]
    return ImportReport(
        notes=len(found.same) + sum(folder.notes for folder in found.whole.values()),
        read=0,
        cards=dict(sorted(kept.items())),
        added=0,
        changed=0,
        moved=0,
        returned=0,
        retired=0,
        unchanged=kept.total(),
        problems=tuple(problems),
    )


def _gone(found: Found, reader: Reader) -> list[KnownNote]:
    """Return the notes whose files were looked for and are not there."""
    met = {one.source.key for one in reader.parsed} | {note.path for note in reader.same}
    folders = tuple(found.folders)
    gone = []
    for note in reader.known.values():
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


def _has_news(found: Found, reader: Reader, unread: set[str]) -> bool:
    """Whether there is anything to write; ``unread`` are known not to be readable."""
    return bool(
        reader.parsed
        or reader.touched
        or _gone(found, reader)
        or {str(error.path) for error in reader.unread} - unread
    )


def _write(
    workspace: Workspace,
    tx: Transaction,
    found: Found,
    reader: Reader,
    reading: Iterator[Parsed] | None,
) -> Tally:
    """Write what was read, or what is being read where it stands apart; return what it came to."""
    workspace.follow(tx)
    now, scheduler = workspace.clock(), workspace.scheduler
    if reading is not None:
        tally = merge(tx, reading, Identity(), now, scheduler)
    else:
        gone = _gone(found, reader)
        if not reader.parsed and not gone:
            return Tally()
        tally = merge(tx, reader.parsed, identify(tx, reader.parsed, gone), now, scheduler)
    refile(tx, workspace.settings)
    return tally


def _remember(tx: Transaction, found: Found, reader: Reader, unread: set[str]) -> None:
    """Write what an import leaves beside the notes; ``unread`` were known not to be readable."""
    for note, stamp in reader.touched:
        tx.notes.touch(note.id, *stamp)
    new = [error for error in reader.unread if str(error.path) not in unread]
    tx.notes.set_unread(new, unread & {str(one.source.path) for one in reader.parsed})
    if found.folders and not tx.folders.all():
        tx.folders.sum_up()


def _report(workspace: Workspace, found: Found, reader: Reader, tally: Tally) -> ImportReport:
    kept = stated(note.kinds for note in reader.same)
    same = {note.path for note in reader.same}
    with workspace.store.read() as tx:
        before = tx.notes.all_problems()
    new_kinds = stated(one.row.kinds for one in reader.parsed)
    problems = [_problem(error) for error in (*found.errors, *reader.unread, *reader.warnings)]
    problems += [
        _problem_in(str(one.source.path), p) for one in reader.parsed for p in one.problems
    ]
    problems += [_problem_in(path, problem) for path, problem in before if path in same]
    return ImportReport(
        notes=len(reader.parsed) + len(reader.same),
        read=len(reader.parsed),
        cards=dict(sorted((new_kinds + kept).items())),
        added=tally.added,
        changed=tally.changed,
        moved=tally.moved,
        returned=tally.returned,
        retired=tally.retired,
        unchanged=tally.unchanged + kept.total(),
        problems=tuple(problems),
    )


def _problem(error: InputError) -> ImportProblem:
    return ImportProblem(str(error.path), error.line, error.message, error.hint)


def _problem_in(path: str, problem: Problem) -> ImportProblem:
    return ImportProblem(path, problem.line, problem.message, problem.hint)
