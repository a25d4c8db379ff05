"""The lab on queues, carried out for real: its figures, its checks, and what they can tell apart."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.labs.played import Played
from warmstart.runtime.trace import (
    BatchEnded,
    BatchStarted,
    HttpAnswered,
    InvocationStarted,
    ItemWritten,
    MessageDeleted,
    MessageMoved,
    MessageReceived,
    MessageReturned,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from warmstart.runtime.trace import TraceEvent

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="handlers run in forked processes")

S = 1_000_000


@pytest.fixture(scope="module")
def queue() -> Played:
    return Played("queue")


@pytest.fixture
def events(queue: Played) -> list[TraceEvent]:
    """The run as it comes, to be doctored."""
    return list(queue.run().trace)


def of(events: Iterable[TraceEvent], kind: type) -> list[int]:
    """Where the events of a kind stand."""
    return [index for index, event in enumerate(events) if isinstance(event, kind)]


class TestNarrative:
    def test_the_table(self, queue: Played) -> None:
        """Every row is what its setting gives, whatever the knobs, and all checks hold there."""
        assert len(queue.table) == 5
        for setting, cells in queue.table.items():
            run = queue.run(setting)
            assert queue.failing(run.trace) == {}, setting
            sent = queue.functions["parcels_by_order"](run.trace)
            worker = [
                event
                for event in run.trace
                if isinstance(event, InvocationStarted) and event.function == "Worker"
            ]
            assert cells == [
                str(sum(sent.values())),
                str(sum(count > 1 for count in sent.values())),
                str(30 - len(sent)),
                str(queue.functions["good_dead_letters"](run.trace)),
                str(len(worker)),
                f"{run.figures.billed_ms:,} ms",
            ], setting

    def test_run_1(self, queue: Played) -> None:
        run = queue.run()
        truths = {outcome.prediction.name: outcome.truth for outcome in run.outcomes}
        assert truths == {
            "first": ("received", "invoked", "visible", "answered"),
            "parcels": 44,
            "dead": 5,
            "customers": "nothing",
        }
        sent = queue.functions["parcels_by_order"](run.trace)
        assert {str(n) for n in range(1, 31)} - set(sent) == {"15", "16"}
        dead = queue.functions["dead_orders"](run.trace)
        assert dead == {"12", "13", "14", "15", "16", "broken-1"}
        assert [sent[order] for order in ("12", "13", "14")] == [3, 3, 3]
        assert run.figures.errors == 3
        answers = [event for event in run.trace if isinstance(event, HttpAnswered)]
        assert len(answers) == 31
        assert f"the slowest after {max(e.duration for e in answers) / S:.1f} s" in queue.text

    def test_the_first_order(self, queue: Played) -> None:
        """Its row of times, with nothing broken: visible before the worker is done, taken twice."""
        trace = queue.run("poison=0").trace
        first = next(event.message for event in trace if isinstance(event, MessageReceived))
        mine = [event for event in trace if getattr(event, "message", None) == first]
        received, again = (event.at for event in mine if isinstance(event, MessageReceived))
        (returned,) = (event.at for event in mine if isinstance(event, MessageReturned))
        starts = [e for e in trace if isinstance(e, BatchStarted) and first in e.messages]
        ended = next(
            e.at for e in trace if isinstance(e, BatchEnded) and e.batch == starts[0].batch
        )
        assert received < starts[0].at < returned == again < ended < starts[1].at
        for at in (received, starts[0].at, returned, ended, starts[1].at):
            assert f"| {at / S:.1f} s |" in queue.text

    def test_the_rotten_apple(self, queue: Played) -> None:
        sent = queue.functions["parcels_by_order"](queue.run("visibility=140").trace)
        assert [sent[str(order)] for order in range(11, 20)] == [3, 3, 3, 3, 0, 0, 0, 0, 0]


class TestJumps:
    def test_to_what_was_predicted(self, queue: Played) -> None:
        """The first order is visible again; one is packed twice; a good one dies; all have a 202."""
        shown = queue.shown()
        assert of(shown["first"], MessageReturned)
        assert of(shown["dead"], MessageMoved)
        assert of(shown["customers"], HttpAnswered)
        (second,) = (e.at for e in shown["parcels"] if isinstance(e, ItemWritten))
        sent = queue.functions["parcels"](queue.run().trace)
        before = [order for order, at in sent if at < second]
        assert len(set(before)) == len(before)
        assert next(order for order, at in sent if at == second) in before

    def test_to_nothing_where_nothing_goes_wrong(self, queue: Played) -> None:
        shown = queue.shown("poison=0 visibility=140")
        assert of(shown["first"], BatchEnded)
        assert shown["dead"] == []

    def test_what_code_that_is_broken_leaves_to_tell(self, queue: Played) -> None:
        """No order reaches the queue: nothing happened, and nothing is to be seen."""
        answers = [e for e in queue.run().trace if isinstance(e, HttpAnswered)]
        assert queue.functions["first_message"](answers)[0] == "received"
        for name in ("first_comes_back", "second_parcel", "good_order_dies"):
            assert queue.functions[name](answers) is None


class TestChecksCanFail:
    """Each check fails for the run as it comes, doctored in one place."""

    def test_a_customer_that_waits_or_gets_an_error(
        self, queue: Played, events: list[TraceEvent]
    ) -> None:
        at = of(events, HttpAnswered)[3]
        name = "check_every_customer_is_answered_at_once"
        for change in ({"duration": 2 * S}, {"status": 500}):
            doctored = [*events[:at], replace(events[at], **change), *events[at + 1 :]]
            assert list(queue.failing(doctored)) == [name]

    def test_a_message_that_vanishes(self, queue: Played, events: list[TraceEvent]) -> None:
        del events[of(events, MessageDeleted)[-1]]
        assert queue.failing(events) == {
            "check_no_message_vanishes": (
                "1 messages were neither deleted nor moved to the dead-letter queue."
            )
        }

    def test_a_message_that_comes_back_early(self, queue: Played, events: list[TraceEvent]) -> None:
        at = of(events, MessageReturned)[0]
        events[at] = replace(events[at], at=29 * S)
        assert queue.failing(events) == {
            "check_a_message_stays_hidden_for_its_visibility_timeout": (
                "A message came back at 29.000 s and was hidden until 30.582 s."
            )
        }

    def test_a_message_that_dies_early(self, queue: Played, events: list[TraceEvent]) -> None:
        moved = events[of(events, MessageMoved)[0]]
        assert isinstance(moved, MessageMoved)
        events = [
            replace(event, receive_count=2)
            if isinstance(event, MessageReceived) and event.message == moved.message
            else event
            for event in events
        ]
        assert queue.failing(events) == {
            "check_dead_letters_were_received_equally_often": (
                "Messages were moved after [2, 3] receives."
            )
        }

    def test_a_batch_that_fails_in_part(self, queue: Played, events: list[TraceEvent]) -> None:
        at = next(n for n in of(events, BatchEnded) if events[n].failed)  # type: ignore[attr-defined]
        ended = events[at]
        assert isinstance(ended, BatchEnded)
        events[at] = replace(ended, failed=ended.failed[:4])
        assert queue.failing(events) == {
            "check_a_batch_fails_as_a_whole_unless_told_otherwise": (
                "4 of 10 messages failed at 38.494 s, and nobody had reported them."
            )
        }


class TestChallenge:
    def test_as_it_comes_three_of_five_do_not_hold(self, queue: Played) -> None:
        assert queue.unmet(queue.run().trace) == {
            "challenge_every_good_order_is_packed": (
                "2 good orders were accepted and never packed: 15, 16."
            ),
            "challenge_no_order_is_packed_twice": (
                "10 orders were packed more than once: 1, 2, 11, 12, 13, …."
            ),
            "challenge_only_broken_orders_are_dead_letters": (
                "5 good orders lie in the dead-letter queue: 12, 13, 14, 15, 16."
            ),
        }

    def test_a_message_for_each_invocation_is_no_way_out(self, queue: Played) -> None:
        assert queue.unmet(queue.run("batch=1").trace) == {
            "challenge_the_worker_takes_batches": "The worker was invoked 33 times; 20 should do."
        }

    def test_a_broken_order_that_is_deleted_as_if_it_had_succeeded(self, queue: Played) -> None:
        """What a worker that reports to a mapping that does not listen brings about."""
        events = [e for e in queue.run("batch=1").trace if not isinstance(e, MessageMoved)]
        said = queue.unmet(events)["challenge_only_broken_orders_are_dead_letters"]
        assert said.startswith("broken-1 was accepted, cannot be packed, and lies in no queue")

    def test_an_order_that_is_late(self, queue: Played, events: list[TraceEvent]) -> None:
        at = of(events, ItemWritten)[0]
        events[at] = replace(events[at], at=601 * S)
        assert queue.unmet(events)["challenge_no_order_is_late"] == (
            "1 orders were packed after more than ten minutes: 1."
        )
