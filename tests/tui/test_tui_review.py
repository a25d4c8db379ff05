"""Review: question, answer, grade, undo, close."""

from __future__ import annotations

import re
from datetime import timedelta

from warmstart.errors import StoreBusy
from warmstart.tui.app import WarmstartApp
from warmstart.tui.screens.review import ReviewScreen
from warmstart.tui.widgets.rating_bar import RatingBar
from warmstart.usecases.review import ReviewSession


class TestCard:
    async def test_the_answer_opens_under_the_question(self, running):
        async with running() as driver:
            await driver.press("enter")
            before = driver.lines
            assert before[0].split()[:3] == ["Review", "·", "Queues"]
            assert "0 / 3" in before[0]
            assert before[2].strip() == "new flashcard"
            assert before[4].strip() == "What is a dead letter queue?"
            assert "Space  show the answer" in driver.text
            assert "too often" not in driver.text
            await driver.press("space")
            after = driver.lines
            assert after[:5] == before[:5]
            assert "Where messages go that failed too often." in driver.text
            assert "from queues · Мёртвые письма  o open" in driver.text
            grades = next(line for line in after if "1 Again" in line)
            assert re.match(
                r" +1 Again  1 min +2 Hard  6 min +3 Good  10 min +4 Easy  \d+ d", grades
            )

    async def test_a_second_space_means_good(self, running, clock, open_workspace):
        async with running() as driver:
            await driver.press("enter")
            clock.forward(seconds=7)
            await driver.press("space", "space")
            assert "DLQ" in driver.text or "콜드 스타트" in driver.text
        with open_workspace().store.read() as tx:
            entry = tx.log.last_action()[0].entry
        assert (entry.rating, entry.duration) == (3, timedelta(seconds=7))

    async def test_grades_do_nothing_before_the_answer_is_shown(self, running):
        async with running() as driver:
            await driver.press("enter", "4")
            assert "What is a dead letter queue?" in driver.text

    async def test_under_a_russian_layout(self, running):
        """The key ``o`` sends ``щ`` there: the note opens at the card's section."""
        async with running() as driver:
            await driver.press("enter", "space", "щ")
            assert driver.lines[0].startswith(" Notes · Queues")
            assert "Мёртвые письма" in driver.lines[2]
            await driver.press("q")
            assert isinstance(driver.app.screen, ReviewScreen)
            assert "too often" in driver.text

    async def test_a_click_on_a_grade(self, running):
        async with running() as driver:
            await driver.press("enter")
            await driver.click("show the answer")
            await driver.click("Easy")
            assert "1 / 3" in driver.lines[0]

    async def test_an_answer_that_cannot_be_saved_keeps_the_card(self, running, monkeypatch):
        def busy(*_: object) -> None:
            raise StoreBusy("Another process is writing.", hint="Try again.")

        monkeypatch.setattr(ReviewSession, "answer", busy)
        async with running() as driver:
            await driver.press("enter", "space", "3")
            assert "Another process is writing. Try again." in driver.text
            assert "What is a dead letter queue?" in driver.text
            assert driver.app.screen.query_one(RatingBar).previews is not None


class TestBeforeTheWorkspace:
    """The store opens in full behind the first card."""

    async def test_the_first_card_is_asked_and_answered(self, running, monkeypatch):
        monkeypatch.setattr(WarmstartApp, "_open", lambda _: None)
        async with running() as driver:
            await driver.press("enter")
            assert "What is a dead letter queue?" in driver.text
            await driver.press("space", "4")
            assert driver.app.workspace is None
            assert "1 / 3" in driver.lines[0]

    async def test_a_store_that_is_not_there_yet_is_waited_for(self, running, monkeypatch):
        monkeypatch.setattr(WarmstartApp, "_open", lambda _: None)
        async with running(empty=True) as driver:
            await driver.press("enter")
            assert "Opening the store" in driver.text

    async def test_the_workspace_that_comes_later_keeps_the_card(self, running, monkeypatch):
        open_ = WarmstartApp._open
        monkeypatch.setattr(WarmstartApp, "_open", lambda _: None)
        async with running() as driver:
            await driver.press("enter", "space")
            open_(driver.app)
            await driver.settle()
            assert driver.app.workspace is not None
            assert "too often" in driver.text


class TestEnd:
    async def test_undo_also_across_a_restart(self, running):
        async with running() as driver:
            await driver.press("enter", "space", "4")
            assert "1 / 3" in driver.lines[0]
            await driver.press("u")
            assert "0 / 3" in driver.lines[0]
            await driver.press("space", "4", "q")
        async with running() as driver:
            await driver.press("enter", "u")
            assert "What is a dead letter queue?" in driver.text
            assert "0 / 3" in driver.lines[0]

    async def test_the_closing_summary(self, running):
        async with running() as driver:
            await driver.press("enter", *["space", "4"] * 3)
            assert "3 answers   100% recalled" in driver.text
            assert "Easy 3" in driver.text
            assert "Mastery, before and after" in driver.text
            assert "  0 → " in driver.text
            await driver.press("q", "enter")
            assert "Nothing is due." in driver.text

    async def test_a_card_that_is_not_due_yet_is_waited_for(self, running, clock):
        async with running(toml="[study]\nlearning_steps = [30, 60]") as driver:
            await driver.press("enter", "space", "1", "space", "4", "space", "4")
            assert "The next card comes back" in driver.text
            assert "in 30 min" in driver.text
            clock.forward(minutes=31)
            await driver.app.screen._tick()
            await driver.settle()
            assert "What is a dead letter queue?" in driver.text

    async def test_nothing_to_undo_is_a_sentence(self, running):
        async with running(empty=True) as driver:
            await driver.press("enter", "u")
            assert "There is nothing to take back." in driver.text

    async def test_nothing_to_undo_leaves_the_answer_on_the_screen(self, running):
        async with running() as driver:
            await driver.press("enter", "space", "u")
            assert "There is nothing to take back." in driver.text
            assert "Taken back" not in driver.text
            assert "1 Again" in driver.text
            await driver.press("U")
            assert "There is nothing to do again." in driver.text
            assert "1 Again" in driver.text
