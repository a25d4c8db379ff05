"""Anki's text files, .csv, .tsv and .txt: a note a line, its fields parted by a separator.

The rules are those of https://docs.ankiweb.net/importing/text-files.html: lines at the top such as
``#separator:Tab`` describe the file; without them the first line shows the separator. One rule is
ours: a comma wins over a colon, because questions are full of colons.
"""

from __future__ import annotations

import csv
import html
import io
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from warmstart.anki import cloze
from warmstart.anki.kinds import BASIC, CLOZE, KINDS, REVERSED
from warmstart.anki.model import AnkiCard, AnkiNote, Collection, NoteType, Template
from warmstart.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

TEXT_SUFFIXES: Final = frozenset({".csv", ".tsv"})
"""A .txt file is Anki's only where ``is_anki_text`` says so; else it is a note."""

_SEPARATORS: Final = {
    "tab": "\t",
    "pipe": "|",
    "semicolon": ";",
    "comma": ",",
    "colon": ":",
    "space": " ",
}
_KEYS: Final = frozenset(
    (
        *("separator", "html", "tags", "columns", "notetype", "deck", "if matches"),
        *("notetype column", "deck column", "tags column", "guid column"),
    )
)
_HEADER = re.compile(r"#([a-z ]{1,20}):(.*)")
_HTML = re.compile(r"</?[a-zA-Z][^<>]*>|&(?:[a-z]{2,8}|#\d{1,6});")
_QUOTED = re.compile(r"(?<![^\t|;,: \n])\"(?:[^\"]++|\"\")*+\"")
_TITLES: Final = frozenset(
    (
        *("front", "back", "question", "answer", "term", "definition", "tags", "deck", "text"),
        *("meaning", "extra", "hint", "вопрос", "ответ", "термин", "определение", "질문", "답"),
    )
)
_START: Final = 65_536  # characters in which the first line ends
_SAMPLE: Final = 20  # lines looked at to see whether a file is HTML


@dataclass(frozen=True, slots=True)
class _Layout:
    """What the lines at the top say; columns count from 0."""

    separator: str | None = None
    html: bool | None = None
    tags: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    note_type: str = ""
    deck: str = ""
    special: dict[str, int] = field(default_factory=dict)
    """The columns that are no field: ``guid``, ``notetype``, ``deck``, ``tags``."""


def is_anki_text(text: str) -> bool:
    """Whether a text file begins as Anki's do: with a line such as ``#separator:Tab``."""
    found = _HEADER.match(text.lstrip("\ufeff"))
    return found is not None and found[1].strip() in _KEYS


def read_text(text: str, *, name: str) -> Collection:
    """Return the notes of a text file; ``name`` names the deck of those that name none.

    Raises:
        InputError: with the line; a quote is never closed, or a field is too long.
    """
    layout, body, skipped = _layout(text.lstrip("\ufeff"))
    separator = layout.separator or _sniffed(body)
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=separator, strict=False)
    rows: list[list[str]] = []
    try:
        for row in reader:
            if any(cell.strip() for cell in row) and not row[0].startswith("#"):
                rows.append(row)  # noqa: PERF401 an error must name the line it came to
    except csv.Error as error:
        raise InputError(
            f"This line cannot be read as fields: {error}.",
            line=skipped + reader.line_num,
            hint="A quote may never be closed; a field may have 131,072 characters.",
        ) from error
    if rows and not layout.columns and _is_heading(rows[0]):
        layout, rows = _with_titles(layout, rows[0]), rows[1:]
    return _Builder(layout, name, _is_html(layout, rows)).build(rows)


def write_text(collection: Collection) -> str:
    """Return the notes as a text file with commas, which Anki imports and ``read_text`` reads.

    Text and tags only: text files know no schedules.
    """
    width = max((len(note.fields) for note in collection.notes), default=2)
    decks = {card.note_id: collection.decks[card.deck_id] for card in collection.cards}
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    for note in collection.notes:
        kind = collection.types[note.type_id].name
        fields = [*note.fields, *[""] * (width - len(note.fields))]
        writer.writerow([note.guid, kind, decks[note.id], *fields, " ".join(note.tags)])
    head = (
        "#separator:Comma",
        "#html:true",
        "#guid column:1",
        "#notetype column:2",
        "#deck column:3",
        f"#tags column:{width + 4}",
    )
    return "\n".join(head) + "\n" + _unlike_a_comment(out.getvalue())


def _unlike_a_comment(rows: str) -> str:
    """Quote a first cell that begins with "#": the line would be taken for a comment."""
    return re.sub(r"^#([^,\n]*),", r'"#\1",', rows, flags=re.MULTILINE)


def _layout(text: str) -> tuple[_Layout, str, int]:
    """Return what the lines at the top say, the rest, and how many lines that left out."""
    said: dict[str, str] = {}
    at = count = 0
    while text.startswith("#", at):
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        found = _HEADER.match(text[at:end].rstrip("\r"))
        if found and found[1].strip() in _KEYS:
            said[found[1].strip()] = found[2].rstrip()
        at, count = end + 1, count + 1
    separator = _separator(said.get("separator", ""))
    special = {
        key.removesuffix(" column"): int(value) - 1
        for key, value in said.items()
        if key.endswith(" column") and value.strip().isdecimal() and 0 < int(value) < 1000  # noqa: PLR2004 no file is wider
    }
    layout = _Layout(
        separator=separator,
        html={"true": True, "false": False}.get(said.get("html", "").strip().lower()),
        tags=tuple(said.get("tags", "").split()),
        columns=tuple(said["columns"].split(separator or "\t")) if "columns" in said else (),
        note_type=said.get("notetype", "").strip(),
        deck=said.get("deck", "").strip(),
        special=special,
    )
    return layout, text[at:], count


def _separator(said: str) -> str | None:
    said = said.strip(" ") or said[:1]
    return _SEPARATORS.get(said.lower(), said[:1]) or None


def _sniffed(body: str) -> str:
    """Return the separator that the first line shows, looking in Anki's order but for the colon."""
    bare = _QUOTED.sub("", body[:_START])
    line = next((line for line in bare.split("\n") if line.strip() and line[0] != "#"), "")
    return next((mark for mark in _SEPARATORS.values() if mark in line), "\t")


def _is_html(layout: _Layout, rows: Sequence[Sequence[str]]) -> bool:
    if layout.html is not None:
        return layout.html
    return any(_HTML.search(cell) for row in rows[:_SAMPLE] for cell in row)


def _is_heading(row: Sequence[str]) -> bool:
    """Whether a first row names the columns, as spreadsheets do and Anki does not."""
    return len(row) > 1 and all(cell.strip().lower() in _TITLES for cell in row)


def _with_titles(layout: _Layout, row: Sequence[str]) -> _Layout:
    names = [cell.strip().lower() for cell in row]
    special: dict[str, int] = {n: names.index(n) for n in ("tags", "deck") if n in names}
    return replace(layout, columns=tuple(row), special=special | layout.special)


class _Builder:
    """Rows becoming notes and cards."""

    def __init__(self, layout: _Layout, name: str, is_html: bool) -> None:  # noqa: FBT001 private
        self.layout = layout
        self.name = layout.deck or name
        self.is_html = is_html
        self.types: dict[int, NoteType] = dict(KINDS)
        self.decks: dict[str, int] = {}

    def build(self, rows: Sequence[Sequence[str]]) -> Collection:
        notes: list[AnkiNote] = []
        cards: list[AnkiCard] = []
        for row in rows:
            fields = tuple(self._fields(row))
            kind = self._kind(self._special(row, "notetype") or self.layout.note_type, fields)
            deck = self._special(row, "deck") or self.name
            key = len(notes) + 1
            notes.append(
                AnkiNote(key, self._special(row, "guid"), kind.id, fields, self._tags(row))
            )
            deck_id = self.decks.setdefault(deck, len(self.decks) + 1)
            cards += [
                AnkiCard(len(cards) + place, key, deck_id, ord_, due=key)
                for place, ord_ in enumerate(_ords(kind, fields), 1)
            ]
        decks = {key: name for name, key in self.decks.items()}
        return Collection(0, self.types, decks, tuple(notes), tuple(cards))

    def _special(self, row: Sequence[str], name: str) -> str:
        at = self.layout.special.get(name, len(row))
        return row[at].strip() if at < len(row) else ""

    def _tags(self, row: Sequence[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.layout.tags, *self._special(row, "tags").split())))

    def _fields(self, row: Sequence[str]) -> Iterator[str]:
        """Yield the fields as HTML: text that is none says what it says."""
        special = set(self.layout.special.values())
        for place, cell in enumerate(row):
            if place not in special:
                plain = html.escape(cell, quote=False).replace("\n", "<br>")
                yield cell if self.is_html else plain

    def _kind(self, name: str, fields: Sequence[str]) -> NoteType:
        """Return the note type of a row: by its name where that tells, else by its text."""
        lower = name.lower()
        if "cloze" in lower or (not name and any(map(cloze.numbers, fields))):
            return CLOZE
        if "revers" in lower:
            return REVERSED
        if len(fields) <= len(BASIC.fields):
            return BASIC
        key = len(fields)  # no id of a type in ``KINDS`` is that small
        if key not in self.types:
            names = tuple(f"Field {place}" for place in range(1, key + 1))
            back = "<br><br>".join(f"{{{{{name}}}}}" for name in names[1:])
            self.types[key] = NoteType(key, "Text", names, (Template("", "{{Field 1}}", back),))
        return self.types[key]


def _ords(kind: NoteType, fields: Sequence[str]) -> list[int]:
    if kind.cloze:
        return sorted({n - 1 for text in fields for n in cloze.numbers(text) if n}) or [0]
    return list(range(len(kind.templates)))
