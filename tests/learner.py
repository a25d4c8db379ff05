"""A learner whose memory is known: the reviews that FSRS-6 with given parameters would bring."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING

from warmstart.store.times import from_ms, to_ms
from warmstart.study.cards import MemoryState, New, Rating, Reviewed
from warmstart.study.day import DAY_MS
from warmstart.study.fit import History
from warmstart.study.formulas import Formulas
from warmstart.study.parameters import DEFAULT
from warmstart.usecases.import_notes import import_notes

if TYPE_CHECKING:
    from pathlib import Path

    from warmstart.usecases.workspace import Workspace

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


def live(workspace: Workspace, note: Path, some: list[History], *, front: str = "") -> list[int]:
    """Let a workspace hold a note of cards that lived through these histories; return their ids.

    Answers that would lie in the future are left out.
    """
    cards = "\n".join(f"Question {n}?\n?\nAnswer {n}.\n" for n in range(len(some)))
    note.write_text(f"{front}# {note.stem.title()}\n\n## Part one\n\nProse.\n\n{cards}")
    import_notes(workspace, [note])
    now = to_ms(workspace.clock())
    with workspace.store.write() as tx:
        key = next(n.id for n in tx.notes.all() if n.path == str(note))
        ids = [card.id for card in tx.cards.of_notes([key])]
        for card, history in zip(ids, some, strict=True):
            memory: MemoryState = New()
            entries = []
            for at_ms, rating in history:
                if at_ms > now:
                    break
                at = from_ms(at_ms)
                after = workspace.scheduler.review(memory, Rating(rating), at)
                entries.append(
                    Reviewed(
                        card, at, Rating(rating), timedelta(seconds=8), memory.phase,
                        after.phase, after.step, after.due,
                    )
                )  # fmt: skip
                memory = after
            tx.log.append_all(entries)
            tx.cards.set_memory(card, memory)
    return ids
