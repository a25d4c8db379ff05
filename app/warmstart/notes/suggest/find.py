"""All rules over one note, and the choice among what they find: few and good beats many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from warmstart.notes.model import CardKind
from warmstart.notes.parse import parse_note
from warmstart.notes.scan import scan
from warmstart.notes.slides import is_deck
from warmstart.notes.suggest.deck import read_deck
from warmstart.notes.suggest.model import MAX_BACK, MAX_FRONT, Rule, Suggestion
from warmstart.notes.suggest.read import read_page
from warmstart.notes.suggest.rules import (
    asking_headings,
    cloze,
    code_pairs,
    comparisons,
    decisions,
    definition_bullets,
    definition_sentences,
    diagrams,
    folded,
    limits,
    lists,
    problems,
    steps,
    table_rows,
    use_cases,
)
from warmstart.notes.suggest.terms import normal, normal_answer

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from warmstart.notes.formats import CardOptions
    from warmstart.notes.model import Note, NoteCard

RULES: Final[tuple[Rule, ...]] = (
    asking_headings.RULE,
    folded.RULE,
    code_pairs.RULE,
    problems.RULE,
    use_cases.RULE,
    decisions.RULE,
    comparisons.RULE,
    table_rows.RULE,
    definition_bullets.RULE,
    definition_sentences.RULE,
    steps.RULE,
    lists.RULE,
    diagrams.RULE,
    limits.RULE,
    cloze.RULE,
)
"""The strongest first: of two that find the same, the earlier one keeps it."""

_TOO_SHORT: Final = 2
_MAX_SAID: Final = 12
"""Answers about one term that a further one is compared with."""
_MAX_ASKED: Final = 12
"""Words of an explicit question that are compared with a suggestion's."""


def suggest(
    text: str, *, name: str, options: CardOptions | None = None, note: Note | None = None
) -> tuple[Suggestion, ...]:
    """Return the cards that the rules suggest for a note, in the order of its lines.

    ``name`` is the file's stem, the title where the text gives none; ``options`` say what marks an
    explicit card, since nothing is suggested that the note asks itself; ``note`` is what
    ``parse_note`` gave for the same arguments, where that is at hand: it saves reading twice. Any
    text is a note: nothing is raised. Time is linear in the text.
    """
    note = note or parse_note(text, name=name, options=options)
    page = read_deck(text) if is_deck(text) else read_page(scan(text), note)
    chosen = _Choice(page.lines, note.cards)
    for rule in RULES:
        chosen.add(rule.find(page))
    return tuple(sorted(chosen.kept, key=lambda found: (found.line, found.last_line)))


class _Choice:
    """What has been kept so far, and by what a repetition would be known."""

    def __init__(self, lines: Sequence[str], cards: Iterable[NoteCard]) -> None:
        self.lines = lines
        self.kept: list[Suggestion] = []
        self.fronts: set[str] = set()
        self.subjects: dict[str, list[tuple[int, str]]] = {}
        self.answers: dict[int, list[str]] = {}
        for card in cards:
            words = normal(card.front).split()
            self.fronts.update(" ".join(words[:size]) for size in range(1, _MAX_ASKED + 1))
            if card.kind is CardKind.TERM:
                self.subjects[normal(card.front)] = [(0, "")]

    def add(self, found: Iterable[Suggestion]) -> None:
        """Keep what is short enough and repeats nothing."""
        for one in found:
            if self._is_card(one) and not self._is_repeated(one):
                self._keep(one)

    def _is_card(self, one: Suggestion) -> bool:
        return (
            len(one.front) <= MAX_FRONT
            and len(one.back) <= MAX_BACK
            and bool(normal(one.front))
            and bool(one.back.strip())
            and not _gives_away(one)
        )

    def _subject(self, one: Suggestion) -> str:
        mark = one.marks[0]
        return normal(self.lines[mark.line - 1][mark.start : mark.end])

    def _is_repeated(self, one: Suggestion) -> bool:
        """Whether it asks what is asked already, or answers from one passage what is answered.

        Of one term the note may say the same twice, once in more words.
        """
        back = normal_answer(one.back)
        return (
            normal(one.front) in self.fronts
            or any(back in known for known in self.answers.get(one.line, ()))
            or any(
                line != one.line and (said in back or back in said)
                for line, said in self.subjects.get(self._subject(one), ())
            )
        )

    def _keep(self, one: Suggestion) -> None:
        self.kept.append(one)
        back = normal_answer(one.back)
        self.fronts.add(normal(one.front))
        said = self.subjects.setdefault(self._subject(one), [])
        if len(said) < _MAX_SAID:
            said.append((one.line, back))
        for line in range(one.line, one.last_line + 1):
            self.answers.setdefault(line, []).append(back)


def _gives_away(one: Suggestion) -> bool:
    """Whether the question holds its answer; one of two characters stands in many."""
    back = normal_answer(one.back)
    return len(back) > _TOO_SHORT and back in normal_answer(one.front)


def rule_named(name: str) -> Rule | None:
    """Return the rule that a stored suggestion names."""
    return next((rule for rule in RULES if rule.name == name), None)
