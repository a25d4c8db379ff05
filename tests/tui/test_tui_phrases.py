"""Figures as a person says them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from warmstart.tui import phrases


class TestInterval:
    @pytest.mark.parametrize(
        ("span", "said"),
        [
            (timedelta(seconds=-5), "< 1 min"),
            (timedelta(seconds=59), "< 1 min"),
            (timedelta(minutes=1), "1 min"),
            (timedelta(minutes=10), "10 min"),
            (timedelta(minutes=59, seconds=40), "1 h"),
            (timedelta(hours=23, minutes=40), "1 d"),
            (timedelta(days=2.4), "2 d"),
            (timedelta(days=30), "30 d"),
            (timedelta(days=31), "31 d"),
            (timedelta(days=91), "3 mo"),
            (timedelta(days=355), "1 y"),
            (timedelta(days=440), "1.2 y"),
            (timedelta(days=3653), "10 y"),
        ],
    )
    def test_largest_unit_that_fits(self, span: timedelta, said: str) -> None:
        assert phrases.interval(span) == said


class TestOtherPhrases:
    @pytest.mark.parametrize(
        ("span", "said"),
        [(40, "40 s"), (59.6, "1 min"), (540, "9 min"), (3599, "1 h 00 min"), (3900, "1 h 05 min")],
    )
    def test_duration(self, span: float, said: str) -> None:
        assert phrases.duration(timedelta(seconds=span)) == said

    @pytest.mark.parametrize(
        ("days", "said"), [(None, "never"), (0, "today"), (12, "12 d"), (120, "3.9 mo")]
    )
    def test_ago(self, days: int | None, said: str) -> None:
        assert phrases.ago(days) == said

    def test_count(self) -> None:
        assert [phrases.count(n, "card") for n in (0, 1, 1200)] == [
            "0 cards",
            "1 card",
            "1,200 cards",
        ]

    def test_due_names_the_day(self) -> None:
        now = datetime(2026, 11, 20, 9, 0, tzinfo=UTC).astimezone()
        assert (
            phrases.due(now + timedelta(minutes=5), now) == f"at {now + timedelta(minutes=5):%H:%M}"
        )
        assert phrases.due(now + timedelta(days=1), now) == "tomorrow"
        assert phrases.due(now + timedelta(days=4), now) == "on Tue 24 Nov"

    @pytest.mark.parametrize(
        ("number", "said"),
        [
            (1, "1 byte"),
            (999, "999 bytes"),
            (1_000, "1.0 kB"),
            (48_300, "48 kB"),
            (1_400_000, "1.4 MB"),
            (999_999_999, "1,000 MB"),
            (12_000_000_000, "12 GB"),
        ],
    )
    def test_size(self, number: int, said: str) -> None:
        assert phrases.size(number) == said
