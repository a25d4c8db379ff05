"""Handlers that start things, block in C, or pull down what runs them: nothing stays behind."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from runtime.conftest import SECOND, Bench, events_of, log_of
from warmstart.errors import RunError
from warmstart.runtime import clock, forks, launch
from warmstart.runtime.forks import Zygote
from warmstart.runtime.launch import Call
from warmstart.runtime.model import Model

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="strays are looked for in /proc")

HANDLER = (
    "import ctypes, json, multiprocessing, os, signal, socket, subprocess, sys, threading, time\n"
)
HANDLER += "def say(**what):\n    frame = json.dumps(what).encode()\n"
HANDLER += "    os.write(3, len(frame).to_bytes(4, 'big') + frame)\n"
HANDLER += "def help_out(pipe):\n    print('helping'); time.sleep(0.001); pipe.send('went on')\n"
HANDLER += "def handler(event, context):\n    "
SLEEP = f"sleep {100_000 + os.getpid()}"
SPAWN = f"subprocess.Popen({SLEEP.split()}, start_new_session=True)"

CASES: dict[str, tuple[str, str]] = {
    # name: what the handler does, and the error that its caller gets ("" for none)
    "forks": ("os.fork() or time.sleep(1000); return 'went on'", ""),
    "spawns": (SPAWN + "; return 'went on'", ""),
    "helps": (
        ("fork = multiprocessing.get_context('fork'); ours, theirs = fork.Pipe()\n"
        "    child = fork.Process(target=help_out, args=(theirs,)); child.start()\n"
        "    said = ours.recv(); child.join(); return said if child.exitcode == 0 else 'no'"), "",
    ),
    "daemonizes": (
        "os.fork() or (os.setsid(), os.fork(), signal.pause()); return 'went on'", "",
    ),
    "ignores": ("signal.signal(15, signal.SIG_IGN)\n    while True: pass", "Sandbox.Timedout"),
    "blocks": ("ctypes.CDLL(None).sleep(1000)", "Sandbox.Timedout"),
    "stops": ("os.kill(os.getpid(), signal.SIGSTOP)", "Sandbox.Timedout"),
    "closes": ("os.close(3); return 'went on'", "Runtime.ExitError"),
    "floods": (
        "s = socket.socket(fileno=3)\n    while True: s.send(b'x' * 65536)", "Runtime.ExitError",
    ),
    "half": (
        "os.write(3, bytes([0, 0, 1, 0]) + b'{'); os._exit(0)", "Runtime.ExitError",
    ),
    "fills": ("open('/tmp/big', 'wb').truncate(600 << 20)", "OSError"),
    "sockets": ("x = [socket.socket() for _ in range(2000)]", "OSError"),
    "pretends": ("say(op='sleep'); time.sleep(1)", "Runtime.ExitError"),
    "answers": ("say(op='return', payload=1)\n    while True: pass", "Runtime.ExitError"),
    "prints": ("say(op='log', lines=[1])\n    while True: pass", "Runtime.ExitError"),
    "nests": (
        "os.write(3, bytes([0, 0, 128, 0]) + b'[' * 32768)\n    while True: pass",
        "Runtime.ExitError",
    ),
    "dieslater": (
        "pid = os.getpid(); os.fork() or (time.sleep(0.1), os.kill(pid, 9)); return 'went on'", "",
    ),
    "groups": ("os.killpg(0, 9)", "Runtime.ExitError"),
}  # fmt: skip


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, str, Path]:
    """All of them in one run, whose processes carry a mark and whose files have a place."""
    mark, place = f"{os.getpid()}-strays", tmp_path_factory.mktemp("scratch")
    bench = Bench(tmp_path_factory.mktemp("strays"))
    for name, (code, _) in CASES.items():
        bench.function(name, HANDLER + code, metadata={"handler_ms": 0})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(launch, "HOST_ARGUMENTS", (mark,))
        patch.setattr(tempfile, "tempdir", str(place))
        calls = [Call(0, name) for name in CASES]
        calls += [Call(60 * SECOND, name) for name in ("forks", "dieslater", "blocks")]
        result = bench.run(calls, model=Model(compute_limit_s=1))
    return result, mark, place


def processes(mark: str) -> list[str]:
    """Return the command lines of the run's processes that live, and of sleeps among them."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(entry.read_bytes().decode().replace("\0", " "))
        except OSError:
            continue
    return [line for line in found if mark in line or line == f"{SLEEP} "]


class TestStrays:
    @pytest.mark.parametrize("name", CASES)
    def test_the_caller_gets_to_know(self, played: Any, name: str) -> None:
        outcome = played[0].outcomes[list(CASES).index(name)]
        told = json.loads(outcome.payload)
        if CASES[name][1]:
            assert told["errorType"] == CASES[name][1]
        else:
            assert told == "went on"

    def test_the_next_call_finds_a_working_environment(self, played: Any) -> None:
        *_, forks, dies, blocks = played[0].outcomes
        assert json.loads(forks.payload) == "went on"
        # Its child may be stopped before it strikes, and strikes when both go on.
        assert dies.payload == '"went on"' or "Runtime.ExitError" in dies.payload
        assert "Sandbox.Timedout" in blocks.payload

    def test_no_process_and_no_file_stays(self, played: Any) -> None:
        _, mark, place = played
        assert processes(mark) == []
        assert list(place.iterdir()) == []

    def test_the_trace_is_whole(self, played: Any) -> None:
        result = played[0]
        assert result.trace[len(result.trace) - 1].kind == "RunEnded"
        created = {event.environment for event in events_of(result, "EnvironmentCreated")}
        ended = {event.environment for event in events_of(result, "EnvironmentShutdown")}
        assert created == ended
        lost = {event.environment for event in events_of(result, "RepeatabilityLost")}
        assert {"forks/1", "spawns/1", "daemonizes/1"} <= lost
        assert "helping" in log_of(result, "helps/1")
        assert any("Killed: it computed" in line for line in log_of(result, "blocks/1"))


class TestWhatRunsThem:
    @pytest.mark.parametrize("where", ["import", "handler"])
    def test_a_zygote_that_dies_ends_the_run_with_a_sentence(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch, where: str
    ) -> None:
        kill = "import os\ndef kill():\n    os.kill(os.getppid(), 9)\n    while True: pass\n"
        code, inside = ("kill()\n", "1") if where == "import" else ("", "kill()")
        bench.function("Kill", f"{kill}{code}def handler(event, context):\n    return {inside}\n")
        mark = f"{os.getpid()}-kill"
        monkeypatch.setattr(launch, "HOST_ARGUMENTS", (mark,))
        with pytest.raises(RunError, match="starts workers died"):
            bench.run([Call(0, "Kill"), Call(SECOND, "Kill")])
        assert processes(mark) == []

    def test_a_daemon_outlives_neither_the_zygote_nor_the_host(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        parent = "open(f'/proc/{os.getppid()}/stat').read().rpartition(')')[2].split()[1]"
        for name, whom in (("zygote", "os.getppid()"), ("host", f"int({parent})")):
            bench.function(
                name,
                f"{HANDLER}{SPAWN}; time.sleep(0.02)\n    os.kill({whom}, 9)\n    while True: pass",
            )  # fmt: skip
            mark = f"{os.getpid()}-{name}"
            monkeypatch.setattr(launch, "HOST_ARGUMENTS", (mark,))
            with pytest.raises(RunError, match="died"):
                bench.run([Call(0, name)])
            assert processes(mark) == []

    def test_a_zygote_that_a_handler_stopped_is_given_up(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(forks, "_BURIAL_S", 0.01)

        async def work() -> None:
            zygote = Zygote()
            process = await zygote.fork()
            assert zygote._started is not None
            os.kill(zygote._started.process.pid, signal.SIGSTOP)
            async with clock.turn(60, process.kill):
                with pytest.raises(RunError, match="starts workers died"):
                    await process.exit_status()
            process.sock.close()
            zygote.close()

        with asyncio.Runner(loop_factory=clock.VirtualTimeLoop) as runner:
            runner.run(work())

    def test_a_snapshot_that_dies_takes_its_environments_along(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bench.function(
            "Snap", HANDLER + "os.kill(os.getppid(), 9)\n    while True: pass",
            SnapStart={"ApplyOn": "PublishedVersions"}, AutoPublishAlias="live",
        )  # fmt: skip
        mark = f"{os.getpid()}-snap"
        monkeypatch.setattr(launch, "HOST_ARGUMENTS", (mark,))
        with pytest.raises(RunError, match="starts workers died"):
            bench.run([Call(0, "Snap:live")])
        assert processes(mark) == []

    @pytest.mark.parametrize("loop", [clock.RealTimeLoop, clock.VirtualTimeLoop])
    def test_from_the_second_on_the_next_is_forked_ahead_and_goes_with_the_zygote(
        self, monkeypatch: pytest.MonkeyPatch, loop: Any
    ) -> None:
        mark = f"{os.getpid()}-ahead"
        monkeypatch.setattr(sys, "argv", ["", mark])  # The zygote takes it along.

        async def work() -> list[int]:
            zygote, counts = Zygote(), []
            for _ in range(3):
                process = await zygote.fork()
                zygote.fork_ahead()
                process.sock.close()
                process.kill()
                async with clock.turn(60, lambda: None):
                    await process.exit_status()  # All that was commanded before is done by then.
                counts.append(len(processes(mark)))
            zygote.close()
            return counts

        with asyncio.Runner(loop_factory=loop) as runner:
            assert runner.run(work()) == [1, 2, 2]
        assert processes(mark) == []

    def test_more_commands_than_a_socket_holds_are_answered_in_their_order(self) -> None:
        async def work() -> None:
            zygote = Zygote()
            made = [await zygote.fork() for _ in range(70)]
            for process in made:
                process.kill()
                process.sock.close()
            async with clock.turn(60, lambda: None):
                assert [await process.exit_status() for process in made] == [-9] * 70
            zygote.close()

        with asyncio.Runner(loop_factory=clock.VirtualTimeLoop) as runner:
            runner.run(work())

    def test_an_async_event_that_needs_too_much_of_this_machine_ends_the_run(
        self, bench: Bench
    ) -> None:
        bench.function(
            "Fan",
            "import boto3\n"
            "client = boto3.client('lambda')\n"
            "def handler(event, context):\n"
            "    for _ in range(3):\n"
            "        client.invoke(FunctionName='Slow', InvocationType='Event')\n",
        )
        bench.function("Slow", HANDLER + "time.sleep(2)")
        with pytest.raises(RunError, match="more than 3 execution environments at once"):
            bench.run([Call(0, "Fan")], model=Model(max_environments=3))
        result = bench.run([Call(0, "Fan")])
        assert len({event.root for event in events_of(result, "InvocationRequested")}) == 1
        assert [e.invocation_type for e in events_of(result, "InvocationRequested")] == [
            "RequestResponse", "Event", "Event", "Event",
        ]  # fmt: skip
