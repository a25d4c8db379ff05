"""Schedules that Obsidian Spaced Repetition has written into a note.

They stand in a comment behind the card, one part for each of its siblings, in their order:
``<!--SR:!2024-08-16,51,230!2000-01-01,1,250-->`` gives the due date, the interval in days and the
ease in percent; 2000-01-01 stands for a sibling that was never reviewed. With FSRS a part reads
``!fsrs,due,interval,stability,difficulty,state,reps,lapses,learning steps,last review``, with times
in ISO 8601 and ``-`` for none. Both may stand in one comment, and the comment in a callout of its
own. (The plugin's ``comment-parser.ts`` and ``rep-item-schedule-info-*.ts``, at 22fbea0.)
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from warmstart.notes.comments import VERBATIM
from warmstart.notes.scan import scan

OPENS: Final = "<!--SR:"
CALLOUT: Final = "> [!sr|card-metadata]"
"""Opens the callout in which the plugin keeps the comment, where its user wants that."""

_COMMENT = re.compile(r"[ \t]*<!--SR:([^<>]*)-->")
_CALLOUT = re.compile(r"\s*>\s*\[!sr\|card-metadata\]")
_NEVER: Final = date(2000, 1, 1)
_FORMATS: Final = ("%d-%m-%Y", "%a %b %d %Y")
"""What older versions wrote; now it is ISO 8601."""

_MAX_DAYS: Final = 36_525
_FSRS_FIELDS: Final = 5


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a card was to be reviewed next, as its note says."""

    due: date
    interval: int
    """Days."""
    ease: int | None = None
    """SM-2's factor in percent: 250 stands for 2.5. None with FSRS."""
    stability: float | None = None
    """FSRS: days. None with SM-2."""
    difficulty: float | None = None
    """FSRS: 1–10. None with SM-2."""
    last_review: datetime | None = None
    """With FSRS, where it says; in UTC. SM-2 does not say: due less the interval comes near it."""


def take_schedules(text: str) -> tuple[str, tuple[Schedule | None, ...] | None]:
    """Return ``text`` without its schedules, and what the first says of each sibling.

    None in place of a sibling's schedule means that it is new, or cannot be read (see
    ``is_readable``); None in place of all, that there is no schedule.
    """
    if OPENS not in text:
        return text, None
    found = scan(text)
    written: str | None = None
    kept: list[str] = []
    in_callout = False
    for line, kind in zip(found.lines, found.kinds, strict=True):
        if kind in VERBATIM:
            kept.append(line)
            continue
        in_callout = _CALLOUT.match(line) is not None or (
            in_callout and line.lstrip().startswith(">")
        )
        comment = _COMMENT.search(line)
        if comment and written is None:
            written = comment[1]
        bare = _COMMENT.sub("", line) if comment else line
        if not in_callout and (bare.strip() or not comment):
            kept.append(bare)
    if written is None:
        return text, None
    return "\n".join(kept), tuple(map(_part, _parts(written)))


def is_readable(text: str) -> bool:
    """Whether each part of the first schedule in ``text`` is one, or stands for a new card."""
    first = _COMMENT.search(text)
    if first is None:
        return True
    parts = _parts(first[1])
    return bool(parts) and all(_part(part) or _is_new(part) for part in parts)


def _parts(comment: str) -> list[str]:
    return [part.strip() for part in comment.split("!") if part.strip()]


def _is_new(part: str) -> bool:
    fields = part.split(",")
    return fields[:2] == ["fsrs", "-"] or _day(fields[0]) == _NEVER


def _part(part: str) -> Schedule | None:
    fields = [field.strip() for field in part.split(",")]
    return _fsrs(fields) if fields[0] == "fsrs" else _sm2(fields)


def _sm2(fields: list[str]) -> Schedule | None:
    due = _day(fields[0])
    interval, ease = (_number(field) for field in [*fields[1:3], "", ""][:2])
    if due is None or due == _NEVER or interval is None:
        return None
    return Schedule(due, int(interval), None if ease is None else int(ease))


def _fsrs(fields: list[str]) -> Schedule | None:
    if len(fields) < _FSRS_FIELDS:
        return None
    due = _moment(fields[1])
    interval, stability, difficulty = map(_number, fields[2:5])
    if due is None or due.date() == _NEVER or interval is None:
        return None
    return Schedule(
        due.date(),
        int(interval),
        stability=stability or None,
        difficulty=min(max(difficulty, 1.0), 10.0) if difficulty else None,
        last_review=_moment(fields[-1]) if len(fields) > _FSRS_FIELDS else None,
    )


def _number(written: str) -> float | None:
    """Return a number from 0 to a hundred years of days."""
    try:
        number = float(written)
    except ValueError:
        return None
    return number if math.isfinite(number) and 0 <= number <= _MAX_DAYS else None


def _day(written: str) -> date | None:
    try:
        return date.fromisoformat(written)
    except ValueError:
        pass
    for form in _FORMATS:
        try:
            return datetime.strptime(written, form).replace(tzinfo=UTC).date()
        except ValueError:
            continue
    return None


def _moment(written: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
