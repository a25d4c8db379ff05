"""The conditions with a key: ``deck:``, ``is:``, ``prop:`` and the rest, one function each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from warmstart.errors import SearchError
from warmstart.notes.model import CardKind
from warmstart.study.cards import Rating
from warmstart.study.search.tree import (
    ESCAPED,
    Added,
    Compared,
    Comparison,
    Field,
    Flagged,
    Is,
    Leaf,
    Named,
    Numbered,
    OfKind,
    Pattern,
    Property,
    Rated,
    Span,
    State,
    Wild,
)
from warmstart.text import asked, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from enum import StrEnum

E = TypeVar("E", bound="StrEnum")

_FLAGS: Final = 7
_MOST_DAYS: Final = 36_500
"""A hundred years: no study lasts longer, and dates beyond are none."""
_PROPERTY = re.compile(r"([a-z]*)(<=|>=|!=|=|<|>)?(.*)", re.DOTALL | re.IGNORECASE)
_NUMBER = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,9})?")
_WILD: Final = {wild.value: wild for wild in Wild}


@dataclass(frozen=True, slots=True)
class Text:
    """A stretch of the query that was typed as one; ``raw`` is it without quotes."""

    query: str
    raw: str
    start: int
    """Where ``raw`` begins in the query."""

    def error(
        self, message: str, start: int = 0, end: int | None = None, *, hint: str | None = None
    ) -> SearchError:
        """Return an error about a part of it."""
        stop = len(self.raw) if end is None else end
        return SearchError(message, self.query, self.start + start, self.start + stop, hint=hint)

    def after(self, offset: int) -> Text:
        """Return what follows."""
        return Text(self.query, self.raw[offset:], self.start + offset)

    def pattern(self) -> Pattern:
        """Return it with escapes and wildcards understood."""
        parts: list[str | Wild] = []
        place = 0
        while place < len(self.raw):
            char = self.raw[place]
            if char == "\\":
                char = self.raw[place + 1 : place + 2]
                if char not in ESCAPED or not char:
                    raise self.error(
                        f"“\\{char}” means nothing here.",
                        place,
                        place + 1 + len(char),
                        hint="Write \\\\ for a backslash.",
                    )
                parts.append(char)
                place += 2
            else:
                parts.append(_WILD.get(char, char))
                place += 1
        return Pattern.of(parts)


def keyed(key: str, value: Text, span: Span) -> Leaf:
    """Return the condition that ``key:value`` states.

    Raises:
        SearchError: there is no such key, or it cannot take this value.
    """
    read = _READERS.get(key.lower())
    if read is None:
        raise unknown_key(key, value.query, span.start)
    if not value.raw:
        message, hint = f"Nothing follows “{key}:”.", _HINTS[key.lower()]
        raise SearchError(message, value.query, span.start, span.end, hint=hint)
    return read(value, span)


def is_key(name: str) -> bool:
    """Whether there are conditions with this key."""
    return name.lower() in _READERS


def unknown_key(key: str, query: str, start: int) -> SearchError:
    """Return the error for a key that does not exist."""
    near = asked(f"“{name}:”" for name in nearest(key.lower(), _READERS)).rstrip()
    hint = near or f"To find the text, write {key}\\: instead."
    return SearchError(f"Searches know no “{key}:”.", query, start, start + len(key) + 1, hint=hint)


def _named(name: Field) -> Callable[[Text, Span], Leaf]:
    return lambda value, span: Named(name, value.pattern(), span=span)


def _kind(value: Text, span: Span) -> Leaf:
    return OfKind(_choice(value, CardKind, "kind"), span=span)


def _is(value: Text, span: Span) -> Leaf:
    return Is(_choice(value, State, "state"), span=span)


def _choice(value: Text, choices: type[E], what: str) -> E:
    try:
        return choices(value.raw.lower())
    except ValueError:
        raise value.error(
            f"There is no {what} “{value.raw}”.", hint=_one_of(value.raw, choices)
        ) from None


def _one_of(given: str, choices: Iterable[str]) -> str:
    names = [str(choice) for choice in choices]
    near = asked(f"“{name}”" for name in nearest(given.lower(), names)).rstrip()
    return near or f"There are {', '.join(names)}."


def _flag(value: Text, span: Span) -> Leaf:
    return Flagged(_whole(value, 0, _FLAGS), span=span)


def _whole(value: Text, least: int, most: int) -> int:
    """Read a whole number between these two."""
    if re.fullmatch("[0-9]{1,6}", value.raw) and least <= int(value.raw) <= most:
        return int(value.raw)
    raise value.error(f"A whole number from {least} to {most:,} must stand here.")


def _property(value: Text, span: Span) -> Leaf:
    found = _PROPERTY.fullmatch(value.raw)
    assert found is not None  # every part of the expression may be empty
    name, comparison, number = found.groups()
    if name.lower() not in list(Property):
        raise value.error(
            f"There is no property “{name}”." if name else "A property must stand here.",
            0,
            max(len(name), 1),
            hint=f"There are {', '.join(Property)}.",
        )
    if comparison is None:
        raise value.after(len(name)).error(
            "A comparison must stand here.", hint="There are =, !=, <, >, <= and >=."
        )
    which = Property(name.lower())
    amount = value.after(found.start(3))
    percent = which is Property.RECALL and number.endswith("%")
    if not _NUMBER.fullmatch(number.removesuffix("%") if percent else number):
        raise amount.error("A number must stand here.", hint=_HINTS["prop"])
    figure = float(number.removesuffix("%")) / (100 if percent else 1)
    if which is Property.DUE and abs(figure) > _MOST_DAYS:
        raise amount.error(f"No due date is more than {_MOST_DAYS:,} days away.")
    return Compared(which, Comparison(comparison), figure, span=span)


def _rated(value: Text, span: Span) -> Leaf:
    days, colon, rating = value.raw.partition(":")
    within = _whole(Text(value.query, days, value.start), 1, _MOST_DAYS)
    if not colon:
        return Rated(within, None, span=span)
    if re.fullmatch("[1-4]", rating):
        return Rated(within, Rating(int(rating)), span=span)
    names = {name.lower(): rating for name, rating in Rating.__members__.items()}
    if rating.lower() not in names:
        raise value.after(len(days) + 1).error(
            "A rating must stand here.", hint="1 is Again, 2 Hard, 3 Good, 4 Easy."
        )
    return Rated(within, names[rating.lower()], span=span)


def _added(value: Text, span: Span) -> Leaf:
    return Added(_whole(value, 1, _MOST_DAYS), span=span)


def _numbered(value: Text, span: Span) -> Leaf:
    ids: list[int] = []
    place = 0
    for part in value.raw.split(","):
        if not re.fullmatch("[0-9]{1,18}", part):
            raise value.error(
                "The number of a card must stand here.", place, place + max(len(part), 1)
            )
        ids.append(int(part))
        place += len(part) + 1
    return Numbered(tuple(ids), span=span)


_READERS: Final[dict[str, Callable[[Text, Span], Leaf]]] = {
    **{str(name): _named(name) for name in Field},
    "kind": _kind,
    "is": _is,
    "flag": _flag,
    "prop": _property,
    "rated": _rated,
    "added": _added,
    "cid": _numbered,
}

_HINTS: Final = {
    **{str(name): f'For example {name}:"two words", or {name}:begin*.' for name in Field},
    "kind": f"There are {', '.join(CardKind)}.",
    "is": f"There are {', '.join(State)}.",
    "flag": "1 to 7, or 0 for none.",
    "prop": "For example prop:s<10, prop:r<0.9 or prop:due=-1.",
    "rated": "For example rated:7, or rated:7:1 for Again.",
    "added": "For example added:7.",
    "cid": "For example cid:12,15.",
}
