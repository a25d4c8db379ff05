"""The exceptions of PEP 249, and which of MySQL's errors are which."""

from __future__ import annotations

import builtins

LOST = 2013


class MySQLError(Exception):
    """Whatever has to do with MySQL."""


class Warning(builtins.Warning, MySQLError):  # noqa: A001 — its name in PEP 249
    """Something worth knowing."""


class Error(MySQLError):
    """Whatever fails."""


class InterfaceError(Error):
    """The connection is not open."""


class DatabaseError(Error):
    """The database refuses something."""


class DataError(DatabaseError):
    """A value does not fit."""


class OperationalError(DatabaseError):
    """The database, or the way to it, is not as it should be."""


class IntegrityError(DatabaseError):
    """A key is there already, or missing."""


class InternalError(DatabaseError):
    """The database has lost its way."""


class ProgrammingError(DatabaseError):
    """The statement is wrong."""


class NotSupportedError(DatabaseError):
    """This cannot be done here."""


_KINDS: dict[int, type[DatabaseError]] = {
    1062: IntegrityError,
    1064: ProgrammingError,
    1146: ProgrammingError,
    1235: NotSupportedError,
}


def of(code: int, message: str) -> DatabaseError:
    """Return the exception for one of MySQL's errors."""
    return _KINDS.get(code, OperationalError)(code, message)
