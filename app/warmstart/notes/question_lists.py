"""Review questions written as a list, or as pairs of Q and A.

A list counts below a heading that says so ("Questions", "Check yourself", "Проверь себя" …): each
item of a numbered list asks on its first line, and what is indented below it answers. An item
without an answer is no card, and no problem either: many lists only ask.

A pair counts anywhere: ``**Q:** …`` and, below it or behind it, ``**A:** …``, in bold or not, with
the same words of one language. The answer ends at an empty line.
"""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from warmstart.notes.blocks import Line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warmstart.notes.structure import Scan

_HEADINGS: Final = frozenset(
    name.strip()
    for name in """
    questions, review questions, check yourself, check your knowledge, check your understanding,
    self check, self test, test yourself, quiz, q a, questions and answers, interview questions,
    вопросы, вопросы для самопроверки, контрольные вопросы, вопросы для повторения, проверь себя,
    проверьте себя, самопроверка, вопросы и ответы, вопросы на собеседовании,
    питання, питання для самоперевірки, перевір себе, контрольні питання,
    질문, 복습 질문, 확인 문제, 퀴즈, 자가 점검, 면접 질문, 질문과 답변,
    fragen, kontrollfragen, wiederholungsfragen, preguntas, preguntas de repaso,
    questions de révision, perguntas, domande, pytania, otázky
    """.replace("\n", " ").split(",")
)
_PAIRS: Final = (
    ("Q", "A"), ("Question", "Answer"), ("Вопрос", "Ответ"), ("В", "О"),
    ("Питання", "Відповідь"), ("질문", "답변"), ("질문", "답"), ("문", "답"),
    ("问", "答"), ("問", "答"), ("Frage", "Antwort"), ("Pregunta", "Respuesta"),
    ("Question", "Réponse"), ("Pergunta", "Resposta"), ("Domanda", "Risposta"),
    ("Pytanie", "Odpowiedź"),
)  # fmt: skip
"""What a question and its answer begin with."""

_NOT_LETTERS = re.compile(r"[\W\d_]+")
_ITEM = re.compile(r"( {0,3})([0-9]{1,9})[.)][ \t]+(?=\S)")
_BEGINS = r"[ \t]*(?:(?:[-+*]|[0-9]{1,9}[.)])[ \t]+)?"


def _marked(side: int) -> str:
    """Return an expression for the words on one side of the pairs; group 2 is the word.

    Group 1 is the mark of bold, which may end before or behind the colon, or not at all.
    """
    words = sorted({pair[side] for pair in _PAIRS}, key=len, reverse=True)
    return rf"(\*\*|__|)({'|'.join(words)})(?:[ \t]?[0-9]{{1,4}})?(?:\1[:：]|[:：]\1|[:：])[ \t]*"


_QUESTION = re.compile(_BEGINS + _marked(0) + r"(?=\S)")
_ANSWER = re.compile(_BEGINS + _marked(1))
_ANSWERS = re.compile(
    r"\A\s*(\*\*|__|\*|_|)"
    rf"(?:{'|'.join(sorted({pair[1] for pair in _PAIRS}, key=len, reverse=True))})"
    r"(?:\1[:：]|[:：]\1)[ \t]*(?=\S)"
)
"""What an item of a list may say before its answer, and its question does not call for."""
_ANSWER_BEHIND = re.compile(r"(?<=\s)(?=\*\*|__)" + _marked(1))
_FIRST_LETTERS: Final = frozenset(pair[0][0] for pair in _PAIRS)
_MARKERS: Final = " \t*_-+0123456789.)"
_ENDS = frozenset((Line.BLANK, Line.HEADING, Line.RULE, Line.FRONT))


@dataclass(frozen=True, slots=True)
class Question:
    """A question and its answer, markdown; lines from 0."""

    front: str
    back: str
    first_line: int
    last_line: int


def find_questions(scan: Scan) -> list[Question]:
    """Return the questions of a note that stand in lists or in pairs, in order."""
    found = [question for start, end in _sections(scan) for question in _items(scan, start, end)]
    found += _pairs(scan)
    found.sort(key=lambda question: question.first_line)
    return found


def _sections(scan: Scan) -> Iterator[tuple[int, int]]:
    """Yield the lines between a heading that promises questions and the next heading."""
    headings = [heading for heading in scan.headings if not heading.depth]
    ends = [heading.line for heading in headings[1:]] + [len(scan.lines)]
    for heading, end in zip(headings, ends, strict=False):
        if _NOT_LETTERS.sub(" ", heading.text).strip().casefold() in _HEADINGS:
            yield heading.last_line + 1, end


def _items(scan: Scan, start: int, end: int) -> Iterator[Question]:
    """Yield the items of numbered lists that hold more than their first line."""
    i = start
    while i < end:
        item = None if scan.kinds[i] else _ITEM.match(scan.lines[i])
        last = _item_end(scan, i, end, item.end()) if item else i
        if item and last > i:
            below = textwrap.dedent("\n".join(scan.lines[i + 1 : last + 1]))
            back = _ANSWERS.sub("", below, count=1)
            yield Question(scan.lines[i][item.end() :].strip(), back, i, last)
        i = last + 1


def _item_end(scan: Scan, first: int, end: int, indent: int) -> int:
    """Return the last line of a list item: those indented below it, with empty lines between."""
    last = first
    for i in range(first + 1, end):
        line = scan.lines[i]
        if not line.strip():
            continue
        if not line.startswith((" " * min(indent, 2), "\t")) or _ITEM.match(line):
            break
        last = i
    return last


def _pairs(scan: Scan) -> Iterator[Question]:
    """Yield the questions that are marked as such, with the answers that are."""
    lines, after = scan.lines, 0
    said = [i for i in scan.lines_with(":", "：") if scan.kinds[i] == Line.TEXT]
    for i in [i for i in said if lines[i].lstrip(_MARKERS)[:1] in _FIRST_LETTERS]:
        asks = None if i < after else _QUESTION.match(lines[i])
        if not asks:
            continue
        behind = _ANSWER_BEHIND.search(lines[i], asks.end())
        if behind and (asks[2], behind[2]) in _PAIRS:
            front, at, start = [lines[i][asks.end() : behind.start()]], i, behind.end()
        else:
            at = _answer_line(scan, i, asks[2])
            answer = _ANSWER.match(lines[at]) if at else None
            if answer is None:
                continue
            front, start = [lines[i][asks.end() :], *lines[i + 1 : at]], answer.end()
        last = at
        while last + 1 < len(lines) and not _ends_answer(scan, last + 1):
            last += 1
        back = "\n".join([lines[at][start:], *lines[at + 1 : last + 1]])
        yield Question(_closed("\n".join(front), asks[1]), back, i, last)
        after = last + 1


def _answer_line(scan: Scan, question: int, word: str) -> int:
    """Return the line of the answer to the question on line ``question``, or 0.

    One empty line may stand between the two.
    """
    for i in range(question + 1, len(scan.lines)):
        kind = scan.kinds[i]
        answer = None if kind else _ANSWER.match(scan.lines[i])
        if answer:
            return i if (word, answer[2]) in _PAIRS else 0
        blank_above = scan.kinds[i - 1] == Line.BLANK
        if (kind in _ENDS and kind != Line.BLANK) or blank_above:
            return 0
        if not kind and _QUESTION.match(scan.lines[i]):
            return 0
    return 0


def _ends_answer(scan: Scan, i: int) -> bool:
    kind = scan.kinds[i]
    return kind in _ENDS or (not kind and _QUESTION.match(scan.lines[i]) is not None)


def _closed(question: str, mark: str) -> str:
    """Return a question without the end of bold whose beginning stood before it."""
    question = question.strip()
    alone = mark and question.endswith(mark) and question.count(mark) % 2
    return question.removesuffix(mark).rstrip() if alone else question
