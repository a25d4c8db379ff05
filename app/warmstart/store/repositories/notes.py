"""Notes: their text, their concepts and links, and what was wrong with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import delete, func, insert, literal, or_, select, update

from warmstart.errors import InputError, NoteError
from warmstart.notes.model import ConceptKind, Problem
from warmstart.store.driver import sqlite_of
from warmstart.store.ids import LISTED, Insertion, as_list, change, chunks, insertion, next_ids
from warmstart.store.rows import LinkRow, NoteRow
from warmstart.store.tables import concept, link, note, note_text, problem, unread
from warmstart.store.times import from_ms, to_ms

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, RowMapping, Select

    from warmstart.store.rows import ConceptRow


LABS, README = "labs/", "README.md"
"""The narrative of a lab is the README in its folder, which links name it by: ``labs/saga``."""


class KnownNote(NamedTuple):
    """A note as far as an import must know it that has something to read."""

    id: int
    path: str
    size: int
    mtime_ns: int
    digest: str
    kinds: str
    """How many cards of each kind it states, as JSON text."""
    retired: bool
    removed: bool
    """Retired by the learner: only naming the file brings it back."""


_COLUMNS = (*NoteRow._fields[: NoteRow._fields.index("tags")], "imported_at")
_SAVE = Insertion("note", *_COLUMNS, "id")
_SAVE_AGAIN = change("note", *_COLUMNS, also=", retired_at = NULL, removed_at = NULL")
_RANK = change("note", "rank")
_SAVE_TEXT = insertion("note_text", "note_id", "text")
_SAVE_TAG = insertion("note_tag", "note_id", "tag")
_CONCEPT = ("note_id", "parent_id", "kind", "title", "slug", "line", "position")
_CONCEPT_IDS = f"SELECT note_id, kind, slug, id FROM concept WHERE note_id IN {LISTED}"  # noqa: S608
_SAVE_CONCEPT = Insertion("concept", *_CONCEPT, "id")
_SAVE_CONCEPT_AGAIN = change("concept", *_CONCEPT)
_SAVE_LINK = Insertion("link", "note_id", *LinkRow._fields)
_SAVE_PROBLEM = Insertion("problem", "note_id", "line", "message", "hint")


@dataclass(frozen=True, slots=True)
class StoredNote:
    """A note without its text."""

    id: int
    path: str
    name: str
    origin: str
    title: str
    front_matter: dict[str, Any]
    imported_at: datetime
    paused: bool
    problems: int


@dataclass(frozen=True, slots=True)
class StoredConcept:
    """A concept as the store has it."""

    id: int
    note_id: int
    parent_id: int | None
    kind: ConceptKind
    title: str
    slug: str
    line: int


class Notes:
    """The notes, within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._sqlite = sqlite_of(connection)

    def known(self) -> dict[str, KnownNote]:
        """Return every note by its path, retired ones included."""
        columns = (
            note.c.id,
            note.c.path,
            note.c.size,
            note.c.mtime_ns,
            note.c.digest,
            note.c.kinds,
        )
        query = select(*columns, note.c.retired_at.is_not(None), note.c.removed_at.is_not(None))
        return {row[1]: KnownNote._make(row) for row in self._bare(query)}

    def _bare(self, query: Select[Any]) -> Sequence[Any]:
        """Return rows past SQLAlchemy's, which cost more than the rest of an import of nothing."""
        cursor = self._connection.execute(query).cursor
        assert cursor is not None
        return cursor.fetchall()

    def all(self) -> list[StoredNote]:
        """Return the notes that are not retired: the learner's own first, then by title."""
        problems = select(func.count()).where(problem.c.note_id == note.c.id).scalar_subquery()
        query = (
            select(note, problems.label("problems"))
            .where(note.c.retired_at.is_(None))
            .order_by(note.c.origin != "user", note.c.origin, func.lower(note.c.title), note.c.id)
        )
        return [_stored(row) for row in self._connection.execute(query).mappings()]

    def one(self, key: int) -> StoredNote:
        """Return a note that is in use.

        Raises:
            KeyError: there is none, or it was retired.
        """
        query = select(note, literal(0).label("problems")).where(
            note.c.id == key, note.c.retired_at.is_(None)
        )
        row = self._connection.execute(query).mappings().first()
        if row is None:
            raise KeyError(key)
        return _stored(row)

    def of_concept(self, key: int) -> int:
        """Return the note that a concept stands in.

        Raises:
            KeyError: there is no such concept.
        """
        found = self._connection.execute(select(concept.c.note_id).where(concept.c.id == key))
        note_id = found.scalar()
        if note_id is None:
            raise KeyError(key)
        return int(note_id)

    def text(self, key: int) -> str:
        """Return the text of a note as it was when it was imported."""
        query = select(note_text.c.text).where(note_text.c.note_id == key)
        return str(self._connection.execute(query).scalar_one())

    def title(self, key: int) -> str:
        """Return the title of a note."""
        query = select(note.c.title).where(note.c.id == key)
        return str(self._connection.execute(query).scalar_one())

    def save(self, rows: Sequence[tuple[int | None, NoteRow, str]], at: datetime) -> list[int]:
        """Insert notes (id None) or replace those with these ids; return the ids in order.

        Each has its text beside it.
        """
        fresh = iter(next_ids(self._sqlite, "note", sum(key is None for key, _, _ in rows)))
        ids = [next(fresh) if key is None else key for key, _, _ in rows]
        before = [key for key, _, _ in rows if key is not None]
        imported_at = to_ms(at)
        added: list[tuple[Any, ...]] = []
        replaced: list[tuple[Any, ...]] = []
        for ident, (key, row, _) in zip(ids, rows, strict=True):
            values = (*row[: len(_COLUMNS) - 1], imported_at, ident)
            (added if key is None else replaced).append(values)
        _SAVE.run(self._sqlite, added)
        self._sqlite.executemany(_SAVE_AGAIN, replaced)
        for table in ("note_text", "note_tag"):
            self._clear(table, before)
        self._sqlite.executemany(
            _SAVE_TEXT, ((n, text) for n, (_, _, text) in zip(ids, rows, strict=True))
        )
        self._sqlite.executemany(
            _SAVE_TAG, ((n, t) for n, (_, row, _) in zip(ids, rows, strict=True) for t in row.tags)
        )
        return ids

    def touch(self, key: int, size: int, mtime_ns: int) -> None:
        """Note that a file was written again with the same content."""
        values = {"size": size, "mtime_ns": mtime_ns}
        self._connection.execute(update(note).where(note.c.id == key).values(values))

    def retire(self, keys: Iterable[int], at: datetime, *, removed: bool = False) -> None:
        """Take notes out of sight, nothing of them is deleted.

        ``removed`` says that the learner wants it; else their files are gone.
        """
        values = {"retired_at": to_ms(at), "removed_at": to_ms(at) if removed else None}
        for key in keys:
            self._connection.execute(update(note).where(note.c.id == key).values(values))

    def readmit(self, keys: Iterable[int]) -> None:
        """Let removed notes come back with the next import of their folder."""
        for key in keys:
            self._connection.execute(update(note).where(note.c.id == key).values(removed_at=None))

    def pause(self, key: int, at: datetime | None) -> None:
        """Pause a note, or with None resume it; see ``Cards.follow_notes``."""
        values = {"paused_at": None if at is None else to_ms(at)}
        self._connection.execute(update(note).where(note.c.id == key).values(values))

    def set_concepts(self, some: Sequence[tuple[int, Sequence[ConceptRow]]]) -> list[list[int]]:
        """Replace the concepts of notes; return their ids, note by note in the order given.

        A concept that was there before, by kind and slug, keeps its id.
        """
        before = self._concept_ids([key for key, _ in some])
        fresh = iter(next_ids(self._sqlite, "concept", sum(len(rows) for _, rows in some)))
        found: list[list[int]] = []
        added: list[tuple[Any, ...]] = []
        changed: list[tuple[Any, ...]] = []
        for key, rows in some:
            ids: list[int] = []
            for position, row in enumerate(rows):
                ident = before.pop((key, row.kind, row.slug), None) if before else None
                kept = added if ident is None else changed
                ident = next(fresh) if ident is None else ident
                parent = None if row.parent is None else ids[row.parent]
                kept.append((key, parent, row.kind, row.title, row.slug, row.line, position, ident))
                ids.append(ident)
            found.append(ids)
        _SAVE_CONCEPT.run(self._sqlite, added)
        self._sqlite.executemany(_SAVE_CONCEPT_AGAIN, changed)
        # After the updates: a child whose parent went has a new one by now.
        for gone in chunks(list(before.values())):
            self._connection.execute(delete(concept).where(concept.c.id.in_(gone)))
        return found

    def _concept_ids(self, notes: Sequence[int]) -> dict[tuple[int, str, str], int]:
        rows = self._sqlite.execute(_CONCEPT_IDS, (as_list(notes),))
        return {(key, kind, slug): ident for key, kind, slug, ident in rows}

    def _clear(self, table: str, notes: Iterable[int]) -> None:
        """Delete what a table says of notes."""
        query = f"DELETE FROM {table} WHERE note_id IN {LISTED}"  # noqa: S608
        self._sqlite.execute(query, (as_list(notes),))

    def concepts(self, key: int | None = None) -> list[StoredConcept]:
        """Return the concepts of a note, or of all notes not retired; parents before children."""
        columns = (
            concept.c.id,
            concept.c.note_id,
            concept.c.parent_id,
            concept.c.kind,
            concept.c.title,
            concept.c.slug,
            concept.c.line,
        )
        query = select(*columns).order_by(concept.c.note_id, concept.c.position)
        if key is None:
            query = query.join(note).where(note.c.retired_at.is_(None))
        else:
            query = query.where(concept.c.note_id == key)
        return [
            StoredConcept(i, n, parent, ConceptKind(kind), title, slug, line)
            for i, n, parent, kind, title, slug, line in self._connection.execute(query)
        ]

    def set_links(self, some: Sequence[tuple[int, Sequence[LinkRow]]]) -> None:
        """Replace the links of notes."""
        self._clear("link", [key for key, _ in some])
        _SAVE_LINK.run(self._sqlite, ((key, *row) for key, links in some for row in links))

    def links(self, key: int) -> list[LinkRow]:
        """Return the links of a note in their order."""
        columns = (link.c.relation, link.c.target, link.c.heading, link.c.alias, link.c.line)
        query = select(*columns).where(link.c.note_id == key).order_by(link.c.id)
        return [LinkRow(*row) for row in self._connection.execute(query)]

    def set_problems(self, some: Sequence[tuple[int, Sequence[Problem]]]) -> None:
        """Replace what was wrong with notes."""
        self._clear("problem", [key for key, _ in some])
        _SAVE_PROBLEM.run(
            self._sqlite,
            ((key, p.line, p.message, p.hint) for key, problems in some for p in problems),
        )

    def problems(self, key: int) -> list[Problem]:
        """Return what was wrong with a note."""
        query = select(problem.c.line, problem.c.message, problem.c.hint)
        ordered = query.where(problem.c.note_id == key).order_by(problem.c.line, problem.c.id)
        return [Problem(*row) for row in self._connection.execute(ordered)]

    def all_problems(self) -> list[tuple[str, Problem]]:
        """Return what was wrong with the notes in use, each with its note's path, in order."""
        query = (
            select(note.c.path, problem.c.line, problem.c.message, problem.c.hint)
            .join(note, problem.c.note_id == note.c.id)
            .where(note.c.retired_at.is_(None))
            .order_by(problem.c.note_id, problem.c.line, problem.c.id)
        )
        return [(path, Problem(*said)) for path, *said in self._connection.execute(query)]

    def ranks(self) -> dict[int, int]:
        """Return the notes in use with their rank: the learner's own first, then as imported."""
        query = (
            select(note.c.id, note.c.rank)
            .where(note.c.retired_at.is_(None))
            .order_by(note.c.origin != "user", note.c.origin, note.c.id)
        )
        return dict(self._bare(query))

    def set_rank(self, ranks: Mapping[int, int]) -> None:
        """Set the place of notes in the learning path."""
        self._sqlite.executemany(_RANK, ((place, key) for key, place in ranks.items()))

    def prerequisites(self) -> dict[int, list[int]]:
        """Return for each note the notes in use that it names as prerequisites."""
        names: dict[str, int] = {}
        query = (
            select(note.c.id, note.c.name)
            .where(note.c.retired_at.is_(None))
            .order_by(note.c.origin == "user", note.c.origin.desc(), note.c.id.desc())
        )
        for key, name in self._bare(query):
            names[name.lower()] = key
        found: dict[int, list[int]] = {}
        links = select(link.c.note_id, link.c.target).where(link.c.relation == "prerequisite")
        for key, target in self._bare(links.order_by(link.c.id)):
            lab = self.find(target) if target.lower().startswith(LABS) else None
            needed = lab or names.get(target.rpartition("/")[2].lower())
            if needed is not None:
                found.setdefault(key, []).append(needed)
        return found

    def backlinks(self, key: int) -> list[int]:
        """Return the other notes in use that link to this one, by title."""
        own = self.one(key)
        folder, _, file = own.path.replace("\\", "/").rpartition("/")
        names = {own.name.lower(), *([folder.rpartition("/")[2].lower()] if file == README else ())}
        target = func.lower(link.c.target)
        some = select(link.c.target).distinct()
        some = some.where(or_(*(("/" + target).endswith(f"/{n}", autoescape=True) for n in names)))
        # A name may be another note's as well, to which the link leads then.
        leading = [t for t in self._connection.execute(some).scalars() if self.find(t) == key]
        query = (
            select(note.c.id)
            .join(link, link.c.note_id == note.c.id)
            .where(note.c.retired_at.is_(None), note.c.id != key, link.c.target.in_(leading))
            .group_by(note.c.id)
            .order_by(func.lower(note.c.title))
        )
        return list(self._connection.execute(query).scalars())

    def set_unread(self, errors: Iterable[InputError], read: Iterable[str]) -> None:
        """Remember files that could not be read, and forget those that could."""
        for path in read:
            self._connection.execute(delete(unread).where(unread.c.path == path))
        for error in errors:
            values = {"line": error.line, "message": error.message, "hint": error.hint}
            path = str(error.path)
            self._connection.execute(delete(unread).where(unread.c.path == path))
            self._connection.execute(insert(unread), values | {"path": path})

    def unread(self) -> list[NoteError]:
        """Return the files that the imports met and could not read."""
        rows = self._connection.execute(select(unread).order_by(unread.c.path))
        return [NoteError(r.message, path=r.path, line=r.line, hint=r.hint) for r in rows]

    def find(self, name: str) -> int | None:
        """Return the note that a link's target names: by file name, or by the end of its path.

        Of several the learner's own, then the course's: a lab may have the name of its note, and
        ``labs/NAME`` is always the lab.
        """
        tail = name.removeprefix("./").removeprefix("../")
        leads = [
            func.lower(note.c.name) == tail.lower(),
            note.c.path.endswith(f"/{tail}.md", autoescape=True),
        ]
        if tail.lower().startswith(LABS):
            leads.append(("/" + note.c.path).endswith(f"/{tail}/{README}", autoescape=True))
        query = (
            select(note.c.id)
            .where(note.c.retired_at.is_(None), or_(*leads))
            .order_by(note.c.origin != "user", note.c.origin, note.c.id)
            .limit(1)
        )
        return self._connection.execute(query).scalar()


def _stored(row: RowMapping) -> StoredNote:
    return StoredNote(
        id=row["id"],
        path=row["path"],
        name=row["name"],
        origin=row["origin"],
        title=row["title"],
        front_matter=row["front_matter"],
        imported_at=from_ms(row["imported_at"]),
        paused=row["paused_at"] is not None,
        problems=row["problems"],
    )
