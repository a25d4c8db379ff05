"""One sitting: cards asked one after another, each answer committed before the next is shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Final

from warmstart.store.connection import BUSY_SECONDS
from warmstart.store.sitting import SittingStore
from warmstart.study.cards import (
    Buried,
    Crammed,
    MemoryState,
    New,
    Phase,
    Rating,
    Reported,
    Reviewed,
    Suspended,
)
from warmstart.study.thinking import LONGEST, Thinking
from warmstart.usecases import refile
from warmstart.usecases.answering import Answer, AtWork, record, seed_of
from warmstart.usecases.asking import Asking
from warmstart.usecases.clock import ticks
from warmstart.usecases.sitting import ORDINARY, Sitting
from warmstart.usecases.summary import summarise
from warmstart.usecases.undo import do_again, take_back

if TYPE_CHECKING:
    from collections.abc import Callable

    from warmstart.store.card_rows import CardInNote
    from warmstart.store.sitting import SittingTransaction
    from warmstart.study.cards import Entry
    from warmstart.study.schedule import Scheduler
    from warmstart.usecases.clock import Ticks
    from warmstart.usecases.desk import Desk
    from warmstart.usecases.summary import SessionSummary
    from warmstart.usecases.undo import Taken

_ASKED_AGAIN: Final[tuple[type[Entry], ...]] = (Reviewed, Crammed, Buried, Suspended, Reported)
"""What takes a card out of the queue: undone, the card is asked again."""
_ELSEWHERE: Final = "This card was answered in another Warmstart meanwhile; that answer counts."


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
    """The learner's note to themselves; may be empty."""
    leech: bool


class ReviewSession:
    """A sitting: the day's queue or a part of it, answered card by card.

    What else is done to a card (``actions``) is done to the store; ``refresh`` then follows.

    Each method that changes something raises StoreError where that could not be recorded; nothing
    has changed then, and the card is still the current one.
    """

    current: ShownCard | None
    """The card to answer; None when nothing may come now (see ``waiting``)."""
    told: str | None
    """What the last call has to say to the learner, in a sentence or two: a leech was found, the
    card was answered elsewhere, the clock was set back. Most have nothing to say."""

    def __init__(
        self,
        desk: Desk,
        sitting: Sitting = ORDINARY,
        *,
        ticks: Ticks = ticks,
        busy_seconds: float = BUSY_SECONDS,
    ) -> None:
        """Read the queue and the first card.

        Raises:
            StoreError: the store is not there, not of this version's schema, or cannot be used.
            UsageError: the sitting is narrowed to something that there is not.
        """
        self._desk = desk
        self._ticks = ticks
        self._turn = Lock()
        self._undone: dict[int, Answer] = {}
        self.sitting = sitting
        self.told = self.current = None
        self._store = SittingStore(desk.home.store, busy_seconds=busy_seconds)
        try:
            with self._store.read() as tx:
                self._asking = Asking(desk, sitting, tx)
                self._present(self._asking.following(tx))
        except BaseException:
            self._store.close()
            raise

    @property
    def done(self) -> int:
        """How many cards of the sitting were answered at least once."""
        return len({answer.given.card for answer in self._asking.answers})

    @property
    def again(self) -> int:
        """How many of those come again in this sitting: their learning steps are not done."""
        answered = {answer.given.card for answer in self._asking.answers}
        return len(answered - self._asking.finished)

    @property
    def total(self) -> int:
        """How many cards the sitting has, each counted once."""
        return len(self._asking.finished) + len(self._asking.queue)

    @property
    def minutes(self) -> int:
        """How many minutes what is left will take: an estimate."""
        return self._asking.minutes

    @property
    def waiting(self) -> datetime | None:
        """When the next learning card is due, if one is left and it may not come yet."""
        over = self.current is not None or self._asking.bound is not None
        return None if over else self._asking.queue.waiting_until

    # -- thinking time -----------------------------------------------------------------------

    def pause(self) -> None:
        """Stop the watch: the screen was left, or the terminal lost its focus."""
        if self.current is not None:
            self._watch.pause(self._desk.clock(), self._ticks())

    def go_on(self) -> None:
        """Let the watch run again."""
        if self.current is not None:
            self._watch.go_on(self._desk.clock(), self._ticks())

    def thought(self) -> timedelta:
        """Return how long the current card has been thought about: what ``answer`` takes."""
        if self.current is None:
            return timedelta()
        return self._watch.spent(self._desk.clock(), self._ticks())

    # -- answering ---------------------------------------------------------------------------

    def resume(self) -> ShownCard | None:
        """Look again at the clock: a card that had to wait may come now."""
        return self.refresh() if self.current is None else self.current

    def refresh(self) -> ShownCard | None:
        """Look again at the current card, and give it up if it may no longer be asked.

        Its note may have been saved, paused or removed since it was shown, or the card been
        answered in another Warmstart.
        """
        with self._turn, self._store.read() as tx:
            shown = None if self.current is None else tx.cards.shown(self.current.id)
            if shown is None or not self._asking.may_be_asked(shown.card):
                shown = self._asking.following(tx)
            self._present(shown, again=True)
        return self.current

    def previews(self) -> dict[Rating, timedelta]:
        """Return the interval each rating would give the current card; answering keeps it.

        Empty where answers have no effect.
        """
        if self.current is None or not self.sitting.effect:
            return {}
        with self._turn, self._store.read() as tx:
            by, now = self._at_work(tx), self._asking.now()
        seed = seed_of(self.current.id, self._memory)
        after = by.scheduler.preview(self._memory, now, seed=seed, load=by.load)
        return {rating: memory.due - now for rating, memory in after.items()}

    def answer(self, rating: Rating, duration: timedelta) -> None:
        """Record the answer to the current card; it is on the disk when this returns.

        ``duration`` is from showing the card to grading it, as ``thought`` tells it.
        """
        with self._turn:
            self.told = None
            if self.current is not None:
                counted = min(max(duration, timedelta()), LONGEST)
                self._answer(self.current.id, rating, counted)

    def _answer(self, card: int, rating: Rating, duration: timedelta) -> None:
        asking, answers = self._asking, list(self._asking.answers)
        if self.sitting.effect:
            # The first answer may come before py-fsrs does: nobody who writes is to wait for that.
            self._desk.schedulers.scheduler(self._preset)
        try:
            with self._store.write() as tx:
                memory = after = self._memory
                if not asking.is_alone(tx):
                    self._desk.follow(tx)
                    memory = after = tx.cards.memory(card)
                answer = None
                if _last(memory) != _last(self._memory):
                    self.told = _ELSEWHERE
                elif not self.sitting.effect:
                    crammed = Crammed(card, asking.now(), rating, duration)
                    answer = Answer(tx.log.append(crammed), crammed, memory)
                else:
                    given = (rating, duration, asking.now())
                    after, answer, self.told = record(tx, self._at_work(tx), card, memory, given)
                if answer is None:
                    asking.drop(card)
                else:
                    asking.answers.append(answer)
                    asking.move_on(card, after, rating)
                # The next card is read before the commit, so that nothing can fail after it.
                following = asking.following(tx)
        except BaseException:
            asking.answers = answers
            asking.finished.discard(card)
            asking.queue.put_back(card)
            self.told = None
            raise
        if answer is not None:
            asking.answered(answer, after)
        self._present(following)

    # -- taking back -------------------------------------------------------------------------

    def undo(self) -> bool:
        """Take back what was done last, in this sitting or before it, and ask its card again.

        The log is appended to, never shortened. Returns False where there is nothing to undo.
        """
        return self._again(take_back) is not None

    def redo(self) -> bool:
        """Do again what was undone last; False where nothing was, or something was done since."""
        return self._again(do_again) is not None

    def _again(
        self, act: Callable[[SittingTransaction, Scheduler, datetime], Taken | None]
    ) -> Taken | None:
        """Undo or redo, and let the queue follow."""
        with self._turn:
            self.told = None
            try:
                with self._store.write() as tx:
                    self._desk.follow(tx)
                    taken = act(tx, self._desk.scheduler, self._asking.now())
                    if taken is None:
                        return None
                    refile.follow(tx, self._desk.settings, taken.what, taken.cards)
                    self._asking.doubt()
                    following = self._after(tx, taken, undone=act is take_back)
            except BaseException:
                self._asking.doubt()  # it was planned for what the store does not hold
                raise
            self._present(following)
            return taken

    def _after(self, tx: SittingTransaction, taken: Taken, *, undone: bool) -> CardInNote | None:
        """Return the card to show after an undo or redo."""
        asking = self._asking
        if len(taken.cards) > 1 or taken.what not in _ASKED_AGAIN:
            current = None if self.current is None else tx.cards.shown(self.current.id)
            if current is not None and asking.may_be_asked(current.card):
                return current
            return asking.following(tx)
        card, answered = taken.cards[0], taken.what in {Reviewed, Crammed}
        if undone:
            self._undone |= {a.entry: a for a in asking.answers if a.entry in taken.entries}
            asking.answers = [a for a in asking.answers if a.entry not in taken.entries]
            asking.finished.discard(card)
            if asking.may_be_asked(tx.cards.shown(card).card, whenever=answered):
                asking.queue.put_back(card)  # and planned anew, because it takes up room again
        else:
            asking.queue.remove(card)
            for answer in [a for a in map(self._undone.get, taken.entries) if a is not None]:
                asking.answers.append(answer)
                asking.move_on(card, tx.cards.memory(card), answer.given.rating)
        return asking.following(tx)

    # -- how it looks, and how it ends -------------------------------------------------------

    def summary(self) -> SessionSummary:
        """Return what came of the sitting so far."""
        with self._turn, self._store.read() as tx:
            next_due = tx.cards.next_due()
        return summarise(self._desk, self._asking.answers, next_due, self._asking.bound)

    def close(self) -> None:
        """End the sitting: let go of the store."""
        self._store.close()

    def _present(self, shown: CardInNote | None, *, again: bool = False) -> None:
        """Make a card the current one; ``again`` says that it may be the one that was."""
        before, self.current = self.current, None
        if self._asking.of_clock is not None:
            self.told, self._asking.of_clock = self._asking.of_clock, None
        if shown is None:
            return
        card, source = shown.card, shown.card.source
        if not again or before is None or before.id != card.id:
            self._watch = Thinking(self._desk.clock(), self._ticks())
        self._memory, self._preset = card.memory, card.preset
        self.current = ShownCard(
            id=card.id,
            kind=source.kind,
            front=source.front,
            back=source.back,
            breadcrumb=tuple(part for part in (shown.note_title, source.section) if part),
            note_id=card.note_id,
            note_name=shown.note_name,
            slug=source.slug,
            line=source.line,
            phase=card.memory.phase,
            flag=card.flag,
            remark=card.remark,
            leech=card.leech,
        )

    def _at_work(self, tx: SittingTransaction) -> AtWork:
        """Return what the current card is scheduled by."""
        schedulers = self._desk.schedulers
        own = schedulers.settings(self._preset)
        scheduler = schedulers.scheduler(self._preset)
        return AtWork(scheduler, own, self._asking.weigh(tx, own))


def _last(memory: MemoryState) -> tuple[int, datetime] | None:
    """Return which answer was the last; new parameters change a memory too, and are no answer."""
    return None if isinstance(memory, New) else (memory.reviews, memory.last_review)
