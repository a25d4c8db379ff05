"""What a learner does to cards, undo of undo, tags, goals, and sums of the reviews.

The log is made anew, because SQLite cannot change the check on its kinds; nothing it says changes.
What each review's interval had been follows from the entry before it.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_KINDS = (
    "'reviewed', 'crammed', 'undone', 'imported', 'reset', 'rescheduled', 'suspended', 'resumed',"
    " 'buried', 'unburied', 'flagged', 'remarked', 'reported', 'leech', 'tagged', 'untagged',"
    " 'moved', 'parameters'"
)
_KEPT = (
    "id, at, kind, card_id, rating, duration, before, phase, step, due, entry, stability,"
    " difficulty, last_review, elsewhere"
)


def upgrade() -> None:
    """Add what cards carry, rebuild the log, make the new tables."""
    for column in (
        sa.Column("buried_until", sa.Integer(), nullable=True),
        sa.Column("flag", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("remark", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("reported", sa.Text(), nullable=True),
        sa.Column("leech", sa.Boolean(), server_default=sa.text("0"), nullable=False),
        sa.Column("own_deck", sa.Text(), nullable=True),
        sa.Column("preset", sa.Text(), server_default=sa.text("''"), nullable=False),
    ):
        op.add_column("card", column)
    _log()
    op.create_table(
        "note_tag",
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("note_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["note_id"], ["note.id"], name="fk_note_tag_note_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tag", "note_id", name="pk_note_tag"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_note_tag_note_id", "note_tag", ["note_id"], unique=False)
    op.execute(
        "INSERT OR IGNORE INTO note_tag (tag, note_id)"
        " SELECT value, note.id FROM note, json_each(front_matter, '$.tags')"
    )
    op.create_table(
        "card_tag",
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("card_id", sa.Integer(), nullable=False),
        sa.Column("own", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["card_id"], ["card.id"], name="fk_card_tag_card_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tag", "card_id", "own", name="pk_card_tag"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_card_tag_card_id", "card_tag", ["card_id"], unique=False)
    op.create_table(
        "review_total",
        sa.Column("quarter", sa.Integer(), nullable=False),
        sa.Column("phase", sa.Integer(), nullable=False),
        sa.Column("span", sa.Integer(), nullable=False),
        sa.Column("rating", sa.Integer(), nullable=False),
        sa.Column("reviews", sa.Integer(), nullable=False),
        sa.Column("duration", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("quarter", "phase", "span", "rating", name="pk_review_total"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "goal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("note_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("mastery", sa.Integer(), nullable=False),
        sa.Column("by_day", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["note_id"], ["note.id"], name="fk_goal_note_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_goal"),
        sa.UniqueConstraint("note_id", "kind", "slug", name="uq_goal_note_id_kind_slug"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_goal_note_id", "goal", ["note_id"], unique=False)
    op.create_table(
        "meta",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_meta"),
        sqlite_with_rowid=False,
    )


def _log() -> None:
    """Copy the log into a table that knows the new kinds, and put it in the place of the old.

    Its own foreign key names the new table, and follows when that is renamed. Dropping a table
    fires no trigger, so those that keep the log append-only go with the old and are made again.
    """
    op.create_table(
        "new_log",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("card_id", sa.Integer(), nullable=True),
        sa.Column("batch", sa.Integer(), nullable=True),
        sa.Column("rating", sa.Integer(), nullable=True),
        sa.Column("duration", sa.Integer(), nullable=True),
        sa.Column("before", sa.Integer(), nullable=True),
        sa.Column("phase", sa.Integer(), nullable=True),
        sa.Column("step", sa.Integer(), nullable=True),
        sa.Column("due", sa.Integer(), nullable=True),
        sa.Column("interval", sa.Integer(), nullable=True),
        sa.Column("entry", sa.Integer(), nullable=True),
        sa.Column("stability", sa.Float(), nullable=True),
        sa.Column("difficulty", sa.Float(), nullable=True),
        sa.Column("last_review", sa.Integer(), nullable=True),
        sa.Column("elsewhere", sa.Boolean(), nullable=True),
        sa.Column("value", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.CheckConstraint(f"kind IN ({_KINDS})", name="ck_log_kind"),
        sa.ForeignKeyConstraint(["card_id"], ["card.id"], name="fk_log_card_id"),
        sa.ForeignKeyConstraint(["entry"], ["new_log.id"], name="fk_log_entry"),
        sa.PrimaryKeyConstraint("id", name="pk_log"),
        sqlite_autoincrement=True,
    )
    op.execute(
        "WITH gap AS ("
        " SELECT id, lag(due) OVER card - lag(coalesce(last_review, at)) OVER card AS interval"
        " FROM log WHERE kind IN ('reviewed', 'imported')"
        " AND id NOT IN (SELECT entry FROM log WHERE entry IS NOT NULL)"
        " WINDOW card AS (PARTITION BY card_id ORDER BY id))"
        f" INSERT INTO new_log ({_KEPT}, interval)"
        f" SELECT {_KEPT}, CASE WHEN before > 0 THEN interval END"
        " FROM log LEFT JOIN gap USING (id) ORDER BY id"
    )
    op.execute("UPDATE new_log SET elsewhere = 1 WHERE kind = 'suspended'")
    op.drop_table("log")
    op.rename_table("new_log", "log")
    op.create_index("ix_log_at", "log", ["at"], unique=False)
    op.create_index("ix_log_card_id", "log", ["card_id"], unique=False)
    for name, columns, condition in (
        ("ix_log_entry", ["entry"], "entry IS NOT NULL"),
        ("ix_log_batch", ["batch"], "batch IS NOT NULL"),
        ("ix_log_parameters", ["id"], "kind = 'parameters'"),
    ):
        op.create_index(name, "log", columns, unique=False, sqlite_where=sa.text(condition))
    op.execute(
        "CREATE TRIGGER log_is_never_changed BEFORE UPDATE ON log"
        " BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END"
    )
    op.execute(
        "CREATE TRIGGER log_is_never_shortened BEFORE DELETE ON log"
        " BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END"
    )
