"""Search: while one types, in any script, and where Enter leads."""

from __future__ import annotations

from warmstart.tui.screens.search import SearchScreen, _marked
from warmstart.usecases.search import MARK_OFF, MARK_ON


class TestSearch:
    async def test_results_by_group_and_back_to_them(self, running):
        async with running() as driver:
            await driver.press("/", *"whe")
            assert [line.strip() for line in driver.lines[4:8]] == [
                "Titles  1", "▌  Where they go  Second", "Notes  1", "Queues",
            ]  # fmt: skip
            assert "see second › Where they go" in driver.lines[8]
            await driver.press("enter")
            assert driver.lines[0].startswith(" Notes · Second")
            assert driver.lines[2].strip() == "Where they go"
            await driver.press("q")
            assert isinstance(driver.app.screen, SearchScreen)
            assert "Where they go" in driver.text
            await driver.press("escape")
            assert driver.app.current_mode == "today"

    async def test_russian_and_korean(self, running):
        async with running() as driver:
            await driver.press("/", *"мёрт")
            assert "Мёртвые письма  Queues" in driver.text
            await driver.press(*["backspace"] * 4, *"콜드")
            assert "콜드 스타트  Queues" in driver.text

    async def test_arrows_choose_while_the_field_keeps_the_keys(self, running):
        async with running() as driver:
            await driver.press("/", *"dead", "down")
            await driver.press("enter")
            assert driver.lines[0].startswith(" Notes · Queues")

    async def test_from_notes_backspace_leads_back(self, running):
        async with running() as driver:
            await driver.press("n", "enter", "/", *"intro", "enter")
            assert driver.lines[0].startswith(" Notes · Second")
            await driver.press("backspace")
            assert driver.lines[0].startswith(" Notes · Queues")

    async def test_from_review_and_back_to_its_card(self, running):
        async with running() as driver:
            await driver.press("enter", "space", "/", *"intro", "enter", "q", "escape")
            assert "Where messages go that failed too often." in driver.text

    async def test_nothing_found_is_a_sentence(self, running):
        async with running() as driver:
            await driver.press("/")
            assert "a word also finds what begins with it" in driver.text
            await driver.press(*"zq")
            assert "Nothing holds all of these words." in driver.text


class TestPassage:
    def test_the_word_found_stays_near(self):
        drawn = _marked(
            f"…a long way before the word that is looked for {MARK_ON}콜드{MARK_OFF} 스타트 Then"
        )
        assert drawn.plain == "…the word that is looked for 콜드 스타트 Then"
        assert [(s.start, s.end) for s in drawn.spans] == [(29, 31)]
