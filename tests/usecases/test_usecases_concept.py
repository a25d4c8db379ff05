"""A concept's page and its goals, over notes that build on one another."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from learner import live
from warmstart.errors import InputError
from warmstart.store.times import to_ms
from warmstart.study.cards import Rating
from warmstart.study.day import DAY_MS
from warmstart.study.formulas import Formulas
from warmstart.study.parameters import DEFAULT
from warmstart.usecases import phrases
from warmstart.usecases.concept import concept
from warmstart.usecases.goals import all_goals, find_concept, read_goal, remove_goal, set_goal
from warmstart.usecases.import_notes import import_notes
from warmstart.usecases.review import ReviewSession

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import FrozenClock
    from warmstart.study.fit import History
    from warmstart.usecases.workspace import Workspace

SAGA = """---
prerequisites: ["[[основы]]"]
study_status: mastered
---
# 사가

## Compensation

Prose.

What undoes a step?
?
A compensating one.

## Сеть

Текст.

Что теряется?
?
Сообщение.

What else?
?
The order.
"""
BASICS = "# Основы\n\n## 한국어\n\n무엇?\n?\n이것.\n"


@pytest.fixture
def workspace(
    empty_course: None, open_workspace: Callable[[], Workspace], tmp_path: Path
) -> Workspace:
    (tmp_path / "saga.md").write_text(SAGA, encoding="utf-8")
    (tmp_path / "основы.md").write_text(BASICS, encoding="utf-8")
    workspace = open_workspace()
    import_notes(workspace, [tmp_path / "saga.md", tmp_path / "основы.md"])
    return workspace


class TestPage:
    def test_before_the_first_answer(self, workspace: Workspace) -> None:
        page = concept(workspace, find_concept(workspace, "saga"))
        assert (page.node.title, page.node.mastery, page.status) == ("사가", 0, "not_started")
        assert [card.front for card in page.cards] == [
            "What undoes a step?", "Что теряется?", "What else?",
        ]  # fmt: skip
        (basics,) = page.prerequisites
        assert (basics.title, basics.recall, basics.behind) == ("Основы", None, False)
        assert [way.title for way in page.fastest_concepts] == ["Compensation", "Сеть"]
        assert (page.goal, page.reviews, page.labs) == (None, 0, ())

    def test_own_and_inherited_mastery_part(self, workspace: Workspace) -> None:
        session = ReviewSession(workspace)
        while session.current is not None:
            session.answer(Rating.EASY, timedelta(seconds=5))
        page = concept(workspace, find_concept(workspace, "saga"))
        assert page.own_mastery is None
        assert page.node.mastery is not None
        assert page.node.mastery > 70
        assert page.status == "mastered"  # as the note says; it began at 80, and 70 keeps it
        below = concept(workspace, find_concept(workspace, "saga/Сеть"))
        assert below.trail == ("사가",)
        assert below.own_mastery is not None
        assert all(card.own for card in below.cards)
        assert not any(card.own for card in page.cards)

    def test_a_cold_prerequisite_is_named_with_its_figures(
        self, workspace: Workspace, tmp_path: Path
    ) -> None:
        now = to_ms(workspace.clock())
        start = now - 2300 * DAY_MS
        live(workspace, tmp_path / "base.md", [_kept_warm_for_900_days(start)])
        live(
            workspace,
            tmp_path / "above.md",
            _hurt_by_the_cold(start),
            front='---\nprerequisites: ["[[base]]"]\n---\n',
        )
        page = concept(workspace, find_concept(workspace, "above"))
        (base,) = page.prerequisites
        assert base.behind
        assert base.cause is not None
        assert phrases.behind(base).startswith(
            f"Failing here because Base is cold: {base.cause.cold.lapses} of "
        )
        assert page.as_json()["prerequisites"][0]["behind_the_lapses"] is True

    def test_there_is_no_such_concept(self, workspace: Workspace) -> None:
        with pytest.raises(KeyError):
            concept(workspace, 9999)


def _kept_warm_for_900_days(start: int) -> History:
    """Return a card that is known, forgotten once, and then left alone."""
    days = range(0, 900, 10)
    return (*((start + day * DAY_MS, 2 if day else 4) for day in days), (start + 900 * DAY_MS, 1))


def _hurt_by_the_cold(start: int) -> list[History]:
    """Return 12 cards, asked every 90 days, that lapse more often from day 960 on."""
    rng, formulas, found = random.Random(3), Formulas(DEFAULT), []
    for _ in range(12):
        state, last = formulas.first(3), 0
        history = [(start, 3)]
        for day in range(10, 2200, 90):
            risk = 1 - formulas.recall(state[0], day - last) + 0.3 * (day > 960)
            rating = 1 if rng.random() < risk else 3
            state = formulas.after(*state, day - last, rating)
            last = day
            history.append((start + day * DAY_MS, rating))
        found.append(tuple(history))
    return found


class TestGoals:
    def test_a_goal_becomes_a_plan_and_follows_the_log(
        self, workspace: Workspace, clock: FrozenClock
    ) -> None:
        key = find_concept(workspace, "사가")
        set_goal(workspace, key, 60, date(2026, 11, 29))
        (before,) = all_goals(workspace)
        assert (before.concept, before.days, before.mastery) == (key, 10, 0)
        assert before.plan is not None
        assert before.plan.met
        assert before.plan.new_per_day >= 1
        session = ReviewSession(workspace)
        while session.current is not None:
            session.answer(Rating.EASY, timedelta(seconds=5))
        (after,) = all_goals(workspace)
        assert after.plan is not None
        assert after.plan.new_per_day == 0
        assert concept(workspace, key).goal == after
        clock.forward(days=12)
        (past,) = all_goals(workspace)
        assert (past.days, past.plan) == (0, None)
        assert phrases.plan(past).startswith("Its day is past")

    def test_what_cannot_be_met_says_what_could_be(self, workspace: Workspace) -> None:
        set_goal(workspace, find_concept(workspace, "saga"), 95, date(2026, 11, 20))
        (goal,) = all_goals(workspace)
        assert goal.plan is not None
        assert not goal.plan.met
        assert phrases.plan(goal).startswith("It cannot be met: 3 new and no")
        assert goal.as_json()["plan"]["met"] is False

    def test_the_nearest_goal_takes_new_cards_first(
        self, workspace: Workspace, home, open_workspace
    ) -> None:
        home.settings.write_text("[study]\nnew_per_day = 3\n")
        workspace = open_workspace()
        set_goal(workspace, find_concept(workspace, "основы"), 90, date(2026, 11, 25))
        set_goal(workspace, find_concept(workspace, "saga"), 90, date(2026, 11, 22))
        first, second = all_goals(workspace)
        assert (first.title, second.title) == ("사가", "Основы")
        assert first.plan is not None
        assert second.plan is not None
        assert (first.plan.new_per_day, second.plan.new_per_day) == (3, 0)

    def test_a_goal_is_replaced_and_given_up(self, workspace: Workspace) -> None:
        key = find_concept(workspace, "saga")
        set_goal(workspace, key, 60, date(2026, 11, 29))
        set_goal(workspace, key, 70, date(2026, 12, 1))
        (goal,) = all_goals(workspace)
        assert (goal.goal.mastery, goal.goal.by_day) == (70, date(2026, 12, 1))
        assert remove_goal(workspace, goal.goal)
        assert all_goals(workspace) == ()

    def test_a_goal_outlives_its_concept_and_says_so(
        self, workspace: Workspace, tmp_path: Path
    ) -> None:
        set_goal(workspace, find_concept(workspace, "saga/Сеть"), 60, date(2026, 11, 29))
        (tmp_path / "saga.md").write_text("# 사가\n", encoding="utf-8")
        import_notes(workspace, [tmp_path / "saga.md"])
        (goal,) = all_goals(workspace)
        assert (goal.concept, goal.plan) == (None, None)
        assert phrases.plan(goal) == "Its note no longer has this concept."

    @pytest.mark.parametrize(
        ("mastery", "day", "says"),
        [(0, 29, "1 to 100, not 0"), (101, 29, "1 to 100"), (60, 19, "2026-11-19 is past")],
    )
    def test_impossible_goals_are_refused(self, workspace, mastery, day, says) -> None:
        with pytest.raises(InputError, match=says):
            set_goal(workspace, find_concept(workspace, "saga"), mastery, date(2026, 11, day))

    def test_names_that_say_too_little(self, workspace: Workspace, tmp_path: Path) -> None:
        (tmp_path / "other.md").write_text(
            "# Other\n\n## Сеть\n\nText.\n\nQ?\n?\nA.\n", encoding="utf-8"
        )
        import_notes(workspace, [tmp_path / "other.md"])
        with pytest.raises(InputError, match=r"Several concepts are named “сеть”: .*saga/Сеть"):
            find_concept(workspace, "сеть")
        with pytest.raises(InputError, match="no concept named “nothing”"):
            find_concept(workspace, "nothing")
        for name, meant in [("another", "Other"), ("OTH", "Other"), ("сетъ", "Сеть")]:
            with pytest.raises(InputError, match=rf"named “{name}”. Did you mean {meant}\?"):
                find_concept(workspace, name)

    @pytest.mark.parametrize(
        ("line", "expected"),
        [
            ("80 by 2026-12-20", (80, date(2026, 12, 20))),
            ("80% in 30 days", (80, date(2026, 12, 20))),
            ("7 1d", (7, date(2026, 11, 21))),
            ("80", "Write a mastery and a day"),
            ("80 by 2026-13-20", "no such day"),
            ("80 in 99999 days", None),
            ("0 in 3 days", "1 to 100"),
            ("80 by 2026-11-01", "is past"),
        ],
    )
    def test_a_goal_is_read_as_one_writes_it(self, line, expected) -> None:
        today = date(2026, 11, 20)
        if isinstance(expected, str):
            with pytest.raises(InputError, match=expected):
                read_goal(line, today)
        elif expected is not None:
            assert read_goal(line, today) == expected
        else:
            assert read_goal(line, today)[1].year == 2300
