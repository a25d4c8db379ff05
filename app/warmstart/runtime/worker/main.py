"""A worker: one execution environment's process, from INIT to the last invocation.

It does what Lambda's own Python runtime does (awslambdaric): finds the handler, calls it with the
event and a context, turns exceptions into Lambda's error objects and prints them to the log. Errors
are named as there: ``Runtime.ImportModuleError``, ``Runtime.HandlerNotFound``, …
"""

from __future__ import annotations

import decimal
import importlib
import os
import signal
import sys
import traceback
from dataclasses import dataclass
from json import dumps, loads
from typing import TYPE_CHECKING, Any, NoReturn

from warmstart.runtime.worker import costs, others, sandbox, snapshot, sql, tmp, virtual
from warmstart.runtime.worker.context import LambdaContext
from warmstart.runtime.worker.forker import Forker
from warmstart.runtime.worker.link import Link
from warmstart.runtime.worker.output import Output
from warmstart.runtime.worker.protocol import MAX_PAYLOAD, VIRTUAL, Line

if TYPE_CHECKING:
    from collections.abc import Callable

    from warmstart.runtime.worker.protocol import Job

    Handler = Callable[[Any, LambdaContext], Any]

_TASK_ROOT = "/var/task"
"""Where Lambda keeps a function's code."""
_LAYERS = "/opt"
_TMP = "/tmp"  # noqa: S108 - as shown, not as used


@dataclass(slots=True, eq=False)
class Fault(Exception):
    """An error of the runtime's own, about the handler or what it returned."""

    error_type: str
    message: str
    trace: tuple[str, ...] = ()


def main(descriptor: int, kind: bytes) -> None:
    """Serve one execution environment on a socket, until the host closes it.

    ``kind`` is ``protocol.VIRTUAL`` or ``protocol.REAL``. A worker may wait for its environment:
    what depends on nothing but this is done before it hears of one.
    """
    link = Link(Line(sandbox.take_socket(descriptor)))
    os.register_at_fork(after_in_child=link.fall_silent)
    worker = _Worker(link, is_virtual=kind == VIRTUAL)
    try:
        job: Any = link.wait()
        if "program" in job:
            sandbox.run_program(job, link.sock)
        worker.serve(job)
    except (EOFError, ConnectionError):
        return


class _Worker:
    _job: Job
    """The environment's, as soon as there is one."""

    def __init__(self, link: Link, *, is_virtual: bool) -> None:
        self._link = link
        self._clock = virtual.install(link) if is_virtual else None
        self._output = Output(link.tell, self._shown)
        others.watch(link)
        sandbox.watch_memory_errors(self._out_of_memory)
        _rehearse()

    def serve(self, job: Job) -> None:
        """Run INIT, then one invocation after the other."""
        self._job = job
        self._prepare(job)
        handler = self._guarded(self._find_handler, "")
        if handler is None:
            self._exit(1)
        self._output.end()
        self._ready("ready")
        while True:
            message = self._link.wait()
            if message["op"] == "snapshot":
                self._become_snapshot(handler)
            else:
                self._answer(handler, message)

    def _ready(self, op: str) -> None:
        missing = self._costs.missing()
        self._link.tell({"op": op, "peak_kb": sandbox.peak_kb(), "missing": missing})

    def _become_snapshot(self, handler: Handler) -> NoReturn:
        """Do nothing from now on but fork: each fork is a restored environment."""
        if self._guarded(lambda: snapshot.run("before"), "") is None:
            self._exit(1)
        self._output.end()
        self._ready("snapshot")
        snapshot.take()
        forker = Forker(
            self._link.sock, lambda socket, _: self._restored(handler, socket), strays=False
        )
        try:
            forker.serve()
        finally:
            forker.kill_all()
            os._exit(0)

    def _restored(self, handler: Handler, descriptor: int) -> None:
        """Go on as the environment that was restored, until the host closes the socket."""
        self._link.move(Line(sandbox.keep_socket(descriptor)))
        try:
            message: Any = self._link.wait()
            old, self._job = self._job, message
            snapshot.restore(old, message)
            if self._clock is not None:
                virtual.reseed(message["entropy"])
            self._output.move(sandbox.collect_output(message["scratch"]))
            self._output.begin()
            if self._guarded(lambda: snapshot.run("after"), "") is None:
                self._exit(1)
            self._output.end()
            self._ready("ready")
            while True:
                self._answer(handler, self._link.wait())
        except (EOFError, ConnectionError):
            return

    def _answer(self, handler: Handler, message: dict[str, Any]) -> None:
        self._output.request = message["request"]
        self._output.begin()
        payload = self._guarded(lambda: self._invoke(handler, message), message["request"])
        if payload is not None:
            self._output.end()
            size = len(payload.encode(errors="surrogatepass"))
            self._link.tell(
                {
                    "op": "return",
                    "payload": payload if size <= MAX_PAYLOAD else "",
                    "bytes": size,
                    "peak_kb": sandbox.peak_kb(),
                    "missing": self._costs.missing(),
                }
            )

    def _prepare(self, job: Job) -> None:
        # In real time code costs what it costs.
        imports, calls = {}, {}
        if self._clock is not None:
            virtual.seed(job["entropy"])  # First: temporary files have random names.
            self._clock.begin(job["epoch_us"])
            imports, calls = job["imports"], job["calls"]
        below = sandbox.enter(job, self._out_of_memory)
        tmp.install(job["scratch"], job["code"], job["layers"], job["storage_mb"] << 20)
        if job["databases"]:
            sql.install(self._link)
        self._costs = costs.install(self._link.charge, imports, calls)
        self._output.install(
            below, job["log_lines"], job["log_line_chars"], job["log_level"], job["environment"]
        )

    def _find_handler(self) -> Handler:
        name = self._job["handler"]
        module_name, dot, function = name.rpartition(".")
        if not dot:
            raise Fault(
                "Runtime.MalformedHandlerName",
                f"Bad handler '{name}': not enough values to unpack (expected 2, got 1)",
            )
        if module_name.split(".")[0] in sys.builtin_module_names:
            raise Fault(
                "Runtime.BuiltInModuleConflict",
                f"Cannot use built-in module {module_name} as a handler module",
            )
        try:
            module = importlib.import_module(module_name.replace("/", "."))
        except ImportError as error:
            raise Fault(
                "Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}"
            ) from error
        except SyntaxError as error:
            where = f'  File "{error.filename}" Line {error.lineno}'
            raise Fault(
                "Runtime.UserCodeSyntaxError",
                f"Syntax error in module '{module_name}': {error}",
                (f"{where}\n    {error.text or ''}",),
            ) from error
        try:
            handler: Handler = getattr(module, function)
        except AttributeError as error:
            raise Fault(
                "Runtime.HandlerNotFound", f"Handler '{function}' missing on module '{module_name}'"
            ) from error
        return handler

    def _invoke(self, handler: Handler, message: dict[str, Any]) -> str:
        os.environ["_X_AMZN_TRACE_ID"] = message["trace"]
        context = LambdaContext(self._job, message)
        result = handler(loads(message["event"]), context)
        try:
            return self._shown(dumps(result, ensure_ascii=False, default=_plain))
        except (TypeError, ValueError, RecursionError) as error:
            raise Fault("Runtime.MarshalError", f"Unable to marshal response: {error}") from error

    def _guarded(self, work: Callable[[], Any], request: str) -> Any:
        """Do ``work``; if it fails, tell the host as Lambda's runtime would, and return None."""
        try:
            return work()
        except MemoryError:
            self._out_of_memory()
        except Fault as fault:
            self._fail(fault.error_type, fault.message, list(fault.trace), request)
        except SystemExit as leaving:
            self._exit(_exit_status(leaving))
        except Exception as error:  # noqa: BLE001 - anything a handler raises is its answer
            # As tuples: without the carets, which vary between versions of Python.
            frames = [
                (frame.filename, frame.lineno or 0, frame.name, frame.line)
                for frame in traceback.extract_tb(error.__traceback__)
                if not _is_ours(frame.filename)
            ]
            self._fail(type(error).__name__, str(error), traceback.format_list(frames), request)
        except BaseException:  # noqa: BLE001 - KeyboardInterrupt and the like end the process
            traceback.print_exc()
            self._exit(1)
        return None

    def _fail(self, error_type: str, message: str, trace: list[str], request: str) -> None:
        lines = [f"[ERROR] {error_type}: {message}" if message else f"[ERROR] {error_type}"]
        lines.append("Traceback (most recent call last):")
        lines += [line for entry in trace for line in entry.splitlines()]
        error = {
            "errorMessage": self._shown(message),
            "errorType": error_type,
            "requestId": request,
            "stackTrace": [self._shown(entry) for entry in trace],
        }
        self._output.end()
        self._output.error(error, [part for line in lines for part in line.split("\n")])
        self._link.tell({"op": "error", "error": error, "peak_kb": sandbox.peak_kb()})

    def _shown(self, text: str) -> str:
        """Return a text with this machine's folders named as they are in Lambda."""
        text = text.replace(self._job["scratch"], _TMP).replace(self._job["code"], _TASK_ROOT)
        for layer in self._job["layers"]:
            text = text.replace(layer, _LAYERS)
        return text

    def _out_of_memory(self) -> NoReturn:
        """End as Lambda's kernel would end it. Python gets to notice here; there it does not."""
        self._link.tell({"op": "memory"})
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError  # Not reached: nothing survives SIGKILL.

    def _exit(self, status: int) -> NoReturn:
        self._output.end()
        os._exit(status)


def _rehearse() -> None:
    """Do for nothing what INIT is about to do: whoever touches a page first after a fork copies it.

    That is 0.4 ms of the 2.8 of a cold start, and mostly nobody waits for it yet.
    """
    exec(compile(_REHEARSED, "", "exec"), {})  # noqa: S102 - our own
    os.environ.update(dict.fromkeys(map(str, range(24)), "x" * 40))
    os.environ.clear()
    loads(dumps([1, "2", None], ensure_ascii=False, default=_plain))


_REHEARSED = "import sys\nX = 1\ndef handler(event, context):\n    return [event, X]\n"


def _exit_status(leaving: SystemExit) -> int:
    if leaving.code is None or isinstance(leaving.code, int):
        return (leaving.code or 0) & 0xFF
    print(leaving.code, file=sys.stderr)  # noqa: T201 - what the interpreter itself does
    return 1


def _plain(value: object) -> float:
    """Turn a Decimal into a float, as Lambda's runtime does; nothing else."""
    if isinstance(value, decimal.Decimal):
        return float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


_OURS = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - computed before a fork


def _is_ours(filename: str) -> bool:
    return filename.startswith((_OURS, "<frozen importlib")) or filename == importlib.__file__
