"""Whether a question names a heading or a term of its note.

A name stands in a question if its words do, side by side, upper and lower case and inflection
aside. Inflection is handled by cutting endings off both sides alike: Russian case endings, the
particles Korean hangs on a noun, the English plural. Cutting too much on both sides does no harm as
long as two names of one note stay apart.

A title may carry several names: "Dead Letter Queue (DLQ)" carries two, "Saga: the third step fails"
carries the whole and, were it two words, what stands before the colon.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAX_WORDS: Final = 8
_MIN_LETTERS: Final = 3
_MAX_NAMESAKES: Final = 8
"""A name that more concepts of one note bear tells nothing about which is meant."""

_WORD = re.compile(r"[a-z0-9+#]+|[가-힣]+|[^\W_]+?(?=[a-z0-9가-힣]|\b|_)", re.IGNORECASE)
_PARENTHESES = re.compile(r"\(([^()]*)\)")
_COLON = re.compile(r":\s|\s[—–-]\s")

_RUSSIAN = re.compile(
    r"(?:иями|ями|ами|его|ого|ему|ому|ыми|ими|иях|иям|ией|ах|ях|ев|ов|ей|ой|ий|ый|ом|ем|ам|ям|"
    r"ую|юю|ая|яя|ое|ее|ые|ие|их|ых|им|ым|ия|ии|ию|а|я|о|е|ы|и|у|ю|ь|й)$"
)
_KOREAN = re.compile(
    r"(?:이란|에서|으로|부터|까지|에게|처럼|보다|이나|은|는|이|가|을|를|의|에|로|와|과|도|만|란)$"
)
_GENERIC: Final = """
    summary overview introduction conclusion conclusions links sources references resources notes
    example examples pattern patterns problem solution definition terms glossary basics testing
    итог итоги резюме введение обзор связи источники ресурсы ссылки примеры пример паттерн паттерны
    проблема решение определение термины терминология глоссарий преимущества недостатки
    요약 개요 소개 결론 링크 출처 참고 예시 예제 패턴 문제 해결 정의 용어
"""
"""Headings that every other note has: a question that holds such a word does not mean them."""


_GENERIC_NAMES = frozenset(_GENERIC.split())


class Names:
    """The names of a note's concepts, ready to be looked for in questions."""

    def __init__(self) -> None:
        self.found: dict[tuple[str, ...], list[int]] = {}
        self.longest = 0

    def add(self, title: str, concept: int) -> None:
        """Let each name that ``title`` carries stand for ``concept``."""
        for name in _names(title):
            namesakes = self.found.setdefault(name, [])
            if len(namesakes) < _MAX_NAMESAKES:
                namesakes.append(concept)
            self.longest = max(self.longest, len(name))

    def named_in(self, question: str) -> set[int]:
        """Return the concepts that ``question`` (plain text) names."""
        words = _stems(question)
        named: set[int] = set()
        for start in range(len(words)):
            for size in range(1, min(self.longest, len(words) - start) + 1):
                named.update(self.found.get(tuple(words[start : start + size]), ()))
        return named


def _names(title: str) -> Iterator[tuple[str, ...]]:
    """Yield the names ``title`` carries: the whole, the abbreviation in parentheses, the rest."""
    inside = _PARENTHESES.findall(title)
    bare = _PARENTHESES.sub(" ", title)
    before = _COLON.split(bare, maxsplit=1)[0]
    names = [bare] if before == bare else [bare, *_two_words(before)]
    names += [part for part in inside if part.isupper()]
    for name in dict.fromkeys(names):
        words = _stems(name)
        if _is_telling(name, words):
            yield tuple(words)


def _two_words(text: str) -> list[str]:
    return [text] if len(_stems(text)) > 1 else []


def _is_telling(name: str, words: list[str]) -> bool:
    """Whether a name is long and particular enough not to stand in a question by accident."""
    if not words or len(words) > _MAX_WORDS or name.strip().casefold() in _GENERIC_NAMES:
        return False
    letters = "".join(words)
    if len(letters) >= _MIN_LETTERS:
        return True
    # S3 and C# are names, and so are two syllables of Korean; "go", "if" and "до" may be anything.
    return len(letters) > 1 and (not letters.isalpha() or "가" <= letters[0] <= "힣")


def _stems(text: str) -> list[str]:
    return [_stem(word) for word in _WORD.findall(text.casefold().replace("ё", "е"))]


def _stem(word: str) -> str:
    first = word[0]
    if first.isascii():
        return word[:-1] if len(word) > _MIN_LETTERS and word[-1] == "s" != word[-2] else word
    korean = "가" <= first <= "힣"
    endings, keep = (_KOREAN, 2) if korean else (_RUSSIAN, 4)
    while found := endings.search(word):
        if found.start() < keep:
            break
        word = word[: found.start()]
    return word
