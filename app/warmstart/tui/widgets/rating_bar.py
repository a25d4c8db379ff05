"""The line at the foot of a review: show the answer, or grade it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.content import Content
from textual.reactive import reactive

from warmstart.study.cards import Rating
from warmstart.tui.keymap import key_of
from warmstart.tui.phrases import interval
from warmstart.tui.widgets.drawing import Drawing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

# From cold to warm, as the grades are.
_COLOURS: Final = {
    Rating.AGAIN: "$temperature-0",
    Rating.HARD: "$temperature-3",
    Rating.GOOD: "$temperature-5",
    Rating.EASY: "$temperature-7",
}


_FORMS: Final = ((2, True), (1, True), (1, False))
"""How a grade is written, the first that fits: cells before its interval, and whether its name
stands there."""


class RatingBar(Drawing):
    """Shows a key that reveals, or the four grades, each with the interval it leads to.

    A click on a grade runs the screen's ``rate`` action, one on the key its ``reveal``.
    """

    previews: reactive[Mapping[Rating, timedelta | None] | None] = reactive(None)
    """The interval each grade leads to, None where it has no effect; None altogether while the
    answer is hidden."""
    suggested: reactive[Rating | None] = reactive(None)
    """The grade that the answer given suggests: it is marked, and Space takes it."""
    prompt: reactive[tuple[str, str]] = reactive(("Space", "show the answer"))
    """The key that reveals, and what to say of it."""

    def draw(self, width: int) -> Content:
        """Spread the grades over the width, each in a quarter of it if that has room for it."""
        if self.previews is None:
            name, meaning = self.prompt
            if name == "Space":
                name = key_of(self, "space", name)
            key = Content.assemble((name, "bold $accent"), f"  {meaning}")
            return key.stylize("@click=screen.reveal")
        for gap, named in _FORMS:
            grades = [self._grade(*each, gap, named=named) for each in self.previews.items()]
            if max(grade.cell_length for grade in grades) < width // len(grades):
                return Content("").join(
                    g.pad_right(width // len(grades) - g.cell_length) for g in grades
                )
            if sum(grade.cell_length + 1 for grade in grades) <= width + 1:
                break
        spare = (width - sum(grade.cell_length for grade in grades)) // (len(grades) - 1)
        return Content(" " * max(spare, 1)).join(grades)

    def _grade(self, rating: Rating, after: timedelta | None, gap: int, *, named: bool) -> Content:
        colour = _COLOURS[rating]
        grade = Content.assemble(
            ("▸ " if rating is self.suggested else "", f"bold {colour}"),
            (key_of(self, f"rate({int(rating)})", str(int(rating))), f"bold {colour}"),
            (f" {rating.name.capitalize()}" if named else "", colour),
            ("" if after is None else " " * gap + interval(after), "$quiet"),
        )
        return grade.stylize(f"@click=screen.rate({int(rating)})")
