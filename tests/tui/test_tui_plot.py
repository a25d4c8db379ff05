"""Plots made of characters."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from warmstart.tui.widgets import plot

AMOUNTS = st.lists(st.integers(0, 10**6), max_size=60)


def drawn(lines):
    return [line.plain.rstrip() for line in lines]


class TestColumns:
    def test_have_an_axis_labels_and_a_level(self):
        assert drawn(
            plot.columns([8, 0, 4, 1], width=20, height=4, labels=["a", "", "c", "d"], level=2)
        ) == [
            " │███",
            " │███",
            "5┤███┄┄┄┄┄███┄┄┄┄┄",
            " │███     ███ ▄▄▄",
            "0└────────────────",
            "   a       c   d",
        ]

    def test_where_not_all_fit_the_last_are_shown(self):
        lines = drawn(plot.columns(range(100), width=12, height=2))
        assert len(lines[-1]) == 12
        assert lines[0].endswith("█")

    @given(AMOUNTS, st.integers(1, 150), st.integers(1, 12))
    def test_no_line_is_wider_than_there_is_room(self, values, width, height):
        lines = plot.columns(values, width=width, height=height, labels=["label"] * len(values))
        gutter = max(len(f"{max(values, default=0):,}"), 1)
        assert all(line.cell_length <= max(width, gutter + 12) for line in lines)

    @given(AMOUNTS)
    def test_every_value_above_nothing_shows(self, values):
        lines = plot.columns(values, width=80, height=5)
        first = lines[-1].plain.index("└") + 1
        bottom = lines[-2].plain[first:].ljust(80)
        pitch = max(min((79 - first + 1) // max(len(values), 1), 7), 1)
        assert [bottom[n * pitch] != " " for n in range(len(values))] == [v > 0 for v in values]


class TestLines:
    def test_fall_from_left_to_right(self):
        lines = drawn(
            plot.lines(
                [plot.Series([(0, 100), (10, 0)])],
                width=14,
                height=4,
                x=plot.scale(10, most=2, unit=" d"),
                y=plot.scale(100, most=2, unit=" %"),
            )
        )
        assert lines == [
            "100 %┤⠑⢄",
            "     │  ⠑⢄",
            " 50 %┤    ⠑⢄",
            "     │      ⠑⢄",
            "  0 %└────────",
            "      0 d 5 d",
        ]


class TestBar:
    def test_marks_its_goal(self):
        assert plot.bar(0.5, 10, mark=0.9).plain == "█████····│"
        assert plot.bar(0.75, 10).plain == "███████▌··"
