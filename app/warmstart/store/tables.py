"""The tables, as the newest schema has them.

Triggers, which metadata cannot describe, stand in the migrations, because they hold for every
writer, not for ours alone: the log is append-only, and what is summed up of the notes by folder
goes when one of them changes.

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
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from warmstart.store.conditions import ACTIVE, IN_LEARNING
from warmstart.store.entries import KINDS

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

# What an import asks of the notes in use to see that no file has changed.
Index(
    "ix_note_in_use",
    note.c.path,
    note.c.size,
    note.c.mtime_ns,
    note.c.kinds,
    note.c.retired_at,
    sqlite_where=text("retired_at IS NULL"),
)

# The same, summed up by folder. Triggers empty it whenever a note changes.
folder = Table(
    "folder",
    metadata,
    Column("path", Text, primary_key=True),
    Column("digest", LargeBinary, nullable=False),
    Column("notes", Integer, nullable=False),
    Column("kinds", Text, nullable=False),
    sqlite_with_rowid=False,
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
    # What the learner did to it, as the log says.
    Column("buried_until", Integer),
    Column("flag", Integer, nullable=False, server_default=text("0")),
    Column("remark", Text, nullable=False, server_default=text("''")),
    Column("reported", Text),
    Column("leech", Boolean, nullable=False, server_default=text("0")),
    # The learner's own choice of a deck, which goes before what the note says.
    Column("own_deck", Text),
    # The preset of the settings that it is studied by; empty stands for what holds for all.
    Column("preset", Text, nullable=False, server_default=text("''")),
    CheckConstraint(
        "(phase = 0) = (stability IS NULL) AND (phase = 0) = (due IS NULL)", name="memory"
    ),
    sqlite_autoincrement=True,
)
# All that the queue asks of those that are due, in their order: a card is wide, and to go to each
# of a thousand takes longer than all the rest that stands before the first card.
Index(
    "ix_card_due",
    card.c.due,
    card.c.id,
    card.c.note_id,
    card.c.passage,
    card.c.phase,
    card.c.buried_until,
    card.c.stability,
    card.c.last_review,
    # The same in every entry: SQLite counts what a condition names as asked for.
    card.c.retired_at,
    card.c.suspended_at,
    card.c.paused,
    sqlite_where=text(f"phase > 0 AND {ACTIVE}"),
)
Index("ix_card_learning", card.c.due, sqlite_where=text(IN_LEARNING))
Index(
    "ix_card_new",
    card.c.rank,
    card.c.note_id,
    card.c.position,
    sqlite_where=text(f"phase = 0 AND {ACTIVE}"),
)
# Each preset has a queue of its own.
Index(
    "ix_card_preset_due",
    card.c.preset,
    card.c.due,
    sqlite_where=text(f"phase > 0 AND {ACTIVE} AND preset <> ''"),
)
Index(
    "ix_card_preset_new",
    card.c.preset,
    card.c.rank,
    card.c.note_id,
    card.c.position,
    sqlite_where=text(f"phase = 0 AND {ACTIVE} AND preset <> ''"),
)
# What a search looks at, beside the long texts: going through it takes a third of the time. It
# stands in the order of the notes, which is the order that a search gives unless told otherwise.
# The condition is worded so that no query of study is led astray by it: SQLite takes a partial
# index only where a query says the very same.
Index(
    "ix_card_browse",
    card.c.rank,
    card.c.note_id,
    card.c.position,
    card.c.kind,
    card.c.deck,
    card.c.own_deck,
    card.c.phase,
    card.c.stability,
    card.c.difficulty,
    card.c.due,
    card.c.last_review,
    card.c.reviews,
    card.c.lapses,
    card.c.suspended_at,
    card.c.paused,
    card.c.buried_until,
    card.c.flag,
    card.c.leech,
    card.c.accepted,
    card.c.created_at,
    sqlite_where=text("ifnull(retired_at, 0) = 0"),
)
Index("ix_card_reported", card.c.id, sqlite_where=text("reported IS NOT NULL"))
Index("ix_card_remarked", card.c.id, sqlite_where=text("remark <> ''"))

Index(
    "ix_card_resting",
    card.c.note_id,
    sqlite_where=text("retired_at IS NULL AND (suspended_at IS NOT NULL OR paused = 1)"),
)

# Of a card in the learner's own words: what its note says. An import compares with this.
stated = Table(
    "stated",
    metadata,
    Column("card_id", ForeignKey("card.id", ondelete="CASCADE"), primary_key=True),
    Column("front", Text, nullable=False),
    Column("back", Text, nullable=False),
)

card_concept = Table(
    "card_concept",
    metadata,
    Column("concept_id", ForeignKey("concept.id", ondelete="CASCADE"), primary_key=True),
    Column("card_id", ForeignKey("card.id", ondelete="CASCADE"), primary_key=True, index=True),
    sqlite_with_rowid=False,
)

# Tags, apart from their note or card so that a search finds them through an index.
note_tag = Table(
    "note_tag",
    metadata,
    Column("tag", Text, primary_key=True),
    Column("note_id", ForeignKey("note.id", ondelete="CASCADE"), primary_key=True, index=True),
    sqlite_with_rowid=False,
)
card_tag = Table(
    "card_tag",
    metadata,
    Column("tag", Text, primary_key=True),
    Column("card_id", ForeignKey("card.id", ondelete="CASCADE"), primary_key=True, index=True),
    # The learner's, by the log; else what the card's source says.
    Column("own", Boolean, primary_key=True),
    sqlite_with_rowid=False,
)

log = Table(
    "log",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Integer, nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("card_id", ForeignKey("card.id")),
    # The first entry of those that one key made together: one undo takes them all.
    Column("batch", Integer),
    Column("rating", Integer),
    Column("duration", Integer),
    Column("before", Integer),
    Column("phase", Integer),
    Column("step", Integer),
    Column("due", Integer),
    Column("interval", Integer),
    Column("entry", ForeignKey("log.id")),
    # Of an imported state alone: what else it begins with.
    Column("stability", Float),
    Column("difficulty", Float),
    Column("last_review", Integer),
    # It came with an import from another program.
    Column("elsewhere", Boolean),
    Column("value", Integer),
    Column("text", Text),
    CheckConstraint("kind IN ({})".format(", ".join(f"'{kind}'" for kind in KINDS)), name="kind"),
    sqlite_autoincrement=True,
)
# A card's entries, and without a look at them, when it was rated what.
Index("ix_log_card_id_at_rating", log.c.card_id, log.c.at, log.c.rating)
Index("ix_log_entry", log.c.entry, sqlite_where=text("entry IS NOT NULL"))
Index("ix_log_batch", log.c.batch, sqlite_where=text("batch IS NOT NULL"))
Index("ix_log_parameters", log.c.id, sqlite_where=text("kind = 'parameters'"))

# Answers that were not undone, summed by study day (an ordinal), up to the entry that ``meta``
# names.
review_total = Table(
    "review_total",
    metadata,
    Column("day", Integer, primary_key=True),
    Column("stage", Integer, primary_key=True),
    Column("span", Integer, primary_key=True),
    Column("rating", Integer, primary_key=True),
    Column("reviews", Integer, nullable=False),
    Column("duration", Integer, nullable=False),
    sqlite_with_rowid=False,
)
hour_total = Table(
    "hour_total",
    metadata,
    Column("day", Integer, primary_key=True),
    Column("hour", Integer, primary_key=True),
    Column("reviews", Integer, nullable=False),
    Column("recalled", Integer, nullable=False),
    sqlite_with_rowid=False,
)

# What the learner wants to know by when; by names, so that it outlives a concept rewritten.
goal = Table(
    "goal",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("note_id", ForeignKey("note.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("slug", Text, nullable=False),
    Column("mastery", Integer, nullable=False),
    Column("by_day", Text, nullable=False),
    Column("created_at", Integer, nullable=False),
    UniqueConstraint("note_id", "kind", "slug"),
    sqlite_autoincrement=True,
)

# What was last done to the store as a whole, by name.
meta = Table(
    "meta",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
    sqlite_with_rowid=False,
)

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
    # How the run stands to the lab's challenge; null where it has none.
    Column("challenge", JSON(none_as_null=True)),
    sqlite_autoincrement=True,
)

# Cards that come from labs: a prediction that was answered, by its name, or with an empty one the
# challenge that was met. Beside the card: where the knobs and the seed stood, and the notes whose
# concepts hold it, by name, because an import makes those links anew.
lab_card = Table(
    "lab_card",
    metadata,
    Column("card_id", ForeignKey("card.id", ondelete="CASCADE"), primary_key=True),
    Column("lab", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("setting", JSON, nullable=False),
    Column("concepts", JSON, nullable=False),
    UniqueConstraint("lab", "name"),
)

# How much help a lab's learner has had since the challenge was met last, if ever.
lab_help = Table(
    "lab_help",
    metadata,
    Column("lab", Text, primary_key=True),
    Column("hints", Integer, nullable=False),
    Column("solution", Integer, nullable=False),
    sqlite_with_rowid=False,
)

# Folders of labs elsewhere on the disk whose code the learner lets run.
lab_folder = Table(
    "lab_folder",
    metadata,
    Column("path", Text, primary_key=True),
    Column("trusted_at", Integer, nullable=False),
    sqlite_with_rowid=False,
)

# Figures of runs that a sweep made, by a digest of all that decides them: so the same again is
# read, not run.
lab_figure = Table(
    "lab_figure",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("figures", JSON, nullable=False),
    sqlite_with_rowid=False,
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
