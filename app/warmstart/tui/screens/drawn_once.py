"""A screen that is laid out and drawn once for what a key changes.

Textual does it up to four times, each a sixtieth of a second after the one before, and each may
cost as much as the first:

- a request for a layout reaches the screen as a message, and one that was on its way while the
  screen was laid out is answered again, as is the wish of each widget that it mentions to be drawn;
- a layout tells a widget its new size, and that makes the widget ask for a layout;
- a scroll bar that comes or goes asks for one in the next frame;
- a move of the focus, a dialog that opens, and a screen that comes back draw all there is.

What is overridden here is private to Textual, which is pinned; ``tests/tui/test_tui_drawn_once.py``
counts what is drawn.
"""

# ruff: noqa: SLF001

from __future__ import annotations

import asyncio
from collections import deque
from time import monotonic
from typing import TYPE_CHECKING, Final, Self, TypeVar

from textual.reactive import Reactive
from textual.screen import Screen
from textual.widget import Widget

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.await_remove import AwaitRemove
    from textual.events import ScreenResume
    from textual.geometry import Region, Size
    from textual.messages import Layout

Answer = TypeVar("Answer")
_FRAME: Final = 1 / 60
"""Seconds a frame lasts."""
_AT_ONCE: Final = 4
"""Frames that need not wait for one another, if none came before."""


class Frames:
    """Calls ``draw`` soon after ``resume``, but no more often than sixty times a second for long.

    It stands in for Textual's timer, whose second frame always waits for the sixtieth to be over,
    and of a new screen the first as well: that is longer than it takes to draw it.
    """

    def __init__(self, draw: Callable[[], None]) -> None:
        self._draw = draw
        self._drawn: deque[float] = deque(maxlen=_AT_ONCE)
        self._next: asyncio.TimerHandle | None = None

    def resume(self) -> None:
        """Draw as soon as all that is ready to run has run."""
        if self._next is None:
            loop = asyncio.get_running_loop()
            full = len(self._drawn) == _AT_ONCE
            wait = self._drawn[0] + _AT_ONCE * _FRAME - loop.time() if full else 0
            self._next = loop.call_later(max(wait, 0), self._fire)

    def pause(self) -> None:
        """Draw no more until the next ``resume``."""
        if self._next is not None:
            self._next.cancel()
            self._next = None

    def _fire(self) -> None:
        self._next = None
        self._drawn.append(asyncio.get_running_loop().time())
        self._draw()


class DrawnOnce(Screen[Answer]):
    """The base of every screen and dialog."""

    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
    """As in Textual, but that the widgets concerned are drawn anew, and not the screen."""

    _laid_out = 0.0
    """When the last layout began, by the clock of messages."""
    _holding = False
    """Whether a layout is under way, with which the screen will be drawn."""

    _frames: Frames | None = None

    @property
    def _update_timer(self) -> Frames:  # type: ignore[override]  # as much of a timer as is used
        if self._frames is None:
            self._frames = Frames(self._draw_frame)
        return self._frames

    def _draw_frame(self) -> None:
        if self.is_running and not self.app._exit:
            with self._context():
                try:
                    self._on_timer_update()
                except Exception as error:  # noqa: BLE001 the app ends with it, as with any other
                    self.app._handle_exception(error)

    def refresh(
        self,
        *regions: Region,
        repaint: bool = True,
        layout: bool = False,
        recompose: bool = False,
    ) -> Self:
        """Ask to be drawn, or laid out: a layout draws what it moves, and needs no more."""
        repaint = repaint and not layout
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def remove(self) -> AwaitRemove:
        """Go; what is still being read is not shown any more, for the widgets go first."""
        self.workers.cancel_node(self)
        return super().remove()

    def _screen_resized(self, size: Size) -> None:
        if size != self._compositor.size:
            super()._screen_resized(size)

    async def _compose(self) -> None:
        """Compose, with the class of the width on already: Textual lays out once without it."""
        points = self.HORIZONTAL_BREAKPOINTS or []
        self.add_class(*self._get_breakpoint_classes(self.app.size.width, points))
        await super()._compose()

    def _on_screen_resume(self, event: ScreenResume) -> None:
        """Come to the front; instead of Textual's, which lays out and draws, then asks for both."""
        event.prevent_default()
        if not self.stack_updates:
            # The widgets of a new screen have just been given their styles; the screen itself was
            # before its style sheet was read.
            self.app.stylesheet.apply(self, animate=False)
            self._css_update_count = self.app._css_update_count
        is_stale = self._css_update_count != self.app._css_update_count
        self.stack_updates += 1
        self.app._refresh_notifications()
        self._update_auto_focus()
        if self.is_attached:
            if event.refresh_styles and is_stale:
                self._css_update_count = self.app._css_update_count
                self.update_node_styles(animate=False)
            self.refresh(layout=self._size != self.app.size)

    def _on_screen_suspend(self) -> None:
        # A dialog opens over the screen, which asks it to draw itself; nothing of it has changed.
        self._repaint_required = False
        self._exchange_repaint_regions()

    async def _on_layout(self, message: Layout) -> None:
        if message.time <= self._laid_out:
            message.stop()
            message.prevent_default()

    def _refresh_layout(self, size: Size | None = None, scroll: bool = False) -> None:  # noqa: FBT001, FBT002 Textual's
        size = self.app.size if size is None else size  # a new screen does not know its own yet
        asked = self._take_requests()
        self._laid_out = monotonic()
        self._holding = True
        try:
            bars = self._bars()
            super()._refresh_layout(size, scroll and not asked)
            if self._hear_echoes(bars):
                self._laid_out = monotonic()
                super()._refresh_layout(size)
                self._hear_echoes(self._bars())
        finally:
            self._holding = False
        if self.is_current:
            self._compositor_refresh()

    def _compositor_refresh(self) -> None:
        if not self._holding:
            super()._compositor_refresh()

    def _take_requests(self) -> bool:
        """Take up what widgets are about to ask for; return whether a layout is among it."""
        asked = False
        if self._repaint_required:
            self._repaint_required = False
            self._dirty_widgets.add(self)
        for widget in self.walk_children(Widget):
            if widget._repaint_required and widget.display:
                widget._repaint_required = False
                self._dirty_widgets.add(widget)
            if widget._layout_required:
                asked = True
                widget._check_refresh()
        return asked

    def _bars(self) -> dict[Widget, tuple[bool, bool]]:
        return {
            widget: (widget.show_vertical_scrollbar, widget.show_horizontal_scrollbar)
            for widget in self._compositor.full_map
        }

    def _hear_echoes(self, bars: dict[Widget, tuple[bool, bool]]) -> bool:
        """Drop what widgets ask for because they were told their size; return whether more is left.

        More is a scroll bar that came or went and takes room, or gives it back.
        """
        more = False
        for widget, shown in self._bars().items():
            if not widget._layout_required:
                continue
            if shown != bars.get(widget, (False, False)):
                more = True
                widget._repaint_required = False  # it will be drawn with the second layout
                widget._check_refresh()
            else:
                widget._layout_required = widget._repaint_required = False
        return more
