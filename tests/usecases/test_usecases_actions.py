"""What a learner does to cards outside of answering, and taking it back."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from warmstart.study.cards import Flagged, Memory, Rating, Reviewed, Suspended, effective
from warmstart.study.state import CardState, replay
from warmstart.usecases import actions
from warmstart.usecases.import_notes import import_notes
from warmstart.usecases.review import ReviewSession
from warmstart.usecases.undo import redo, undo

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import FrozenClock
    from warmstart.usecases.workspace import Workspace


@pytest.fixture
def workspace(
    empty_course: None, open_workspace: Callable[[], Workspace], tmp_path: Path
) -> Workspace:
    """A workspace with five cards, the first two of them studied."""
    note = tmp_path / "five.md"
    note.write_text("\n".join(f"Question {n}?\n?\nAnswer {n}.\n" for n in range(5)))
    workspace = open_workspace()
    import_notes(workspace, [note])
    session = ReviewSession(workspace)
    for _ in range(2):
        session.answer(Rating.EASY, timedelta(seconds=3))
    return workspace


def states(workspace: Workspace) -> dict[int, CardState]:
    with workspace.store.read() as tx:
        return tx.cards.states(range(1, 6))


def replayed(workspace: Workspace) -> dict[int, CardState]:
    with workspace.store.read() as tx:
        logs = tx.log.of_cards(range(1, 6))
    return {key: replay(workspace.scheduler, effective(logs[key])) for key in range(1, 6)}


ACTS = {
    "suspend": actions.suspend,
    "resume": actions.resume,
    "bury": actions.bury,
    "flag": lambda workspace, some: actions.flag(workspace, some, sum(some) % 8),
    "reset": actions.reset,
}


class TestActions:
    def test_each_changes_what_it_says_and_leaves_the_rest(self, workspace: Workspace) -> None:
        assert actions.suspend(workspace, [1, 2]) == 2
        assert actions.suspend(workspace, [2, 3]) == 1
        assert actions.resume(workspace, [1, 5]) == 1
        assert actions.bury(workspace, [4, 4]) == 1
        assert actions.flag(workspace, [1, 5], 2) == 2
        assert actions.remark(workspace, 1, " see page 4 \n") == 1
        assert actions.report(workspace, 5, "") == 1
        assert actions.tag(workspace, [1, 2], "экзамен") == 2
        assert actions.untag(workspace, [2, 3], "экзамен") == 1
        assert actions.move(workspace, [3], "aws/lambda") == 1
        found = states(workspace)
        assert [key for key, s in found.items() if s.suspended_at] == [2, 3, 5]
        assert [key for key, s in found.items() if s.buried_until] == [4]
        assert (found[1].flag, found[1].remark, found[1].tags) == (2, "see page 4", {"экзамен"})
        assert (found[5].reported, found[3].deck) == ("", "aws/lambda")
        assert found == replayed(workspace)

    def test_a_new_card_has_no_due_date_to_move(self, workspace: Workspace) -> None:
        day = date(2026, 12, 24)
        assert actions.set_due(workspace, range(1, 6), day) == 2
        assert actions.set_due(workspace, range(1, 6), day) == 0
        memory = states(workspace)[1].memory
        assert isinstance(memory, Memory)
        assert memory.due == workspace.days.start(day)
        assert actions.reset(workspace, range(1, 6)) == 2
        assert states(workspace) == replayed(workspace)

    def test_a_card_that_does_not_exist_is_nobodys(self, workspace: Workspace) -> None:
        assert actions.suspend(workspace, [99]) == 0


class TestUndo:
    def test_one_undo_takes_all_that_one_key_did(self, workspace: Workspace) -> None:
        before = states(workspace)
        actions.flag(workspace, [1, 2, 3], 5)
        taken = undo(workspace)
        assert taken is not None
        assert (taken.cards, taken.what) == ((1, 2, 3), Flagged)
        assert states(workspace) == before
        again = redo(workspace)
        assert again is not None
        assert (again.entries, again.cards, again.what) == (taken.entries, (1, 2, 3), Flagged)
        assert [s.flag for s in states(workspace).values()] == [5, 5, 5, 0, 0]

    def test_back_to_the_first_answer_and_forward_again(self, workspace: Workspace) -> None:
        actions.suspend(workspace, [3])
        whole = states(workspace)
        kinds = []
        while (taken := undo(workspace)) is not None:
            kinds.append(taken.what)
        assert kinds == [Suspended, Reviewed, Reviewed]
        assert set(states(workspace).values()) == {CardState()}
        while redo(workspace) is not None:
            pass
        assert states(workspace) == whole

    def test_something_new_ends_the_offer_to_redo(self, workspace: Workspace) -> None:
        actions.suspend(workspace, [3])
        undo(workspace)
        actions.flag(workspace, [4], 1)
        assert redo(workspace) is None
        undo(workspace)
        assert redo(workspace) is not None
        assert redo(workspace) is None

    def test_any_sequence_leaves_what_the_log_says(
        self, workspace: Workspace, clock: FrozenClock
    ) -> None:
        """Sixty actions at random against a history of whole states."""
        rng = random.Random(7)
        past, future = [states(workspace)], list[dict[int, CardState]]()
        for _ in range(60):
            clock.forward(minutes=7)
            some = rng.sample(range(1, 6), rng.randint(1, 5))
            act = rng.choice([*ACTS, "undo", "redo"])
            if act == "undo" and len(past) > 1:
                assert undo(workspace)
                future.append(past.pop())
            elif act == "redo":
                assert bool(redo(workspace)) == bool(future)
                past += [future.pop()] if future else []
            elif act in ACTS:
                changed = ACTS[act](workspace, some)
                if changed:
                    past.append(states(workspace))
                    future.clear()
            assert states(workspace) == past[-1] == replayed(workspace)
