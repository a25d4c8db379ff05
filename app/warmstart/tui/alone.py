"""The app with one screen: what a command shows that needs no store and leads nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.app import SystemCommand
from textual.screen import Screen

from warmstart.tui.app import WarmstartApp

if TYPE_CHECKING:
    from collections.abc import Iterable

    from warmstart.paths import Home
    from warmstart.settings import Settings
    from warmstart.tui.screens.base import WarmScreen


class LoneApp(WarmstartApp):
    """Shows one screen; leaving it ends the app. No store is opened, and none is made."""

    def __init__(self, home: Home, settings: Settings, screen: WarmScreen) -> None:
        super().__init__(home, settings)
        self._alone = screen

    def get_default_screen(self) -> Screen[Any]:
        """Give an empty one: Textual reads no style sheet for the first screen."""
        return Screen()

    def begin(self) -> None:
        """Show the screen, and leave the store closed."""
        self.push_screen(self._alone)

    def leave(self) -> None:
        """Go back to the screen below; from the one screen, out."""
        if self.screen is self._alone:
            self.exit()
        else:
            self.pop_screen()

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:  # noqa: ARG002
        """Give the palette what needs no store."""
        yield SystemCommand("Help", "Explain this screen and its keys", self.action_explain)
        yield SystemCommand("Quit", "Leave Warmstart", self.action_quit)
