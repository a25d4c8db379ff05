"""What the shared widgets draw, without an app."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from rich.cells import cell_len

from warmstart.study.cards import Rating
from warmstart.tui import theme
from warmstart.tui.screens.progress_parts import _shares
from warmstart.tui.widgets import temperature
from warmstart.tui.widgets.canvas import Canvas
from warmstart.tui.widgets.header_line import fit
from warmstart.tui.widgets.heat_map import HeatMap
from warmstart.tui.widgets.rating_bar import RatingBar
from warmstart.tui.widgets.sparkline import columns, sparkline


class TestTemperature:
    @pytest.mark.parametrize(
        ("mastery", "shape"), [(None, "·"), (0, "▁"), (12, "▁"), (13, "▂"), (55, "▅"), (100, "█")]
    )
    def test_shape(self, mastery: int | None, shape: str) -> None:
        assert temperature.mark(mastery).plain == shape

    def test_bar_and_number(self) -> None:
        assert temperature.bar(41, 20).plain == "█" * 8 + "░" * 12
        assert [temperature.number(m).plain for m in (None, 7, 100)] == ["  –", "  7", "100"]

    def test_both_themes_know_the_same_variables(self) -> None:
        assert theme.DARK.variables.keys() == theme.LIGHT.variables.keys()


class TestSparkline:
    def test_nothing_is_a_dot_and_little_is_not_nothing(self) -> None:
        assert sparkline((18, 9, 0, 1)).plain == "█▄·▁"

    def test_a_week_without_anything(self) -> None:
        assert sparkline((0,) * 7).plain == "·······"

    def test_columns_grow_by_eighths(self) -> None:
        assert columns((16, 12, 0, 1), height=2, gap=1).plain == "█ ▄    \n█ █   ▁"


class TestHeatMap:
    TODAY = date(2026, 11, 20)

    def draw(self, levels: dict[date, int], width: int) -> list[str]:
        picture = HeatMap()
        picture.levels, picture.today = levels, self.TODAY
        return picture.draw(width).plain.split("\n")

    def test_a_year_with_days_in_their_rows(self) -> None:
        """Today is a Friday: the last cell of its row; Saturday's row ends a week earlier."""
        levels = {self.TODAY: 7, self.TODAY - timedelta(days=7): 1}
        months, *days, legend = self.draw(levels, 60)
        assert [row[:3] for row in days] == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
        assert days[4].endswith("·░█")
        assert len(days[4]) == 4 + 53
        assert days[5].endswith("· ")
        assert months.split() == [
            "Dec",
            "Jan",
            "Feb",
            "Mar",
            "Apr",
            "May",
            "Jun",
            "Jul",
            "Aug",
            "Sep",
            "Oct",
            "Nov",
        ]
        assert legend.strip() == "less ·░▒▓█ more"

    def test_a_narrow_map_shows_the_latest_weeks(self) -> None:
        assert len(self.draw({}, 24)[5]) == 24

    def test_weeks_stand_apart_where_there_is_room(self) -> None:
        assert len(self.draw({}, 120)[5].rstrip()) == 4 + 2 * 53 - 1


class TestHeaderLine:
    def test_the_longest_part_gives_way(self) -> None:
        place = "Review · A note with a rather long title › Retry"
        assert fit(place, 30) == "Review · A note with… › Retry"

    @pytest.mark.parametrize("room", range(60))
    def test_it_always_fits(self, room: int) -> None:
        assert cell_len(fit("Review · 서버리스 아키텍처 › Терминология › x", room)) <= room


class TestRatingBar:
    def test_each_grade_shows_its_interval_in_its_quarter(self) -> None:
        bar = RatingBar()
        bar.set_reactive(
            RatingBar.previews,
            dict(zip(Rating, (timedelta(minutes=1), *map(timedelta, (2, 91, 440))), strict=True)),
        )
        drawn = bar.draw(72).plain
        assert [drawn[at : at + 18].strip() for at in (0, 18, 36, 54)] == [
            "1 Again  1 min", "2 Hard  2 d", "3 Good  3 mo", "4 Easy  1.2 y",
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("width", "drawn"),
        [
            (56, "1 Again  10 min 2 Hard  10 min 3 Good  10 min 4 Easy  12 d"),
            (54, "1 Again 10 min 2 Hard 10 min 3 Good 10 min 4 Easy 12 d"),
            (40, "1 10 min  2 10 min  3 10 min  4 12 d"),
        ],
    )
    def test_where_room_is_short_no_interval_is_lost(self, width: int, drawn: str) -> None:
        bar = RatingBar()
        intervals = (*[timedelta(minutes=10)] * 3, timedelta(days=12))
        bar.set_reactive(RatingBar.previews, dict(zip(Rating, intervals, strict=True)))
        assert " ".join(bar.draw(width).plain.split()) == " ".join(drawn.split())


class TestCanvas:
    def test_a_wide_character_takes_two_cells(self) -> None:
        canvas = Canvas(8, 1)
        assert canvas.put(1, 0, "손님") == 5
        canvas.put(5, 0, "─▶─ lost")
        (line,) = canvas.lines()
        assert line.plain == " 손님─▶─"
        assert canvas.at(7, 0) == "─"


class TestShares:
    def test_every_state_is_seen_and_the_bar_is_full(self) -> None:
        assert _shares([1, 1000, 0], 20) == [1, 19, 0]
        assert sum(_shares([33, 33, 33], 20)) == 20
