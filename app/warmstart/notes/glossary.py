"""Which tables are glossaries: two columns whose header reads like Term | Meaning.

Both words must be on the list of one language. "Characteristic | Description" or "Scenario | Why"
look alike and are none: their first column says what the rows are, and it is not words.
"""

from __future__ import annotations

import re
from typing import Final

_LANGUAGES: Final = """
term terms word words concept acronym abbreviation phrase vocabulary
| meaning meanings definition definitions explanation description translation

термин термины понятие понятия слово слова аббревиатура сокращение определение
| значение значения определение определения смысл объяснение пояснение описание расшифровка перевод

термін терміни поняття слово слова скорочення
| значення визначення пояснення опис переклад

용어 개념 단어 약어
| 의미 뜻 정의 설명 해설 번역

begriff begriffe wort wörter fachbegriff abkürzung
| bedeutung definition erklärung beschreibung übersetzung

terme termes mot mots notion concept sigle abréviation
| signification sens définition définitions explication description traduction

término términos termino palabra palabras concepto sigla abreviatura
| significado definición definicion explicación descripción traducción

termo termos palavra palavras conceito sigla abreviatura
| significado definição definicao explicação descrição tradução

termine termini parola parole concetto sigla abbreviazione
| significato definizione spiegazione descrizione traduzione

term termen woord woorden begrip afkorting
| betekenis definitie uitleg beschrijving vertaling

termin terminy pojęcie pojęcia słowo słowa skrót
| znaczenie definicja wyjaśnienie opis tłumaczenie

termín termíny pojem pojmy slovo slova zkratka
| význam definice vysvětlení popis překlad
"""
"""Words for a term and words for its meaning: English, Russian, Ukrainian, Korean, German, French,
Spanish, Portuguese, Italian, Dutch, Polish, Czech."""

_WORDS: Final = tuple(
    tuple(frozenset(words.split()) for words in language.split("|"))
    for language in _LANGUAGES.split("\n\n")
)
_EMPHASIS = re.compile(r"(\*\*|__|==|~~)(?=\S)(.+?)(?<=\S)\1")
_WHOLE = re.compile(r"([*_])(?=\S)([^*_]+)(?<=\S)\1")
_NOT_LETTERS = re.compile(r"[\W\d_]+")


def is_glossary(header: list[str]) -> bool:
    """Whether a table with these header cells gives a term and its meaning in each row."""
    words = [_NOT_LETTERS.sub(" ", cell).strip().casefold() for cell in header]
    match words:
        case [term, meaning]:
            return any(term in terms and meaning in meanings for terms, meanings in _WORDS)
    return False


def without_emphasis(cell: str) -> str:
    """Return a cell's markdown without bold and the like, since every term in its column has it."""
    bare = _EMPHASIS.sub(r"\2", cell)
    whole = _WHOLE.fullmatch(bare)
    return (whole[2] if whole else bare).strip()
