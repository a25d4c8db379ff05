"""What a key changes is laid out and drawn once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual._compositor import CompositorUpdate
from textual.containers import VerticalScroll
from textual.widgets import Input, Static

from warmstart.runtime.clock import VirtualTimeLoop
from warmstart.tui.screens.drawn_once import DrawnOnce, Frames

if TYPE_CHECKING:
    import pytest
    from rich.console import RenderableType
    from textual.app import ComposeResult
    from textual.screen import Screen

    from warmstart.tui.app import WarmstartApp


class Growing(DrawnOnce[None]):
    """A text of one line that becomes longer than the screen, and a line to type into."""

    def compose(self) -> ComposeResult:
        with VerticalScroll(can_focus=False):
            yield Static("one", id="text")
            yield Input()


def counted(app: WarmstartApp, patch: pytest.MonkeyPatch) -> list[object]:
    """Return the list that every update is put into, once it was made ready for the terminal."""
    updates: list[object] = []
    display = app._display

    def counting(screen: Screen[object], renderable: RenderableType | None) -> None:
        if isinstance(renderable, CompositorUpdate):
            updates.append(renderable)
            assert renderable.render_segments(app.console)
        display(screen, renderable)

    patch.setattr(app, "_display", counting)
    return updates


async def test_a_key_draws_once(running, monkeypatch):
    """An answer that opens, the next card, a dialog that comes, moves its mark and goes again."""
    async with running() as driver:
        await driver.press("enter", "question_mark", "q")  # the first reads the style sheet
        updates = counted(driver.app, monkeypatch)
        found = {}
        for key in ("space", "question_mark", "q", "f", "down", "escape", "3"):
            updates.clear()
            await driver.press(key)
            found[key] = len(updates)
        assert found == dict.fromkeys(found, 1)


async def test_a_scroll_bar_and_the_focus_come_along(running, monkeypatch):
    """A bar that the new text needs is there in the update that shows the text."""
    async with running() as driver:
        screen = Growing()
        driver.app.push_screen(screen)
        await driver.settle()
        assert screen.focused is screen.query_one(Input)
        updates = counted(driver.app, monkeypatch)
        screen.query_one("#text", Static).update("\n".join("ab" * 20))
        screen.set_focus(None)
        await driver.settle()
        assert len(updates) == 1
        assert screen.query_one(VerticalScroll).show_vertical_scrollbar
        assert screen.query_one("#text").size.width == 79
        screen.query_one("#text", Static).update("short")
        await driver.settle()
        assert len(updates) == 2
        assert driver.lines[0] == "short"


async def test_the_first_dialog_has_its_styles(running, monkeypatch):
    """Its style sheet is read when it is pushed: it stands in the middle, over the screen below."""
    async with running() as driver:
        await driver.press("question_mark")
        assert driver.app.screen.query_one("#panel").region.x == 7
        assert driver.app.screen.styles.background.a < 1
        assert driver.lines[-1].startswith(" Enter study")
        counted(driver.app, monkeypatch)
        for size in ((100, 30), (60, 20)):  # its screen below learns of it after the dialog
            await driver.pilot.resize_terminal(*size)
            await driver.settle()
            assert driver.app.screen.query_one("#panel").region.right <= size[0]
            assert len(driver.lines) == size[1]
            assert driver.lines[-1].startswith(" Enter study")


def test_frames_are_paced():
    """Four come at once; who asks without end gets sixty a second."""

    async def ask() -> tuple[list[float], int]:
        loop = asyncio.get_running_loop()
        drawn: list[float] = []
        frames = Frames(lambda: drawn.append(loop.time()))
        for _ in range(4):
            frames.resume()
            frames.resume()
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        at_once = drawn.copy()
        while loop.time() < 10:
            frames.resume()
            await asyncio.sleep(0.001)
        frames.resume()
        frames.pause()
        await asyncio.sleep(1)
        return at_once, len(drawn)

    loop = VirtualTimeLoop()
    try:
        at_once, many = loop.run_until_complete(ask())
    finally:
        loop.close()
    assert at_once == [0.0] * 4
    assert 590 <= many <= 610
