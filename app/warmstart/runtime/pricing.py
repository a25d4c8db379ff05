"""What a run would have cost: a dated table of prices, and the bill it makes of a trace.

Prices are those of us-east-1 in US dollars, without the free tier, and from the first price tier:
no run of a lab comes near the second (6 billion GB-seconds a month).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from warmstart.runtime.trace import EnvironmentCreated, InvocationEnded

if TYPE_CHECKING:
    from warmstart.runtime.trace import Trace

_LAMBDA_PRICING = "https://aws.amazon.com/lambda/pricing/"


@dataclass(frozen=True, slots=True)
class Price:
    """One row of the price table."""

    item: str
    unit: str
    amount: Decimal
    """US dollars per unit."""
    source: str
    as_of: date
    region: str = "us-east-1"


PRICES = {
    price.item: price
    for price in (
        Price(
            "Lambda requests", "1,000,000 requests", Decimal("0.20"),
            _LAMBDA_PRICING, date(2026, 11, 20),
        ),
        Price(
            "Lambda duration, x86_64", "GB-second", Decimal("0.0000166667"),
            _LAMBDA_PRICING, date(2026, 11, 20),
        ),
        Price(
            "Lambda duration, arm64", "GB-second", Decimal("0.0000133334"),
            _LAMBDA_PRICING, date(2026, 11, 20),
        ),
    )
}  # fmt: skip
"""The table, by item."""


@dataclass(frozen=True, slots=True)
class BillRow:
    """What one function cost; amounts in US dollars, exact."""

    function: str
    architecture: str
    requests: int
    """Invocations that ran, failed ones included; throttled and rejected requests are free."""
    gb_seconds: Decimal
    """Billed duration times memory: INIT is part of it."""
    request_amount: Decimal
    duration_amount: Decimal

    @property
    def amount(self) -> Decimal:
        """Return what the function cost in all."""
        return self.request_amount + self.duration_amount


@dataclass(frozen=True, slots=True)
class Bill:
    """A run's bill, its rows in the order in which the functions first ran."""

    rows: tuple[BillRow, ...]

    @property
    def amount(self) -> Decimal:
        """Return the total in US dollars."""
        return sum((row.amount for row in self.rows), Decimal(0))


def bill(trace: Trace) -> Bill:
    """Return what the run would have cost on AWS."""
    architectures: dict[str, str] = {}
    requests: dict[str, int] = defaultdict(int)
    gb_seconds: dict[str, Decimal] = defaultdict(Decimal)
    for event in trace:
        if isinstance(event, EnvironmentCreated):
            architectures.setdefault(event.function, event.architecture)
        elif isinstance(event, InvocationEnded):
            requests[event.function] += 1
            gb_seconds[event.function] += (
                Decimal(event.billed) / 1_000_000 * event.memory_size / 1_024
            )
    per_request = PRICES["Lambda requests"].amount / 1_000_000
    return Bill(
        tuple(
            BillRow(
                function,
                architecture,
                requests[function],
                gb_seconds[function],
                requests[function] * per_request,
                gb_seconds[function] * PRICES[f"Lambda duration, {architecture}"].amount,
            )
            for function, architecture in architectures.items()
        )
    )
