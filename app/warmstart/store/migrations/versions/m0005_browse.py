"""Indexes that a search over all cards goes through.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_BROWSED = (
    "rank",
    "note_id",
    "position",
    "kind",
    "deck",
    "own_deck",
    "phase",
    "stability",
    "difficulty",
    "due",
    "last_review",
    "reviews",
    "lapses",
    "suspended_at",
    "paused",
    "buried_until",
    "flag",
    "leech",
    "accepted",
    "created_at",
)


def upgrade() -> None:
    """Make them; the log's index by card knows times and ratings from now on."""
    for name, columns, condition in (
        ("ix_card_browse", list(_BROWSED), "ifnull(retired_at, 0) = 0"),
        ("ix_card_reported", ["id"], "reported IS NOT NULL"),
        ("ix_card_remarked", ["id"], "remark <> ''"),
    ):
        op.create_index(name, "card", columns, unique=False, sqlite_where=sa.text(condition))
    op.create_index("ix_log_card_id_at_rating", "log", ["card_id", "at", "rating"], unique=False)
    op.drop_index("ix_log_card_id", "log")
