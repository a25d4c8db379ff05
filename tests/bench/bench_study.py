"""Studying over large stores: an answer and the next card, the first card, Progress.

The floor of an answer is a bare sqlite3 connection that inserts one row and updates one in such a
store, prepared and committed with the same durability: rows like those of a real answer, to a card
anywhere in the store, so that as many pages go to the disk. It works on a copy of the store: after
another process has written, a sitting reads its queue again.
"""

from __future__ import annotations

import random
import sqlite3
import statistics
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import anki_peer
from paired import ratio

from warmstart.paths import Home
from warmstart.study.cards import Rating
from warmstart.usecases import import_notes, sources
from warmstart.usecases.progress import details, note_page, overview
from warmstart.usecases.review import ReviewSession
from warmstart.usecases.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable

    from warmstart.usecases.desk import Desk

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
DAY = 86_400_000
PER_NOTE = 10


def fill(path: Path, cards: int, reviews: int) -> None:
    """Write a store with these many studied cards, their reviews spread over a year."""
    rng = random.Random(7)
    now = round(NOW.timestamp() * 1000)
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA synchronous = OFF")
        notes = cards // PER_NOTE
        db.executemany(
            "INSERT INTO note (id, path, name, origin, title, size, mtime_ns, digest, front_matter,"
            " kinds, imported_at) VALUES (?, ?, ?, 'user', ?, 1, 1, ?, '{}', '{}', 1)",
            ((n, f"/notes/{n}.md", f"n{n}", f"Note {n}", str(n)) for n in range(1, notes + 1)),
        )
        db.executemany(
            "INSERT INTO concept (id, note_id, kind, title, slug, line, position)"
            " VALUES (?, ?, 'note', ?, '', 1, 0)",
            ((n, n, f"Note {n}") for n in range(1, notes + 1)),
        )

        def card(key: int) -> tuple[object, ...]:
            stability = rng.lognormvariate(3, 1)
            last = now - rng.randrange(60 * DAY)
            note = 1 + (key - 1) // PER_NOTE
            return (
                key, note, f"Question {key}?", f"Answer {key}.", str(key), key, key, 2,
                stability, rng.uniform(1, 10), last + round(stability * DAY), last,
            )  # fmt: skip

        db.executemany(
            "INSERT INTO card (id, note_id, kind, front, back, fingerprint, section, slug, line,"
            " position, passage, created_at, phase, stability, difficulty, due, last_review,"
            " reviews) VALUES (?, ?, 'flashcard', ?, ?, ?, '', '', 1, ?, ?, 1, ?, ?, ?, ?, ?, 3)",
            (card(key) for key in range(1, cards + 1)),
        )
        db.execute("INSERT INTO card_concept SELECT note_id, id FROM card")
        db.executemany(
            "INSERT INTO log (at, kind, card_id, rating, duration, before, phase, due, interval)"
            " VALUES (?, 'reviewed', ?, ?, 6000, 2, 2, ?, ?)",
            (
                (
                    now - rng.randrange(365 * DAY),
                    rng.randint(1, cards),
                    rng.choice((1, 3, 3, 3)),
                    now,
                    max(1, round(rng.lognormvariate(3, 1))) * DAY,
                )
                for _ in range(reviews)
            ),
        )
        db.commit()


def _open(root: Path, cards: int, reviews: int) -> Workspace:
    home = Home(root / f"home-{cards}")
    Workspace.open(home, clock=lambda: NOW).close()
    fill(home.store, cards, reviews)
    return Workspace.open(home, clock=lambda: NOW)


_ENTRY = (
    "INSERT INTO log (at, kind, card_id, rating, duration, before, phase, due)"
    " VALUES (?, 'reviewed', ?, 3, 5000, 2, 2, ?)"
)
_MEMORY = "UPDATE card SET stability = ?, difficulty = ?, due = ?, last_review = ? WHERE id = ?"


def _answer(workspace: Workspace, rounds: int) -> tuple[float, float, float]:
    """Return what an answer takes until the next card is there, the floor, and their ratio."""
    session = ReviewSession(workspace)
    rng = random.Random(11)
    now = round(NOW.timestamp() * 1000)

    def ours() -> float:
        start = time.perf_counter()
        session.answer(Rating.GOOD, timedelta(seconds=5))
        spent = time.perf_counter() - start
        assert session.current
        return spent

    copy = workspace.home.store.with_suffix(".copy")
    with (
        closing(sqlite3.connect(workspace.home.store)) as store,
        closing(sqlite3.connect(copy, isolation_level=None)) as db,
    ):
        store.backup(db)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        cards = db.execute("SELECT max(id) FROM card").fetchone()[0]

        def bare() -> float:
            key, due = rng.randint(1, cards), now + rng.randint(1, 90) * DAY
            start = time.perf_counter()
            db.execute("BEGIN IMMEDIATE")
            db.execute(_ENTRY, (now, key, due))
            db.execute(_MEMORY, (20.5, 5.5, due, now, key))
            db.execute("COMMIT")
            return time.perf_counter() - start

        found = ratio(ours, bare, rounds)
    session.close()
    return found


def _median(measure: Callable[[], float], rounds: int) -> float:
    return statistics.median(measure() for _ in range(rounds))


def _first_card(desk: Desk) -> float:
    """Return the seconds from opening the store to the first card of a sitting."""
    start = time.perf_counter()
    session = ReviewSession(desk)
    assert session.current
    spent = time.perf_counter() - start
    session.close()
    return spent


def _progress(workspace: Workspace) -> float:
    """Return the seconds of what the Progress screen shows at first."""
    start = time.perf_counter()
    overview(workspace)
    return time.perf_counter() - start


def _all_figures(workspace: Workspace) -> float:
    """Return the seconds of everything on all of its pages."""
    start = time.perf_counter()
    overview(workspace)
    note_page(workspace)
    details(workspace)
    return time.perf_counter() - start


def main(rounds: int = 200) -> None:
    """Print the figures for 100,000 cards beside Anki's, and how an answer grows to 1,000,000."""
    import_notes.find_bundled = lambda _stamps: sources.Found()
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        workspace = _open(root, 100_000, 270_000)
        anki = root / "collection.anki2"
        anki_peer.fill(anki, 100_000, 270_000)
        first, peer, times = ratio(
            lambda: _first_card(workspace), lambda: anki_peer.first_card(anki), 15
        )
        print(
            f"  from opening 100,000 cards to the first: {1000 * first:.1f} ms,"
            f" Anki {1000 * peer:.0f} ms: {times:.2f}× (goal ≤ 0.1×)"
        )
        ours, floor, times = _answer(workspace, rounds)
        with anki_peer.opened(anki) as col:
            theirs = _median(lambda: anki_peer.answer(col), rounds)
            print(
                f"  answer and next card: {1000 * ours:.2f} ms, bare commit {1000 * floor:.2f} ms:"
                f" {times:.2f}× (goal ≤ 2×); Anki {1000 * theirs:.2f} ms"
            )
            made = _progress(workspace)  # the sums are made once, then follow the log
            figures, peer, times = ratio(
                lambda: _progress(workspace), lambda: anki_peer.graphs(col), 7
            )
            print(
                f"  Progress, 270,000 reviews: {1000 * figures:.0f} ms, Anki's graphs"
                f" {1000 * peer:.0f} ms: {times:.2f}× (goal ≤ 0.2×);"
                f" the very first time {1000 * made:.0f} ms"
            )
            every, peer, times = ratio(
                lambda: _all_figures(workspace), lambda: anki_peer.graphs(col), 7
            )
        print(f"  all pages of Progress: {1000 * every:.0f} ms: {times:.2f}×")
        workspace.close()
        large = _open(root, 1_000_000, 1_000_000)
        more, _, _ = _answer(large, rounds)
        print(
            f"  answer and next card, 1,000,000 cards: {1000 * more:.2f} ms:"
            f" {more / ours:.2f}× of 100,000 (goal ≤ 1.5×)"
        )
        large.close()
