"""A year of study with a learner whose memory is known; ``bench_year`` prints a larger one."""

from __future__ import annotations

import statistics
from datetime import timedelta
from typing import TYPE_CHECKING

from warmstart.study.cards import Memory, effective
from warmstart.study.state import replay
from year import START, Life

if TYPE_CHECKING:
    from pathlib import Path

    from warmstart.paths import Home

TOML = """
[study]
new_per_day = 2
desired_retention = 0.9
easy_days = ["sun=0.2"]
"""


def test_a_year(empty_course: None, home: Home, tmp_path: Path) -> None:
    """Retention is what was asked for, the load is even, Sundays are easy, no card is lost."""
    life = Life(home, tmp_path / "notes", 60, TOML)
    year = life.live(365)
    assert sum(year.met.values()) == 60
    assert max(year.met.values()) == 2
    assert sum(year.left.values()) == 0  # every day was done when it ended
    assert abs(year.retention() - 0.9) < 0.02
    late = [START.date() + timedelta(days=n) for n in range(60, 365)]
    sundays = [year.reviews[day] for day in late if day.weekday() == 6]
    others = [year.reviews[day] for day in late if day.weekday() < 6]
    assert statistics.mean(sundays) < 0.75 * statistics.mean(others)
    with life.workspace.store.read() as tx:
        cards = tx.cards.of_notes([note.id for note in tx.notes.all()])
        stored = tx.cards.states([card.id for card in cards])
        logs = tx.log.of_cards(stored)
    assert len(cards) == 60
    assert all(isinstance(c.memory, Memory) and c.memory.due > life.now for c in cards)
    replayed = {card: replay(life.workspace.scheduler, effective(logs[card])) for card in stored}
    assert replayed == stored
    life.workspace.close()
