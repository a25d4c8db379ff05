"""The same keys under a Russian or a Korean keyboard layout.

A binding names a physical key. Under ЙЦУКЕН or 두벌식 that key sends another character, so each
character that arrives is traced back to its key on a Latin keyboard. A terminal reports characters
only, so two of them are ambiguous: under ЙЦУКЕН the key ``/`` sends ``.`` and ``?`` sends ``,``.
They are read as such while the letter typed before them was Cyrillic, and left alone otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_LATIN = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`"
_RUSSIAN = "йцукенгшщзхъфывапролджэячсмитьбюё"
_LATIN_SHIFTED = 'QWERTYUIOP{}ASDFGHJKL:"ZXCVBNM<>~'
# Ukrainian differs in the letters below; the keys of the rest are the same.
_UKRAINIAN = {"і": "s", "ї": "]", "є": "'", "ґ": "`", "І": "S", "Ї": "}", "Є": '"', "Ґ": "~"}
_CYRILLIC: Final = (
    dict(zip(_RUSSIAN, _LATIN, strict=True))
    | dict(zip(_RUSSIAN.upper(), _LATIN_SHIFTED, strict=True))
    | _UKRAINIAN
)
_CYRILLIC_PUNCTUATION: Final = {".": "/", ",": "?"}

# Keys of the parts of a syllable in Unicode's order: 19 initials, 21 vowels, 27 finals and none.
# A compound takes several keys.
_INITIAL = "r R s e E f a q Q t T d w W c z x v g"
_VOWEL = "k o i O j p u P h hk ho hl y n nj np nl b m ml l"
_FINAL = "r R rt s sw sg e f fr fa fq ft fx fv fg a q qt t T d w c z x v g"
# Keys of the single letters a terminal sends while nothing is composed: U+3131 on, in code order.
_CONSONANT = "r R rt s sw sg e E f fr fa fq ft fx fv fg a q Q qt t T d w W c z x v g"

_INITIALS: Final = _INITIAL.split()
_VOWELS: Final = _VOWEL.split()
_FINALS: Final = ["", *_FINAL.split()]
_LETTERS: Final = [*_CONSONANT.split(), *_VOWELS]
_FIRST_LETTER: Final = ord("ㄱ")
_FIRST_SYLLABLE: Final = ord("가")
_LAST_SYLLABLE: Final = ord("힣")


def _hangul(character: str) -> str | None:
    code = ord(character)
    if 0 <= (letter := code - _FIRST_LETTER) < len(_LETTERS):
        return _LETTERS[letter]
    if _FIRST_SYLLABLE <= code <= _LAST_SYLLABLE:
        vowel, final = divmod(code - _FIRST_SYLLABLE, len(_FINALS))
        initial, vowel = divmod(vowel, len(_VOWELS))
        return _INITIALS[initial] + _VOWELS[vowel] + _FINALS[final]
    return None


@dataclass(slots=True)
class Layout:
    """Traces characters to Latin keys; remembers whether the letter before was Cyrillic."""

    cyrillic: bool = False

    def keys(self, character: str) -> str:
        """Return the Latin keys behind ``character``: one, or several for a composed syllable.

        Characters of no known layout come back as they are.
        """
        if (latin := _CYRILLIC.get(character)) is not None:
            self.cyrillic = True
            return latin
        if self.cyrillic and (latin := _CYRILLIC_PUNCTUATION.get(character)) is not None:
            return latin
        if character.isalpha():
            self.cyrillic = False
            return _hangul(character) or character
        return character


_NAMES: Final = {
    "/": "slash",
    "?": "question_mark",
    ".": "full_stop",
    ",": "comma",
    "[": "left_square_bracket",
    "]": "right_square_bracket",
    "{": "left_curly_bracket",
    "}": "right_curly_bracket",
    ";": "semicolon",
    ":": "colon",
    "'": "apostrophe",
    '"': "quotation_mark",
    "`": "grave_accent",
    "~": "tilde",
    "<": "less_than_sign",
    ">": "greater_than_sign",
}


def key_name(character: str) -> str:
    """Return the name under which bindings know the key of a Latin ``character``."""
    return _NAMES.get(character, character)
