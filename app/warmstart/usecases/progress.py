"""Progress: how well things are known, what was done, and what is coming.

Read in two parts, because a screen wants its first page at once: the ``Overview`` (a year's
answers, true retention, cards by state, the load ahead, mastery) and the ``Details`` (answer
buttons, hours, distributions). Both are for everything, for one note, or for a tag.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from warmstart.errors import InputError, StoreFull, StoreReadOnly
from warmstart.store.repositories.figures import ALL, Scope
from warmstart.store.times import to_ms
from warmstart.study import figures
from warmstart.study.figures import (
    DIFFICULTY_EDGES,
    RECALL_EDGES,
    STABILITY_EDGES,
    YEAR,
    Bins,
    bins,
)
from warmstart.usecases.manage import named
from warmstart.usecases.warmths import note_tree, note_trees

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from warmstart.store.engine import Transaction
    from warmstart.store.repositories.figures import Known
    from warmstart.study.figures import (
        Buttons,
        Recalled,
        Retention,
        SpanRetention,
        Streaks,
        Total,
    )
    from warmstart.usecases.warmths import ConceptNode
    from warmstart.usecases.workspace import Workspace

FORECAST_DAYS = 30
_EVER = -(1 << 62)
"""Before any due date, in ms."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What progress is asked about: everything, a note, or a tag."""

    title: str = ""
    """Empty for everything."""
    note_id: int | None = None
    tag: str | None = None
    scope: Scope = field(default=ALL, repr=False)


EVERYTHING = Subject()


@dataclass(frozen=True, slots=True)
class States:
    """Cards by state; those of a paused note count as suspended."""

    new: int
    learning: int
    relearning: int
    young: int
    """In review, with an interval below 21 days."""
    mature: int
    suspended: int

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.as_dict().values())

    def as_dict(self) -> dict[str, int]:
        """Return the counts by name, from cold to warm."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Overview:
    """What one wants to know first."""

    subject: Subject
    today: date
    """The study day it is."""
    mastery: int | None
    """Over all cards in study; None where there are none."""
    cards: int
    """Cards in study."""
    heat: Mapping[date, int]
    """Answers by study day over a year, for the days that had any."""
    levels: Mapping[date, int]
    """How busy each of those days was among them, 0 to ``figures.LEVELS - 1``."""
    spent: Mapping[date, int]
    """Milliseconds spent answering, likewise."""
    streaks: Streaks
    retention: tuple[Retention, ...]
    goal: float
    """The desired retention, 0–1."""
    states: States
    overdue: int
    """Cards that were due before today."""
    forecast: tuple[int, ...]
    """Cards due on each of 30 days, today (without what is overdue) first."""


@dataclass(frozen=True, slots=True)
class Details:
    """What one looks at now and then."""

    by_span: tuple[SpanRetention, ...]
    buttons: tuple[Buttons, ...]
    hours: tuple[Recalled, ...]
    """Answers of each local hour, from midnight."""
    stability: Bins
    """Days."""
    difficulty: Bins
    """1–10."""
    recall: Bins
    """The probability of recall now, 0–1."""
    recalled: float
    """The sum of those: how many of the studied cards would be recalled now."""


@dataclass(frozen=True, slots=True)
class Progress:
    """All of it, for a program, a page or the command line."""

    overview: Overview
    details: Details
    concepts: tuple[ConceptNode, ...]
    """One tree a note, the learner's own first; those of the subject."""


@dataclass(frozen=True, slots=True)
class NoteMastery:
    """A note with its mastery, without what lies below."""

    note_id: int
    concept: int
    """The concept that the note is."""
    title: str
    mastery: int
    cards: int
    studied: int


@dataclass(frozen=True, slots=True)
class NotePage:
    """Some of the notes that hold cards."""

    notes: tuple[NoteMastery, ...]
    next: int | None
    """Where the next page starts; None where there is none."""


def subject(workspace: Workspace, *, note: str | None = None, tag: str | None = None) -> Subject:
    """Return what progress is asked about, by a note's name or path, or by a tag.

    Raises:
        InputError: there is no such note or tag.
    """
    if note is not None and tag is not None:
        raise InputError("Progress is told for a note or for a tag, not for both at once.")
    if note is not None:
        found = named(workspace, note)
        return subject_of_note(found.id, found.title)
    if tag is not None:
        tag = tag.removeprefix("#")
        with workspace.store.read() as tx:
            known = tx.figures.tags()
        if not any(t == tag or t.startswith((f"{tag}/", f"{tag}::")) for t in known):
            raise InputError(
                f"No note or card has the tag {tag!r}.",
                hint=f"There are: {', '.join(known[:20])}." if known else None,
            )
        return subject_of_tag(tag)
    return EVERYTHING


def subject_of_note(note_id: int, title: str) -> Subject:
    """Return a note as the subject."""
    return Subject(title=title, note_id=note_id, scope=Scope.of_note(note_id))


def subject_of_tag(tag: str) -> Subject:
    """Return a tag, with those below it, as the subject."""
    return Subject(title=f"#{tag}", tag=tag, scope=Scope.of_tag(tag))


def overview(workspace: Workspace, about: Subject = EVERYTHING) -> Overview:
    """Return the first figures as of now.

    The cards are counted in a thread of their own: SQLite lets go of the interpreter meanwhile.
    """
    today = workspace.days.day_of(workspace.clock())
    with ThreadPoolExecutor(1) as beside:
        counting = beside.submit(_cards, workspace, about)
        totals, due = _answers(workspace, about, today)
        known, learning, relearning, suspended = counting.result()
    heat = figures.heat(totals)
    return Overview(
        subject=about,
        today=today,
        mastery=round(100 * known.kept / known.cards) if known.cards else None,
        cards=known.cards,
        heat=heat,
        levels=figures.levels(heat),
        spent=figures.spent(totals),
        streaks=figures.streaks(heat, today),
        retention=figures.retention(totals, today),
        goal=workspace.settings.study.desired_retention,
        states=States(
            new=known.cards - known.studied,
            learning=learning,
            relearning=relearning,
            young=known.young,
            mature=known.studied - known.young - learning - relearning,
            suspended=suspended,
        ),
        overdue=due[0],
        forecast=tuple(due[1:]),
    )


def details(workspace: Workspace, about: Subject = EVERYTHING) -> Details:
    """Return the other figures as of now."""
    now = workspace.clock()
    since = workspace.days.day_of(now) - timedelta(days=YEAR - 1)
    with _caught_up(workspace) as (tx, current):
        if current and about.scope == ALL:
            totals, hourly = tx.totals.since(since), tx.totals.hours_since(since)
        else:
            totals, hourly = tx.totals.of_cards(about.scope, workspace.days, since)
        spread = tx.figures.spread(workspace.curve, to_ms(now), about.scope)
    return Details(
        by_span=figures.by_span(totals),
        buttons=figures.buttons(totals),
        hours=figures.hours(hourly),
        stability=bins(STABILITY_EDGES, spread.stability),
        difficulty=bins(DIFFICULTY_EDGES, spread.difficulty),
        recall=bins(RECALL_EDGES, spread.recall),
        recalled=spread.recalled,
    )


def progress(workspace: Workspace, about: Subject = EVERYTHING) -> Progress:
    """Return everything as of now."""
    with workspace.store.read() as tx:
        if about.note_id is not None:
            trees = [note_tree(workspace, tx, about.note_id)]
        else:
            by_note = note_trees(workspace, tx)
            wanted = None if about.tag is None else tx.figures.notes_with(about.scope)
            trees = [
                by_note[note.id]
                for note in tx.notes.all()
                if note.id in by_note and (wanted is None or note.id in wanted)
            ]
    return Progress(overview(workspace, about), details(workspace, about), tuple(trees))


def subjects(workspace: Workspace) -> list[Subject]:
    """Return all that progress can be asked about, besides everything: tags, then notes."""
    with workspace.store.read() as tx:
        tags = [subject_of_tag(tag) for tag in tx.figures.tags()]
        return tags + [subject_of_note(key, title) for key, title in tx.figures.titles()]


def note_page(
    workspace: Workspace,
    about: Subject = EVERYTHING,
    *,
    coldest: bool = False,
    start: int = 0,
    most: int = 200,
) -> NotePage:
    """Return the next notes that hold cards, with their mastery.

    In the order of Notes; with ``coldest`` those that were studied, the least known first.
    """
    now_ms = to_ms(workspace.clock())
    with workspace.store.read() as tx:
        found = tx.figures.notes(
            workspace.curve, now_ms, about.scope, coldest=coldest, start=start, most=most
        )
    return NotePage(
        notes=tuple(
            NoteMastery(
                note_id=n.note,
                concept=n.concept,
                title=n.title,
                mastery=round(100 * n.kept / n.cards),
                cards=n.cards,
                studied=n.studied,
            )
            for n in found
            if n.cards
        ),
        next=start + most if len(found) == most else None,
    )


def concept_tree_of(workspace: Workspace, note_id: int) -> ConceptNode:
    """Return a note's concepts with their mastery."""
    with workspace.store.read() as tx:
        return note_tree(workspace, tx, note_id)


def _cards(workspace: Workspace, about: Subject) -> tuple[Known, int, int, int]:
    """Return what mastery is made of, then cards in learning, in relearning, and suspended."""
    now_ms = to_ms(workspace.clock())
    with workspace.store.read() as tx:
        known = tx.figures.known(workspace.curve, now_ms, about.scope)
        return known, *tx.figures.in_learning(about.scope), tx.figures.resting(about.scope)


def _answers(workspace: Workspace, about: Subject, today: date) -> tuple[list[Total], list[int]]:
    """Return a year's answers, and the cards due before today and on each day of the forecast."""
    days = workspace.days
    since = today - timedelta(days=YEAR - 1)
    starts = [to_ms(days.start(today + timedelta(days=n))) for n in range(FORECAST_DAYS + 1)]
    with _caught_up(workspace) as (tx, current):
        due = tx.figures.due([_EVER, *starts], about.scope)
        if current and about.scope == ALL:
            return tx.totals.since(since), due
        return tx.totals.of_cards(about.scope, days, since)[0], due


@contextmanager
def _caught_up(workspace: Workspace) -> Iterator[tuple[Transaction, bool]]:
    """Read, and tell whether the sums hold the whole log: they are filled here if they do not.

    That is one short write. Where nothing can be written, the log itself must be read.
    """
    days = workspace.days
    with workspace.store.read() as tx:
        if tx.totals.current(days):
            yield tx, True
            return
    with suppress(StoreReadOnly, StoreFull), workspace.store.write() as tx:
        tx.totals.catch_up(days, days.day_of(workspace.clock()))
    with workspace.store.read() as tx:
        yield tx, tx.totals.current(days)
