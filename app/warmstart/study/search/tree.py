"""What a search asks, as a tree of frozen values; and the tree written out again.

Every node knows its place in what was typed, for an error or a mark on the screen. Places take no
part in comparison: two searches are equal when they ask the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum, StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from warmstart.notes.model import CardKind
    from warmstart.study.cards import Rating


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the query, in characters: from ``start`` up to before ``end``."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """What every part of a search has: its place."""

    span: Span = field(default=Span(0, 0), compare=False)


class Wild(Enum):
    """What stands for other characters; the values are how they are written."""

    ANY = "*"
    """Any number of characters, none included."""
    ONE = "_"
    """One character."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """Text in which wildcards may stand; case does not matter.

    In its normal form no two texts stand side by side and none is empty; ``Pattern.of`` gives it.
    """

    parts: tuple[str | Wild, ...]

    @classmethod
    def of(cls, parts: Iterable[str | Wild]) -> Pattern:
        """Return the pattern in its normal form."""
        joined: list[str | Wild] = []
        for part in parts:
            if isinstance(part, str) and joined and isinstance(joined[-1], str):
                joined[-1] += part
            elif part != "":
                joined.append(part)
        return cls(tuple(joined))

    @property
    def text(self) -> str | None:
        """The text, if no wildcard stands in it."""
        match self.parts:
            case (str(text),):
                return text
            case _:
                return None


class Field(StrEnum):
    """What a condition with a name looks at."""

    DECK = "deck"
    TAG = "tag"
    CONCEPT = "concept"
    NOTE = "note"
    FRONT = "front"
    BACK = "back"


class State(StrEnum):
    """What ``is:`` asks."""

    DUE = "due"
    NEW = "new"
    LEARN = "learn"
    REVIEW = "review"
    SUSPENDED = "suspended"
    BURIED = "buried"
    PAUSED = "paused"
    LEECH = "leech"
    SUGGESTED = "suggested"
    FLAGGED = "flagged"
    REPORTED = "reported"
    REMARKED = "remarked"


class Property(StrEnum):
    """What ``prop:`` compares."""

    STABILITY = "s"
    DIFFICULTY = "d"
    RECALL = "r"
    """The probability that it would be recalled now, 0–1."""
    INTERVAL = "ivl"
    """Days from the last review to the due date."""
    REVIEWS = "reps"
    LAPSES = "lapses"
    DUE = "due"
    """Study days from today; negative where overdue."""


class Comparison(StrEnum):
    """How ``prop:`` compares."""

    AT_MOST = "<="
    AT_LEAST = ">="
    NOT = "!="
    EQUAL = "="
    LESS = "<"
    MORE = ">"


@dataclass(frozen=True, slots=True)
class Everything(Node):
    """All cards: nothing was typed."""


@dataclass(frozen=True, slots=True)
class AllOf(Node):
    """Cards that every part fits; at least two parts."""

    parts: tuple[Search, ...]


@dataclass(frozen=True, slots=True)
class AnyOf(Node):
    """Cards that one of the parts fits; at least two parts."""

    parts: tuple[Search, ...]


@dataclass(frozen=True, slots=True)
class Not(Node):
    """Cards that the part does not fit."""

    part: Search


@dataclass(frozen=True, slots=True)
class Words(Node):
    """Cards with this text in the question, in the answer or in the note's title."""

    pattern: Pattern


@dataclass(frozen=True, slots=True)
class Named(Node):
    """Cards whose deck, tag, concept or note has this name, or one side of which has this text."""

    field: Field
    pattern: Pattern


@dataclass(frozen=True, slots=True)
class OfKind(Node):
    """Cards of one kind."""

    kind: CardKind


@dataclass(frozen=True, slots=True)
class Is(Node):
    """Cards in a state."""

    state: State


@dataclass(frozen=True, slots=True)
class Flagged(Node):
    """Cards with this flag, 1–7; 0 stands for none."""

    flag: int


@dataclass(frozen=True, slots=True)
class Compared(Node):
    """Cards whose property compares so with the value; a new card has no property but 0 reviews."""

    property: Property
    comparison: Comparison
    value: float


@dataclass(frozen=True, slots=True)
class Rated(Node):
    """Cards answered within so many study days, today being the first; with this rating, if any."""

    days: int
    rating: Rating | None


@dataclass(frozen=True, slots=True)
class Added(Node):
    """Cards that came in within so many study days, today being the first."""

    days: int


@dataclass(frozen=True, slots=True)
class Numbered(Node):
    """Cards with these ids."""

    ids: tuple[int, ...]


Leaf = Everything | Words | Named | OfKind | Is | Flagged | Compared | Rated | Added | Numbered
Search = Leaf | AllOf | AnyOf | Not

ESCAPED: Final = frozenset('\\"()*_:-')
"""What a backslash takes its meaning from."""
OPERATORS: Final = frozenset({"and", "or"})


def render(search: Search) -> str:
    """Return a query that ``parse`` reads as this very tree."""
    match search:
        case AnyOf(parts):
            return " or ".join(_grouped(p) if isinstance(p, AnyOf) else render(p) for p in parts)
        case AllOf(parts):
            return " ".join(_grouped(p) for p in parts)
        case Not(part):
            return "-" + _grouped(part)
        case Everything():
            return ""
        case _:
            return _leaf(search)


def _grouped(search: Search) -> str:
    return f"({render(search)})" if isinstance(search, AllOf | AnyOf) else render(search)


def _leaf(leaf: Leaf) -> str:
    match leaf:
        case Words(pattern):
            text = _written(pattern)
        case Named(name, pattern):
            text = f"{name}:{_written(pattern)}"
        case OfKind(kind):
            text = f"kind:{kind}"
        case Is(state):
            text = f"is:{state}"
        case Flagged(flag):
            text = f"flag:{flag}"
        case Compared(name, comparison, value):
            text = f"prop:{name}{comparison}{_number(value)}"
        case Rated(days, rating):
            text = f"rated:{days}" + ("" if rating is None else f":{rating:d}")
        case Added(days):
            text = f"added:{days}"
        case Numbered(ids):
            text = "cid:" + ",".join(map(str, ids))
        case Everything():
            text = ""
    return text


def _written(pattern: Pattern) -> str:
    """Return a pattern as one types it: in quotes where it is not one plain word."""
    if pattern.text is not None and pattern.text.isalnum():
        if pattern.text.lower() not in OPERATORS:
            return pattern.text
        return f'"{pattern.text}"'
    return '"' + "".join(map(_escaped, pattern.parts)) + '"'


def _escaped(part: str | Wild) -> str:
    if isinstance(part, Wild):
        return part.value
    return "".join("\\" + c if c in ESCAPED else c for c in part)


def _number(value: float) -> str:
    return format(Decimal(repr(value)).normalize(), "f")
