"""Browsing below the screen: pages of cards, and one card in full."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from warmstart.study.cards import Rating, Reset, Reviewed, Tagged
from warmstart.study.curve import Curve
from warmstart.study.history import stretches
from warmstart.usecases import actions, browse
from warmstart.usecases.import_notes import import_notes
from warmstart.usecases.review import ReviewSession

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import FrozenClock
    from warmstart.usecases.workspace import Workspace

NOTE = (
    "---\ntags: [saga]\n---\n# Сага\n\n## Откат\n\nShort.\n\nЧто откатывают? ::: Оплату\n\n"
    "Wer zuletzt?\n?\nDie Erste\n"
)


@pytest.fixture
def workspace(
    empty_course: None, open_workspace: Callable[[], Workspace], tmp_path: Path
) -> Workspace:
    workspace = open_workspace()
    (tmp_path / "saga.md").write_text(NOTE, encoding="utf-8")
    import_notes(workspace, [tmp_path / "saga.md"])
    return workspace


def test_rows_in_the_order_asked_for_and_without_what_is_gone(workspace: Workspace) -> None:
    found = browse.find(workspace, "")
    shown = browse.rows(workspace, [found[2], 999, found[0]])
    assert [row.id for row in shown] == [found[2], found[0]]
    assert [row.states for row in shown] == [("new",), ("new",)]
    assert (shown[1].note, shown[1].recall, shown[1].interval) == ("Сага", None, None)


def test_words_find_what_was_imported_since(workspace: Workspace, tmp_path: Path) -> None:
    assert browse.find(workspace, "откатывают")
    assert not browse.find(workspace, "компенсация")
    (tmp_path / "more.md").write_text("# More\n\nКомпенсация? :: Да\n", encoding="utf-8")
    import_notes(workspace, [tmp_path / "more.md"])
    assert len(browse.find(workspace, "компенсация")) == 1


def test_a_card_in_full(workspace: Workspace, clock: FrozenClock) -> None:
    first, second, third = browse.find(workspace, "")
    actions.tag(workspace, [first], "hard")
    session = ReviewSession(workspace)
    assert session.current is not None
    assert session.current.id == first
    session.answer(Rating.EASY, timedelta(seconds=4))
    clock.forward(days=9)
    page = browse.card(workspace, first)
    assert page is not None
    assert page.tags == ("hard", "saga")
    assert page.concepts == ("Откат",)
    assert [row.id for row in page.siblings] == [second]
    assert [type(entry) for entry in page.log] == [Tagged, Reviewed]
    assert [(s.rating, s.begins, s.ends) for s in page.curve] == [
        (Rating.EASY, clock() - timedelta(days=9), None)
    ]
    assert page.curve[0].recall(clock(), Curve()) == pytest.approx(page.row.recall)
    assert browse.card(workspace, 999) is None
    assert third not in (first, second)


class TestCurve:
    def test_each_review_begins_a_stretch_and_a_reset_forgets_them(
        self, workspace: Workspace, clock: FrozenClock
    ) -> None:
        first, *others = browse.find(workspace, "")
        actions.suspend(workspace, others)
        for rating in (Rating.EASY, Rating.AGAIN):
            session = ReviewSession(workspace)
            assert session.current is not None
            assert session.current.id == first
            session.answer(rating, timedelta(seconds=4))
            clock.forward(days=30)
        page = browse.card(workspace, first)
        assert page is not None
        easy, again = page.curve
        assert (easy.ends, again.ends) == (again.begins, None)
        assert again.stability < easy.stability
        assert easy.recall(easy.begins, Curve()) == 1
        assert easy.recall(easy.begins + timedelta(days=easy.stability), Curve()) == pytest.approx(
            0.9
        )
        reset = [*page.log, Reset(first, clock())]
        assert stretches(workspace.scheduler, reset) == []
