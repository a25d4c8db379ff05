"""Backups: one a study day by itself, one whenever asked for, and the way back from any of them."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from warmstart.errors import StoreBusy, StoreError, UsageError
from warmstart.store import backups
from warmstart.store.connection import SCHEMA, translated

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from warmstart.paths import Home
    from warmstart.study.day import Days


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy of the store."""

    path: Path
    size: int
    """Bytes."""
    mtime: float
    """When it was made, in seconds since the epoch."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did."""

    source: Path
    before: Path | None
    """The copy of what was there before; None where nothing was."""
    schema: int
    """That of the source: below the present one it was migrated."""


def listed(home: Home) -> list[Backup]:
    """Return the backups there are, the newest first."""
    found = [
        Backup(path, path.stat().st_size, path.stat().st_mtime)
        for path in home.backups.glob("*.db")
    ]
    return sorted(found, key=lambda one: (one.mtime, one.path.name), reverse=True)


def daily(home: Home, days: Days, now: datetime) -> Path | None:
    """Make the copy of this study day, unless there is one, and let older ones go by the rule.

    Returns the copy; None where there was one already.

    Raises:
        StoreError: there is no room for it; or the store is damaged, and then no older copy goes.
    """
    target = home.backups / backups.daily_name(days.day_of(now))
    if target.exists() or not home.store.exists():
        return None
    backups.copy(home.store, target)
    if wrong := backups.damage(target, quick=True):
        target.unlink(missing_ok=True)
        raise StoreError(
            f"The store is damaged ({wrong[0]}), so no backup of it was made; older ones are kept.",
            hint="Leave Warmstart and run `warmstart doctor`.",
        )
    backups.rotate(home.backups)
    return target


def backup(home: Home, target: Path | None, now: datetime) -> Path:
    """Copy the store to a file, or into the folder of backups, and return where it is.

    Raises:
        UsageError: the file exists already.
        StoreError: there is no store, or the copy cannot be written.
    """
    if not home.store.exists():
        raise StoreError(f"There is no store yet at {home.store}.")
    if target is None:
        target = _free(home.backups / f"warmstart-{now:%Y%m%dT%H%M%SZ}.db")
    elif target.is_dir():
        target = _free(target / f"warmstart-{now:%Y%m%dT%H%M%SZ}.db")
    elif target.exists():
        raise UsageError(f"{target} exists already.", hint="Give another name, or move it away.")
    backups.copy(home.store, target)
    return target


def restore(home: Home, source: Path, now: datetime) -> Restored:
    """Put a backup in the store's place, after a backup of what is there.

    ``source`` is a file, or the name of one in the folder of backups. It stays as it is: a copy of
    it is migrated where its schema is an older one, and takes the store's place once it is whole.

    Raises:
        StoreNotADatabase, StoreTooNew: the backup cannot be used; nothing was changed.
        StoreBusy: another Warmstart has the store open; nothing was changed.
        StoreError: there is no room, or no permission; the store is as it was.
    """
    from warmstart.store.engine import Store

    if not source.exists() and (home.backups / source).exists():
        source = home.backups / source
    schema = backups.check_is_store(source)
    if backups.in_use(home.store):
        raise StoreBusy(
            f"Another Warmstart has {home.store} open.",
            hint="Nothing was changed: leave it there, and try again.",
        )
    before = keep(home, "restore", now)
    fresh = home.store.with_name(f".{home.store.name}.restored")
    try:
        backups.copy(source, fresh)
        Store.open(fresh, home.backups, now).close()
        replace(home.store, fresh)
    finally:
        for part in _parts(fresh):
            part.unlink(missing_ok=True)
    return Restored(source, before, min(schema, SCHEMA))


def keep(home: Home, what: str, now: datetime) -> Path | None:
    """Copy the store before ``what`` is done to it; file by file where it is damaged.

    Returns where the copy is; None where there is no store.

    Raises:
        StoreError: the copy cannot be written.
    """
    if not home.store.exists():
        return None
    target = _free(home.backups / f"before-{what}-{now:%Y%m%dT%H%M%SZ}.db")
    try:
        backups.copy(home.store, target)
        return target
    except StoreError:
        with translated(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            for part, copied in zip(_parts(home.store), _parts(target), strict=True):
                if part.exists():
                    shutil.copy2(part, copied)
    return target


def replace(store: Path, fresh: Path) -> None:
    """Let ``fresh``, a store that nobody has open, take the place of ``store``."""
    with translated(store):
        for part in _parts(store)[1:]:
            part.unlink(missing_ok=True)  # of the old file; the new one must not be read with them
        os.replace(fresh, store)  # noqa: PTH105 says itself what it does


def _parts(store: Path) -> list[Path]:
    """Return the files of a store: its own, and those SQLite keeps beside it."""
    return [store, *(store.with_name(store.name + suffix) for suffix in ("-wal", "-shm"))]


def _free(path: Path) -> Path:
    """Return the path, or one beside it that is not taken."""
    found, n = path, 2
    while found.exists():
        found, n = path.with_stem(f"{path.stem}-{n}"), n + 1
    return found
