"""Figures over the cards, computed where the cards are: in SQLite, over the index of browsing.

A hundred thousand cards are looked at for every one of them, so no row of them comes to Python.
The forgetting curve is written out in SQL as ``study/curve.py`` has it (a test holds the two
together): whole elapsed days, and never fewer than none.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from warmstart.store.driver import sqlite_of
from warmstart.study.cards import Phase
from warmstart.study.day import DAY_MS
from warmstart.study.figures import STABILITY_EDGES
from warmstart.study.mastery import HORIZON_MS

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from warmstart.study.curve import Curve

# Written out as in the partial indexes: SQLite uses one only for the condition it was made with.
_ACTIVE: Final = "card.retired_at IS NULL AND card.suspended_at IS NULL AND card.paused = 0"
_SCANNED: Final = "ifnull(card.retired_at, 0) = 0 AND card.suspended_at IS NULL AND card.paused = 0"
"""The same in the words of ``ix_card_browse``, which holds all that a look at every card needs."""
_RESTING: Final = "card.retired_at IS NULL AND (card.suspended_at IS NOT NULL OR card.paused = 1)"
_YOUNG_MS: Final = 21 * DAY_MS


def _recall(at: str) -> str:
    """Return SQL for the probability of recall at the moment in the parameter ``at``."""
    days = f"max(0, (:{at} - last_review) / {DAY_MS})"
    return f"pow(1 + :factor * ({days} / stability), :power)"


_KEPT: Final = _recall("month")
# One number a card stands for its three bins: far cheaper than three sorts, and counted in C.
_PLACES: Final = (
    "CASE "
    + " ".join(f"WHEN stability < {e} THEN {n}" for n, e in enumerate(STABILITY_EDGES[1:-1]))
    + f" ELSE {len(STABILITY_EDGES) - 2} END",
    "cast(2 * (difficulty - 1) AS INTEGER)",
    "cast(20 * recall AS INTEGER)",
)
_ROOT: Final = (
    "(SELECT id FROM concept WHERE note_id = {}.id AND parent_id IS NULL ORDER BY position LIMIT 1)"
)
"""The concept that a note is."""
_CODE: Final = "({}) + 16 * {} + 512 * {}".format(*_PLACES)


@dataclass(frozen=True, slots=True)
class Scope:
    """Which cards: a condition on ``card`` with its parameters; none for all."""

    condition: str = ""
    values: tuple[tuple[str, object], ...] = ()

    @classmethod
    def of_note(cls, note: int) -> Scope:
        """Return the cards of a note."""
        return cls("card.note_id = :scope_note", (("scope_note", note),))

    @classmethod
    def of_tag(cls, tag: str) -> Scope:
        """Return the cards with a tag, or with one below it, of their own or by their note."""
        below = "tag >= :tag || '{0}' AND tag < :tag || '{1}'"  # {1} is the character after {0}
        within = f"tag = :tag OR {below.format('/', '0')} OR {below.format('::', ':;')}"
        return cls(
            f"(card.note_id IN (SELECT note_id FROM note_tag WHERE {within})"
            f" OR card.id IN (SELECT card_id FROM card_tag WHERE {within}))",
            (("tag", tag),),
        )

    @property
    def join(self) -> str:
        """SQL that leaves these cards of what ``log`` says."""
        return f"JOIN card ON card.id = log.card_id AND {self.condition}" if self.condition else ""


ALL: Final = Scope()


class Known(NamedTuple):
    """How many active cards there are, and how well they are known together."""

    cards: int
    studied: int
    kept: float
    """The sum of the probabilities of recall in 30 days."""
    young: int
    """Cards in review with an interval below 21 days."""


class NoteKnown(NamedTuple):
    """The same for one note."""

    note: int
    concept: int
    title: str
    cards: int
    studied: int
    kept: float


class Spread(NamedTuple):
    """Studied cards, counted by the places of their bins."""

    recall: Counter[int]
    difficulty: Counter[int]
    stability: Counter[int]
    recalled: float
    """The sum of the probabilities of recall now: as many cards are known."""


class Figures:
    """The figures, within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def known(self, curve: Curve, now_ms: int, scope: Scope = ALL) -> Known:
        """Return what mastery is made of, over all cards of the scope."""
        row = self._one(
            f"SELECT count(*), count(stability), total({_KEPT}),"
            f" count(*) FILTER (WHERE due - last_review < {_YOUNG_MS} AND phase = 2)"
            f" FROM card WHERE {_SCANNED}{_and(scope)}",
            _values(curve, now_ms, scope),
        )
        return Known(*row)

    def notes(
        self,
        curve: Curve,
        now_ms: int,
        scope: Scope = ALL,
        *,
        coldest: bool,
        start: int,
        most: int,
    ) -> list[NoteKnown]:
        """Return a page of the notes with what mastery is made of, by their cards in the scope.

        In the order of Notes, those without cards too; or of the notes that were studied, the least
        known first.
        """
        sums = f"count(card.id) AS cards, count(stability) AS studied, total({_KEPT}) AS kept"
        if coldest:
            # A note's cards share its rank: grouped by both, they come in the index's order.
            query = (
                f"SELECT note.id, {_ROOT.format('note')}, title, cards, studied, kept FROM"
                f" (SELECT note_id, {sums} FROM card WHERE {_SCANNED}{_and(scope)}"
                " GROUP BY rank, note_id)"
                " JOIN note ON note.id = note_id WHERE studied > 0"
                " ORDER BY kept / cards, note.id LIMIT :most OFFSET :start"
            )
        else:
            held = f"SELECT note_id FROM card WHERE {_SCANNED}{_and(scope)}"
            within = f" AND note.id IN ({held})" if scope.condition else ""
            query = (
                "WITH page AS MATERIALIZED (SELECT id, title, row_number() OVER () AS place FROM"
                f" (SELECT id, title FROM note WHERE retired_at IS NULL{within}"
                " ORDER BY origin != 'user', origin, lower(title), id LIMIT :most OFFSET :start))"
                f" SELECT page.id, {_ROOT.format('page')}, page.title, {sums} FROM page"
                f" LEFT JOIN card ON card.note_id = page.id AND {_SCANNED}{_and(scope)}"
                " GROUP BY page.place ORDER BY page.place"
            )
        values = {**_values(curve, now_ms, scope), "start": start, "most": most}
        return list(map(NoteKnown._make, self._db.execute(query, values)))

    def in_learning(self, scope: Scope = ALL) -> tuple[int, int]:
        """Return how many active cards are in learning, and how many in relearning."""
        found = dict(
            self._db.execute(
                "SELECT phase, count(*) FROM card"
                f" WHERE phase IN (1, 3) AND {_ACTIVE}{_and(scope)} GROUP BY phase",
                dict(scope.values),
            ).fetchall()
        )
        return found.get(Phase.LEARNING, 0), found.get(Phase.RELEARNING, 0)

    def resting(self, scope: Scope = ALL) -> int:
        """Return how many cards are suspended, or of a paused note."""
        # Said by name: SQLite would rather read the larger index through.
        query = f"SELECT count(*) FROM card INDEXED BY ix_card_resting WHERE {_RESTING}"
        query += _and(scope)
        return int(self._one(query, dict(scope.values))[0])

    def due(self, bounds: Sequence[int], scope: Scope = ALL) -> list[int]:
        """Return how many active cards are due from each moment to before the next (all in ms)."""
        due = f"SELECT {{}} FROM card WHERE phase > 0 AND {_ACTIVE}{_and(scope)}"
        if not scope.condition:
            query = due.format("count(*)") + " AND due >= ? AND due < ?"
            return [int(self._one(query, pair)[0]) for pair in pairwise(bounds)]
        counts = [0] * (len(bounds) + 1)
        for (at,) in self._db.execute(due.format("due"), dict(scope.values)):
            counts[bisect_right(bounds, at)] += 1
        return counts[1:-1]

    def spread(self, curve: Curve, now_ms: int, scope: Scope = ALL) -> Spread:
        """Return how the studied cards are spread over stability, difficulty and recall."""
        # The limit, which is none, keeps SQLite from computing the recall twice.
        codes, recalled = self._one(
            f"SELECT json_group_array({_CODE}), total(recall) FROM"
            f" (SELECT stability, difficulty, {_recall('now')} AS recall FROM card"
            f" WHERE stability IS NOT NULL AND {_SCANNED}{_and(scope)} LIMIT -1)",
            _values(curve, now_ms, scope),
        )
        found = Spread(Counter(), Counter(), Counter(), recalled)
        for code, cards in Counter(json.loads(codes)).items():
            found.stability[code % 16] += cards
            found.difficulty[code // 16 % 32] += cards
            found.recall[code // 512] += cards
        return found

    def tags(self) -> list[str]:
        """Return every tag of a note or of a card."""
        query = "SELECT tag FROM note_tag UNION SELECT tag FROM card_tag ORDER BY tag"
        return [tag for (tag,) in self._db.execute(query)]

    def titles(self) -> list[tuple[int, str]]:
        """Return the notes in use by title."""
        return self._db.execute(
            "SELECT id, title FROM note WHERE retired_at IS NULL ORDER BY lower(title), id"
        ).fetchall()

    def notes_with(self, scope: Scope) -> set[int]:
        """Return the notes that hold an active card of the scope."""
        query = f"SELECT DISTINCT note_id FROM card WHERE {_SCANNED}{_and(scope)}"
        return {key for (key,) in self._db.execute(query, dict(scope.values))}

    @property
    def _db(self) -> sqlite3.Connection:
        return sqlite_of(self._connection)

    def _one(self, query: str, values: Mapping[str, object] | Sequence[object]) -> tuple[Any, ...]:
        row = self._db.execute(query, values).fetchone()
        assert isinstance(row, tuple)
        return row


def _and(scope: Scope) -> str:
    return f" AND {scope.condition}" if scope.condition else ""


def _values(curve: Curve, now_ms: int, scope: Scope) -> dict[str, object]:
    return {
        "factor": 0.9 ** (-1 / curve.decay) - 1,
        "power": -curve.decay,
        "now": now_ms,
        "month": now_ms + HORIZON_MS,
        **dict(scope.values),
    }
