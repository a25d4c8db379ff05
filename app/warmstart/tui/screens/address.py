"""An address on the web: shown first, opened only if asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import Static

from warmstart.text import safe
from warmstart.tui.screens.dialog import Dialog, keys

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.widget import Widget


class AddressScreen(Dialog[None]):
    """Asks whether to open ``url`` in the browser, or to copy it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "open"),
        Binding("c", "copy", "copy"),
        Binding("q,escape", "dismiss", "leave"),
    ]

    def __init__(self, url: str) -> None:
        super().__init__("A link to the web")
        self._url = url

    def body(self) -> Iterable[Widget]:
        """Lay out the address and the keys."""
        yield Static(safe(self._url), id="about", markup=False)
        yield keys(("Enter", "open in the browser"), ("c", "copy"), ("Esc", "leave"))

    def action_open(self) -> None:
        """Open the address in the browser."""
        self.app.open_url(self._url)
        self.dismiss(None)

    def action_copy(self) -> None:
        """Copy the address, where the terminal allows it."""
        self.app.copy_to_clipboard(self._url)
        self.dismiss(None)
