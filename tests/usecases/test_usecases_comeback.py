"""Coming back after a fortnight: the backlog spread, said, and taken back."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from warmstart.study.cards import Memory, Rating
from warmstart.usecases.actions import flag, set_due
from warmstart.usecases.comeback import come_back, spread_today, take_back
from warmstart.usecases.consistency import keep_schedules
from warmstart.usecases.import_notes import import_notes
from warmstart.usecases.review import ReviewSession
from warmstart.usecases.sitting import Sitting
from warmstart.usecases.undo import undo

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import FrozenClock
    from warmstart.paths import Home
    from warmstart.usecases.workspace import Workspace


@pytest.fixture
def workspace(
    empty_course: None,
    home: Home,
    open_workspace: Callable[[], Workspace],
    tmp_path: Path,
    clock: FrozenClock,
) -> Workspace:
    """A workspace with 90 cards that were all learned in one day."""
    note = tmp_path / "many.md"
    note.write_text("# Many\n\n" + "".join(f"Q{n} :: A{n}\n\n" for n in range(90)))
    home.root.mkdir()
    home.settings.write_text("[study]\nnew_per_day = 90\n")
    workspace = open_workspace()
    import_notes(workspace, [note])
    session = ReviewSession(workspace)
    n = 0
    while session.current is not None:
        session.answer(Rating.EASY if n % 3 else Rating.HARD, timedelta(seconds=5))
        n += 1
        if session.current is None and session.waiting is not None:
            clock.forward(minutes=10)
            session.resume()
    return workspace


def memories(workspace: Workspace) -> dict[int, Memory]:
    with workspace.store.read() as tx:
        cards = tx.cards.of_notes([note.id for note in tx.notes.all()])
    return {c.id: c.memory for c in cards if isinstance(c.memory, Memory)}


class TestComingBack:
    def test_a_fortnight_away(self, workspace: Workspace, clock: FrozenClock) -> None:
        clock.forward(days=13)
        assert come_back(workspace) is None
        clock.forward(days=7)
        before = memories(workspace)
        found = come_back(workspace)
        assert found is not None
        assert (found.cards, found.days, found.today) == (90, 5, 20)
        assert "away for 20 days. The 90 reviews" in found.sentence
        assert spread_today(workspace) == (found, True)
        assert come_back(workspace) is None
        assert ReviewSession(workspace).total == 20
        totals = []
        for _ in range(5):
            session = ReviewSession(workspace)
            totals.append(session.total)
            clock.forward(days=1)
        assert totals == [20, 40, 60, 80, 90]  # nothing was answered meanwhile
        after = memories(workspace)
        recall = {c: workspace.scheduler.recall(m, clock()) for c, m in after.items()}
        today = [c for c, m in after.items() if m.due == before[c].due]
        assert min(recall[c] for c in today) >= max(recall[c] for c in after if c not in today)

    def test_one_key_takes_it_back_and_it_stays_so(
        self, workspace: Workspace, clock: FrozenClock
    ) -> None:
        clock.forward(days=20)
        before = memories(workspace)
        assert come_back(workspace) is not None
        assert memories(workspace) != before
        undo(workspace)
        assert memories(workspace) == before
        assert (spread_today(workspace), come_back(workspace)) == (None, None)

    def test_after_answers_it_takes_back_the_rest(
        self, workspace: Workspace, clock: FrozenClock
    ) -> None:
        """Answers stay, and so does a date that was set by hand; taken back, it stays so."""
        clock.forward(days=20)
        before = memories(workspace)
        found = come_back(workspace)
        moved = [card for card, memory in memories(workspace).items() if memory != before[card]]
        session = ReviewSession(workspace, Sitting(chosen=tuple(moved[:2]), cram=True))
        for _ in range(2):
            session.answer(Rating.GOOD, timedelta(seconds=5))
        set_due(workspace, [moved[2]], workspace.days.day_of(clock()) + timedelta(days=9))
        flag(workspace, [moved[3]], 1)
        assert spread_today(workspace) == (found, True)
        now = memories(workspace)
        assert take_back(workspace) == len(moved) - 3 == 67
        after = memories(workspace)
        assert {card: after[card] for card in moved[:3]} == {c: now[c] for c in moved[:3]}
        assert {card: after[card] for card in moved[3:]} == {c: before[c] for c in moved[3:]}
        assert (spread_today(workspace), come_back(workspace), take_back(workspace)) == (
            None,
            None,
            0,
        )
        assert keep_schedules(workspace) == 0

    def test_what_fits_a_day_is_left_alone(self, workspace: Workspace, clock: FrozenClock) -> None:
        from warmstart.usecases import actions

        actions.suspend(workspace, list(memories(workspace))[20:])
        clock.forward(days=30)
        assert come_back(workspace) is None
