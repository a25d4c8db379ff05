"""The sqlite3 connection below one of SQLAlchemy's: the same transaction, without the toll."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Connection


def sqlite_of(connection: Connection) -> sqlite3.Connection:
    """Return the connection that ``connection`` drives."""
    driven = connection.connection.driver_connection
    assert isinstance(driven, sqlite3.Connection)
    return driven
