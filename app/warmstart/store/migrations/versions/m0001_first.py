"""The first schema: notes, concepts, cards, the log, lab runs.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, and the triggers that keep the log append-only."""
    op.create_table(
        "lab_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("lab", sa.Text(), nullable=False),
        sa.Column("at", sa.Integer(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("knobs", sa.JSON(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("predictions", sa.JSON(), nullable=False),
        sa.Column("checks", sa.JSON(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_lab_run"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_lab_run_lab", "lab_run", ["lab"], unique=False)
    op.create_table(
        "note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("mtime_ns", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("front_matter", sa.JSON(), nullable=False),
        sa.Column("kinds", sa.Text(), nullable=False),
        sa.Column("rank", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("imported_at", sa.Integer(), nullable=False),
        sa.Column("retired_at", sa.Integer(), nullable=True),
        sa.Column("removed_at", sa.Integer(), nullable=True),
        sa.Column("paused_at", sa.Integer(), nullable=True),
        sa.CheckConstraint("origin IN ('user', 'course', 'lab')", name="ck_note_origin"),
        sa.PrimaryKeyConstraint("id", name="pk_note"),
        sa.UniqueConstraint("path", name="uq_note_path"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_note_digest", "note", ["digest"], unique=False)
    op.create_index("ix_note_name", "note", ["name"], unique=False)
    op.create_table(
        "unread",
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("hint", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("path", name="pk_unread"),
    )
    op.create_table(
        "card",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("note_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("front", sa.Text(), nullable=False),
        sa.Column("back", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("section", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("block_id", sa.Text(), nullable=True),
        sa.Column("passage", sa.Integer(), nullable=False),
        sa.Column("deck", sa.Text(), nullable=True),
        sa.Column("rank", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", sa.Integer(), nullable=False),
        sa.Column("retired_at", sa.Integer(), nullable=True),
        sa.Column("suspended_at", sa.Integer(), nullable=True),
        sa.Column("paused", sa.Boolean(), server_default=sa.text("0"), nullable=False),
        sa.Column("accepted", sa.Boolean(), server_default=sa.text("0"), nullable=False),
        sa.Column("phase", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("step", sa.Integer(), nullable=True),
        sa.Column("stability", sa.Float(), nullable=True),
        sa.Column("difficulty", sa.Float(), nullable=True),
        sa.Column("due", sa.Integer(), nullable=True),
        sa.Column("last_review", sa.Integer(), nullable=True),
        sa.Column("reviews", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("lapses", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint(
            "(phase = 0) = (stability IS NULL) AND (phase = 0) = (due IS NULL)",
            name="ck_card_memory",
        ),
        sa.ForeignKeyConstraint(["note_id"], ["note.id"], name="fk_card_note_id"),
        sa.PrimaryKeyConstraint("id", name="pk_card"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_card_due",
        "card",
        ["due"],
        unique=False,
        sqlite_where=sa.text(
            "phase > 0 AND retired_at IS NULL AND suspended_at IS NULL AND paused = 0"
        ),
    )
    op.create_index("ix_card_fingerprint", "card", ["fingerprint"], unique=False)
    op.create_index(
        "ix_card_new",
        "card",
        ["rank", "note_id", "position"],
        unique=False,
        sqlite_where=sa.text(
            "phase = 0 AND retired_at IS NULL AND suspended_at IS NULL AND paused = 0"
        ),
    )
    op.create_index("ix_card_note_id", "card", ["note_id"], unique=False)
    op.create_table(
        "concept",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("note_id", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["note_id"], ["note.id"], name="fk_concept_note_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["concept.id"], name="fk_concept_parent_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_concept"),
        sa.UniqueConstraint("note_id", "kind", "slug", name="uq_concept_note_id_kind_slug"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_concept_parent_id", "concept", ["parent_id"], unique=False)
    op.create_table(
        "link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("note_id", sa.Integer(), nullable=False),
        sa.Column("relation", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("heading", sa.Text(), nullable=True),
        sa.Column("alias", sa.Text(), nullable=True),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "relation IN ('prerequisite', 'related', 'text')", name="ck_link_relation"
        ),
        sa.ForeignKeyConstraint(
            ["note_id"], ["note.id"], name="fk_link_note_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_link"),
    )
    op.create_index("ix_link_note_id", "link", ["note_id"], unique=False)
    op.create_index("ix_link_target", "link", ["target"], unique=False)
    op.create_table(
        "note_text",
        sa.Column("note_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["note_id"], ["note.id"], name="fk_note_text_note_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("note_id", name="pk_note_text"),
    )
    op.create_table(
        "problem",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("note_id", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("hint", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["note_id"], ["note.id"], name="fk_problem_note_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_problem"),
    )
    op.create_index("ix_problem_note_id", "problem", ["note_id"], unique=False)
    op.create_table(
        "suggestion_state",
        sa.Column("note_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["note_id"], ["note.id"], name="fk_suggestion_state_note_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("note_id", name="pk_suggestion_state"),
    )
    op.create_table(
        "card_concept",
        sa.Column("concept_id", sa.Integer(), nullable=False),
        sa.Column("card_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["card_id"], ["card.id"], name="fk_card_concept_card_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["concept_id"], ["concept.id"], name="fk_card_concept_concept_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("concept_id", "card_id", name="pk_card_concept"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_card_concept_card_id", "card_concept", ["card_id"], unique=False)
    op.create_table(
        "log",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("card_id", sa.Integer(), nullable=True),
        sa.Column("rating", sa.Integer(), nullable=True),
        sa.Column("duration", sa.Integer(), nullable=True),
        sa.Column("before", sa.Integer(), nullable=True),
        sa.Column("phase", sa.Integer(), nullable=True),
        sa.Column("step", sa.Integer(), nullable=True),
        sa.Column("due", sa.Integer(), nullable=True),
        sa.Column("entry", sa.Integer(), nullable=True),
        sa.Column("stability", sa.Float(), nullable=True),
        sa.Column("difficulty", sa.Float(), nullable=True),
        sa.Column("last_review", sa.Integer(), nullable=True),
        sa.Column("elsewhere", sa.Boolean(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('reviewed', 'undone', 'imported', 'reset', 'suspended', 'resumed')",
            name="ck_log_kind",
        ),
        sa.ForeignKeyConstraint(["card_id"], ["card.id"], name="fk_log_card_id"),
        sa.ForeignKeyConstraint(["entry"], ["log.id"], name="fk_log_entry"),
        sa.PrimaryKeyConstraint("id", name="pk_log"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_log_at", "log", ["at"], unique=False)
    op.create_index("ix_log_card_id", "log", ["card_id"], unique=False)
    op.create_index(
        "ix_log_entry", "log", ["entry"], unique=False, sqlite_where=sa.text("entry IS NOT NULL")
    )
    op.create_table(
        "suggestion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("note_id", sa.Integer(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("front", sa.Text(), nullable=False),
        sa.Column("back", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("last_line", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("marks", sa.JSON(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("card_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(state = 'accepted') = (card_id IS NOT NULL)", name="ck_suggestion_card"
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'accepted', 'dismissed')", name="ck_suggestion_state"
        ),
        sa.ForeignKeyConstraint(["card_id"], ["card.id"], name="fk_suggestion_card_id"),
        sa.ForeignKeyConstraint(
            ["note_id"], ["note.id"], name="fk_suggestion_note_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_suggestion"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_suggestion_note_id", "suggestion", ["note_id"], unique=False)
    op.execute(
        "CREATE TRIGGER log_is_never_changed BEFORE UPDATE ON log"
        " BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END"
    )
    op.execute(
        "CREATE TRIGGER log_is_never_shortened BEFORE DELETE ON log"
        " BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END"
    )
    # Full text. Words as people write them, with prefixes; and, for text in scripts that part no
    # words, every three characters. A document's rowid is twice the id of its note, or of its card
    # plus one. What is indexed is remembered by the note's digest: indexing comes after importing.
    for name, tokenize in (
        ("search_words", "unicode61 remove_diacritics 2', prefix='2 3"),
        ("search_trigrams", "trigram"),
    ):
        op.execute(f"CREATE VIRTUAL TABLE {name} USING fts5(title, body, tokenize='{tokenize}')")
    op.create_table(
        "search_state",
        sa.Column("note_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["note_id"], ["note.id"], name="fk_search_state_note_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("note_id", name="pk_search_state"),
    )
