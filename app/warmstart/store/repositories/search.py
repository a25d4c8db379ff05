"""Full-text search over notes and cards, through SQLite's FTS5.

Two indexes: words, as the tokenizer finds them in any script, with prefixes; and trigrams for
documents in scripts that write without spaces, where a word may stand anywhere in a run of
characters. Indexing is work of its own, done after an import and before a search, so that neither
the import nor the screen waits for it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import text

from warmstart.notes.display import body_of
from warmstart.text import safe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
"""Kana, CJK ideographs, hangul."""
_TRIGRAM = 3
MARK_ON, MARK_OFF = "\ue000", "\ue001"
"""What stands around a found word in a snippet: private characters, which no reader types."""

_PENDING = text(
    "SELECT note.id, note.title, note_text.text, note.digest FROM note"
    " JOIN note_text ON note_text.note_id = note.id"
    " LEFT JOIN search_state AS state ON state.note_id = note.id"
    " WHERE note.retired_at IS NULL AND state.digest IS NOT note.digest AND note.id >= :first"
    " ORDER BY note.id LIMIT :most"
)
_CARDS = text("SELECT id, front, back FROM card WHERE note_id = :note")
_DONE = text("INSERT OR REPLACE INTO search_state (note_id, digest) VALUES (:note, :digest)")
_INDEXES = ("search_words", "search_trigrams")
_MADE = text("SELECT sql FROM sqlite_master WHERE name = :name")
_MISSING = text(
    "SELECT count(*) FROM search_state AS state JOIN note ON note.id = state.note_id"
    " WHERE note.retired_at IS NULL AND note.digest = state.digest"
    " AND 2 * note.id NOT IN (SELECT rowid FROM search_words)"
)
_HITS = (
    "SELECT {index}.rowid, snippet({index}, -1, '{on}', '{off}', '…', {tokens}),"
    " bm25({index}, 5.0, 1.0) AS rank"
    " FROM {index} WHERE {index} MATCH :query ORDER BY rank LIMIT :most"
)
_AROUND = 24
"""Characters a passage shows before the first word found; three times as many after it."""
_SCAN = text(
    "SELECT rowid, title || ' · ' || body FROM search_trigrams"
    " WHERE title LIKE :like ESCAPE '\\' OR body LIKE :like ESCAPE '\\' LIMIT :most"
)


@dataclass(frozen=True, slots=True)
class Hit:
    """A document that was found; ``card`` is None where the note itself was."""

    note_id: int
    card: int | None
    snippet: str
    """A passage of markdown with the words found between ``MARK_ON`` and ``MARK_OFF``."""


class Search:
    """Full-text search, within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def behind(self, first: int = 0) -> int | None:
        """Return the first note, by its id, from ``first`` on whose text is not indexed; or None.

        Whoever goes through thousands looks at each once.
        """
        row = self._connection.execute(_PENDING, {"most": 1, "first": first}).first()
        return None if row is None else int(row[0])

    def index(self, most: int, first: int = 0) -> list[int]:
        """Index up to ``most`` notes whose text has changed, from ``first`` on; return them."""
        pending = self._connection.execute(_PENDING, {"most": most, "first": first}).all()
        documents: list[tuple[int, str, str]] = []
        for note, title, body, _ in pending:
            documents.append((2 * note, title, body_of(body)))
            cards = self._connection.execute(_CARDS, {"note": note}).all()
            documents += [(2 * card + 1, front, back) for card, front, back in cards]
        self._put(documents)
        done = [{"note": note, "digest": digest} for note, _, _, digest in pending]
        if done:
            self._connection.execute(_DONE, done)
        return [note for note, *_ in pending]

    def check(self) -> int:
        """Return how many notes are said to be indexed and are not; for a transaction not kept.

        Raises:
            sqlalchemy.exc.DatabaseError: an index is damaged in itself.
        """
        for index in _INDEXES:
            self._connection.execute(
                text(f"INSERT INTO {index} ({index}) VALUES ('integrity-check')")
            )
        return int(self._connection.execute(_MISSING).scalar_one())

    def clear(self) -> None:
        """Begin the indexes anew, whatever state they are in: ``index`` fills them again."""
        for index in _INDEXES:
            made = self._connection.execute(_MADE, {"name": index}).scalar_one()
            self._connection.execute(text(f"DROP TABLE {index}"))
            self._connection.execute(text(made))
        self._connection.execute(text("DELETE FROM search_state"))

    def find(self, query: str, most: int) -> list[Hit]:
        """Return the documents that hold every word of ``query``, the best first.

        A word also matches what begins with it; words in quotes must stand side by side.
        """
        terms = words(query)
        if not terms:
            return []
        found = self._matches("search_words", terms, most, prefix=True)
        if any(_UNSPACED.search(term) for term in terms):
            if all(len(term) >= _TRIGRAM for term in terms):
                found += self._matches("search_trigrams", terms, most, prefix=False)
            else:  # trigrams know no shorter word: look at the documents themselves
                like = "%" + "%".join(re.sub(r"([%_\\])", r"\\\1", t) for t in terms) + "%"
                rows = self._connection.execute(_SCAN, {"like": like, "most": most})
                found += [(row[0], _passage(row[1], terms)) for row in rows]
        return self._hits(dict(reversed(found)), [rowid for rowid, _ in found], most)

    def _matches(
        self, index: str, terms: list[str], most: int, *, prefix: bool
    ) -> list[tuple[int, str]]:
        star = "*" if prefix else ""
        query = " ".join('"' + term.replace('"', '""') + f'"{star}' for term in terms)
        statement = _HITS.format(index=index, on=MARK_ON, off=MARK_OFF, tokens=12 if prefix else 60)
        rows = self._connection.execute(text(statement), {"query": query, "most": most})
        return [(row[0], row[1]) for row in rows]

    def _hits(self, snippets: dict[int, str], order: list[int], most: int) -> list[Hit]:
        hits: list[Hit] = []
        for rowid in dict.fromkeys(order):
            key, is_card = divmod(rowid, 2)
            note = self._note_of(key, is_card=bool(is_card))
            if note is not None and len(hits) < most:
                hits.append(Hit(note, key if is_card else None, safe(snippets[rowid])))
        return hits

    def _note_of(self, key: int, *, is_card: bool) -> int | None:
        """Return the note of a document that is in use; None for one that was retired."""
        table = (
            "card JOIN note ON note.id = card.note_id AND card.retired_at IS NULL"
            if is_card
            else "note"
        )
        which = "card" if is_card else "note"
        query = f"SELECT note.id FROM {table} WHERE {which}.id = :key AND note.retired_at IS NULL"
        row = self._connection.execute(text(query), {"key": key}).first()
        return None if row is None else int(row[0])

    def _put(self, documents: Sequence[tuple[int, str, str]]) -> None:
        """Index documents: rowid, title, body; what they said before is forgotten."""
        rows = [{"rowid": r, "title": title, "body": body} for r, title, body in documents]
        unspaced = [r for r in rows if _UNSPACED.search(f"{r['title']}{r['body']}")]
        for table, some in (("search_words", rows), ("search_trigrams", unspaced)):
            if rows:
                delete = text(f"DELETE FROM {table} WHERE rowid = :rowid")
                self._connection.execute(delete, [{"rowid": row["rowid"]} for row in rows])
            if some:
                insert = f"INSERT INTO {table} (rowid, title, body) VALUES (:rowid, :title, :body)"
                self._connection.execute(text(insert), some)


def words(query: str) -> list[str]:
    """Return the words of a query; what stands in quotes is one."""
    parts = re.findall(r'"([^"]*)"?|(\S+)', safe(query))
    terms = [phrase or word for phrase, word in parts]
    return [term for term in terms if re.search(r"\w", term)][:20]


def marked(passage: str, terms: list[str]) -> str:
    """Return ``passage`` with every occurrence of a word of the query between the marks."""
    found = "|".join(re.escape(term) for term in sorted(terms, key=len, reverse=True))
    return re.sub(f"({found})", rf"{MARK_ON}\1{MARK_OFF}", passage, flags=re.IGNORECASE)


def _passage(document: str, terms: list[str]) -> str:
    """Return what stands around the first word found, as ``snippet`` does for the other indexes."""
    places = [document.lower().find(term.lower()) for term in terms]
    first = max(0, min((place for place in places if place >= 0), default=0) - _AROUND)
    passage = document[first : first + 4 * _AROUND]
    cut = "…" if first else ""
    return cut + marked(passage, terms) + ("…" if first + len(passage) < len(document) else "")
