"""A sitting of one's own: what to study, how much of it, whether it counts."""

from __future__ import annotations

from warmstart.tui.screens.review import ReviewScreen
from warmstart.tui.screens.today import TodayScreen
from warmstart.usecases.sitting import Sitting


class TestSit:
    async def test_cards_of_a_search_without_effect(self, running, clock, open_workspace):
        async with running() as driver:
            await driver.press("f", *"kind:term", "tab", "tab", "1", "tab", "down", "down", "enter")
            assert isinstance(driver.app.screen, ReviewScreen)
            assert "0 / 1" in driver.lines[0]
            await driver.press("space")
            grades = next(line for line in driver.lines if "1 Again" in line)
            assert grades.split() == ["1", "Again", "2", "Hard", "3", "Good", "4", "Easy"]
            clock.forward(seconds=5)
            await driver.press("3")
            assert "these were the cards of this sitting" in driver.text
            await driver.press("q")
            assert isinstance(driver.app.screen, TodayScreen)
            assert "3 new" in driver.text
        with open_workspace().store.read() as tx:
            assert type(tx.log.entry(tx.log.length()).entry).__name__ == "Crammed"

    async def test_what_it_comes_to_is_said(self, running):
        async with running() as driver:
            await driver.press("f")
            assert "3 cards, about 1 min" in driver.text
            await driver.press("tab", "tab", "2")
            assert "2 cards, about 1 min" in driver.text
            await driver.press("shift+tab", "shift+tab", *"kind:cloze")
            assert "No card fits the search 'kind:cloze'." in driver.text
            await driver.press("q")
            assert "fits" not in driver.text

    async def test_what_cannot_be_read_is_said_in_the_dialog(self, running):
        async with running() as driver:
            await driver.press("f", "tab", "x", "enter")
            assert "Minutes must be a whole number above 0" in driver.text
            await driver.press("backspace", "shift+tab", *"is:odd", "enter")
            assert "“odd”" in driver.text
            await driver.press("escape")
            assert isinstance(driver.app.screen, TodayScreen)

    async def test_the_app_opens_at_a_sitting(self, running):
        async with running() as driver:
            driver.app.study(Sitting(concept="nowhere"))
            await driver.settle()
            assert "There is no concept called 'nowhere'" in driver.text


class TestThinking:
    async def test_a_note_that_is_read_meanwhile_does_not_count(
        self, running, clock, open_workspace
    ):
        async with running() as driver:
            await driver.press("enter")
            clock.forward(seconds=5)
            await driver.press("o")
            clock.forward(seconds=20)
            await driver.press("q")
            clock.forward(seconds=2)
            await driver.press("space", "3")
        with open_workspace().store.read() as tx:
            assert tx.log.entry(tx.log.length()).entry.duration.total_seconds() == 7


class TestComingBack:
    async def test_it_is_said_on_today_and_u_takes_it_back(self, running, clock, monkeypatch):
        monkeypatch.setattr("warmstart.study.backlog.LEAST", 1)
        async with running() as driver:
            await driver.press("enter", *["space", "4"] * 3, "q")
        clock.forward(days=30)
        async with running() as driver:
            assert "You were away for 30 days. The 3 reviews" in driver.text
            assert "1 due" in driver.text
            assert "u  takes it back" in driver.text
            await driver.press("u")
            assert "You were away" not in driver.text
            assert "3 due" in driver.text
