"""Opening the store: made, migrated, refused, and never left half-way."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, event

from warmstart.errors import (
    StoreBusy,
    StoreError,
    StoreFull,
    StoreNotADatabase,
    StoreReadOnly,
    StoreTooNew,
)
from warmstart.store import migrate
from warmstart.store.among import of_preset
from warmstart.store.connection import SCHEMA
from warmstart.store.engine import Store
from warmstart.store.repositories.lab_runs import LabRunRow
from warmstart.store.sitting import SittingStore
from warmstart.store.tables import metadata
from warmstart.store.times import from_ms
from warmstart.study.cards import Reviewed, Suspended, Undone

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


def run(lab: str = "cold-start", at: datetime = NOW) -> LabRunRow:
    return LabRunRow(lab, at, 7, {"memory": 128}, {"cold": 3}, [], [], "ab" * 32)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "warmstart.db"


def open_(path: Path, busy_seconds: float = 0.05) -> Store:
    return Store.open(path, path.parent / "backups", NOW, busy_seconds=busy_seconds)


class TestSchema:
    def test_migrations_build_what_the_tables_say(self, path: Path) -> None:
        open_(path).close()
        engine = create_engine(f"sqlite:///{path}")
        with engine.connect() as connection:
            options = {
                "compare_server_default": True,
                "include_name": lambda name, *_: (
                    not (name or "").startswith("search_") or name == "search_state"
                ),
            }
            context = MigrationContext.configure(connection, opts=options)
            assert compare_metadata(context, metadata) == []
        engine.dispose()

    def test_a_new_store_is_durable_and_checks_its_keys(self, path: Path) -> None:
        store = open_(path)
        with store.read() as tx:
            ask = tx.log._connection.exec_driver_sql
            found = [
                ask(f"PRAGMA {name}").scalar_one()
                for name in ("journal_mode", "synchronous", "foreign_keys", "user_version")
            ]
        assert found == ["wal", 2, 1, SCHEMA]
        store.close()

    def test_a_sitting_is_closed_once_nobody_reads(self, path: Path) -> None:
        """Closed under a thread that reads, SQLite would take the process with it."""
        open_(path).close()
        sitting = SittingStore(path)
        closer = threading.Thread(target=sitting.close)
        with sitting.read() as tx:
            closer.start()
            closer.join(0.02)
            assert closer.is_alive()
            assert tx.queue.new(NOW, 20) == []
        closer.join()
        with pytest.raises(StoreError), sitting.read():
            pass

    def test_what_is_due_and_what_is_new_is_found_through_an_index(self, path: Path) -> None:
        """With 100,000 cards the first card must not wait for a look at all of them."""
        open_(path).close()
        sitting = SittingStore(path)
        asked: list[str] = []
        with sitting.read() as tx:
            sitting._connection.set_trace_callback(asked.append)
            for order in ("due", "retrievability", "path"):
                tx.queue.reviews(order, NOW, NOW, 9)
            tx.queue.learning(NOW, NOW)
            tx.queue.new(NOW, 20)
            exam = of_preset("exam")
            tx.queue.reviews("due", NOW, NOW, 9, exam)
            tx.queue.new(NOW, 20, exam)
            sitting._connection.set_trace_callback(None)
            plans = [
                " ".join(row[3] for row in sitting._connection.execute(f"EXPLAIN QUERY PLAN {q}"))
                for q in asked
            ]
        sitting.close()
        # "path" goes to the card for its rank and position.
        covering = ["COVERING INDEX ix_card_due" in plan for plan in plans[:3]]
        assert covering == [True, True, False]
        assert "INDEX ix_card_due" in plans[2]
        assert "ix_card_learning" in plans[3]
        assert ["TEMP B-TREE" in plan for plan in plans[:3]] == [False, True, True]
        assert "ix_card_new" in plans[4]
        assert "ix_card_preset_due" in plans[5]
        assert "ix_card_preset_new" in plans[6]
        assert not any("TEMP B-TREE" in plan for plan in plans[4:])

    def test_a_new_store_needs_no_backup(self, path: Path) -> None:
        open_(path).close()
        assert not (path.parent / "backups").exists()

    def test_an_older_store_is_backed_up_before_it_is_migrated(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The migration itself is stood in for, by one that fails."""
        open_(path).close()
        monkeypatch.setattr("warmstart.store.engine.SCHEMA", SCHEMA + 1)
        seen: list[list[str]] = []

        def upgrade(_connection: object) -> None:
            seen.append([file.name for file in (path.parent / "backups").iterdir()])
            raise sqlite3.OperationalError("the migration failed")

        monkeypatch.setattr("warmstart.store.engine.upgrade", upgrade)
        with pytest.raises(StoreError, match="the migration failed"):
            open_(path)
        assert seen == [[f"warmstart-schema{SCHEMA}-20261120T090000Z.db"]]
        with closing(sqlite3.connect(path.parent / "backups" / seen[0][0])) as copy:
            assert copy.execute("PRAGMA user_version").fetchone()[0] == SCHEMA

    def test_a_store_of_the_first_schema_is_brought_up_to_date(self, path: Path) -> None:
        """Its log is made anew: nothing it says changes, and it is as append-only as before."""
        path.parent.mkdir()
        engine = create_engine(f"sqlite:///{path}")
        with engine.begin() as connection:
            migrate.upgrade(connection, "0001")
            connection.exec_driver_sql("PRAGMA user_version = 1")
            for statement in (
                (
                    "INSERT INTO note VALUES (1, 'a.md', 'a', 'user', 'A', 1, 1, 'd',"
                    ' \'{"tags": ["aws", "экзамен", "aws"]}\', \'{}\', 0, 1, NULL, NULL, NULL)'
                ),
                (
                    "INSERT INTO card (id, note_id, kind, front, back, fingerprint, section, slug, line,"
                    " position, passage, created_at) VALUES"
                    " (7, 1, 'flashcard', 'Q', 'A', 'f', '', '', 1, 1, 1, 1)"
                ),
                (
                    "INSERT INTO log (at, kind, card_id, rating, duration, before, phase, due) VALUES"
                    " (1000, 'reviewed', 7, 3, 1, 0, 2, 6000), (6500, 'reviewed', 7, 1, 1, 2, 3, 9000),"
                    " (9000, 'reviewed', 7, 3, 1, 3, 2, 20000)"
                ),
                "INSERT INTO log (at, kind, card_id, entry) VALUES (7000, 'undone', 7, 2)",
                "INSERT INTO log (at, kind, card_id) VALUES (9500, 'suspended', 7)",
            ):
                connection.exec_driver_sql(statement)
        engine.dispose()
        store = open_(path)
        with store.read() as tx:
            log = tx.log.of_card(7)
            ask = tx.log._connection.exec_driver_sql
            tags = ask("SELECT tag FROM note_tag ORDER BY tag").scalars().all()
            assert ask("PRAGMA foreign_key_check").all() == []
        assert [entry.id for entry in log] == [1, 2, 3, 4, 5]
        assert log[3].entry == Undone(7, from_ms(7000), 2)
        reviews = [entry.entry for entry in log[:3] if isinstance(entry.entry, Reviewed)]
        # The undone one in between counts for nothing.
        gaps = [review.interval for review in reviews]
        assert gaps == [None, None, timedelta(milliseconds=5000)]
        assert log[4].entry == Suspended(7, from_ms(9500), elsewhere=True)
        assert tags == ["aws", "экзамен"]
        assert [file.name for file in (path.parent / "backups").iterdir()] == [
            "warmstart-schema1-20261120T090000Z.db"
        ]
        for statement in ("DELETE FROM log", "UPDATE log SET at = 1"):
            with pytest.raises(StoreError, match="append-only"), store.write() as tx:
                tx.log._connection.exec_driver_sql(statement)
        with store.write() as tx:
            assert tx.log.append(Undone(7, NOW, 3)) == 6
        store.close()

    def test_a_failed_migration_leaves_the_store_as_it_was(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(connection: object) -> None:
            migrate.upgrade(connection)
            raise RuntimeError("in the last step")

        monkeypatch.setattr("warmstart.store.engine.upgrade", broken)
        with pytest.raises(RuntimeError):
            open_(path)
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0


class TestRefusals:
    def test_a_newer_store_is_refused_and_left_alone(self, path: Path) -> None:
        open_(path).close()
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(f"PRAGMA user_version = {SCHEMA + 1}")
        before = path.read_bytes()
        with pytest.raises(StoreTooNew, match="later version"):
            open_(path)
        assert path.read_bytes() == before

    @pytest.mark.parametrize(
        "content", [b"# My notes\n" * 200, b"", b"SQLite format 3\0" + b"x" * 99]
    )
    def test_a_file_that_is_not_a_database(self, path: Path, content: bytes) -> None:
        path.parent.mkdir()
        path.write_bytes(content)
        if not content:  # SQLite takes an empty file for a new database, and so do we
            open_(path).close()
            return
        with pytest.raises(StoreNotADatabase):
            open_(path)
        assert path.read_bytes() == content

    def test_somebody_elses_database(self, path: Path) -> None:
        path.parent.mkdir()
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("CREATE TABLE theirs (x)")
        with pytest.raises(StoreNotADatabase, match="not one of Warmstart's"):
            open_(path)

    def test_a_folder_in_its_place(self, path: Path) -> None:
        path.mkdir(parents=True)
        with pytest.raises(StoreError, match="cannot be"):
            open_(path)

    def test_a_home_that_is_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "home").write_text("not a folder")
        with pytest.raises(StoreError):
            open_(tmp_path / "home" / "warmstart.db")


class TestWriting:
    def test_a_transaction_is_all_or_nothing(self, path: Path) -> None:
        store = open_(path)
        with pytest.raises(RuntimeError), store.write() as tx:
            tx.lab_runs.add(run())
            raise RuntimeError
        with store.read() as tx:
            assert tx.lab_runs.last() == {}
        store.close()

    def test_a_second_writer_is_told_and_nothing_is_lost(self, path: Path) -> None:
        store, other = open_(path), open_(path)
        with store.write() as tx:
            tx.lab_runs.add(run("first"))
            with pytest.raises(StoreBusy, match="Another process"), other.write() as second:
                second.lab_runs.add(run("second"))
        with other.write() as tx:
            tx.lab_runs.add(run("second"))
        with store.read() as tx:
            assert sorted(tx.lab_runs.last()) == ["first", "second"]
        store.close()
        other.close()

    def test_a_reader_does_not_wait_for_a_writer(self, path: Path) -> None:
        store, other = open_(path), open_(path)
        with store.write() as tx:
            tx.lab_runs.add(run())
            with other.read() as reader:
                assert reader.lab_runs.last() == {}
        store.close()
        other.close()

    def test_a_full_disk_undoes_the_whole_transaction(self, path: Path) -> None:
        """SQLite's page limit gives the same error as a disk without room."""
        store = open_(path)
        with store.write() as tx:
            tx.lab_runs.add(run("kept"))
        event.listen(
            store._engine,
            "connect",
            lambda connection, _: connection.execute("PRAGMA max_page_count = 1"),
        )
        store.close()
        with pytest.raises(StoreFull, match="no room left"), store.write() as tx:
            for n in range(10_000):
                tx.lab_runs.add(run(f"lost {n}"))
        with store.read() as tx:
            assert list(tx.lab_runs.last()) == ["kept"]
        store.close()

    def test_a_read_only_store(self, path: Path) -> None:
        """``query_only`` gives the same error as a file without permission, for root as well."""
        store = open_(path)
        event.listen(store._engine, "connect", lambda c, _: c.execute("PRAGMA query_only = ON"))
        store.close()
        with pytest.raises(StoreReadOnly, match="read-only"), store.write() as tx:
            tx.lab_runs.add(run())
        store.close()


class TestLog:
    def test_nobody_can_change_or_shorten_it(self, path: Path) -> None:
        store = open_(path)
        with store.write() as tx:
            tx.log._connection.exec_driver_sql(
                "INSERT INTO log (at, kind, rating) VALUES (1, 'reviewed', 3)"
            )
        store.close()
        with closing(sqlite3.connect(path)) as connection:
            for statement in ("UPDATE log SET rating = 1", "DELETE FROM log"):
                with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                    connection.execute(statement)

    def test_an_entry_of_a_card_that_does_not_exist_is_refused(self, path: Path) -> None:
        store = open_(path)
        with pytest.raises(StoreError, match="FOREIGN KEY"), store.write() as tx:
            tx.log.append(Undone(card=99, at=NOW, entry=1))
        store.close()


class TestLabRuns:
    def test_the_newest_run_comes_first(self, path: Path) -> None:
        store = open_(path)
        runs = [run(at=NOW + timedelta(minutes=n)) for n in range(3)]
        with store.write() as tx:
            for one in runs:
                tx.lab_runs.add(one)
        with store.read() as tx:
            assert tx.lab_runs.of("cold-start") == runs[::-1]
            assert tx.lab_runs.last() == {"cold-start": runs[-1]}
        store.close()
