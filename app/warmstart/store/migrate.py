"""Bringing a store up to the schema of this version: a backup first, then all steps or none."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from warmstart.store.backups import copy
from warmstart.store.connection import SCHEMA

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection


def backup(store: Path, folder: Path, schema: int, at: datetime) -> Path:
    """Copy the store into ``folder`` before it is migrated from this schema."""
    target = folder / f"warmstart-schema{schema}-{at:%Y%m%dT%H%M%SZ}.db"
    copy(store, target)
    return target


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Run the missing migrations, up to one, within the connection's transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
    connection.exec_driver_sql(f"PRAGMA user_version = {SCHEMA}")
