"""The bill up to the cursor: by resource and price, with where each price is from."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from textual.content import Content

from warmstart.labs.figures import dollars
from warmstart.text import fit, safe
from warmstart.tui.screens.labs.views.base import DrawnView
from warmstart.tui.widgets.plot import bar

if TYPE_CHECKING:
    from warmstart.labs.views.bill import Line

_AMOUNT = 13
_BAR = 10


class BillView(DrawnView):
    """A line for each thing that costs, and below it what the prices are."""

    TALL = True

    def see(self) -> object:
        """Return the lines and the sum."""
        if self.stage is None:
            return None
        bill = self.stage.bill
        return bill.lines(self.cursor), bill.usd(self.cursor), bill.unpriced

    def wanted(self, width: int) -> int:  # noqa: ARG002 lines are cut, not wrapped
        """Ask for the lines that the whole bill takes."""
        if self.stage is None:
            return 1
        found = self.stage.bill.lines(self.stage.trace.end)
        return (
            len(found) + 4 + 2 * len({line.price for line in found}) + len(self.stage.bill.unpriced)
        )

    def lines(self, width: int) -> list[Content]:
        """Draw the table, the sum, the prices."""
        if self.stage is None:
            return []
        bill = self.stage.bill
        found, total = bill.lines(self.cursor), bill.usd(self.cursor)
        if not found:
            return [Content.styled("Nothing has been paid for so far.", "$quiet")]
        names = min(max(len(line.resource) for line in found), 20) + 2
        item = max(len(line.price.item) for line in found) + 2
        wide = width >= names + item + 26 + _AMOUNT + _BAR
        lines = []
        for resource, group in groupby(found, key=lambda line: line.resource):
            for number, line in enumerate(group):
                name = "" if number else resource
                lines.append(self._line(name, line, total, names, item, wide=wide))
        lines.append(Content.styled("─" * (names + item + (24 if wide else 0) + _AMOUNT), "$rule"))
        label = fit(f"{'':{names}}up to here", names + item + (24 if wide else 0))
        lines.append(
            Content.assemble((label, "$quiet"), (dollars(total).rjust(_AMOUNT), "bold $accent"))
        )
        return [*lines, Content(""), *self._prices(found)]

    def _line(
        self, name: str, line: Line, total: float, names: int, item: int, *, wide: bool
    ) -> Content:
        quantity = f"{_quantity(line.quantity)} {fit(line.price.unit, 11)}".rjust(22) + "  "
        share = line.usd / total if total else 0.0
        return Content.assemble(
            (fit(safe(name), names), "bold"),
            (fit(line.price.item, item), "$quiet"),
            (quantity if wide else "", ""),
            dollars(line.usd).rjust(_AMOUNT),
            "  ",
            bar(share, _BAR, style="$running"),
        )

    def _prices(self, found: list[Line]) -> list[Content]:
        prices = list(dict.fromkeys(line.price for line in found))
        item = max(len(price.item) for price in prices) + 2
        lines = [Content.styled("Prices, us-east-1, without the free tier", "bold $quiet")]
        for price in prices:
            each = f"{price.per:,} {price.unit}" if price.per > 1 else price.unit.rstrip("s")
            head = (
                f"{fit(price.item, item)}${price.amount} a {each}"
                if price.per == 1
                else (f"{fit(price.item, item)}${price.amount} for {each}")
            )
            lines.append(Content.assemble((head, "$quiet")))
            source = price.source.removeprefix("https://")
            lines.append(Content.styled(f"  {source}, {price.as_of}", "$quiet"))
        unpriced = self.stage.bill.unpriced if self.stage else ()
        lines += [
            Content.styled(f"Not on the bill: {safe(what)}.", "$warning") for what in unpriced
        ]
        return lines


def _quantity(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:,.4f}"
