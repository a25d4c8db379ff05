"""The settings: every one there is, made from their declarations, and written back one by one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.keys import format_key
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from warmstart.errors import InputError
from warmstart.settings_edit import SettingsFile, find, shown, value_of
from warmstart.text import fit, safe
from warmstart.tui import keymap
from warmstart.tui.screens.base import CLOSING, WarmScreen
from warmstart.tui.screens.dialog import Dialog, Question, keys
from warmstart.tui.widgets.marked_list import MarkedList

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from textual.widget import Widget

    from warmstart.settings import Setting

_NAME: Final = 38
"""Cells of a setting's name."""
_VALUE: Final = 24
"""Cells of its value, where there is room for what it means beside it."""
_ROOMY: Final = 120
_TITLES: Final = {
    "study": "Study",
    "display": "Display",
    "notes": "Notes: what marks a card",
    "keys": "Keys",
}


class SettingsScreen(WarmScreen):
    """All settings by section, with what the chosen one means at the foot."""

    PLACE = "Settings"
    ABOUT = (
        "Every setting, with its value; the dot marks what is not as it comes. Enter changes the "
        "chosen one, and d gives it its default again. A change is written to the settings file at "
        "once, where your comments stay, and holds from now on; a sitting that is open ends by the "
        "settings it began with.\n"
        "A preset is for some of the cards: what it leaves open is as under Study. Under Keys "
        "every action of every screen can be given another key."
    )
    CSS_PATH = "settings.tcss"
    AUTO_FOCUS = "OptionList"
    BINDINGS: ClassVar[list[BindingType]] = [
        # The list has the focus, and a meaning of its own for Enter.
        Binding("enter", "change", "change", key_display="Enter", priority=True),
        Binding("d", "default", "default"),
        Binding("a", "add_preset", "add a preset"),
        *CLOSING,
    ]

    def __init__(self) -> None:
        super().__init__()
        self._file: SettingsFile | None = None
        self._usual: dict[str, str] = {}
        """The keys that actions come with."""
        self._rows: list[Setting | None] = []
        """What stands on each line of the list; None for a title."""

    def body(self) -> Iterable[Widget]:
        """Lay out the list, and the words on the chosen setting."""
        yield MarkedList(id="settings")
        yield Static(id="meaning", markup=False)

    async def on_mount(self) -> None:
        """Read the file, and find all actions that keys can be bound to."""
        await self._read()
        self._usual = await asyncio.to_thread(_usual_keys)
        self._fill()

    def on_resize(self) -> None:
        """Lay out the lines for the width there is."""
        self.call_after_refresh(self._fill)

    async def _read(self) -> None:
        try:
            self._file = await asyncio.to_thread(SettingsFile.read, self.warm.home.settings)
        except InputError as error:
            self.problem(error)
        self._fill()

    # What is on the screen

    def _fill(self) -> None:
        if self._file is None:
            return
        listed = self.query_one(OptionList)
        chosen = listed.highlighted
        found = [one for one in self._file.all() if one.section != "keys"]
        found += [find(f"keys.{action}") for action in self._usual]
        options: list[Option] = []
        section = None
        self._rows = []
        for one in found:
            if one.section != section:
                section = one.section
                if options:
                    self._rows.append(None)
                    options.append(Option("", disabled=True))
                self._rows.append(None)
                options.append(Option(Content.styled(_title(section), "bold"), disabled=True))
            self._rows.append(one)
            options.append(Option(self._line(one, self.size.width - 5)))
        listed.set_options(options)
        listed.highlighted = 1 if chosen is None else min(chosen, len(options) - 1)

    def _line(self, one: Setting, width: int) -> Content:
        own = self._own(one)
        dot = ("● ", "$accent") if own else "  "
        value, style = self._value(one), "bold" if own else "$quiet"
        if width < _ROOMY:
            room = width - _NAME - 2
            return Content.assemble(dot, fit(safe(one.key), _NAME), (fit(value, room), style))
        room = width - _NAME - _VALUE - 4
        return Content.assemble(
            dot,
            fit(safe(one.key), _NAME),
            (fit(value, _VALUE), style),
            "  ",
            ("" if one.section == "keys" else fit(one.meaning, room), "$quiet"),
        )

    def _own(self, one: Setting) -> bool:
        """Whether a setting is not as it comes."""
        assert self._file is not None
        value = one.of(self._file.settings)
        return value is not None and (one.section.startswith("presets.") or value != one.default)

    def _value(self, one: Setting) -> str:
        assert self._file is not None
        value = one.of(self._file.settings)
        if one.section == "keys":
            names = self._usual[one.key] if value is None else shown(value)
            return safe(" ".join(map(format_key, names.split(", "))))
        return safe(shown(value))

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Say what the chosen setting means and takes."""
        one = self._rows[event.option_index]
        if one is not None:
            self.query_one("#meaning", Static).update(_words(one))
            self.problem(None)

    # What one can do

    @property
    def _chosen(self) -> Setting | None:
        index = self.query_one(OptionList).highlighted
        return None if index is None else self._rows[index]

    async def action_change(self) -> None:
        """Change the chosen setting: to its next value where they are few, else in a dialog."""
        one = self._chosen
        if one is None or self._file is None:
            return
        if one.choices:
            values = [value_of(one, choice) for choice in one.choices]
            now = one.of(self._file.settings)
            after = values[(values.index(now) + 1) % len(values)] if now in values else values[0]
            self._tell(await self._change(one, after))
            return
        value = one.of(self._file.settings)
        text = self._usual.get(one.key, "") if value is None else shown(value)
        self.app.push_screen(ValueScreen(one, text, self._change_to))

    def action_default(self) -> None:
        """Give the chosen setting its default again; with its first line, a preset goes."""
        one = self._chosen
        if one is None:
            return
        preset = one.section.removeprefix("presets.")
        if preset == one.section or one.key != "match":
            self.run_worker(self._back(one))
            return
        sentence = f"Its cards will be studied as under Study. The preset is “{safe(preset)}”."
        question = Question("Take the preset out?", sentence, "take it out")

        def answered(yes: bool | None) -> None:  # noqa: FBT001 Textual calls it
            if yes:
                self.run_worker(self._without(preset))

        self.app.push_screen(question, answered)

    def action_add_preset(self) -> None:
        """Ask for the name of a new preset, then what it is for."""

        async def attempt(_: Setting, name: str) -> str | None:
            named = name.strip() and "\n" not in name
            return None if named else "A preset needs a name."

        def named(name: str | None) -> None:
            if name is not None:
                match = find(f"presets.{name.strip()}.match")
                self.app.push_screen(ValueScreen(match, "deck:", self._change_to))

        self.app.push_screen(ValueScreen(None, "", attempt), named)

    async def _change_to(self, one: Setting, text: str) -> str | None:
        """Write what was typed; return a sentence where that cannot be."""
        return await self._change(one, value_of(one, text))

    async def _back(self, one: Setting) -> None:
        self._tell(await self._change(one, None))

    async def _change(self, one: Setting, value: Any) -> str | None:
        def write(file: SettingsFile) -> SettingsFile:
            if one.section == "keys":
                others = {k: v for k, v in file.settings.keys.items() if k != one.key}
                keymap.check(others | ({one.key: tuple(value)} if value else {}))
            return file.changed(one, value)

        return await self._written(write)

    async def _without(self, preset: str) -> None:
        self._tell(await self._written(lambda file: file.without_preset(preset)))

    async def _written(self, write: Callable[[SettingsFile], SettingsFile]) -> str | None:
        """Write, go by it, and show it; return a sentence where that cannot be."""
        if self._file is None:
            return None
        try:
            self._file = await asyncio.to_thread(write, self._file)
        except InputError as error:
            await self._read()  # it may say something else by now
            return error.message if error.hint is None else f"{error.message} {error.hint}"
        await self.warm.adopt(self._file.settings)
        self._fill()
        return None

    def _tell(self, sentence: str | None) -> None:
        self.problem(None if sentence is None else safe(sentence))


class ValueScreen(Dialog[str]):
    """Asks for the value of a setting until it is right, and answers with it.

    Without a setting it asks for the name of a preset.
    """

    AUTO_FOCUS = "Input"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "accept", "accept", priority=True),
        Binding("escape", "dismiss", "leave", priority=True),
    ]

    def __init__(
        self,
        setting: Setting | None,
        text: str,
        attempt: Callable[[Any, str], Awaitable[str | None]],
    ) -> None:
        super().__init__("A new preset" if setting is None else safe(setting.name))
        self._setting = setting
        self._text = text
        self._attempt = attempt

    def body(self) -> Iterable[Widget]:
        """Lay out what it means, the field, and what is wrong with what stands in it."""
        words = Content("What is it called?") if self._setting is None else _words(self._setting)
        yield Static(words, id="about", markup=False)
        begun = self._text.endswith(":")  # what follows is typed behind it, not over it
        yield Input(self._text, compact=True, select_on_focus=not begun, id="value")
        yield Static(id="amiss", markup=False)
        yield keys(("Enter", "accept"), ("Esc", "leave it"))

    async def action_accept(self) -> None:
        """Close if the value can be written; else say why not."""
        value = self.query_one(Input).value
        amiss = await self._attempt(self._setting, value)
        if amiss is None:
            self.dismiss(value)
        else:
            self.query_one("#amiss", Static).update(safe(amiss))


def _words(one: Setting) -> Content:
    """Return what a setting means, which values it takes, and its default."""
    if one.section == "keys":
        return Content.assemble(
            "The key of this action on every screen that has it.\n",
            ("A key such as x, f5 or ctrl+x; several with commas.", "$quiet"),
        )
    default = "" if one.default is None else f"  By default {shown(one.default)}."
    return Content.assemble(
        safe(one.meaning), "\n", (f"{one.rule.wanted.capitalize()}.{default}", "$quiet")
    )


def _title(section: str) -> str:
    preset = section.removeprefix("presets.")
    return f"Preset “{safe(preset)}”" if preset != section else _TITLES.get(section, section)


def _usual_keys() -> dict[str, str]:
    """Return every action with the keys it comes with."""
    found: dict[str, str] = {}
    for action in keymap.actions():
        found.setdefault(action.name, action.binding.key.replace(",", ", "))
    return dict(sorted(found.items()))
