"""Cards: the table and its search, many cards at once, a card's page."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from textual.widgets import Input

from warmstart.tui.screens.browse import BrowseScreen
from warmstart.tui.widgets.card_table import CardTable, Columns

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


def listed(driver) -> list[str]:
    """The questions in the table."""
    found = (re.search(r"(?:new|\d%)  (.+?)  ", line) for line in driver.lines[5:-1])
    return [line[1] for line in found if line]


class TestSearch:
    async def test_all_cards_then_those_that_fit_while_one_types(self, running):
        async with running() as driver:
            await driver.press("c")
            assert driver.lines[0].split() == ["Cards", "3", "cards"]
            assert listed(driver) == ["What is a dead letter…", "콜드 스타트", "DLQ"]
            await driver.press("/", *"콜드")
            assert listed(driver) == ["콜드 스타트"]
            await driver.press("enter", "o")
            assert driver.lines[0].startswith(" Notes · Queues")
            await driver.press("q")
            assert isinstance(driver.app.screen, BrowseScreen)
            assert listed(driver) == ["콜드 스타트"]

    async def test_what_cannot_be_read_is_marked_and_what_was_found_stays(self, running):
        async with running() as driver:
            await driver.press("c")
            driver.app.screen.query_one(Input).value = "kind:term"
            await driver.settle()
            assert listed(driver) == ["콜드 스타트", "DLQ"]
            driver.app.screen.query_one(Input).value = "kind:therm"
            await driver.settle()
            assert driver.lines[3].strip() == "There is no kind “therm”. Did you mean “term”?"
            screen = driver.app.screen
            marked = screen._mark("kind:therm").spans
            assert [(span.start, span.end) for span in marked] == [(5, 10)]
            assert "2 cards" in driver.lines[0]

    async def test_nothing_found_says_how_names_are_written(self, running):
        async with running() as driver:
            await driver.press("c", "/", *"zq")
            assert "Nothing fits this search." in driver.text
            await driver.press("enter", "s")
            assert isinstance(driver.app.screen, BrowseScreen)


class TestMany:
    async def test_a_range_is_suspended_undone_and_redone(self, running):
        async with running() as driver:
            await driver.press("c", "space", "shift+down", "s")
            assert "Suspended 3 cards. u takes it back." in driver.text
            assert driver.text.count("suspended") == 3
            await driver.press("u")
            assert "Taken back: suspending, 3 cards. U does it again." in driver.text
            assert driver.text.count("suspended") == 0
            await driver.press("U")
            assert driver.text.count("suspended") == 3

    async def test_the_card_under_the_cursor_without_a_selection(self, running):
        async with running() as driver:
            await driver.press("c", "down", "t", *"exam", "enter")
            assert "Tagged 1 card “exam”." in driver.text
            driver.app.screen.query_one(Input).value = "tag:exam"
            await driver.settle()
            assert listed(driver) == ["콜드 스타트"]

    async def test_a_due_date_that_is_none_is_refused_in_its_dialog(self, running):
        async with running() as driver:
            await driver.press("enter", "space", "4", "q", "c", "d", *"soon", "enter")
            assert "Type a number of days, or a date." in driver.text
            await driver.press(*["backspace"] * 4, "9", "enter")
            assert "1 card due on Sun 29 Nov 2026. u takes it back." in driver.text

    async def test_escape_lets_go_what_is_selected_before_it_leaves(self, running):
        async with running() as driver:
            await driver.press("c", "A")
            assert "3 selected of 3 cards" in driver.lines[0]
            await driver.press("escape")
            assert "3 cards" in driver.lines[0]
            assert "selected" not in driver.lines[0]
            await driver.press("escape")
            assert driver.app.current_mode == "today"


class TestStudy:
    async def test_what_is_selected_is_asked_and_leads_back(self, running):
        async with running() as driver:
            await driver.press("c", "down", "space", "g", "a")
            assert driver.lines[0].startswith(" Review · Queues")
            assert "콜드 스타트" in driver.text
            await driver.press("q")
            assert isinstance(driver.app.screen, BrowseScreen)


class TestPage:
    async def test_answer_figures_curve_and_log(self, running):
        async with running(size=(140, 40)) as driver:
            await driver.press("enter", "space", "4", "q", "c", "enter")
            assert driver.lines[0].startswith(" Card · Queues › Мёртвые письма")
            assert "Where messages go that failed too often." in driver.text
            assert "100% recall" in driver.text
            assert "┤" in driver.text
            assert "Easy   new → " in driver.text
            await driver.press("s")
            assert "suspended, review" in driver.text
            await driver.press("q")
            assert driver.text.count("suspended") == 1


class TestTable:
    async def test_a_hundred_thousand_cards_cost_a_screenful(self, running):
        """Rows are asked for where one looks, and nowhere else."""
        async with running() as driver:
            await driver.press("c")
            table = driver.app.screen.query_one(CardTable)
            asked: list[int] = []
            driver.app.screen._fill = lambda _, cards: asked.extend(cards) or _nothing()
            table.show_cards(range(1000, 101_000), NOW)
            await driver.press("end")
            assert table.cursor == 99_999
            assert max(asked) == 100_999
            assert len(asked) <= 6 * table.size.height
            assert driver.lines[-2].strip() == "▌ …"

    def test_columns_fill_the_width(self):
        for width in (40, 77, 137):
            columns = Columns.of(width)
            assert columns.front > columns.note >= 4


async def _nothing() -> None:
    pass
