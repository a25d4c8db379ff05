"""Indexes of the cards that have a preset: each preset has a queue of its own, and may have few.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_ACTIVE = "retired_at IS NULL AND suspended_at IS NULL AND paused = 0 AND preset <> ''"


def upgrade() -> None:
    """Make the indexes."""
    op.create_index(
        "ix_card_preset_due",
        "card",
        ["preset", "due"],
        unique=False,
        sqlite_where=sa.text(f"phase > 0 AND {_ACTIVE}"),
    )
    op.create_index(
        "ix_card_preset_new",
        "card",
        ["preset", "rank", "note_id", "position"],
        unique=False,
        sqlite_where=sa.text(f"phase = 0 AND {_ACTIVE}"),
    )
