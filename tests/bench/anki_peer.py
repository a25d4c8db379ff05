"""Anki over the same load: its library, no screen. Installed by ``make bench`` alone."""

from __future__ import annotations

import random
import sqlite3
import time
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from anki.collection import Collection

DAY = 86_400


def fill(path: Path, cards: int, reviews: int) -> None:
    """Make a collection with these many studied cards, their reviews spread over a year.

    Its limits are lifted, so that every due card is in the queue as it is in ours.
    """
    from anki.collection import Collection

    rng = random.Random(7)
    with closing(Collection(str(path))) as col:
        kind = col.models.by_name("Basic")
        assert kind
        config = col.decks.config_dict_for_deck_id(1)
        config["rev"]["perDay"] = config["new"]["perDay"] = 9999
        col.decks.update_config(config)
        col.set_config("fsrs", True)
        kind_id = kind["id"]

    def card(n: int) -> tuple[object, ...]:
        stability = max(1, round(rng.lognormvariate(3, 1)))
        due = 365 - rng.randrange(60) + stability
        return (n, n, due, stability, f'{{"s":{stability},"d":5}}')

    now = int(time.time())
    answers = ((now - rng.randrange(365 * DAY)) * 1000 + n % 1000 for n in range(reviews))
    # Past Anki's library: through it the same rows take a minute.
    with closing(sqlite3.connect(path)) as db, db:
        # A collection that begins a year ago, so that cards may have been due since.
        db.execute("UPDATE col SET crt = crt - ?", (365 * DAY,))
        db.executemany(
            "INSERT INTO notes VALUES (?, ?, ?, 1, -1, '', ?, ?, 0, 0, '')",
            (
                (n, f"g{n}", kind_id, f"Question {n}?\x1fAnswer {n}.", f"Question {n}?")
                for n in range(1, cards + 1)
            ),
        )
        db.executemany(
            "INSERT INTO cards VALUES (?, ?, 1, 0, 1, -1, 2, 2, ?, ?, 2500, 3, 0, 0, 0, 0, 0, ?)",
            (card(n) for n in range(1, cards + 1)),
        )
        db.executemany(
            "INSERT OR IGNORE INTO revlog VALUES (?, ?, -1, ?, 10, 5, 2500, 6000, 1)",
            ((at, rng.randint(1, cards), rng.choice((1, 3, 3, 3))) for at in answers),
        )


@contextmanager
def opened(path: Path) -> Iterator[Collection]:
    """Open a collection."""
    from anki.collection import Collection

    col = Collection(str(path))
    try:
        yield col
    finally:
        col.close()


def first_card(path: Path) -> float:
    """Return the seconds from opening the collection to its first card."""
    start = time.perf_counter()
    with opened(path) as col:
        queued = col.sched.get_queued_cards(fetch_limit=1)
        assert queued.cards
        return time.perf_counter() - start


def answer(col: Collection) -> float:
    """Return the seconds of answering Good and fetching the next card."""
    queued = col.sched.get_queued_cards(fetch_limit=1).cards[0]
    from anki.cards import Card
    from anki.scheduler.v3 import CardAnswer

    card = Card(col, backend_card=queued.card)
    card.start_timer()
    start = time.perf_counter()
    col.sched.answer_card(
        col.sched.build_answer(card=card, states=queued.states, rating=CardAnswer.GOOD)
    )
    col.sched.get_queued_cards(fetch_limit=1)
    return time.perf_counter() - start


def graphs(col: Collection) -> float:
    """Return the seconds of the figures behind Anki's graphs, over a year."""
    start = time.perf_counter()
    col._backend.graphs(search="", days=365)
    return time.perf_counter() - start
