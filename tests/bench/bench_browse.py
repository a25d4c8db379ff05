"""Browsing 100,000 cards: the first page of varied searches, in every order, and all their ids.

The cards have texts of 40 words in three scripts, decks, tags, flags and concepts; 270,000 reviews
stand behind them. A search is everything from its text to the rows on the screen. The second figure
is what the index costs others: an answer, and an import's insertion of a card.
"""

from __future__ import annotations

import random
import sqlite3
import statistics
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from warmstart.paths import Home
from warmstart.usecases import browse, import_notes, sources
from warmstart.usecases.browse import Order
from warmstart.usecases.search import update_index
from warmstart.usecases.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
DAY = 86_400_000
CARDS, REVIEWS, PER_NOTE = 100_000, 270_000, 25
PLAIN = (
    "",
    "is:due",
    "-is:suspended is:review",
    "is:new kind:cloze",
    "flag:2",
    "prop:r<0.8",
    "-prop:r<0.9",
    "prop:r>0.97 prop:d>9",
    "prop:ivl>=21 prop:lapses>3",
    "prop:due=-1",
    "rated:7:1",
    "rated:365",
    "-rated:365",
    "added:30 -tag:topic/3",
    "tag:topic/1",
    "tag:none",
    "deck:deck3",
    "-deck:deck3/sub1",
    'concept:"note 77"',
    'concept:"section 2*"',
    "note:*77*",
    "(deck:deck3 or tag:own1) -is:suspended prop:s>5",
    "-(is:due or is:new) kind:term flag:1",
)
FULL_TEXT = ("ba", '"ba la"', "front:ba", "-ba prop:r<0.8", "ба", "각", "*ba*na*", "*заб*", "c++")


def words(kinds: list[str], count: int, rng: random.Random) -> str:
    """Return a text in which some words come often and most seldom."""
    return " ".join(
        kinds[min(int(rng.paretovariate(0.6)) - 1, len(kinds) - 1)] for _ in range(count)
    )


def fill(path: Path) -> None:
    """Write the store."""
    rng = random.Random(5)
    now = round(NOW.timestamp() * 1000)

    def kinds(count: int, letters: tuple[str, str]) -> list[str]:
        return [
            "".join(rng.choice(s) for _ in range(rng.randint(1, 4)) for s in letters)
            for _ in range(count)
        ]

    korean = [chr(code) for code in range(0xAC00, 0xB000)]
    english, russian = (
        kinds(3000, ("bcdfghlmnprst", "aeiou")),
        kinds(1500, ("бвгдзклмнпрст", "аеиоу")),
    )
    korean = ["".join(rng.choices(korean, k=rng.randint(1, 4))) for _ in range(1500)]

    def language(note: int) -> list[str]:
        return {1: russian, 2: korean}.get(note % 10, english)

    def card(key: int) -> tuple[object, ...]:
        note = 1 + (key - 1) // PER_NOTE
        text = language(note)
        stability, last = rng.lognormvariate(3, 1), now - rng.randrange(60 * DAY)
        memory: tuple[object, ...] = (
            (0, None, None, None, None, 0, 0)
            if rng.random() < 0.2
            else (
                rng.choice((2,) * 19 + (3,)), stability, rng.uniform(1, 10),
                last + round(stability * DAY), last, rng.randint(1, 20), rng.choice((0, 0, 0, 1, 2, 5)),
            )
        )  # fmt: skip
        return (
            key, note, rng.choice(("flashcard", "question", "term", "cloze")),
            words(text, 9, rng) + "?", words(text, 40, rng), str(key), key, key,
            f"deck{note % 20}/sub{note % 3}" if note % 2 else None, note,
            now - rng.randrange(400 * DAY), now if rng.random() < 0.03 else None, *memory,
            rng.choice((0,) * 20 + (1, 2, 3)),
        )  # fmt: skip

    notes = range(1, CARDS // PER_NOTE + 1)
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA synchronous = OFF")
        db.executemany(
            "INSERT INTO note (id, path, name, origin, title, size, mtime_ns, digest, front_matter,"
            " kinds, imported_at, rank) VALUES (?, ?, ?, 'user', ?, 1, 1, ?, '{}', '{}', 1, ?)",
            (
                (n, f"/n/{n}.md", f"n{n}", f"{words(language(n), 3, rng)} {n}", str(n), n)
                for n in notes
            ),
        )
        db.executemany(
            "INSERT INTO note_text VALUES (?, ?)",
            ((n, words(language(n), 300, rng)) for n in notes),
        )
        db.executemany(
            "INSERT INTO note_tag VALUES (?, ?)",
            ((f"topic/{tag}", n) for n in notes for tag in rng.sample(range(40), 3)),
        )
        for n in notes:
            root = 5 * n
            db.execute(
                "INSERT INTO concept VALUES (?, ?, NULL, 'note', ?, '', 1, 0)",
                (root, n, f"Note {n}"),
            )
            db.executemany(
                "INSERT INTO concept VALUES (?, ?, ?, 'section', ?, ?, 2, ?)",
                ((root + k, n, root, f"Section {k} of {n}", f"s{k}", k) for k in range(1, 5)),
            )
        db.executemany(
            "INSERT INTO card (id, note_id, kind, front, back, fingerprint, section, slug, line,"
            " position, passage, deck, rank, created_at, suspended_at, phase, stability, difficulty,"
            " due, last_review, reviews, lapses, flag)"
            f" VALUES (?, ?, ?, ?, ?, ?, '', '', 1{', ?' * 14})",
            (card(key) for key in range(1, CARDS + 1)),
        )
        db.execute("INSERT INTO card_concept SELECT 5 * note_id + 1 + position % 4, id FROM card")
        db.executemany(
            "INSERT INTO card_tag VALUES (?, ?, 1)",
            ((f"own{rng.randrange(9)}", key) for key in range(1, CARDS, 3)),
        )
        db.executemany(
            "INSERT INTO log (at, kind, card_id, rating, duration, before, phase, due)"
            " VALUES (?, 'reviewed', ?, ?, 6000, 2, 2, ?)",
            (
                (
                    now - rng.randrange(365 * DAY),
                    rng.randint(1, CARDS),
                    rng.choice((1, 3, 3, 3)),
                    now,
                )
                for _ in range(REVIEWS)
            ),
        )
        db.commit()


def spent(call: Callable[[], object], rounds: int = 5) -> float:
    """Return the median of a call's milliseconds."""
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        call()
        taken.append(time.perf_counter() - start)
    return 1000 * statistics.median(taken)


def _page(workspace: Workspace, query: str, order: Order) -> None:
    browse.rows(workspace, browse.find(workspace, query, order, most=100)[:40])


def _report(workspace: Workspace, title: str, queries: tuple[str, ...], goal: int) -> None:
    times = {
        (query, order): spent(lambda q=query, o=order: _page(workspace, q, o))
        for query in queries
        for order in Order
    }
    (query, order), worst = max(times.items(), key=lambda item: item[1])
    middle = statistics.median(times.values())
    print(
        f"  first page, {title}: worst {worst:.0f} ms ({query or 'all'} by {order}), median"
        f" {middle:.0f} ms of {len(times)} (goal ≤ {goal} ms)"
    )


def _index_cost(path: Path) -> None:
    """Print what ``ix_card_browse`` adds to the writes of an answer and an import."""

    def answers(db: sqlite3.Connection) -> None:
        db.executemany(
            "UPDATE card SET phase = 2, stability = stability + 1, difficulty = 5, due = due + 1,"
            " last_review = due, reviews = reviews + 1 WHERE id = ? AND phase > 0",
            ((key,) for key in range(1, CARDS, 50)),
        )

    def inserts(db: sqlite3.Connection) -> None:
        db.execute(
            "INSERT INTO card (note_id, kind, front, back, fingerprint, section, slug, line, position,"
            " passage, created_at) SELECT note_id, kind, front, back, fingerprint, section, slug, line,"
            " position, passage, created_at FROM card WHERE id <= 2000"
        )

    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("BEGIN")
        for name, write in (("an answer", answers), ("a card imported", inserts)):
            with_index = spent(lambda w=write: w(db)) / 2000
            db.execute("SAVEPOINT without")
            db.execute("DROP INDEX ix_card_browse")
            without = spent(lambda w=write: w(db)) / 2000
            db.execute("ROLLBACK TO without")
            print(
                f"  the index, for {name}: {1000 * (with_index - without):+.1f} µs"
                f" (of {1000 * with_index:.1f} µs before the commit)"
            )
        db.execute("ROLLBACK")


def main() -> None:
    """Print the worst of many searches."""
    import_notes.find_bundled = lambda _stamps: sources.Found()
    with tempfile.TemporaryDirectory() as place:
        home = Home(Path(place) / "home")
        Workspace.open(home, clock=lambda: NOW).close()
        fill(home.store)
        workspace = Workspace.open(home, clock=lambda: NOW)
        update_index(workspace)
        _report(workspace, "without full text", PLAIN, 50)
        _report(workspace, "with full text", FULL_TEXT, 150)
        for order in (Order.NOTE, Order.RECALL):
            took = spent(lambda o=order: browse.find(workspace, "", o))
            print(f"  all {CARDS:,} ids by {order}: {took:.0f} ms")
        took = spent(lambda: browse.rows(workspace, range(50_000, 50_040)))
        print(f"  40 rows anywhere: {took:.1f} ms")
        workspace.close()
        _index_cost(home.store)
