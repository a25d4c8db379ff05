"""Cards as Anki's notes: siblings come together again, what was answered becomes its review log.

Two cards that ask each other's answer are one note of two cards; the clozes of a passage are one
cloze note, where their texts agree; every other card is a note of its own. A card that came from
Anki keeps the guid it had there.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from warmstart.anki.kinds import BASIC, CLOZE, KINDS, REVERSED
from warmstart.anki.model import (
    DAY,
    AnkiCard,
    AnkiNote,
    AnkiReview,
    CardType,
    Collection,
    Queue,
    ReviewKind,
)
from warmstart.anki.to_html import to_html
from warmstart.notes.model import CardKind
from warmstart.study.cards import Memory, MemoryState, Phase, Reviewed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_GUID = re.compile(r"(.+)/(\d{1,4})", re.DOTALL)
_PLACEHOLDER = re.compile(r"\[([^\[\]]*)\]\\?")
_SM2_EASE: Final = 2500
"""What an Anki without FSRS starts from: 250 %."""
_DAY_STARTS_AT: Final = 4 * 3600
_TYPES: Final = {
    Phase.NEW: CardType.NEW,
    Phase.LEARNING: CardType.LEARNING,
    Phase.REVIEW: CardType.REVIEW,
    Phase.RELEARNING: CardType.RELEARNING,
}
_KINDS: Final = {
    Phase.NEW: ReviewKind.LEARNING,
    Phase.LEARNING: ReviewKind.LEARNING,
    Phase.REVIEW: ReviewKind.REVIEW,
    Phase.RELEARNING: ReviewKind.RELEARNING,
}


@dataclass(frozen=True, slots=True)
class OutCard:
    """A card to be exported."""

    id: int
    note: str
    """The path of its note: with ``id``, what tells the card from all others."""
    kind: str
    front: str
    back: str
    passage: int
    block_id: str | None
    deck: str
    """With ``::`` between a deck and its subdeck."""
    tags: tuple[str, ...]
    """Without spaces."""
    memory: MemoryState
    suspended: bool
    reviews: tuple[Reviewed, ...]
    """Those that count, oldest first."""
    media: Mapping[str, str] = field(default_factory=dict)
    """The names that files have in the package, by their addresses on the card."""

    def html(self, markdown: str) -> str:
        """Return a text of the card as Anki is to show it."""
        return to_html(markdown, self.media)


@dataclass(frozen=True, slots=True)
class _Group:
    """The cards that become one note of Anki's: its fields, and each card's place in it."""

    type_id: int
    fields: tuple[str, ...]
    cards: tuple[tuple[int, OutCard], ...]

    def guids(self) -> Iterator[str]:
        """Yield what may tell the note from all others: the guid it had in Anki, then our own."""
        first = min((card for _, card in self.cards), key=lambda card: card.id)
        found = _GUID.fullmatch(first.block_id or "")
        if found and all(card.block_id == f"{found[1]}/{ord_}" for ord_, card in self.cards):
            yield found[1]
        named = f"{first.note}\0{first.id}"
        yield hashlib.sha256(named.encode("utf-8", "replace")).hexdigest()[:16]


def compose(cards: Iterable[OutCard], at: datetime, *, retention: float = 0.9) -> Collection:
    """Return the cards as a collection.

    ``at`` is the time of the export: ids count up from it. ``retention`` is the desired retention
    that the due dates were made for.
    """
    groups = list(_groups(cards))
    start = (at - _EPOCH) // timedelta(milliseconds=1)
    created = _day_start(groups, at)
    names = dict.fromkeys(card.deck for group in groups for _, card in group.cards)
    decks = {name: start + place for place, name in enumerate(names)} | {"Default": 1}
    guids: set[str] = set()
    notes: list[AnkiNote] = []
    out: list[AnkiCard] = []
    reviews: dict[int, AnkiReview] = {}
    for place, group in enumerate(groups):
        first = group.cards[0][1]
        guid = next(guid for guid in group.guids() if guid not in guids)
        guids.add(guid)
        note = AnkiNote(start + place, guid, group.type_id, group.fields, first.tags)
        notes.append(note)
        for ord_, card in group.cards:
            key = start + len(out)
            base = AnkiCard(key, note.id, decks[card.deck], ord_, due=place + 1)
            out.append(_scheduled(base, card, created, retention))
            _log(card, key, reviews)
    return Collection(
        created=created,
        types=KINDS,
        decks={key: name for name, key in decks.items()},
        notes=tuple(notes),
        cards=tuple(out),
        reviews=tuple(reviews[key] for key in sorted(reviews)),
    )


def _day_start(groups: Sequence[_Group], at: datetime) -> int:
    """Return the start of the first day that a due date could be counted from."""
    lasts = [
        card.memory.last_review
        for group in groups
        for _, card in group.cards
        if isinstance(card.memory, Memory)
    ]
    seconds = (min([at, *lasts]) - _EPOCH) // timedelta(seconds=1)
    return (seconds - _DAY_STARTS_AT) // DAY * DAY + _DAY_STARTS_AT


# -- which cards are one note ------------------------------------------------------------------


def _groups(cards: Iterable[OutCard]) -> Iterable[_Group]:
    passages: dict[tuple[str, int], list[OutCard]] = {}
    for card in cards:
        passages.setdefault((card.note, card.passage), []).append(card)
    for siblings in passages.values():
        group = _as_reversed(siblings) or _as_cloze(siblings)
        if group:
            yield group
            continue
        for card in siblings:
            yield _Group(BASIC.id, (card.html(card.front), card.html(card.back)), ((0, card),))


def _as_reversed(siblings: Sequence[OutCard]) -> _Group | None:
    if len(siblings) != 2:  # noqa: PLR2004 two directions
        return None
    one, two = siblings
    if (one.front, one.back) != (two.back, two.front):
        return None
    return _Group(REVERSED.id, (one.html(one.front), one.html(one.back)), ((0, one), (1, two)))


@dataclass(frozen=True, slots=True)
class _Gap:
    """Where the answer of a cloze card stands in its passage."""

    passage: str
    extra: str
    """What its back says below the passage."""
    start: int
    answer: str
    hint: str


def _as_cloze(siblings: Sequence[OutCard]) -> _Group | None:
    """Return the clozes of a passage as one note; None where they are no clozes of one text."""
    if any(card.kind != CardKind.CLOZE for card in siblings):
        return None
    gaps = [_gap(card) for card in siblings]
    known = [gap for gap in gaps if gap is not None]
    if len(known) < len(gaps) or len({(gap.passage, gap.extra) for gap in known}) > 1:
        return None
    parts: list[str] = []
    at = 0
    ords = _ords(siblings)
    passage = known[0].passage
    for gap, ord_ in sorted(zip(known, ords, strict=True), key=lambda pair: pair[0].start):
        if gap.start < at:
            return None
        hint = f"::{gap.hint}" if gap.hint else ""
        parts += (passage[at : gap.start], f"{{{{c{ord_ + 1}::{gap.answer}{hint}}}}}")
        at = gap.start + len(gap.answer)
    text = "".join([*parts, passage[at:]])
    fields = (siblings[0].html(text), siblings[0].html(known[0].extra))
    return _Group(CLOZE.id, fields, tuple(zip(ords, siblings, strict=True)))


def _ords(siblings: Sequence[OutCard]) -> list[int]:
    """Return each card's number: the one it had in Anki, else its place."""
    found = [_GUID.fullmatch(card.block_id or "") for card in siblings]
    ords = [int(match[2]) for match in found if match]
    if len(set(ords)) == len(siblings):
        return ords
    return list(range(len(siblings)))


def _gap(card: OutCard) -> _Gap | None:
    """Return what the front of a cloze card leaves out, by holding it against the back.

    The back repeats the front with the answer in the gap's place: in bold, but not inside code.
    """
    for gap in _PLACEHOLDER.finditer(card.front):
        before, after = card.front[: gap.start()], card.front[gap.end() :]
        if not card.back.startswith(before):
            continue
        rest = card.back[len(before) :]
        for answer, behind in (_bold(rest), _up_to(after, rest)):
            below = behind[len(after) :]
            fits = behind.startswith(after) and (not below or below[0].isspace())
            if fits and answer and "::" not in answer and "}}" not in answer:
                hint = "" if gap[1] == "…" else gap[1]
                return _Gap(before + answer + after, below.strip(), len(before), answer, hint)
    return None


def _bold(rest: str) -> tuple[str, str]:
    """Return the bold text that ``rest`` begins with, and what follows it."""
    if not rest.startswith("**"):
        return "", rest
    answer, _, behind = rest[2:].partition("**")
    return answer.strip(), behind


def _up_to(after: str, rest: str) -> tuple[str, str]:
    """Return what stands in ``rest`` before ``after``, and the rest from there."""
    at = rest.find(after) if after else len(rest)
    return (rest[:at].strip(), rest[at:]) if at >= 0 else ("", rest)


# -- schedules and log -------------------------------------------------------------------------


def _scheduled(base: AnkiCard, card: OutCard, created: int, retention: float) -> AnkiCard:
    """Return ``base``, a new card, with the schedule of ``card``."""
    memory = card.memory
    if not isinstance(memory, Memory):
        return replace(base, queue=Queue.SUSPENDED) if card.suspended else base
    due = (memory.due - _EPOCH) // timedelta(seconds=1)
    in_review, learning = memory.phase is Phase.REVIEW, memory.phase is Phase.LEARNING
    days = round((memory.due - memory.last_review) / timedelta(days=1))
    queue = Queue.REVIEW if in_review else Queue.LEARNING
    return replace(
        base,
        type=_TYPES[memory.phase],
        queue=Queue.SUSPENDED if card.suspended else queue,
        due=(due - created) // DAY if in_review else due,
        interval=0 if learning else max(1, days if in_review else round(memory.stability)),
        factor=0 if learning else _SM2_EASE,
        reps=memory.reviews,
        lapses=memory.lapses,
        left=0 if in_review else 1,
        stability=round(memory.stability, 4),
        difficulty=round(memory.difficulty, 3),
        retention=retention,
        last_review=(memory.last_review - _EPOCH) // timedelta(seconds=1),
    )


def _log(card: OutCard, key: int, into: dict[int, AnkiReview]) -> None:
    """Add a card's reviews; two at the same millisecond are a millisecond apart."""
    last = 0
    for review in card.reviews:
        at = (review.at - _EPOCH) // timedelta(milliseconds=1)
        while at in into:
            at += 1
        interval = _interval(review)
        into[at] = AnkiReview(
            id=at,
            card_id=key,
            ease=int(review.rating),
            interval=interval,
            last_interval=last,
            factor=0 if review.phase is Phase.LEARNING else _SM2_EASE,
            duration=review.duration // timedelta(milliseconds=1),
            kind=_KINDS[review.before],
        )
        last = interval


def _interval(review: Reviewed) -> int:
    """Return an interval as Anki logs it: days, or seconds below zero."""
    led = review.due - review.at
    if review.phase is Phase.REVIEW:
        return max(1, round(led / timedelta(days=1)))
    return -max(1, round(led / timedelta(seconds=1)))
