"""Inline shapes that several rules read: a term and its meaning, a label and what it labels."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from warmstart.notes.glossary import without_emphasis

MAX_TERM: Final = 60
"""Characters of a term; what is longer is a sentence."""
_MAX_PLAIN_WORDS: Final = 5

_BOLD_TERM = re.compile(
    r"(?P<mark>\*\*|__)(?P<term>(?:(?!(?P=mark)).){1,80}?)(?P<in>[:：])?(?P=mark)"
    r"(?P<note>[ \t]*\([^()]{1,80}\))?"
    r"[ \t]*(?P<sep>[—–:：=]|-{1,2}(?=\s)|(?(in)|(?!)))[ \t]*(?P<rest>.*)$"
)
_CODE_TERM = re.compile(
    r"(?P<term>`[^`]{1,60}`)(?P<note>[ \t]*\([^()]{1,80}\))?"
    r"[ \t]*(?P<sep>[—–:：=]|-{1,2}(?=\s))[ \t]*(?P<rest>.*)$"
)
_PLAIN_TERM = re.compile(
    r"(?P<term>[^\W_][^—–:：|*`\[\]<>?!;]{0,59}?)(?P<note>[ \t]*\([^()]{1,80}\))?"
    r"(?P<sep>[ \t]+[—–][ \t]|[ \t]+-{1,2}[ \t]|[:：](?=\s))[ \t]*(?P<rest>\S.*)$"
)
_LABEL = re.compile(r"(?:\*\*|__)[^*_\n]{1,80}?(?:[:：](?:\*\*|__)|(?:\*\*|__)[ \t]*[:：])")
_LINK_ONLY = re.compile(
    r"(?:[-–—•,;|&\s]|and\b|и\b|!?\[\[[^\]]*\]\]|!?\[[^\]]*\]\([^)]*\)|<?https?://\S+)+"
)
_LINK = re.compile(r"\[\[[^\]]*\]\]|\]\(|https?://")
_TARGET = re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*\)")
_SENTENCE_END = re.compile(r"(?<=[.!?。…])[\"»”')\]*_]*\s+(?=[^\Wa-zа-я]|[*_`«\"(])")
_EMPHASIS = re.compile(r"[*_`]")
_NOT_WORDS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Term:
    """A term with its meaning, as a line gives them."""

    term: str
    """Without emphasis."""
    note: str
    """The parenthesis behind it, with its brackets, or nothing."""
    meaning: str
    strong: bool
    """Whether it is written bold or as code, and so meant as a term."""
    colon: bool

    @property
    def name(self) -> str:
        """Return the term with the parenthesis behind it."""
        return f"{self.term} {self.note}" if self.note else self.term


def split_term(text: str) -> Term | None:
    """Return the term at the head of ``text`` and what a dash or colon says it means."""
    strong = _BOLD_TERM.match(text) or _CODE_TERM.match(text)
    found = strong or _PLAIN_TERM.match(text)
    if found is None:
        return None
    term = without_emphasis(found["term"]).strip(" :：")
    meaning = found["rest"].strip()
    if not term or not meaning or is_link_only(meaning) or is_link_only(term):
        return None
    if not strong and len(term.split()) > _MAX_PLAIN_WORDS:
        return None
    groups = found.groupdict()
    colon = found["sep"].strip() in (":", "：", "") or bool(groups.get("in"))
    return Term(term, (found["note"] or "").strip(), meaning, strong is not None, colon)


def begins_with_label(text: str) -> bool:
    """Whether ``text`` begins with a bold label and a colon."""
    return text.startswith(("**", "__")) and _LABEL.match(text) is not None


def split_label(text: str) -> tuple[str, str] | None:
    """Return a bold label and the text behind its colon, which may be empty."""
    if not text.startswith(("**", "__")):
        return None
    found = _LABEL.match(text)
    if found is None:
        return None
    return found[0].strip("*_ :：\t"), text[found.end() :].strip()


def is_link_only(text: str) -> bool:
    """Whether ``text`` is nothing but links."""
    return _LINK.search(text) is not None and _LINK_ONLY.fullmatch(text) is not None


def has_link(text: str) -> bool:
    """Whether a link stands in ``text``."""
    return _LINK.search(text) is not None


def unlinked(text: str) -> str:
    """Return ``text`` with each link replaced by its words: a question is no place to click."""
    return _TARGET.sub(r"\1", text) if "](" in text else text


def sentences(text: str) -> list[str]:
    """Split prose at what looks like the ends of its sentences."""
    return _SENTENCE_END.split(text)


def first_sentences(text: str, limit: int) -> str:
    """Return as many whole sentences of ``text`` as fit into ``limit`` characters, one at least."""
    kept = ""
    for sentence in sentences(text):
        longer = f"{kept} {sentence}" if kept else sentence
        if kept and len(longer) > limit:
            break
        kept = longer
    return kept


def normal(text: str) -> str:
    """Return a question or a term as it is compared: case, markup and punctuation aside."""
    return _NOT_WORDS.sub(" ", text.casefold()).strip()


def normal_answer(text: str) -> str:
    """Return an answer as it is compared: signs may be all it says (``> 0``, ``✅``)."""
    return " ".join(_EMPHASIS.sub("", text.casefold()).split())
