"""An executable inside an environment that speaks the Lambda Runtime API (``provided.al2023``).

It is ``bootstrap``, in the function's folder or a layer's, and runs in real time: while it
computes, virtual time stands still, and its clocks and random numbers are the machine's. What it
prints is the log.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from warmstart.runtime import clock
from warmstart.runtime.channel import received
from warmstart.runtime.process import WorkerExitedError
from warmstart.runtime.runtime_api import RuntimeApi, Said, error_payload
from warmstart.runtime.worker import levels, protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from warmstart.runtime.forks import Process
    from warmstart.runtime.process import Listener, Snapshots
    from warmstart.runtime.services.base import Account
    from warmstart.runtime.worker.protocol import Job

_LAYERS: Final = "/opt"
_LINE: Final = 65_536
"""Bytes of a line without an end that are kept."""


class Program:
    """One such process, as long as it lives."""

    def __init__(self, process: Process, account: Account) -> None:
        self._account = account
        self._process = process
        self._process.started_others = True
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._socket = process.sock
        self._socket.setblocking(False)  # noqa: FBT003 - the standard library's signature
        self._api = RuntimeApi()
        self._turn: clock.Turn | None = None
        self._listener: Listener | None = None
        self._output = b""
        self._printed = 0
        self._least = ""
        self._killed = ""

    async def init(self, job: Job | dict[str, Any], listener: Listener) -> dict[str, Any]:
        """Start the executable, and wait until it asks for its first invocation.

        Raises:
            WorkerExitedError: it ended instead.
        """
        found = _bootstrap(job)
        if found is None:
            kind = "Runtime.InvalidEntrypoint"
            text = "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"
            return _failed({"errorType": kind, "errorMessage": text})
        self._least = job["log_level"]
        environment = {**job["environment"], "AWS_LAMBDA_RUNTIME_API": await self._api.start()}
        message = {"op": "init", **job, "environment": environment, "program": found}
        loop = asyncio.get_running_loop()
        async with self._computing(listener):
            frame = protocol.encode({**message, "now": clock.now_us()})
            await loop.sock_sendall(self._socket, frame)
            loop.add_reader(self._socket.fileno(), self._read)
            said = await self._hear()
        if said.op == "init/error":
            return _failed(error_payload(said, ""))
        return {"op": "ready", "peak_kb": self._peak_kb(), "missing": []}

    async def snapshot(self, listener: Listener) -> tuple[dict[str, Any], Snapshots | None]:
        """Fail: SnapStart is for managed runtimes."""
        del listener
        kind, message = "Runtime.SnapStartNotSupported", "SnapStart wants a managed runtime."
        return _failed({"errorType": kind, "errorMessage": message}), None

    async def restore(self, message: dict[str, Any], listener: Listener) -> dict[str, Any]:
        """Fail: nothing can be restored."""
        del message
        reply, _ = await self.snapshot(listener)
        return reply

    async def invoke(self, message: dict[str, Any], listener: Listener) -> dict[str, Any]:
        """Hand it the event, and wait for its answer and for its next question.

        Raises:
            WorkerExitedError: it ended instead.
        """
        request = message["request"]
        headers = {
            "Lambda-Runtime-Aws-Request-Id": request,
            "Lambda-Runtime-Deadline-Ms": str(self._deadline_ms(message["deadline"])),
            "Lambda-Runtime-Invoked-Function-Arn": message["arn"],
            "Lambda-Runtime-Trace-Id": message["trace"],
        }
        if message["client_context"]:
            headers["Lambda-Runtime-Client-Context"] = message["client_context"]
        self._printed = 0
        async with self._computing(listener):
            self._api.hand(request, message["event"], headers)
            said = await self._hear()
            if said.op != "next":  # It is done when it asks for the next one.
                await self._hear()
        self._finish_line()
        peak = self._peak_kb()
        if said.op == "error":
            return {**_failed(error_payload(said, request)), "peak_kb": peak}
        payload = said.body.decode(errors="replace") if said.op == "response" else "null"
        return {
            "op": "return", "payload": payload if len(payload) <= protocol.MAX_PAYLOAD else "",
            "bytes": len(said.body), "peak_kb": peak, "missing": [],
        }  # fmt: skip

    @contextlib.asynccontextmanager
    async def waiting(self) -> AsyncIterator[None]:
        """Within it the process waits for an answer of ours, and computes nothing."""
        if self._turn is None:
            yield
        else:
            async with self._turn.waiting():
                yield

    def freeze(self) -> None:
        """Stop the process and its children."""
        self._process.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._process.signal(signal.SIGCONT)

    def kill(self) -> None:
        """End the process and its children."""
        self._process.kill()
        self._close()

    @contextlib.asynccontextmanager
    async def _computing(self, listener: Listener) -> AsyncIterator[None]:
        """Within it, it computes; in virtual time not for longer than the model allows."""
        self._listener = listener
        virtual = clock.is_virtual()
        limit = self._account.model.compute_limit_s if virtual else 1e6
        async with clock.turn(limit, self._end_computing) as turn:
            self._turn = turn
            try:
                yield
            finally:
                self._turn = None

    async def _hear(self) -> Said:
        """Wait for what it says, or for its end."""
        said = asyncio.ensure_future(self._api.said())
        try:
            both: list[asyncio.Future[Any]] = [said, self._ended]
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            if said.done():
                return said.result()
        finally:
            said.cancel()
        killed = self._killed
        status = await self._process.exit_status()
        self._finish_line()
        self._close()
        raise WorkerExitedError(status, killed=killed, out_of_memory=False)

    def _deadline_ms(self, deadline: int) -> int:
        """Return the deadline on the clock that the executable sees: the machine's."""
        return round(time.time() * 1_000 + (deadline - clock.now_us()) / 1_000)

    def _read(self) -> None:
        """Read what it prints."""
        data = received(self._socket)
        if data is None:
            return
        if not data:
            if self._socket.fileno() >= 0:
                asyncio.get_running_loop().remove_reader(self._socket.fileno())
            if not self._ended.done():
                self._ended.set_result(None)
            return
        *lines, self._output = (self._output + data).split(b"\n")
        self._tell(lines)
        self._output = self._output[-_LINE:]

    def _finish_line(self) -> None:
        if self._output:
            self._tell([self._output])
            self._output = b""

    def _tell(self, printed: list[bytes]) -> None:
        model, least = self._account.model, self._least
        lines = [line.decode(errors="replace") for line in printed]
        if least:
            lines = [line for line in lines if levels.passes(levels.of_line(line), least)]
        left = model.log_lines - self._printed
        self._printed += len(lines)
        if left <= 0 or self._listener is None:
            return
        texts = [line[: model.log_line_chars] for line in lines[:left]]
        if len(lines) > left:
            texts.append(f"[warmstart] Cut here: more than {model.log_lines} lines of output.")
        self._listener.log(texts)

    def _peak_kb(self) -> int:
        """Return the most memory the executable ever had, in kB; 0 where nobody tells."""
        leader = self._process.pid
        try:
            children = Path(f"/proc/{leader}/task/{leader}/children").read_text(encoding="ascii")
            status = Path(f"/proc/{int(children.split()[0])}/status").read_text(encoding="ascii")
        except (OSError, IndexError):
            return 0
        found = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
        return int(found[0]) if found else 0

    def _end_computing(self) -> None:
        limit = f"{self._account.model.compute_limit_s:g}"
        self._killed = f"Killed: it computed for more than {limit} s of real time."
        self._process.signal(signal.SIGKILL)

    def _close(self) -> None:
        if self._socket.fileno() >= 0:
            asyncio.get_running_loop().remove_reader(self._socket.fileno())
            self._socket.close()
            self._api.end()


def _bootstrap(job: Any) -> str | None:
    for folder in (job["code"], *job["layers"]):
        path = Path(folder, "bootstrap")
        if os.access(path, os.X_OK):
            return str(path)
    return None


def _failed(error: dict[str, Any]) -> dict[str, Any]:
    return {"op": "error", "error": error, "peak_kb": 0}
