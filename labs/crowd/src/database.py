"""The shop's database, and how long a connection to it is kept: HOLD says so."""

import os
from contextlib import contextmanager
from functools import partial

import pymysql

HOLD = os.environ["HOLD"]
"""``environment``: until the environment ends; ``call``: for one; ``statement``: for one."""

_kept = None


def connect():
    """Open a connection."""
    return pymysql.connect(
        host=os.environ["DB_HOST"],
        user=os.environ["DB_USER"],
        password=os.environ["DB_PASSWORD"],
        database="shop",
        cursorclass=pymysql.cursors.DictCursor,
    )


@contextmanager
def session():
    """Give what executes statements during a call."""
    if HOLD == "environment":
        yield partial(_execute, _environment())
    elif HOLD == "call":
        with connect() as connection:
            yield partial(_execute, connection)
    else:
        yield _once


def _environment():
    """Return the environment's own connection, opened by its first call."""
    global _kept  # noqa: PLW0603 - what outlives a call is a global of the module
    if _kept is None:
        _kept = connect()
    return _kept


def _once(statement, values=None):
    with connect() as connection:
        return _execute(connection, statement, values)


def _execute(connection, statement, values=None):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()
