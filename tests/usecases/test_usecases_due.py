"""What is due, in one line: the same figures as Today, and a line whatever is wrong."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

import pytest

from warmstart.settings import Settings, StudySettings
from warmstart.store.connection import SCHEMA
from warmstart.study.admission import COMMON, Limits
from warmstart.study.cards import Rating
from warmstart.study.day import Days
from warmstart.study.presets import limits
from warmstart.usecases import actions
from warmstart.usecases.due import DAY_STARTS_AT, Due, due
from warmstart.usecases.review import ReviewSession
from warmstart.usecases.sitting import Sitting
from warmstart.usecases.today import glance

if TYPE_CHECKING:
    from warmstart.paths import Home

DAYS = Days(4, UTC)


def test_the_defaults_are_those_of_the_settings() -> None:
    assert StudySettings().day_starts_at == DAY_STARTS_AT
    assert limits(Settings()) == {COMMON: Limits()}


def test_the_figures_are_those_of_today(home: Home, clock, open_workspace) -> None:
    workspace = open_workspace()
    session = ReviewSession(workspace)
    for _ in range(5):
        session.answer(Rating.GOOD, timedelta(seconds=20))
        clock.forward(seconds=30)
    found = due(home, clock(), DAYS)
    today = glance(home, workspace.settings, clock(), DAYS)
    assert found == Due("ready", today.due, today.new, today.minutes, today.studied)
    assert (found.due, found.new, found.answered) == (5, 15, 5)
    assert str(found) == f"5 due, 15 new, {found.minutes} min"


@pytest.mark.parametrize(
    ("toml", "new"),
    [
        ("[study]\nnew_per_day = 3", 3),
        ("[study]\nnew_per_day = -3", 20),
        ("[study]\nnew_per_day = 'x'\nday_starts_at = 99", 20),
        ("study = 3", 20),
        ("[study", 20),
    ],
)
def test_a_wrong_setting_is_left_for_others_to_tell(
    home: Home, clock, open_workspace, toml: str, new: int
) -> None:
    open_workspace()
    home.settings.write_text(toml)
    assert due(home, clock(), DAYS).new == new


COLD = '[presets.cold]\nmatch = ["concept:Cold starts"]\n'


@pytest.fixture
def ten_due(home: Home, clock, open_workspace) -> None:
    """A store with ten overdue cards of the preset ``COLD``, of which one is buried."""
    home.root.mkdir()
    home.settings.write_text(COLD)
    workspace = open_workspace()
    session = ReviewSession(workspace, Sitting(concept="Cold starts", cram=True, cards=10))
    asked = []
    while session.current is not None:
        asked.append(session.current.id)
        session.answer(Rating.EASY, timedelta(seconds=3))
    session.close()
    clock.forward(days=90)
    actions.bury(workspace, asked[:1])


@pytest.mark.usefixtures("ten_due")
class TestLimits:
    @pytest.mark.parametrize(
        ("toml", "expected"),
        [
            ("", (9, 20)),
            ("[study]\nreviews_per_day = 4\nnew_per_day = 7", (4, 7)),
            ("[study]\nreviews_per_day = 4\n" + COLD + "reviews_per_day = 5", (4, 20)),
            (COLD + "reviews_per_day = 2", (2, 20)),
            (COLD + 'order = "retrievability"\nbury_siblings = false', (9, 20)),
        ],
    )
    def test_they_hold_as_in_a_sitting(
        self, home: Home, clock, open_workspace, toml: str, expected: tuple[int, int]
    ) -> None:
        home.settings.write_text(toml)
        found = due(home, clock(), DAYS)
        workspace = open_workspace()
        today = glance(home, workspace.settings, clock(), DAYS)
        assert (found.due, found.new) == (today.due, today.new) == expected
        assert today.held == 10 - found.due
        assert today.week[0] == today.due
        assert ReviewSession(workspace).total == sum(expected)

    @pytest.mark.parametrize(
        "toml",
        [COLD + "reviews_per_day = 'many'\norder = 3", "presets = 3", "[presets]\ncold = 3"],
    )
    def test_what_is_wrong_is_as_if_it_were_not(self, home: Home, clock, toml: str) -> None:
        home.settings.write_text(toml)
        assert (due(home, clock(), DAYS).due, due(home, clock(), DAYS).new) == (9, 20)


class TestNoFigures:
    def test_no_store_yet(self, home: Home, clock) -> None:
        assert str(due(home, clock())) == "nothing to study yet"
        assert not home.root.exists()

    @pytest.mark.parametrize(("schema", "store"), [(SCHEMA + 1, "newer"), (0, "none")])
    def test_another_schema(self, home: Home, clock, schema: int, store: str) -> None:
        home.root.mkdir()
        with closing(sqlite3.connect(home.store)) as connection:
            connection.execute(f"PRAGMA user_version = {schema}")
        assert due(home, clock()).store == store

    @pytest.mark.parametrize("content", [b"not a database" * 99, b"SQLite format 3\0" + b"x" * 99])
    def test_a_damaged_store(self, home: Home, clock, content: bytes) -> None:
        home.root.mkdir()
        home.store.write_bytes(content)
        assert due(home, clock()).store == "unreadable"

    def test_a_store_without_its_tables(self, home: Home, clock) -> None:
        home.root.mkdir()
        with closing(sqlite3.connect(home.store)) as connection:
            connection.execute(f"PRAGMA user_version = {SCHEMA}")
        assert str(due(home, clock())) == "the store cannot be read: run warmstart doctor"
