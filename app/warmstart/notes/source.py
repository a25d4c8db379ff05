"""Bytes to text: UTF-8 with or without a BOM, UTF-16 with one, and a clear sentence otherwise."""

from __future__ import annotations

import codecs
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import Final

from warmstart.errors import NoteError

MAX_BYTES: Final = 10_000_000
"""A note is at most this long. A longer file is a dump, not something one studies."""

_SAMPLE: Final = 65_536
_ENOUGH: Final = 0.5
"""The share of a language's frequent letters from which a guess is worth telling."""
_MOSTLY: Final = 10

_MAGIC: Final = (
    (b"%PDF-", "a PDF"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"PK\x03\x04", "a ZIP archive (or a .docx, .odt or .epub, which are ZIP archives)"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"\x7fELF", "a program"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"),
    (b"{\\rtf", "an RTF document"),
)


@dataclass(frozen=True, slots=True)
class _Guess:
    """An encoding, and the characters that make up at least half of what its readers write."""

    codec: str
    name: str
    frequent: frozenset[str]
    rare: frozenset[str] = frozenset()
    """Characters that the same bytes give where they are of another encoding."""


def _range(first: int, last: int) -> frozenset[str]:
    return frozenset(map(chr, range(first, last + 1)))


def _rows(codec: str, first: int, last: int) -> frozenset[str]:
    """Return the characters of two bytes whose first lies between these: standards sort by use."""
    pairs = bytes(
        byte for row in range(first, last + 1) for t in range(0x40, 0xFF) for byte in (row, t)
    )
    decoded = (pairs[i : i + 2].decode(codec, "ignore") for i in range(0, len(pairs), 2))
    return frozenset(character for character in decoded if len(character) == 1)


_RUSSIAN = frozenset("оеаинтсрвлкмдпуяыьгз")
_CHINESE_POINTS = frozenset("、。，：；（）《》“”！？")


@cache
def _guesses() -> tuple[_Guess, ...]:
    """Return the encodings to try; of two that fit as well, the first.

    Those of East Asia share most of their bytes. Korean text is all syllables, which no other has;
    Chinese text uses the first rows of its standard, for half of which Korean's has no syllables
    and Japanese's nothing common.
    """
    han = _range(0x4E00, 0x9FFF)
    kana = _range(0x3041, 0x30FC)
    return (
        _Guess("cp949", "cp949 (Korean; EUC-KR is part of it)", _range(0xAC00, 0xD7A3), han),
        _Guess("shift_jis", "Shift_JIS (Japanese)", kana | _rows("shift_jis", 0x88, 0x97)),
        _Guess("euc_jp", "EUC-JP (Japanese)", kana | _rows("euc_jp", 0xB0, 0xCF)),
        _Guess(
            "gb18030",
            "GB18030 (Chinese; GBK is part of it)",
            _rows("gb2312", 0xB0, 0xD7) | _CHINESE_POINTS,
            kana,
        ),
        _Guess("big5", "Big5 (Chinese)", _rows("big5", 0xA4, 0xC6) | _CHINESE_POINTS),
        _Guess("cp1251", "cp1251 (Windows, Cyrillic)", _RUSSIAN),
        _Guess("koi8_r", "KOI8-R (Cyrillic)", _RUSSIAN),
        _Guess("cp866", "cp866 (DOS, Cyrillic)", _RUSSIAN),
        _Guess(
            "cp1252",
            "cp1252 (Windows, Western; Latin-1 is part of it)",
            frozenset("äöüßÄÖÜéèêëàâçñóíáúãõôîïûùåæøœ’‘“”„–—…•°«»€"),
        ),
        _Guess(
            "cp1250",
            "cp1250 (Windows, Central European)",
            frozenset("ąćęłńóśźżáčďéěíňřšťúůýžőű„”–"),
        ),
    )


def decode(data: bytes) -> str:
    """Return the text of a note, without its BOM and with its line ends as they are.

    Raises NoteError, with the first bad line where one can be named, if ``data`` is too long, is
    not text, or is text in another encoding; the hint then names the likely one.
    """
    if len(data) > MAX_BYTES:
        raise too_long(len(data))
    for bom, codec in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if data.startswith(bom):
            return _utf16(data[len(bom) :], codec)
    for magic, what in _MAGIC:
        if data.startswith(magic):
            raise NoteError(
                f"This is {what}, not a text file.", hint="Export it as markdown or text first."
            )
    nul = data.find(b"\x00")
    if nul >= 0:
        raise _not_text(data, nul)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _wrong_encoding(data, error.start) from error


def too_long(size: int) -> NoteError:
    """Return the error for a file of ``size`` bytes: who knows the size need not read it."""
    return NoteError(
        f"The file is {size / 1e6:.0f} MB long; a note may have at most {MAX_BYTES // 10**6} MB.",
        hint="Split it into several notes.",
    )


def _utf16(data: bytes, codec: str) -> str:
    try:
        return data.decode(codec)
    except UnicodeDecodeError as error:
        line = data[: error.start].decode(codec, "replace").count("\n") + 1
        raise NoteError(
            "The file says it is UTF-16, but is damaged.", line=line, hint="Save it as UTF-8."
        ) from error


def _not_text(data: bytes, nul: int) -> NoteError:
    sample = data[: _SAMPLE - 1 if len(data) > _SAMPLE else len(data)]
    # Of a letter's two bytes one tells the script, and is the same for most of a text.
    for halves, codec in ((sample[1::2], "utf-16-le"), (sample[::2], "utf-16-be")):
        same = max(Counter(halves).values(), default=0)
        if same > len(halves) * _ENOUGH and _reads_as(sample, codec):
            return NoteError(
                "The file is UTF-16 without a byte order mark.", line=1, hint="Save it as UTF-8."
            )
    return NoteError(
        "This is a binary file, not text.",
        line=_line_of(data, nul),
        hint="Choose a markdown or text file.",
    )


def _reads_as(sample: bytes, codec: str) -> bool:
    """Whether bytes are nothing but letters and what stands between them."""
    text = sample[: len(sample) // 2 * 2].decode(codec, "replace")
    return all(character.isprintable() or character.isspace() for character in text)


def _wrong_encoding(data: bytes, start: int) -> NoteError:
    line = _line_of(data, start)
    if _is_damaged_utf8(data):
        return NoteError(
            "A character is damaged; the rest of the text is UTF-8.",
            line=line,
            hint="Write that line again and save the file as UTF-8.",
        )
    guess = likely_encoding(data)
    hint = f"It looks like {guess}; save it as UTF-8." if guess else "Save it as UTF-8."
    return NoteError("The text is not UTF-8.", line=line, hint=hint)


def _is_damaged_utf8(data: bytes) -> bool:
    """Whether nearly all that is not ASCII reads as UTF-8, which others never do by chance."""
    text = data.decode("utf-8", "replace")
    damaged = text.count("\ufffd")
    return sum(c > "\x7f" for c in text) > _MOSTLY * damaged


def _line_of(data: bytes, at: int) -> int:
    """Return the line (from 1) that byte ``at`` lies on."""
    feeds = data.count(b"\n", 0, at)
    return 1 + (feeds or data.count(b"\r", 0, at))


def likely_encoding(data: bytes) -> str | None:
    """Return the name of the encoding in which ``data`` reads most like its language, or None.

    The measure is the share of frequent letters among all that is not ASCII, in the first 64 KB.
    Russian's twenty most frequent lower-case letters make up nine tenths of a Russian text; read
    in a neighbouring encoding the same bytes give capitals and box drawings.
    """
    sample = data[:_SAMPLE]
    best: tuple[float, str] = (_ENOUGH, "")
    for guess in _guesses():
        decoder = codecs.getincrementaldecoder(guess.codec)()
        try:
            text = decoder.decode(sample, final=len(sample) == len(data))
        except UnicodeDecodeError:
            continue
        foreign = [c for c in text if c > "\x7f"]
        if foreign:
            fitting = sum((c in guess.frequent) - (c in guess.rare) for c in foreign)
            share = fitting / len(foreign)
            best = max(best, (share, guess.name), key=lambda pair: pair[0])
    return best[1] or None
