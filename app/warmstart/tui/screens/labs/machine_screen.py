"""The step view: an execution of a state machine, event by event, with the data of each state.

What is shown is worked out below (``labs.machine``); the screen turns keys into a number of events
and a state, and places graph, data and history there.
"""

from __future__ import annotations

import bisect
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content

from warmstart.labs.timeline import stopwatch
from warmstart.text import safe
from warmstart.tui.screens.base import CLOSING, WarmScreen
from warmstart.tui.screens.dialog import Dialog, keys
from warmstart.tui.screens.labs.machine_parts import History, RuleLine, StateData, about
from warmstart.tui.widgets.machine_graph import MachineGraph

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.widget import Widget

    from warmstart.labs.machine import Play


class StateDataScreen(Dialog[None]):
    """All that went in and out of a state."""

    CSS_PATH = "labs.tcss"
    SCROLLS = "#scrolled"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,escape,enter,space", "dismiss", "close", show=False),
        Binding("k", "scroll_panel('up')", "up", show=False),
        Binding("j", "scroll_panel('down')", "down", show=False),
    ]

    def __init__(self, title: str, shown: StateData) -> None:
        super().__init__(title)
        self._data = StateData(id="whole")
        self._data.whole = True
        self._data.place(shown.data, shown.status)

    def body(self) -> Iterable[Widget]:
        """Lay out the data so that it can be scrolled, the keys below."""
        with VerticalScroll(id="scrolled", can_focus=False):
            yield self._data
        yield keys(("↑↓", "scroll"), ("Esc", "back"))

    def on_click(self) -> None:
        """Close."""
        self.dismiss(None)


class MachineScreen(WarmScreen):
    """An execution, stepped through."""

    PLACE = "State machine"
    ABOUT = (
        "What is reached although nothing fails goes down at the left; what only a Catch leads to "
        "stands beside it. A dashed wire is a Catch's; one that was taken is heavy and its arrow "
        "filled. █ is at work, ↻ waits to be tried again (↻2 behind a name: two retries so far), "
        "✓ is done, ✗ has failed, ⊘ was cut off, ↩ has undone what another state did, and behind "
        "a name: its work has been undone. 12/40 are a Map's iterations, ×3 counts entries.\n"
        "Below stands what went into the state and what came out; lines that the input has not "
        "have a +. The arrows choose a state, Esc follows the execution again; v and V go to the "
        "state's next visit and the one before: the next round of a loop, the next item of a Map."
    )
    CSS_PATH = "labs.tcss"
    AUTO_FOCUS = ""
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]  # noqa: RUF012 as declared above
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("comma", "step(-1)", "step", key_display=",."),
        Binding("full_stop", "step(1)", "step on", show=False),
        Binding("less_than_sign", "state(-1)", "state", key_display="<>"),
        Binding("greater_than_sign", "state(1)", "next state entered", show=False),
        Binding("v", "visit(1)", "next visit to this state", show=False),
        Binding("V", "visit(-1)", "visit before", show=False),
        Binding("n", "failure(1)", "failure"),
        Binding("N", "failure(-1)", "failure before", show=False),
        Binding("home", "seek(0)", "to the start", show=False),
        Binding("end", "seek(1)", "to the end", show=False),
        Binding("up", "choose(0, -1)", "choose", key_display="↑↓←→"),
        Binding("down", "choose(0, 1)", "the state below", show=False),
        Binding("left", "choose(-1, 0)", "the state at the left", show=False),
        Binding("right", "choose(1, 0)", "the state at the right", show=False),
        Binding("enter", "data", "data", key_display="Enter"),
        # Before the key that leaves, which Esc is as well while no state is chosen.
        *CLOSING[:-1],
        Binding("escape", "follow", "follow", key_display="Esc"),
        CLOSING[-1],
    ]

    def __init__(self, play: Play, *, title: str = "", count: int = 0) -> None:
        """Show an execution after so many of its events."""
        super().__init__()
        self.play = play
        self.count = count
        self._title = title or play.name
        self._entries = play.entries()
        self._chose = False
        """Whether a state is chosen, as the keys at the foot say."""

    def body(self) -> Iterable[Widget]:
        """Lay out the graph, and the data and the history below it or, on a wide screen, beside."""
        with Horizontal(id="machine"):
            yield MachineGraph(id="graph")
            with Vertical(id="beside"):
                yield RuleLine(id="state")
                yield StateData(id="data")
                yield RuleLine(id="saga")
                yield History(id="history")

    def on_mount(self) -> None:
        """Show the execution."""
        self.header.place = safe(f"{self.PLACE} · {self._title}")
        self.query_one(MachineGraph).show(self.play)
        self.go(self.count)

    # --- moving ------------------------------------------------------------------------------

    def go(self, count: int) -> None:
        """Stand after so many events."""
        self.count = min(max(count, 0), len(self.play))
        self.query_one(MachineGraph).place(self.count)
        self._place()

    def action_step(self, by: int) -> None:
        """Go one event on or back; whoever steps follows the execution."""
        self.query_one(MachineGraph).choose(None)
        self.go(self.count + by)

    def _to(self, places: Sequence[int], direction: int, chosen: str | None = None) -> bool:
        """Go to the next or the previous of sorted places; tell whether there is one.

        Whoever goes there follows the execution, or keeps to the state ``chosen``.
        """
        if direction > 0:
            at = bisect.bisect_right(places, self.count)
        else:
            at = bisect.bisect_left(places, self.count) - 1
        if not 0 <= at < len(places):
            return False
        self.query_one(MachineGraph).choose(chosen)
        self.go(places[at])
        return True

    def action_state(self, direction: int) -> None:
        """Go to where the next state, or the one before, was entered."""
        if not self._to(self._entries, direction):
            self.go(len(self.play) if direction > 0 else 0)

    def action_visit(self, direction: int) -> None:
        """Go to where the state looked at was entered next, or before: in a loop, by a Map."""
        name = self.query_one(MachineGraph).looked_at
        if name is not None and not self._to(self.play.entries(name), direction, name):
            self.tell(f"{name} is not entered {'after' if direction > 0 else 'before'} this event.")

    def action_failure(self, direction: int) -> None:
        """Go to the next failure, or the one before."""
        if not self._to(self.play.failures, direction):
            self.tell(f"Nothing fails {'after' if direction > 0 else 'before'} this event.")

    def action_seek(self, end: int) -> None:
        """Go to the start or the end."""
        self.query_one(MachineGraph).choose(None)
        self.go(len(self.play) * end)

    def on_history_sought(self, message: History.Sought) -> None:
        """Go to the event that was clicked."""
        self.go(message.count)

    # --- choosing ----------------------------------------------------------------------------

    def action_choose(self, across: int, down: int) -> None:
        """Choose the next state in a direction."""
        graph = self.query_one(MachineGraph)
        name = graph.neighbour(across, down)
        if name is not None:
            graph.choose(name)
            self._place()

    def on_machine_graph_chosen(self, message: MachineGraph.Chosen) -> None:
        """Choose the state that was clicked."""
        self.query_one(MachineGraph).choose(message.name)
        self._place()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer to follow the execution where a state is chosen; elsewhere Esc leaves."""
        if action == "follow":
            return self._chose
        return super().check_action(action, parameters)

    def action_follow(self) -> None:
        """Follow the execution again."""
        self.query_one(MachineGraph).choose(None)
        self._place()

    def action_data(self) -> None:
        """Show all of a state's data."""
        data = self.query_one("#data", StateData)
        name = self.query_one(MachineGraph).looked_at
        if data.data is not None and name is not None:
            self.app.push_screen(StateDataScreen(safe(name), data))

    # --- drawing -----------------------------------------------------------------------------

    def _place(self) -> None:
        graph = self.query_one(MachineGraph)
        name = graph.looked_at
        if self._chose != (graph.chosen is not None):
            self._chose = not self._chose
            self.refresh_bindings()
        if graph.shown is not None and name is not None:
            shown = graph.shown.states[name]
            words = about(self.play.states[name], shown, self.play.undo.get(name, ""))
            self.query_one("#state", RuleLine).place(words)
            self.query_one("#data", StateData).place(self.play.data(name, self.count), shown.status)
        self.query_one("#saga", RuleLine).place(
            Content.styled(safe(self.play.sentence(self.count)), "$compensated")
        )
        self.query_one(History).place(self.play, self.count)
        self.header.fact = self._clock()

    def _clock(self) -> Content:
        at = self.play.events[self.count - 1].at if self.count else 0
        return Content.assemble(
            (f"event {self.count} / {len(self.play)}   ", "$quiet"),
            (stopwatch(at), "$foreground"),
        )
