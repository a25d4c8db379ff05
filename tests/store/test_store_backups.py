"""Copies of the store: which are kept, what can be trusted, and who else has it open."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmstart.errors import StoreNotADatabase, StoreTooNew
from warmstart.store import backups
from warmstart.store.connection import SCHEMA
from warmstart.store.engine import Store

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
DAY = date(2026, 11, 20)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    Store.open(tmp_path / "warmstart.db", tmp_path, NOW).close()
    return tmp_path / "warmstart.db"


class TestRotation:
    def test_a_year_of_daily_use(self) -> None:
        """Each day a copy is made and the rule applied: what is left reaches a year back."""
        held: set[date] = set()
        for n in range(500):
            held = backups.kept({*held, DAY - timedelta(days=499 - n)})
            assert len(held) <= 7 + 4 + 12
        assert {DAY - timedelta(days=n) for n in range(7)} <= held
        assert min(held) == date(2025, 12, 31)
        assert len({(day.year, day.month) for day in held}) == 12

    @given(st.sets(st.dates(date(2020, 1, 1), date(2030, 1, 1)), min_size=1, max_size=80))
    def test_the_newest_stays_and_the_rule_settles(self, days: set[date]) -> None:
        kept = backups.kept(days)
        assert max(days) in kept
        assert kept <= days
        assert backups.kept(kept) == kept

    def test_only_daily_copies_go(self, tmp_path: Path) -> None:
        for n in range(200):
            (tmp_path / backups.daily_name(DAY - timedelta(days=n))).touch()
        for name in ("daily-mine.db", "before-restore-x.db", "warmstart-schema1-x.db"):
            (tmp_path / name).touch()
        backups.rotate(tmp_path)
        names = {file.name for file in tmp_path.iterdir()}
        assert {"daily-mine.db", "before-restore-x.db", "warmstart-schema1-x.db"} <= names
        assert len(names) == 3 + len(backups.kept(DAY - timedelta(days=n) for n in range(200)))


class TestTrust:
    def test_a_copy_of_a_store_that_is_written_to(self, path: Path, tmp_path: Path) -> None:
        with closing(sqlite3.connect(path)) as writer:
            writer.execute("BEGIN IMMEDIATE")
            writer.execute("INSERT INTO meta VALUES ('x', 'y')")
            backups.copy(path, tmp_path / "a" / "copy.db")
        assert backups.check_is_store(tmp_path / "a" / "copy.db") == SCHEMA
        assert [file.name for file in (tmp_path / "a").iterdir()] == ["copy.db"]

    def test_refusals(self, path: Path, tmp_path: Path) -> None:
        (tmp_path / "text").write_text("not a database" * 99)
        with closing(sqlite3.connect(tmp_path / "theirs")) as connection:
            connection.execute("CREATE TABLE theirs (x)")
        for name in ("text", "theirs", "nowhere"):
            with pytest.raises(StoreNotADatabase):
                backups.check_is_store(tmp_path / name)
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(f"PRAGMA user_version = {SCHEMA + 1}")
        with pytest.raises(StoreTooNew):
            backups.check_is_store(path)

    def test_who_else_has_it_open(self, path: Path) -> None:
        assert not backups.in_use(path)
        store = Store.open(path, path.parent, NOW)
        with store.read():
            pass
        assert backups.in_use(path)  # though nothing is read or written just now
        store.close()
        assert not backups.in_use(path)
