"""The doctor: finds what was broken on purpose, and puts it right without losing what is sound."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest

from warmstart.errors import StoreBusy
from warmstart.store.connection import SCHEMA
from warmstart.study.cards import Rating
from warmstart.study.day import Days
from warmstart.usecases import actions
from warmstart.usecases.doctor import examine
from warmstart.usecases.progress import overview
from warmstart.usecases.review import ReviewSession
from warmstart.usecases.search import search, update_index

CHECKS = [
    "settings",
    "file",
    "schema",
    "references",
    "log and cards",
    "notes and cards",
    "notes and folders",
    "presets",
    "log and sums",
    "search",
]


@pytest.fixture
def studied(home, clock, open_workspace):
    """A home whose store has answers, suspended and tagged cards, and an index; closed."""
    workspace = open_workspace()
    session = ReviewSession(workspace)
    cards = []
    for rating in (Rating.GOOD, Rating.AGAIN, Rating.EASY, Rating.HARD):
        cards.append(session.current.id)
        session.answer(rating, timedelta(seconds=5))
        clock.forward(seconds=40)
    session.close()
    overview(replace(workspace, days=Days()))  # fills the sums, by the days of the doctor
    actions.suspend(workspace, cards[:2])
    actions.tag(workspace, cards[1:], "own")
    update_index(workspace)
    workspace.close()
    return home


def spoil(home, *statements: str) -> None:
    with closing(sqlite3.connect(home.store)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def wrong(report) -> dict[str, str]:
    return {f.check: f.wrong for f in report.findings if f.wrong is not None}


def test_a_sound_store(studied, clock) -> None:
    report = examine(studied, clock, repair=True)
    assert [finding.check for finding in report.findings] == CHECKS
    assert report.sound
    assert (report.repairs, report.before) == ((), None)


def test_no_store_yet_and_wrong_settings(home, clock) -> None:
    assert examine(home, clock).sound
    home.root.mkdir()
    home.settings.write_text("[study]\nfuzz = 3\n")
    assert "study.fuzz must be true or false" in wrong(examine(home, clock))["settings"]


@pytest.mark.parametrize(
    ("check", "statement"),
    [
        ("log and cards", "UPDATE card SET stability = stability * 1.01 WHERE phase > 0"),
        ("log and cards", "UPDATE card SET suspended_at = NULL"),
        ("log and cards", "DELETE FROM card_tag WHERE own"),
        ("notes and cards", "UPDATE card SET rank = rank + 1"),
        ("notes and folders", "INSERT INTO folder VALUES ('/gone/', x'00', 1, '{}')"),
        ("presets", "UPDATE card SET preset = 'gone' WHERE id < 9"),
        ("log and sums", "UPDATE review_total SET duration = duration + 1"),
        ("log and sums", "UPDATE hour_total SET hour = 3"),
        ("log and sums", "DELETE FROM review_total WHERE rating = 2"),
        ("log and sums", "UPDATE meta SET value = replace(value, '[4,', '[0,')"),
        ("search", "DELETE FROM search_words"),
        ("search", "UPDATE search_words_data SET block = zeroblob(40) WHERE id > 10"),
        ("references", "UPDATE card_concept SET concept_id = 99999 WHERE card_id < 5"),
    ],
)
def test_what_was_spoilt_is_found_and_put_right(
    studied, clock, open_workspace, check: str, statement: str
) -> None:
    spoil(studied, statement)
    found = examine(studied, clock)
    assert list(wrong(found)) == [check]
    after = examine(studied, clock, repair=True)
    assert after.sound
    assert after.before is not None
    assert len(after.repairs) == 1
    assert search(open_workspace(), "queue", 5)


def test_an_index_that_disagrees_is_made_again(studied, clock) -> None:
    with closing(sqlite3.connect(studied.store)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(
            "UPDATE sqlite_master SET sql = replace(sql, '(fingerprint)', '(front)')"
            " WHERE name = 'ix_card_fingerprint'"
        )
        connection.commit()
    assert "index" in wrong(examine(studied, clock))["file"]
    after = examine(studied, clock, repair=True)
    assert (after.sound, after.repairs) == (True, ("Made the indexes again; no row was lost.",))


def spoil_page(home, table: str) -> bytes:
    """Overwrite one leaf of a table; return what the file is now."""
    with closing(sqlite3.connect(home.store)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        size = connection.execute("PRAGMA page_size").fetchone()[0]
        leaf = connection.execute(
            "SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf' LIMIT 1", (table,)
        ).fetchone()[0]
    content = bytearray(home.store.read_bytes())
    content[(leaf - 1) * size : leaf * size] = b"\xff" * size
    home.store.write_bytes(content)
    return bytes(content[size:])


def test_a_damaged_page_costs_what_stood_on_it_and_no_more(studied, clock, open_workspace) -> None:
    workspace = open_workspace()
    with workspace.store.read() as tx:
        cards = len(tx.cards.ids())
    workspace.close()
    content = spoil_page(studied, "note_text")
    found = wrong(examine(studied, clock))
    assert list(found) == ["file"]
    assert "damaged" in found["file"]
    after = examine(studied, clock, repair=True)
    assert after.sound, after
    assert "of note_text" in after.repairs[0]
    assert after.before.read_bytes().endswith(content)
    workspace = open_workspace()
    with workspace.store.read() as tx:
        assert tx.log.answered(clock() - timedelta(days=1)) == 4
        assert len(tx.cards.ids()) == cards


def test_cards_whose_answers_are_lost_keep_their_schedule(studied, clock, open_workspace) -> None:
    workspace = open_workspace()
    with workspace.store.read() as tx:
        before = {key: tx.cards.memory(key) for key in tx.cards.ids()}
    workspace.close()
    spoil_page(studied, "log")
    after = examine(studied, clock, repair=True)
    assert after.sound, after
    assert "4 cards kept the schedule without its history." in after.repairs[0]
    workspace = open_workspace()
    with workspace.store.read() as tx:
        for key, memory in before.items():
            now = tx.cards.memory(key)
            assert type(now) is type(memory)
            if memory.phase:
                assert (now.due, now.stability) == (memory.due, memory.stability)


@pytest.mark.parametrize("content", [b"rubbish" * 1000, b"", b"SQLite format 3\0" + b"x" * 9000])
def test_a_file_beyond_help(home, clock, content: bytes) -> None:
    home.root.mkdir()
    home.store.write_bytes(content)
    report = examine(home, clock, repair=True)
    assert report.sound == (not content)  # an empty file is a store that is still to be made
    assert home.store.read_bytes() == content


def test_another_schema(studied, clock) -> None:
    spoil(studied, f"PRAGMA user_version = {SCHEMA + 1}")
    assert "later version" in wrong(examine(studied, clock, repair=True))["schema"]


def test_nothing_is_repaired_under_an_open_warmstart(studied, clock, open_workspace) -> None:
    spoil(studied, "UPDATE card SET rank = rank + 1")
    open_workspace()
    with pytest.raises(StoreBusy):
        examine(studied, clock, repair=True)
    assert not list(studied.backups.glob("before-repair*"))
