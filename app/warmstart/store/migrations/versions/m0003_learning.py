"""An index of the few cards in learning: the first card must not wait for a look at all due ones.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index."""
    op.create_index(
        "ix_card_learning",
        "card",
        ["due"],
        unique=False,
        sqlite_where=sa.text(
            "phase IN (1, 3) AND retired_at IS NULL AND suspended_at IS NULL AND paused = 0"
        ),
    )
