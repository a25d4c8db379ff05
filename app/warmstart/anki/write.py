"""Writing packages in the schema (11) and the layout that every Anki reads.

The same collection stands under two names in the archive: Anki 2.0 looks for ``collection.anki2``,
later versions for ``collection.anki21`` and take the former for a file of the old scheduler.
"""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
import tempfile
import zipfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import BinaryIO

    from warmstart.anki.model import AnkiCard, Collection, NoteType

_SCHEMA: Final = """
CREATE TABLE col (
  id integer primary key, crt integer not null, mod integer not null, scm integer not null,
  ver integer not null, dty integer not null, usn integer not null, ls integer not null,
  conf text not null, models text not null, decks text not null, dconf text not null,
  tags text not null
);
CREATE TABLE notes (
  id integer primary key, guid text not null, mid integer not null, mod integer not null,
  usn integer not null, tags text not null, flds text not null, sfld integer not null,
  csum integer not null, flags integer not null, data text not null
);
CREATE TABLE cards (
  id integer primary key, nid integer not null, did integer not null, ord integer not null,
  mod integer not null, usn integer not null, type integer not null, queue integer not null,
  due integer not null, ivl integer not null, factor integer not null, reps integer not null,
  lapses integer not null, left integer not null, odue integer not null, odid integer not null,
  flags integer not null, data text not null
);
CREATE TABLE revlog (
  id integer primary key, cid integer not null, usn integer not null, ease integer not null,
  ivl integer not null, lastIvl integer not null, factor integer not null, time integer not null,
  type integer not null
);
CREATE TABLE graves (usn integer not null, oid integer not null, type integer not null);
CREATE INDEX ix_notes_usn ON notes (usn);
CREATE INDEX ix_cards_usn ON cards (usn);
CREATE INDEX ix_revlog_usn ON revlog (usn);
CREATE INDEX ix_cards_nid ON cards (nid);
CREATE INDEX ix_cards_sched ON cards (did, queue, due);
CREATE INDEX ix_revlog_cid ON revlog (cid);
CREATE INDEX ix_notes_csum ON notes (csum);
"""
_VERSION: Final = 11
_DEFAULT_DECK: Final = 1
_STYLE: Final = (
    ".card { font-family: arial; font-size: 20px; line-height: 1.5; text-align: left;"
    " color: black; background-color: white; }\n"
    ".cloze { font-weight: bold; color: blue; }\n"
    "code, pre { font-family: monospace; }\n"
    "table { border-collapse: collapse; } td, th { border: 1px solid; padding: 2px 6px; }\n"
)
_MARKUP = re.compile(r"<[^<>]*>")
_PLACES = "?" * 18


def write_package(
    file: BinaryIO, collection: Collection, media: Iterable[tuple[str, bytes]] = ()
) -> None:
    """Write a package to a binary file; media are (file name, content)."""
    with (
        tempfile.TemporaryDirectory(prefix="warmstart-") as folder,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        path = Path(folder, "collection.db")
        with closing(sqlite3.connect(path)) as database, database:
            _fill(database, collection)
        archive.writestr("meta", b"\x08\x02")  # field 1, version: 2 stands for collection.anki21
        archive.write(path, "collection.anki21")
        archive.write(path, "collection.anki2")
        names: dict[str, str] = {}
        for place, (name, content) in enumerate(media):
            names[str(place)] = name
            archive.writestr(str(place), content)
        archive.writestr("media", json.dumps(names, ensure_ascii=False))


def _fill(database: sqlite3.Connection, collection: Collection) -> None:
    database.executescript(_SCHEMA)
    newest = max((note.id for note in collection.notes), default=collection.created * 1000)
    now = newest // 1000
    database.execute(
        "INSERT INTO col VALUES (1, ?, ?, ?, ?, 0, 0, 0, ?, ?, ?, ?, '{}')",
        (
            collection.created,
            newest,
            newest,
            _VERSION,
            json.dumps(_config(collection)),
            json.dumps({str(key): _type(kind, now) for key, kind in collection.types.items()}),
            json.dumps(_decks(collection.decks, now)),
            json.dumps({"1": _DECK_OPTIONS}),
        ),
    )
    database.executemany(
        "INSERT INTO notes VALUES (?, ?, ?, ?, -1, ?, ?, ?, ?, 0, '')",
        (
            (
                note.id,
                note.guid,
                note.type_id,
                now,
                f" {' '.join(note.tags)} " if note.tags else "",
                "\x1f".join(field.replace("\x1f", " ") for field in note.fields),
                _plain(note.fields[0]),
                _checksum(note.fields[0]),
            )
            for note in collection.notes
        ),
    )
    database.executemany(
        f"INSERT INTO cards VALUES ({', '.join(_PLACES)})",  # noqa: S608 question marks alone
        (_card(card, now) for card in collection.cards),
    )
    database.executemany(
        "INSERT INTO revlog VALUES (?, ?, -1, ?, ?, ?, ?, ?, ?)",
        (
            (r.id, r.card_id, r.ease, r.interval, r.last_interval, r.factor, r.duration, r.kind)
            for r in collection.reviews
        ),
    )


def _card(card: AnkiCard, now: int) -> tuple[Any, ...]:
    said = {
        "s": card.stability,
        "d": card.difficulty,
        "dr": card.retention,
        "lrt": card.last_review,
    }
    known = {name: value for name, value in said.items() if value is not None}
    return (
        card.id,
        card.note_id,
        card.deck_id,
        card.ord,
        now,
        -1,
        int(card.type),
        int(card.queue),
        card.due,
        card.interval,
        card.factor,
        card.reps,
        card.lapses,
        card.left,
        card.original_due,
        card.original_deck,
        0,
        json.dumps(known, separators=(",", ":")) if known else "{}",
    )


def _config(collection: Collection) -> dict[str, Any]:
    return {
        "schedVer": 2,
        "sched2021": True,
        "creationOffset": 0,
        "curDeck": _DEFAULT_DECK,
        "activeDecks": [_DEFAULT_DECK],
        "curModel": next(iter(collection.types), 0),
        "nextPos": len(collection.notes) + 1,
        "newSpread": 0,
        "collapseTime": 1200,
        "timeLim": 0,
        "estTimes": True,
        "dueCounts": True,
        "addToCur": True,
        "dayLearnFirst": False,
        "sortType": "noteFld",
        "sortBackwards": False,
    }


def _type(kind: NoteType, now: int) -> dict[str, Any]:
    field = {"sticky": False, "rtl": False, "font": "Arial", "size": 20, "media": []}
    blank = {"bqfmt": "", "bafmt": "", "did": None}
    return {
        "id": kind.id,
        "name": kind.name,
        "type": int(kind.cloze),
        "mod": now,
        "usn": -1,
        "sortf": 0,
        "did": None,
        "tmpls": [
            {"name": t.name, "ord": ord_, "qfmt": t.question, "afmt": t.answer, **blank}
            for ord_, t in enumerate(kind.templates)
        ],
        "flds": [{"name": name, "ord": ord_, **field} for ord_, name in enumerate(kind.fields)],
        "css": _STYLE,
        "latexPre": "",
        "latexPost": "",
        "tags": [],
        "vers": [],
        "req": [[ord_, "any", [ord_ % len(kind.fields)]] for ord_ in range(len(kind.templates))],
    }


def _decks(decks: Mapping[int, str], now: int) -> dict[str, Any]:
    today = [0, 0]
    common = {
        "mod": now,
        "usn": -1,
        "lrnToday": today,
        "revToday": today,
        "newToday": today,
        "timeToday": today,
        "collapsed": False,
        "browserCollapsed": False,
        "desc": "",
        "dyn": 0,
        "conf": 1,
        "extendNew": 0,
        "extendRev": 0,
    }
    return {str(key): {"id": key, "name": name, **common} for key, name in decks.items()}


_DECK_OPTIONS: Final = {
    "id": 1,
    "name": "Default",
    "mod": 0,
    "usn": 0,
    "maxTaken": 60,
    "autoplay": True,
    "timer": 0,
    "replayq": True,
    "dyn": False,
    "new": {
        "bury": True,
        "delays": [1, 10],
        "initialFactor": 2500,
        "ints": [1, 4, 7],
        "order": 1,
        "perDay": 20,
        "separate": True,
    },
    "rev": {
        "bury": True,
        "ease4": 1.3,
        "fuzz": 0.05,
        "ivlFct": 1,
        "maxIvl": 36500,
        "minSpace": 1,
        "perDay": 200,
        "hardFactor": 1.2,
    },
    "lapse": {"delays": [10], "leechAction": 0, "leechFails": 8, "minInt": 1, "mult": 0},
}


def _plain(html: str) -> str:
    return _MARKUP.sub("", html).strip()


def _checksum(html: str) -> int:
    """Return what Anki finds duplicates by: 32 bits of SHA-1 over the first field's text."""
    digest = hashlib.sha1(_plain(html).encode("utf-8", "replace"), usedforsecurity=False)
    return int(digest.hexdigest()[:8], 16)
