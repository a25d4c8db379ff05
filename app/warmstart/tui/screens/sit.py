"""Sit: what to study now, if not the day's queue; how much of it, and whether it counts."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar, Final, cast

from textual import work
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from warmstart.errors import SearchError, UsageError, WarmstartError
from warmstart.tui.phrases import count
from warmstart.tui.screens.dialog import Dialog, keys
from warmstart.tui.widgets.marked_list import MarkedList
from warmstart.usecases.sitting import Sitting

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.widget import Widget

    from warmstart.tui.app import WarmstartApp

_WAYS: Final = (
    ("due", "what is due, and the day's new cards"),
    ("cram", "all of them, due or not"),
    ("practise", "all of them, without effect on the schedule"),
)
_FIELDS: Final = (
    ("search", "Which cards", "all, or a search:  tag:exam  concept:Sagas"),
    ("minutes", "Minutes", "no limit"),
    ("cards", "Cards", "no limit"),
)


class Sit(Dialog[Sitting]):
    """Asks what to study; answers with the sitting."""

    AUTO_FOCUS = "#search"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "leave", priority=True),
        Binding("down", "app.focus_next", "next", show=False),
        Binding("up", "app.focus_previous", "previous", show=False),
    ]

    def __init__(self, search: str = "") -> None:
        super().__init__("Study some")
        self._search = search
        self._foreseen: Sitting | str | None = None
        """What was asked for when the dialog last told what it comes to."""

    def body(self) -> Iterable[Widget]:
        """Lay out the search, the bounds and the ways to study."""
        for name, title, hint in _FIELDS:
            value = self._search if name == "search" else ""
            field = Input(value, placeholder=hint, id=name, compact=True)
            yield Horizontal(Static(title, classes="name"), field)
        yield MarkedList(
            *(
                Option(Content.assemble(name.ljust(10), (about, "$quiet")), id=name)
                for name, about in _WAYS
            ),
            id="entries",
        )
        yield Static(id="foreseen", classes="quiet", markup=False)
        yield Static(id="amiss", markup=False)
        yield keys(("Tab", "next"), ("Enter", "study"), ("Esc", "leave"))

    def on_mount(self) -> None:
        """Offer what is due first."""
        self.query_one(OptionList).highlighted = 0

    def on_input_changed(self) -> None:
        """Say what the sitting comes to now."""
        self._foresee()

    def on_option_list_option_highlighted(self) -> None:
        """Say what it comes to in this way."""
        self._foresee()

    @property
    def _is_foreseeing(self) -> bool:
        return any(w.node is self and not w.is_finished for w in self.workers)

    def _foresee(self) -> None:
        if not self._is_foreseeing:  # else that goes on with what is asked by now
            self._tell_foreseen()

    @work(group="foresee")
    async def _tell_foreseen(self) -> None:
        from warmstart.usecases.foreseen import foresee

        while (sitting := self._read()) != self._foreseen:
            self._foreseen = sitting
            told = ""
            if isinstance(sitting, Sitting):
                try:
                    found = await asyncio.to_thread(
                        foresee, cast("WarmstartApp", self.app).desk, sitting
                    )
                except UsageError as error:
                    told = str(error)
                except WarmstartError:
                    told = ""  # no store yet, or half a search; Enter says what is amiss
                else:
                    told = "No cards now."
                    if found.cards:
                        told = f"{count(found.cards, 'card')}, about {found.minutes} min"
            self.query_one("#foreseen", Static).update(told)

    def on_input_submitted(self) -> None:
        """Begin, in the way that is highlighted."""
        self._begin()

    def on_option_list_option_selected(self) -> None:
        """Begin in this way."""
        self._begin()

    def _begin(self) -> None:
        sitting = self._read()
        if isinstance(sitting, str):
            self._say(sitting)
        elif sitting.search and (error := self._amiss(sitting.search)) is not None:
            self._say(error)
        else:
            self.dismiss(sitting)

    def _read(self) -> Sitting | str:
        """Return the sitting that is asked for; a sentence where that is no sitting."""
        search = self.query_one("#search", Input).value.strip()
        numbers: dict[str, int | None] = {}
        for name, title, _ in _FIELDS[1:]:
            value = self.query_one(f"#{name}", Input).value.strip()
            if value and not (value.isdigit() and int(value)):
                return f"{title} must be a whole number above 0, or empty for no limit."
            numbers[name] = int(value) if value else None
        name, _ = _WAYS[self.query_one(OptionList).highlighted or 0]
        return Sitting(
            minutes=numbers["minutes"],
            cards=numbers["cards"],
            search=search or None,
            cram=name != "due",
            effect=name != "practise",
        )

    @staticmethod
    def _amiss(search: str) -> str | None:
        from warmstart.study.search.read import parse

        try:
            parse(search)
        except SearchError as error:
            return str(error)
        return None

    def _say(self, sentence: str) -> None:
        self.query_one("#amiss", Static).update(sentence)
