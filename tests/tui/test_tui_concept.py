"""A concept's page: what it shows, what it leads to, and a goal set on it."""

from __future__ import annotations

import re

from warmstart.tui.screens.sentence import Line
from warmstart.usecases.goals import all_goals, find_concept


class TestConcept:
    async def test_shows_what_is_known_and_leads_on(self, running) -> None:
        async with running(size=(100, 40)) as driver:
            driver.app.open_concept(find_concept(driver.app.workspace, "queues"))
            await driver.settle()
            assert driver.lines[0].startswith(" Concept · Queues")
            assert "not started  0 of 3 cards studied" in driver.text
            assert "Builds on nothing" in driver.text
            assert "콜드 스타트" in driver.text
            for width in (96, 80):
                await driver.pilot.resize_terminal(width, 40)
                await driver.settle()
                assert re.search(r"  \+\d+\.\d  in .* concept$", driver.text, re.MULTILINE)
            await driver.press("enter")
            assert "Concept · Queues › " in driver.lines[0]
            await driver.press("q", "o")
            assert driver.app.current_mode == "notes"

    async def test_a_goal_is_asked_for_until_it_can_be(self, running) -> None:
        async with running() as driver:
            driver.app.open_concept(find_concept(driver.app.workspace, "queues"))
            await driver.settle()
            driver.app.screen.action_goal()
            await driver.answer(Line, "8", "0", "enter")
            assert "Write a mastery and a day" in driver.text
            await driver.answer(Line, "ctrl+u", *"95 in 1 day", "enter")
            await driver.settle()
            assert "Goal  95 by 21 Nov 2026, now 0" in driver.text
            assert "It cannot be met: 3 new" in driver.text
            await driver.press("q")
            assert "Queues  95 by 21 Nov 2026, now 0" in driver.text
            driver.app.open_concept(find_concept(driver.app.workspace, "queues"))
            await driver.settle()
            driver.app.screen.action_goal()
            await driver.answer(Line, "enter")
            await driver.settle()
            assert "No goal yet: g sets one." in driver.text
            assert all_goals(driver.app.workspace) == ()
