"""Personal parameters: proposed with honest figures, put in force whole, taken back exactly."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from learner import KNOWN, histories, live
from warmstart.store.glance import look
from warmstart.study.cards import Memory, Phase, Rating, effective
from warmstart.study.fit import Fitted, TooFew
from warmstart.study.parameters import DEFAULT
from warmstart.study.state import replay
from warmstart.usecases import actions, optimize
from warmstart.usecases.optimize import Judged
from warmstart.usecases.review import ReviewSession
from warmstart.usecases.undo import undo

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import FrozenClock
    from warmstart.study.state import CardState
    from warmstart.usecases.workspace import Workspace

needs_wheel = pytest.mark.skipif(
    find_spec("fsrs_rs_python") is None, reason="no wheel of fsrs-rs-python here"
)


@pytest.fixture
def workspace(empty_course: None, open_workspace: Callable[[], Workspace]) -> Workspace:
    return open_workspace()


@pytest.fixture
def lived(workspace: Workspace, tmp_path: Path) -> list[int]:
    """90 cards and some 800 reviews."""
    return live(workspace, tmp_path / "lived.md", histories(90, 10))


def states(workspace: Workspace, cards: list[int]) -> dict[int, CardState]:
    with workspace.store.read() as tx:
        return tx.cards.states(cards)


def replayed(workspace: Workspace, cards: list[int]) -> dict[int, CardState]:
    with workspace.store.read() as tx:
        logs = tx.log.of_cards(cards)
    return {card: replay(workspace.scheduler, effective(logs[card])) for card in cards}


class TestRule:
    def test_memories_computed_by_an_older_rule_are_computed_anew_on_opening(
        self,
        workspace: Workspace,
        lived: list[int],
        open_workspace: Callable[[], Workspace],
    ) -> None:
        right = states(workspace, lived)
        with workspace.store.write() as tx:
            tx.queue.remember("memories", "cut off")
            for card in lived:
                memory = tx.cards.memory(card)
                if isinstance(memory, Memory):
                    tx.cards.set_memory(card, replace(memory, stability=1.0, difficulty=5.0))
        assert states(workspace, lived) != right
        assert states(open_workspace(), lived) == right


class TestProposal:
    def test_an_empty_log_keeps_the_defaults(self, workspace: Workspace) -> None:
        found = optimize.propose(workspace)
        assert found.outcome == TooFew(0)
        assert (found.in_force, found.since, found.proposed) == (DEFAULT, None, None)
        assert (found.choices, found.then, found.now.daily_minutes) == ((), None, 0)
        assert found.as_json()["outcome"] == "too_few"

    def test_a_few_reviews_still_show_what_retention_costs(
        self, workspace: Workspace, tmp_path: Path
    ) -> None:
        live(workspace, tmp_path / "few.md", histories(20, 4))
        found = optimize.propose(workspace)
        assert isinstance(found.outcome, TooFew)
        minutes = {choice.retention: choice.minutes for choice in found.choices}
        assert minutes[0.7] < minutes[0.9] < minutes[0.97]

    @needs_wheel
    def test_a_log_gives_parameters_that_predict_it_better(
        self, workspace: Workspace, tmp_path: Path
    ) -> None:
        live(workspace, tmp_path / "long.md", histories(250, 8))
        found = optimize.propose(workspace)
        assert isinstance(found.outcome, Fitted)
        assert found.outcome.better
        assert found.proposed == found.outcome.parameters
        assert found.then is not None
        assert {c.retention for c in found.choices} >= {0.7, 0.9, 0.97}
        assert found.as_json()["after"]["log_loss"] < found.as_json()["before"]["log_loss"]

    @needs_wheel
    def test_what_does_not_predict_better_is_not_proposed(
        self, workspace: Workspace, lived: list[int]
    ) -> None:
        optimize.put_in_force(workspace, KNOWN)
        found = optimize.propose(workspace)
        assert isinstance(found.outcome, Fitted)
        assert (found.outcome.better, found.proposed) == (False, None)

    @needs_wheel
    def test_parameters_from_elsewhere_are_judged(
        self, workspace: Workspace, lived: list[int]
    ) -> None:
        found = optimize.propose(workspace, KNOWN)
        assert isinstance(found.outcome, Judged)
        assert found.outcome.better
        assert optimize.propose(workspace, DEFAULT).proposed is None


class TestInForce:
    def test_every_state_is_what_replay_gives(self, workspace: Workspace, lived: list[int]) -> None:
        before = states(workspace, lived)
        assert optimize.put_in_force(workspace, KNOWN) == len(lived)
        after = states(workspace, lived)
        assert workspace.scheduler.parameters == KNOWN
        assert after == replayed(workspace, lived) != before
        for card in lived:
            old, new = before[card].memory, after[card].memory
            assert isinstance(old, Memory)
            assert isinstance(new, Memory)
            assert (old.due, old.phase, old.reviews) == (new.due, new.phase, new.reviews)

    def test_one_step_back_is_an_exact_inverse(
        self, workspace: Workspace, lived: list[int]
    ) -> None:
        before = states(workspace, lived)
        optimize.put_in_force(workspace, KNOWN)
        assert optimize.go_back(workspace) == DEFAULT
        assert states(workspace, lived) == before
        assert optimize.go_back(workspace) is None

    def test_back_leads_to_the_parameters_before(self, workspace: Workspace) -> None:
        other = (*KNOWN[:20], 0.2)
        optimize.put_in_force(workspace, KNOWN)
        optimize.put_in_force(workspace, other)
        assert optimize.go_back(workspace) == KNOWN
        assert optimize.go_back(workspace) == DEFAULT

    def test_they_outlive_a_restart_and_reach_the_first_frame(
        self, workspace: Workspace, open_workspace: Callable[[], Workspace]
    ) -> None:
        optimize.put_in_force(workspace, KNOWN)
        again = open_workspace()
        assert again.scheduler.parameters == KNOWN
        with look(workspace.home.store) as glance:
            assert glance is not None
            assert glance.curve() == again.curve
        optimize.go_back(again)
        with look(workspace.home.store) as glance:
            assert glance is not None
            assert glance.curve().decay == DEFAULT[20]

    def test_an_answer_here_follows_what_was_put_in_force_elsewhere(
        self,
        workspace: Workspace,
        lived: list[int],
        open_workspace: Callable[[], Workspace],
    ) -> None:
        session = ReviewSession(workspace)
        assert session.current is not None
        card = session.current.id
        optimize.put_in_force(open_workspace(), KNOWN)
        session.answer(Rating.GOOD, workspace.clock() - workspace.clock())
        assert states(workspace, [card]) == replayed(workspace, [card])
        assert workspace.scheduler.parameters == KNOWN

    def test_so_does_one_to_a_card_that_came_in_place_of_another(
        self,
        workspace: Workspace,
        lived: list[int],
        open_workspace: Callable[[], Workspace],
    ) -> None:
        """The queue was read again meanwhile: nobody has written since."""
        study = replace(workspace.settings.study, reviews_per_day=50)
        session = ReviewSession(workspace.under(replace(workspace.settings, study=study)))
        assert session.current is not None
        other = open_workspace()
        optimize.put_in_force(other, KNOWN)
        actions.suspend(other, [session.current.id])
        card = session.refresh()
        assert card is not None
        session.answer(Rating.GOOD, workspace.clock() - workspace.clock())
        assert states(other, [card.id]) == replayed(other, [card.id])

    def test_rescheduling_moves_due_dates_and_can_be_undone(
        self, workspace: Workspace, lived: list[int], clock: FrozenClock
    ) -> None:
        optimize.put_in_force(workspace, KNOWN)
        before = states(workspace, lived)
        moved = optimize.reschedule(workspace)
        assert moved > 50
        for state in states(workspace, lived).values():
            memory = state.memory
            assert isinstance(memory, Memory)
            if memory.phase is not Phase.REVIEW:
                continue
            days = workspace.scheduler.formulas.interval(memory.stability, 0.9, 36500)
            assert abs((memory.due - memory.last_review).days - days) <= 1
        undo(workspace)
        assert states(workspace, lived) == before
