"""The lab on idempotency, carried out for real: its figures, its checks, what they tell apart."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.labs.played import Played
from warmstart.labs.figures import FIGURES
from warmstart.runtime.trace import (
    ConditionFailed,
    InvocationEnded,
    ItemExpired,
    ItemsRead,
    ItemWritten,
    MessageDeleted,
    MessageMoved,
    MessageReturned,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from warmstart.runtime.trace import TraceEvent

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="handlers run in forked processes")

S = 1_000_000


@pytest.fixture(scope="module")
def idempotency() -> Played:
    return Played("idempotency")


@pytest.fixture
def events(idempotency: Played) -> list[TraceEvent]:
    """A run in which every order is charged once, to be doctored."""
    return list(idempotency.run("guard=claim duplicates=together").trace)


def of(events: Iterable[TraceEvent], kind: type, **fields: str) -> list[int]:
    """Where the events of a kind stand."""
    return [
        index
        for index, event in enumerate(events)
        if isinstance(event, kind)
        and all(getattr(event, name) == value for name, value in fields.items())
    ]


class TestNarrative:
    def test_the_table(self, idempotency: Played) -> None:
        """Every row is what its setting gives, and all checks hold there, whatever the knobs."""
        usd = next(figure for figure in FIGURES if figure.name == "usd")
        assert len(idempotency.table) == 6
        for setting, cells in idempotency.table.items():
            run = idempotency.run(setting)
            assert [check.sentence for check in run.checks] == [""] * 3, setting
            truths = {outcome.prediction.name: outcome.truth for outcome in run.outcomes}
            charged = idempotency.functions["charged"](run.trace)
            assert cells == [
                str(truths["charges"]),
                str(sum(times > 1 for times in charged.values())),
                str(truths["undelivered"]),
                str(truths["dead"]),
                usd.show(run.figures.usd),
            ], setting

    def test_around_the_first_charge(self, idempotency: Played) -> None:
        """After a crash the attempt has ended, and then the bank answers."""
        prompt = ("booked", "answered", "ended", "gone")
        late = ("booked", "ended", "answered", "gone")
        for setting in idempotency.table:
            (found,) = (
                outcome.truth
                for outcome in idempotency.run(setting).outcomes
                if outcome.prediction.name == "course"
            )
            assert found == (late if "crash=on" in setting else prompt), setting

    def test_run_2(self, idempotency: Played) -> None:
        """Both look-ups of order-2 come before either record."""
        trace = [
            e for e in idempotency.run("guard=lookup duplicates=together").trace if e.at > 10 * S
        ]
        reads = [event.at for event in trace if isinstance(event, ItemsRead)][:2]
        written = trace[of(trace, ItemWritten, table="Records")[0]].at
        assert reads[0] < reads[1] < written
        for at in (*reads, written):
            assert f"{at / S:.3f} s" in idempotency.text

    def test_run_4(self, idempotency: Played) -> None:
        """The retry of order-1 meets its own claim, and its message is deleted."""
        trace = list(idempotency.run("guard=claim duplicates=none crash=on").trace)
        claimed = trace[of(trace, ItemWritten, table="Records")[0]]
        booked = trace[of(trace, ItemWritten, table="BankLedger")[0]]
        died = trace[of(trace, InvocationEnded, function="Pay")[0]]
        back = trace[of(trace, MessageReturned)[0]]
        refused = trace[of(trace, ConditionFailed)[0]]
        deleted = trace[of(trace, MessageDeleted)[0]]
        threads = {event.root for event in (claimed, booked, back, refused, deleted)}  # type: ignore[attr-defined]
        assert len(threads) == 1
        for event, sentence in (
            (claimed, "At {} s Pay writes the claim"),
            (booked, "The bank books the charge at {} s"),
            (died, "At {} s Pay is gone"),
            (back, "At {} s it comes back"),
        ):
            assert sentence.format(f"{event.at / S:.1f}") in idempotency.text

    def test_run_5(self, idempotency: Played) -> None:
        """Whose record DynamoDB had deleted by the morning was charged again."""
        run = idempotency.run("guard=claim duplicates=morning")
        (expired,) = (event for event in run.trace if isinstance(event, ItemExpired))
        charged = idempotency.functions["charged"](run.trace)
        assert [order for order, times in charged.items() if times == 2] == ["order-3"]
        assert expired.key == '{"id": "order-3"}'
        at = f"{run.trace.header.wall_clock(expired.at):%H:%M}"
        assert f"One was deleted, at {at};" in idempotency.text


class TestJumps:
    def test_to_what_was_predicted(self, idempotency: Played) -> None:
        """The second charge of order-1; the retry that takes its own claim for a parcel sent."""
        shown = idempotency.shown()
        charges = [events[of(events, ItemWritten)[0]] for events in list(shown.values())[:2]]
        assert [event.key for event in charges if isinstance(event, ItemWritten)] == [
            event.key
            for event in idempotency.run().trace
            if isinstance(event, ItemWritten) and event.table == "BankLedger"
        ][:2]
        assert (shown["undelivered"], shown["dead"]) == ([], [])
        lost = idempotency.shown("guard=claim duplicates=none crash=on")
        assert of(lost["undelivered"], MessageDeleted)
        assert lost["dead"] == []
        assert of(idempotency.shown("duplicates=none crash=on")["dead"], MessageMoved)

    def test_what_code_that_is_broken_leaves_to_tell(self, idempotency: Played) -> None:
        """No charge at all: nothing happened, and nothing is to be seen."""
        trace = [e for e in idempotency.run().trace if not isinstance(e, ItemWritten)]
        tell = idempotency.functions
        assert tell["course"](trace) == ["booked", "answered", "ended", "gone"]
        assert (tell["first_charge"](trace), tell["telling_charge"](trace)) == (None, None)


class TestChecksCanFail:
    """Each check fails for a run in which all is well, doctored in one place."""

    def test_all_is_well(self, idempotency: Played, events: list[TraceEvent]) -> None:
        assert (idempotency.failing(events), idempotency.unmet(events)) == ({}, {})

    def test_a_message_that_vanishes(self, idempotency: Played, events: list[TraceEvent]) -> None:
        del events[of(events, MessageDeleted)[-1]]
        assert idempotency.failing(events) == {
            "check_no_message_vanishes": "1 messages were neither deleted nor moved."
        }

    def test_an_order_that_is_never_charged(
        self, idempotency: Played, events: list[TraceEvent]
    ) -> None:
        at = of(events, ItemWritten, table="BankLedger")[0]
        del events[at]
        assert idempotency.failing(events) == {
            "check_every_order_is_charged": "Never charged: order-1.",
            "check_nothing_goes_out_unpaid": "order-1 went out before it was charged.",
        }


class TestChallenge:
    def test_each_way_to_miss_it(self, idempotency: Played, events: list[TraceEvent]) -> None:
        charge = events[of(events, ItemWritten, table="BankLedger")[0]]
        assert idempotency.unmet([*events, charge]) == {
            "challenge_charged_once": "Charged: order-1 2 times. Wanted: once each."
        }
        delivery = of(events, ItemWritten, table="Deliveries")[0]
        assert idempotency.unmet(events[:delivery] + events[delivery + 1 :]) == {
            "challenge_delivered": "Paid for and never delivered: order-1. Wanted: none."
        }
        crashed = idempotency.run("duplicates=none crash=on").trace
        moved = next(event for event in crashed if isinstance(event, MessageMoved))
        assert idempotency.unmet([*events, replace(moved, at=60 * S)]) == {
            "challenge_no_dead_letters": "1 messages lie in the dead-letter queue. Wanted: none."
        }

    def test_as_it_comes_the_claim_loses_orders(self, idempotency: Played) -> None:
        trace = idempotency.run("guard=claim duplicates=none crash=on").trace
        assert list(idempotency.unmet(trace)) == ["challenge_delivered"]
