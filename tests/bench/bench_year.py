"""A year of study: daily load, retention against the goal, and that no card is lost.

The learner is ``tests/year.py``'s: it forgets by FSRS's own curve. The same year is lived three
times: as the settings are, without load balance, and with easy weekends.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from warmstart.paths import Home
from warmstart.study.cards import Memory, effective
from warmstart.study.state import replay
from warmstart.usecases import import_notes, sources
from year import START, Life, Year

CARDS, A_DAY = 1500, 10
YEARS = {
    "as the settings are": "",
    "without load balance": "load_balance = false",
    "easy weekends": 'easy_days = ["sat=0.3", "sun=0.3"]',
}


def _sound(life: Life) -> tuple[int, int]:
    """Return how many cards are overdue or missing, and how many states the log does not give."""
    with life.workspace.store.read() as tx:
        cards = tx.cards.of_notes([note.id for note in tx.notes.all()])
        stored = tx.cards.states([card.id for card in cards])
        logs = tx.log.of_cards(stored)
    scheduler = life.workspace.scheduler
    wrong = sum(replay(scheduler, effective(logs[card])) != stored[card] for card in stored)
    lost = CARDS - sum(isinstance(c.memory, Memory) and c.memory.due > life.now for c in cards)
    return lost, wrong


def _print(name: str, year: Year, seconds: float, lost: int, wrong: int) -> None:
    quarters = [year.retention(first, first + 91) for first in (0, 91, 182, 273)]
    late = [START.date() + timedelta(days=n) for n in range(180, 365)]
    load = [year.reviews[day] for day in late]
    steps = [abs(after - before) for before, after in pairwise(load)]
    weekends = statistics.mean(year.reviews[day] for day in late if day.weekday() > 4)
    weekdays = statistics.mean(year.reviews[day] for day in late if day.weekday() < 5)
    print(
        f"  {name}: {sum(year.answers.values()):,} answers in {seconds:.0f} s;"
        f" retention {year.retention():.1%} (goal 90 ± 2 %), by quarter"
        f" {' '.join(f'{q:.1%}' for q in quarters)}"
    )
    minutes = [year.minutes[day] for day in late]
    print(
        f"    a day in the second half: {statistics.mean(load):.0f} reviews"
        f" ± {statistics.stdev(load):.1f}, most {max(load)}, {statistics.mean(steps):.1f} more or"
        f" less than the day before; {statistics.mean(minutes):.0f} min;"
        f" weekend days {weekends / weekdays:.2f}× of weekdays"
    )
    print(
        f"    cards lost {lost}, left at a day's end {sum(year.left.values())},"
        f" states that the log does not give {wrong}"
    )


def main() -> None:
    """Print the figures of each year."""
    import_notes.find_bundled = lambda _stamps: sources.Found()
    for name, setting in YEARS.items():
        with tempfile.TemporaryDirectory() as place:
            root = Path(place)
            toml = f"[study]\nnew_per_day = {A_DAY}\n{setting}\n"
            life = Life(Home(root / "home"), root / "notes", CARDS, toml)
            start = time.perf_counter()
            year = life.live(365)
            spent = time.perf_counter() - start
            _print(name, year, spent, *_sound(life))
            life.workspace.close()
