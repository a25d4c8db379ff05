"""Start a run in a process of its own, and get its trace back.

The app must stay responsive while handlers compute, and a handler must not be able to take the app
down; so the runtime runs in ``python -m warmstart.runtime.host``, which gets the job on standard
input and sends the trace, line by line, on standard output. Closing its standard input cancels it.
Whatever happens, no process of the run is left when ``run`` returns.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any, Self

from warmstart.errors import RunError, WarmstartError
from warmstart.runtime import calls as made
from warmstart.runtime.calls import AnyCall, ApiCall, Call, HttpCall
from warmstart.runtime.model import Model
from warmstart.runtime.trace import Trace, event_from_json, header_from_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from warmstart.runtime.trace import Header, TraceEvent

__all__ = [
    "EPOCH",
    "AnyCall",
    "ApiCall",
    "Call",
    "HttpCall",
    "Outcome",
    "RunResult",
    "Serving",
    "Sidecar",
    "run",
    "serve",
]

EPOCH = "2026-01-05T09:00:00Z"
"""The virtual wall clock at a run's start, unless told otherwise: a Monday morning."""

HOST = "warmstart.runtime.host"
HOST_ARGUMENTS: tuple[str, ...] = ()
"""Ignored by the host, and passed on to its zygote: a mark by which a test finds them again."""

_POLL_S = 0.05
_CANCEL_GRACE_S = 10.0
_CLEANUP_S = 5.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one call: for an invocation, what the Invoke API would answer."""

    call: int
    """The call's index in the list given to ``run``."""
    request: str
    """An invocation's request id: ``trace.of(request)`` tells its story. Of an operation the root
    of what it led to; of an HTTP request nothing."""
    status_code: int
    """HTTP's. 200 also for errors in the function; 429, 413, 404, 400 when Lambda itself
    refuses."""
    payload: str
    """The JSON text returned by the handler or the operation, or the error's; the body of what an
    API answered."""
    function_error: str | None = None
    """``Unhandled`` when the function failed (the ``X-Amz-Function-Error`` header)."""


@dataclass(frozen=True, slots=True)
class Sidecar:
    """What was measured, and so differs from run to run; nothing is computed from it."""

    python: str = ""
    """The interpreter that ran the handlers."""
    seconds: float = 0.0
    """Real time the run took."""
    invocations: dict[str, dict[str, float]] = field(default_factory=dict)
    """By request: ``seconds`` of real time, ``peak_mb`` of real memory."""


@dataclass(frozen=True, slots=True)
class RunResult:
    """A finished (or cancelled: see the trace's last event) run."""

    trace: Trace
    outcomes: tuple[Outcome, ...]
    """In the order of the calls; calls that a cancelled or cut run never answered are missing."""
    sidecar: Sidecar
    warnings: tuple[str, ...] = ()
    """What of the template was let pass, being read leniently."""


@dataclass(frozen=True, slots=True)
class Serving:
    """Where an application that is served can be reached, and as whom."""

    endpoint: str
    """The URL of AWS's APIs."""
    access_key: str
    secret: str
    region: str
    apis: dict[str, str]
    """The URLs of its APIs, by name; a REST API's ends with its stage."""
    warnings: tuple[str, ...] = ()
    """What of the template was let pass, being read leniently."""

    def exports(self) -> list[str]:
        """Return the lines that let boto3 and the AWS CLI of a shell talk to it."""
        values = {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret,
            "AWS_DEFAULT_REGION": self.region,
        }
        return [f"export {name}={value}" for name, value in values.items()]


def run(
    template: Path,
    calls: Sequence[AnyCall],
    *,
    seed: int,
    overrides: Mapping[str, Any] | None = None,
    until: int | None = None,
    model: Model | None = None,
    epoch: str = EPOCH,
    real: bool = False,
    lenient: bool = False,
    on_event: Callable[[TraceEvent], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> RunResult:
    """Run an application against ``calls`` and return what happened.

    Args:
        template: the SAM template; see ``template.py`` for the subset.
        calls: who calls what, when.
        seed: decides everything random: same seed and inputs, same trace, byte for byte.
        overrides: knobs, ``{"Greet.MemorySize": 512}``; see ``template.load``.
        until: microseconds after which the run ends, answered or not; without it, the run ends when
            the last call is answered and nothing that it led to is under way.
        model: the assumptions; see ``Model``. In real time the default assumes no costs.
        epoch: the virtual wall clock at the start; in real time the machine's counts.
        real: run in real time, not in virtual.
        lenient: let pass what of the template is not supported.
        on_event: called with each event as it happens, from the thread that called ``run``.
        cancelled: asked some 20 times a second; True ends the run, its trace says so.

    Raises:
        TemplateError, UsageError: the template, an override or a call is wrong.
        RunError: the run could not be carried out.
    """
    job = {
        "template": str(template),
        "calls": [made.to_json(call) for call in calls],
        "seed": seed,
        "overrides": dict(overrides or {}),
        "until": until,
        "model": (model or (Model().measured() if real else Model())).to_json(),
        "epoch": None if real else epoch,
        "lenient": lenient,
    }
    trace: Trace | None = None
    with _host(job) as host:
        for tag, text in _heard(host, cancelled):
            if tag == "H":
                trace = Trace(header_from_json(text))
            elif tag == "E" and trace is not None:
                event = event_from_json(text)
                trace.append(event)
                if on_event is not None:
                    on_event(event)
            elif tag == "R" and trace is not None:
                record = json.loads(text)
                outcomes = tuple(Outcome(**outcome) for outcome in record["outcomes"])
                sidecar = Sidecar(**record["sidecar"])
                return RunResult(trace, outcomes, sidecar, tuple(record["warnings"]))
    raise AssertionError  # Not reached: a host that says no more is an error.


def serve(
    template: Path,
    *,
    seed: int,
    port: int = 0,
    lenient: bool = False,
    overrides: Mapping[str, Any] | None = None,
    steps: Mapping[str, Sequence[AnyCall]] | None = None,
    asked: Callable[[], str | None] | None = None,
    on_header: Callable[[Header], None],
    on_serving: Callable[[Serving], None],
    on_event: Callable[[TraceEvent], None],
    cancelled: Callable[[], bool],
) -> None:
    """Serve an application in real time, on loopback, until ``cancelled`` says so.

    Nothing is kept: who wants the trace writes it down from ``on_header`` and ``on_event``.

    Args:
        template, seed, lenient, overrides, on_event, cancelled: as in ``run``.
        steps: calls by name, to be made when ``asked`` says so; their times count from then.
        asked: asked some 20 times a second which step to make now, by its name.
        port: of AWS's APIs; the application's take those that follow. 0 takes any that are free.
        on_header: called first, with the trace's.
        on_serving: called once, as soon as everything listens.

    Raises:
        TemplateError: the template is wrong.
        UsageError: a port is taken.
        RunError: it could not be carried out.
    """
    job = {
        "template": str(template),
        "calls": [],
        "steps": {
            name: [made.to_json(call) for call in calls] for name, calls in (steps or {}).items()
        },
        "seed": seed,
        "overrides": dict(overrides or {}),
        "until": None,
        "model": Model().measured().to_json(),
        "epoch": None,
        "lenient": lenient,
        "port": port,
    }
    with _host(job) as host:
        for tag, text in _heard(host, cancelled, asked):
            if tag == "H":
                on_header(header_from_json(text))
            elif tag == "S":
                on_serving(Serving(**json.loads(text)))
            elif tag == "E":
                on_event(event_from_json(text))
            elif tag == "R":
                return


@contextlib.contextmanager
def _host(job: dict[str, Any]) -> Iterator[_Host]:
    """Start the process that carries a job out, and leave nothing of it behind."""
    if sys.platform == "win32":
        raise RunError(
            "Labs run handlers in forked processes, which Windows does not have.",
            hint="Start Warmstart inside WSL to run them; studying works here as it is.",
        )
    # Made here, and not by the host: a host that had to be killed leaves nothing behind either.
    with (
        tempfile.TemporaryDirectory(prefix="warmstart-", ignore_cleanup_errors=True) as scratch,
        _Host({**job, "scratch": scratch}) as host,
    ):
        yield host


def _heard(
    host: _Host,
    cancelled: Callable[[], bool] | None,
    asked: Callable[[], str | None] | None = None,
) -> Iterator[tuple[str, str]]:
    """Yield what the host says, without end; what it says last ends the reader's loop.

    Raises:
        WarmstartError: it could not carry out its job, and says why.
        RunError: it died.
    """
    give_up: float | None = None
    while True:
        if give_up is None and cancelled is not None and cancelled():
            host.cancel()
            give_up = time.monotonic() + _CANCEL_GRACE_S
        while give_up is None and asked is not None and (step := asked()) is not None:
            host.say(step)
        if give_up is not None and time.monotonic() > give_up:
            raise RunError("The run was cancelled, and had to be killed.")
        tag, text = host.next_line()
        if tag == "X":
            raise _error(json.loads(text))
        if tag == "":
            raise RunError(
                "The process that carried out the run died.", hint=host.last_words() or None
            )
        if tag != "-":
            yield tag, text


def _error(record: dict[str, Any]) -> WarmstartError:
    """Rebuild an error that the host reported, under its own class."""
    kinds = {kind.__name__: kind for kind in _subclasses(WarmstartError)}
    kind = kinds.get(record["kind"], RunError)
    error = kind(record["message"], hint=record["hint"])
    for name in ("path", "line"):
        if record.get(name) is not None:
            setattr(error, name, record[name])
    return error


def _subclasses(kind: type[WarmstartError]) -> list[type[WarmstartError]]:
    return [kind, *(deeper for child in kind.__subclasses__() for deeper in _subclasses(child))]


class _Host:
    """The host process: lines out of it, cancelling, and making sure that nothing stays."""

    def __init__(self, job: dict[str, Any]) -> None:
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._errors: list[str] = []
        environment = {
            name: value
            for name, value in os.environ.items()
            if name in {"PATH", "LANG", "LC_ALL", "TMPDIR", "PYTHONPATH"}
        }
        self._process = subprocess.Popen(  # noqa: S603 - this very interpreter
            [sys.executable, "-P", "-m", HOST, *HOST_ARGUMENTS],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="backslashreplace",
            env=environment,
            start_new_session=True,
        )
        self._threads = [
            threading.Thread(target=target, args=(pipe,), daemon=True)
            for target, pipe in (
                (self._read_lines, self._process.stdout),
                (self._read_errors, self._process.stderr),
            )
        ]
        for thread in self._threads:
            thread.start()
        self.say(json.dumps(job))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Wait for the host to clean up after itself, or kill it; its zygote cleans up then."""
        self.cancel()
        try:
            self._process.wait(_CANCEL_GRACE_S)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
        # The zygote holds standard error open until the last worker is gone.
        for thread in self._threads:
            thread.join(_CLEANUP_S)
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()

    def next_line(self) -> tuple[str, str]:
        """Return a line's tag and text; ("", "") when there are no more, ("-", "") for a pause."""
        try:
            line = self._lines.get(timeout=_POLL_S)
        except queue.Empty:
            return "-", ""
        if line is None:
            return "", ""
        return line[:1], line[2:].rstrip("\n")

    def cancel(self) -> None:
        """Close the host's standard input, which asks it to end."""
        if self._process.stdin is not None and not self._process.stdin.closed:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()

    def last_words(self) -> str:
        """Return the last line the host wrote to standard error."""
        self._process.wait(_CLEANUP_S)
        self._threads[1].join(_CLEANUP_S)
        return self._errors[-1].strip() if self._errors else ""

    def say(self, text: str) -> None:
        """Send the host a line."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # It died at once; the missing answer tells.
            self._process.stdin.write(text + "\n")
            self._process.stdin.flush()

    def _read_lines(self, pipe: IO[str]) -> None:
        for line in pipe:
            self._lines.put(line)
        self._lines.put(None)

    def _read_errors(self, pipe: IO[str]) -> None:
        for line in pipe:
            self._errors = [*self._errors[-20:], line]
