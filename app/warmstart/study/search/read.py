"""From what was typed to a tree: Anki's grammar.

Conditions side by side must all hold; ``or`` binds weaker; ``-`` turns the one behind it round;
brackets group. Reading takes one look at every character. What cannot be read is one sentence that
points at the character, a ``SearchError``; there is no input that raises anything else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from warmstart.errors import SearchError
from warmstart.study.search.terms import Text, is_key, keyed, unknown_key
from warmstart.study.search.tree import (
    AllOf,
    AnyOf,
    Everything,
    Not,
    Search,
    Span,
    Words,
)

_TERMS: Final = 200
"""The most conditions: SQLite bounds how deep an expression may be, and nobody types more."""
_DEPTH: Final = 40
"""The deepest that brackets and negations may nest."""
LONGEST: Final = 2_000
"""The most characters of a query; SQLite bounds the patterns that it matches."""

_BARE = r'(?:\\.|[^\s()"\\]|\\\Z)'
_TOKEN = re.compile(
    rf"""(?P<space>\s+)|(?P<open>\()|(?P<close>\))|(?P<minus>-)
    |(?P<quoted>"(?:\\.|[^"\\])*(?:"|\\?\Z))
    |(?P<key>[^\W\d_]+):(?:(?P<value>"(?:\\.|[^"\\])*(?:"|\\?\Z))|(?P<rest>{_BARE}*))
    |(?P<word>{_BARE}+)""",
    re.DOTALL | re.VERBOSE,
)
_KEY = re.compile(r"([^\W\d_]+):")


class _Kind(Enum):
    OPEN = auto()
    CLOSE = auto()
    MINUS = auto()
    OR = auto()
    AND = auto()
    TERM = auto()
    END = auto()


_BEGINNING: Final = (_Kind.TERM, _Kind.OPEN, _Kind.MINUS)
"""What a condition may begin with."""


@dataclass(frozen=True, slots=True)
class _Token:
    kind: _Kind
    start: int
    end: int
    term: Search | None = None


def parse(query: str) -> Search:
    """Return what ``query`` asks; an empty one asks for everything.

    Raises:
        SearchError: it cannot be read; the error says what and where.
    """
    if len(query) > LONGEST:
        raise SearchError(
            f"A search has at most {LONGEST:,} characters.",
            query[: LONGEST + 1],
            LONGEST,
            LONGEST + 1,
        )
    return _Reader(query).search()


class _Reader:
    """One reading of one query: a token ahead is all it looks."""

    def __init__(self, query: str) -> None:
        self._query = query
        self._tokens = _tokens(query)
        self._place = 0

    def search(self) -> Search:
        if self._next().kind is _Kind.END:
            return Everything(span=Span(0, len(self._query)))
        found = self._any(0)
        if self._next().kind is _Kind.CLOSE:
            raise self._error("This bracket closes nothing.", self._next())
        return found

    def _next(self) -> _Token:
        return self._tokens[self._place]

    def _take(self) -> _Token:
        token = self._next()
        self._place += 1
        return token

    def _any(self, depth: int) -> Search:
        parts = [self._all(depth)]
        while self._next().kind is _Kind.OR:
            self._take()
            parts.append(self._all(depth))
        if len(parts) == 1:
            return parts[0]
        return AnyOf(tuple(parts), span=Span(parts[0].span.start, parts[-1].span.end))

    def _all(self, depth: int) -> Search:
        parts = [self._one(depth)]
        while self._next().kind not in (_Kind.OR, _Kind.CLOSE, _Kind.END):
            if self._next().kind is _Kind.AND:
                self._take()
            parts.append(self._one(depth))
        if len(parts) == 1:
            return parts[0]
        return AllOf(tuple(parts), span=Span(parts[0].span.start, parts[-1].span.end))

    def _one(self, depth: int) -> Search:
        token = self._take()
        if depth > _DEPTH:
            raise self._error(f"Brackets and “-” nest at most {_DEPTH} deep.", token)
        if token.term is not None:
            return token.term
        if token.kind is _Kind.MINUS:
            if self._next().start != token.end or self._next().kind not in _BEGINNING:
                raise self._error("Nothing follows this “-”.", token, hint="Write \\- to find it.")
            part = self._one(depth + 1)
            return Not(part, span=Span(token.start, part.span.end))
        if token.kind is _Kind.OPEN:
            if self._next().kind is _Kind.CLOSE:
                raise self._error("Nothing stands between these brackets.", token, self._next())
            found = self._any(depth + 1)
            if self._next().kind is not _Kind.CLOSE:
                raise self._error("This bracket is not closed.", token)
            self._take()
            return found
        raise self._missing(token)

    def _missing(self, token: _Token) -> SearchError:
        """Return the error for what stands where a condition should."""
        if token.kind in (_Kind.OR, _Kind.AND):
            word = self._query[token.start : token.end]
            return self._error(
                f"Nothing stands before this “{word}”.", token, hint=f'Write "{word}" to find it.'
            )
        before = self._tokens[self._place - 2] if self._place > 1 else None
        if before is not None and before.kind in (_Kind.OR, _Kind.AND):
            word = self._query[before.start : before.end]
            return self._error(f"Nothing follows this “{word}”.", before)
        return self._error("This bracket closes nothing.", token)

    def _error(
        self, message: str, first: _Token, last: _Token | None = None, *, hint: str | None = None
    ) -> SearchError:
        end = (last or first).end
        return SearchError(message, self._query, first.start, end, hint=hint)


_SIGNS: Final = {"open": _Kind.OPEN, "close": _Kind.CLOSE, "minus": _Kind.MINUS}
_JOINING: Final = {"or": _Kind.OR, "and": _Kind.AND}


def _tokens(query: str) -> list[_Token]:
    tokens: list[_Token] = []
    terms = 0
    for found in _TOKEN.finditer(query):
        name = found.lastgroup
        start, end = found.span()
        if name == "space":
            continue
        if name in _SIGNS:
            tokens.append(_Token(_SIGNS[name], start, end))
        elif name == "word" and (joining := _JOINING.get(found[0].lower())):
            tokens.append(_Token(joining, start, end))
        else:
            terms += 1
            if terms > _TERMS:
                raise SearchError(f"A search has at most {_TERMS} conditions.", query, start, end)
            tokens.append(_Token(_Kind.TERM, start, end, _term(query, found)))
    tokens.append(_Token(_Kind.END, len(query), len(query)))
    return tokens


def _term(query: str, found: re.Match[str]) -> Search:
    span = Span(*found.span())
    if found["key"] is not None:
        key = found["key"]
        if not is_key(key):
            raise unknown_key(key, query, span.start)
        if found["value"] is not None:
            value = _unquoted(query, found["value"], found.start("value"))
        else:
            value = Text(query, found["rest"], found.start("rest"))
        return keyed(key, value, span)
    if found["quoted"] is not None:
        inside = _unquoted(query, found[0], span.start)
        if not inside.raw:
            raise SearchError("Nothing stands between these quotes.", query, span.start, span.end)
        # "deck:two words" is deck:"two words", as Anki has it; other colons in quotes are text.
        if (key_found := _KEY.match(inside.raw)) and is_key(key_found[1]):
            return keyed(key_found[1], inside.after(key_found.end()), span)
        return Words(inside.pattern(), span=span)
    return Words(Text(query, found[0], span.start).pattern(), span=span)


def _unquoted(query: str, quoted: str, start: int) -> Text:
    """Return what stands between the quotes."""
    if not re.fullmatch(r'"(?:\\.|[^"\\])*"', quoted, re.DOTALL):
        raise SearchError("This quote is not closed.", query, start, start + 1)
    return Text(query, quoted[1:-1], start + 1)
