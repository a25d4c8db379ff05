"""The waterfall: one request's spans across services, on a scale of its own.

The request is the one that began last at the cursor; ↑ and ↓ choose another, which moves the cursor
to its end. What lies ahead of the cursor is drawn faintly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from textual.content import Content

from warmstart.labs.timeline import clock
from warmstart.text import fit, safe
from warmstart.tui.screens.labs.views.base import DrawnView

if TYPE_CHECKING:
    from warmstart.labs.stage import Stage
    from warmstart.labs.views.waterfall import Request
    from warmstart.runtime.spans import Span, SpanKind

_LOOKS: Final[dict[SpanKind, tuple[str, str]]] = {
    "http": ("─", "$foreground"), "api": ("▪", "$success"), "delivery": ("╌", "$quiet"),
    "execution": ("─", "$foreground"), "state": ("━", "$compensated"), "queue": ("┄", "$quiet"),
    "batch": ("═", "$quiet"), "event": ("┄", "$quiet"), "invocation": ("─", "$foreground"),
    "init": ("░", "$cold"), "handler": ("█", "$running"),
}  # fmt: skip
_WORDS: Final[dict[SpanKind, str]] = {
    "queue": "waits in ",
    "batch": "batch for ",
    "event": "event for ",
}
_NAME: Final = (24, 46)
"""Cells of a name: at least, and at most."""
_TOOK: Final = 10
"""Cells of how long something took."""


class WaterfallView(DrawnView):
    """One request, and what it led to."""

    TALL = True
    HEAD = 2

    def __init__(self) -> None:
        super().__init__()
        self.slowest = False
        """Whether requests are gone through by how long they took, not as they began."""
        self._chosen: str | None = None
        """The root of the request that was chosen with the keys."""
        self._sought: int | None = None
        """Where the cursor went for it; when it stands elsewhere, the cursor chooses again."""

    def show(self, stage: Stage) -> None:
        """Show another trace."""
        self._chosen = None
        super().show(stage)

    def wanted(self, width: int) -> int:  # noqa: ARG002 spans are cut, not wrapped
        """Ask for the lines of the request with the most spans."""
        requests = self.stage.requests.by_time() if self.stage else ()
        return max((len(request.spans) for request in requests), default=0) + 2

    def _requests(self) -> tuple[list[Request], int]:
        """Return the requests in the order in which ↑ and ↓ go through them, and the place."""
        if self.stage is None:
            return [], 0
        requests = self.stage.requests
        if self.slowest:
            found = list(requests.by_duration())
            place = next((n for n, one in enumerate(found) if one.root == self._chosen), 0)
            return found, place
        found = list(requests.by_time())
        if self._chosen is not None and self.cursor == self._sought:
            return found, next((n for n, one in enumerate(found) if one.root == self._chosen), 0)
        self._chosen = None
        return found, requests.at(self.cursor)

    @property
    def request(self) -> Request | None:
        """The request that is shown."""
        found, place = self._requests()
        return found[place] if found else None

    def invocations(self) -> frozenset[str]:
        """Return the ids of the invocations that the request led to."""
        spans = self.request.spans if self.request else ()
        return frozenset(span.id.partition("#")[0] for span in spans if span.kind == "invocation")

    def move(self, by: int) -> bool:
        """Choose the request before or after."""
        found, place = self._requests()
        if not found:
            return False
        chosen = found[min(max(place + by, 0), len(found) - 1)]
        self._choose(chosen)
        return True

    def turn(self) -> bool:
        """Go through requests by how long they took, or as they began; tell whether to seek."""
        self.slowest = not self.slowest
        self._chosen = None
        found, place = self._requests()
        if self.slowest and found:
            self._choose(found[place])
            return True
        self._seen = None
        return False

    def _choose(self, request: Request) -> None:
        self._chosen, self._sought = request.root, request.end
        self.top = 0

    def seek(self) -> int | None:
        """Return the end of the request that was chosen."""
        return self._sought

    def see(self) -> object:
        """Return the request, its place, and where in it the cursor stands."""
        found, place = self._requests()
        if not found:
            return None
        return found[place], place, len(found), self.slowest, self._cut(found[place], 1_000)

    def _cut(self, request: Request, cells: int) -> int:
        """Return the first cell that lies ahead of the cursor; all are behind once it is over."""
        if self.cursor >= request.end:
            return cells
        share = (self.cursor - request.start) / max(request.duration, 1)
        return min(max(int(share * cells) + 1, 0), cells)

    def lines(self, width: int) -> list[Content]:
        """Draw the request's line, its scale and its spans."""
        found, place = self._requests()
        if not found:
            return [Content.styled("Nothing was asked for: there is no request.", "$quiet")]
        request = found[place]
        rows = request.rows()
        longest = max(2 * depth + len(_name(span)) for depth, span in rows) + 1
        name = min(max(longest, _NAME[0]), _NAME[1], max(width - _TOOK - 20, 10))
        cells = max(width - name - _TOOK, 5)
        grid = _Grid(request, name, cells, self._cut(request, cells))
        return [
            self._head(request, place, len(found)),
            grid.scale(_answered(request)),
            *(grid.row(depth, span) for depth, span in rows),
        ]

    def _head(self, request: Request, place: int, count: int) -> Content:
        order = "slowest first" if self.slowest else "by time"
        failed = ""
        if request.failed:
            failed = "   failures inside" if request.status == "ok" else f"   {request.status}"
        return Content.assemble(
            (f"{place + 1:,} of {count:,} {order}  ", "$quiet"),
            (safe(request.name), "bold"),
            (failed, "bold $failed"),
            f"  at {clock(request.start, 1)}",
        )


@dataclass(frozen=True, slots=True)
class _Grid:
    """A request's own time, cut into cells."""

    request: Request
    name: int
    """Cells left of it."""
    cells: int
    cut: int
    """The first cell that lies ahead of the cursor."""

    def scale(self, answered: str) -> Content:
        """Say when the answer came; draw the request's start, its end and the cursor between."""
        end = _ms(self.request.duration)
        line = Content.styled(f"0{'─' * max(self.cells - len(end) - 1, 0)}{end}", "$quiet")
        if self.cut < self.cells:
            line = Content.assemble(line[: self.cut], ("▼", "bold $accent"), line[self.cut + 1 :])
        return Content.assemble((fit(answered, self.name - 1) + " ", "$quiet"), line)

    def row(self, depth: int, span: Span) -> Content:
        """Draw a span; one without length still has a cell."""
        shape, style = _LOOKS[span.kind]
        cells, start = self.cells, self.request.start
        scale = cells / max(self.request.duration, 1)
        end = self.request.end if span.end is None else span.end
        first = min(int((span.start - start) * scale), cells - 1)
        last = min(max(round((end - start) * scale), first + 1), cells)
        bad = span.status != "ok"
        bar = shape * (last - first - bad) + "✗" * bad
        seen = max(min(self.cut, last) - first, 0)
        took = "…" if span.end is None else _ms(span.end - span.start)
        label = fit(safe("  " * depth + _name(span)), self.name - 1) + " "
        return Content.assemble(
            (label, "bold $failed" if bad else "$foreground" if shape == "─" else "$quiet"),
            " " * first,
            (bar[:seen], "bold $failed" if bad else style),
            (bar[seen:], "$faint"),
            " " * (cells - last),
            (took.rjust(_TOOK), "$failed" if bad else "$quiet"),
        )


def _answered(request: Request) -> str:
    """Say when its caller had the answer; when all is over stands at the end of the scale."""
    if request.answered is None:
        return "not answered"
    return f"answered after {_ms(request.answered - request.start)}"


def _name(span: Span) -> str:
    name = f"{_WORDS.get(span.kind, '')}{span.name}"
    return name if span.status == "ok" else f"{name}: {span.status}"


def _ms(duration: int) -> str:
    """Return microseconds as a person reads them: ``4.2 ms``, ``754 ms``, ``12.5 s``."""
    if 0 < duration < 10_000:  # noqa: PLR2004 — below, tenths matter
        return f"{duration / 1_000:.1f} ms"
    if duration < 10_000_000:  # noqa: PLR2004 — above, milliseconds do not
        return f"{duration / 1_000:,.0f} ms"
    return f"{duration / 1_000_000:,.1f} s"
