"""What a year of answers says: figures by trajectories."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmstart.study import figures
from warmstart.study.cards import Phase, Rating
from warmstart.study.day import DAY_MS
from warmstart.study.figures import CRAMMED, HourTotal, Recalled, Total, span_of

TODAY = date(2026, 11, 20)
DAY = TODAY.toordinal()


def total(ago, stage, interval_days, rating, reviews=1, duration=6000):  # noqa: PLR0917
    return Total(DAY - ago, stage, span_of(interval_days * DAY_MS), rating, reviews, duration)


WEEK = [
    total(0, Phase.NEW, 0, Rating.AGAIN, 4, 30_000),
    total(0, Phase.LEARNING, 0, Rating.GOOD, 4),
    total(0, Phase.REVIEW, 3, Rating.GOOD, 3),
    total(0, Phase.REVIEW, 3, Rating.AGAIN),
    total(0, Phase.REVIEW, 21, Rating.HARD, 2),
    total(0, Phase.RELEARNING, 0, Rating.GOOD),
    total(1, Phase.REVIEW, 20, Rating.AGAIN),
    total(1, CRAMMED, 0, Rating.AGAIN, 9),
    total(3, Phase.RELEARNING, 2, Rating.GOOD),
    total(29, Phase.REVIEW, 300, Rating.EASY, 5),
    total(30, Phase.REVIEW, 300, Rating.AGAIN, 7),
]


class TestHeat:
    def test_counts_every_answer_and_its_time(self):
        assert {day.toordinal() - DAY: n for day, n in figures.heat(WEEK).items()} == {
            -30: 7, -29: 5, -3: 1, -1: 10, 0: 15,
        }  # fmt: skip
        assert figures.spent(WEEK)[TODAY] == 30_000 + 5 * 6000

    def test_a_heavy_beginning_leaves_later_days_their_levels(self):
        """Scaled to the busiest day, the twenty ordinary days would all have level 0."""
        heavy = {date.fromordinal(DAY - 30 + n): 1000 + n for n in range(4)}
        later = {date.fromordinal(DAY - n): 10 + n for n in range(20)}
        found = figures.levels(heavy | later)
        assert [found[day] for day in later] == [
            0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5, 6, 6,
        ]  # fmt: skip
        assert [found[day] for day in heavy] == [6, 7, 7, 7]

    def test_days_alike_are_as_busy_as_any(self):
        assert figures.levels({}) == {}
        assert set(figures.levels({date.fromordinal(n): 20 for n in range(1, 9)}).values()) == {7}

    @given(st.dictionaries(st.dates(), st.integers(1, 9), min_size=1))
    def test_a_busier_day_is_never_paler(self, heat):
        found = figures.levels(heat)
        assert max(found.values()) == figures.LEVELS - 1
        ordered = sorted(heat, key=lambda day: heat[day])
        for a, b in pairwise(ordered):
            assert found[a] <= found[b]
            assert heat[a] < heat[b] or found[a] == found[b]


class TestRetention:
    def test_is_told_by_period_and_age(self):
        rows = figures.retention(WEEK, TODAY)
        assert [(r.label, r.young, r.mature) for r in rows] == [
            ("today", Recalled(4, 3), Recalled(2, 2)),
            ("7 days", Recalled(6, 4), Recalled(2, 2)),
            ("30 days", Recalled(6, 4), Recalled(7, 7)),
            ("a year", Recalled(6, 4), Recalled(14, 7)),
        ]
        assert rows[3].all == Recalled(20, 11)
        assert rows[3].all.share == 0.55

    def test_leaves_out_what_is_learned_or_crammed(self):
        rows = figures.retention([*WEEK[:2], total(0, CRAMMED, 30, Rating.AGAIN)], TODAY)
        assert all(row.all == Recalled() and row.all.share is None for row in rows)

    def test_by_the_interval_given(self):
        found = {row.label: row.recalled for row in figures.by_span(WEEK) if row.recalled.reviews}
        assert found == {
            "2–3 d": Recalled(5, 4),
            "8–20 d": Recalled(1, 0),
            "21–49 d": Recalled(2, 2),
            "≥ 200 d": Recalled(12, 5),
        }


class TestSpans:
    @pytest.mark.parametrize(
        ("days", "label"),
        [(None, "< 1 d"), (0.9, "< 1 d"), (-3, "< 1 d"), (1, "1 d"), (3.9, "2–3 d"),
         (20.99, "8–20 d"), (21, "21–49 d"), (5000, "≥ 200 d")],
    )  # fmt: skip
    def test_begin_on_their_day(self, days, label):
        span = span_of(None if days is None else round(days * DAY_MS))
        assert figures.span_labels()[span] == label

    def test_mature_from_21_days_on(self):
        assert span_of(21 * DAY_MS - 1) < figures.MATURE <= span_of(21 * DAY_MS)


class TestButtons:
    def test_are_counted_by_group(self):
        assert [(row.label, row.counts) for row in figures.buttons(WEEK)] == [
            ("learning", (13, 0, 6, 0)),
            ("young", (2, 0, 3, 0)),
            ("mature", (7, 2, 0, 5)),
        ]


class TestHours:
    def test_are_summed_over_days(self):
        hours = figures.hours(
            [HourTotal(1, 23, 4, 3), HourTotal(2, 23, 1, 0), HourTotal(2, 0, 2, 2)]
        )
        assert (len(hours), hours[23], hours[0]) == (24, Recalled(5, 3), Recalled(2, 2))


class TestStreaks:
    @pytest.mark.parametrize(
        ("ago", "current", "longest"),
        [((), 0, 0), ((0,), 1, 1), ((1, 2), 2, 2), ((2, 3), 0, 2), ((0, 1, 4, 5, 6), 2, 3)],
    )
    def test_today_may_still_come(self, ago, current, longest):
        found = figures.streaks((date.fromordinal(DAY - n) for n in ago), TODAY)
        assert (found.current, found.longest, found.studied) == (current, longest, len(ago))


class TestBins:
    @given(st.dictionaries(st.integers(-2, 40), st.integers(0, 1000)))
    def test_lose_no_card(self, counts):
        assert figures.bins(figures.RECALL_EDGES, counts).cards == sum(counts.values())
