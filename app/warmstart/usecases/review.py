"""One sitting: cards asked one after another, each answer committed before the next is shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING

from warmstart.store.connection import BUSY_SECONDS
from warmstart.store.glance import look
from warmstart.store.sitting import Sitting
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
from warmstart.usecases.undo import do_again, take_back

if TYPE_CHECKING:
    from collections.abc import Mapping

    from warmstart.store.card_rows import CardInNote
    from warmstart.store.sitting import SittingTransaction
    from warmstart.usecases.desk import Desk


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
    flag: int
    """1–7; 0 is none."""
    remark: str
    """The learner's note to themselves; empty where there is none."""


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

    def __init__(self, desk: Desk, *, busy_seconds: float = BUSY_SECONDS) -> None:
        """Read the queue and the first card.

        Raises:
            StoreError: the store is not there, not of this version's schema, or cannot be used.
        """
        self._desk = desk
        self._turn = Lock()
        self._answers: list[_Answer] = []
        self._undone: dict[int, _Answer] = {}
        """Answers of this sitting that were taken back, by their entry."""
        now = desk.clock()
        today = desk.days.day_of(now)
        self._day_end = desk.days.end(today)
        self._store = Sitting(desk.home.store, busy_seconds=busy_seconds)
        with self._store.read() as tx:
            desk.follow(tx)
            room = desk.settings.study.new_per_day - tx.log.introduced(desk.days.start(today))
            self._queue = Queue(
                learning=tx.cards.learning(self._day_end),
                review=tx.cards.due(self._day_end, SITTING),
                new=tx.cards.new(max(0, room)),
            )
            self._finished: set[int] = set()
            self._present(self._following(tx, now))

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
        return self.refresh() if self.current is None else self.current

    def refresh(self) -> ShownCard | None:
        """Look again at the current card, and give it up if it is no longer in study.

        Its note may have been saved, paused or removed since it was shown.
        """
        with self._turn, self._store.read() as tx:
            shown = None if self.current is None else tx.cards.shown(self.current.id)
            now = self._desk.clock()
            if shown is None or not _may_come(shown, now):
                shown = self._following(tx, now)
            self._present(shown)
        return self.current

    def previews(self) -> dict[Rating, timedelta]:
        """Return the interval each rating would give the current card; answering keeps it."""
        if self.current is None:
            return {}
        now = self._desk.clock()
        after = self._desk.scheduler.preview(
            self._memory, now, seed=_seed(self.current.id, self._memory)
        )
        return {rating: memory.due - now for rating, memory in after.items()}

    def answer(self, rating: Rating, duration: timedelta) -> None:
        """Record the answer to the current card; it is on the disk when this returns.

        ``duration`` is from showing the card to grading it; ``LONGEST_ANSWER`` at most counts.

        Raises:
            StoreError: nothing was recorded, and the card is still the current one.
        """
        with self._turn:
            if self.current is not None:
                counted = min(max(duration, timedelta()), LONGEST_ANSWER)
                self._answer(self.current.id, rating, counted)

    def _answer(self, card: int, rating: Rating, duration: timedelta) -> None:
        now = self._desk.clock()
        try:
            with self._store.write() as tx:
                self._desk.follow(tx)
                # Read again: another Warmstart may have answered the same card meanwhile.
                memory = tx.cards.memory(card)
                after = self._desk.scheduler.review(memory, rating, now, seed=_seed(card, memory))
                reviewed = Reviewed(
                    card=card,
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
                tx.cards.set_memory(card, after)
                # The next card is read before the commit, so that nothing can fail after it.
                self._move_on(card, after)
                following = self._following(tx, now)
        except BaseException:
            self._finished.discard(card)
            self._queue.put_back(card)
            raise
        self._answers.append(_Answer(entry, reviewed, memory))
        self._present(following)

    def undo(self) -> ShownCard | None:
        """Take back what was done last, in this sitting or before it, and ask its card again.

        The log is appended to, never shortened. Returns None where there is nothing to undo.

        Raises:
            StoreError: nothing was taken back.
        """
        now = self._desk.clock()
        with self._turn:
            with self._store.write() as tx:
                self._desk.follow(tx)
                taken = take_back(tx, self._desk.scheduler, now)
                if taken is None:
                    return None
                shown = [tx.cards.shown(card) for card in taken.cards]
                again = [each for each in shown if _may_come(each, now)]
                following = again[-1] if again else self._following(tx, now)
            gone = [a for a in self._answers if a.entry in taken.entries]
            self._undone |= {answer.entry: answer for answer in gone}
            self._answers = [a for a in self._answers if a not in gone]
            self._finished -= set(taken.cards)
            for each in again:
                self._queue.put_back(each.card.id)
            self._present(following)
            return self.current

    def redo(self) -> bool:
        """Do again what was taken back last, and go on behind it.

        Returns False where nothing was taken back, or something else was done since.

        Raises:
            StoreError: nothing was done again.
        """
        scheduler, now = self._desk.scheduler, self._desk.clock()
        with self._turn:
            with self._store.write() as tx:
                done = do_again(tx, scheduler, now)
                if done is None:
                    return False
                answered = done.what is Reviewed
                for card in done.cards if answered else ():
                    if isinstance(memory := tx.cards.memory(card), Memory):
                        self._move_on(card, memory)
                shown = None if self.current is None else tx.cards.shown(self.current.id)
                stays = shown is not None and not answered and _may_come(shown, now)
                following = shown if stays else self._following(tx, now)
            self._answers += [self._undone.pop(e) for e in done.entries if e in self._undone]
            self._present(following)
            return True

    def summary(self) -> SessionSummary:
        """Return what came of the sitting so far."""
        reviews = [answer.reviewed for answer in self._answers]
        by_rating = {rating: sum(r.rating is rating for r in reviews) for rating in Rating}
        with self._store.read() as tx:
            next_due = tx.cards.next_due()
        return SessionSummary(
            answered=len(reviews),
            by_rating=by_rating,
            correct_share=1 - by_rating[Rating.AGAIN] / len(reviews) if reviews else None,
            duration=sum((r.duration for r in reviews), timedelta()),
            new_learned=sum(r.before is Phase.NEW for r in reviews),
            next_due=next_due,
            warmed=self._warmed(),
        )

    def close(self) -> None:
        """End the sitting: let go of the store."""
        self._store.close()

    def _move_on(self, card: int, after: Memory) -> None:
        """Take an answered card out of the queue, or put it where its next step is."""
        self._queue.remove(card)
        if after.phase is not Phase.REVIEW and after.due < self._day_end:
            self._queue.learn(card, after.due)
        else:
            self._finished.add(card)

    def _following(self, tx: SittingTransaction, now: datetime) -> CardInNote | None:
        """Return the card to ask now; what is no longer in study is dropped on the way."""
        while (card := self._queue.next(now)) is not None:
            shown = tx.cards.shown(card)
            if _may_come(shown, now):
                return shown
            self._queue.remove(card)
        return None

    def _present(self, shown: CardInNote | None) -> None:
        if shown is None:
            self.current = None
            return
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
            flag=shown.card.flag,
            remark=shown.card.remark,
        )

    def _warmed(self) -> tuple[Warmed, ...]:
        first: dict[int, MemoryState] = {}
        for answer in self._answers:
            first.setdefault(answer.reviewed.card, answer.memory)
        if not first:
            return ()
        with look(self._desk.home.store) as glance:
            concepts = [] if glance is None else glance.concepts()
        curve, now_ms = self._desk.curve, to_ms(self._desk.clock())
        after = {card.card: card for concept in concepts for card in concept.cards}
        before = after | {card: _for_mastery(card, memory) for card, memory in first.items()}
        gathered = below(
            {c.id: c.parent_id for c in concepts},
            {c.id: {card.card for card in c.cards} for c in concepts},
        )
        warmed = []
        for concept in concepts:
            cards = gathered[concept.id]
            if first.keys().isdisjoint(cards):
                continue
            then, now = (
                warmth(m[card].outlook(curve, now_ms) for card in cards).mastery or 0.0
                for m in (before, after)
            )
            warmed.append(Warmed(concept.title, then, now))
        return tuple(sorted(warmed, key=lambda w: (-abs(w.after - w.before), w.title)))


def _may_come(shown: CardInNote, now: datetime) -> bool:
    """Whether a card may be asked: in study, and not put off."""
    until = shown.card.buried_until
    return shown.card.in_study and (until is None or until <= now)


def _seed(card: int, memory: MemoryState) -> str:
    """Return what the fuzz is drawn from: the same until the card is answered again."""
    return f"{card}/{0 if isinstance(memory, New) else memory.reviews}"


def _for_mastery(card: int, memory: MemoryState) -> CardMemory:
    if isinstance(memory, Memory):
        return CardMemory(card, memory.stability, to_ms(memory.last_review))
    return CardMemory(card, None, 0)
