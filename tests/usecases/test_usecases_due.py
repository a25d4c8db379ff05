"""What is due, in one line: the same figures as Today, and a line whatever is wrong."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

import pytest

from warmstart.settings import StudySettings
from warmstart.store.connection import SCHEMA
from warmstart.study.cards import Rating
from warmstart.study.day import Days
from warmstart.usecases.due import DEFAULTS, Due, due
from warmstart.usecases.review import ReviewSession
from warmstart.usecases.today import glance

if TYPE_CHECKING:
    from warmstart.paths import Home

DAYS = Days(4, UTC)


def test_the_defaults_are_those_of_the_settings() -> None:
    assert {name: getattr(StudySettings(), name) for name in DEFAULTS} == DEFAULTS


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
