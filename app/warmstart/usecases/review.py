"""One sitting: cards asked one after another, each answer committed before the next is shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from warmstart.store.times import to_ms
from warmstart.study.cards import (
    Memory,
    MemoryState,
    New,
    Phase,
    Rating,
    Reviewed,
)
from warmstart.study.mastery import CardMemory, below, warmth
from warmstart.study.queue import Queue
from warmstart.usecases.undo import undo

if TYPE_CHECKING:
    from collections.abc import Mapping

    from warmstart.store.engine import Transaction
    from warmstart.store.repositories.cards import CardInNote
    from warmstart.usecases.workspace import Workspace


SITTING = 1000
"""The most reviews of one sitting; whoever has more due begins another, and none waits for all of
them to be read."""
LONGEST_ANSWER = timedelta(minutes=1)
"""What a longer answer counts as: the learner was away. Anki's default."""


@dataclass(frozen=True, slots=True)
class ShownCard:
    """A card as a screen shows it."""

    id: int
    kind: str
    front: str
    back: str
    breadcrumb: tuple[str, ...]
    """The note's title and, where the card stands in one, the section's."""
    note_id: int
    note_name: str
    slug: str
    line: int
    phase: Phase


@dataclass(frozen=True, slots=True)
class Warmed:
    """A concept whose mastery moved; before and after in percent."""

    title: str
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """What came of the sitting; undone answers do not count."""

    answered: int
    by_rating: Mapping[Rating, int]
    correct_share: float | None
    """The share of answers that were not Again; None without any."""
    duration: timedelta
    """The sum of the answers' times."""
    new_learned: int
    next_due: datetime | None
    warmed: tuple[Warmed, ...]
    """The concepts studied, the most changed first."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """An answer of this sitting, with the memory it started from."""

    entry: int
    reviewed: Reviewed
    memory: MemoryState


class ReviewSession:
    """A sitting over what is due today and the day's new cards."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._answers: list[_Answer] = []
        now = workspace.clock()
        today = workspace.days.day_of(now)
        self._day_end = workspace.days.end(today)
        with workspace.store.read() as tx:
            room = workspace.settings.study.new_per_day - tx.log.introduced(
                workspace.days.start(today)
            )
            self._queue = Queue(
                learning=tx.cards.learning(self._day_end),
                review=tx.cards.due(self._day_end, SITTING),
                new=tx.cards.new(max(0, room)),
            )
            self._finished: set[int] = set()
            self._show(tx, now)

    current: ShownCard | None
    """The card to answer; None when nothing may come now (see ``waiting``)."""

    @property
    def done(self) -> int:
        """How many cards of the sitting were answered at least once."""
        return len({answer.reviewed.card for answer in self._answers})

    @property
    def again(self) -> int:
        """How many of those come again in this sitting: their learning steps are not done."""
        return self.done - len(self._finished)

    @property
    def total(self) -> int:
        """How many cards the sitting has, each counted once."""
        return len(self._finished) + len(self._queue)

    @property
    def waiting(self) -> datetime | None:
        """When the next learning card is due, if one is left and it may not come yet."""
        return None if self.current else self._queue.waiting_until

    def resume(self) -> ShownCard | None:
        """Look again at the clock: a card that had to wait may come now."""
        if self.current is None:
            with self._workspace.store.read() as tx:
                self._show(tx, self._workspace.clock())
        return self.current

    def refresh(self) -> ShownCard | None:
        """Look again at the current card, and give it up if it is no longer in study.

        Its note may have been saved, paused or removed since it was shown.
        """
        with self._workspace.store.read() as tx:
            shown = None if self.current is None else tx.cards.shown(self.current.id)
            if shown is not None and shown.card.in_study:
                self._present(shown)
            else:
                self._show(tx, self._workspace.clock())
        return self.current

    def previews(self) -> dict[Rating, timedelta]:
        """Return the interval each rating would give the current card; answering keeps it."""
        if self.current is None:
            return {}
        now = self._workspace.clock()
        after = self._workspace.scheduler.preview(
            self._memory, now, seed=_seed(self.current.id, self._memory)
        )
        return {rating: memory.due - now for rating, memory in after.items()}

    def answer(self, rating: Rating, duration: timedelta) -> None:
        """Record the answer to the current card; it is on the disk when this returns.

        ``duration`` is from showing the card to grading it; ``LONGEST_ANSWER`` at most counts.

        Raises:
            StoreError: nothing was recorded, and the card is still the current one.
        """
        card = self.current
        if card is None:
            return
        now = self._workspace.clock()
        duration = min(max(duration, timedelta()), LONGEST_ANSWER)
        with self._workspace.store.write() as tx:
            # Read again: another Warmstart may have answered the same card meanwhile.
            memory = tx.cards.memory(card.id)
            after = self._workspace.scheduler.review(
                memory, rating, now, seed=_seed(card.id, memory)
            )
            reviewed = Reviewed(
                card=card.id,
                at=now,
                rating=rating,
                duration=duration,
                before=memory.phase,
                phase=after.phase,
                step=after.step,
                due=after.due,
                interval=None if isinstance(memory, New) else memory.due - memory.last_review,
            )
            entry = tx.log.append(reviewed)
            tx.cards.set_memory(card.id, after)
        self._answers.append(_Answer(entry, reviewed, memory))
        self._queue.remove(card.id)
        if after.phase is not Phase.REVIEW and after.due < self._day_end:
            self._queue.learn(card.id, after.due)
        else:
            self._finished.add(card.id)
        with self._workspace.store.read() as tx:
            self._show(tx, now)

    def undo(self) -> ShownCard | None:
        """Take back what was done last, in this sitting or before it, and ask its card again.

        The log is appended to, never shortened. Returns None where there is nothing to undo.
        """
        taken = undo(self._workspace)
        if taken is None:
            return None
        gone = set(taken.entries)
        self._answers = [a for a in self._answers if a.entry not in gone]
        for card in taken.cards:
            self._finished.discard(card)
            self._queue.put_back(card)
        with self._workspace.store.read() as tx:
            self._show(tx, self._workspace.clock())
        return self.current

    def summary(self) -> SessionSummary:
        """Return what came of the sitting so far."""
        reviews = [answer.reviewed for answer in self._answers]
        by_rating = {rating: sum(r.rating is rating for r in reviews) for rating in Rating}
        with self._workspace.store.read() as tx:
            next_due = tx.cards.next_due()
            warmed = self._warmed(tx)
        return SessionSummary(
            answered=len(reviews),
            by_rating=by_rating,
            correct_share=1 - by_rating[Rating.AGAIN] / len(reviews) if reviews else None,
            duration=sum((r.duration for r in reviews), timedelta()),
            new_learned=sum(r.before is Phase.NEW for r in reviews),
            next_due=next_due,
            warmed=warmed,
        )

    def _show(self, tx: Transaction, now: datetime) -> None:
        while (card := self._queue.next(now)) is not None:
            shown = tx.cards.shown(card)
            if shown.card.in_study:
                self._present(shown)
                return
            self._queue.remove(card)
        self.current = None

    def _present(self, shown: CardInNote) -> None:
        source = shown.card.source
        self._memory = shown.card.memory
        self.current = ShownCard(
            id=shown.card.id,
            kind=source.kind,
            front=source.front,
            back=source.back,
            breadcrumb=tuple(part for part in (shown.note_title, source.section) if part),
            note_id=shown.card.note_id,
            note_name=shown.note_name,
            slug=source.slug,
            line=source.line,
            phase=self._memory.phase,
        )

    def _warmed(self, tx: Transaction) -> tuple[Warmed, ...]:
        first: dict[int, MemoryState] = {}
        for answer in self._answers:
            first.setdefault(answer.reviewed.card, answer.memory)
        if not first:
            return ()
        curve, now_ms = self._workspace.curve, to_ms(self._workspace.clock())
        after = tx.cards.memories()
        before = after | {card: _for_mastery(card, memory) for card, memory in first.items()}
        concepts = {concept.id: concept for concept in tx.notes.concepts()}
        gathered = below({c.id: c.parent_id for c in concepts.values()}, tx.cards.by_concept())
        warmed = []
        for key, cards in gathered.items():
            if first.keys().isdisjoint(cards):
                continue
            then, now = (
                warmth(m[card].outlook(curve, now_ms) for card in cards).mastery or 0.0
                for m in (before, after)
            )
            warmed.append(Warmed(concepts[key].title, then, now))
        return tuple(sorted(warmed, key=lambda w: (-abs(w.after - w.before), w.title)))


def _seed(card: int, memory: MemoryState) -> str:
    """Return what the fuzz is drawn from: the same until the card is answered again."""
    return f"{card}/{0 if isinstance(memory, New) else memory.reviews}"


def _for_mastery(card: int, memory: MemoryState) -> CardMemory:
    if isinstance(memory, Memory):
        return CardMemory(card, memory.stability, to_ms(memory.last_review))
    return CardMemory(card, None, 0)
