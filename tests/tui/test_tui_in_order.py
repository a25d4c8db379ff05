"""Keys that are typed faster than screens come up act in their order, and none is lost."""

from __future__ import annotations

import sys
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from warmstart.settings import Settings
from warmstart.tui import in_order
from warmstart.tui.screens.browse import BrowseScreen
from warmstart.tui.screens.card_page import CardPageScreen
from warmstart.tui.screens.dialog import Dialog, Menu
from warmstart.tui.screens.labs.lab_screen import LabScreen
from warmstart.tui.screens.labs.predict import PredictScreen
from warmstart.tui.screens.notes import NotesScreen
from warmstart.tui.screens.review import ReviewScreen
from warmstart.tui.screens.settings import SettingsScreen, ValueScreen

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.screen import Screen

    from tests.tui.conftest import Driver, Running


async def at_once(driver: Driver, *keys: str) -> Screen[object]:
    """Type keys without waiting for what any of them does."""
    for key in keys:
        driver._post(key)
    await driver.settle()
    return driver.app.screen


async def test_a_sitting(running: Running) -> None:
    """From Today: a card is shown, its answer, and it is graded; then a flag, by its number."""
    async with running() as driver:
        screen = await at_once(driver, "enter", "space", "3", "f", "1")
        assert isinstance(screen, ReviewScreen)
        assert " 1 / 3 " in driver.lines[0]
        assert "Flagged red." in driver.text


async def test_cards(running: Running) -> None:
    """A card further down is opened and left; a menu takes the letter that follows it."""
    async with running() as driver:
        screen = await at_once(driver, "c", "down", "enter")
        assert isinstance(screen, CardPageScreen)
        screen = await at_once(driver, "q", "O")
        assert isinstance(screen, Menu)
        screen = await at_once(driver, "d", "g", "p")
        assert isinstance(screen, ReviewScreen)
        screen = await at_once(driver, "space", "q")
        assert isinstance(screen, BrowseScreen)


async def test_what_is_typed_is_looked_for_before_enter_opens_it(running: Running) -> None:
    async with running() as driver:
        screen = await at_once(driver, "/", *"second", "enter")
        assert isinstance(screen, NotesScreen)
        assert "Introduction." in driver.text


async def test_no_binding_with_priority_overtakes(running: Running) -> None:
    """In the settings Enter has priority over the list's, whose arrows have none."""
    async with running() as driver:
        screen = await at_once(driver, "S", "down", "enter")
        assert isinstance(screen, ValueScreen)
        screen = await at_once(driver, *"30", "enter", "down", "enter")
        assert isinstance(screen, ValueScreen)
        assert driver.app.settings.study.new_per_day == 30
        screen = await at_once(driver, "escape", "q")
        assert not isinstance(screen, SettingsScreen)


@pytest.mark.skipif(sys.platform == "win32", reason="handlers run in forked processes")
async def test_a_lab(running: Running) -> None:
    """Its first question is asked, after a worker has looked whether its code may run."""
    async with running() as driver:
        screen = await at_once(driver, "l", "end", "enter", "r", "tab")
        assert isinstance(screen, PredictScreen)
        assert "Prediction 2 of" in driver.text
        screen = await at_once(driver, "escape", "k", "escape", "q", "home", "enter")
        assert isinstance(screen, LabScreen)
        assert driver.lines[0].startswith(" Lab · Cold starts")


async def test_a_page_on_where_nothing_is_laid_out_yet(running: Running) -> None:
    """In the palette before its list is there; and in a dialog, where it scrolls."""
    async with running() as driver:
        await at_once(driver, "ctrl+p", "pagedown", "pageup", "escape")
        screen = await at_once(driver, "?", "pagedown", "pageup", "end", "home")
        assert isinstance(screen, Dialog)
        assert driver.app.is_running


async def test_a_search_that_is_left_while_it_looks(running: Running, monkeypatch) -> None:
    """What is found then is not shown: the widgets go before their screen does."""
    async with running() as driver:
        await driver.press("/")
        screen = driver.app.screen
        began, found = threading.Event(), threading.Event()

        def slow(*_: object) -> tuple[()]:
            began.set()
            found.wait(5)
            return ()

        monkeypatch.setattr("warmstart.tui.screens.search.search", slow)
        driver._post("q")
        while not began.is_set():
            await driver.pilot.pause(0)
        looking = [worker for worker in driver.app.workers if worker.node is screen]
        removed = screen.remove()
        found.set()  # before anything can fail: the thread would wait without end
        assert looking
        assert all(worker.is_cancelled for worker in looking)
        await removed
        await driver.pilot.pause()
        assert driver.app._exception is None


class TestAScreenThatIsNotRead:
    @pytest.fixture
    def unread(self, monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
        def make(longest: float) -> None:
            monkeypatch.setattr(NotesScreen, "is_ready", property(lambda _: False))
            monkeypatch.setattr(in_order, "_LONGEST", longest)

        return make

    async def test_waits_no_longer_than_is_good(self, running, unread) -> None:
        unread(0.05)
        async with running() as driver:
            await at_once(driver, "n", "down", "enter")
            assert driver.lines[0].startswith(" Notes · Second")

    async def test_is_left_at_once(self, running, unread) -> None:
        """By what leads elsewhere; and Esc lets go what is waiting."""
        unread(60)
        async with running() as driver:
            screen = await at_once(driver, "n", "q")
            assert not isinstance(screen, NotesScreen)
            screen = await at_once(driver, "n", "down", "escape")
            assert not isinstance(screen, NotesScreen)

    async def test_the_app_is_left_by_the_key_that_the_learner_gave_it(
        self, running, unread
    ) -> None:
        unread(60)
        settings = replace(Settings(), keys={"leave at once": ("f10",)})
        async with running(settings=settings) as driver:
            await driver.press("n")
            driver._post("down")
            driver._post("f10")
            await driver.pilot.pause()
            assert driver.app._exit
