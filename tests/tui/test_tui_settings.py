"""The settings screen: what is chosen there stands in the file, and holds at once."""

from __future__ import annotations

from warmstart.settings import load
from warmstart.tui.screens.settings import SettingsScreen, ValueScreen
from warmstart.tui.theme import LIGHT

OWN = "# mine\n[study]\nnew_per_day = 12 # fewer\n"


async def test_a_value_is_changed_where_it_stands(running, home) -> None:
    async with running(toml=OWN) as driver:
        await driver.press("S", "down")
        assert "●" in next(line for line in driver.lines if "new_per_day" in line)
        await driver.press("enter", "7", "enter")
        assert isinstance(driver.app.screen, SettingsScreen)
        assert home.settings.read_text() == OWN.replace("12", "7")
        assert driver.app.settings.study.new_per_day == 7
        assert driver.app.workspace.settings.study.new_per_day == 7
        await driver.press("d")
        assert "new_per_day" not in home.settings.read_text()
        assert "# mine" in home.settings.read_text()


async def test_a_wrong_value_keeps_the_dialog_and_the_file(running, home) -> None:
    async with running(toml=OWN) as driver:
        await driver.press("S", "down", "enter", "x", "enter")
        assert isinstance(driver.app.screen, ValueScreen)
        assert "must be a number from 0 to 9999" in driver.text
        await driver.press("escape")
        assert home.settings.read_text() == OWN


async def test_a_change_made_elsewhere_is_not_lost(running, home) -> None:
    async with running(toml=OWN) as driver:
        await driver.press("S", "down")
        home.settings.write_text(OWN.replace("12", "99"))
        await driver.press("enter", "7", "enter")
        assert "changed elsewhere meanwhile" in driver.text
        await driver.press("escape")
        assert "99" in next(line for line in driver.lines if "new_per_day" in line)


async def test_every_declared_setting_stands_there(running, home) -> None:
    async with running(size=(140, 120)) as driver:
        await driver.press("S")
        found = load(home.settings)
        for section in (found.study, found.display, found.notes):
            assert all(name in driver.text for name in section.__dataclass_fields__)


async def test_the_theme_is_kept(running, home) -> None:
    async with running() as driver:
        await driver.app.action_look("light")
        assert driver.app.theme == LIGHT.name
        assert load(home.settings).display.theme == "light"


async def test_a_backup_is_made_behind_the_screen(running, home) -> None:
    async with running() as driver:
        driver.app._back_up()
        await driver.settle()
        assert [file.name for file in home.backups.iterdir()] == ["daily-2026-11-20.db"]


async def test_a_preset_is_made_and_taken_out(running, home) -> None:
    async with running() as driver:
        await driver.press("S", "a", "w", "enter")
        await driver.press("x", "enter")
        assert load(home.settings).presets["w"].match == ("deck:x",)
        screen = driver.app.screen
        row = next(n for n, one in enumerate(screen._rows) if one and one.key == "match")
        screen.query_one("#settings").highlighted = row
        await driver.press("d", "enter")
        assert not load(home.settings).presets
