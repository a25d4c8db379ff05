"""The last line of a screen: its keys, which can be clicked too.

Textual's own footer mounts a widget per key; with its style sheet that took a fifth of the time to
the first frame, and it drew itself only in the second.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.style import Style

from warmstart.tui.keymap import active
from warmstart.tui.widgets.drawing import Drawing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.events import Click
    from textual.screen import Screen

_GAPS = (2, 1)
"""Cells between two keys: the first that lets all of them fit."""
_LAST = 2
"""Keys at the end that always stay: help, which tells all the others, and back."""


class KeyLine(Drawing):
    """Shows the bindings that are active and meant to be shown, in their order."""

    DEFAULT_CSS = """
    KeyLine {
        dock: bottom;
        height: 1;
        padding: 0 1;
        background: $footer-background;
    }
    """

    def on_mount(self) -> None:
        """Follow the bindings as the focus moves or actions come and go."""
        self.screen.bindings_updated_signal.subscribe(self, self._changed)

    def _changed(self, _: Screen[object]) -> None:
        self.refresh()

    def draw(self, width: int) -> Content:
        """Draw each key with what it does."""
        shown: dict[str, Content] = {}
        for _, binding, enabled, _ in active(self.screen):
            if binding.show and binding.description and binding.action not in shown:
                key = Content.styled(
                    self.app.get_key_display(binding), "bold $footer-key-foreground"
                )
                text = Content.styled(f" {binding.description}", "$footer-description-foreground")
                click = Style.from_meta({"press": binding.key})
                shown[binding.action] = (key + text).stylize(click if enabled else "dim")
        return fitted(list(shown.values()), width)

    def on_click(self, event: Click) -> None:
        """Press the key that was clicked."""
        if key := event.style.meta.get("press"):
            self.app.simulate_key(key)


def fitted(keys: Sequence[Content], width: int) -> Content:
    """Return the keys on one line; where it is too short, those before the last give way."""
    for gap in _GAPS:
        line = Content(" " * gap).join(keys)
        if line.cell_length <= width:
            return line
    kept, last = list(keys[:-_LAST]), keys[-_LAST:]
    while kept and line.cell_length > width:
        kept.pop()
        line = Content(" ").join([*kept, *last])
    return line.truncate(width, ellipsis=True)
