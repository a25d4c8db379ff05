"""The app: its modes, the road between them, and the store that opens behind the first frame.

Only Today is imported here. The other screens, SQLAlchemy, markdown and the schedulers cost more
than the first frame itself, so each is loaded where it is first needed.
"""

from __future__ import annotations

import asyncio
from importlib import import_module
from time import monotonic
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events, work
from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.constants import TEXTUAL_ANIMATIONS
from textual.signal import Signal
from textual.worker import WorkerFailed

from warmstart.errors import WarmstartError
from warmstart.text import safe
from warmstart.tui.in_order import AT_ONCE, LEADS, InOrder
from warmstart.tui.keymap import Named
from warmstart.tui.messages import (
    BackupFailed,
    KeysRead,
    NotesSaved,
    WatchFailed,
    WorkspaceFailed,
    WorkspaceOpened,
)
from warmstart.tui.screens.today import TodayScreen
from warmstart.tui.theme import DARK, LIGHT, theme_name
from warmstart.tui.tidy import INTERVAL, Tidy
from warmstart.usecases.clock import utc_now
from warmstart.usecases.desk import Desk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from rich.console import RenderableType
    from textual.screen import Screen
    from textual.types import AnimationLevel

    from warmstart.paths import Home
    from warmstart.settings import Settings
    from warmstart.tui.screens.base import WarmScreen
    from warmstart.tui.screens.notes import NotesScreen
    from warmstart.tui.watching import Watcher
    from warmstart.usecases.clock import Clock
    from warmstart.usecases.proposing import Kept
    from warmstart.usecases.sitting import Sitting
    from warmstart.usecases.workspace import Workspace


_SETTLED = 3.0
"""Seconds after the store was opened when the day's backup is made: the first card goes before."""


def _later(module: str, name: str) -> Callable[[], Screen[Any]]:
    """Return a factory that imports ``name`` from a screen's module when first called."""

    def make() -> Screen[Any]:
        screen: Screen[Any] = getattr(import_module(f"warmstart.tui.screens.{module}"), name)()
        return screen

    return make


class WarmstartApp(Named, InOrder):
    """Warmstart on the screen.

    ``workspace`` is None until the store is open; ``workspace_changed`` is published when it is,
    when it could not be opened (``workspace_error`` then says why), and whenever notes were saved
    and what is in it has changed.
    """

    TITLE = "Warmstart"
    CSS_PATH = "warmstart.tcss"
    DEFAULT_MODE = "today"
    MODES: ClassVar[dict[str, str | Callable[[], Screen[Any]]]] = {
        "notes": _later("notes", "NotesScreen"),
        "labs": _later("labs", "LabsScreen"),
        "progress": _later("progress", "ProgressScreen"),
        "inbox": _later("inbox", "InboxScreen"),
        "cards": _later("browse", "BrowseScreen"),
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "ctrl+p",
            "command_palette",
            "any place or command by name",
            show=False,
            priority=True,
            key_display="Ctrl+P",
            id="any place or command by name:",
        ),
        AT_ONCE,
    ]

    def __init__(
        self,
        home: Home,
        settings: Settings,
        *,
        clock: Clock = utc_now,
        sitting: Sitting | None = None,
    ) -> None:
        super().__init__()
        self.home = home
        self.settings = settings
        self.clock = clock
        self.desk = Desk.of(home, settings, clock)
        self._sitting = sitting
        self.workspace: Workspace | None = None
        self.workspace_error: WarmstartError | None = None
        self.workspace_changed: Signal[None] = Signal(self, "workspace-changed")
        self.proposal: Kept | None = None
        """The parameters that were proposed last; a screen need not fit them again."""
        self._watcher: Watcher | None = None
        self.is_reading = False
        """Whether a file is being read after it was edited here: no look at the notes is needed."""
        self._tidy = Tidy()
        self._came_from = "today"
        """The mode that leaving the present one leads back to."""
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.theme = theme_name(settings.display.theme)
        self.animation_level = self._level(settings)

    @property
    def failure(self) -> BaseException | None:
        """The exception that ended the app, if one did."""
        error = self._exception
        return error.error if isinstance(error, WorkerFailed) else error

    def action_help_quit(self) -> None:
        """Say what Ctrl+C, which must not lose what is being typed, would have meant elsewhere."""
        if (screen := self._told()) is not None:
            screen.tell("Ctrl+Q leaves Warmstart.")

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Give our variables a value under any theme."""
        return dict(DARK.variables)

    def get_default_screen(self) -> Screen[Any]:
        """Give the screen the app opens on.

        A screen that comes from ``MODES`` makes Textual parse all style sheets a second time, so
        Today joins the modes only once it is there.
        """
        return TodayScreen()

    def on_mount(self) -> None:
        """Go on once the first frame is out."""
        self.add_mode("today", TodayScreen)
        self.call_after_refresh(self._after_first_frame)

    def _after_first_frame(self) -> None:
        self._tidy.begin()
        self.set_interval(INTERVAL, lambda: self._tidy.look(monotonic()))
        self.begin()
        if self.settings.keys:
            self._bind(self.settings.keys)

    def begin(self) -> None:
        """Open the store, and the sitting that was asked for."""
        if self._sitting is not None:
            self.study(self._sitting)
        self._open()

    @work(thread=True)
    def _bind(self, keys: Mapping[str, Sequence[str]]) -> None:
        from warmstart.tui import keymap

        self.post_message(KeysRead(keymap.read(keys)))

    def on_keys_read(self, message: KeysRead) -> None:
        """Bind what is right, and say what is not."""
        self.set_keymap(message.keymap.keys)
        for problem in message.keymap.problems[:1]:
            self._say(problem)

    @work(thread=True)
    def _open(self) -> None:
        from warmstart.tui import beforehand
        from warmstart.usecases.comeback import come_back
        from warmstart.usecases.workspace import Workspace

        try:
            workspace = Workspace.open(self.home, clock=self.clock)
            come_back(workspace)
        except WarmstartError as error:
            self.post_message(WorkspaceFailed(error))
        else:
            self.post_message(WorkspaceOpened(workspace))
        beforehand.load()

    def on_workspace_opened(self, message: WorkspaceOpened) -> None:
        """Let the screens fill in, and watch the notes from now on."""
        from warmstart.tui import watching

        self.workspace = message.workspace
        self._tidy.keep()
        self.workspace_changed.publish(None)
        self.set_interval(watching.INTERVAL, self._look_at_notes)
        self.set_timer(_SETTLED, self._back_up)

    @work(thread=True, group="backup")
    def _back_up(self) -> None:
        from warmstart.usecases.backups import daily

        if self.workspace is not None:
            try:
                daily(self.home, self.workspace.days, self.clock())
            except WarmstartError as error:
                self.post_message(BackupFailed(error))

    def on_backup_failed(self, message: BackupFailed) -> None:
        """Say why today has no backup."""
        self._say(str(message.error))

    def on_workspace_failed(self, message: WorkspaceFailed) -> None:
        """Let the screens say why they stay empty."""
        self.workspace_error = message.error
        self.workspace_changed.publish(None)

    def _look_at_notes(self) -> None:
        # A look that takes long, at a folder on a network, is not overtaken by the next.
        if not self.is_reading and not any(w.group == "watch" for w in self.workers):
            self._look_once()

    @work(thread=True, group="watch")
    def _look_once(self) -> None:
        from warmstart.tui.watching import Watcher

        if self._watcher is None and self.workspace is not None:
            self._watcher = Watcher(self.workspace)
        message = None if self._watcher is None else self._watcher.look()
        if message is not None and not self.is_reading:
            self.post_message(message)

    def on_notes_saved(self, message: NotesSaved) -> None:
        """Let the screens follow, and say in passing what has changed."""
        from warmstart.tui.watching import problems, sentence

        self.workspace_changed.publish(None)
        if (screen := self._told()) is not None:
            amiss = problems(message.report)
            if amiss is not None or message.report.read:  # else what is said there stays true
                screen.problem(None if amiss is None else safe(amiss))
            if amiss is None and message.report.read:
                screen.tell(sentence(message.report, message.names))

    def on_watch_failed(self, message: WatchFailed) -> None:
        """Say why what was saved is not imported yet."""
        if (screen := self._told()) is not None:
            screen.problem(message.error)

    def _told(self) -> WarmScreen | None:
        """Return the screen that can say something: the topmost that is no dialog."""
        from warmstart.tui.screens.base import WarmScreen

        return next((s for s in reversed(self.screen_stack) if isinstance(s, WarmScreen)), None)

    async def on_event(self, event: events.Event) -> None:
        """Let nothing be tidied up while one types."""
        if isinstance(event, events.Key):
            self._tidy.pressed(monotonic())
        await super().on_event(event)

    # Where one can go

    async def action_go(self, place: str) -> None:
        """Show a mode: "today", "notes", "labs", "progress", "inbox" or "cards"."""
        self._came_from = "today"
        await self.switch_mode(place)

    def study(self, sitting: Sitting | None = None) -> None:
        """Begin a sitting, the day's queue unless told otherwise; leaving it leads back here."""
        from warmstart.tui.screens.review import ReviewScreen
        from warmstart.usecases.sitting import ORDINARY

        self.push_screen(ReviewScreen(sitting or ORDINARY))

    def action_find(self) -> None:
        """Search notes and cards."""
        from warmstart.tui.screens.search import SearchScreen

        if not isinstance(self.screen, SearchScreen):
            self.push_screen(SearchScreen())

    async def open_note(self, note_id: int, slug: str | None = None) -> None:
        """Show a note, at the section ``slug`` if one is given."""
        from warmstart.tui.screens.notes import Place

        inside = self.current_mode == "notes"
        notes = await self._notes()
        if inside:
            await notes.go(Place(note_id, slug))
        else:
            await notes.open(Place(note_id, slug))

    async def follow(self, href: str, note_id: int | None = None) -> None:
        """Go where a link leads; ``note_id`` is the note it stands in."""
        from warmstart.tui import links
        from warmstart.tui.screens.address import AddressScreen
        from warmstart.tui.screens.notes import Place
        from warmstart.usecases.library import resolve

        match links.read(href):
            case links.WebLink(url):
                self.push_screen(AddressScreen(url))
            case links.PictureLink(address) if note_id is not None:
                await self._view(address, note_id)
            case links.NoteLink(target, heading) if self.workspace is not None:
                found = note_id
                if target:
                    found = await asyncio.to_thread(resolve, self.workspace, target)
                if found is None:
                    self._say(f"“{target}” is not imported yet; import its file to read it here.")
                else:
                    notes = await self._notes()
                    await notes.go(Place(found, heading=heading))
            case _:
                self._say(f"This kind of link is not followed: {href}")

    async def _view(self, address: str, note_id: int) -> None:
        """Show a picture of a note in the viewer of the desktop."""
        from warmstart.tui.viewer import view
        from warmstart.usecases.pictures import picture_folders

        if self.workspace is None:
            return
        try:
            folders = await asyncio.to_thread(picture_folders, self.workspace, note_id)
            view(folders.find(address))
        except WarmstartError as error:
            self._say(str(error))

    def _say(self, sentence: str) -> None:
        if (screen := self._told()) is not None:
            screen.problem(safe(sentence))

    async def _notes(self) -> NotesScreen:
        from warmstart.tui.screens.notes import NotesScreen

        if self.current_mode != "notes":
            self._came_from = self.current_mode
            await self.switch_mode("notes")
        while len(self.screen_stack) > 1:
            await self.pop_screen()
        screen = self.screen
        if not isinstance(screen, NotesScreen):
            raise TypeError(screen)
        return screen

    def leave(self) -> None:
        """Go back: from a screen to the one below it, from a mode to another, from Today out.

        A note that was opened from a mode leads back there; any other mode leads to Today.
        """
        if len(self.screen_stack) > 1:
            self.pop_screen()
        elif self.current_mode != "today":
            place, self._came_from = self._came_from, "today"
            self.switch_mode(place)
        else:
            self.exit()

    def action_explain(self) -> None:
        """Show what the screen is about, and its keys."""
        from warmstart.tui.screens.base import WarmScreen
        from warmstart.tui.screens.help import HelpScreen, keys_of

        screen = self.screen
        if isinstance(screen, WarmScreen):
            self.push_screen(HelpScreen(screen.PLACE, screen.ABOUT, keys_of(screen)))

    def open_concept(self, key: int) -> None:
        """Show a concept's page."""
        from warmstart.tui.screens.concept import ConceptScreen

        self.push_screen(ConceptScreen(key))

    def action_parameters(self) -> None:
        """Show what one's reviews say of the schedule's parameters."""
        from warmstart.tui.screens.parameters import ParametersScreen

        if not isinstance(self.screen, ParametersScreen):
            self.push_screen(ParametersScreen())

    @work(group=LEADS)
    async def action_store(self) -> None:
        """Show where the store lies and how large it is."""
        from warmstart.tui.screens.dialog import Facts
        from warmstart.tui.screens.manage import facts
        from warmstart.usecases.manage import info

        if self.workspace is not None:
            found = await asyncio.to_thread(info, self.workspace)
            self.push_screen(Facts("The store", facts(found)))

    def action_command_palette(self) -> None:
        """Offer places and commands by name."""
        from warmstart.tui.screens.palette import Palette

        if not isinstance(self.screen, Palette):
            self.push_screen(Palette(id="--command-palette"))

    async def action_look(self, theme: str) -> None:
        """Change the theme to "dark" or "light", and keep it."""
        from warmstart.settings_edit import SettingsFile, find

        def keep() -> Settings:
            setting = find("display.theme")
            return SettingsFile.read(self.home.settings).changed(setting, theme).settings

        self.theme = theme_name(theme)
        try:
            await self.adopt(await asyncio.to_thread(keep))
        except WarmstartError as error:
            self._say(str(error))

    def action_settings(self) -> None:
        """Show the settings."""
        from warmstart.tui.screens.settings import SettingsScreen

        if not isinstance(self.screen, SettingsScreen):
            self.push_screen(SettingsScreen())

    @staticmethod
    def _level(settings: Settings) -> AnimationLevel:
        return "none" if settings.display.reduced_motion else TEXTUAL_ANIMATIONS

    async def adopt(self, settings: Settings) -> None:
        """Go by these settings from now on; a sitting that is open ends by those it began with."""
        before, self.settings = self.settings, settings
        self.theme = theme_name(settings.display.theme)
        self.animation_level = self._level(settings)
        self.desk = Desk.of(self.home, settings, self.clock)
        if settings.keys != before.keys:
            self._bind(settings.keys)
        if self.workspace is not None:
            try:
                self.workspace = await asyncio.to_thread(self.workspace.under, settings)
            except WarmstartError as error:
                self._say(str(error))
            self._watcher = None  # it reads notes by the settings it was made with
            self.workspace_changed.publish(None)

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:  # noqa: ARG002
        """Give the palette our commands."""
        for place in ("today", *self.MODES):
            yield SystemCommand(
                f"Go to {place}", f"Show {place}", lambda p=place: self.action_go(p)
            )
        yield SystemCommand("Search", "Find words in notes and cards", self.action_find)
        yield SystemCommand("Help", "Explain this screen and its keys", self.action_explain)
        yield SystemCommand(
            "Parameters", "Fit the schedule to your own reviews", self.action_parameters
        )
        yield SystemCommand("Settings", "See and change every setting", self.action_settings)
        yield SystemCommand("The store", "Where it lies and how large it is", self.action_store)
        for look in ("dark", "light"):
            yield SystemCommand(
                f"Theme: {look}", f"Use the {look} colours", lambda t=look: self.action_look(t)
            )
        yield SystemCommand("Quit", "Leave Warmstart", self.action_quit)

    # How it ends

    def exit(
        self, result: None = None, return_code: int = 0, message: RenderableType | None = None
    ) -> None:
        """Leave; where the store could not be opened, with the exit code of that error."""
        if self.workspace_error is not None:
            return_code = return_code or self.workspace_error.exit_code
        super().exit(result, return_code, message)

    def _fatal_error(self) -> None:
        # Textual would print the traceback; the caller of ``run`` logs it and prints a sentence.
        self._close_messages_no_wait()

    async def on_unmount(self) -> None:
        """Close the store with the app."""
        if self.workspace is not None:
            self.workspace.close()
