"""What Anki remembers of a card, as the events and the schedule that Warmstart's log can hold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from warmstart.anki.model import DAY, AnkiCard, AnkiReview, CardType, Queue, ReviewKind
from warmstart.study.cards import Phase, Rating

if TYPE_CHECKING:
    from collections.abc import Sequence

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_SECOND: Final = 7_258_118_400  # the year 2200: what lies beyond is no date of a card's
_EARLIEST_SECOND: Final = 1_000_000_000
"""A due date in learning that is smaller counts days: seconds since 1970 were past this in 2001."""
_LONGEST: Final = 3_600_000  # milliseconds; Anki itself stops counting at a minute, unless told
_MAX_INTERVAL: Final = 36_500
_BEFORE: Final = {
    ReviewKind.LEARNING: Phase.LEARNING,
    ReviewKind.REVIEW: Phase.REVIEW,
    ReviewKind.RELEARNING: Phase.RELEARNING,
    ReviewKind.FILTERED: Phase.REVIEW,
}


@dataclass(frozen=True, slots=True)
class Fsrs:
    """A memory state of FSRS's."""

    stability: float
    """Days."""
    difficulty: float
    """1–10."""


@dataclass(frozen=True, slots=True)
class Sm2:
    """What SM-2 remembers."""

    interval: int
    """Days."""
    ease: float
    """2.5 for 250 %."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Where a card stood when it was exported."""

    memory: Fsrs | Sm2
    due: datetime
    last_review: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of the review log, with the due date it led to."""

    at: datetime
    rating: Rating
    duration: timedelta
    before: Phase
    phase: Phase
    due: datetime


@dataclass(frozen=True, slots=True)
class Forgotten:
    """The card was made new again; what came before no longer counts."""

    at: datetime


@dataclass(frozen=True, slots=True)
class History:
    """All that came with a card."""

    events: tuple[Answer | Forgotten, ...] = ()
    """Oldest first."""
    schedule: Schedule | None = None
    """Stands in for what the events do not tell; None for a card that is new or still learned."""
    suspended: bool = False


def history_of(card: AnkiCard, reviews: Sequence[AnkiReview], created: int) -> History:
    """Return the history of a card; ``reviews`` are its own, in any order."""
    events = _events(sorted(reviews, key=lambda review: review.id))
    if card.type == CardType.NEW and events and isinstance(events[-1], Answer):
        events.append(Forgotten(events[-1].at))
    return History(tuple(events), _schedule(card, events, created), card.queue == Queue.SUSPENDED)


def _events(reviews: Sequence[AnkiReview]) -> list[Answer | Forgotten]:
    events: list[Answer | Forgotten] = []
    phase = Phase.NEW
    for review in reviews:
        at = _moment(review.id / 1000)
        if at is None:
            continue
        # A card that was made new again has lost its ease; one whose due date was set has not.
        if review.kind == ReviewKind.MANUAL and not review.factor:
            if events and isinstance(events[-1], Answer):
                events.append(Forgotten(at))
            phase = Phase.NEW
        elif review.ease in range(1, 5) and review.kind in _BEFORE:
            before = _BEFORE[ReviewKind(review.kind)]
            if phase is Phase.NEW and before is Phase.LEARNING:
                before = Phase.NEW
            phase = _after(before, review.interval)
            events.append(
                Answer(
                    at=at,
                    rating=Rating(review.ease),
                    duration=timedelta(milliseconds=min(max(review.duration, 0), _LONGEST)),
                    before=before,
                    phase=phase,
                    due=at + _interval(review.interval),
                )
            )
    return events


def _after(before: Phase, interval: int) -> Phase:
    if interval > 0:
        return Phase.REVIEW
    return Phase.RELEARNING if before in (Phase.REVIEW, Phase.RELEARNING) else Phase.LEARNING


def _interval(interval: int) -> timedelta:
    if interval > 0:
        return timedelta(days=min(interval, _MAX_INTERVAL))
    return timedelta(seconds=min(-interval, _MAX_INTERVAL * DAY))


def _schedule(
    card: AnkiCard, events: Sequence[Answer | Forgotten], created: int
) -> Schedule | None:
    if card.type == CardType.NEW or (card.type != CardType.REVIEW and events):
        return None  # a card in learning is where its last answer led
    memory: Fsrs | Sm2
    if card.stability is not None and card.difficulty is not None:
        memory = Fsrs(card.stability, min(10.0, max(1.0, card.difficulty)))
    elif card.interval > 0 and card.factor > 0:
        memory = Sm2(min(card.interval, _MAX_INTERVAL), card.factor / 1000)
    else:
        return None
    due = _due(card, created)
    if due is None:
        return None
    answered = events[-1].at if events else None
    last = answered or _moment(card.last_review or -1)
    return Schedule(memory, due, last or due - timedelta(days=min(card.interval, _MAX_INTERVAL)))


def _due(card: AnkiCard, created: int) -> datetime | None:
    due = card.original_due or card.due
    return _moment(due if due >= _EARLIEST_SECOND else created + due * DAY)


def _moment(seconds: float) -> datetime | None:
    """Return a time, in whole milliseconds; None for what is no date."""
    if not 0 <= seconds < _LAST_SECOND:
        return None
    return _EPOCH + timedelta(milliseconds=round(seconds * 1000))
