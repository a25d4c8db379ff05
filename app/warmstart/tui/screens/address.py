"""An address on the web: shown first, opened only if asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from warmstart.text import safe

if TYPE_CHECKING:
    from textual.app import ComposeResult


class AddressScreen(ModalScreen[None]):
    """Asks whether to open ``url`` in the browser, or to copy it."""

    CSS_PATH = "help.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "open"),
        Binding("c", "copy", "copy"),
        Binding("q,escape", "dismiss", "leave"),
    ]

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def compose(self) -> ComposeResult:
        """Lay out the panel."""
        with Vertical(id="panel"):
            yield Static("A link to the web", id="title")
            yield Static(safe(self._url), id="about", markup=False)
            yield Static(
                Content.assemble(
                    ("Enter", "bold $accent"),
                    "  open in the browser    ",
                    ("c", "bold $accent"),
                    "  copy    ",
                    ("Esc", "bold $accent"),
                    "  leave",
                )
            )

    def action_open(self) -> None:
        """Open the address in the browser."""
        self.app.open_url(self._url)
        self.dismiss(None)

    def action_copy(self) -> None:
        """Copy the address, where the terminal allows it."""
        self.app.copy_to_clipboard(self._url)
        self.dismiss(None)
