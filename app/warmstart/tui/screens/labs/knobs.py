"""The knobs: what a run can be set to, turned with the arrow keys."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.screen import ModalScreen
from textual.widgets import Static

from warmstart.labs.yaml_nodes import Scalar
from warmstart.text import fit, safe
from warmstart.tui.keymap import Named
from warmstart.tui.widgets.drawing import Drawing
from warmstart.tui.widgets.marked_list import MARK

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual import events
    from textual.app import ComposeResult

    from warmstart.labs.definition import Knob


class KnobList(Drawing, can_focus=True):
    """A line for each knob; ↑ ↓ choose one, ← → turn it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "knob above", show=False),
        Binding("down,j", "move(1)", "knob below", show=False),
        Binding("left,h,minus", "turn(-1)", "turn back", show=False),
        Binding("right,l,plus", "turn(1)", "turn on", show=False),
    ]

    row: reactive[int] = reactive(0)

    class Moved(Message):
        """Another knob is chosen."""

    def __init__(
        self,
        knobs: Sequence[Knob],
        values: Mapping[str, Scalar],
        judged: Mapping[str, Scalar],
    ) -> None:
        super().__init__()
        self._knobs = knobs
        self._judged = judged
        self.values = dict(values)

    @property
    def knob(self) -> Knob:
        """The knob that is chosen."""
        return self._knobs[self.row]

    def draw(self, width: int) -> Content:
        """Draw label and value of each; the chosen one with arrows where it can be turned."""
        names = max(len(knob.label) for knob in self._knobs) + 2
        return Content("\n").join(
            self._row(index, knob, names, width) for index, knob in enumerate(self._knobs)
        )

    def _row(self, index: int, knob: Knob, names: int, width: int) -> Content:
        value = self.values[knob.name]
        chosen = index == self.row
        turned = value != knob.default
        back, on = self._neighbour(knob, -1), self._neighbour(knob, 1)
        line = Content.assemble(
            (f"{MARK} " if chosen else "  ", "$accent"),
            (fit(safe(knob.label), names), "bold" if chosen else ""),
            ("◂ " if chosen and back is not None else "  ", "$accent"),
            (safe(knob.show(value)), "bold $accent" if turned else "$foreground"),
            (" ▸" if chosen and on is not None else "  ", "$accent"),
            (f"  {safe(self._beside(knob, value))}", "$quiet"),
        )
        return line.truncate(width, ellipsis=True)

    def _beside(self, knob: Knob, value: Scalar) -> str:
        """Say where the knob stands by default and, if the challenge asks for it, in its name."""
        judged = self._judged.get(knob.name, value)
        words = [
            *([f"was {knob.spell(knob.default)}"] if value != knob.default else []),
            *([f"judged at {knob.spell(judged)}"] if value != judged else []),
        ]
        return ", ".join(words)

    def _neighbour(self, knob: Knob, step: int) -> Scalar | None:
        """Return the value one turn away; None at the end."""
        value = self.values[knob.name]
        if knob.kind == "int":
            next_value = int(value) + step
            return next_value if knob.accepts(next_value) else None
        values = [choice.value for choice in knob.choices]
        index = values.index(value) + step
        return values[index] if 0 <= index < len(values) else None

    def action_move(self, step: int) -> None:
        """Choose the knob above or below."""
        self.row = min(max(self.row + step, 0), len(self._knobs) - 1)
        self.post_message(self.Moved())

    def action_turn(self, step: int) -> None:
        """Turn the chosen knob by one."""
        value = self._neighbour(self.knob, step)
        if value is not None:
            self.values[self.knob.name] = value
            self.refresh()

    def reset(self) -> None:
        """Turn every knob back to where the lab has it."""
        self.values = {knob.name: knob.default for knob in self._knobs}
        self.refresh()

    def judge(self) -> None:
        """Turn knobs to where the challenge is judged; the others stay."""
        self.values |= self._judged
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Choose a knob; a click on the chosen one turns it on, from the end back to the start."""
        if event.y >= len(self._knobs):
            return
        if event.y == self.row:
            if self._neighbour(self.knob, 1) is not None:
                self.action_turn(1)
            else:
                while self._neighbour(self.knob, -1) is not None:
                    self.action_turn(-1)
        self.row = event.y
        self.post_message(self.Moved())


class KnobsScreen(Named, ModalScreen[dict[str, Scalar] | None]):
    """Turns knobs; answers with all values, or None when nothing is to change."""

    CSS_PATH = "labs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,r", "run", "set", priority=True),
        Binding("d", "defaults", "defaults"),
        Binding("c", "judged", "as judged"),
        Binding("escape,q", "cancel", "back"),
    ]

    def __init__(
        self,
        knobs: Sequence[Knob],
        values: Mapping[str, Scalar],
        judged: Mapping[str, Scalar] = MappingProxyType({}),
        *,
        run: bool = False,
    ) -> None:
        """``judged`` is where knobs stand when the challenge is judged; ``run``: Enter runs."""
        super().__init__()
        self._list = KnobList(knobs, values, judged)
        self._judged = judged
        self._run = run

    def compose(self) -> ComposeResult:
        """Lay out the knobs and what the chosen one does."""
        with Vertical(id="panel"):
            yield Static("Knobs", id="title", markup=False)
            yield self._list
            yield Static(id="help", markup=False)
            yield Static(self._keys(), classes="quiet")

    def _keys(self) -> Content:
        offered = [
            ("↑↓", "choose"), ("←→", "turn"), ("d", "defaults"),
            *([("c", "as judged")] if self._judged else []),
            ("Enter", "run" if self._run else "set"), ("Esc", "back"),
        ]  # fmt: skip
        gap = "  " if self._judged else "   "  # one key more has to fit at 80 columns
        return Content(gap).join(
            Content.assemble((key, "bold $accent"), f" {does}") for key, does in offered
        )

    def on_mount(self) -> None:
        """Begin with the first knob."""
        self._list.focus()
        self.on_knob_list_moved()

    def on_knob_list_moved(self) -> None:
        """Say what the chosen knob does, and where it is a model of ours."""
        knob = self._list.knob
        model = " Model: AWS publishes no such figure." if knob.model else ""
        self.query_one("#help", Static).update(safe(knob.help) + model)

    def action_run(self) -> None:
        """Take the values over."""
        self.dismiss(dict(self._list.values))

    def action_defaults(self) -> None:
        """Turn all knobs back."""
        self._list.reset()

    def action_judged(self) -> None:
        """Turn the knobs to where the challenge is judged."""
        self._list.judge()

    def action_cancel(self) -> None:
        """Leave everything as it was."""
        self.dismiss(None)
