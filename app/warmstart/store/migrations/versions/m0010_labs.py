"""What labs leave behind: challenges, cards, help, trusted folders, figures of sweeps.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column and the tables."""
    op.add_column("lab_run", sa.Column("challenge", sa.JSON()))
    op.create_table(
        "lab_card",
        sa.Column("card_id", sa.Integer(), nullable=False),
        sa.Column("lab", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("setting", sa.JSON(), nullable=False),
        sa.Column("concepts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["card_id"], ["card.id"], name=op.f("fk_lab_card_card_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("card_id", name=op.f("pk_lab_card")),
        sa.UniqueConstraint("lab", "name", name=op.f("uq_lab_card_lab_name")),
    )
    op.create_table(
        "lab_help",
        sa.Column("lab", sa.Text(), nullable=False),
        sa.Column("hints", sa.Integer(), nullable=False),
        sa.Column("solution", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("lab", name=op.f("pk_lab_help")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "lab_folder",
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("trusted_at", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("path", name=op.f("pk_lab_folder")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "lab_figure",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_lab_figure")),
        sqlite_with_rowid=False,
    )
