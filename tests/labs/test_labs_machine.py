"""Executions played: what each state is in after how many events, and what went in and out."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from asl_machines import SAGA, played, task
from warmstart.labs.machine import Play, mark, plays
from warmstart.labs.saga import compensations
from warmstart.runtime.asl.drawing import Canvas
from warmstart.runtime.asl.layout import lay_out
from warmstart.runtime.asl.parse import parse
from warmstart.runtime.asl.tasks import Call, TaskError
from warmstart.runtime.trace import StateMachineCreated


class Failing:
    """Takes a tenth of a second, and fails so many times for each state named."""

    def __init__(self, **errors: list[str]) -> None:
        self.errors = errors

    async def __call__(self, call: Call) -> Any:
        await asyncio.sleep(0.1)
        if self.errors.get(call.state):
            raise TaskError(self.errors[call.state].pop(0), "because")
        return {"done": call.state}


def picture(play: Play, count: int) -> list[str]:
    shown = play.at(count)
    canvas = Canvas(lay_out(play.machine))
    marks = {name: mark(state) for name, state in shown.states.items()}
    lines = [canvas.line(y, marks, shown.taken) for y in range(canvas.layout.height)]
    return ["".join(text for text, _ in line).rstrip() for line in lines]


def after(play: Play, kind: str, state: str, nth: int = 1) -> int:
    """Return after how many events a state's nth event of a type has happened."""
    found = [
        count
        for count, event in enumerate(play.events, start=1)
        if event.type == kind and play.state_of(count) == state
    ]
    return found[nth - 1]


@pytest.fixture(scope="module")
def saga() -> Play:
    return played(SAGA, {"id": 7}, tasks=Failing(ShipOrder=["States.Timeout", "CarrierDown"]))


class TestSaga:
    def test_it_is_retried_fails_and_is_rolled_back(self, saga: Play) -> None:
        assert picture(saga, after(saga, "TaskFailed", "ShipOrder")) == [
            "  ✓ ValidateOrder ┄┄┄┄┄┄┄┄╮",
            "▼ ✓ ProcessPayment ┄┄┄┄┄┄┄┴┄▷△ · OrderFailed",
            "▼ ✓ ReserveInventory ┄┄┄┄┄┄┄▷△ · RefundPayment",
            "▼ ↻ ShipOrder ┄┄┄┄┄┄┄┄┄┄┄┄┄┄▷  · ReleaseInventory",
            "▽ · OrderComplete",
        ]
        assert picture(saga, after(saga, "TaskStarted", "ShipOrder", 2))[3] == (
            "▼ █ ShipOrder ↻1 ┄┄┄┄┄┄┄┄┄┄┄▷  · ReleaseInventory"
        )
        assert picture(saga, after(saga, "TaskFailed", "ShipOrder", 2))[3] == (
            "▼ ✗ ShipOrder ↻1 ┄┄┄┄┄┄┄┄┄┄┄▷  · ReleaseInventory"
        )
        assert picture(saga, after(saga, "TaskStateExited", "ReleaseInventory"))[2:4] == [
            "▼ ✓ ReserveInventory ↩ ┄┄┄┄┄▷△ · RefundPayment",
            "▼ ✗ ShipOrder ↻1 ┅┅┅┅┅┅┅┅┅┅┅▶  ↩ ReleaseInventory",
        ]
        assert picture(saga, len(saga)) == [
            "  ✓ ValidateOrder ┄┄┄┄┄┄┄┄╮",
            "▼ ✓ ProcessPayment ↩ ┄┄┄┄┄┴┄▷▲ ✗ OrderFailed",
            "▼ ✓ ReserveInventory ↩ ┄┄┄┄┄▷▲ ↩ RefundPayment",
            "▼ ✗ ShipOrder ↻1 ┅┅┅┅┅┅┅┅┅┅┅▶  ↩ ReleaseInventory",
            "▽ · OrderComplete",
        ]

    def test_stepping_back_shows_what_was(self, saga: Play) -> None:
        there = [saga.at(count) for count in range(len(saga) + 1)]
        assert [saga.at(count) for count in reversed(range(len(saga) + 1))] == there[::-1]
        assert picture(saga, 0)[0] == "  · ValidateOrder ┄┄┄┄┄┄┄┄╮"

    def test_the_data_of_a_state_grows_with_its_events(self, saga: Play) -> None:
        entered = after(saga, "TaskStateEntered", "ShipOrder")
        assert saga.data("ShipOrder", entered - 1) is None
        data = saga.data("ShipOrder", entered)
        assert data is not None
        assert (data.input, data.arguments, data.output) == (
            '{"done":"ReserveInventory"}', None, None,
        )  # fmt: skip
        failed = saga.data("ShipOrder", after(saga, "TaskFailed", "ShipOrder"))
        assert failed is not None
        assert (failed.error, failed.cause) == ("States.Timeout", "because")
        again = saga.data("ShipOrder", after(saga, "TaskScheduled", "ShipOrder", 2))
        assert again is not None
        assert (again.arguments, again.error) == ('{"done":"ReserveInventory"}', None)
        end = saga.data("ShipOrder", len(saga))
        assert end is not None
        assert end.error == "CarrierDown"
        assert '"error":{"Error":"CarrierDown"' in (end.output or "")

    def test_how_it_stands_is_told_in_words(self, saga: Play) -> None:
        assert saga.sentence(after(saga, "TaskFailed", "ShipOrder", 2)) == ""
        released = after(saga, "TaskStateExited", "ReleaseInventory")
        assert saga.sentence(released) == "3 forward, 1 undone"
        assert saga.sentence(len(saga)) == "3 forward, 2 undone, nothing left to undo"
        broken = Failing(ShipOrder=["CarrierDown"], RefundPayment=["BankDown"])
        play = played(SAGA, tasks=broken)
        assert play.sentence(len(play)) == "3 forward, 1 undone, ProcessPayment left as it was"
        assert picture(play, len(play))[1:3] == [
            "▼ ✓ ProcessPayment ┄┄┄┄┄┄┄┴┄▷△ · OrderFailed",
            "▼ ✓ ReserveInventory ↩ ┄┄┄┄┄▷▲ ✗ RefundPayment",
        ]

    def test_failures_and_moments_are_found(self, saga: Play) -> None:
        assert [saga.events[count - 1].type for count in saga.failures] == [
            "TaskFailed", "TaskFailed", "ExecutionFailed",
        ]  # fmt: skip
        assert saga.count(-1) == 0
        assert saga.state_of(saga.count(350_000)) == "ShipOrder"
        assert saga.count(10**9) == len(saga)


class TestCompensations:
    def test_comments_say_it_and_else_the_names(self) -> None:
        machine = parse(json.dumps(SAGA))
        assert compensations(machine) == {
            "ReleaseInventory": "ReserveInventory", "RefundPayment": "ProcessPayment",
        }  # fmt: skip
        said = {**SAGA, "States": dict(SAGA["States"])}  # type: ignore[dict-item]
        said["States"]["RefundPayment"] = task("OrderFailed", Comment="Compensates ValidateOrder.")  # type: ignore[index]
        assert compensations(parse(json.dumps(said))) == {"RefundPayment": "ValidateOrder"}

    def test_who_only_tells_of_a_failure_undoes_nothing(self) -> None:
        machine = {
            "StartAt": "BookHotel",
            "States": {
                "BookHotel": task("RefundAll", catch="NotifyCancelled"),
                "RefundAll": task(),
                "NotifyCancelled": task("CancelHotel"),
                "CancelHotel": task("cancel_flight"),
                "cancel_flight": task(),
            },
        }
        assert compensations(parse(json.dumps(machine))) == {
            "CancelHotel": "BookHotel", "cancel_flight": "",
        }  # fmt: skip


MAP = {
    "StartAt": "Each",
    "States": {
        "Each": {
            "Type": "Map",
            "MaxConcurrency": 2,
            "ItemProcessor": {"StartAt": "Work", "States": {"Work": task()}},
            "End": True,
        },
    },
}


class TestInside:
    def test_a_map_counts_its_iterations(self) -> None:
        play = played(MAP, [1, 2, 3], tasks=Failing())
        assert picture(play, play.count(0)) == ["  █ Each 0/3", "    ╶  █ Work ×2"]
        assert picture(play, play.count(150_000)) == ["  █ Each 2/3", "    ╶  █ Work ×3"]
        assert picture(play, len(play)) == ["  ✓ Each 3/3", "    ╶  ✓ Work ×3"]

    def test_one_that_fails_ends_the_others(self) -> None:
        play = played(MAP, [1, 2, 3], tasks=Failing(Work=["Bad"]))
        failed = play.data("Work", play.failures[0])
        assert failed is not None
        # The second item's visit began later, and it is the first one's that the event is about.
        assert (failed.input, failed.error) == ("1", "Bad")
        assert picture(play, len(play)) == ["  ✗ Each 2/3 ✗1", "    ╶  ✗ Work ×3"]
        assert play.at(len(play)).states["Work"].open == 0

    def test_a_map_that_is_tried_again_counts_anew_and_stepping_back_shows_what_was(self) -> None:
        retry = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1}]
        again = {"StartAt": "Each", "States": {"Each": {**MAP["States"]["Each"], "Retry": retry}}}
        play = played(again, [1, 2], tasks=Failing(Work=["Bad"]))
        assert picture(play, play.count(500_000))[0] == "  █ Each 2/2 ✗1"
        assert picture(play, play.count(1_150_000))[0] == "  █ Each 0/2 ↻1"
        assert picture(play, len(play))[0] == "  ✓ Each 2/2 ↻1"

    def test_a_distributed_map_s_children_are_inside_it(self) -> None:
        """And with them a Map inside those; other executions of a like name are not."""
        inner = {**MAP["States"]["Each"], "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED"},
            "StartAt": "Work", "States": {"Work": task()},
        }}  # fmt: skip
        outer = {**inner, "ToleratedFailureCount": 1, "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED"},
            "StartAt": "In", "States": {"In": inner},
        }}  # fmt: skip
        machine = {"StartAt": "Out", "States": {"Out": outer}}
        play = played(machine, [[1], [2, 3], [4]], tasks=Failing(Work=["Bad"]))
        assert picture(play, len(play)) == [
            "  ✓ Out 3/3 ✗1", "    ╭  ✗ In 1/1 ×3", "    ╰    ╶  ✗ Work ×4",
        ]  # fmt: skip
        text = json.dumps(machine)
        trace = [StateMachineCreated(0, "m", "STANDARD", text), *play.events]
        (found,) = plays(trace)
        assert (found.execution, len(found)) == ("execution", len(play))
        alone = [event for event in play.events if event.execution == "execution-1-0"]
        assert [each.execution for each in plays([trace[0], *alone])] == ["execution-1-0"]

    def test_a_parallel_waits_for_its_slowest_branch(self) -> None:
        def branch(name: str, seconds: int) -> dict[str, Any]:
            wait = {"Type": "Wait", "Seconds": seconds, "End": True}
            return {"StartAt": name, "States": {name: wait}}

        both = {"Type": "Parallel", "Branches": [branch("A", 1), branch("B", 9)], "End": True}
        play = played({"StartAt": "P", "States": {"P": both}})
        assert picture(play, play.count(2_000_000)) == ["  █ P", "    ╶  ✓ A", "    ╶  █ B"]
        assert picture(play, len(play)) == ["  ✓ P", "    ╶  ✓ A", "    ╶  ✓ B"]


def test_a_loop_counts_its_rounds_and_data_is_the_last_round_s() -> None:
    rule = {"Variable": "$.n", "NumericLessThan": 3, "Next": "Add"}
    machine = {
        "StartAt": "Add",
        "States": {
            "Add": {
                "Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, 1)"}, "Next": "Again?",
            },
            "Again?": {"Type": "Choice", "Choices": [rule], "Default": "End"},
            "End": {"Type": "Succeed"},
        },
    }  # fmt: skip
    play = played(machine, {"n": 0})
    assert picture(play, len(play)) == [
        "  ✓ Add ×3 ◀━━━━┓",
        "▼ ✓ Again? ×3 ━━┛",
        "▼ ✓ End",
    ]
    data = play.data("Add", len(play))
    assert data is not None
    assert (data.input, data.output) == ('{"n":2}', '{"n":3}')


def test_a_result_that_cannot_be_taken_was_no_success() -> None:
    """The task's own events say that it went well; that its Catch was taken says it did not."""
    machine = {
        "StartAt": "T",
        "States": {
            "T": task("Good", catch="Bad", ResultSelector={"x.$": "States.MathAdd('a', 1)"}),
            "Good": {"Type": "Succeed"},
            "Bad": {"Type": "Succeed"},
        },
    }
    play = played(machine, {}, tasks=Failing())
    assert picture(play, len(play)) == ["  ✗ T ┅┅┅┅┅┅┅┅▶  ✓ Bad", "▽ · Good"]
