"""Sums of the reviews by day and by hour, and an index of the few cards that rest.

Sums by quarters of an hour would be as many as the reviews of someone who studies all day round.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the sums anew; they are filled when someone looks."""
    op.drop_table("review_total")
    op.create_table(
        "review_total",
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("stage", sa.Integer(), nullable=False),
        sa.Column("span", sa.Integer(), nullable=False),
        sa.Column("rating", sa.Integer(), nullable=False),
        sa.Column("reviews", sa.Integer(), nullable=False),
        sa.Column("duration", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "stage", "span", "rating", name="pk_review_total"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "hour_total",
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("reviews", sa.Integer(), nullable=False),
        sa.Column("recalled", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "hour", name="pk_hour_total"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_card_resting",
        "card",
        ["note_id"],
        unique=False,
        sqlite_where=sa.text("retired_at IS NULL AND (suspended_at IS NOT NULL OR paused = 1)"),
    )
