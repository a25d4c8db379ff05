"""The lines below a lab's narrative: where its knobs stand, its challenge, and its last run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from warmstart.labs.challenge import share
from warmstart.labs.definition import Knob
from warmstart.notes.display import plain
from warmstart.text import safe
from warmstart.tui import phrases
from warmstart.tui.widgets.drawing import Drawing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from warmstart.labs.definition import Challenge
    from warmstart.labs.yaml_nodes import Scalar
    from warmstart.tui.screens.labs.session import LabSession
    from warmstart.usecases.lab_history import LastRun

_BUTTON = " r  predict and run "
_GAP = Content("  ")


class LabBar(Drawing):
    """Where the knobs stand, what came of the last run, and the button that runs the lab.

    What is said of the challenge is said of the run that the knobs on the screen give. Where the
    last run was another one, it is told with the knobs that it had.
    """

    session: LabSession | None = None
    last: LastRun | None = None
    due: datetime | None = None
    """When the challenge comes due again; None where it was never met."""
    now: datetime | None = None
    changed: str = ""
    """What an edit has changed or a run has made, while nothing else was done since."""

    def draw(self, width: int) -> Content:
        """Draw where the knobs stand, and below it the last run and the button."""
        if self.session is None:
            return Content("\n")
        other = {} if self.last is None else self.last.elsewhere(self.session.values)
        changed = Content.styled(safe(self.changed), "bold").wrap(width) if self.changed else []
        knobs = [line.stylize("@click=screen.knobs") for line in self._knobs(self.session, width)]
        challenge = self.session.lab.challenge
        lines = [*changed, *knobs]
        if challenge is not None:
            lines += self._challenge(challenge, width, of_these_knobs=not other)
        return Content("\n").join([*lines, *self._last(other, width)])

    def _challenge(
        self, challenge: Challenge, width: int, *, of_these_knobs: bool
    ) -> list[Content]:
        """Say how the last run stood to the challenge, or what it is; and where help is."""
        stood = self.last.challenge if self.last and of_these_knobs else None
        key = Content.assemble(("h", "bold $accent"), " hint").stylize("@click=screen.hint")
        room = max(width - key.cell_length - 2, 0)
        more: list[Content] = []
        if self.due is not None and self.now is not None:
            again = "is due again" if self.due <= self.now else _due_in(self.due, self.now)
            said = Content.assemble(("✓ Challenge met", "$success"), (f"; {again}", "$quiet"))
        elif stood:
            held = share(stood["held"], stood["total"])
            said = Content.styled(held, "bold $accent")
            if stood["elsewhere"]:
                judged = Content.styled(f"it is judged at {_set(stood['elsewhere'])}", "$quiet")
                said += Content.styled("; ", "$quiet")
                if said.cell_length + judged.cell_length <= room:
                    said += judged
                else:  # where the knobs have to stand is worth a line of its own
                    more = judged.wrap(width)
        else:
            said = Content.styled(f"Challenge: {safe(plain(challenge.goal))}", "$quiet")
        said = said.truncate(room, ellipsis=True)
        return [said + " " * (width - said.cell_length - key.cell_length) + key, *more]

    def _last(self, other: Mapping[str, Scalar], width: int) -> list[Content]:
        """Say what came of the last run, the button behind it."""
        button = Content.styled(_BUTTON, "bold $background on $accent").stylize("@click=screen.run")
        room = max(width - button.cell_length - 2, 0)
        if self.last is None:
            words = "Not run yet."
        elif other:
            words = f"Last run, at {_set(other)}: {self.last.in_words}"
        else:
            words = f"Last run: {self.last.results}"
            words = words if len(words) <= room else self.last.results
        *first, last = Content.styled(safe(words), "$quiet").wrap(max(room, 1))
        last = last.rstrip().truncate(room, ellipsis=True)
        gap = max(width - last.cell_length - button.cell_length, 0)
        return [*first, Content.assemble(last, " " * gap, button)]

    @staticmethod
    def _knobs(session: LabSession, width: int) -> list[Content]:
        """Say where each knob stands: in one line if it fits, be it without the units."""
        for units in (True, False):
            parts = [_knob(dial, session.values[dial.name], units=units) for dial in session.dials]
            line = _GAP.join(parts)
            if line.cell_length <= width:
                return [line]
        lines = parts[:1]
        for part in parts[1:]:
            longer = _GAP.join([lines[-1], part])
            if longer.cell_length <= width:
                lines[-1] = longer
            else:
                lines.append(part)
        return [line.truncate(width, ellipsis=True) for line in lines]


def _due_in(due: datetime, now: datetime) -> str:
    return f"due again in {phrases.interval(due - now)}"


def _set(knobs: Mapping[str, Scalar]) -> str:
    return safe(" ".join(f"{name}={Knob.write(value)}" for name, value in knobs.items()))


def _knob(knob: Knob, value: Scalar, *, units: bool) -> Content:
    text = f"{knob.spell(value)} {knob.unit if units else ''}".rstrip()
    style = "$foreground" if value == knob.default else "bold $accent"
    return Content.assemble((f"{safe(knob.name)} ", "$quiet"), (safe(text), style))
