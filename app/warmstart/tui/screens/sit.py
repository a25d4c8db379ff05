"""Sit: what to study now, if not the day's queue; how much of it, and whether it counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from warmstart.errors import SearchError
from warmstart.tui.screens.dialog import Dialog, keys
from warmstart.usecases.sitting import Sitting

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.widget import Widget

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

    def body(self) -> Iterable[Widget]:
        """Lay out the search, the bounds and the ways to study."""
        for name, title, hint in _FIELDS:
            value = self._search if name == "search" else ""
            field = Input(value, placeholder=hint, id=name, compact=True)
            yield Horizontal(Static(title, classes="name"), field)
        yield OptionList(
            *(
                Option(Content.assemble(name.ljust(10), (about, "$quiet")), id=name)
                for name, about in _WAYS
            ),
            id="entries",
        )
        yield Static(id="amiss", markup=False)
        yield keys(("Tab", "next"), ("Enter", "study"), ("Esc", "leave"))

    def on_mount(self) -> None:
        """Offer what is due first."""
        self.query_one(OptionList).highlighted = 0

    def on_input_submitted(self) -> None:
        """Begin, in the way that is highlighted."""
        ways = self.query_one(OptionList)
        self._begin(ways.highlighted or 0)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Begin in this way."""
        self._begin(event.option_index)

    def _begin(self, way: int) -> None:
        search = self.query_one("#search", Input).value.strip()
        numbers: dict[str, int | None] = {}
        for name, title, _ in _FIELDS[1:]:
            value = self.query_one(f"#{name}", Input).value.strip()
            if value and not (value.isdigit() and int(value)):
                self._say(f"{title} must be a whole number above 0, or empty for no limit.")
                return
            numbers[name] = int(value) if value else None
        if search and (error := self._amiss(search)) is not None:
            self._say(error)
            return
        name, _ = _WAYS[way]
        self.dismiss(
            Sitting(
                minutes=numbers["minutes"],
                cards=numbers["cards"],
                search=search or None,
                cram=name != "due",
                effect=name != "practise",
            )
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
