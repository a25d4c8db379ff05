"""The notes in use, summed up by folder, for imports that find nothing changed.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_STAMPS = ("path", "size", "mtime_ns", "kinds", "retired_at")


def upgrade() -> None:
    """Make the table, the triggers that empty it, and the index that it is made from."""
    op.create_index(
        "ix_note_in_use",
        "note",
        list(_STAMPS),
        unique=False,
        sqlite_where=sa.text("retired_at IS NULL"),
    )
    op.create_table(
        "folder",
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("notes", sa.Integer(), nullable=False),
        sa.Column("kinds", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("path", name=op.f("pk_folder")),
        sqlite_with_rowid=False,
    )
    for name, event in (
        ("note_was_added", "INSERT"),
        ("note_was_changed", f"UPDATE OF {', '.join(_STAMPS)}"),
        ("note_was_deleted", "DELETE"),
    ):
        op.execute(f"CREATE TRIGGER {name} AFTER {event} ON note BEGIN DELETE FROM folder; END")  # noqa: S608
