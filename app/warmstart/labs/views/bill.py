"""The bill up to a moment: what each resource has cost, by which price, from which source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from warmstart.labs.views.series import Total
from warmstart.runtime.pricing import PRICES, Meter

if TYPE_CHECKING:
    from warmstart.runtime.pricing import Price
    from warmstart.runtime.trace import TraceEvent


@dataclass(frozen=True, slots=True)
class Line:
    """What one resource has cost by one price."""

    resource: str
    price: Price
    quantity: float
    """In the price's units."""
    usd: float


class BillSoFar:
    """The bill of a trace, at any moment of it."""

    def __init__(self) -> None:
        self._meter = Meter()
        self._used: dict[tuple[str, str], Total] = {}
        """Quantities by resource and item, in order of first use."""
        self._usd = Total()

    def take(self, event: TraceEvent) -> None:
        """Take the next event."""
        for resource, item, quantity in self._meter.read(event):
            self._used.setdefault((resource, item), Total()).add(event.at, float(quantity))
            self._usd.add(event.at, float(PRICES[item].of(quantity)))

    @property
    def unpriced(self) -> tuple[str, ...]:
        """What was used in the whole run and is not on the bill: its price is not known."""
        return tuple(self._meter.unpriced)

    def usd(self, at: int) -> float:
        """Return the sum up to a moment, in US dollars."""
        kept = sum(float(PRICES[item].of(much)) for _, item, much in self._meter.kept(at))
        return self._usd.at(at) + kept

    def lines(self, at: int) -> list[Line]:
        """Return what is on the bill at a moment, in order of first use."""
        quantities = {where: total.at(at) for where, total in self._used.items()}
        for resource, item, more in self._meter.kept(at):
            where = (resource, item)
            quantities[where] = quantities.get(where, 0.0) + float(more)
        found = []
        for (resource, item), quantity in quantities.items():
            if quantity:
                price = PRICES[item]
                usd = quantity * float(price.amount) / price.per
                found.append(Line(resource, price, quantity, usd))
        return found
