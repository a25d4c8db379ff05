"""The inbox: suggested cards wait here until the learner accepts, edits or dismisses them."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from itertools import groupby
from threading import Lock
from typing import TYPE_CHECKING

from warmstart.notes.model import ConceptKind
from warmstart.store.among import listed
from warmstart.store.repositories.suggestions import ACCEPTED, DISMISSED, WAITING
from warmstart.store.rows import CardSource
from warmstart.usecases.content import fingerprint
from warmstart.usecases.refile import refile
from warmstart.usecases.suggestions import update_suggestions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warmstart.store.engine import Transaction
    from warmstart.store.repositories.notes import StoredConcept
    from warmstart.store.repositories.suggestions import StoredSuggestion, SuggestionRow
    from warmstart.usecases.workspace import Workspace

AFTER_EXPLICIT = 100_000
"""Where the positions of accepted cards begin: behind those the note itself holds."""
_AROUND = 3
"""Lines of the note shown above and below a passage."""
_FAR = 12
"""Lines above a passage within which the words that a card was made from are shown too."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A suggestion, with the passage it comes from."""

    id: int
    note_id: int
    note: str
    """The note's title."""
    rule: str
    rule_title: str
    kind: str
    front: str
    back: str
    section: str
    slug: str
    passage: str
    first_line: int
    """The passage's first line in the note, from 1."""
    marks: tuple[tuple[int, int, int], ...]
    """Line (from 0 within the passage; -1 is the last one above it), start and end column of the
    words it was made from."""
    above: tuple[str, ...]
    """The lines just above the passage, for whoever reads it."""
    below: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Step:
    """What one key did: the suggestions decided, with the cards that came of it."""

    decided: tuple[tuple[Waiting, int | None], ...]
    taken: tuple[tuple[int, Waiting], ...]
    """What waited no longer, with its places before that."""


def waiting_count(workspace: Workspace) -> int:
    """Return how many suggestions wait; looks at changed notes first."""
    update_suggestions(workspace)
    with workspace.store.read() as tx:
        return tx.suggestions.count_waiting()


class Triage:
    """A sitting over the inbox: one suggestion after another, and undo over all of it.

    What waits for the disk may be called from several threads: a screen reads again whenever it
    comes to the front, while a decision may be on its way. One goes after another; otherwise what
    was read before a decision would bring the suggestion back.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._steps: list[_Step] = []
        self._read_since = 0
        self._place = 0
        self._turn = Lock()
        update_suggestions(workspace)
        with workspace.store.read() as tx:
            self._waiting = _views(tx)

    @property
    def waiting(self) -> tuple[Waiting, ...]:
        """What is undecided, in the order of notes and lines."""
        return tuple(self._waiting)

    @property
    def current(self) -> Waiting | None:
        """The suggestion to decide on; None when the inbox is empty."""
        return self._waiting[self._place] if self._waiting else None

    @property
    def place(self) -> int:
        """Where the current one stands among those waiting, from 0."""
        return self._place

    @property
    def decided(self) -> int:
        """How many were decided in this sitting."""
        return sum(len(step.decided) for step in self._steps)

    @property
    def accepted(self) -> int:
        """How many of them were accepted."""
        return sum(card is not None for step in self._steps for _, card in step.decided)

    def refresh(self) -> None:
        """Read again what waits, because notes were saved meanwhile; keep the place."""
        update_suggestions(self._workspace)
        with self._turn, self._workspace.store.read() as tx:
            self._replace(_views(tx), self.current)
            self._read_since = len(self._steps)  # their places are no longer known

    def move(self, by: int) -> None:
        """Go to another suggestion without deciding."""
        self._place = max(0, min(self._place + by, len(self._waiting) - 1))

    def accept(self) -> None:
        """Make a card of the current suggestion."""
        with self._turn:
            if self.current:
                self._decide([self.current], accept=True)

    def accept_edited(self, front: str, back: str) -> None:
        """Make a card of the current suggestion in the learner's own words."""
        with self._turn:
            if self.current and front.strip() and back.strip():
                edited = replace(self.current, front=front.strip(), back=back.strip())
                self._decide([edited], accept=True)

    def dismiss(self) -> None:
        """Put the current suggestion away for good."""
        with self._turn:
            if self.current:
                self._decide([self.current], accept=False)

    def accept_rule(self) -> int:
        """Accept every suggestion that the current one's rule found in its note."""
        with self._turn:
            current = self.current
            if current is None:
                return 0
            of = (current.rule, current.note_id)
            same = [waiting for waiting in self._waiting if (waiting.rule, waiting.note_id) == of]
            self._decide(same, accept=True)
            return len(same)

    def decide(self, *, accept: Sequence[int], dismiss: Sequence[int]) -> None:
        """Decide on suggestions by their ids."""
        with self._turn:
            for ids, accepted in ((accept, True), (dismiss, False)):
                some = [waiting for waiting in self._waiting if waiting.id in ids]
                if some:
                    self._decide(some, accept=accepted)

    def undo(self) -> Waiting | None:
        """Take the last step back and return the suggestion it began with."""
        with self._turn:
            if not self._steps:
                return None
            step = self._steps[-1]
            is_known = len(self._steps) > self._read_since
            with self._workspace.store.write() as tx:
                for suggestion, card in step.decided:
                    tx.suggestions.decide(suggestion.id, WAITING)
                    if card is not None:
                        tx.cards.withdraw(card, self._workspace.clock())
                waiting = self._waiting.copy() if is_known else _views(tx)
            if is_known:
                for place, suggestion in step.taken:
                    waiting.insert(place, suggestion)
            self._steps.pop()
            self._replace(waiting, step.decided[0][0])
            return self.current

    def _replace(self, waiting: list[Waiting], current: Waiting | None) -> None:
        """Take over what waits; the current one stays so, or is where it was."""
        same = (n for n, w in enumerate(waiting) if current is not None and w.id == current.id)
        place = next(same, max(0, min(self._place, len(waiting) - 1)))
        self._waiting, self._place = waiting, place

    def _decide(self, suggestions: Sequence[Waiting], *, accept: bool) -> None:
        cards: list[int | None] = []
        with self._workspace.store.write() as tx:
            for suggestion in suggestions:
                card = _add_card(tx, suggestion, self._workspace) if accept else None
                tx.suggestions.decide(suggestion.id, ACCEPTED if accept else DISMISSED, card)
                cards.append(card)
        gone = {suggestion.id for suggestion in suggestions}
        taken = tuple([(n, one) for n, one in enumerate(self._waiting) if one.id in gone])
        self._steps.append(_Step(tuple(zip(suggestions, cards, strict=True)), taken))
        before = sum(place < self._place for place, _ in taken)
        self._waiting = [waiting for waiting in self._waiting if waiting.id not in gone]
        self._place = max(0, min(self._place - before, len(self._waiting) - 1))


def section_at(concepts: Sequence[StoredConcept], line: int) -> StoredConcept:
    """Return the innermost section that a line lies in; the note itself above the first."""
    return _Sections(concepts).at(line)


class _Sections:
    """The sections of a note, by their lines: hundreds of suggestions are looked up in one."""

    def __init__(self, concepts: Sequence[StoredConcept]) -> None:
        self.note = concepts[0]
        found = [c for c in concepts if c.kind is ConceptKind.SECTION]
        self._sections = sorted(found, key=lambda c: c.line)
        self._lines = [c.line for c in self._sections]

    def at(self, line: int) -> StoredConcept:
        above = bisect_right(self._lines, line)
        return self._sections[above - 1] if above else self.note


def _add_card(tx: Transaction, suggestion: Waiting, workspace: Workspace) -> int:
    source = CardSource(
        kind=suggestion.kind,
        front=suggestion.front,
        back=suggestion.back,
        fingerprint=fingerprint(suggestion.kind, suggestion.front, suggestion.back),
        section=suggestion.section,
        slug=suggestion.slug,
        line=suggestion.first_line,
        position=AFTER_EXPLICIT + suggestion.first_line,
        block_id=None,
        passage=-suggestion.id,  # a passage of its own: explicit ones count from 0
        deck=None,
    )
    (card,) = tx.cards.add([(suggestion.note_id, source)], workspace.clock(), accepted=True)
    concept = section_at(tx.notes.concepts(suggestion.note_id), suggestion.first_line)
    tx.cards.join_concept(card, concept.id)
    refile(tx, workspace.settings, listed([card]))
    return card


def _views(tx: Transaction) -> list[Waiting]:
    from warmstart.notes.structure import split_lines
    from warmstart.notes.suggest import RULES

    titles = {rule.name: rule.title for rule in RULES}
    views: list[Waiting] = []
    for note_id, some in groupby(tx.suggestions.waiting(), key=lambda stored: stored.row.note_id):
        lines = split_lines(tx.notes.text(note_id))
        sections = _Sections(tx.notes.concepts(note_id))
        views += [_view(stored, lines, sections, titles) for stored in some]
    return views


def _view(
    stored: StoredSuggestion,
    lines: Sequence[str],
    sections: _Sections,
    titles: dict[str, str],
) -> Waiting:
    row = stored.row
    section = sections.at(row.line)
    inside = section.kind is ConceptKind.SECTION
    return Waiting(
        id=stored.id,
        note_id=row.note_id,
        note=sections.note.title,
        rule=row.rule,
        rule_title=titles.get(row.rule, row.rule),
        kind=row.kind,
        front=row.front,
        back=row.back,
        section=section.title if inside else "",
        slug=section.slug if inside else "",
        passage="\n".join(lines[row.line - 1 : row.last_line]),
        first_line=row.line,
        marks=tuple((line - row.line, start, end) for line, start, end in row.marks),
        above=tuple(lines[_top(row, lines) - 1 : row.line - 1]),
        below=tuple(lines[row.last_line : row.last_line + _AROUND]),
    )


def _top(row: SuggestionRow, lines: Sequence[str]) -> int:
    """Return the first line of the note to show: where the marked words or the table begin."""
    marked = [line for line, _, _ in row.marks if row.line - _FAR <= line < row.line]
    top = row.line
    while row.line - top < _FAR and all(_is_row(lines, line) for line in (top, top - 1)):
        top -= 1
    return max(1, min([row.line - _AROUND, top, *marked]))


def _is_row(lines: Sequence[str], line: int) -> bool:
    return 1 <= line <= len(lines) and lines[line - 1].lstrip().startswith("|")
