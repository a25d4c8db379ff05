"""What the learner expects, asked before a run: one question after another."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from warmstart.errors import UsageError
from warmstart.labs.definition import Answer
from warmstart.text import safe
from warmstart.tui.keymap import Named
from warmstart.tui.widgets.marked_list import MarkedList

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.app import ComposeResult

    from warmstart.labs.definition import Prediction

_UNPLACED = "·"
"""Stands before an event that has no place in the order yet."""


class PredictScreen(Named, ModalScreen[dict[str, Answer] | None]):
    """Asks each prediction; answers with what was given by name, or None to not run after all.

    A question may be passed over. What was answered before an earlier run (``earlier``) is offered
    again, for Enter to keep; it counts for this run only when it was kept.
    """

    CSS_PATH = "labs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "back", priority=True),
        Binding("ctrl+r", "run", "run without", priority=True),
        Binding("tab", "pass_over", "skip", priority=True),
        Binding("shift+tab", "before", "question before", priority=True),
        Binding("backspace", "take_back", "take back"),
    ]

    def __init__(self, predictions: Sequence[Prediction], earlier: Mapping[str, Answer]) -> None:
        super().__init__()
        self._predictions = predictions
        self._earlier = earlier
        self._given: dict[str, Answer] = {}
        self._index = 0
        self._order: list[str] = []
        """Of an order, what has its place already."""
        self._skipped: Prediction | None = None
        """The question passed over last, to say so beside the next one."""

    def compose(self) -> ComposeResult:
        """Lay out question and both ways to answer; only one of them shows."""
        with Vertical(id="panel"):
            yield Static(id="where", classes="quiet", markup=False)
            with VerticalScroll(id="asked", can_focus=False):
                yield Static(id="question", markup=False)
            yield Input(id="number", compact=True)
            yield MarkedList(id="choices", compact=True)
            yield Static(id="wrong", markup=False)
            yield Static(id="keys", classes="quiet")

    def _keys(self) -> Content:
        placing = self._asked.kind == "order" and len(self._order) < len(self._asked.choices)
        keys = [
            ("Enter", f"number {len(self._order) + 1}" if placing else "answer"),
            *([("Bksp", "take back")] if self._order else []),
            ("Tab", "skip"), ("Ctrl+R", "run" if self._order else "run without"), ("Esc", "back"),
        ]  # fmt: skip
        gap = "  " if self._order else "   "  # one key more has to fit at 80 columns
        return Content(gap).join(
            Content.assemble((key, "bold $accent"), f" {does}") for key, does in keys
        )

    def on_mount(self) -> None:
        """Ask the first question, unless a key was quicker and nobody wants to be asked."""
        if self.is_current:
            self._ask()

    @property
    def _asked(self) -> Prediction:
        return self._predictions[self._index]

    def _where(self, *, offered: bool) -> str:
        skipped = self._skipped
        return "   ".join(
            [
                f"Prediction {self._index + 1} of {len(self._predictions)}",
                *([f"{safe(skipped.label)}: skipped"] if skipped else []),
                *(["Enter keeps your last answer"] if offered else []),
            ]
        )

    def _ask(self) -> None:
        asked = self._asked
        before = self._given.get(asked.name, self._earlier.get(asked.name))
        where = self._where(offered=before is not None)
        self.query_one("#where", Static).update(where)
        self.query_one("#question", Static).update(safe(asked.question))
        self.query_one("#wrong", Static).update("")
        field, choices = self.query_one("#number", Input), self.query_one("#choices", OptionList)
        field.display = asked.kind == "number"
        choices.display = asked.kind != "number"
        self._order = list(before) if isinstance(before, tuple) else []
        if asked.kind == "number":
            field.placeholder = f"{asked.unit or 'a number'}, or nothing to skip"
            field.value = f"{before:g}" if isinstance(before, int | float) else ""
            field.focus()
        else:
            choices.clear_options()
            choices.add_options([Option(self._choice(name), id=name) for name in asked.choices])
            names = list(asked.choices)
            choices.highlighted = names.index(str(before)) if before in names else 0
            choices.focus()
        self.query_one("#keys", Static).update(self._keys())

    def _choice(self, name: str) -> str:
        """Return a choice as its line shows it; one of an order with its place."""
        text = safe(self._asked.choices[name])
        if self._asked.kind != "order":
            return text
        place = str(self._order.index(name) + 1) if name in self._order else _UNPLACED
        return f"{place:>2}  {text}"

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take a number; nothing typed means no prediction."""
        if not event.value.strip():
            self.action_pass_over()
            return
        try:
            self._answer(self._asked.parse(event.value))
        except UsageError as error:
            self.query_one("#wrong", Static).update(str(error))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Take a choice; of an order the next place, or all of it once everything has one."""
        name = event.option_id
        if name is None:
            return
        if self._asked.kind != "order":
            self._answer(name)
        elif len(self._order) == len(self._asked.choices):
            self._answer(tuple(self._order))
        elif name not in self._order:
            self._place(name)

    def _place(self, name: str) -> None:
        """Give an event the next place, and what is left over the last one."""
        self._order.append(name)
        left = [other for other in self._asked.choices if other not in self._order]
        if len(left) == 1:
            self._order += left
        self._show_order(self._order[-1] if len(left) == 1 else left[0])

    def action_take_back(self) -> None:
        """Take the last place back."""
        if self._order:
            self._show_order(self._order.pop())

    def _show_order(self, at: str) -> None:
        choices = self.query_one("#choices", OptionList)
        for name in self._asked.choices:
            choices.replace_option_prompt(name, self._choice(name))
        choices.highlighted = list(self._asked.choices).index(at)
        self.query_one("#keys", Static).update(self._keys())

    def _answer(self, answer: Answer) -> None:
        self._given[self._asked.name] = answer
        self._skipped = None
        self._next()

    def _next(self) -> None:
        if self._index + 1 < len(self._predictions):
            self._index += 1
            self._ask()
        else:
            self.dismiss(self._given)

    def action_pass_over(self) -> None:
        """Leave this question without an answer."""
        self._given.pop(self._asked.name, None)
        self._skipped = self._asked
        self._next()

    def action_before(self) -> None:
        """Go back to the question before."""
        self._index = max(self._index - 1, 0)
        self._skipped = None
        self._ask()

    def action_run(self) -> None:
        """Ask no more: run with what was answered so far, and without the rest."""
        self.dismiss(self._given)

    def action_cancel(self) -> None:
        """Do not run."""
        self.dismiss(None)
