"""From a search to SQL: one condition on the table ``card``, its values bound, none written in.

Every condition is true or false and never unknown, so that ``-`` turns it round. What looks at the
text of cards, or at anything beside the table, is a set that SQLite makes once; what looks at the
card itself needs no more than the index ``ix_card_browse`` holds.

The recall that FSRS predicts needs no function of SQLite's: R = (1 + F·t/S)^D compares with a
number as t/S does with the number's place on the curve, which is computed here.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from warmstart.store.conditions import STANDS
from warmstart.store.times import to_ms
from warmstart.study.day import DAY_MS
from warmstart.study.search.tree import (
    Added,
    AllOf,
    AnyOf,
    Compared,
    Comparison,
    Everything,
    Field,
    Flagged,
    Is,
    Named,
    Not,
    Numbered,
    OfKind,
    Pattern,
    Property,
    Rated,
    Search,
    State,
    Wild,
    Words,
)

if TYPE_CHECKING:
    from datetime import date, datetime

    from warmstart.study.cards import Rating
    from warmstart.study.curve import Curve
    from warmstart.study.day import Days

UNSPACED: Final = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
"""Kana, CJK ideographs, hangul: scripts that need not part words by spaces."""
TRIGRAM: Final = 3
"""The shortest text that the index of trigrams can look for."""

_PLAIN = re.compile(r"\w+(?:[\s./'’-]+\w+)*")
"""Text whose words the full-text index finds; other signs it would overlook."""
_WORD = re.compile(r"[^\W_]+")
_STATES: Final = {
    State.DUE: "card.phase > 0 AND card.due < {day_end} AND card.suspended_at IS NULL"
    " AND card.paused = 0 AND ifnull(card.buried_until, 0) <= {now}",
    State.NEW: "card.phase = 0",
    State.LEARN: "card.phase IN (1, 3)",
    State.REVIEW: "card.phase IN (2, 3)",
    State.SUSPENDED: "card.suspended_at IS NOT NULL",
    State.BURIED: "ifnull(card.buried_until, 0) > {now}",
    State.PAUSED: "card.paused = 1",
    State.LEECH: "card.leech = 1",
    State.SUGGESTED: "card.accepted = 1",
    State.FLAGGED: "card.flag > 0",
    State.REPORTED: "card.id IN (SELECT id FROM card WHERE reported IS NOT NULL)",
    State.REMARKED: "card.id IN (SELECT id FROM card WHERE remark <> '')",
}
_WHOLE: Final = {
    Property.REVIEWS: "card.reviews",
    Property.LAPSES: "card.lapses",
    Property.INTERVAL: f"(card.due - card.last_review + {DAY_MS // 2}) / {DAY_MS}",
}
_ROUGH: Final = {
    Property.STABILITY: ("card.stability", 0.05),
    Property.DIFFICULTY: ("card.difficulty", 0.05),
}
"""What has decimals, and how far a number may be off to be equal: what is shown is rounded."""
_PERCENT: Final = 0.005
ELAPSED: Final = f"max(0, ({{now}} - card.last_review) / {DAY_MS}) / card.stability"
"""Whole days since the last review, in stabilities; unknown for a new card."""
_TAGS = (
    "WITH RECURSIVE each(tag) AS (SELECT min(tag) FROM {table} UNION ALL"
    " SELECT (SELECT min(tag) FROM {table} WHERE tag > each.tag) FROM each"
    " WHERE each.tag IS NOT NULL)"
    " SELECT {key} FROM {table} WHERE tag IN (SELECT tag FROM each WHERE {fits})"
)
"""The rows with fitting tags: each tag is looked at once, not once for every card that has it."""


class Condition:
    """A search as SQL: ``sql`` is the condition, ``values`` what is bound to it."""

    def __init__(self, search: Search, *, at: datetime, days: Days, curve: Curve) -> None:
        self._curve = curve
        self._days = days
        self._today = days.day_of(at)
        self.values: dict[str, Any] = {
            "now": to_ms(at),
            "day_end": to_ms(days.end(self._today)),
        }
        self.full_text = False
        """Whether the full-text index is asked."""
        self.sql = self._where(search)

    def _bind(self, value: Any) -> str:
        name = f"v{len(self.values)}"
        self.values[name] = value
        return f":{name}"

    def _where(self, search: Search) -> str:
        match search:
            case AllOf(parts):
                sql = " AND ".join(map(self._where, parts))
            case AnyOf(parts):
                sql = " OR ".join(map(self._where, parts))
            case Not(part):
                sql = f"NOT {self._where(part)}"
            case Words(pattern):
                sql = self._words(pattern)
            case Named(name, pattern):
                sql = self._named(name, pattern)
            case Compared():
                sql = f"ifnull({self._compared(search)}, 0)"
            case Rated(days, rating):
                sql = self._rated(days, rating)
            case Added(days):
                sql = f"card.created_at >= {self._since(days)}"
            case _:
                sql = self._of_card(search)
        return f"({sql})"

    def _of_card(self, search: Search) -> str:
        match search:
            case Is(state):
                return _STATES[state].format(now=":now", day_end=":day_end")
            case OfKind(kind):
                return f"card.kind = {self._bind(str(kind))}"
            case Flagged(flag):
                return f"card.flag = {self._bind(flag)}"
            case Numbered(ids):
                return f"card.id IN ({', '.join(map(self._bind, ids))})"
            case Everything():
                return "1"
            case _:
                raise TypeError(search)

    # -- times and numbers -------------------------------------------------------------------

    def _since(self, days: int) -> str:
        return self._bind(self._start(1 - days))

    def _rated(self, days: int, rating: Rating | None) -> str:
        since = self._since(days)
        rated = "IS NOT NULL" if rating is None else f"= {self._bind(int(rating))}"
        logged = (
            "EXISTS (SELECT 1 FROM log WHERE card_id = card.id"
            f" AND at >= {since} AND rating {rated} AND {STANDS})"
        )
        # Most cards tell by themselves; the log has to be asked of those that were reset.
        return logged if rating else f"ifnull(card.last_review, 0) >= {since} OR {logged}"

    def _start(self, days: int) -> int:
        """Return when the study day so many days from today begins."""
        day: date = self._today + timedelta(days=days)
        return to_ms(self._days.start(day))

    def _compared(self, search: Compared) -> str:
        comparison, value = search.comparison, search.value
        if search.property is Property.DUE:
            return self._due(comparison, value)
        if search.property is Property.RECALL:
            return self._recall(comparison, value)
        if search.property in _WHOLE:
            return f"{_WHOLE[search.property]} {comparison} {self._bind(value)}"
        column, rough = _ROUGH[search.property]
        return self._near(column, comparison, value, rough)

    def _near(self, column: str, comparison: Comparison, value: float, rough: float) -> str:
        if comparison not in (Comparison.EQUAL, Comparison.NOT):
            return f"{column} {comparison} {self._bind(value)}"
        inside = (
            f"{column} >= {self._bind(value - rough)} AND {column} < {self._bind(value + rough)}"
        )
        return f"NOT ({inside})" if comparison is Comparison.NOT else inside

    def _due(self, comparison: Comparison, value: float) -> str:
        """Compare days: a due date lies on the study day that it falls in."""
        day = int(value // 1)
        if day != value:  # between two days
            if comparison in (Comparison.EQUAL, Comparison.NOT):
                return str(int(comparison is Comparison.NOT))
            later = comparison in (Comparison.MORE, Comparison.AT_LEAST)
            return f"card.due {'>=' if later else '<'} {self._bind(self._start(day + 1))}"
        begins, ends = self._bind(self._start(day)), self._bind(self._start(day + 1))
        return {
            Comparison.LESS: f"card.due < {begins}",
            Comparison.AT_MOST: f"card.due < {ends}",
            Comparison.AT_LEAST: f"card.due >= {begins}",
            Comparison.MORE: f"card.due >= {ends}",
            Comparison.EQUAL: f"card.due >= {begins} AND card.due < {ends}",
            Comparison.NOT: f"card.due < {begins} OR card.due >= {ends}",
        }[comparison]

    def _recall(self, comparison: Comparison, value: float) -> str:
        if comparison in (Comparison.EQUAL, Comparison.NOT):
            low = self._recall(Comparison.AT_LEAST, value - _PERCENT)
            high = self._recall(Comparison.LESS, value + _PERCENT)
            inside = f"{low} AND {high}"
            return f"NOT ({inside})" if comparison is Comparison.NOT else inside
        # Recall falls as time passes: the comparison turns round. It is above 0 and at most 1.
        if value <= 0:
            always = comparison in (Comparison.MORE, Comparison.AT_LEAST)
            return f"card.phase > 0 AND {int(always)}"
        turned = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}[comparison]
        place = self._curve.elapsed(value)
        return f"{ELAPSED.format(now=':now')} {turned} {self._bind(place)}"

    # -- names -------------------------------------------------------------------------------

    def _named(self, name: Field, pattern: Pattern) -> str:
        match name:
            case Field.FRONT | Field.BACK:
                return self._text(pattern, name)
            case Field.DECK:
                return self._deck(pattern)
            case Field.TAG:
                return self._tag(pattern)
            case Field.CONCEPT:
                fits = self._fits(("title", "slug"), (pattern,))
                return (
                    "card.id IN (WITH RECURSIVE wanted(id) AS"
                    f" (SELECT id FROM concept WHERE {fits} UNION"
                    " SELECT concept.id FROM concept JOIN wanted ON parent_id = wanted.id)"
                    " SELECT card_id FROM card_concept"
                    " WHERE concept_id IN (SELECT id FROM wanted))"
                )
            case Field.NOTE:
                file = Pattern.of([Wild.ANY, "/", *pattern.parts])
                fits = self._fits(("title", "name", "path"), (pattern,))
                ends = self._fits(("path",), (file,))
                return f"card.note_id IN (SELECT id FROM note WHERE {fits} OR {ends})"

    def _deck(self, pattern: Pattern) -> str:
        deck = "ifnull(card.own_deck, card.deck)"
        own = self._fits((deck,), _below(pattern))
        title = self._fits(("title",), (pattern,))
        return (
            f"({deck} IS NOT NULL AND ({own}))"
            f" OR ({deck} IS NULL AND card.note_id IN (SELECT id FROM note WHERE {title}))"
        )

    def _tag(self, pattern: Pattern) -> str:
        if pattern.text is not None and pattern.text.casefold() == "none":
            return (
                "card.id NOT IN (SELECT card_id FROM card_tag)"
                " AND card.note_id NOT IN (SELECT note_id FROM note_tag)"
            )
        fits = self._fits(("each.tag",), _below(pattern))
        cards = _TAGS.format(table="card_tag", key="card_id", fits=fits)
        notes = _TAGS.format(table="note_tag", key="note_id", fits=fits)
        return f"card.id IN ({cards}) OR card.note_id IN ({notes})"

    def _fits(self, columns: tuple[str, ...], patterns: tuple[Pattern, ...]) -> str:
        """Return a condition that one of the columns fits one of the patterns as a whole."""
        bound = [self._bind(glob(pattern)) for pattern in patterns]
        return " OR ".join(f"{column} GLOB {value}" for column in columns for value in bound)

    # -- text --------------------------------------------------------------------------------

    def _words(self, pattern: Pattern) -> str:
        title = self._in_titles(pattern)
        return f"{self._text(pattern, None)} OR card.note_id IN ({title})"

    def _in_titles(self, pattern: Pattern) -> str:
        """Return a query of the notes with this text in their title: they are few."""
        anywhere = Pattern.of([Wild.ANY, *pattern.parts, Wild.ANY])
        return f"SELECT id FROM note WHERE title GLOB {self._bind(glob(anywhere))}"

    def _text(self, pattern: Pattern, side: Field | None) -> str:
        """Return a condition that the text stands on this side of the card, or on either."""
        text = _begin(pattern)
        if text is None or not _PLAIN.fullmatch(text):
            return f"card.id IN ({self._scan(pattern, side)})"
        self.full_text = True
        where = {None: "", Field.FRONT: "title : ", Field.BACK: "body : "}[side]
        quoted = f'"{text}"'
        query = self._bind(f"{where}{quoted} *")
        found = [f"SELECT rowid / 2 FROM search_words WHERE search_words MATCH {query}"]
        if UNSPACED.search(text):
            if len(text) < TRIGRAM:
                return f"card.id IN ({self._scan(pattern, side)})"
            query = self._bind(f"{where}{quoted}")
            found.append(
                f"SELECT rowid / 2 FROM search_trigrams WHERE search_trigrams MATCH {query}"
            )
        # Documents with odd ids are cards.
        return " OR ".join(f"card.id IN ({query} AND rowid % 2 = 1)" for query in found)

    def _scan(self, pattern: Pattern, side: Field | None) -> str:
        """Return a query that looks at the text of all cards.

        GLOB takes five times as long to go through text as LIKE and instr do, but LIKE knows the
        case of ASCII alone. So where other letters have a case, GLOB is asked last, of the few
        texts that have the longest word in one of the cases that words are written in.
        """
        columns = ("front", "back") if side is None else (str(side),)
        anywhere = Pattern.of([Wild.ANY, *pattern.parts, Wild.ANY])
        if (whole := _like(anywhere)) is not None:
            like = self._bind(whole)
            fits = [f"{column} LIKE {like} ESCAPE '\\'" for column in columns]
        else:
            exact = self._bind(glob(anywhere))
            forms = [self._bind(form) for form in _forms(anywhere)]
            fits = [
                f"(({' OR '.join(f'instr({column}, {form})' for form in forms)})"
                f" AND {column} GLOB {exact})"
                for column in columns
            ]
        return f"SELECT id FROM card WHERE {' OR '.join(fits)}"


def glob(pattern: Pattern) -> str:
    """Return a pattern for GLOB that takes any case of every letter, in every script."""
    found = []
    for part in pattern.parts:
        if isinstance(part, Wild):
            found.append("*" if part is Wild.ANY else "?")
            continue
        for char in part:
            cases = dict.fromkeys((char, char.lower(), char.upper()))
            single = "".join(case for case in cases if len(case) == 1)
            found.append(f"[{single}]" if len(single) > 1 or char in "*?[" else char)
    return "".join(found)


def _like(pattern: Pattern) -> str | None:
    """Return the pattern for LIKE; None where letters beyond ASCII have a case."""
    found = []
    for part in pattern.parts:
        if isinstance(part, Wild):
            found.append("%" if part is Wild.ANY else "_")
        elif part.isascii() or part.lower() == part.upper():
            found.append(re.sub(r"([%_\\])", r"\\\1", part))
        else:
            return None
    return "".join(found)


def _forms(pattern: Pattern) -> list[str]:
    """Return texts, one of which stands in every text that fits; the empty one stands in all.

    The longest word, small without its first letter, which may be a capital; and all in capitals.
    """
    words = [w for part in pattern.parts if isinstance(part, str) for w in _WORD.findall(part)]
    word = max(words, key=lambda w: (not w.isascii(), len(w)), default="")
    small, capital = word[1:].lower(), word.upper()
    if word.isascii() or len(capital) != len(word):  # any case, or ß and its like
        return [""]
    return [small, capital]


def _begin(pattern: Pattern) -> str | None:
    """Return text that is to be found whole or as a beginning; None where wildcards say more."""
    match pattern.parts:
        case (str(text),) | (str(text), Wild.ANY):
            return text
        case _:
            return None


def _below(pattern: Pattern) -> tuple[Pattern, ...]:
    """Return patterns for a tag or deck and all below it, as Obsidian and as Anki write paths."""
    found: dict[Pattern, None] = {}
    for sign in ("/", "::"):
        parts = [
            re.sub("::|/", sign, part) if isinstance(part, str) else part for part in pattern.parts
        ]
        if parts and isinstance(parts[0], str):
            parts[0] = parts[0].removeprefix("#")
        found[Pattern.of(parts)] = None
        found[Pattern.of([*parts, sign, Wild.ANY])] = None
    return tuple(found)
