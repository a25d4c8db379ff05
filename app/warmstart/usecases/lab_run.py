"""Labs, tied to the store: which there are, running one, and what changed since the run before.

A run is kept as its seed, knobs, figures, predictions and checks; its trace is not, because the
same seed and knobs give it again. A run that was stopped is not kept: half a run would only mislead
whoever compares with it. What was predicted and what was reached become cards (``lab_cards``).

A lab elsewhere on the disk runs code of whoever wrote it, so it runs only once the learner has said
that they trust its folder. That is remembered by the folder's path: what changes in it later is
trusted as well, or whoever writes a lab would be asked after each edit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from warmstart.errors import LabError, UsageError
from warmstart.labs import challenge
from warmstart.labs.definition import SEED
from warmstart.labs.figures import compare
from warmstart.labs.load import BrokenLab, Shelf, code_files
from warmstart.labs.narrative import difficulty
from warmstart.labs.read import read_lab
from warmstart.labs.run import LabRun, carry_out, plan
from warmstart.labs.solution import differences
from warmstart.labs.sweep import rows
from warmstart.labs.yaml_nodes import read_text
from warmstart.resources import bundled
from warmstart.runtime.trace import InvocationEnded
from warmstart.usecases.lab_cards import LabCards, narrative_note
from warmstart.usecases.lab_history import LastRun, last_run, row_of
from warmstart.usecases.lab_swept import SweptRows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from warmstart.labs.challenge import Standing
    from warmstart.labs.definition import Answer, Lab
    from warmstart.labs.run import Plan
    from warmstart.labs.solution import Difference
    from warmstart.labs.sweep import Row, Sweep
    from warmstart.labs.yaml_nodes import Scalar
    from warmstart.runtime.trace import TraceEvent
    from warmstart.usecases.workspace import Workspace


@dataclass(frozen=True, slots=True)
class LabEntry:
    """A lab in the list."""

    lab: Lab | BrokenLab
    key: str
    """What opens it: its name, or its path where it lies elsewhere."""
    own: bool
    """Whether it lies in the learner's folder."""
    whose: str
    """What a list says of that: ``your copy``, ``your own``; else nothing."""
    last: LastRun | None
    due: datetime | None
    """When the challenge comes due again; None where it was never met."""


class Hint(NamedTuple):
    """A hint that was asked for."""

    text: str
    """Markdown."""
    number: int
    total: int


@dataclass(frozen=True, slots=True)
class RunProgress:
    """How far a run is."""

    at: int
    """Virtual time, in microseconds."""
    answered: int
    calls: int


@dataclass(frozen=True, slots=True)
class RunReport:
    """A run, and how it differs from the run before it."""

    key: str
    """What finds the lab again; see ``Labs.key``."""
    run: LabRun
    before: LastRun | None
    turned: list[str]
    """Which knobs stood elsewhere, in words."""
    changes: list[str]
    """Which figures changed, in words."""
    kept: bool
    """False for a run that was stopped, or that was run before."""
    standing: Standing | None = None
    """How it stands to the lab's challenge; None where it has none."""
    due: datetime | None = None
    """When the challenge comes due again; None where this run did not meet it."""
    cards: int = 0
    """How many cards its predictions added."""


class Labs:
    """The labs of one learner."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._store = workspace.store
        self._clock = workspace.clock
        self._shelf = Shelf(bundled("labs"), workspace.home.labs)
        self._swept = SweptRows(workspace.store)
        """What sweeps have shown while the app runs."""

    def entries(self) -> list[LabEntry]:
        """Return every lab with its last run: the easiest first, folders of their own last."""
        with self._store.read() as transaction:
            last = transaction.lab_runs.last()
            due = transaction.lab_work.due()
            folders = transaction.lab_work.folders()
        labs = sorted(self._shelf.all(), key=_hard) + [
            lab for lab in map(_elsewhere, folders) if lab is not None
        ]
        keys = [self._shelf.key(lab.folder) for lab in labs]
        return [
            LabEntry(
                lab,
                key,
                self._shelf.is_own(lab),
                self._shelf.whose(lab),
                last_run(last[key]) if key in last else None,
                due.get(key),
            )
            for key, lab in zip(keys, labs, strict=True)
        ]

    def find(self, where: str) -> Lab:
        """Return a lab by its name or path; see ``Shelf.find`` for the errors."""
        return self._shelf.find(where)

    def key(self, lab: Lab) -> str:
        """Return what finds the lab again: its name, or its path where it lies elsewhere."""
        return self._shelf.key(lab.folder)

    def whose(self, lab: Lab) -> str:
        """Return the mark of a lab of the learner's; see ``Shelf.whose``."""
        return self._shelf.whose(lab)

    def narrative(self, lab: Lab) -> str:
        """Return the markdown text that leads through the lab.

        Raises:
            LabError: it is missing or cannot be read.
        """
        return read_text(lab.narrative)

    # -- trust -------------------------------------------------------------------------------

    def trusted(self, folder: Path) -> bool:
        """Tell whether a lab may run: it ships, is the learner's, or its folder is trusted."""
        if not self._shelf.is_elsewhere(folder):
            return True
        with self._store.read() as transaction:
            return str(folder) in transaction.lab_work.folders()

    def trust(self, folder: Path) -> None:
        """Let the lab in this folder run, from now on."""
        with self._store.write() as transaction:
            transaction.lab_work.trust(str(folder), self._clock())

    def forget(self, folder: Path) -> None:
        """Trust a folder no longer.

        Raises:
            UsageError: it is not trusted.
        """
        with self._store.write() as transaction:
            if str(folder) not in transaction.lab_work.folders():
                raise UsageError(f"{folder} is not trusted: there is nothing to forget.")
            transaction.lab_work.forget(str(folder))

    def allow(self, folder: Path) -> None:
        """See that a lab there may run.

        Raises:
            UsageError: the folder is not trusted.
        """
        if not self.trusted(folder):
            raise UsageError(
                f"The lab in {folder} runs code of that folder, which you do not trust yet.",
                hint="Read its files; the same command with --trust then says so, once for all.",
            )

    # -- the learner's own code --------------------------------------------------------------

    def copy(self, name: str) -> Path:
        """Copy a lab to the learner's folder, to be edited there; see ``Shelf.copy``."""
        return self._shelf.copy(name)

    def reset(self, name: str) -> Path:
        """Let the lab run as it ships; return where the copy is kept. See ``Shelf.reset``."""
        return self._shelf.reset(name, self._clock())

    def is_bundled(self, lab: Lab) -> bool:
        """Tell whether the lab lies where it shipped, and so must be copied to be edited."""
        return not self._shelf.is_own(lab) and not self._shelf.is_elsewhere(lab.folder)

    def files(self, lab: Lab) -> list[Path]:
        """Return the files of the lab's application, relative to its folder."""
        return code_files(lab)

    def stamp(self, lab: Lab) -> tuple[tuple[str, int, int], ...]:
        """Return what changes when a file of the lab that decides a run is saved; looks only."""
        found = []
        for file in (*code_files(lab), lab.checks, lab.folder / "lab.yaml"):
            try:
                status = (lab.folder / file).stat()
            except OSError:
                continue
            found.append((str(file), status.st_mtime_ns, status.st_size))
        return tuple(found)

    # -- help --------------------------------------------------------------------------------

    def hint(self, lab: Lab) -> Hint:
        """Tell the next hint for the challenge; after the last one, that one again.

        Raises:
            UsageError: the lab has no challenge, or that has no hints.
        """
        asked = lab.challenge
        if asked is None or not asked.hints:
            raise UsageError(f"The lab {lab.name} has no {'hints' if asked else 'challenge'}.")
        key, total = self.key(lab), len(asked.hints)
        with self._store.write() as transaction:
            had = transaction.lab_work.help(key)
            number = min(had.hints + 1, total)
            transaction.lab_work.set_help(key, had._replace(hints=number))
        return Hint(asked.hints[number - 1], number, total)

    def hints(self, lab: Lab) -> list[Hint]:
        """Return the hints told since the challenge was met last."""
        asked = lab.challenge
        if asked is None:
            return []
        with self._store.read() as transaction:
            told = transaction.lab_work.help(self.key(lab)).hints
        total = len(asked.hints)
        return [Hint(text, n, total) for n, text in enumerate(asked.hints[:told], start=1)]

    def solution(self, lab: Lab) -> Solution | None:
        """Return what the solution changes; None where it was asked for for the first time.

        Raises:
            UsageError: the lab has no challenge, or that has no solution.
            LabError: a file cannot be read.
        """
        asked = lab.challenge
        found = [] if asked is None else differences(lab)
        if asked is None or not (asked.solution or lab.solution.is_dir()):
            raise UsageError(f"The lab {lab.name} has no {'solution' if asked else 'challenge'}.")
        key = self.key(lab)
        with self._store.write() as transaction:
            had = transaction.lab_work.help(key)
            transaction.lab_work.set_help(key, had._replace(solution=had.solution + 1))
        if not had.solution:
            return None
        return Solution(dict(asked.solution), tuple(found))

    # -- runs --------------------------------------------------------------------------------

    def last(self, lab: Lab) -> LastRun | None:
        """Return the last run of a lab."""
        with self._store.read() as transaction:
            rows = transaction.lab_runs.of(self.key(lab), 1)
        return last_run(rows[0]) if rows else None

    def due(self, lab: Lab) -> datetime | None:
        """Return when the challenge of a lab comes due again; None where it was never met."""
        with self._store.read() as transaction:
            return transaction.lab_work.due().get(self.key(lab))

    def run(
        self,
        lab: Lab,
        *,
        seed: int | None = None,
        knobs: Mapping[str, Scalar] | None = None,
        given: Mapping[str, Answer] | None = None,
        on_progress: Callable[[RunProgress], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> RunReport:
        """Run a lab and keep what came of it.

        Args:
            lab: as ``find`` gives it.
            seed: the lab's own unless given.
            knobs: those that are turned, by name.
            given: the learner's predictions, by name.
            on_progress: called as calls are answered, from the calling thread.
            cancelled: asked now and then; True stops the run, which is then not kept.

        Raises:
            UsageError: an unknown knob, a value it cannot stand at, or a folder not trusted.
            LabError, TemplateError: the lab is broken.
            RunError: the run could not be carried out.
            StoreError: it could not be kept.
        """
        self.allow(lab.folder)
        before = self.last(lab)
        run = _carry_out(plan(lab, seed=seed, knobs=knobs), given, on_progress, cancelled)
        if not run.complete:
            return self._report(run, before, kept=False)
        standing = challenge.judge(run, partial(_at_seed, run, cancelled))
        met = standing is not None and standing.met
        key, note = self.key(lab), None
        if met or any(outcome.given is not None for outcome in run.outcomes):
            note = narrative_note(self._workspace, key, lab)
        cards, due = 0, None
        with self._store.write() as tx:
            tx.lab_runs.add(row_of(key, run, standing, self._clock()))
            if note is not None:
                made = LabCards(tx, self._workspace, key, note)
                cards = made.keep_predictions(run)
                due = made.record_pass(run) if met else None
        report = self._report(run, before, kept=True, standing=standing)
        return replace(report, due=due, cards=cards)

    def sweep(self, sweep: Sweep, *, cancelled: Callable[[], bool] | None = None) -> Iterator[Row]:
        """Run a lab through the values of a knob; nothing of it is kept but what it showed.

        Raises:
            UsageError: its folder is not trusted.
            LabError, TemplateError, RunError: see ``run``.
        """
        self.allow(sweep.lab.folder)
        yield from rows(sweep, known=self._swept, cancelled=cancelled)

    def again(
        self,
        lab: Lab,
        past: LastRun,
        *,
        on_progress: Callable[[RunProgress], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> RunReport:
        """Run once more what was run before, from its seed and knobs, and keep nothing of it.

        It is compared with the run that came before it then. The arguments and errors are those of
        ``run``; a ``UsageError`` means that the lab has other knobs by now.
        """
        self.allow(lab.folder)
        with self._store.read() as transaction:
            history = [last_run(row) for row in transaction.lab_runs.of(self.key(lab))]
        older = history[history.index(past) + 1 :] if past in history else []
        planned = plan(lab, seed=past.seed, knobs=past.knobs)
        run = _carry_out(planned, past.given, on_progress, cancelled)
        standing = challenge.stand(run)
        return self._report(run, older[0] if older else None, kept=False, standing=standing)

    def _report(
        self,
        run: LabRun,
        before: LastRun | None,
        *,
        kept: bool,
        standing: Standing | None = None,
    ) -> RunReport:
        return RunReport(
            key=self.key(run.lab),
            run=run,
            before=before,
            turned=_turned(run, before),
            changes=compare(before.figures, run.figures) if before and before.figures else [],
            kept=kept,
            standing=standing,
        )


@dataclass(frozen=True, slots=True)
class Solution:
    """What the solution of a challenge changes."""

    knobs: dict[str, Scalar]
    files: tuple[Difference, ...]


def _hard(lab: Lab | BrokenLab) -> float:
    """Return how hard a lab is, by its narrative; those that do not say come last."""
    try:
        return difficulty(read_text(lab.folder / "README.md"))
    except LabError:
        return math.inf


def _elsewhere(folder: str) -> Lab | BrokenLab | None:
    """Return the lab of a folder that is trusted; None where it is there no longer."""
    path = Path(folder)
    if not (path / "lab.yaml").is_file():
        return None
    try:
        return read_lab(path)
    except LabError as error:
        return BrokenLab(path.name, path, error)


def _at_seed(run: LabRun, cancelled: Callable[[], bool] | None, seed: int) -> LabRun | None:
    """Run the same at another seed; None where it was stopped before."""
    if cancelled is not None and cancelled():
        return None
    return carry_out(plan(run.lab, seed=seed, knobs=run.knobs), cancelled=cancelled)


def _carry_out(
    planned: Plan,
    given: Mapping[str, Answer] | None,
    on_progress: Callable[[RunProgress], None] | None,
    cancelled: Callable[[], bool] | None,
) -> LabRun:
    counter = _Counter(len(planned.calls), on_progress)
    return carry_out(planned, given=given, on_event=counter.take, cancelled=cancelled)


class _Counter:
    """Counts answers as they come, and says so."""

    def __init__(self, calls: int, say: Callable[[RunProgress], None] | None) -> None:
        self._calls = calls
        self._say = say
        self._answered = 0

    def take(self, event: TraceEvent) -> None:
        if isinstance(event, InvocationEnded):
            # What calls lead to in queues and on buses is answered as well: no more than all.
            self._answered = min(self._answered + 1, self._calls)
            if self._say is not None:
                self._say(RunProgress(event.at, self._answered, self._calls))


def _turned(run: LabRun, before: LastRun | None) -> list[str]:
    """Say which knobs (and whether the seed) stand elsewhere than in the run before."""
    if before is None:
        return []
    stood = before.elsewhere({**run.knobs, SEED: run.seed})
    words = [
        f"{knob.label}: {knob.show(stood[knob.name])} → {knob.show(run.knobs[knob.name])}"
        for knob in run.lab.knobs
        if knob.name in stood
    ]
    if SEED in stood:
        words.append(f"seed: {before.seed} → {run.seed}")
    return words
