"""Importing notes: files in, cards out, and the history of every card kept.

Files are read and parsed first; then one transaction matches what was found against what the store
has, and writes all of it or nothing. A file that has not changed (size and time, then digest) is
not parsed again. A dry run does the same work and takes it back.
"""

from __future__ import annotations

import gc
import hashlib
import json
from collections import Counter
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from warmstart.errors import NoteError
from warmstart.notes.formats import CardOptions
from warmstart.notes.parse import parse_note
from warmstart.notes.source import decode
from warmstart.study.cards import Entry, Imported
from warmstart.usecases.merge import Parsed, Tally, merge
from warmstart.usecases.sources import COURSE, Found, Source, Stamp, find, find_bundled, read

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from warmstart.notes.model import NoteCard, Problem
    from warmstart.settings import Settings
    from warmstart.store.repositories.notes import KnownNote
    from warmstart.usecases.workspace import Workspace

SM2_EASE: Final = 250
"""The ease in percent that SM-2 begins with, for a schedule that says none."""
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
    same: list[KnownNote] = field(default_factory=list)
    touched: list[tuple[KnownNote, Stamp]] = field(default_factory=list)
    """Files written again with the same content."""
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
    known = _known(workspace)
    found = find(paths, _stamps(known))
    return _import(workspace, found, known, dry_run=dry_run, progress=progress)


def import_bundled(workspace: Workspace) -> ImportReport:
    """Bring the bundled course and the labs' narratives up to date; cheap when they are.

    A course that the learner has removed stays away, with the notes a new version may bring.
    """
    known = _known(workspace)
    found = find_bundled(_stamps(known))
    course = [note for note in known.values() if note.path.startswith(COURSE)]
    if course and all(note.removed for note in course):
        found.sources = {k: s for k, s in found.sources.items() if s.origin != "course"}
    return _import(workspace, found, known, dry_run=False, progress=None)


def card_options(settings: Settings) -> CardOptions:
    """Return what marks a card by these settings."""
    return CardOptions(multiline_card_separator=settings.notes.multi_line_separators)


def _known(workspace: Workspace) -> dict[str, KnownNote]:
    with workspace.store.read() as tx:
        return tx.notes.known()


def _stamps(known: Mapping[str, KnownNote]) -> dict[str, Stamp]:
    return {n.path: (n.size, n.mtime_ns) for n in known.values() if not n.retired}


def _import(
    workspace: Workspace,
    found: Found,
    known: Mapping[str, KnownNote],
    *,
    dry_run: bool,
    progress: Progress | None,
) -> ImportReport:
    with _uncollected():
        return _import_found(workspace, found, known, dry_run=dry_run, progress=progress)


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


def _import_found(
    workspace: Workspace,
    found: Found,
    known: Mapping[str, KnownNote],
    *,
    dry_run: bool,
    progress: Progress | None,
) -> ImportReport:
    reading = _Reading(
        same=[known[key] for key in found.same],
        problems=[_problem(error) for error in found.errors],
    )
    reader = _Reader(workspace, known, reading)
    for done, source in enumerate(found.sources.values()):
        if progress:
            progress(done, len(found.sources), str(source.path))
        try:
            reader.read(source)
        except NoteError as error:
            reading.problems.append(_problem(error))
            reading.unread.append(error)
    if progress:
        progress(len(found.sources), len(found.sources), "")
    folders = tuple(found.folders)
    gone = [
        note
        for note in known.values()
        if note.path not in found.same
        and note.path not in found.sources
        and not note.retired
        and note.path.startswith(folders)
    ]
    return _write(workspace, reading, gone, dry_run=dry_run)


class _Reader:
    """Reads changed files one after another."""

    def __init__(
        self, workspace: Workspace, known: Mapping[str, KnownNote], into: _Reading
    ) -> None:
        self._workspace = workspace
        self._known = known
        self._into = into
        self._options = card_options(workspace.settings)

    def read(self, source: Source) -> None:
        """Read a file and parse it, unless its content is the known one.

        Raises:
            NoteError: it cannot be read; carries the path.
        """
        known = self._known.get(source.key)
        if known and known.removed and not source.named:
            return
        data = read(source)
        digest = hashlib.sha256(data).hexdigest()
        if known and not known.retired and digest == known.digest:
            self._into.same.append(known)
            self._into.touched.append((known, source.stamp))
            return
        try:
            text = decode(data)
        except NoteError as error:
            error.path = source.path
            raise
        note = parse_note(text, name=source.name, options=self._options)
        entries = tuple(self._scheduled(card) for card in note.cards)
        self._into.parsed.append(Parsed(source, digest, text, note, entries))
        self._into.problems += [_problem_in(str(source.path), p) for p in note.problems]

    def _scheduled(self, card: NoteCard) -> tuple[Entry, ...]:
        """Return what the log says first of a card that brings a schedule; ``card`` is 0 yet."""
        said = card.schedule
        if said is None:
            return ()
        now = self._workspace.clock()
        due = self._workspace.days.start(said.due)
        last = said.last_review or due - timedelta(days=max(1, said.interval))
        if said.stability is not None and said.difficulty is not None:
            memory = (said.stability, said.difficulty)
        else:
            ease = (said.ease or SM2_EASE) / 100
            memory = self._workspace.scheduler.from_sm2(max(1, said.interval), ease)
        return (Imported(0, now, *memory, due=due, last_review=min(last, now)),)


def _write(
    workspace: Workspace, reading: _Reading, gone: list[KnownNote], *, dry_run: bool
) -> ImportReport:
    now = workspace.clock()
    kept = _kinds(reading.same)
    paths = {note.id: note.path for note in reading.same}
    with workspace.store.read() as tx:
        before = tx.notes.problems(paths)
        unread = {str(error.path) for error in tx.notes.unread()}
    tally = Tally()
    new = [error for error in reading.unread if str(error.path) not in unread]
    read_now = unread & {str(one.source.path) for one in reading.parsed}
    if reading.parsed or reading.touched or gone or new or read_now:
        with workspace.store.write(keep=not dry_run) as tx:
            if reading.parsed or gone:
                tally = merge(tx, reading.parsed, gone, now, workspace.scheduler)
            for note, stamp in reading.touched:
                tx.notes.touch(note.id, *stamp)
            tx.notes.set_unread(new, read_now)
    old = [_problem_in(paths[key], problem) for key, some in before.items() for problem in some]
    stated = Counter(str(card.kind) for one in reading.parsed for card in one.note.cards)
    return ImportReport(
        notes=len(reading.parsed) + len(reading.same),
        cards=dict(stated + kept),
        added=tally.added,
        changed=tally.changed,
        moved=tally.moved,
        retired=tally.retired,
        unchanged=tally.unchanged + kept.total(),
        problems=tuple(reading.problems + old),
    )


def _kinds(notes: Iterable[KnownNote]) -> Counter[str]:
    """Return the cards that these notes state, by kind; most notes state them in few ways."""
    kinds: Counter[str] = Counter()
    for stated, times in Counter(note.kinds for note in notes).items():
        for kind, count in json.loads(stated).items():
            kinds[kind] += count * times
    return kinds


def _problem(error: NoteError) -> ImportProblem:
    return ImportProblem(str(error.path), error.line, error.message, error.hint)


def _problem_in(path: str, problem: Problem) -> ImportProblem:
    return ImportProblem(path, problem.line, problem.message, problem.hint)
