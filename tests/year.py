"""A year with a learner whose memory is known: it forgets by FSRS's own curve, and by lot.

Everything runs through the sitting and the store as in life; only the clock is moved. The lot for an
answer is drawn from the card and how often it was asked, so that the same year comes out each time.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from warmstart.study.cards import Memory, Phase, Rating
from warmstart.study.day import Days
from warmstart.usecases.import_notes import import_notes
from warmstart.usecases.review import ReviewSession
from warmstart.usecases.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from warmstart.paths import Home

START = datetime(2026, 1, 5, 9, tzinfo=UTC)  # a Monday
_NEW_KNOWN, _LEARNING_KNOWN = 0.6, 0.9
_THINKS = {Phase.NEW: 12, Phase.LEARNING: 6, Phase.RELEARNING: 7, Phase.REVIEW: 7}  # seconds


@dataclass
class Year:
    """What came of it."""

    reviews: Counter[date] = field(default_factory=Counter)
    """Answers to cards in review, by day."""
    passed: Counter[date] = field(default_factory=Counter)
    answers: Counter[date] = field(default_factory=Counter)
    minutes: Counter[date] = field(default_factory=Counter)
    met: Counter[date] = field(default_factory=Counter)
    """New cards, by day."""
    left: Counter[date] = field(default_factory=Counter)
    """Cards that were still to be asked when a day was done."""

    def retention(self, first: int = 0, last: int = 365) -> float:
        """Return the share of reviews passed from one day of the year to another."""
        days = [day for day in self.reviews if first <= (day - START.date()).days < last]
        return sum(self.passed[d] for d in days) / max(1, sum(self.reviews[d] for d in days))


class Life:
    """A learner with a home of their own."""

    def __init__(self, home: Home, notes: Path, cards: int, toml: str) -> None:
        notes.mkdir(parents=True)
        per_note = 50
        for n in range(0, cards, per_note):
            some = range(n, min(n + per_note, cards))
            text = "".join(f"Question {k} :: Answer {k}\n\n" for k in some)
            (notes / f"note{n:05}.md").write_text(f"# Note {n}\n\n{text}")
        home.root.mkdir(parents=True, exist_ok=True)
        home.settings.write_text(toml)
        self.now = START
        self.workspace = Workspace.open(home, clock=lambda: self.now, days=Days(4, UTC))
        import_notes(self.workspace, [notes])
        self._formulas = self.workspace.scheduler.formulas

    def live(self, days: int) -> Year:
        """Study every morning for so many days."""
        year = Year()
        for n in range(days):
            self.now = START + timedelta(days=n)
            self._morning(year, self.now.date())
        return year

    def _morning(self, year: Year, day: date) -> None:
        session = ReviewSession(self.workspace)
        # Thousands of commits: what is on the disk when is another test's question.
        session._store._connection.execute("PRAGMA synchronous = OFF")
        while True:
            if session.current is None:
                if session.waiting is None or (session.waiting - self.now) > timedelta(hours=12):
                    break
                self.now = max(self.now, session.waiting)
                session.resume()
                continue
            card, memory = session.current, session._memory
            took = timedelta(seconds=_THINKS[card.phase])
            self.now += took
            rating = self._answer(card.id, memory)
            if card.phase is Phase.REVIEW:
                year.reviews[day] += 1
                year.passed[day] += rating is not Rating.AGAIN
            year.met[day] += card.phase is Phase.NEW
            year.answers[day] += 1
            year.minutes[day] += took.total_seconds() / 60
            session.answer(rating, took)
        year.left[day] = session.total - session.done
        session.close()

    def _answer(self, card: int, memory: object) -> Rating:
        if not isinstance(memory, Memory):
            lot, known = random.Random(f"{card}").random(), _NEW_KNOWN
        else:
            lot = random.Random(f"{card}/{memory.reviews}").random()
            known = _LEARNING_KNOWN
            if memory.phase is Phase.REVIEW:
                days = (self.now - memory.last_review) / timedelta(days=1)
                known = self._formulas.recall(memory.stability, days)
        if lot >= known:
            return Rating.AGAIN
        # Among what is recalled, some comes hard and some easily; by lot too.
        return (
            Rating.HARD
            if lot < known * 0.15
            else Rating.EASY
            if lot > known * 0.93
            else Rating.GOOD
        )
