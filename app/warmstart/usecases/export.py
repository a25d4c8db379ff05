"""Exporting a selection of cards: to an Anki package, to a text file, or as JSON.

The JSON is documented in docs/anki.md. Retired cards are left out: they are in no note any more.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import IntEnum, StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from warmstart import __version__
from warmstart.anki.compose import OutCard, compose
from warmstart.anki.package import MAX_MEDIUM, is_plain, is_sound
from warmstart.anki.text import write_text
from warmstart.anki.to_html import files
from warmstart.anki.write import write_package
from warmstart.errors import UsageError
from warmstart.study.cards import Entry, New, Reset, Reviewed, effective
from warmstart.usecases.browse import find

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import BinaryIO

    from warmstart.store.card_rows import StoredCard
    from warmstart.store.engine import Transaction
    from warmstart.store.repositories.notes import StoredNote
    from warmstart.study.cards import LogEntry
    from warmstart.usecases.workspace import Workspace

FORMAT: Final = "warmstart-export"
FORMAT_VERSION: Final = 1

_PICTURES: Final = (".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".avif", ".bmp", ".ico")


class Form(StrEnum):
    """What an export can be."""

    APKG = "apkg"
    CSV = "csv"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What was written."""

    notes: int
    cards: int
    reviews: int
    """0 where the form knows none."""
    media: int
    missing: tuple[str, ...]
    """Pictures and sounds that cards show and that were not found."""


@dataclass(frozen=True, slots=True)
class _Chosen:
    """A card with its note, its deck and its log."""

    note: StoredNote
    card: StoredCard
    deck: str
    tags: tuple[str, ...]
    log: list[LogEntry]


@dataclass(slots=True)
class _Media:
    """The files that cards show, each under a name of its own."""

    root: Path
    names: dict[Path, str] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    missing: list[str] = field(default_factory=list)

    def of(self, note: StoredNote, texts: Iterable[str]) -> dict[str, str]:
        """Return the names that the files of these texts get, by their addresses there."""
        found: dict[str, str] = {}
        for text in texts:
            if "](" not in text:
                continue
            for address in files(text):
                path = self._file(note, address)
                if path is not None:
                    found[address] = self._name(path)
                elif address.lower().endswith(_PICTURES) or is_sound(address):
                    self.missing.append(address)
        return found

    def contents(self) -> Iterator[tuple[str, bytes]]:
        for path, name in self.names.items():
            yield name, path.read_bytes()

    def _file(self, note: StoredNote, address: str) -> Path | None:
        """Return the file of an address; only pictures and sounds beside or below the note.

        A note may come from anybody, and what it names is about to be shared.
        """
        said = _anki(note).get("media")
        if said:
            folder, fits = self.root / str(said), is_plain(address) and is_plain(str(said))
        else:
            folder, fits = Path(note.path).parent, Path(note.path).is_absolute()
        if not fits or not (address.lower().endswith(_PICTURES) or is_sound(address)):
            return None
        try:
            path = (folder / address).resolve()
            if not path.is_relative_to(folder.resolve()) or not path.is_file():
                return None
            return path if path.stat().st_size <= MAX_MEDIUM else None
        except (OSError, ValueError):
            return None

    def _name(self, path: Path) -> str:
        if path not in self.names:
            name, count = path.name, 1
            while name.lower() in self.taken:
                count += 1
                name = f"{path.stem}-{count}{path.suffix}"
            self.taken.add(name.lower())
            self.names[path] = name
        return self.names[path]


def export(workspace: Workspace, form: Form, query: str, file: BinaryIO) -> ExportReport:
    """Write the cards that a search fits to a binary file; an empty one fits all.

    Raises:
        SearchError: the search cannot be read.
        UsageError: it fits no card.
        StoreError: the store cannot be read.
    """
    wanted = set(find(workspace, query))
    if not wanted:
        raise UsageError(
            "No card fits this search.",
            hint="`warmstart cards` shows what one fits; without a search, all cards are exported.",
        )
    with workspace.store.read() as tx:
        chosen = _choose(tx, wanted)
    at = workspace.clock()
    notes = len({one.note.id for one in chosen})
    if form is Form.JSON:
        writer = io.TextIOWrapper(file, encoding="utf-8", newline="\n", write_through=True)
        writer.writelines(_json(chosen, at))
        writer.detach()
        reviews = sum(len(_reviews(one.log)) for one in chosen)
        return ExportReport(notes, len(chosen), reviews, media=0, missing=())
    media = _Media(workspace.home.media)
    retention = workspace.settings.study.desired_retention
    collection = compose((_out(one, media) for one in chosen), at, retention=retention)
    missing = tuple(dict.fromkeys(media.missing))
    if form is Form.CSV:
        file.write(write_text(collection).encode("utf-8"))
        return ExportReport(notes, len(chosen), reviews=0, media=0, missing=())
    write_package(file, collection, media.contents())
    return ExportReport(notes, len(chosen), len(collection.reviews), len(media.names), missing)


# -- what is selected --------------------------------------------------------------------------


def _choose(tx: Transaction, wanted: set[int]) -> list[_Chosen]:
    notes = {note.id: note for note in tx.notes.all()}
    order = {key: place for place, key in enumerate(notes)}
    chosen = []
    for card in sorted(tx.cards.of_notes(notes), key=lambda card: order[card.note_id]):
        if card.id in wanted:
            note = notes[card.note_id]
            tags = tx.browse.tags(card.id)
            deck = card.deck or note.title
            chosen.append(_Chosen(note, card, deck, tags, tx.log.of_card(card.id)))
    return chosen


def _anki(note: StoredNote) -> Mapping[str, Any]:
    """Return what came with a note that was a deck of Anki's."""
    said = note.front_matter.get("raw", {}).get("anki", {})
    return said if isinstance(said, dict) and isinstance(said.get("tags"), dict) else {}


def _reviews(log: list[LogEntry]) -> tuple[Reviewed, ...]:
    """Return the reviews that count, oldest first: since the last reset, none undone."""
    entries: list[Entry] = effective(log)
    resets = [place for place, entry in enumerate(entries) if isinstance(entry, Reset)]
    since = resets[-1] + 1 if resets else 0
    return tuple(entry for entry in entries[since:] if isinstance(entry, Reviewed))


# -- to Anki -----------------------------------------------------------------------------------


def _out(one: _Chosen, media: _Media) -> OutCard:
    source = one.card.source
    return OutCard(
        id=one.card.id,
        note=one.note.path,
        kind=source.kind,
        front=source.front,
        back=source.back,
        passage=source.passage,
        block_id=source.block_id,
        deck=_deck(one),
        tags=tuple("_".join(tag.split()).replace("/", "::") for tag in one.tags),
        memory=one.card.memory,
        suspended=one.card.suspended,
        reviews=_reviews(one.log),
        media=media.of(one.note, (source.front, source.back)),
    )


def _deck(one: _Chosen) -> str:
    """Return the deck as Anki names it; a title is one name, whatever it holds."""
    if one.card.deck:
        return "::".join(filter(None, one.card.deck.replace("::", "/").split("/")))
    return one.deck.replace("::", ":")


# -- as JSON -----------------------------------------------------------------------------------


def _json(chosen: Sequence[_Chosen], at: datetime) -> Iterator[str]:
    """Yield the export piece by piece: a line for each note and each card."""
    head = {
        "format": FORMAT,
        "version": FORMAT_VERSION,
        "program": f"warmstart {__version__}",
        "exported_at": _time(at),
    }
    yield json.dumps(head)[:-1] + ',\n"notes": [\n'
    notes = {one.note.id: one.note for one in chosen}
    yield ",\n".join(_dumped(_note_json(note)) for note in notes.values())
    yield '\n],\n"cards": [\n'
    for place, one in enumerate(chosen):
        yield (",\n" if place else "") + _dumped(_card_json(one))
    yield "\n]}\n"


def _dumped(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _note_json(note: StoredNote) -> dict[str, Any]:
    return {
        "id": note.id,
        "path": note.path,
        "name": note.name,
        "title": note.title,
        "origin": note.origin,
        "tags": note.front_matter.get("tags", []),
        "imported_at": _time(note.imported_at),
    }


def _card_json(one: _Chosen) -> dict[str, Any]:
    source, memory = one.card.source, one.card.memory
    names = ("kind", "front", "back", "section", "line", "block_id", "passage")
    return {
        "id": one.card.id,
        "note": one.note.id,
        **{name: getattr(source, name) for name in names},
        "deck": one.deck,
        "tags": list(one.tags),
        "suspended": one.card.suspended,
        "memory": None if isinstance(memory, New) else _plain(memory),
        "log": [
            {"id": entry.id, "kind": type(entry.entry).__name__.lower(), **_plain(entry.entry)}
            for entry in one.log
        ],
    }


def _plain(value: Any) -> dict[str, Any]:
    """Return a value's fields as what JSON can hold; which card it is stands around it."""
    return {name: _scalar(getattr(value, name)) for name in type(value).__slots__ if name != "card"}


def _scalar(value: Any) -> Any:
    if isinstance(value, IntEnum):
        return value.name.lower()
    if isinstance(value, datetime):
        return _time(value)
    if isinstance(value, timedelta):
        return value // timedelta(milliseconds=1)
    return value


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
