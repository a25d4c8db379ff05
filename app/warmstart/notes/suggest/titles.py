"""Headings: what they name, which say nothing by themselves, and which hold no knowledge."""

from __future__ import annotations

import re
from typing import Final

_NUMBER = re.compile(r"^(?:\d+(?:\.\d+)*[.)]\s+|(?:step|шаг|단계)\s*\d+[.:)]\s*)", re.IGNORECASE)
_SIGNS = re.compile(r"^[^\w«\"'`(.$/#@-]+")
_KIND = re.compile(
    r"^(?:(?:anti-?)?pattern|(?:анти)?паттерн|(?:안티)?패턴)\s*(?:#?\d+\s*)?[:：—–-]\s*",
    re.IGNORECASE,
)
_PARENTHESES = re.compile(r"\s*\([^()]*\)$")
_WORD = re.compile(r"[^\W\d_]+")
_SPACES = re.compile(r"\s+")

_GENERIC_WORDS: Final = """
    a an and or the of to for in on key main core basic basics general quick not when how why what
    summary overview introduction conclusion conclusions tldr tl dr reference definition
    definitions project questions
    advantages disadvantages benefits drawbacks pros cons limitations limits limit trade tradeoffs
    offs example examples usage use case cases best practices practice anti patterns pattern
    antipatterns techniques tips notes important features feature properties characteristics
    components types structure comparison tools checklist steps strategy strategies testing
    problem problems solution solutions suitable do don't dos donts avoid techniques monitoring
    это и или в во на для к с по не что где как когда почему ключевые основные общие идеальные
    характеристики характеристика определение определения преимущества недостатки плюсы минусы
    ограничения пример примеры сценарии использовать использования применять подходит итог итоги
    итоге резюме вывод выводы обзор введение паттерны антипаттерны паттерн связанные инструменты
    типы виды компоненты модель структура сравнение проблема проблемы решение решения советы
    делать проект вопросы лучшие практики основы свойства особенности шаги реализации
    개요 요약 소개 결론 정의 특징 장점 단점 예시 예제 사용 사용법 패턴 안티패턴 기본 구조 비교
    주의 주의사항 체크리스트 문제 해결 방법 용도 종류 구성 운영 설정 함수 설계 권장
"""
_GENERIC: Final = frozenset(_GENERIC_WORDS.split())
"""Words of headings that every other note has; a heading of nothing else says nothing by itself."""

_SOURCES = re.compile(
    r"^\W*(?:table of contents|contents|toc|sources?|references?|bibliography|links?|see also|"
    r"further reading|read(?:ing)? (?:more|next)|resources?|related (?:skills|notes|links|pages)|"
    r"books?|courses?|changelog|"
    r"содержание|оглавление|источники|источник|ссылки|литература|ресурсы|связи|связанные заметки|"
    r"что почитать|куда дальше|дальше|книги|курсы|документация|"
    r"목차|참고|참고 ?(?:자료|문헌)|출처|링크|관련 (?:skills|문서|노트|링크)|더 읽을거리)"
    r"(?:\s*$|\s+(?:для|for|and|и|&)\s)",
    re.IGNORECASE,
)

_SUMS_UP_WORDS: Final = """
    summary overview introduction conclusion conclusions tl dr tldr definition quick reference
    итог итоги итоге резюме вывод выводы обзор введение определение что в 개요 요약 소개 결론 정의
"""
_SUMS_UP: Final = frozenset(_SUMS_UP_WORDS.split())

_REASONS = re.compile(
    r"\b(?:not (?:suitable|to use|for)|when not|don'?t use|avoid|"
    r"не подходит|не использовать|не применять|не стоит)|"
    r"부적합|쓰지 말아야|사용하지 말아야",
    re.IGNORECASE,
)


def asks(title: str) -> bool:
    """Whether a title is a question, be its mark a wide or an Arabic one."""
    return title.endswith(("?", "？", "؟"))


def clean_title(title: str) -> str:
    """Return a title without its number, its signs (``❌``) and what kind of thing it announces."""
    title = _SPACES.sub(" ", title).strip(" :：")
    for pattern in (_SIGNS, _NUMBER, _KIND):
        title = pattern.sub("", title, count=1) or title
    return title.strip()


def short_title(title: str) -> str:
    """Return a title without the parenthesis at its end."""
    return _PARENTHESES.sub("", title).strip() or title


def is_generic(title: str) -> bool:
    """Whether a title says nothing about what it is the advantages, the steps or the summary of."""
    words = _WORD.findall(title.casefold())
    return all(word in _GENERIC for word in words)


def sums_up(title: str) -> bool:
    """Whether a title only says that the whole is told again, in short."""
    words = _WORD.findall(title.casefold())
    return bool(words) and all(word in _SUMS_UP for word in words)


def holds_sources(title: str) -> bool:
    """Whether a section under this title lists where to read on, not what to know."""
    return _SOURCES.match(clean_title(title)) is not None


def gives_reasons(title: str) -> bool:
    """Whether what stands under this title says why not."""
    return _REASONS.search(title) is not None
