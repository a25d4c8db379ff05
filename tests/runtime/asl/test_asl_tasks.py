"""Tasks: their events, retries, timeouts, tokens; and the service around them."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest

from asl_machines import execute, types
from warmstart.labs.machine import Play
from warmstart.runtime.asl.history import traced
from warmstart.runtime.asl.machine import Execution, Identity, World
from warmstart.runtime.asl.parse import parse
from warmstart.runtime.asl.tasks import Call, TaskError
from warmstart.runtime.clock import VirtualTimeLoop
from warmstart.runtime.invoke import Answer
from warmstart.runtime.model import Model
from warmstart.runtime.services.base import Account, Caller, ServiceError
from warmstart.runtime.services.stepfunctions import StepFunctions
from warmstart.runtime.trace import ExecutionEvent, event_from_json, event_to_json

INVOKE = "arn:aws:states:::lambda:invoke"
CALLER = Caller("client", "root-1")
START = datetime(2026, 1, 5, 9, tzinfo=UTC)


def task(name: str = "T", **fields: Any) -> dict[str, Any]:
    return {
        "StartAt": name,
        "States": {name: {"Type": "Task", "Resource": INVOKE, "End": True, **fields}},
    }


class Flaky:
    """Fails so many times before it gives a result."""

    def __init__(self, failures: int, error: str = "Oops") -> None:
        self.left = failures
        self.error = error
        self.times: list[float] = []

    async def __call__(self, call: Call) -> Any:
        self.times.append(asyncio.get_running_loop().time())
        if self.left:
            self.left -= 1
            raise TaskError(self.error, "broken")
        return {"got": call.arguments}


class TestRetry:
    def test_attempts_come_after_growing_delays_up_to_the_longest(self) -> None:
        flaky = Flaky(4)
        retry = [{"ErrorEquals": ["States.TaskFailed"], "IntervalSeconds": 1, "MaxAttempts": 5,
                  "BackoffRate": 3, "MaxDelaySeconds": 5}]  # fmt: skip
        run = execute(task(Retry=retry), 1, tasks=flaky)
        assert run.status == "SUCCEEDED"
        assert flaky.times == [0, 1, 4, 9, 14]
        assert types(run)[1:5] == ["TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskFailed"]
        assert types(run).count("TaskScheduled") == 5

    def test_full_jitter_draws_each_delay_and_repeats_with_the_seed(self) -> None:
        retry = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 8, "JitterStrategy": "FULL"}]

        def delays(seed: str) -> list[float]:
            flaky = Flaky(3)
            execute(task(Retry=retry), 1, tasks=flaky, seed=seed)
            return flaky.times

        assert delays("1") == delays("1") != delays("2")
        assert 0 < delays("1")[1] < 8

    @pytest.mark.parametrize(
        ("error", "names", "caught"),
        [
            ("Oops", ["States.ALL"], True),
            ("Oops", ["States.TaskFailed"], True),
            ("States.Timeout", ["States.TaskFailed"], False),
            ("States.HeartbeatTimeout", ["States.Timeout"], True),
            ("States.DataLimitExceeded", ["States.ALL"], False),
            ("States.DataLimitExceeded", ["States.DataLimitExceeded"], True),
            ("States.Runtime", ["States.ALL"], False),
            ("Oops", ["Other"], False),
        ],
    )
    def test_what_a_catch_covers(self, error: str, names: list[str], caught: bool) -> None:
        machine = task(Catch=[{"ErrorEquals": names, "Next": "C", "ResultPath": "$.e"}])
        machine["States"]["C"] = {"Type": "Succeed"}
        run = execute(machine, {"a": 1}, tasks=Flaky(9, error))
        assert (run.status == "SUCCEEDED") is caught
        if caught:
            assert run.result == {"a": 1, "e": {"Error": error, "Cause": "broken"}}


class TestTime:
    def test_a_task_is_cut_off_at_its_timeout(self) -> None:
        async def slow(_call: Call) -> Any:
            await asyncio.sleep(100)

        run = execute(task(TimeoutSeconds=7), tasks=slow)
        assert (run.status, run.error, run.ended_at) == ("FAILED", "States.Timeout", 7)
        assert types(run)[-2:] == ["TaskTimedOut", "ExecutionFailed"]

    def test_a_wait_of_a_year_takes_none(self) -> None:
        wait = {"Type": "Wait", "Seconds": 31_536_000, "End": True}
        run = execute({"StartAt": "W", "States": {"W": wait}})
        assert (run.status, run.ended_at) == ("SUCCEEDED", 31_536_000)

    def test_a_machine_times_out_as_a_whole(self) -> None:
        wait = {"Type": "Wait", "Seconds": 60, "End": True}
        run = execute({"TimeoutSeconds": 5, "StartAt": "W", "States": {"W": wait}})
        assert (run.status, run.ended_at) == ("TIMED_OUT", 5)
        assert types(run)[-2:] == ["WaitStateAborted", "ExecutionTimedOut"]


class TestLimits:
    def test_a_result_beyond_256_kib_fails_the_task(self) -> None:
        async def large(_call: Call) -> Any:
            return "x" * 262_144

        run = execute(task(), tasks=large)
        assert (run.status, run.error) == ("FAILED", "States.DataLimitExceeded")

    def test_an_endless_loop_ends_with_its_history(self) -> None:
        run = execute({"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "A"}}})
        assert (run.status, run.error, len(run.history.events)) == (
            "FAILED", "States.Runtime", 25_000,
        )  # fmt: skip


# --- the service -----------------------------------------------------------------------------


async def invoke(function: str, payload: str, _caller: Caller) -> Answer:
    name = function.split(":")[6]
    if name == "broken":
        return Answer("r", 200, '{"errorType":"KeyError","errorMessage":"x"}', "Unhandled")
    return Answer("r", 200, json.dumps({"name": name, "saw": json.loads(payload)}))


def with_service(work: Any, emit: Any = lambda _: None) -> Any:
    async def inside() -> Any:
        account = Account(seed=1, start=START, region="us-east-1", model=Model(), emit=emit)
        service = StepFunctions(account, [], invoke)
        account.add(service)

        async def call(operation: str, **parameters: Any) -> dict[str, Any]:
            return await account.call("stepfunctions", operation, parameters, CALLER)

        return await work(call, account)

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(inside())


async def create(call: Any, definition: Any, name: str = "m", **more: Any) -> str:
    made = await call("CreateStateMachine", name=name, definition=json.dumps(definition), **more)
    return str(made["stateMachineArn"])


class TestService:
    def test_the_trace_carries_every_event(self) -> None:
        traced: list[Any] = []

        async def work(call: Any, account: Account) -> None:
            machine = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
            await call("StartExecution", stateMachineArn=await create(call, machine), name="e")
            await account.work.done()

        with_service(work, traced.append)
        made = traced.pop(0)
        assert (made.machine, made.type) == ("m", "STANDARD")
        assert json.loads(made.definition)["StartAt"] == "P"
        assert event_from_json(event_to_json(made)) == made
        assert [(each.number, each.type, each.root) for each in traced] == [
            (1, "ExecutionStarted", "root-1"), (2, "PassStateEntered", "root-1"),
            (3, "PassStateExited", "root-1"), (4, "ExecutionSucceeded", "root-1"),
        ]  # fmt: skip
        assert traced[1].details["name"] == "P"
        assert all(event_from_json(event_to_json(each)) == each for each in traced)

    def test_a_function_is_invoked_and_its_error_is_named(self) -> None:
        async def work(call: Any, account: Account) -> None:
            parameters = {"FunctionName": "greet", "Payload.$": "$"}
            arn = await create(call, task(Parameters=parameters))
            started = await call("StartExecution", stateMachineArn=arn, input='{"a":1}')
            await account.work.done()
            found = await call("DescribeExecution", executionArn=started["executionArn"])
            assert found["status"] == "SUCCEEDED"
            assert json.loads(found["output"])["Payload"] == {"name": "greet", "saw": {"a": 1}}
            broken = "arn:aws:lambda:us-east-1:123456789012:function:broken"
            arn = await create(call, task(Resource=broken), "other")
            started = await call("StartExecution", stateMachineArn=arn, input="{}")
            await account.work.done()
            history = await call("GetExecutionHistory", executionArn=started["executionArn"])
            assert [event["type"] for event in history["events"]][2:5] == [
                "LambdaFunctionScheduled", "LambdaFunctionStarted", "LambdaFunctionFailed",
            ]  # fmt: skip
            assert history["events"][-1]["executionFailedEventDetails"]["error"] == "KeyError"

        with_service(work)

    def test_a_token_is_answered_and_heartbeats_keep_it_alive(self) -> None:
        async def work(call: Any, account: Account) -> None:
            token: list[str] = []

            async def take(payload: str, _caller: Caller) -> None:
                token.append(json.loads(payload)["token"])

            account.takes("arn:aws:lambda:us-east-1:123456789012:function:f", take)
            parameters = {
                "FunctionName": "f", "InvocationType": "Event",
                "Payload": {"token.$": "$$.Task.Token"},
            }  # fmt: skip
            machine = task(
                Resource=INVOKE + ".waitForTaskToken", Parameters=parameters, HeartbeatSeconds=10
            )
            arn = await create(call, machine)
            started = await call("StartExecution", stateMachineArn=arn)
            for _ in range(3):
                await asyncio.sleep(8)
                await call("SendTaskHeartbeat", taskToken=token[0])
            await call("SendTaskSuccess", taskToken=token[0], output='{"ok":true}')
            await account.work.done()
            found = await call("DescribeExecution", executionArn=started["executionArn"])
            assert (found["status"], found["output"]) == ("SUCCEEDED", '{"ok":true}')
            with pytest.raises(ServiceError, match="TaskTimedOut"):
                await call("SendTaskSuccess", taskToken=token[0], output="1")
            started = await call("StartExecution", stateMachineArn=arn)
            await account.work.done()
            found = await call("DescribeExecution", executionArn=started["executionArn"])
            assert found["error"] == "States.HeartbeatTimeout"

        with_service(work)

    def test_nested_executions_stop_and_redrive(self) -> None:
        async def work(call: Any, account: Account) -> None:
            inner = await create(
                call, {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}, "inner"
            )
            nested = task(
                Resource="arn:aws:states:::states:startExecution.sync:2",
                Parameters={"StateMachineArn": inner, "Input": {"x": 1}},
                OutputPath="$.Output",
            )
            arn = await create(call, nested, "outer")
            started = await call("StartExecution", stateMachineArn=arn)
            await account.work.done()
            found = await call("DescribeExecution", executionArn=started["executionArn"])
            assert json.loads(found["output"]) == {"x": 1}
            waits = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 9, "End": True}}}
            arn = await create(call, waits, "waits")
            started = (await call("StartExecution", stateMachineArn=arn))["executionArn"]
            await asyncio.sleep(1)
            await call("StopExecution", executionArn=started, error="Enough")
            found = await call("DescribeExecution", executionArn=started)
            assert (found["status"], found["error"]) == ("ABORTED", "Enough")
            await call("RedriveExecution", executionArn=started)
            await account.work.done()
            history = await call("GetExecutionHistory", executionArn=started)
            assert [event["type"] for event in history["events"]] == [
                "ExecutionStarted", "WaitStateEntered", "WaitStateAborted", "ExecutionAborted",
                "ExecutionRedriven", "WaitStateExited", "ExecutionSucceeded",
            ]  # fmt: skip

        with_service(work)

    def test_an_express_machine_cannot_wait_for_a_token(self) -> None:
        async def work(call: Any, _account: Account) -> None:
            machine = task(Resource=INVOKE + ".waitForTaskToken")
            with pytest.raises(ServiceError, match="Express state machine does not support"):
                await create(call, machine, type="EXPRESS")

        with_service(work)

    def test_other_resources_are_refused_by_name(self) -> None:
        async def work(call: Any, account: Account) -> None:
            machine = task(Resource="arn:aws:states:::ecs:runTask.sync")
            started = await call("StartExecution", stateMachineArn=await create(call, machine))
            await account.work.done()
            found = await call("DescribeExecution", executionArn=started["executionArn"])
            assert "ecs:runTask.sync is not supported here" in found["cause"]

        with_service(work)


class TestRedrive:
    """Guide: "Restarting state machine executions with redrive", and that of map runs."""

    MACHINE: ClassVar = {
        "StartAt": "Each",
        "States": {
            "Each": {"Type": "Map", "ItemProcessor": task("Item"), "Next": "Both"},
            "Both": {
                "Type": "Parallel",
                "Branches": [task("A"), task("B"), {"StartAt": "W", "States": {
                    "W": {"Type": "Wait", "Seconds": 5, "Next": "C"}, "C": task("C")["States"]["C"],
                }}],
                "Next": "Children",
            },
            "Children": {
                "Type": "Map", "ItemsPath": "$$.Execution.Input", "MaxConcurrency": 2,
                "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED"}, **task("Child")},
                "End": True,
            },
        },
    }  # fmt: skip

    def test_only_what_had_not_succeeded_runs_again(self) -> None:
        all_ = '["all", "all", "all"]'
        broken = ["Item 2", f"B {all_}", "Child 1"]
        worked: list[str] = []
        events: list[ExecutionEvent] = []

        async def tasks(call: Call) -> Any:
            await asyncio.sleep(1)
            named = f"{call.state} {json.dumps(call.arguments)}"
            worked.append(named)
            if named in broken:
                broken.remove(named)
                raise TaskError("Down")
            return call.arguments if call.state != "Item" else "all"

        async def work() -> Execution:
            world = World(
                tasks=tasks, watch=lambda who, event: events.append(traced(event, who, "r"))
            )
            run = Execution(parse(json.dumps(self.MACHINE)), "[1, 2, 3]", Identity(), world)
            await run.run()
            while run.redrivable:
                worked.append("redriven")
                await run.redrive()
            return run

        with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
            run = runner.run(work())
        assert (run.status, run.result, run.redrives) == ("SUCCEEDED", [1, 2, 3], 3)
        assert worked == [
            "Item 1", "Item 2", "Item 3", "redriven",
            "Item 2", f"A {all_}", f"B {all_}", "redriven",
            f"B {all_}", f"C {all_}", "Child 1", "Child 2", "redriven",
            "Child 1", "Child 3",
        ]  # fmt: skip
        third = next(event.number for event in events if event.details.get("redriveCount") == 3)
        assert [
            event.type for event in events if event.number > third and event.execution == "execution"
        ] == ["MapRunRedriven", "MapRunSucceeded", "MapStateSucceeded", "MapStateExited",
              "ExecutionSucceeded"]  # fmt: skip
        child = [event.type for event in events if event.execution == "execution-1-0"]
        assert child[4:] == ["TaskFailed", "ExecutionFailed", "ExecutionRedriven", "TaskScheduled",
                             "TaskStarted", "TaskSucceeded", "TaskStateExited",
                             "ExecutionSucceeded"]  # fmt: skip
        play = Play(run.machine, "execution", events)
        second = play.at(
            next(
                count
                for count, event in enumerate(events, start=1)
                if event.type == "ExecutionRedriven" and event.details["redriveCount"] == 2
            )
        )
        assert {name: state.status.sign for name, state in second.states.items()} == {
            "Each": "✓", "Item": "✓", "Both": "█", "A": "✓", "B": "█", "W": "█", "C": "·",
            "Children": "·", "Child": "·",
        }  # fmt: skip
        end = play.at(len(play)).states
        assert {state.status.sign for state in end.values()} == {"✓"}
        assert [(end[name].ended, end[name].failed) for name in ("Each", "Children")] == [
            (3, 0)
        ] * 2

    def test_what_ends_otherwise_is_entered_again_and_express_children_begin_anew(self) -> None:
        async def tasks(call: Call) -> Any:
            seen.append(call.state)
            if seen.count("Second") == 1 and call.state == "Second":
                raise TaskError("Down")
            return "x"

        seen: list[str] = []
        two = {"StartAt": "First", "States": {
            "First": {**task("First")["States"]["First"], "Next": "Second"},
            "Second": task("Second")["States"]["Second"],
        }}  # fmt: skip
        del two["States"]["First"]["End"]
        mode = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}}
        machine = {"StartAt": "M", "States": {
            "M": {"Type": "Map", "ItemProcessor": {**mode, **two}, "Next": "F"},
            "F": {"Type": "Fail", "Error": "Enough"},
        }}  # fmt: skip

        async def work() -> Execution:
            run = Execution(parse(json.dumps(machine)), "[1]", Identity(), World(tasks=tasks))
            await run.run()
            await run.redrive()
            await run.redrive()
            return run

        with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
            run = runner.run(work())
        assert seen[:4] == ["First", "Second", "First", "Second"]
        assert types(run)[-4:] == [
            "ExecutionFailed", "ExecutionRedriven", "FailStateEntered", "ExecutionFailed",
        ]  # fmt: skip

    def test_what_cannot_be_redriven_is_refused_with_the_reason(self) -> None:
        async def work(call: Any, account: Account) -> None:
            fails = {"StartAt": "F", "States": {"F": {"Type": "Fail"}}}
            arn = await create(call, fails)
            started = (await call("StartExecution", stateMachineArn=arn))["executionArn"]
            await account.work.done()
            found = await call("DescribeExecution", executionArn=started)
            assert found["redriveStatus"] == "REDRIVABLE"
            await call("RedriveExecution", executionArn=started)
            await account.work.done()
            found = await call("DescribeExecution", executionArn=started)
            assert (found["redriveCount"], found["redriveDate"]) == (1, START)
            await asyncio.sleep(14 * 86_400 + 1)
            with pytest.raises(ServiceError, match="Execution redrivable period exceeded"):
                await call("RedriveExecution", executionArn=started)
            arn = await create(call, {"StartAt": "S", "States": {"S": {"Type": "Succeed"}}}, "s")
            started = (await call("StartExecution", stateMachineArn=arn))["executionArn"]
            await account.work.done()
            found = await call("DescribeExecution", executionArn=started)
            assert found["redriveStatusReason"] == "Execution is SUCCEEDED and cannot be redriven"

        with_service(work)
