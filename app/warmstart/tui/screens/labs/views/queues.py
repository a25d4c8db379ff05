"""Queue depths over the time axis: a small plot for each queue, and what is in it at the cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from warmstart.labs.timeline import clock
from warmstart.labs.views.queues import Queue
from warmstart.tui.screens.labs.views.plotted import PlottedView

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warmstart.labs.stage import Stage


class QueuesView(PlottedView[Queue]):
    """The queues at the cursor."""

    TALL = True
    PARTS: ClassVar[Sequence[tuple[str, str]]] = (
        ("▒", "$idle"),
        ("░", "$cold"),
        ("█", "$running"),
    )
    """In flight, delayed, visible."""

    def find(self, stage: Stage) -> list[Queue]:
        """Return the queues, dead-letter queues behind theirs."""
        return stage.queues.all()

    def name_of(self, thing: Queue) -> str:
        """Return the queue's name."""
        return thing.name

    def columns_of(self, thing: Queue, edges: Sequence[int]) -> list[tuple[float, ...]]:
        """Return how many messages are where, at most."""
        return thing.columns(edges)

    def highest_of(self, thing: Queue) -> int:
        """Return the most messages there ever are in it."""
        return thing.highest

    def gutter_of(self, thing: Queue) -> tuple[str, str]:
        """Say what a dead-letter queue is, of others the height of the plot."""
        if not thing.is_dead_letter:
            return f"most {thing.highest:,}", "bold"
        now = thing.at(self.cursor)
        return "dead letters", "bold $failed" if now.visible + now.in_flight else "bold"

    def said_of(self, thing: Queue) -> list[tuple[str, str]]:
        """Say how many messages are where, what was received again, and how old the oldest is."""
        now = thing.at(self.cursor)
        parts: list[tuple[str, str]] = []
        for value, word, (shape, style) in (
            (now.visible, "visible", self.PARTS[2]),
            (now.in_flight, "in flight", self.PARTS[0]),
            (now.delayed, "delayed", self.PARTS[1]),
        ):
            if value or word == "visible":
                parts += [(f"{shape} ", style), (f"{value:,} {word}   ", "")]
        again = [(count, many) for count, many in now.received if count > 1]
        if again:
            words = ", ".join(f"{many:,} received {count}×" for count, many in again)
            parts.append((f"{words}   ", "bold $retried"))
        if now.oldest is not None and self.cursor > now.oldest:
            age = clock((self.cursor - now.oldest) // 1_000 * 1_000, 1)
            parts.append((f"oldest {age}   ", "$quiet"))
        if not thing.is_dead_letter:
            parts.append((f"{now.deleted:,} done of {now.sent:,}", "$quiet"))
        return parts

    def nothing(self) -> str:
        """Say that there is no queue."""
        return "The application has no queue."
