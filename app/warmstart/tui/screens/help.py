"""``?``: what the screen below shows, and all of its keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from warmstart.tui.keymap import active
from warmstart.tui.screens.dialog import Dialog

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.screen import Screen
    from textual.widget import Widget


_CLICKED: Final = Content.styled(
    "Esc does what q does. The keys stay where they are under a Russian or Korean layout, and all "
    "of them can be clicked.",
    "$quiet",
)


def keys_of(screen: Screen[Any]) -> list[tuple[str, str]]:
    """Return key and meaning of every binding of ours that is active, the screen's own first.

    What Textual's widgets bind of themselves (arrows scroll, Tab moves on) needs no telling.
    """
    keys: dict[tuple[int, str], list[str]] = {}
    for node, binding, _, _ in active(screen):
        ours = {
            declared.action
            for cls in type(node).__mro__
            if cls.__module__.startswith("warmstart")
            for declared in cls.__dict__.get("BINDINGS", ())
        }
        if binding.action in ours and binding.description:
            rank = 0 if node is screen else 1 if node is not screen.app else 2
            keys.setdefault((rank, binding.description), []).append(
                binding.key_display or screen.app.get_key_display(binding)
            )
    return [
        (" ".join(dict.fromkeys(names)), meaning)
        for (_, meaning), names in sorted(keys.items(), key=lambda item: item[0][0])
    ]


class HelpScreen(Dialog[None]):
    """Shows ``about`` and ``keys`` (pairs of key and meaning) over the screen they belong to."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark,q,escape,enter,space", "dismiss", "close", show=False),
    ]

    def __init__(self, title: str, about: str, keys: Sequence[tuple[str, str]]) -> None:
        super().__init__(title)
        self._about = about
        self._keys = keys

    def body(self) -> Iterable[Widget]:
        """Lay out the text and the keys."""
        width = max((len(key) for key, _ in self._keys), default=0)
        keys = Content("\n").join(
            Content.assemble((key.ljust(width), "bold $accent"), "  ", meaning)
            for key, meaning in self._keys
        )
        # One widget: each has its part in what it takes a dialog to open.
        yield Static(Content("\n\n").join([Content(self._about), keys, _CLICKED]))

    def on_click(self) -> None:
        """Close: a click anywhere is as good as Esc."""
        self.dismiss(None)
