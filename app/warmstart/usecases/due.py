"""What is due now, in one line: for a shell prompt or a status bar, drawn before every command.

So it imports sqlite3 and little else, reads the two settings that count by name and takes their
defaults where the file is wrong, and never fails: whatever keeps it from the figures is what it
says. Today counts by the same rules, which stand here for both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from warmstart.store.connection import SCHEMA
from warmstart.store.glance import look, schema_of
from warmstart.study.day import Days

if TYPE_CHECKING:
    from datetime import datetime

    from warmstart.paths import Home
    from warmstart.store.glance import Counts

DEFAULTS = {"new_per_day": 20, "day_starts_at": 4}
"""What the settings of [study] are that the figures depend on; a test holds them against those."""

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
    """Cards to review before the day ends."""
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
    study = _study(home)
    days = days or Days(study["day_starts_at"])
    today = days.day_of(now)
    start, end = (int(at.timestamp() * 1000) for at in (days.start(today), days.end(today)))
    try:
        with look(home.store) as store:
            if store is None:
                return Due(_situation(home))
            counts = store.counts(start, [end])
    except Exception:  # noqa: BLE001 a prompt must not fail; `warmstart doctor` says what is wrong
        return Due("unreadable")
    new = room_for_new(counts, study["new_per_day"])
    return Due("ready", counts.due[0], new, minutes(counts, new), counts.answered)


def room_for_new(counts: Counts, limit: int) -> int:
    """Return how many new cards the day still brings, of ``limit`` a day."""
    return min(counts.new, max(0, limit - counts.introduced))


def minutes(counts: Counts, new: int) -> int:
    """Return about how many minutes today's reviews and ``new`` new cards take."""
    return counts.pace.minutes(review=counts.due[0], new=new)


def _study(home: Home) -> dict[str, int]:
    """Return the settings that count: those of the file, and the default of each that is wrong."""
    try:
        text = home.settings.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return DEFAULTS
    import tomllib

    try:
        given = tomllib.loads(text).get("study")
    except tomllib.TOMLDecodeError:
        return DEFAULTS
    bounds = {"new_per_day": 9999, "day_starts_at": 23}
    right = {
        name: value
        for name, value in (given.items() if isinstance(given, dict) else ())
        if type(value) is int and 0 <= value <= bounds.get(name, -1)
    }
    return DEFAULTS | right


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
