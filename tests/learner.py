"""A learner whose memory is known: the reviews that FSRS-6 with given parameters would bring."""

from __future__ import annotations

import random

from warmstart.study.curve import DAY_MS
from warmstart.study.fit import History
from warmstart.study.formulas import Formulas
from warmstart.study.parameters import DEFAULT

# Forgets faster at first, learns more slowly, and along a steeper curve, than the default.
KNOWN = (0.15, 0.5, 1.0, 3.0, *DEFAULT[4:8], 1.1, *DEFAULT[9:20], 0.3)
START_MS = 1_700_000_000_000


def histories(cards: int, answers: int, *, seed: int = 1) -> list[History]:
    """Return that many histories of so many answers each, on days spread around each due date."""
    rng = random.Random(seed)
    truth = Formulas(KNOWN)
    found = []
    for _ in range(cards):
        rating = rng.choices((1, 2, 3, 4), (2, 1, 5, 2))[0]
        at = START_MS + rng.randrange(200) * DAY_MS
        state = truth.first(rating)
        history = [(at, rating)]
        for _ in range(answers - 1):
            days = max(1, round(state[0] * rng.uniform(0.5, 2)))
            recalled = rng.random() < truth.recall(state[0], days)
            rating = rng.choices((2, 3, 4), (1, 8, 1))[0] if recalled else 1
            state = truth.after(*state, days, rating)
            at += days * DAY_MS
            history.append((at, rating))
        found.append(tuple(history))
    return found
