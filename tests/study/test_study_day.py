"""Study days over midnight, daylight saving and time zones."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from warmstart.study.day import Days, Moment, moment

BERLIN = Days(4, ZoneInfo("Europe/Berlin"))


class TestDays:
    def test_the_small_hours_belong_to_the_day_before(self) -> None:
        late = datetime(2026, 11, 21, 2, 59, tzinfo=UTC)  # 03:59 in Berlin
        assert BERLIN.day_of(late) == date(2026, 11, 20)
        assert BERLIN.day_of(late + timedelta(minutes=1)) == date(2026, 11, 21)

    def test_days_of_23_and_25_hours(self) -> None:
        spring, autumn = date(2026, 3, 28), date(2026, 10, 24)
        assert BERLIN.end(spring) - BERLIN.start(spring) == timedelta(hours=23)
        assert BERLIN.end(autumn) - BERLIN.start(autumn) == timedelta(hours=25)

    @given(
        st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),
        st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kathmandu", "America/St_Johns"]),
        st.integers(0, 23),
    )
    def test_a_moment_lies_within_its_day(self, at: datetime, zone: str, hour: int) -> None:
        days = Days(hour, ZoneInfo(zone))
        day = days.day_of(at)
        assert days.start(day) <= at < days.end(day)


class TestMoment:
    """A clock set back: the log stays in order."""

    def test_time_goes_on(self) -> None:
        now = datetime(2026, 11, 20, 9, tzinfo=UTC)
        assert moment(now, None) == moment(now, now - timedelta(days=3)) == Moment(now)

    def test_time_stands_still_until_the_clock_has_caught_up(self) -> None:
        now = datetime(2026, 11, 20, 9, tzinfo=UTC)
        last = now + timedelta(hours=20)
        assert moment(now, last) == Moment(last, timedelta(hours=20))

    def test_an_answer_far_ahead_was_given_under_a_wrong_clock(self) -> None:
        now = datetime(2026, 11, 20, 9, tzinfo=UTC)
        assert moment(now, now + timedelta(days=400)) == Moment(now, timedelta(days=400))
