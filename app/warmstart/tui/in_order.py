"""Keys act in the order they are typed in, each once the one before has done its work.

Whoever knows the way types ``l``, End, Enter, ``r`` and does not look in between. Textual hands a
key to the widget that has the focus when the key arrives. So one that arrives while the key before
it is still on its way to its action, or while the screen that it opens is being read, would be lost
or be another screen's; and a binding with priority would overtake what was typed before it.

So a key waits until:

- all messages that the key before it led to are handled, and a screen it opened is laid out;
- workers that may end in another screen or dialog (group ``LEADS``) have come so far;
- the screen has read what its keys act upon (``is_ready``), unless the key is typed into a field or
  is a way out, or Esc is among the keys that wait.

For the last two no key waits longer than ``_LONGEST`` in all: whatever takes longer than that has
something on the screen that says so, and can be left.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from textual import events, work
from textual.app import App
from textual.binding import Binding

from warmstart.tui.keys import Layout, key_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.widget import Widget

LEADS: Final = "leads"
"""The group of workers that a key starts and that may open another screen."""
AT_ONCE: Final = Binding(
    "ctrl+q", "quit", "leave at once", show=False, priority=True, id="leave at once:"
)
"""What waits for nothing, whichever key the learner gave it."""
_LONGEST: Final = 2.0
"""Seconds."""
_LOOK: Final = 0.01
"""Seconds between two looks whether what is awaited is there."""
_CALM: Final = 2
"""Rounds through focus, screen and app after which nothing is under way: the key itself takes one,
what its action posts (an option was chosen) the other."""
_OUT: Final = frozenset(("leave", "back", "dismiss", "stop"))
"""Actions that lead out of a screen, as do those of the app."""


class InOrder(App[None]):
    """An app that takes one key after another."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._layout = Layout()
        self._typed: deque[events.Key | events.Paste] = deque()
        """What has arrived and waits for its turn."""
        self._handling = False
        self._late: tuple[object, float] = (None, 0.0)
        """What is awaited, and until when."""

    async def on_event(self, event: events.Event) -> None:
        """Take a key at once, or in its turn; what leaves the app always at once."""
        at_once = isinstance(event, events.Key) and event.key in self._leaving
        if not isinstance(event, events.Key | events.Paste) or event.is_forwarded or at_once:
            await super().on_event(event)
        else:
            self._typed.append(event)
            if not self._handling:
                self._handling = True
                if self.screen.stack_updates and not self._awaited():
                    await self._take()
                self._take_all()

    @property
    def is_cyrillic(self) -> bool:
        """Whether the letter that was pressed last was Cyrillic."""
        return self._layout.cyrillic

    @property
    def _leaving(self) -> list[str]:
        return self._keymap.get(AT_ONCE.id or "", AT_ONCE.key).split(",")

    @work(group="keys")
    async def _take_all(self) -> None:
        """Take all keys that wait, and those that arrive meanwhile, each in its turn."""
        await self._settle()
        while self._typed:
            if self._awaited():
                await asyncio.sleep(_LOOK)
            else:
                taken = asyncio.Event()
                self.call_later(self._take, taken)  # in the app's own task, as without us
                await taken.wait()
            await self._settle()
        self._handling = False

    async def _take(self, taken: asyncio.Event | None = None) -> None:
        """Take the key whose turn it is.

        One of another keyboard layout is read as the same physical key, except while typing; a
        composed syllable is several.
        """
        event = self._typed.popleft()
        try:
            if isinstance(event, events.Key) and event.character and not self._is_typing:
                latin = self._layout.keys(event.character)
                if latin != event.character:
                    event, *others = (events.Key(key_name(key), key) for key in latin)
                    self._typed.extendleft(reversed(others))
            await super().on_event(event)
        finally:
            if taken is not None:
                taken.set()

    @property
    def _is_typing(self) -> bool:
        focused = self.focused
        return focused is not None and focused.check_consume_key("a", "a")

    def _awaited(self) -> bool:
        """Whether there is something that the next key has to wait for, and not too long yet."""
        what = self._leading() or self._reading()
        if what is None:
            return False
        if what is not self._late[0]:
            self._late = (what, monotonic() + _LONGEST)
        return monotonic() < self._late[1]

    def _leading(self) -> object | None:
        nodes = (self, self.screen)
        open_ = (w for w in self.workers if w.group == LEADS and w.node in nodes)
        return next((worker for worker in open_ if not worker.is_finished), None)

    def _reading(self) -> object | None:
        screen, first = self.screen, self._typed[0]
        if getattr(screen, "is_ready", True):  # most dialogs have nothing to read
            return None
        if isinstance(first, events.Paste) or (self._is_typing and first.is_printable):
            return None
        if self._is_way_out(first) or any(key.key == "escape" for key in self._keys()):
            return None
        return screen

    def _is_way_out(self, key: events.Key) -> bool:
        bound = self.screen.active_bindings.get(key.key)
        action = "" if bound is None else bound.binding.action
        return action in _OUT or action.startswith("app.")

    def _keys(self) -> Iterator[events.Key]:
        return (event for event in self._typed if isinstance(event, events.Key))

    async def _settle(self) -> None:
        """Wait until what the last key led to is done."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_LONGEST):
                calm = 0
                while calm < _CALM and self.screen_stack:
                    target = self.focused or self.screen
                    await _pass_through(target)
                    same = self.screen_stack and target is (self.focused or self.screen)
                    calm = calm + 1 if same else 0


async def _pass_through(widget: Widget) -> None:
    """Wait until what ``widget`` has been told is handled by it and all that it lies in."""
    for node in widget.ancestors_with_self:
        passed = asyncio.Event()
        if node.call_later(passed.set):
            await passed.wait()
