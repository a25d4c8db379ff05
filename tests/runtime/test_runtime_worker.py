"""What a handler sees: time, randomness, surroundings, and the workers themselves."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from runtime.conftest import SECOND, events_of, log_of
from warmstart.runtime.endpoint.aws import AwsEndpoint
from warmstart.runtime.environments import World
from warmstart.runtime.forks import Zygote
from warmstart.runtime.launch import Call
from warmstart.runtime.model import Model, Profile
from warmstart.runtime.services.base import Account
from warmstart.runtime.services.functions import LambdaService
from warmstart.runtime.services.rds import Databases
from warmstart.runtime.template import load
from warmstart.runtime.worker.protocol import BadFrameError, decode, encode, take

if TYPE_CHECKING:
    from pathlib import Path

    from runtime.conftest import Bench
    from warmstart.runtime.trace import TraceEvent

EVERYTHING = """
import asyncio, datetime, logging, os, random, secrets, sys, tempfile, threading, time, uuid
from time import time as bound_before_now

async def gathered():
    await asyncio.gather(asyncio.sleep(1), asyncio.sleep(2))

def clocks():
    return [time.time(), bound_before_now(), time.time_ns() / 1e9, datetime.datetime.now().timestamp(),
            datetime.datetime.now(datetime.timezone.utc).timestamp()]

def took(work):
    started = time.monotonic(), time.perf_counter(), time.time()
    work()
    ended = time.monotonic(), time.perf_counter(), time.time()
    return [round(e - s, 3) for s, e in zip(started, ended)]

def spin():
    until = time.monotonic() + 0.25
    while time.monotonic() < until:
        pass

def handler(event, context):
    if event.get("thread"):
        found = []
        thread = threading.Thread(target=lambda: (time.sleep(0.01), found.append(1)))
        thread.start(); thread.join()
        return found
    print("printed")
    os.write(sys.stdout.fileno(), b"below\\n")
    logging.warning("logged\\ntwice")
    sys.stderr.write("unfinished")
    sleeping = took(lambda: time.sleep(2))
    return {
        "clocks": clocks(),
        "shown": [time.ctime(), time.asctime(), time.ctime(0), time.asctime(time.gmtime(0))],
        "is_datetime": isinstance(datetime.datetime.now(), datetime.datetime),
        "sleeping": sleeping,
        "asyncio": took(lambda: asyncio.run(gathered())),
        "spinning": took(spin)[0],
        "random": [random.random(), random.Random().random(), random.SystemRandom().random(),
                   os.urandom(4).hex(), secrets.token_hex(4), str(uuid.uuid4()), str(uuid.uuid1())],
        "object": repr(object()),
        "set": list({"a", "b", "c", "d"}),
        "environment": sorted(os.environ),
        "mode": os.environ["MODE"],
        "cwd": os.getcwd(),
        "tmp": tempfile.gettempdir(),
        "temporary": tempfile.mkstemp()[1],
        "remaining": context.get_remaining_time_in_millis(),
        "context": {name: value for name, value in vars(context).items() if name[0] != "_" and name != "identity"},
        "descriptors": sorted(int(name) for name in os.listdir("/proc/self/fd"))[:-1]
                       if sys.platform == "linux" else [0, 1, 2, 3],
    }
"""


@pytest.fixture
def played(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    bench.function("See", EVERYTHING, Timeout=60, Environment={"Variables": {"MODE": "test"}})
    return bench.run([Call(0, "See"), Call(100 * SECOND, "See")])


class TestWhatAHandlerSees:
    def test_everything_a_handler_can_ask(self, played: Any) -> None:
        """One run, many questions: a run costs more than they do."""
        (first, second) = (json.loads(outcome.payload) for outcome in played.outcomes)
        (started, _) = events_of(played, "InvocationStarted")

        # Every clock tells the run's time, and the same one.
        start = datetime(2026, 1, 5, 9, tzinfo=UTC).timestamp()
        (ended, _) = events_of(played, "InvocationEnded")
        for clock in first["clocks"]:
            assert start + started.at / SECOND + 2 < clock < start + ended.at / SECOND
        assert max(first["clocks"]) - min(first["clocks"]) < 0.001
        assert first["is_datetime"]
        *now, then, and_then = first["shown"]
        assert {text[:15] + text[-4:] for text in now} == {"Mon Jan  5 09:02026"}
        assert then == and_then == "Thu Jan  1 00:00:00 1970"

        # Sleeping and spinning take virtual time, and no other.
        assert first["sleeping"] == [2.0, 2.0, 2.0]
        assert first["asyncio"] == pytest.approx([2.0, 2.0, 2.0], abs=0.01)
        assert first["spinning"] == pytest.approx(0.25, abs=0.01)
        assert ended.duration == pytest.approx(4_260_000, abs=20_000)
        assert first["remaining"] == pytest.approx(60_000 - 4_260, abs=20)

        # Randomness differs from draw to draw, and is not this machine's.
        assert len(set(first["random"])) == len(first["random"])
        assert not set(first["random"]) & set(second["random"])

        # The surroundings are the function's own.
        assert (first["mode"], first["cwd"], first["tmp"]) == ("test", "/var/task", "/tmp")
        assert first["temporary"].startswith("/tmp/")
        assert first["environment"] == sorted(
            [
                "AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION", "AWS_DISABLE_HOST_PREFIX_INJECTION",
                "AWS_ENDPOINT_URL", "AWS_EXECUTION_ENV",
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
                "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION",
                "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME",
                "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_REGION",
                "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_XRAY_CONTEXT_MISSING",
                "AWS_XRAY_DAEMON_ADDRESS", "HOME", "LAMBDA_RUNTIME_DIR", "LAMBDA_TASK_ROOT", "LANG",
                "LD_LIBRARY_PATH", "MODE", "PATH", "PYTHONPATH", "TMPDIR", "TZ", "_HANDLER",
                "_X_AMZN_TRACE_ID",
            ]
        )  # fmt: skip
        assert len(first["descriptors"]) <= 6
        context = first["context"]
        assert context["aws_request_id"] == started.request
        assert context["function_name"] == "See"
        assert context["memory_limit_in_mb"] == "1769"
        assert context["invoked_function_arn"].endswith(":function:See")

    def test_what_it_prints_is_its_log_line_by_line(self, played: Any) -> None:
        log = log_of(played, "See/1")
        start = next(index for index, line in enumerate(log) if line.startswith("START"))
        request = log[start].split()[2]
        assert log[start + 1] == "printed"
        assert log[start + 2].startswith("[WARNING]\t2026-01-05T09:00:00.")
        assert log[start + 2].endswith(f"Z\t{request}\tlogged")
        assert log[start + 3] == "twice"
        assert set(log[start + 4 : start + 6]) == {"unfinished", "below"}
        assert log[start + 6] == f"END RequestId: {request}"

    def test_a_thread_voids_repeatability_and_the_trace_says_so(self, bench: Bench) -> None:
        bench.function("See", EVERYTHING)
        call = '{"thread": 1}'
        result = bench.run([Call(0, "See", call), Call(9 * SECOND, "See", call)])
        assert [outcome.payload for outcome in result.outcomes] == ["[1]", "[1]"]
        (lost,) = events_of(result, "RepeatabilityLost")
        assert lost.environment == "See/1"


class TestFrames:
    def test_round_trip(self) -> None:
        message = {"op": "log", "lines": ["\udc80", "ü"]}
        data = bytearray(encode(message) * 2 + encode(message)[:-1])
        assert list(take(data)) == [message, message]
        assert len(data) == len(encode(message)) - 1

    @pytest.mark.parametrize("body", [b"nonsense", b"[]", b"{}", b"\xff\xfe", b"[" * 50_000])
    def test_what_is_no_message(self, body: bytes) -> None:
        with pytest.raises(BadFrameError):
            decode(body)

    def test_a_frame_too_long(self) -> None:
        with pytest.raises(BadFrameError):
            list(take(bytearray(b"\xff\xff\xff\xff")))


class TestRealTime:
    def test_the_same_code_runs_on_asyncios_own_loop(self, bench: Bench, tmp_path: Path) -> None:
        bench.function(
            "Now",
            "import time\n"
            "def handler(event, context):\n"
            "    time.sleep(0.05)\n"
            "    if event.get('long'): time.sleep(9)\n"
            "    return time.time()\n",
            Timeout=1,
        )
        application = load(bench.template)
        events: list[TraceEvent] = []
        model = Model(profiles={"python": Profile(1, 2, 38)}, package_ms_per_mb=0, handler_ms=1)
        started = datetime.now(UTC)

        async def work() -> list[Any]:
            account = Account(
                seed=1, start=started, region="us-east-1", model=model, emit=events.append
            )
            watch = asyncio.get_running_loop().time
            endpoint = AwsEndpoint(account)
            await endpoint.server.start()
            world = World(
                account, Zygote(), tmp_path, endpoint, Databases(account), stopwatch=watch
            )
            try:
                service = LambdaService(world, application.functions.values())
                functions = service.invoker
                answers = await asyncio.gather(
                    functions.invoke("Now", "{}", source="test"),
                    functions.invoke("Now", '{"long": 1}', source="test"),
                    functions.invoke("Nobody", "{}", source="test"),
                )
                service.fleet.shut_down()
            finally:
                world.zygote.close()
                await endpoint.server.close()
            return list(answers)

        with asyncio.Runner() as runner:
            quick, late, nobody = runner.run(work())
        assert abs(float(quick.payload) - datetime.now(UTC).timestamp()) < 30
        assert (nobody.status_code, "Function not found: arn:aws" in nobody.payload) == (404, True)
        assert "Task timed out after 1.00 seconds" in late.payload
        durations = sorted(event.duration for event in events if event.kind == "InvocationEnded")
        assert durations[0] >= 50_000
        assert durations[1] >= 1_000_000
