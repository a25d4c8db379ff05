"""Asynchronous invocation, versions and what is initialised ahead, without any process: modelled."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from warmstart.runtime.clock import VirtualTimeLoop
from warmstart.runtime.endpoint.aws import AwsEndpoint
from warmstart.runtime.environments import World
from warmstart.runtime.forks import Zygote
from warmstart.runtime.model import Model
from warmstart.runtime.services.base import Account, Caller, ServiceError
from warmstart.runtime.services.functions import LambdaService
from warmstart.runtime.services.rds import Databases
from warmstart.runtime.services.sqs import Sqs
from warmstart.runtime.specs import (
    Alias,
    AsyncConfig,
    FunctionSpec,
    LoggingConfig,
    Modelled,
    QueueSpec,
    arn,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from warmstart.runtime.trace import TraceEvent

SECOND = 1_000_000
START = datetime(2026, 1, 5, 9, tzinfo=UTC)
CALLER = Caller("client", "root-1")
REGION = "us-east-1"
DEAD = arn(QueueSpec, "dead", REGION)
DONE = arn(QueueSpec, "done", REGION)
FAILS = Modelled((10, 10), error_rate=1.0)
WORKS = Modelled((10, 10))
MODEL = Model(async_ms=0)


def spec(name: str = "fn", **settings: Any) -> FunctionSpec:
    given = {"modelled": WORKS, "timeout": 60, **settings}
    return FunctionSpec(name.title(), name, "", "", Path(), **given)


class Bench:
    """One account with modelled functions and two queues."""

    def __init__(self, *specs: FunctionSpec, model: Model = MODEL) -> None:
        self.events: list[TraceEvent] = []
        self.account = Account(
            seed=1, start=START, region=REGION, model=model, emit=self.events.append
        )
        world = World(
            self.account,
            Zygote(),
            Path(),
            AwsEndpoint(self.account),
            Databases(self.account),
            lambda: 0.0,
        )
        self.account.add(Sqs(self.account, [QueueSpec("Dead", "dead"), QueueSpec("Done", "done")]))
        self.service = LambdaService(world, specs)
        self.account.add(self.service)

    async def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        return await self.account.call("lambda", operation, parameters, CALLER)

    async def invoke(self, name: str = "fn", **parameters: Any) -> dict[str, Any]:
        return await self.call("Invoke", FunctionName=name, **parameters)

    async def received(self, queue: str) -> list[dict[str, Any]]:
        sqs = self.account.services["sqs"].operations
        url = (await sqs["GetQueueUrl"]({"QueueName": queue}, CALLER))["QueueUrl"]
        asked = {
            "QueueUrl": url, "MaxNumberOfMessages": 10, "MessageAttributeNames": ["All"],
        }  # fmt: skip
        got = await sqs["ReceiveMessage"](asked, CALLER)
        return list(got.get("Messages", ()))

    def of(self, *kinds: str) -> list[Any]:
        return [event for event in self.events if event.kind in kinds]


def play(bench: Callable[[], Bench], work: Callable[[Bench], Awaitable[Any]]) -> Bench:
    """Do some work in virtual time, and let what it sets going come to its end."""

    async def all_of_it() -> Bench:
        made = bench()
        await work(made)
        await made.account.work.done()
        made.service.fleet.shut_down()
        await made.account.close()
        return made

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(all_of_it())


async def send_event(bench: Bench) -> None:
    answer = await bench.invoke(InvocationType="Event", Payload=b'{"n": 1}')
    assert answer["StatusCode"] == 202


class TestRetries:
    def test_two_retries_a_minute_and_two_minutes_later(self) -> None:
        bench = play(lambda: Bench(spec(modelled=FAILS)), send_event)
        started = [event.at // SECOND for event in bench.of("InvocationStarted")]
        assert started == [0, 60, 180]
        assert len({event.request for event in bench.of("InvocationStarted")}) == 1
        assert [(e.reason, e.attempts, e.delay // SECOND) for e in bench.of("EventRetried")] == [
            ("error", 1, 60), ("error", 2, 120),
        ]  # fmt: skip
        (dropped,) = bench.of("EventDropped")
        assert (dropped.condition, dropped.attempts) == ("RetriesExhausted", 3)

    @pytest.mark.parametrize("retries", [0, 1])
    def test_fewer_where_so_configured(self, retries: int) -> None:
        config = AsyncConfig(maximum_retry_attempts=retries)
        bench = play(lambda: Bench(spec(modelled=FAILS, invoke_config=config)), send_event)
        assert len(bench.of("InvocationStarted")) == retries + 1

    def test_throttles_are_retried_ever_less_often_until_the_event_is_too_old(self) -> None:
        """Somebody else holds the only environment for an hour."""
        config = AsyncConfig(maximum_event_age=600, on_failure=DONE)
        hog = spec("hog", modelled=Modelled((800_000, 800_000)), timeout=900)
        model = replace(MODEL, account_concurrency=1, min_unreserved_concurrency=0)

        async def work(bench: Bench) -> None:
            await bench.invoke("hog", InvocationType="Event")
            await asyncio.sleep(1)
            await send_event(bench)

        bench = play(lambda: Bench(spec(invoke_config=config), hog, model=model), work)
        delays = [e.delay // SECOND for e in bench.of("EventRetried")]
        assert delays == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300]
        (dropped,) = bench.of("EventDropped")
        assert (dropped.condition, dropped.attempts) == ("EventAgeExceeded", 0)
        assert dropped.at == 601 * SECOND

    def test_no_concurrency_at_all_is_given_up_at_once(self) -> None:
        config = AsyncConfig(on_failure=DONE)
        bench = play(lambda: Bench(spec(reserved_concurrency=0, invoke_config=config)), send_event)
        assert bench.of("InvocationRequested") == []
        (dropped,) = bench.of("EventDropped")
        assert (dropped.condition, dropped.at) == ("ZeroReservedConcurrency", 0)
        assert [event.sent_as for event in bench.of("EventSent")] == ["on-failure"]


class TestWhereEventsEnd:
    def test_a_record_of_what_failed_and_the_event_alone_to_the_dead_letters(self) -> None:
        found: dict[str, Any] = {}
        config = AsyncConfig(on_failure=DONE, on_success=DEAD)

        async def work(bench: Bench) -> None:
            await send_event(bench)
            await bench.account.work.done()
            found["record"] = json.loads((await bench.received("done"))[0]["Body"])
            (found["dead"],) = await bench.received("dead")

        bench = play(
            lambda: Bench(spec(modelled=FAILS, invoke_config=config, dead_letter=DEAD)), work
        )
        (request,) = {event.request for event in bench.of("InvocationEnded")}
        error = bench.of("InvocationEnded")[0].error.to_payload()
        assert found["record"] == {
            "version": "1.0",
            "timestamp": "2026-01-05T09:03:00.580Z",
            "requestContext": {
                "requestId": request,
                "functionArn": arn(FunctionSpec, "fn", REGION) + ":$LATEST",
                "condition": "RetriesExhausted",
                "approximateInvokeCount": 3,
            },
            "requestPayload": {"n": 1},
            "responseContext": {
                "statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled",
            },
            "responsePayload": error,
        }  # fmt: skip
        assert found["dead"]["Body"] == '{"n": 1}'
        attributes = found["dead"]["MessageAttributes"]
        assert {name: value["StringValue"] for name, value in attributes.items()} == {
            "RequestID": request,
            "ErrorCode": "200",
            "ErrorMessage": error["errorMessage"],
        }

    def test_a_record_of_what_went_well(self) -> None:
        found: list[Any] = []
        config = AsyncConfig(on_success=DONE)

        async def work(bench: Bench) -> None:
            await send_event(bench)
            await bench.account.work.done()
            found.extend(await bench.received("done"))

        play(lambda: Bench(spec(invoke_config=config)), work)
        record = json.loads(found[0]["Body"])
        assert record["requestContext"]["condition"] == "Success"
        assert record["requestContext"]["approximateInvokeCount"] == 1
        assert record["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST"}
        assert record["responsePayload"] is None

    def test_a_destination_that_takes_nothing_is_told(self) -> None:
        config = AsyncConfig(on_success=arn(QueueSpec, "nowhere", REGION))
        bench = play(lambda: Bench(spec(invoke_config=config)), send_event)
        (sent,) = bench.of("EventSent")
        assert sent.error_code == "ResourceNotFoundException"

    def test_functions_call_one_another_by_destination(self) -> None:
        config = AsyncConfig(on_success=arn(FunctionSpec, "next", REGION))
        bench = play(lambda: Bench(spec(invoke_config=config), spec("next")), send_event)
        assert [event.function for event in bench.of("InvocationStarted")] == ["fn", "next"]
        assert {event.root for event in bench.of("InvocationRequested")} == {"root-1"}

    def test_one_that_is_its_own_destination_is_stopped_and_ends(self) -> None:
        """What is stopped is sent where failures go, once: from there it comes back again."""
        own = arn(FunctionSpec, "fn", REGION)
        config = AsyncConfig(on_success=own, on_failure=own)
        bench = play(lambda: Bench(spec(invoke_config=config)), send_event)
        assert len(bench.of("InvocationStarted")) == 16
        stopped = bench.of("InvocationRejected")
        assert [event.error_type for event in stopped] == ["RecursiveInvocationException"] * 2
        assert [event.sent_as for event in bench.of("EventSent")] == [
            *["on-success"] * 16, "on-failure",
        ]  # fmt: skip
        assert len(bench.of("EventDropped")) == 2


class TestInvoke:
    def test_what_is_refused(self) -> None:
        async def work(bench: Bench) -> None:
            for parameters, code, status in (
                ({"name": "nobody"}, "ResourceNotFoundException", 404),
                ({"Qualifier": "7"}, "ResourceNotFoundException", 404),
                ({"name": "fn:7", "Qualifier": "8"}, "InvalidParameterValueException", 400),
                ({"Payload": b"no json"}, "InvalidRequestContentException", 400),
                ({"Payload": b'"%s"' % (b"x" * 6_291_455)}, "RequestTooLargeException", 413),
                (
                    {"Payload": b'"%s"' % (b"x" * 1_048_575), "InvocationType": "Event"},
                    "RequestTooLargeException", 413,
                ),
            ):  # fmt: skip
                with pytest.raises(ServiceError) as refused:
                    await bench.invoke(**parameters)
                assert (refused.value.code, refused.value.status) == (code, status)

        play(lambda: Bench(spec()), work)

    def test_a_throttle_is_an_error_of_the_service(self) -> None:
        async def work(bench: Bench) -> None:
            with pytest.raises(ServiceError) as refused:
                await bench.invoke()
            assert (refused.value.code, refused.value.status) == ("TooManyRequestsException", 429)
            assert refused.value.fields["Reason"] == (
                "ReservedFunctionConcurrentInvocationLimitExceeded"
            )

        play(lambda: Bench(spec(reserved_concurrency=0)), work)

    def test_dry_runs_and_the_end_of_the_log(self) -> None:
        import base64

        async def work(bench: Bench) -> None:
            assert (await bench.invoke(InvocationType="DryRun"))["StatusCode"] == 204
            answer = await bench.invoke(LogType="Tail")
            lines = base64.b64decode(answer["LogResult"]).decode().splitlines()
            assert [line.split()[0] for line in lines] == ["START", "END", "REPORT"]
            assert answer["ExecutedVersion"] == "$LATEST"

        bench = play(lambda: Bench(spec()), work)
        assert len(bench.of("InvocationStarted")) == 1


class TestUpdates:
    def test_no_call_meets_an_environment_from_before_not_even_one_that_was_busy(self) -> None:
        async def work(bench: Bench) -> None:
            await bench.invoke()
            busy = asyncio.create_task(bench.invoke())
            await asyncio.sleep(0.001)
            await bench.call("UpdateFunctionConfiguration", FunctionName="fn", MemorySize=512)
            await busy
            await bench.invoke()
            await bench.invoke()

        bench = play(lambda: Bench(spec()), work)
        ended = bench.of("InvocationEnded")
        assert [(end.environment, end.memory_size) for end in ended] == [
            ("fn/1", 128), ("fn/1", 128), ("fn/2", 512), ("fn/2", 512),
        ]  # fmt: skip
        gone = [(end.environment, end.reason) for end in bench.of("EnvironmentShutdown")]
        assert gone == [("fn/1", "updated"), ("fn/2", "run-ended")]


class TestRequestsPerSecond:
    """Each unit of concurrency, whoever's, allows ten synchronous requests a second."""

    QUICK = Modelled((0.01, 0.01))
    OWN = spec("own", modelled=QUICK, reserved_concurrency=1)
    SHARED = spec("shared", modelled=QUICK)
    TINY = replace(MODEL, account_concurrency=3, min_unreserved_concurrency=1)

    @staticmethod
    async def codes(bench: Bench, name: str, count: int, **parameters: Any) -> list[int]:
        """One after the other: no time passes but 10 µs in each."""
        found = []
        for _ in range(count):
            try:
                found.append((await bench.invoke(name, **parameters))["StatusCode"])
            except ServiceError as error:
                found.append(error.status)
        return found

    def test_however_short_they_are(self) -> None:
        async def work(bench: Bench) -> None:
            for name, at_once in (("own", 10), ("shared", 20)):
                await self.codes(bench, name, 1)
                await asyncio.sleep(1)
                assert await self.codes(bench, name, at_once) == [200] * at_once
                assert await self.codes(bench, name, 1) == [429]
                await asyncio.sleep(2.2 / at_once)
                assert await self.codes(bench, name, 3) == [200, 200, 429]

        bench = play(lambda: Bench(self.OWN, self.SHARED, model=self.TINY), work)
        assert {(e.function, e.reason) for e in bench.of("InvocationThrottled")} == {
            ("own", "ReservedFunctionInvocationRateLimitExceeded"),
            ("shared", "FunctionInvocationRateLimitExceeded"),
        }

    def test_events_do_not_count(self) -> None:
        async def work(bench: Bench) -> None:
            assert await self.codes(bench, "own", 40, InvocationType="Event") == [202] * 40
            await asyncio.sleep(60)
            assert await self.codes(bench, "own", 5) == [200] * 5

        bench = play(lambda: Bench(self.OWN, model=self.TINY), work)
        told = {event.reason for event in bench.of("InvocationThrottled")}
        assert told <= {"ReservedFunctionConcurrentInvocationLimitExceeded"}

    def test_what_provisioned_concurrency_may_not_take_goes_on_demand(self) -> None:
        kept = spec(modelled=self.QUICK, aliases=(Alias("live", "1", provisioned_concurrency=1),))

        async def work(bench: Bench) -> None:
            await bench.service.start(at_once=True)
            assert await self.codes(bench, "fn:live", 11) == [200] * 11

        bench = play(lambda: Bench(kept), work)
        assert [event.cold for event in bench.of("InvocationStarted")] == [False] * 10 + [True]


class TestVersions:
    def test_an_alias_sends_a_share_to_another_version(self) -> None:
        async def work(bench: Bench) -> None:
            assert (await bench.call("PublishVersion", FunctionName="fn"))["Version"] == "1"
            assert (await bench.call("PublishVersion", FunctionName="fn"))["Version"] == "1"
            await bench.call("UpdateFunctionConfiguration", FunctionName="fn", MemorySize=512)
            assert (await bench.call("PublishVersion", FunctionName="fn"))["Version"] == "2"
            await bench.call(
                "CreateAlias", FunctionName="fn", Name="live", FunctionVersion="1",
                RoutingConfig={"AdditionalVersionWeights": {"2": 0.25}},
            )  # fmt: skip
            for _ in range(200):
                await bench.invoke(Qualifier="live")

        bench = play(lambda: Bench(spec()), work)
        versions = [event.version for event in bench.of("InvocationRequested")]
        assert 30 <= versions.count("2") <= 70
        assert {(e.version, e.memory_size) for e in bench.of("EnvironmentCreated")} == {
            ("1", 128), ("2", 512),
        }  # fmt: skip

    def test_events_reach_the_alias_and_its_own_settings(self) -> None:
        config = AsyncConfig(maximum_retry_attempts=0)
        published = spec(modelled=FAILS, aliases=(Alias("live", "1"),), invoke_config=config)

        async def work(bench: Bench) -> None:
            await bench.account.deliver(arn(FunctionSpec, "fn", REGION) + ":live", "{}", CALLER)

        bench = play(lambda: Bench(published), work)
        assert [event.version for event in bench.of("InvocationRequested")] == ["1"]


class TestConfiguration:
    def test_levels_are_shown_only_with_json(self) -> None:
        found: list[Any] = []

        async def work(bench: Bench) -> None:
            shown = await bench.call("GetFunctionConfiguration", FunctionName="fn")
            found.append(shown["LoggingConfig"])

        play(lambda: Bench(spec(logging=LoggingConfig("mine"))), work)
        as_json = LoggingConfig("mine", "JSON", system_log_level="WARN")
        play(lambda: Bench(spec(logging=as_json)), work)
        levels = {"ApplicationLogLevel": "INFO", "SystemLogLevel": "WARN"}
        assert found == [
            {"LogFormat": "Text", "LogGroup": "mine"},
            {"LogFormat": "JSON", "LogGroup": "mine", **levels},
        ]


class TestProvisioned:
    ALIAS = (Alias("live", "1", provisioned_concurrency=2),)

    def test_ready_at_the_start_and_what_overflows_is_cold(self) -> None:
        async def work(bench: Bench) -> None:
            await bench.service.start(at_once=True)
            assert asyncio.get_running_loop().time() == 0
            await asyncio.gather(*(bench.invoke("fn:live") for _ in range(3)))
            await bench.invoke("fn:live")

        bench = play(lambda: Bench(spec(aliases=self.ALIAS)), work)
        cold = sorted(event.cold for event in bench.of("InvocationStarted"))
        assert cold == [False, False, False, True]
        assert [e.initialization_type for e in bench.of("EnvironmentCreated")] == [
            "provisioned-concurrency", "provisioned-concurrency", "on-demand",
        ]  # fmt: skip
        inits = [event for event in bench.of("InitEnded") if event.request is None]
        assert [event.at for event in inits] == [0, 0]
        told = [line.text for line in bench.of("LogLine") if line.text.startswith("INIT_REPORT")]
        assert told == [  # Of INIT that a request waits for there is none.
            f"INIT_REPORT Init Duration: {event.duration / 1000:.2f} ms\tPhase: init\tStatus: success"
            for event in inits
        ]
        assert all(300_000 <= event.duration <= 705_000 for event in inits)

    def test_ready_after_a_minute_or_two_where_it_is_asked_for(self) -> None:
        async def work(bench: Bench) -> None:
            await bench.service.start(at_once=False)
            await bench.invoke("fn:live")
            config = await bench.call(
                "GetProvisionedConcurrencyConfig", FunctionName="fn", Qualifier="live"
            )
            assert (config["Status"], config["AvailableProvisionedConcurrentExecutions"]) == (
                "IN_PROGRESS", 0,
            )  # fmt: skip
            await asyncio.sleep(121)
            await bench.invoke("fn:live")

        bench = play(lambda: Bench(spec(aliases=self.ALIAS)), work)
        assert [event.cold for event in bench.of("InvocationStarted")] == [True, False]
        changed = bench.of("ProvisionedConcurrencyChanged")
        assert [(e.status, e.available) for e in changed] == [("IN_PROGRESS", 0), ("READY", 2)]
        assert 60 * SECOND <= changed[1].at <= 121 * SECOND

    def test_it_is_taken_out_of_the_pool(self) -> None:
        model = replace(MODEL, account_concurrency=3, min_unreserved_concurrency=1)

        async def work(bench: Bench) -> None:
            await bench.service.start(at_once=True)
            await bench.invoke("other", InvocationType="Event")
            await asyncio.sleep(0.001)
            with pytest.raises(ServiceError, match="Rate Exceeded"):
                await bench.invoke("other")
            await bench.invoke("fn:live")
            with pytest.raises(ServiceError, match="unreserved concurrency"):
                await bench.call(
                    "PutProvisionedConcurrencyConfig", FunctionName="fn", Qualifier="live",
                    ProvisionedConcurrentExecutions=3,
                )  # fmt: skip

        slow = spec("other", modelled=Modelled((5_000, 5_000)))
        play(lambda: Bench(spec(aliases=self.ALIAS), slow, model=model), work)


class TestSnapStart:
    def test_init_when_published_and_a_restore_for_each_environment(self) -> None:
        published = spec(aliases=(Alias("live", "1"),), snap_start=True)

        async def work(bench: Bench) -> None:
            await bench.service.start(at_once=True)
            await asyncio.gather(*(bench.invoke("fn:live") for _ in range(2)))
            await bench.invoke("fn:live")

        bench = play(lambda: Bench(published), work)
        (taken,) = bench.of("SnapshotTaken")
        assert taken.at == 0
        assert [event.status for event in bench.of("RestoreEnded")] == ["success"] * 2
        assert len(bench.of("InitEnded")) == 1
        reports = [e.text for e in bench.of("LogLine") if e.text.startswith("REPORT")]
        assert ["Restore Duration" in report for report in reports] == [True, True, False]
        assert "Init Duration" not in "".join(reports)
        (ended, *_) = bench.of("InvocationEnded")
        assert ended.restore_billed < ended.restore_duration
        assert ended.init_duration is None

    def test_a_version_is_pending_until_its_snapshot_is_taken(self) -> None:
        """PublishVersion answers at once; who invokes the version too early is refused."""
        found: list[Any] = []

        async def work(bench: Bench) -> None:
            published = await bench.call("PublishVersion", FunctionName="fn")
            found.append((published["State"], published["StateReasonCode"]))
            with pytest.raises(ServiceError, match="in the following state: Pending"):
                await bench.invoke("fn:1")
            await asyncio.sleep(9)
            shown = await bench.call("GetFunctionConfiguration", FunctionName="fn", Qualifier="1")
            found.append((shown["State"], shown["SnapStart"]["OptimizationStatus"]))
            assert (await bench.invoke("fn:1"))["StatusCode"] == 200

        play(lambda: Bench(spec(snap_start=True)), work)
        assert found == [("Pending", "Creating"), ("Active", "On")]


class TestReservedConcurrency:
    def test_it_can_be_put_and_deleted(self) -> None:
        async def work(bench: Bench) -> None:
            await bench.call(
                "PutFunctionConcurrency", FunctionName="fn", ReservedConcurrentExecutions=0
            )
            with pytest.raises(ServiceError, match="Rate Exceeded"):
                await bench.invoke()
            await bench.call("DeleteFunctionConcurrency", FunctionName="fn")
            assert await bench.call("GetFunctionConcurrency", FunctionName="fn") == {}
            await bench.invoke()
            with pytest.raises(ServiceError, match="below its minimum value of"):
                await bench.call(
                    "PutFunctionConcurrency", FunctionName="fn", ReservedConcurrentExecutions=901
                )

        play(lambda: Bench(spec()), work)
