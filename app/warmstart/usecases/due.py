"""What is due now, in one line: for a shell prompt or a status bar, drawn before every command.

So it imports sqlite3 and little else, reads the few settings that count by name and takes their
defaults where the file is wrong, and never fails: whatever keeps it from the figures is what it
says. Today takes its figures from here, and both count by the rule of a sitting (``admitting``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from warmstart.store.connection import SCHEMA
from warmstart.store.glance import look, schema_of
from warmstart.study.admission import COMMON, Limits
from warmstart.study.day import Days
from warmstart.usecases.admitting import day_ahead

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from warmstart.paths import Home
    from warmstart.store.glance import Glance

DAY_STARTS_AT = 4
"""The default of that setting; a test holds it, and those of ``Limits``, against the settings."""
_HIGHEST = {"new_per_day": 9999, "reviews_per_day": 9999, "day_starts_at": 23}
_ORDERS = ("due", "retrievability", "path")

_SENTENCES = {
    "none": "nothing to study yet",
    "older": "run warmstart once: the store is of an older version",
    "newer": "the store is of a later version of Warmstart",
    "unreadable": "the store cannot be read: run warmstart doctor",
}


class Due(NamedTuple):
    """The day in figures, as far as there are any."""

    store: str
    """ready, none (yet), older or newer (than this version), or unreadable."""
    due: int = 0
    """Cards to review before the day ends, as many as its limits let in."""
    new: int = 0
    """New cards the day still has room for."""
    minutes: int = 0
    """An estimate for both, from how long answers took lately."""
    answered: int = 0
    """Answers given today."""

    def __str__(self) -> str:
        """Return the line: ``18 due, 6 new, 9 min``."""
        if self.store != "ready":
            return _SENTENCES[self.store]
        if not self.due and not self.new:
            return "nothing due"
        parts = [f"{self.due} due"] * bool(self.due) + [f"{self.new} new"] * bool(self.new)
        return ", ".join([*parts, f"{self.minutes} min"])

    def figures(self) -> dict[str, int | str]:
        """Return the figures by name, for ``--json`` and ``--format``."""
        return self._asdict()


def due(home: Home, now: datetime, days: Days | None = None) -> Due:
    """Return what is due now; nothing is raised, and nothing written.

    ``days`` stands in for the learner's, where their time zone must not be the system's.
    """
    starts_at, presets = _settings(home)
    try:
        with look(home.store) as store:
            if store is None:
                return Due(_situation(home))
            return day_of(store, presets, now, days or Days(starts_at))
    except Exception:  # noqa: BLE001 a prompt must not fail; `warmstart doctor` says what is wrong
        return Due("unreadable")


def day_of(store: Glance, presets: Mapping[str, Limits], now: datetime, days: Days) -> Due:
    """Return the figures of the day that it is now."""
    today = days.day_of(now)
    times = (days.start(today), days.end(today))
    learning, reviews, new = day_ahead(store.waits, presets, now, times)
    return Due(
        "ready",
        due=learning + reviews,
        new=new,
        minutes=store.waits.pace().minutes(learning=learning, review=reviews, new=new),
        answered=len(store.waits.answered(*times)),
    )


def _settings(home: Home) -> tuple[int, dict[str, Limits]]:
    """Return the hour at which a day begins, and the limits of each preset, as the file has them.

    What is wrong there is as if it were not; the app says so.
    """
    try:
        text = home.settings.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return DAY_STARTS_AT, {COMMON: Limits()}
    import tomllib

    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return DAY_STARTS_AT, {COMMON: Limits()}
    study = _section(given.get("study"))
    common = Limits(**{name: study[name] for name in Limits._fields if name in study})
    presets = {
        name: common._replace(**{key: own[key] for key in Limits._fields if key in own})
        for name, values in _table(given.get("presets")).items()
        for own in [_section(values)]
    }
    return study.get("day_starts_at", DAY_STARTS_AT), {COMMON: common, **presets}


def _section(given: object) -> dict[str, Any]:
    """Return the settings of a section that count here and are right."""
    return {name: value for name, value in _table(given).items() if _is_right(name, value)}


def _table(given: object) -> dict[str, Any]:
    return given if isinstance(given, dict) else {}


def _is_right(name: str, value: object) -> bool:
    if name in _HIGHEST:
        return type(value) is int and 0 <= value <= _HIGHEST[name]
    return value in _ORDERS if name == "order" else name == "bury_siblings" and type(value) is bool


def _situation(home: Home) -> str:
    """Return why there are no figures."""
    if not home.store.exists():
        return "none"
    schema = schema_of(home.store)
    if schema is None:
        return "unreadable"
    if schema > SCHEMA:
        return "newer"
    return "older" if schema else "none"
