"""The sums of the log: exact whenever someone looks, whatever was undone or done again."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmstart.store.engine import Store
from warmstart.store.repositories.figures import ALL, Scope
from warmstart.study.cards import Crammed, Phase, Rating, Reviewed, Undone, effective
from warmstart.study.day import Days
from warmstart.study.figures import CRAMMED, HourTotal, Total, span_of

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
TODAY = NOW.date()
SINCE = TODAY - timedelta(days=371)
ZONES = ("UTC", "Europe/Berlin", "Asia/Kolkata", "America/St_Johns", "Pacific/Chatham")


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A store with two cards."""
    root = tmp_path_factory.mktemp("totals")
    path = root / "store.db"
    store = Store.open(path, root, NOW)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(
            "INSERT INTO note (id, path, name, origin, title, size, mtime_ns, digest,"
            " front_matter, kinds, imported_at)"
            " VALUES (1, 'n', 'n', 'user', 'N', 1, 1, '', '{}', '{}', 1)"
        )
        for key in (1, 2):
            db.execute(
                "INSERT INTO card (id, note_id, kind, front, back, fingerprint, section, slug,"
                " line, position, passage, created_at)"
                " VALUES (?, 1, 'flashcard', '', '', '', '', '', 1, 1, 1, 1)",
                (key,),
            )
    yield store
    store.close()


RATINGS = st.sampled_from(Rating)
AGO = st.integers(0, 370 * 24 * 60)  # minutes
REVIEWS = st.tuples(
    st.just("review"),
    AGO,
    RATINGS,
    st.sampled_from(Phase),
    st.none() | st.integers(0, 400),
    st.integers(0, 60_000),
)
CRAMS = st.tuples(st.just("cram"), AGO, RATINGS, st.integers(0, 60_000))
STEPS = st.lists(
    REVIEWS
    | REVIEWS
    | CRAMS
    | st.tuples(st.sampled_from(["undo", "redo"]), st.integers(0, 10**6))
    | st.tuples(st.just("look"))
    | st.tuples(st.just("move"), st.sampled_from(ZONES), st.integers(0, 6)),
    max_size=30,
)


def entry_of(step):
    at = NOW - timedelta(minutes=step[1])
    if step[0] == "cram":
        return Crammed(2, at, step[2], timedelta(milliseconds=step[3]))
    interval = None if step[4] is None else timedelta(days=step[4])
    return Reviewed(
        1, at, step[2], timedelta(milliseconds=step[5]), step[3], Phase.REVIEW, None, at, interval
    )


def counted(entries, days):
    """Count the log again, one entry after another."""
    totals, durations, hours, passed = Counter(), Counter(), Counter(), Counter()
    for entry in effective(entries):
        crammed = isinstance(entry, Crammed)
        day = days.day_of(entry.at).toordinal()
        interval = None if crammed or entry.interval is None else entry.interval
        span = span_of(None if interval is None else interval // timedelta(milliseconds=1))
        key = (day, CRAMMED if crammed else entry.before, span, entry.rating)
        hour = (day, entry.at.astimezone(days.zone).hour)
        totals[key] += 1
        durations[key] += entry.duration // timedelta(milliseconds=1)
        hours[hour] += 1
        passed[hour] += entry.rating > Rating.AGAIN
    return (
        sorted(Total(*key, n, durations[key]) for key, n in totals.items()),
        sorted(HourTotal(*key, n, passed[key]) for key, n in hours.items()),
    )


class TestTotals:
    @given(STEPS)
    def test_are_what_the_log_says_after_any_sequence(self, store, steps):
        days = Days(4, ZoneInfo("UTC"))
        with store.write(keep=False) as tx:
            for step in [*steps, ("look",)]:
                log = tx.log.of_card(1) + tx.log.of_card(2)
                gone = {e.entry.entry for e in log if isinstance(e.entry, Undone)}
                standing = [e for e in log if e.id not in gone]
                answers = [e for e in standing if not isinstance(e.entry, Undone)]
                undos = [e for e in standing if isinstance(e.entry, Undone) and e.id not in gone]
                undos = [
                    e for e in undos if not isinstance(tx.log.entry(e.entry.entry).entry, Undone)
                ]
                if step[0] in {"review", "cram"}:
                    tx.log.append(entry_of(step))
                elif step[0] == "move":
                    days = Days(step[2], ZoneInfo(step[1]))
                elif step[0] == "look":
                    if not tx.totals.current(days):
                        tx.totals.catch_up(days, TODAY)
                    log.sort(key=lambda e: e.id)
                    expected = counted(log, days)
                    assert tx.totals.current(days)
                    assert sorted(tx.totals.since(SINCE)) == expected[0]
                    assert sorted(tx.totals.hours_since(SINCE)) == expected[1]
                    again = tx.totals.of_cards(ALL, days, SINCE)
                    assert (sorted(again[0]), sorted(again[1])) == expected
                elif some := (answers if step[0] == "undo" else undos):
                    taken = some[step[1] % len(some)]
                    tx.log.append(Undone(taken.entry.card, NOW, taken.id))
            assert tx.totals.out_of_line(days, TODAY) == 0

    def test_know_when_the_days_begin_at_another_hour(self, store):
        with store.write(keep=False) as tx:
            at = datetime(2026, 7, 1, 4, 30, tzinfo=UTC)
            tx.log.append(
                Reviewed(1, at, Rating.GOOD, timedelta(), Phase.NEW, Phase.REVIEW, None, at)
            )
            for hour, day in ((4, date(2026, 7, 1)), (5, date(2026, 6, 30))):
                days = Days(hour, UTC)
                assert not tx.totals.current(days)
                tx.totals.catch_up(days, TODAY)
                assert [t.day for t in tx.totals.since(SINCE)] == [day.toordinal()]
                assert tx.totals.current(days)

    def test_of_some_cards_come_from_the_log(self, store):
        with store.write(keep=False) as tx:
            for card in (1, 2, 2):
                tx.log.append(Crammed(card, NOW, Rating.GOOD, timedelta(seconds=1)))
            second = Scope("card.id = :key", (("key", 2),))
            totals, hours = tx.totals.of_cards(second, Days(4, UTC), SINCE)
            assert totals == [Total(TODAY.toordinal(), CRAMMED, 0, 3, 2, 2000)]
            assert hours == [HourTotal(TODAY.toordinal(), 9, 2, 2)]
