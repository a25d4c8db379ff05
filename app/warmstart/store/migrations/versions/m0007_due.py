"""An index of the cards that are due with all that the queue asks of them.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_COLUMNS = (
    "due",
    "id",
    "note_id",
    "passage",
    "phase",
    "buried_until",
    "stability",
    "last_review",
    "retired_at",
    "suspended_at",
    "paused",
)
_STUDIED = "phase > 0 AND retired_at IS NULL AND suspended_at IS NULL AND paused = 0"


def upgrade() -> None:
    """Let it take the place of the one that knows when they are due, and no more."""
    op.drop_index("ix_card_due", "card")
    op.create_index(
        "ix_card_due", "card", list(_COLUMNS), unique=False, sqlite_where=sa.text(_STUDIED)
    )
