"""The shell: where keys lead, how it starts, how it looks, how it ends."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from textual.worker import WorkerFailed

from warmstart.errors import StoreNotADatabase, StoreReadOnly
from warmstart.settings import DisplaySettings, Settings
from warmstart.tui.screens.help import HelpScreen
from warmstart.usecases import library
from warmstart.usecases import today as today_module
from warmstart.usecases.workspace import Workspace

if TYPE_CHECKING:
    from warmstart.paths import Home


class TestToday:
    async def test_counts_week_and_keys(self, running) -> None:
        async with running() as driver:
            lines = driver.lines
            assert lines[0].split() == ["Warmstart", "·", "Today", "Fri", "20", "Nov"]
            assert lines[2].split() == [
                "0",
                "due",
                "3",
                "new",
                "about",
                "1",
                "min",
                "Enter",
                "study",
                "f",
                "some",
            ]
            assert "nothing due in 7 days" in lines[3]
            assert lines[-1].split() == (
                [
                    "Enter",
                    "study",
                    "n",
                    "notes",
                    "c",
                    "cards",
                    "l",
                    "labs",
                    "p",
                    "progress",
                    "i",
                    "inbox",
                    "/",
                    "search",
                    "?",
                    "help",
                    "q",
                    "quit",
                ]
            )

    async def test_first_start_says_so_and_fills_in(self, running, home: Home) -> None:
        async with running(empty=True) as driver:
            assert home.store.exists()
            assert "warmstart import FOLDER" in driver.text

    async def test_before_the_store_is_there(
        self, running, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("warmstart.tui.screens.today.glance", lambda *_: None)
        async with running() as driver:
            assert "The store is being made" in driver.text

    async def test_a_store_that_cannot_be_opened_is_a_sentence(
        self, running, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*_: object, **__: object) -> Workspace:
            raise StoreReadOnly("The store is read-only.", hint="Make it writable.")

        monkeypatch.setattr(Workspace, "open", refuse)
        async with running(empty=True) as driver:
            assert "The store could not be opened." in driver.text
            assert "The store is read-only. Make it writable." in driver.text

    async def test_a_store_that_is_none_offers_no_study_and_ends_with_its_code(
        self, running, home: Home
    ) -> None:
        home.root.mkdir(parents=True)
        home.store.write_bytes(b"garbage " * 1000)
        async with running() as driver:
            assert driver.lines[2].strip() == "The store could not be opened."
            assert "is not a store" in " ".join("".join(driver.lines[4:8]).split())
            assert "study" not in driver.text
            assert "is not a store" not in "".join(driver.lines[10:])
            await driver.press("enter", "n", "q")
            driver.app.leave()
        assert driver.app.return_code == StoreNotADatabase.exit_code == 3

    async def test_going_cold_and_what_comes(
        self, running, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        cold = today_module.ColdConcept(1, "Очереди", "Queues", 41, 12)
        lab = today_module.NextLab("cold-start", "Cold starts", 15)
        today = today_module.Today(0, 0, 0, (0, 0, 4, 0, 0, 0, 0), (cold,), 0, 9, lab)
        monkeypatch.setattr("warmstart.tui.screens.today.glance", lambda *_: today)
        async with running() as driver:
            text = driver.text
            assert "Nothing is due now. 4 cards will be in 2 days." in text
            assert "▄ Очереди" in text
            assert "41  ████████░░░░░░░░░░░░   last seen 12 d" in text
            assert "Cold starts" in text

    async def test_the_week_is_a_chart_where_there_is_room(self, running, monkeypatch) -> None:
        today = today_module.Today(18, 0, 9, (18, 9, 0, 0, 0, 0, 3), (), 4, 30, None)
        monkeypatch.setattr("warmstart.tui.screens.today.glance", lambda *_: today)
        async with running(size=(140, 40)) as driver:
            figures, names = driver.lines[8], driver.lines[9]
            assert figures.split() == ["18", "9", "0", "0", "0", "0", "3"]
            assert names.split() == [
                "today",
                "Sat",
                "21",
                "Sun",
                "22",
                "Mon",
                "23",
                "Tue",
                "24",
                "Wed",
                "25",
                "Thu",
                "26",
            ]
            assert "4 answered today" in driver.text

    async def test_a_fading_concept_can_be_clicked(self, running, monkeypatch):
        async with running() as driver:
            concept = next(
                child for tree in library.tree(driver.app.workspace) for child in tree.children
            )
            cold = today_module.ColdConcept(concept.id, "Fading", "Queues", 41, 12)
            today = today_module.Today(0, 0, 0, (0,) * 7, (cold,), 0, 9, None)
            monkeypatch.setattr("warmstart.tui.screens.today.glance", lambda *_: today)
            driver.app.screen.reload()
            await driver.settle()
            await driver.click("Fading")
            assert driver.lines[0].startswith(" Concept · Queues")
            assert concept.title in driver.lines[0]


class TestKeys:
    @pytest.mark.parametrize(
        ("key", "place"), [("n", "notes"), ("т", "notes"), ("з", "progress"), ("ㅔ", "progress")]
    )
    async def test_the_same_key_under_another_layout(self, running, key: str, place: str) -> None:
        async with running() as driver:
            await driver.press(key)
            assert driver.app.current_mode == place
            await driver.press("й")
            assert driver.app.current_mode == "today"

    async def test_letters_are_left_alone_while_one_types(self, running) -> None:
        async with running() as driver:
            await driver.press("/")
            await driver.settle()
            await driver.press("т", "n", "?")
            assert driver.app.screen.query_one("#words").value == "тn?"

    async def test_help_lists_the_keys_of_the_screen(self, running) -> None:
        async with running() as driver:
            await driver.press("?")
            assert isinstance(driver.app.screen, HelpScreen)
            keys = dict(driver.app.screen._keys)
            assert {"Enter", "n", "l", "p", "/", "?", "q"} <= keys.keys()
            assert keys["Enter"] == "study"
            assert keys["Ctrl+P"] == "any place or command by name"
            await driver.press("escape")
            assert not isinstance(driver.app.screen, HelpScreen)

    async def test_the_key_line_can_be_clicked(self, running) -> None:
        async with running() as driver:
            await driver.click("progress")
            assert driver.app.current_mode == "progress"

    async def test_the_palette_holds_our_commands(self, running) -> None:
        async with running() as driver:
            titles = [
                command.title for command in driver.app.get_system_commands(driver.app.screen)
            ]
            assert {"Go to notes", "Theme: light", "Help", "Quit"} <= set(titles)


class TestLook:
    async def test_light_theme_and_reduced_motion_are_settings(self, running) -> None:
        settings = replace(Settings(), display=DisplaySettings("light", reduced_motion=True))
        async with running(settings=settings) as driver:
            assert driver.app.theme == "warmstart-light"
            assert driver.app.animation_level == "none"

    async def test_no_color_shows_shades_of_grey(
        self, running, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("NO_COLOR", "1")
        async with running() as driver:
            svg = driver.app.export_screenshot()
            assert driver.app.no_color
            assert "#ffac2f" not in svg.lower()


class TestEnd:
    async def test_what_was_not_foreseen_is_passed_on_without_a_traceback(
        self, running, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def break_down(*_: object, **__: object) -> Workspace:
            raise ZeroDivisionError("broken")

        monkeypatch.setattr(Workspace, "open", break_down)
        with pytest.raises(WorkerFailed, match="broken"):
            async with running():
                pass
        assert "Traceback" not in capsys.readouterr().err
