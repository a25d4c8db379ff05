"""``?``: what the screen below shows, and all of its keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult


class HelpScreen(ModalScreen[None]):
    """Shows ``about`` and ``keys`` (pairs of key and meaning) over the screen they belong to."""

    CSS_PATH = "help.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark,q,escape,enter,space", "dismiss", "close", show=False),
    ]

    def __init__(self, title: str, about: str, keys: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._title = title
        self._about = about
        self._keys = keys

    def compose(self) -> ComposeResult:
        """Lay out the panel."""
        width = max((len(key) for key, _ in self._keys), default=0)
        keys = Content("\n").join(
            Content.assemble((key.ljust(width), "bold $accent"), "  ", meaning)
            for key, meaning in self._keys
        )
        with VerticalScroll(id="panel"):
            yield Static(self._title, id="title", markup=False)
            yield Static(self._about, id="about", markup=False)
            yield Static(keys, id="keys")
            yield Static("The same keys work under a Russian or Korean layout.", classes="quiet")
            yield Static("Esc closes this.", classes="quiet")

    def on_click(self) -> None:
        """Close: a click anywhere is as good as Esc."""
        self.dismiss(None)
