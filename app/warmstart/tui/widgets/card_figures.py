"""What is known of a card, drawn: its figures, its forgetting curve, its log."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from textual.content import Content

from warmstart.notes.display import plain
from warmstart.study import cards as logged
from warmstart.text import safe
from warmstart.tui import phrases
from warmstart.tui.theme import colour, shape
from warmstart.tui.widgets import plot
from warmstart.tui.widgets.card_view import FLAGS
from warmstart.tui.widgets.drawing import Drawing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from warmstart.study.curve import Curve
    from warmstart.study.history import Stretch
    from warmstart.usecases.browse import CardPage

_HEIGHT: Final = 7
"""Lines of the curve."""
_SAMPLES: Final = 60
"""Points of the curve in one stretch: more than a stretch has dots."""
_AHEAD: Final = 0.35
"""How much of the picture the future takes at least."""
_TICKS: Final = 4


class CardFigures(Drawing):
    """Draws ``page`` as of ``now``; ``curve`` is the learner's forgetting curve."""

    page: CardPage | None = None
    now: datetime | None = None
    curve: Curve | None = None

    def draw(self, width: int) -> Content:
        """Draw all parts, an empty line between them."""
        if self.page is None or self.now is None or self.curve is None:
            return Content("")
        parts = [
            list(_figures(self.page, self.now, width)),
            list(_curve(self.page, self.now, self.curve, width)),
            list(_log(self.page)),
        ]
        return Content("\n\n").join(Content("\n").join(lines) for lines in parts if lines)


# -- figures -----------------------------------------------------------------------------------


def _figures(page: CardPage, now: datetime, width: int) -> Iterator[Content]:
    row, memory = page.row, page.row.memory
    states = ", ".join(row.states)
    name, paint = FLAGS[row.flag]
    if memory is None or row.recall is None:
        yield Content.assemble((states, "bold"), (f"   in since {_date(page.created)}", "$quiet"))
    else:
        percent = round(100 * row.recall)
        yield Content.assemble(
            (f"{shape(percent)} {percent}%", f"bold {colour(percent)}"),
            (" recall   ", "$quiet"),
            phrases.interval(timedelta(days=memory.stability)),
            (" stability   ", "$quiet"),
            f"{memory.difficulty:.1f}",
            (" difficulty of 10", "$quiet"),
        )
        late = memory.due < now
        when = phrases.interval(now - memory.due if late else memory.due - now)
        yield Content.assemble(
            states,
            ("   due ", "$quiet"),
            f"{when} ago" if late else f"in {when}",
            (f" ({_date(memory.due)})   ", "$quiet"),
            phrases.count(memory.reviews, "review"),
            ("   ", ""),
            phrases.count(memory.lapses, "lapse"),
        )
    if name:
        yield Content.assemble((f"⚑ {name}", paint))
    if row.reported is not None:
        yield Content.assemble(("reported  ", "$error"), safe(row.reported) or "wrong")
    if row.remark:
        yield Content.assemble(("▎ ", "$accent"), (" ".join(safe(row.remark).split()), "italic"))
    for title, names in (
        ("deck", (row.deck,) if row.deck else ()),
        ("tags", page.tags),
        ("concepts", page.concepts),
        ("siblings", tuple(plain(other.front) for other in page.siblings)),
    ):
        if names:
            text = Content.assemble((f"{title}  ".ljust(10), "$quiet"), ", ".join(map(safe, names)))
            yield text.truncate(width, ellipsis=True)


# -- the curve ---------------------------------------------------------------------------------


def _curve(page: CardPage, now: datetime, curve: Curve, width: int) -> Iterator[Content]:
    """Draw recall from the first review on: what was, and what will be if nothing is done."""
    if not page.curve:
        return
    begin, last = page.curve[0].begins, page.curve[-1]
    past = max((now - begin).total_seconds() / 86_400, 1e-3)
    ahead = max(past * _AHEAD / (1 - _AHEAD), 2 * last.stability)
    horizon = now + timedelta(days=min(ahead, 36_500))
    was: list[tuple[float, float]] = []
    for stretch in page.curve:
        was += _points(stretch, begin, stretch.begins, stretch.ends or max(now, last.begins), curve)
    will = _points(last, begin, max(now, last.begins), horizon, curve)
    lowest = min(recall for _, recall in was + will)
    span = (horizon - begin).total_seconds() / 86_400
    y = plot.scale(100, low=10 * max(0, int(lowest / 10) - 1), most=4, unit="%")
    x = plot.Scale(0, span, ((0.0, _date(begin)), (past, "now"), (span, _date(horizon))))
    yield Content.assemble(
        ("Recall", "bold"),
        ("   until now   ", "$quiet"),
        ("from now on, without another review", "$temperature-1"),
    )
    yield from plot.lines(
        [plot.Series(was, "$accent"), plot.Series(will, "$temperature-1")],
        width=min(width, 100),
        height=_HEIGHT,
        x=x,
        y=y,
    )


def _points(
    stretch: Stretch, origin: datetime, begins: datetime, ends: datetime, curve: Curve
) -> list[tuple[float, float]]:
    """Return days since ``origin`` and recall in percent, from one moment to another."""
    step = (ends - begins) / _SAMPLES
    return [
        ((at - origin).total_seconds() / 86_400, 100 * stretch.recall(at, curve))
        for at in (begins + n * step for n in range(_SAMPLES + 1))
    ]


# -- the log -----------------------------------------------------------------------------------


def _log(page: CardPage) -> Iterator[Content]:
    """Give what happened to the card, the latest first."""
    if page.log:
        yield Content.styled("Log", "bold")
    for entry in reversed(page.log):
        local = entry.at.astimezone()
        yield Content.assemble((f"{_date(entry.at):>11} {local:%H:%M}  ", "$quiet"), *_said(entry))


_GRADES: Final = ("", "$temperature-0", "$temperature-3", "$temperature-5", "$temperature-7")


def _said(entry: logged.Entry) -> Iterator[str | tuple[str, str]]:
    """Give a line of the log, without its time."""
    match entry:
        case logged.Reviewed() | logged.Crammed():
            rating = entry.rating
            yield (rating.name.capitalize().ljust(7), _GRADES[rating])
            yield from _answer(entry)
        case logged.Imported(stability=stability, due=due):
            yield f"came with a schedule: stability {stability:.0f} d, due {_date(due)}"
        case logged.Rescheduled(due=due):
            yield f"due date set to {_date(due)}"
        case logged.Flagged(flag=flag):
            yield f"flagged {FLAGS[flag][0]}" if flag else "flag taken away"
        case logged.Remarked(text=text):
            yield "remark written" if text else "remark taken away"
        case logged.Reported(text=text):
            yield "reported" + (f": {' '.join(safe(text).split())}" if text else "")
        case logged.Tagged(text=text):
            yield f"tagged {safe(text)}"
        case logged.Untagged(text=text):
            yield f"untagged {safe(text)}"
        case logged.Moved(text=text):
            yield f"moved to {safe(text)}" if text else "left to its note's deck"
        case _:
            yield _PLAIN.get(type(entry), type(entry).__name__.lower())


_PLAIN: Final[dict[type[logged.Entry], str]] = {
    logged.Reset: "reset: new again",
    logged.Suspended: "suspended",
    logged.Resumed: "resumed",
    logged.Buried: "buried for the day",
    logged.Unburied: "unburied",
    logged.Leech: "found to be a leech",
}


def _answer(entry: logged.Reviewed | logged.Crammed) -> Iterator[str | tuple[str, str]]:
    took = f"{entry.duration.total_seconds():.0f} s"
    if isinstance(entry, logged.Crammed):
        yield (f"without effect   {took}", "$quiet")
        return
    before = "new" if entry.interval is None else phrases.interval(entry.interval)
    after = phrases.interval(entry.due - entry.at)
    elsewhere = "   elsewhere" if entry.elsewhere else ""
    yield f"{before} → {after}"
    yield (f"   {took}{elsewhere}", "$quiet")


def _date(at: datetime) -> str:
    local = at.astimezone()
    return f"{local.day} {local:%b %Y}"
