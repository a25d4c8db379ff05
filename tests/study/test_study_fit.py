"""Fitting: what can be learned from, that a known learner is found again, and honest figures."""

from __future__ import annotations

import builtins
import math
from importlib.util import find_spec
from itertools import pairwise
from typing import Any

import pytest

from learner import KNOWN, histories
from warmstart.study import fit as fitting
from warmstart.study.day import DAY_MS
from warmstart.study.fit import Fitted, History, NoLibrary, TooFew, fit
from warmstart.study.formulas import Formulas
from warmstart.study.parameters import DEFAULT
from warmstart.study.trail import IMPORTED, RESET, Mark

needs_wheel = pytest.mark.skipif(
    find_spec("fsrs_rs_python") is None, reason="no wheel of fsrs-rs-python here"
)


def marks(*entries: tuple[int, int, int]) -> list[Mark]:
    return [Mark(*entry) for entry in entries]


class TestHistories:
    def test_a_reset_begins_another_history(self) -> None:
        some = marks(
            (1, 10, 3), (1, 20, 3), (1, 30, RESET), (1, 40, 1), (1, 50, 3), (2, 5, 3), (2, 6, 4)
        )
        assert fitting.histories(some) == [
            ((10, 3), (20, 3)),
            ((40, 1), (50, 3)),
            ((5, 3), (6, 4)),
        ]

    def test_a_card_without_a_beginning_teaches_nothing_until_it_is_reset(self) -> None:
        some = marks(
            (1, 10, IMPORTED), (1, 20, 3), (1, 30, 3), (1, 40, RESET), (1, 50, 3), (1, 60, 1)
        )
        assert fitting.histories(some) == [((50, 3), (60, 1))]

    def test_a_schedule_behind_its_own_history_takes_nothing_away(self) -> None:
        some = marks((1, 10, 3), (1, 20, 3), (1, 20, IMPORTED), (1, 30, 2))
        assert fitting.histories(some) == [((10, 3), (20, 3), (30, 2))]

    def test_a_single_answer_is_no_history(self) -> None:
        assert fitting.histories(marks((1, 10, 3), (2, 10, 3))) == []

    def test_answers_within_a_day_are_not_counted(self) -> None:
        history = ((0, 3), (DAY_MS // 2 - 1, 3), (2 * DAY_MS, 3), (DAY_MS, 3))
        assert fitting.reviews([history]) == 1


class TestTooLittle:
    def test_too_few_reviews_keep_the_defaults(self) -> None:
        assert fit(histories(10, 5), DEFAULT, 1) == TooFew(40)

    def test_none_at_all(self) -> None:
        assert fit([], DEFAULT, 1) == TooFew(0)

    def test_no_wheel_on_this_platform(self, monkeypatch: pytest.MonkeyPatch) -> None:
        real = builtins.__import__

        def missing(name: str, *rest: Any, **more: Any) -> Any:
            if name == "fsrs_rs_python":
                raise ModuleNotFoundError(name)
            return real(name, *rest, **more)

        monkeypatch.setattr(builtins, "__import__", missing)
        some = histories(60, 10)
        assert fit(some, DEFAULT, 1) == NoLibrary()
        assert fitting.judged(some, DEFAULT) is None


def log_loss(some: list[History], parameters: tuple[float, ...], since: int) -> float:
    """Return the log loss by our own formulas, later reviews weighing more as fsrs-rs has it."""
    formulas, losses = Formulas(parameters), []
    for card, history in enumerate(some):
        state = formulas.first(history[0][1])
        for (before, _), (at, rating) in pairwise(history):
            days = (at - before) // DAY_MS
            recall = formulas.recall(state[0], days)
            if at >= since:
                losses.append((at, card, -math.log(recall if rating > 1 else 1 - recall)))
            state = formulas.after(*state, days, rating)
    losses.sort()
    weights = [0.25 + 0.75 * (n / (len(losses) - 1)) ** 3 for n in range(len(losses))]
    return sum(w * loss for w, (_, _, loss) in zip(weights, losses, strict=True)) / sum(weights)


@pytest.fixture(scope="module")
def found() -> Fitted:
    found = fit(histories(1000, 10), DEFAULT, 1)
    assert isinstance(found, Fitted)
    return found


@needs_wheel
class TestFit:
    def test_a_known_learner_is_found_again(self, found: Fitted) -> None:
        """Not weight by weight, several of which trade off, but in what they predict."""
        some = histories(1000, 10)
        loss = {w: fitting.judged(some, w).log_loss for w in (DEFAULT, KNOWN, found.parameters)}
        assert loss[DEFAULT] > 1.03 * loss[KNOWN]
        assert loss[found.parameters] < 1.003 * loss[KNOWN]

    def test_reviews_held_out_are_the_last_fifth(self, found: Fitted) -> None:
        assert (found.reviews, found.held_out) == (9000, 1800)
        later = [at for history in histories(1000, 10) for at, _ in history[1:]]
        assert sum(at >= found.held_out_from_ms for at in later) in range(1800, 1850)

    def test_fitting_helps_on_reviews_that_were_not_seen(self, found: Fitted) -> None:
        assert found.better
        assert found.after.rmse < 0.75 * found.before.rmse
        assert found.before == found.default

    def test_the_log_loss_is_the_one_our_own_formulas_give(self, found: Fitted) -> None:
        ours = log_loss(histories(1000, 10), DEFAULT, found.held_out_from_ms)
        assert found.before.log_loss == pytest.approx(ours, rel=1e-3)

    def test_the_same_reviews_give_the_same_parameters(self) -> None:
        some = histories(50, 10)
        assert fit(some, DEFAULT, 1) == fit(some, DEFAULT, 1)

    def test_parameters_from_elsewhere_are_judged_by_all_reviews(self) -> None:
        some = histories(200, 10)
        judged = [fitting.judged(some, w) for w in (DEFAULT, KNOWN)]
        assert judged[0] is not None
        assert judged[1] is not None
        assert judged[1].log_loss < judged[0].log_loss
        assert fitting.judged([], DEFAULT) is None
