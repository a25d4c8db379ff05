"""Reading a collection out of its SQLite database, in the old schema (11) and the new (18).

The old one keeps decks and note types as JSON in the only row of ``col``; the new one keeps them in
tables, their details as protobuf (``proto/anki/notetypes.proto``). A database from elsewhere is not
to be trusted: only plain tables are read, in a bounded number of steps, and whatever a column holds
becomes a value of the expected type.
"""

from __future__ import annotations

import json
import math
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

from warmstart.anki import wire
from warmstart.anki.model import (
    AnkiCard,
    AnkiNote,
    AnkiReview,
    Collection,
    NoteType,
    ReviewKind,
    Template,
)
from warmstart.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_ROWS: Final = 5_000_000
"""Notes, cards or reviews; the largest shared decks have some hundred thousand."""
_STEP: Final = 1_000_000  # SQLite's virtual machine instructions between two looks at the budget
_MAX_STEPS: Final = 2_000  # a few minutes; a collection of 100,000 cards takes about 20
_NEEDED: Final = ("col", "notes", "cards")
_LARGEST: Final = 2**62

_DAMAGED: Final = "Export the deck again in Anki, after Tools, Check Database."

_CARD_COLUMNS: Final = {
    "id": "id",
    "nid": "note_id",
    "did": "deck_id",
    "ord": "ord",
    "type": "type",
    "queue": "queue",
    "due": "due",
    "ivl": "interval",
    "factor": "factor",
    "reps": "reps",
    "lapses": "lapses",
    "left": "left",
    "odue": "original_due",
    "odid": "original_deck",
}
_CARDS = f"SELECT data, {', '.join(_CARD_COLUMNS)} FROM cards ORDER BY id"  # noqa: S608 constants


def read_collection(path: Path) -> Collection:
    """Return what the database at ``path`` holds.

    Raises:
        InputError: it is no database, damaged, or not one of Anki's.
    """
    try:
        with closing(
            sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
        ) as database:
            _prepare(database)
            return _read(database)
    except sqlite3.Error as error:
        raise InputError(
            f"The collection in this package cannot be read: {error}.", hint=_DAMAGED
        ) from error
    except UnicodeDecodeError as error:  # in what sqlite3 says about a damaged schema
        raise InputError("The collection in this package is damaged.", hint=_DAMAGED) from error


def _prepare(database: sqlite3.Connection) -> None:
    steps = iter(range(_MAX_STEPS))
    database.set_progress_handler(lambda: int(next(steps, None) is None), _STEP)
    database.text_factory = lambda data: data.decode("utf-8", "replace")
    # The new schema names this order in its columns; nothing here depends on it.
    database.create_collation("unicase", lambda a, b: (a > b) - (a < b))
    database.execute("PRAGMA trusted_schema = OFF")
    database.execute("PRAGMA query_only = ON")


def _read(database: sqlite3.Connection) -> Collection:
    tables = {
        str(name)
        for name, sql in database.execute("SELECT name, sql FROM sqlite_master WHERE type='table'")
        if str(sql).upper().startswith("CREATE TABLE")
    }
    missing = [name for name in _NEEDED if name not in tables]
    if missing:
        raise InputError(
            f"This is no collection of Anki's: it has no table {missing[0]!r}.", hint=_DAMAGED
        )
    row = database.execute("SELECT crt, conf, models, decks FROM col LIMIT 1").fetchone()
    if row is None:
        raise InputError("This collection of Anki's is empty.", hint=_DAMAGED)
    if "notetypes" in tables:
        types = _new_types(database) if {"fields", "templates"} <= tables else {}
        decks = _new_decks(database) if "decks" in tables else {}
        old_scheduler = False
    else:
        types = _old_types(_json(row[2]))
        decks = {_int(key): _text(deck.get("name")) for key, deck in _dicts(_json(row[3]))}
        old_scheduler = _int(_json(row[1]).get("schedVer")) <= 1
    return Collection(
        created=_int(row[0]),
        types=types,
        decks=decks,
        notes=tuple(_notes(database)),
        cards=tuple(_cards(database)),
        reviews=tuple(_reviews(database, old=old_scheduler)) if "revlog" in tables else (),
    )


def _rows(database: sqlite3.Connection, query: str) -> Iterator[tuple[Any, ...]]:
    for count, row in enumerate(database.execute(query)):
        if count >= MAX_ROWS:
            raise InputError(f"This collection has more than {MAX_ROWS:,} rows in one table.")
        yield row


def _notes(database: sqlite3.Connection) -> Iterator[AnkiNote]:
    for key, guid, kind, tags, fields in _rows(
        database, "SELECT id, guid, mid, tags, flds FROM notes ORDER BY id"
    ):
        yield AnkiNote(
            _int(key),
            _text(guid),
            _int(kind),
            tuple(_text(fields).split("\x1f")),
            tuple(dict.fromkeys(_text(tags).split())),
        )


def _cards(database: sqlite3.Connection) -> Iterator[AnkiCard]:
    for data, *row in _rows(database, _CARDS):
        said = _json(data)
        stability, difficulty = _positive(said.get("s")), _positive(said.get("d"))
        both = stability is not None and difficulty is not None
        yield AnkiCard(
            **dict(zip(_CARD_COLUMNS.values(), map(_int, row), strict=True)),
            stability=stability if both else None,
            difficulty=difficulty if both else None,
            retention=_positive(said.get("dr")),
            last_review=_int(said.get("lrt")) or None,
        )


def _reviews(database: sqlite3.Connection, *, old: bool) -> Iterator[AnkiReview]:
    """Yield the log. The old scheduler asked three ratings while learning, 2 being Good."""
    learning = (ReviewKind.LEARNING, ReviewKind.RELEARNING)
    for row in _rows(
        database,
        "SELECT id, cid, ease, ivl, lastIvl, factor, time, type FROM revlog ORDER BY id",
    ):
        key, card, ease, *rest = map(_int, row)
        if old and rest[-1] in learning and ease in (2, 3):
            ease += 1
        yield AnkiReview(key, card, ease, *rest)


def _old_types(models: dict[str, Any]) -> dict[int, NoteType]:
    types = {}
    for key, model in _dicts(models):
        templates = [t for t in _list(model.get("tmpls")) if isinstance(t, dict)]
        fields = [f for f in _list(model.get("flds")) if isinstance(f, dict)]
        types[_int(key)] = NoteType(
            id=_int(key),
            name=_text(model.get("name")),
            fields=tuple(_text(field.get("name")) for field in _in_order(fields)),
            templates=tuple(
                Template(_text(t.get("name")), _text(t.get("qfmt")), _text(t.get("afmt")))
                for t in _in_order(templates)
            ),
            cloze=_int(model.get("type")) == 1,
        )
    return types


def _new_types(database: sqlite3.Connection) -> dict[int, NoteType]:
    fields: dict[int, list[str]] = {}
    for kind, name in _rows(database, "SELECT ntid, name FROM fields ORDER BY ntid, ord"):
        fields.setdefault(_int(kind), []).append(_text(name))
    templates: dict[int, list[Template]] = {}
    for kind, name, config in _rows(
        database, "SELECT ntid, name, config FROM templates ORDER BY ntid, ord"
    ):
        said = _message(config)  # 1 is the question's format, 2 the answer's
        template = Template(_text(name), wire.text(said, 1), wire.text(said, 2))
        templates.setdefault(_int(kind), []).append(template)
    return {
        _int(key): NoteType(
            id=_int(key),
            name=_text(name),
            fields=tuple(fields.get(_int(key), ())),
            templates=tuple(templates.get(_int(key), ())),
            cloze=wire.number(_message(config), 1) == 1,  # 1 is the kind; 1 there is cloze
        )
        for key, name, config in _rows(database, "SELECT id, name, config FROM notetypes")
    }


def _new_decks(database: sqlite3.Connection) -> dict[int, str]:
    return {
        _int(key): _text(name).replace("\x1f", "::")
        for key, name in _rows(database, "SELECT id, name FROM decks")
    }


def _message(config: object) -> dict[int, list[int | bytes]]:
    try:
        return wire.fields(config) if isinstance(config, bytes) else {}
    except ValueError as error:
        raise InputError("A note type of this package is damaged.", hint=_DAMAGED) from error


def _in_order(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(items, key=lambda item: _int(item.get("ord")))


def _dicts(mapping: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [(key, value) for key, value in mapping.items() if isinstance(value, dict)]


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _json(value: object) -> dict[str, Any]:
    """Return a column's JSON object; empty for anything else, deeply nested things included."""
    try:
        found = json.loads(value) if isinstance(value, str) and value[:1] == "{" else {}
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return "" if value is None else str(value)


def _int(value: object) -> int:
    """Return a column as an integer: SQLite keeps whatever was put in."""
    if isinstance(value, str):
        digits = value.strip().removeprefix("-")
        short = digits.isascii() and digits.isdigit() and len(digits) < 19  # noqa: PLR2004 64 bits
        return int(value) if short else 0
    if isinstance(value, float):
        return int(value) if math.isfinite(value) and abs(value) < _LARGEST else 0
    return value if isinstance(value, int) and abs(value) < _LARGEST else 0


def _positive(value: object) -> float | None:
    # Compared first: an integer of JSON's may be too long for a float.
    if isinstance(value, (int, float)) and 0 < value < _LARGEST:
        return float(value)
    return None
