"""Backups by themselves, on demand, and the way back."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, timedelta
from pathlib import Path

import pytest

from warmstart.errors import StoreBusy, StoreError, StoreNotADatabase, UsageError
from warmstart.store.connection import SCHEMA
from warmstart.study.cards import Rating
from warmstart.study.day import Days
from warmstart.usecases import backups
from warmstart.usecases.review import ReviewSession

DAYS = Days(4, UTC)


def answered(workspace) -> int:
    with workspace.store.read() as tx:
        return tx.log.length()


def answer(workspace) -> None:
    session = ReviewSession(workspace)
    session.answer(Rating.GOOD, timedelta(seconds=5))
    session.close()


class TestDaily:
    def test_once_a_study_day(self, home, clock, open_workspace) -> None:
        open_workspace()
        first = backups.daily(home, DAYS, clock())
        assert first == home.backups / "daily-2026-11-20.db"
        assert backups.daily(home, DAYS, clock.forward(hours=18)) is None  # 3 in the morning
        assert backups.daily(home, DAYS, clock.forward(hours=2)) is not None
        assert len(backups.listed(home)) == 2

    def test_a_damaged_store_pushes_no_sound_copy_out(self, home, clock, open_workspace) -> None:
        open_workspace().close()
        damage(home.store)
        with pytest.raises(StoreError, match="damaged"):
            backups.daily(home, DAYS, clock())
        assert backups.listed(home) == []

    def test_nothing_without_a_store(self, home, clock) -> None:
        assert backups.daily(home, DAYS, clock()) is None
        with pytest.raises(StoreError, match="no store yet"):
            backups.backup(home, None, clock())


class TestRestore:
    def test_there_and_back(self, home, clock, open_workspace, tmp_path: Path) -> None:
        workspace = open_workspace()
        answer(workspace)
        made = backups.backup(home, tmp_path / "mine.db", clock())
        answer(workspace)
        assert answered(workspace) == 2
        workspace.close()
        done = backups.restore(home, made, clock())
        workspace = open_workspace()
        assert answered(workspace) == 1
        workspace.close()
        backups.restore(home, Path(done.before.name), clock())
        assert answered(open_workspace()) == 2

    def test_a_file_that_is_there_is_not_overwritten(self, home, clock, open_workspace) -> None:
        open_workspace()
        (home.root / "mine.db").write_text("mine")
        with pytest.raises(UsageError, match="exists already"):
            backups.backup(home, home.root / "mine.db", clock())
        one, two = (backups.backup(home, None, clock()) for _ in range(2))
        assert one != two

    def test_not_while_another_has_it_open(self, home, clock, open_workspace) -> None:
        workspace = open_workspace()
        made = backups.backup(home, None, clock())
        with pytest.raises(StoreBusy, match="Another Warmstart"):
            backups.restore(home, made, clock())
        answer(workspace)
        assert answered(workspace) == 1

    def test_a_backup_that_is_damaged_changes_nothing(self, home, clock, open_workspace) -> None:
        open_workspace().close()
        made = backups.backup(home, None, clock())
        damage(made)
        before = home.store.read_bytes()
        with pytest.raises(StoreNotADatabase, match="damaged"):
            backups.restore(home, made, clock())
        assert home.store.read_bytes() == before

    def test_over_a_store_that_is_beyond_opening(self, home, clock, open_workspace) -> None:
        open_workspace().close()
        made = backups.backup(home, None, clock())
        home.store.write_bytes(b"rubbish" * 1000)
        done = backups.restore(home, made, clock())
        assert done.before.read_bytes() == b"rubbish" * 1000
        assert answered(open_workspace()) == 0

    def test_an_older_schema_is_migrated(self, home, clock, open_workspace, old_store) -> None:
        open_workspace().close()
        before = old_store.read_bytes()
        assert backups.restore(home, old_store, clock()).schema == 1
        workspace = open_workspace()
        with workspace.store.read() as tx:
            version = tx.log._sqlite.execute("PRAGMA user_version").fetchone()[0]
        assert version == SCHEMA
        assert old_store.read_bytes() == before


@pytest.fixture
def old_store(tmp_path: Path) -> Path:
    """A store of the first schema."""
    from sqlalchemy import create_engine

    from warmstart.store.migrate import upgrade

    path = tmp_path / "old.db"
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        upgrade(connection, "0001")
        connection.exec_driver_sql("PRAGMA user_version = 1")
    engine.dispose()
    return path


def damage(path: Path) -> None:
    """Overwrite a part in the middle of every page but the first."""
    with closing(sqlite3.connect(path)) as connection:
        size = connection.execute("PRAGMA page_size").fetchone()[0]
    content = bytearray(path.read_bytes())
    for start in range(size, len(content), size):
        content[start : start + 64] = b"\xff" * 64
    path.write_bytes(content)
