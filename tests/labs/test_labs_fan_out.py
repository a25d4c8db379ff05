"""The lab on fan-out, carried out for real: what a chain, a topic and an outage do to eight orders."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.labs.played import Played
from warmstart.runtime.trace import (
    EventDelivered,
    EventDropped,
    EventRetried,
    HttpAnswered,
    InvocationEnded,
    InvocationRequested,
    InvocationStarted,
    ItemWritten,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from warmstart.runtime.trace import TraceEvent

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="handlers run in forked processes")

S = 1_000_000
CHAIN = "down=nobody"
TOPIC = "wiring=topic down=nobody"
LOST = "wiring=topic down=mail"


@pytest.fixture(scope="module")
def fan_out() -> Played:
    return Played("fan-out")


def doctored(
    played: Played, setting: str, wanted: Callable[[Any], bool], **change: Any
) -> list[TraceEvent]:
    """The run of a setting with the first event that is wanted changed; without changes, left out."""
    events = list(played.run(setting).trace)
    at = next(index for index, event in enumerate(events) if wanted(event))
    events[at : at + 1] = [replace(events[at], **change)] if change else []
    return events


class TestNarrative:
    def test_the_table(self, fan_out: Played) -> None:
        """Every row is what its setting gives, whatever the knobs, and all checks hold there."""
        assert len(fan_out.table) == 4
        for setting, cells in fan_out.table.items():
            run = fan_out.run(setting)
            assert fan_out.failing(run.trace) == {}, setting
            first, second = fan_out.functions["answers"](run.trace)[:2]
            done = [what for _, what in fan_out.functions["work"](run.trace)]
            assert cells == [
                f"{first.duration / 1_000:,.0f} ms",
                f"{second.duration / 1_000:,.0f} ms",
                str(fan_out.functions["customers_with_an_error"](run.trace)),
                *(str(done.count(what)) for what in ("mail", "stock", "analytics")),
                f"{run.figures.billed_ms:,} ms",
            ], setting
            for time in cells[:2]:
                assert time in fan_out.text.partition("| Run |")[0]

    def test_run_1(self, fan_out: Played) -> None:
        truths = {o.prediction.name: o.truth for o in fan_out.run().outcomes}
        assert truths == {
            "first": 3_324.629,
            "ends": ("analytics", "stock", "mail", "checkout"),
            "errors": 4,
            "mailbox": "confirmation",
        }

    def test_who_pays_for_waiting(self, fan_out: Played) -> None:
        run = fan_out.run(CHAIN)
        checkout = sum(
            event.billed // 1_000
            for event in run.trace
            if isinstance(event, InvocationEnded) and event.function == "Checkout"
        )
        assert f"billed for {checkout:,} ms" in fan_out.text
        assert f"{8 * (800 + 200 + 400):,} ms of work" in fan_out.text

    def test_delivered_and_gone(self, fan_out: Played) -> None:
        """Order 5: SNS delivers once, Lambda tries three times within three minutes, then drops."""
        trace = fan_out.run(LOST).trace
        order = fan_out.functions["answers"](trace)[4]
        mine = [event for event in trace if getattr(event, "root", None) == order.root]
        mail = [e for e in mine if isinstance(e, EventDelivered) and e.to.endswith(":Mail")]
        assert [event.attempt for event in mail] == [1]
        (dropped,) = (event for event in mine if isinstance(event, EventDropped))
        attempts = [
            event.at // S
            for event in trace
            if isinstance(event, InvocationStarted) and event.request == dropped.request
        ]
        assert attempts == [40, 100, 220]
        assert (dropped.attempts, dropped.at // S) == (3, 220)
        assert "Then Lambda gives up, at 3 min 40 s." in fan_out.text

    def test_analytics_gets_what_it_wants(self, fan_out: Played) -> None:
        """Two of eight orders; the other six are filtered out, and Analytics is not invoked."""
        done = fan_out.functions["work"](fan_out.run(f"{TOPIC} interest=large").trace)
        assert [order for order, what in done if what == "analytics"] == ["3", "6"]
        assert fan_out.failing(fan_out.run(f"{TOPIC} interest=large").trace) == {}


class TestJumps:
    def test_to_what_was_predicted(self, fan_out: Played) -> None:
        """An answer, the last end, the first error and the mail that was sent all the same."""
        shown = fan_out.shown()
        (error,) = (e for e in shown["errors"] if isinstance(e, HttpAnswered))
        first, *_, fifth = fan_out.functions["answers"](fan_out.run().trace)[:5]
        assert (error, first in shown["first"]) == (fifth, True)
        ended = {e.function for e in shown["ends"] if isinstance(e, InvocationEnded)}
        assert "Checkout" in ended
        (mail,) = (e for e in shown["mailbox"] if isinstance(e, ItemWritten))
        assert mail.key == '{"order": "5", "what": "mail"}'
        assert fan_out.shown(TOPIC)["errors"] == fan_out.shown(TOPIC)["mailbox"] == []


class TestChecksCanFail:
    """Each check fails for a real run that is doctored in one place."""

    def test_a_customer_left_waiting(self, fan_out: Played) -> None:
        events = doctored(fan_out, CHAIN, lambda e: isinstance(e, HttpAnswered), duration=31 * S)
        assert list(fan_out.failing(events)) == ["check_every_customer_has_an_answer"]

    def test_a_caller_that_does_not_wait(self, fan_out: Played) -> None:
        events = doctored(
            fan_out,
            CHAIN,
            lambda e: isinstance(e, InvocationEnded) and e.function == "Analytics",
            at=4 * S,
        )
        assert fan_out.failing(events) == {
            "check_a_caller_outlives_what_it_calls": (
                "Analytics ended at 4.000 s, and who waited for it 0.675 s before."
            )
        }

    def test_a_subscription_without_its_copy(self, fan_out: Played) -> None:
        events = doctored(fan_out, TOPIC, lambda e: isinstance(e, EventDelivered))
        (said,) = fan_out.failing(events).values()
        assert said.endswith("reached 2 subscriptions of 3.")

    def test_an_event_given_up_early(self, fan_out: Played) -> None:
        events = doctored(fan_out, LOST, lambda e: isinstance(e, EventRetried))
        assert list(fan_out.failing(events)) == ["check_lambda_tries_an_event_three_times"]


class TestChallenge:
    """Neither wiring that comes with the lab meets it; each check has something to tell."""

    def test_the_chain(self, fan_out: Played) -> None:
        assert fan_out.unmet(fan_out.run().trace) == {
            "challenge_every_customer_has_an_answer_at_once": "4 of 8 customers got an error.",
            "challenge_the_others_do_not_notice": (
                "After five seconds analytics had done nothing for 4 orders: 5, 6, 7, 8."
            ),
        }
        assert fan_out.unmet(fan_out.run(CHAIN).trace) == {
            "challenge_every_customer_has_an_answer_at_once": (
                "A customer waited 3.325 s; wanted: a second at most."
            )
        }

    def test_the_topic_alone(self, fan_out: Played) -> None:
        assert fan_out.unmet(fan_out.run(LOST).trace) == {
            "challenge_every_mail_is_sent": (
                "The mail of 4 orders was never sent: 5, 6, 7, 8. "
                "Lambda gave up 4 of them after three attempts."
            )
        }
        assert fan_out.unmet(fan_out.run(TOPIC).trace) == {}

    def test_work_done_twice(self, fan_out: Played) -> None:
        events = list(fan_out.run(TOPIC).trace)
        events.append(next(event for event in events if isinstance(event, ItemWritten)))
        (said,) = fan_out.unmet(events).values()
        assert said == "Done more than once: stock of 1."

    def test_no_call_is_made_that_is_not_in_the_picture(self, fan_out: Played) -> None:
        """In the chain each function is called once an order; in the topic nobody calls anybody."""
        for setting, callers in ((CHAIN, {"Checkout/1", "Mail/1", "Stock/1"}), (TOPIC, set())):
            sources = {
                event.source
                for event in fan_out.run(setting).trace
                if isinstance(event, InvocationRequested) and "/" in event.source
            }
            assert sources == callers
