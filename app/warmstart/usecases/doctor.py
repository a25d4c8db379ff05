"""The doctor: everything that must hold of a store, looked at, and put right where that is asked.

It takes nothing for granted, and so works where the store cannot be opened: the file first, then
the schema, then what the tables say of one another, and last what the log says of all of it. Before
anything is put right, a copy of the store is made; each repair says what it did, and everything is
looked at again afterwards.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from warmstart import settings as settings_file
from warmstart.errors import InputError, StoreBusy, StoreError
from warmstart.settings import Settings
from warmstart.store import backups as copies
from warmstart.store.connection import SCHEMA, read_only, schema_of
from warmstart.study.day import Days
from warmstart.text import counted
from warmstart.usecases import backups
from warmstart.usecases.consistency import CHECKS, keep_schedules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from warmstart.paths import Home
    from warmstart.usecases.clock import Clock
    from warmstart.usecases.workspace import Workspace

T = TypeVar("T")
_ROUNDS = 4
"""Looks at most: putting one thing right may bring another to light."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of one check."""

    check: str
    wrong: str | None = None
    """A sentence; None where all is well."""
    mend: Callable[[], str] | None = None
    """Puts it right and says what it did; None where only the learner can."""


@dataclass(frozen=True, slots=True)
class Report:
    """What was found, and what was done."""

    findings: tuple[Finding, ...]
    """Of the last look: what is wrong here is wrong still."""
    repairs: tuple[str, ...] = ()
    before: Path | None = None
    """The copy made before the first repair."""

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong any longer."""
        return all(finding.wrong is None for finding in self.findings)


def examine(home: Home, clock: Clock, *, repair: bool = False) -> Report:
    """Look at everything; put right what can be if ``repair``.

    Raises:
        StoreBusy: a repair is wanted while another Warmstart has the store open.
        StoreError: the copy before the first repair could not be made; nothing was changed.
    """
    report = Report(tuple(_look(home, clock)))
    for _ in range(_ROUNDS if repair else 0):
        mends = [f.mend for f in report.findings if f.wrong is not None and f.mend is not None]
        if not mends:
            break
        if copies.in_use(home.store):
            raise StoreBusy(
                f"Another Warmstart has {home.store} open.",
                hint="Nothing was changed: leave it there, and try again.",
            )
        if report.before is None:
            report = replace(report, before=backups.keep(home, "repair", clock()))
        done = tuple(mend() for mend in mends)
        report = replace(report, findings=tuple(_look(home, clock)), repairs=report.repairs + done)
    return report


def _look(home: Home, clock: Clock) -> Iterator[Finding]:
    """Yield what each check found, as far as the one before lets the next look."""
    settings, finding = _settings(home)
    yield finding
    if not home.store.exists():
        yield Finding("file")
        return
    if wrong := copies.damage(home.store):
        yield _damaged(home, clock, settings, wrong)
        return
    yield Finding("file")
    with closing(read_only(home.store)) as connection:
        schema = schema_of(connection)
        finding = _schema(home, schema, connection)
        yield finding
        if finding.wrong is not None or schema != SCHEMA:
            return
        orphans = connection.execute("PRAGMA foreign_key_check").fetchall()
    yield _keys(home, orphans)
    if orphans:
        return
    workspace = _workspace(home, clock, settings)
    try:
        for check in CHECKS:
            wrong_here = check.look(workspace)
            mend = None if wrong_here is None else _mending(home, clock, settings, check.mend)
            yield Finding(check.name, wrong_here, mend)
    except StoreError as error:
        yield Finding("store", str(error))
    finally:
        workspace.close()


def _settings(home: Home) -> tuple[Settings, Finding]:
    try:
        return settings_file.load(home.settings), Finding("settings")
    except InputError as error:
        return Settings(), Finding("settings", str(error))


def _damaged(home: Home, clock: Clock, settings: Settings, wrong: list[str]) -> Finding:
    more = f", and {len(wrong) - 1} more" if wrong[1:] else ""
    first = f"The file is damaged: {wrong[0].rstrip('.')}{more}."
    newest = next((b.path for b in backups.listed(home) if not copies.damage(b.path)), None)
    if newest is not None:
        first += f" The newest sound backup is {newest}."
    if all("index" in line for line in wrong):
        return Finding("file", first, lambda: _reindex(home))
    return Finding("file", first, lambda: _salvage(home, clock, settings))


def _reindex(home: Home) -> str:
    try:
        with closing(sqlite3.connect(home.store)) as connection:
            connection.execute("REINDEX")
            connection.commit()
    except sqlite3.DatabaseError as error:
        return f"The indexes could not be made again: {error}."
    return "Made the indexes again; no row was lost."


def _salvage(home: Home, clock: Clock, settings: Settings) -> str:
    from warmstart.store.engine import Store
    from warmstart.store.salvage import salvage

    fresh = home.store.with_name(f".{home.store.name}.salvaged")
    fresh.unlink(missing_ok=True)
    try:
        with closing(read_only(home.store)) as connection:
            schema = schema_of(connection)
        if schema != SCHEMA:
            return f"Nothing could be saved: the schema is {schema}. Restore a backup."
        Store.open(fresh, home.backups, clock()).close()
        saved = salvage(home.store, fresh)
        backups.replace(home.store, fresh)
        kept = _mending(home, clock, settings, keep_schedules)() if saved["log"][1] else 0
    except (sqlite3.DatabaseError, StoreError) as error:
        return f"Nothing could be saved: {error} Restore a backup."
    finally:
        fresh.unlink(missing_ok=True)
    rows = sum(count for count, _ in saved.values())
    lost = [f"up to {gone} of {table}" for table, (_, gone) in saved.items() if gone]
    said = f"Saved {rows:,} rows into a new file; lost are {', '.join(lost) or 'none'}."
    return said + (f" {counted(kept, 'card')} kept the schedule without its history." * bool(kept))


def _schema(home: Home, schema: int, connection: sqlite3.Connection) -> Finding:
    if schema > SCHEMA:
        return Finding("schema", f"{home.store} was written by a later version of Warmstart.")
    names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    if not schema and names:
        return Finding("schema", f"{home.store} is a database, but not one of Warmstart's.")
    if not schema:
        return Finding("schema")  # an empty file, which opening makes a store of
    if missing := {"log_is_never_changed", "log_is_never_shortened", "card", "note"} - names:
        return Finding("schema", f"The store lacks {', '.join(sorted(missing))}. Restore a backup.")
    return Finding("schema")


def _keys(home: Home, orphans: list[tuple[object, ...]]) -> Finding:
    if not orphans:
        return Finding("references")
    from warmstart.store.salvage import drop_orphans

    tables = sorted({str(table) for table, *_ in orphans})
    rows = "1 row refers" if len(orphans) == 1 else f"{len(orphans)} rows refer"
    said = f"{rows} to what is not there, in {', '.join(tables)}."
    if tables == ["log"]:
        return Finding("references", f"{said} The log is never changed: restore a backup.")
    return Finding(
        "references",
        said,
        lambda: f"Took out {drop_orphans(home.store)} rows that referred to what is not there.",
    )


def _workspace(home: Home, clock: Clock, settings: Settings) -> Workspace:
    from warmstart.store.engine import Store
    from warmstart.usecases.workspace import Workspace

    days = Days(settings.study.day_starts_at)
    return Workspace(home, settings, clock, days, Store(home.store))


def _mending(
    home: Home, clock: Clock, settings: Settings, mend: Callable[[Workspace], T]
) -> Callable[[], T]:
    def done() -> T:
        workspace = _workspace(home, clock, settings)
        try:
            return mend(workspace)
        finally:
            workspace.close()

    return done
