"""Asking: which card comes next in a sitting, by its queue, the clock, and what others do."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from warmstart.study.balance import Load
from warmstart.study.cards import Memory, MemoryState, New, Phase, Rating
from warmstart.study.day import moment
from warmstart.study.presets import by_name
from warmstart.usecases.admitting import MOST
from warmstart.usecases.sitting import Sitting, queue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warmstart.settings import StudySettings
    from warmstart.store.card_rows import CardInNote, StoredCard
    from warmstart.store.sitting import SittingTransaction
    from warmstart.study.queue import Queue
    from warmstart.usecases.answering import Answer
    from warmstart.usecases.desk import Desk
    from warmstart.usecases.summary import Bound

CRAMMED_AGAIN: Final = timedelta(minutes=1)
"""After how long a card comes again that was forgotten in a sitting without effect."""
_TOLD_FROM: Final = timedelta(minutes=1)  # clocks are corrected by seconds all the time
_BEHIND: Final = (
    "The clock shows an earlier time than your last answer. Until it has caught up, answers count"
    " as given then, so that they stay in order and today's limits hold."
)
_FAR_BEHIND: Final = (
    "Your last answer was given at a time that is still to come by the clock: one of the two was"
    " wrong. From here on the clock counts."
)


class Asking:
    """The course of one sitting: its queue, and what was answered in it."""

    queue: Queue

    def __init__(self, desk: Desk, sitting: Sitting, tx: SittingTransaction) -> None:
        """Read the queue.

        Raises:
            UsageError: the sitting is narrowed to something that there is not.
        """
        self._desk = desk
        self._sitting = sitting
        self._load: Load | None = None
        self._latest: datetime | None = None
        self._told = False
        self.answers: list[Answer] = []
        self.finished: set[int] = set()
        """Cards that were answered and do not come again in this sitting."""
        self.of_clock: str | None = None
        """A sentence on a clock that was set back, once, for whoever takes it."""
        self._pace = tx.queue.pace()
        self._plan(tx)

    @property
    def minutes(self) -> int:
        """How long what is left will take, by how long the last answers took."""
        learning, review, new = self.queue.left
        return self._pace.minutes(learning=learning, review=review, new=new)

    @property
    def bound(self) -> Bound | None:
        """The bound of the sitting that is reached; None while there is more to ask, or no bound.

        Thinking time is what counts: neither a pause nor the time between two cards does.
        """
        minutes, cards = self._sitting.minutes, self._sitting.cards
        if minutes is not None:
            spent = sum((answer.given.duration for answer in self.answers), timedelta())
            if spent >= timedelta(minutes=minutes):
                return "minutes"
        return "cards" if cards is not None and len(self.finished) >= cards else None

    def now(self) -> datetime:
        """Return when what happens now happens: time never runs backwards in the log."""
        found = moment(self._desk.clock(), self._latest)
        if found.back >= _TOLD_FROM and not self._told:
            self._told = True
            self.of_clock = _BEHIND if found.at == self._latest else _FAR_BEHIND
        return found.at

    def is_alone(self, tx: SittingTransaction) -> bool:
        """Whether nobody else has written to the store since the queue was read.

        Memories, and the parameters in force, are then what they were.
        """
        return self._version == tx.version()

    def following(self, tx: SittingTransaction) -> CardInNote | None:
        """Return the card to ask now; what may no longer be asked is dropped on the way.

        When others have written, an import or another Warmstart, the queue is read again only where
        that can matter: for what has a limit a day, and before nothing is left. It takes longer
        than an answer, and a card of which study has been left is found out one by one.
        """
        if self._version < 0 or self.now() >= self._day_end:
            self._queue_anew(tx)
        while not self.bound:
            card = self.queue.next(self.now())
            shown = None if card is None else tx.cards.shown(card)
            if not self.is_alone(tx) and (shown is None or self._is_limited(shown.card)):
                self._queue_anew(tx)
                continue
            if card is None or shown is None:
                return None
            if self.may_be_asked(shown.card, whenever=card in self.queue.returned):
                return shown
            self.drop(card)
        return None

    def _is_limited(self, card: StoredCard) -> bool:
        if isinstance(card.memory, New):
            return True
        return any(own.reviews_per_day < MOST for own in by_name(self._desk.settings).values())

    def may_be_asked(self, card: StoredCard, *, whenever: bool = False) -> bool:
        """Whether a card may be asked now; ``whenever`` looks away from its due date."""
        now, memory = self.now(), card.memory
        if not card.in_study or (card.buried_until is not None and card.buried_until > now):
            return False
        due = isinstance(memory, New) or memory.due < self._day_end
        return due or whenever or self._sitting.cram

    def move_on(self, card: int, after: MemoryState, rating: Rating) -> None:
        """Take an answered card out of the queue, or put it where its next step is."""
        again: datetime | None = None
        if not self._sitting.effect:
            again = self.now() + CRAMMED_AGAIN if rating is Rating.AGAIN else None
        elif isinstance(after, Memory) and after.phase is not Phase.REVIEW:
            again = after.due
        self.queue.remove(card)
        if again is not None and again < self._day_end:
            self.queue.learn(card, again)
        else:
            self.finished.add(card)

    def drop(self, card: int) -> None:
        """Take a card out that does not come again, whatever became of it."""
        self.queue.remove(card)
        if any(answer.given.card == card for answer in self.answers):
            self.finished.add(card)

    def answered(self, answer: Answer, after: MemoryState) -> None:
        """Follow an answer that is on the disk now: the load of the days, and the time."""
        self._latest = answer.given.at
        if self._load is not None and isinstance(after, Memory):
            memory = answer.memory
            self._load.move(None if isinstance(memory, New) else memory.due, after.due)

    def doubt(self) -> None:
        """Read the queue again before the next card: what it was planned from has changed."""
        self._version, self._load = -1, None

    def weigh(self, tx: SittingTransaction, own: StudySettings) -> Load | None:
        """Return the load of the days to come, read once a sitting; None if nobody looks at it."""
        if not own.fuzz or not (own.load_balance or own.easy_days):
            return None
        if self._load is None:
            today = self._desk.days.day_of(self.now())
            self._load = Load(today, self._day_end, tx.queue.load(self._day_end))
        return self._load

    def _queue_anew(self, tx: SittingTransaction) -> None:
        """Plan again; what was put back stays at the head, if the day still has room for it.

        The one put back last is the card that is asked again: it had its room, or has it again.
        """
        before = self.queue
        self._plan(tx, before.returned)
        if self._sitting.cram:
            # No day and no limit bears on it, and who may not be asked is dropped when it comes.
            self.queue = before
            return
        if not self._sitting.effect:
            for card in self.finished:
                self.queue.remove(card)  # it is as due as it was
        for card in before.returned:
            if card in self.queue or card == before.returned[-1]:
                self.queue.put_back(card)

    def _plan(self, tx: SittingTransaction, first: Sequence[int] = ()) -> None:
        self._desk.follow(tx)
        self._latest = tx.log.latest()
        now, days = self.now(), self._desk.days
        day = days.day_of(now)
        self._load = None
        self._version = tx.version()
        self._day_end = days.end(day)
        times = (days.start(day), self._day_end)
        self.queue = queue(tx, self._desk, self._sitting, now, times, first=first)
        if self._sitting.cards is not None:
            self.queue.keep(max(0, self._sitting.cards - len(self.finished)))
