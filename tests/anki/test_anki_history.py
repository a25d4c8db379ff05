"""What Anki remembers of a card, as events and a schedule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from warmstart.anki.history import Answer, Forgotten, Fsrs, Sm2, history_of
from warmstart.anki.model import AnkiCard, AnkiReview, CardType, Queue
from warmstart.study.cards import Phase, Rating

CREATED = int(datetime(2026, 1, 1, 4, tzinfo=UTC).timestamp())
START = datetime(2026, 1, 10, 12, tzinfo=UTC)


def review(day: float, ease: int, interval: int, kind: int, factor: int = 2500) -> AnkiReview:
    at = int((START + timedelta(days=day)).timestamp() * 1000)
    return AnkiReview(at, 1, ease, interval, 0, factor, 4200, kind)


def card(**values: object) -> AnkiCard:
    return AnkiCard(**({"id": 1, "note_id": 1, "deck_id": 1, "ord": 0} | values))


def phases(*reviews: AnkiReview) -> list[tuple[Phase, Phase]]:
    events = history_of(card(type=CardType.REVIEW), reviews, CREATED).events
    return [(e.before, e.phase) for e in events if isinstance(e, Answer)]


class TestEvents:
    def test_from_new_to_a_lapse(self) -> None:
        log = (
            review(0, 3, -600, 0),
            review(0.01, 3, 1, 0),
            review(1, 3, 3, 1),
            review(4, 1, -600, 1),
            review(4.01, 3, 1, 2),
        )
        assert phases(*log) == [
            (Phase.NEW, Phase.LEARNING),
            (Phase.LEARNING, Phase.REVIEW),
            (Phase.REVIEW, Phase.REVIEW),
            (Phase.REVIEW, Phase.RELEARNING),
            (Phase.RELEARNING, Phase.REVIEW),
        ]

    def test_a_log_that_begins_in_the_middle(self) -> None:
        assert phases(review(0, 3, 9, 1)) == [(Phase.REVIEW, Phase.REVIEW)]

    def test_values(self) -> None:
        (event,) = history_of(card(type=2), [review(0, 2, 9, 1)], CREATED).events
        assert event == Answer(
            at=START,
            rating=Rating.HARD,
            duration=timedelta(seconds=4.2),
            before=Phase.REVIEW,
            phase=Phase.REVIEW,
            due=START + timedelta(days=9),
        )

    def test_what_is_no_answer_is_left_out(self) -> None:
        rescheduled, moved = review(1, 0, 9, 5), review(2, 0, 5, 4, factor=100)
        assert len(history_of(card(type=2), [rescheduled, moved], CREATED).events) == 0

    def test_a_card_made_new_again(self) -> None:
        log = [review(0, 3, 9, 0), review(1, 0, 0, 4, factor=0), review(2, 3, -600, 0)]
        events = history_of(card(type=1), log, CREATED).events
        assert [type(e) for e in events] == [Answer, Forgotten, Answer]
        assert isinstance(events[2], Answer)
        assert events[2].before is Phase.NEW

    def test_a_new_card_with_a_log_was_made_new_again(self) -> None:
        """Older versions kept no line about it."""
        events = history_of(card(type=0), [review(0, 3, 9, 0)], CREATED).events
        assert [type(e) for e in events] == [Answer, Forgotten]


class TestSchedule:
    def test_fsrs(self) -> None:
        history = history_of(
            card(type=2, queue=2, due=30, interval=12, stability=12.5, difficulty=5.5), [], CREATED
        )
        assert history.schedule
        assert history.schedule.memory == Fsrs(12.5, 5.5)
        assert history.schedule.due == datetime(2026, 1, 31, 4, tzinfo=UTC)
        assert history.schedule.last_review == datetime(2026, 1, 19, 4, tzinfo=UTC)

    def test_sm2(self) -> None:
        history = history_of(card(type=2, due=30, interval=12, factor=2300), [], CREATED)
        assert history.schedule
        assert history.schedule.memory == Sm2(12, 2.3)

    def test_the_log_knows_the_last_review(self) -> None:
        history = history_of(
            card(type=2, due=30, interval=12, factor=2300), [review(3, 3, 12, 1)], CREATED
        )
        assert history.schedule
        assert history.schedule.last_review == START + timedelta(days=3)

    def test_in_a_filtered_deck(self) -> None:
        away = card(type=2, due=-100_000, original_due=30, original_deck=5, interval=1, factor=2500)
        schedule = history_of(away, [], CREATED).schedule
        assert schedule
        assert schedule.due == datetime(2026, 1, 31, 4, tzinfo=UTC)

    @pytest.mark.parametrize(
        "values",
        [
            {"type": CardType.NEW, "due": 5},
            {"type": CardType.LEARNING, "due": 1_800_000_000},
            {"type": CardType.REVIEW, "due": 30},
            {"type": CardType.REVIEW, "due": 10**15, "interval": 3, "factor": 2500},
        ],
    )
    def test_none(self, values: dict[str, int]) -> None:
        assert history_of(card(**values), [], CREATED).schedule is None

    def test_suspended(self) -> None:
        assert history_of(card(queue=Queue.SUSPENDED), [], CREATED).suspended
        assert not history_of(card(queue=-2), [], CREATED).suspended
