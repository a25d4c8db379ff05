"""The tables, as the newest schema has them.

Two triggers, which metadata cannot describe, stand in the first migration: the log is append-only
for every writer, not for ours alone.

Times are integers: milliseconds since the epoch, UTC. Ids are integers that are never used twice.
What a card's memory is follows from the log; its columns here are kept beside it for speed.
A test holds these tables against what the migrations build.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

SCHEMA = 1
"""The number of the newest schema, which is SQLite's ``user_version`` of the store."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

note = Table(
    "note",
    metadata,
    Column("id", Integer, primary_key=True),
    # An absolute path, or "course/…" and "labs/…" for what is bundled: those survive a new install.
    Column("path", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False, index=True),
    Column("origin", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("mtime_ns", Integer, nullable=False),
    Column("digest", Text, nullable=False, index=True),
    Column("front_matter", JSON, nullable=False),
    # How many cards of each kind it states, as JSON text: an import that changes nothing says so
    # without a look at the cards.
    Column("kinds", Text, nullable=False),
    Column("rank", Integer, nullable=False, server_default=text("0")),
    Column("imported_at", Integer, nullable=False),
    Column("retired_at", Integer),
    # A removed note is retired too, and stays so until its file is named in an import.
    Column("removed_at", Integer),
    Column("paused_at", Integer),
    CheckConstraint("origin IN ('user', 'course', 'lab')", name="origin"),
    sqlite_autoincrement=True,
)

# Apart from the note: what looks at all notes must not wade through all their text.
note_text = Table(
    "note_text",
    metadata,
    Column("note_id", ForeignKey("note.id", ondelete="CASCADE"), primary_key=True),
    Column("text", Text, nullable=False),
)

concept = Table(
    "concept",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("note_id", ForeignKey("note.id", ondelete="CASCADE"), nullable=False),
    Column("parent_id", ForeignKey("concept.id", ondelete="CASCADE"), index=True),
    Column("kind", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("slug", Text, nullable=False),
    Column("line", Integer, nullable=False),
    Column("position", Integer, nullable=False),
    UniqueConstraint("note_id", "kind", "slug"),
    sqlite_autoincrement=True,
)

link = Table(
    "link",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("note_id", ForeignKey("note.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("relation", Text, nullable=False),
    Column("target", Text, nullable=False, index=True),
    Column("heading", Text),
    Column("alias", Text),
    Column("line", Integer, nullable=False),
    CheckConstraint("relation IN ('prerequisite', 'related', 'text')", name="relation"),
)

problem = Table(
    "problem",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("note_id", ForeignKey("note.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("line", Integer, nullable=False),
    Column("message", Text, nullable=False),
    Column("hint", Text),
)

card = Table(
    "card",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("note_id", ForeignKey("note.id"), nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("front", Text, nullable=False),
    Column("back", Text, nullable=False),
    Column("fingerprint", Text, nullable=False, index=True),
    Column("section", Text, nullable=False),
    Column("slug", Text, nullable=False),
    Column("line", Integer, nullable=False),
    Column("position", Integer, nullable=False),
    Column("block_id", Text),
    # The cards of one passage (two directions, several clozes) are siblings; so is nothing else.
    Column("passage", Integer, nullable=False),
    Column("deck", Text),
    # Its note's place in the learning path: new cards are met in this order.
    Column("rank", Integer, nullable=False, server_default=text("0")),
    Column("created_at", Integer, nullable=False),
    Column("retired_at", Integer),
    Column("suspended_at", Integer),
    # Its note is paused: kept beside the card, because every query of study asks for it.
    Column("paused", Boolean, nullable=False, server_default=text("0")),
    # A suggestion that was accepted is the learner's: its card stays when its passage goes.
    Column("accepted", Boolean, nullable=False, server_default=text("0")),
    Column("phase", Integer, nullable=False, server_default=text("0")),
    Column("step", Integer),
    Column("stability", Float),
    Column("difficulty", Float),
    Column("due", Integer),
    Column("last_review", Integer),
    Column("reviews", Integer, nullable=False, server_default=text("0")),
    Column("lapses", Integer, nullable=False, server_default=text("0")),
    CheckConstraint(
        "(phase = 0) = (stability IS NULL) AND (phase = 0) = (due IS NULL)", name="memory"
    ),
    sqlite_autoincrement=True,
)
_ACTIVE = "retired_at IS NULL AND suspended_at IS NULL AND paused = 0"
Index("ix_card_due", card.c.due, sqlite_where=text(f"phase > 0 AND {_ACTIVE}"))
Index(
    "ix_card_new",
    card.c.rank,
    card.c.note_id,
    card.c.position,
    sqlite_where=text(f"phase = 0 AND {_ACTIVE}"),
)

card_concept = Table(
    "card_concept",
    metadata,
    Column("concept_id", ForeignKey("concept.id", ondelete="CASCADE"), primary_key=True),
    Column("card_id", ForeignKey("card.id", ondelete="CASCADE"), primary_key=True, index=True),
    sqlite_with_rowid=False,
)

log = Table(
    "log",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Integer, nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("card_id", ForeignKey("card.id"), index=True),
    Column("rating", Integer),
    Column("duration", Integer),
    Column("before", Integer),
    Column("phase", Integer),
    Column("step", Integer),
    Column("due", Integer),
    Column("entry", ForeignKey("log.id")),
    # Of an imported state alone: what else it begins with.
    Column("stability", Float),
    Column("difficulty", Float),
    Column("last_review", Integer),
    # Of a review alone: it came with an import from another program.
    Column("elsewhere", Boolean),
    CheckConstraint(
        "kind IN ('reviewed', 'undone', 'imported', 'reset', 'suspended', 'resumed')", name="kind"
    ),
    sqlite_autoincrement=True,
)
Index("ix_log_entry", log.c.entry, sqlite_where=text("entry IS NOT NULL"))

suggestion = Table(
    "suggestion",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("note_id", ForeignKey("note.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("rule", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("front", Text, nullable=False),
    Column("back", Text, nullable=False),
    Column("line", Integer, nullable=False),
    Column("last_line", Integer, nullable=False),
    Column("position", Integer, nullable=False),
    Column("marks", JSON, nullable=False),
    Column("state", Text, nullable=False),
    Column("card_id", ForeignKey("card.id")),
    CheckConstraint("state IN ('waiting', 'accepted', 'dismissed')", name="state"),
    CheckConstraint("(state = 'accepted') = (card_id IS NOT NULL)", name="card"),
    sqlite_autoincrement=True,
)

# Files that an import met and could not read; a note that was read has its problems there.
unread = Table(
    "unread",
    metadata,
    Column("path", Text, primary_key=True),
    Column("line", Integer),
    Column("message", Text, nullable=False),
    Column("hint", Text),
)

lab_run = Table(
    "lab_run",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("lab", Text, nullable=False, index=True),
    Column("at", Integer, nullable=False),
    Column("seed", Integer, nullable=False),
    Column("knobs", JSON, nullable=False),
    Column("figures", JSON, nullable=False),
    Column("predictions", JSON, nullable=False),
    Column("checks", JSON, nullable=False),
    Column("digest", Text, nullable=False),
    sqlite_autoincrement=True,
)

# What the suggestions of a note were made from: like the index, they come after the import.
suggestion_state = Table(
    "suggestion_state",
    metadata,
    Column("note_id", ForeignKey("note.id", ondelete="CASCADE"), primary_key=True),
    Column("digest", Text, nullable=False),
)

# The two FTS5 tables beside it, search_words and search_trigrams, are beyond metadata; the first
# migration makes them.
search_state = Table(
    "search_state",
    metadata,
    Column("note_id", ForeignKey("note.id", ondelete="CASCADE"), primary_key=True),
    Column("digest", Text, nullable=False),
)
