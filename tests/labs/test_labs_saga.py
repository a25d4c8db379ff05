"""The lab on sagas, carried out for real: its figures, its checks, and what they can tell apart."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.labs.played import Played
from warmstart.labs.figures import FIGURES
from warmstart.labs.machine import plays
from warmstart.runtime.telling import told
from warmstart.runtime.trace import ExecutionEvent, InvocationEnded, ItemWritten

if TYPE_CHECKING:
    from collections.abc import Callable

    from warmstart.runtime.trace import Trace, TraceEvent

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="handlers run in forked processes")

S = 1_000_000


@pytest.fixture(scope="module")
def saga() -> Played:
    return Played("saga")


@pytest.fixture
def events(saga: Played) -> list[TraceEvent]:
    """The run as it comes, to be doctored: one order delivered, one undone."""
    return list(saga.run().trace)


def entered(trace: Trace, order: str) -> list[str]:
    """Return the states that an order's execution went through."""
    return [
        event.details["name"]
        for event in trace
        if isinstance(event, ExecutionEvent)
        and event.execution == order
        and event.type.endswith("StateEntered")
    ]


def said(trace: Trace) -> list[str]:
    """Return what the step view says of each execution in the end."""
    return [play.sentence(len(play)) for play in plays(trace)]


def write(
    events: list[TraceEvent], table: str, order: str, operation: str = "put", entry: str = ""
) -> int:
    """Return where an order's write to a table stands."""
    (found,) = (
        at
        for at, event in enumerate(events)
        if isinstance(event, ItemWritten)
        and (event.table, event.operation) == (table, operation)
        and json.loads(event.key)["order"] == order
        and json.loads(event.key).get("entry", "").startswith(entry)
    )
    return found


class TestNarrative:
    def test_the_table(self, saga: Played) -> None:
        """Every row is what its setting gives, and all checks hold there, whatever the knobs."""
        usd = next(figure for figure in FIGURES if figure.name == "usd")
        assert len(saga.table) == 5
        for setting, cells in saga.table.items():
            run = saga.run(setting)
            assert [check.sentence for check in run.checks] == [""] * 4, setting
            truths = {outcome.prediction.name: outcome.truth for outcome in run.outcomes}
            assert cells == [
                str(truths["charges"]),
                str(truths["kept"]),
                truths["ending"],
                str(run.figures.timeouts),
                usd.show(run.figures.usd),
            ], setting

    def test_run_1(self, saga: Played) -> None:
        """Three steps forward, two back, in reverse."""
        run = saga.run()
        (course,) = (o.truth for o in run.outcomes if o.prediction.name == "course")
        assert course == ("charged", "reserved", "released", "refunded", "end")
        there = ["OpenOrder", "ChargePayment", "ReserveStock", "BookShipment"]
        assert entered(run.trace, "order-fine") == [*there, "CompleteOrder", "OrderComplete"]
        back = ["ReleaseStock", "RefundPayment", "CancelOrder", "OrderCancelled"]
        assert entered(run.trace, "order-no-carrier") == [*there, *back]
        assert said(run.trace) == ["", "3 forward, 2 undone, nothing left to undo"]
        assert f"*{said(run.trace)[-1]}*" in saga.text

    def test_run_1_in_lines(self, saga: Played) -> None:
        """As `lambda trace` tells an execution."""
        lines = [told(e) for e in saga.run().trace if isinstance(e, ExecutionEvent)]
        texts = [line.text for line in lines if line and "order-no-carrier" in line.text]
        assert texts[0] == "order-no-carrier started"
        assert texts[4:8] == [
            "order-no-carrier enters BookShipment",
            "order-no-carrier has TaskFailed: NoCarrier",
            "order-no-carrier enters ReleaseStock",
            "order-no-carrier enters RefundPayment",
        ]
        assert texts[-1] == "order-no-carrier failed: OrderCancelled"
        assert len(texts) == 11

    def test_run_2(self, saga: Played) -> None:
        """The times of the charge, of the time-out, and of the answer that nobody hears."""
        trace = list(saga.run("answer=late").trace)
        states = ["OpenOrder", "ChargePayment", "CancelOrder", "OrderCancelled"]
        assert entered(saga.run("answer=late").trace, "order-fine") == states
        booked = trace[write(trace, "BankLedger", "order-fine")].at
        ends = [event for event in trace if isinstance(event, InvocationEnded)]
        assert [(end.function, end.status) for end in ends[:2]] == [
            ("ChargePayment", "timeout"),
            ("Bank", "success"),
        ]
        for at, sentence in zip(
            (booked, ends[0].at, ends[1].at),
            (
                "At {} s the bank writes",
                "At {} s ChargePayment is ended",
                "At {} s the bank's answer arrives",
            ),
            strict=True,
        ):
            assert sentence.format(f"{at / S:.1f}") in saga.text
        assert not [e for e in trace if isinstance(e, ItemWritten) and e.table == "Payments"]

    def test_run_4(self, saga: Played) -> None:
        run = saga.run("fault=compensation")
        last = [event for event in run.trace if isinstance(event, ExecutionEvent)][-1]
        assert (last.execution, last.details["error"]) == ("order-no-carrier", "BankClosed")
        assert said(run.trace)[-1] == "3 forward, 1 undone, ChargePayment left as it was"
        assert f"at {last.at / S:.1f} s, with *ChargePayment left as it was*" in saga.text
        (failed,) = (check for check in run.challenge if "BankClosed" in check.sentence)
        assert failed.name == "challenge_ends_as_it_says"


class TestJumps:
    def test_to_what_was_predicted(self, saga: Played) -> None:
        """The first compensation, the end, the last charge; nothing is lost as the lab comes."""
        run, shown = saga.run(), saga.shown()
        events = list(run.trace)
        assert (
            events[write(events, "Reservations", "order-no-carrier", "delete")] in shown["course"]
        )
        assert "ExecutionFailed" in [getattr(event, "type", "") for event in shown["ending"]]
        assert (
            events[write(events, "BankLedger", "order-no-carrier", entry="c")] in shown["charges"]
        )
        assert shown["kept"] == []

    def test_to_what_went_wrong(self, saga: Played) -> None:
        """The double charge; the end of the order whose money stays with the bank."""
        shown = saga.shown("fault=everything answer=late retry=on")
        (second,) = (event for event in shown["charges"] if isinstance(event, ItemWritten))
        assert json.loads(second.key)["order"] == "order-fine"
        end = next(event for event in shown["kept"][::-1] if isinstance(event, ExecutionEvent))
        assert (end.execution, end.type) == ("order-fine", "ExecutionFailed")
        assert shown["course"] == shown["ending"]


class TestChecksCanFail:
    """Each check fails for the run as it comes, doctored in one place."""

    def test_an_execution_that_does_not_end(self, saga: Played, events: list[TraceEvent]) -> None:
        kept = [e for e in events if getattr(e, "type", "") != "ExecutionSucceeded"]
        assert saga.failing(kept) == {
            "check_every_execution_ends": "order-fine did not end within the run."
        }

    def test_compensations_in_the_order_of_the_steps(
        self, saga: Played, events: list[TraceEvent]
    ) -> None:
        refund = events.pop(write(events, "BankLedger", "order-no-carrier", entry="refund"))
        released = write(events, "Reservations", "order-no-carrier", "delete")
        events.insert(released, replace(refund, at=events[released].at))
        assert saga.failing(events) == {
            "check_undone_in_reverse": (
                "order-no-carrier was charged, reserved, and undone in the order charged, reserved."
            )
        }

    def test_a_refund_without_a_charge(self, saga: Played, events: list[TraceEvent]) -> None:
        del events[write(events, "BankLedger", "order-no-carrier", entry="charge")]
        failing = saga.failing(events)
        assert failing["check_nothing_is_undone_that_was_not_done"] == (
            "order-no-carrier was refunded without being charged."
        )

    def test_a_parcel_for_nothing(self, saga: Played, events: list[TraceEvent]) -> None:
        del events[write(events, "BankLedger", "order-fine")]
        assert saga.failing(events) == {
            "check_no_parcel_without_payment": "order-fine was shipped before it was charged."
        }


class TestChallenge:
    def test_as_it_comes_only_what_was_never_asked_of_it_holds(self, saga: Played) -> None:
        assert saga.unmet(saga.run().trace) == {}
        everything = saga.run("fault=everything answer=late retry=on").trace
        assert saga.unmet(everything) == {
            "challenge_complete_or_undone": (
                "order-fine ends charged 3 times. Wanted: charged, reserved and shipped once each, "
                "or nothing of it."
            ),
            "challenge_no_double_charge": "order-fine was charged 3 times. Wanted: once at most.",
            "challenge_first_order_completes": (
                "order-fine ends charged 3 times. Wanted: charged, reserved, shipped."
            ),
        }

    @pytest.mark.parametrize(
        ("doctored", "unmet"),
        [
            (
                lambda events: write(events, "Reservations", "order-no-carrier", "delete"),
                {"challenge_complete_or_undone"},
            ),
            (
                lambda events: write(events, "Shipments", "order-fine"),
                {
                    "challenge_complete_or_undone",
                    "challenge_first_order_completes",
                    "challenge_ends_as_it_says",
                },
            ),
        ],
    )
    def test_half_an_order(
        self,
        saga: Played,
        events: list[TraceEvent],
        doctored: Callable[[list[TraceEvent]], int],
        unmet: set[str],
    ) -> None:
        del events[doctored(events)]
        assert set(saga.unmet(events)) == unmet

    def test_cancelling_every_order_is_no_way_out(
        self, saga: Played, events: list[TraceEvent]
    ) -> None:
        """Nor is a parcel that is sent, cancelled, and called a success."""
        kept = [event for event in events if not isinstance(event, ItemWritten)]
        assert set(saga.unmet(kept)) == {
            "challenge_first_order_completes", "challenge_ends_as_it_says",
        }  # fmt: skip
