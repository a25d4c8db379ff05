"""The process in which a lab's ``checks.py`` runs; started by ``check.py``, never by hand.

The file is the learner's to edit. Here an endless loop in it, a ``sys.exit`` or a crash costs a
process that was made for it, not the app. Each function has so many seconds of real time (the first
argument). Timers that the kernel keeps end it: they need nobody to watch it, also not when the app
is gone.

Standard input brings a line of JSON (``path`` and ``text`` of the file), then the trace, pickled,
then the name of a function a line. Standard output answers the first and each of the last with a
line of JSON: an ``answer`` or a ``failure``. What the functions print themselves goes nowhere.
"""

from __future__ import annotations

import json
import os
import pickle
import signal
import sys
import traceback
from contextlib import contextmanager
from types import FunctionType, ModuleType
from typing import IO, TYPE_CHECKING, Any

# Here, and not when the trace comes: its import is no function's fault.
import warmstart.runtime.trace  # noqa: F401

if TYPE_CHECKING:
    from collections.abc import Iterator

_GRACE_S = 1.0
"""How long a function that catches everything, or does not come back from C, may live on after its
time."""

_SHOWN = 1_000
"""Characters of a message or a value that are passed on."""


class _TimeUpError(BaseException):
    """No ``Exception``: the checks may well catch those."""


@contextmanager
def _limited(seconds: float) -> Iterator[None]:
    """Raise ``_TimeUpError`` after so long; where that does not help, end the process."""
    if sys.platform == "win32":  # It has no such timer; nor do labs run there.
        yield
        return

    def expire(*_: object) -> None:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, _GRACE_S)
        raise _TimeUpError

    signal.signal(signal.SIGALRM, expire)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    # Python calls ``expire`` between two instructions, and ``sum(range(10 ** 12))`` is one. This
    # timer counts CPU time, and its signal ends the process without Python.
    signal.setitimer(signal.ITIMER_PROF, seconds + _GRACE_S)
    try:
        yield
    finally:
        for timer in (signal.ITIMER_REAL, signal.ITIMER_PROF):
            signal.setitimer(timer, 0)


def _load(path: str, text: str) -> dict[str, FunctionType]:
    """Execute the file, and return the functions that are its own."""
    # Not imported: an import would leave a __pycache__ in the lab's folder, and would miss an
    # edit made within the same second. With optimize=0 assertions hold even under python -O.
    module = ModuleType("checks")
    module.__file__ = path
    sys.modules["checks"] = module
    code = compile(text, path, "exec", dont_inherit=True, optimize=0)
    exec(code, module.__dict__)  # noqa: S102 - running the lab's checks is what this is for
    return {
        name: value
        for name, value in vars(module).items()
        if isinstance(value, FunctionType) and value.__code__.co_filename == path
    }


def _describe(functions: dict[str, FunctionType]) -> dict[str, Any]:
    """Return each function's line and docstring."""
    return {
        name: {"line": function.__code__.co_firstlineno, "doc": str(function.__doc__ or "")}
        for name, function in functions.items()
    }


def _plain(value: object) -> dict[str, Any]:
    """Return how a value looks, and the value itself if it is a number, a text, texts or None."""
    if isinstance(value, list | tuple):
        plain = all(isinstance(item, str) for item in value)
    else:
        plain = isinstance(value, int | float | str | None) and not isinstance(value, bool)
    return {"shown": repr(value)[:_SHOWN], **({"value": value} if plain else {})}


def _failure(error: BaseException, path: str) -> dict[str, Any]:
    """Return what went wrong, and the last line of the file that it came through."""
    if isinstance(error, SyntaxError) and error.filename == path:
        return {"kind": "SyntaxError", "message": error.msg, "line": error.lineno}
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == path]
    return {
        "kind": "" if isinstance(error, _TimeUpError) else type(error).__name__,
        "assertion": isinstance(error, AssertionError),
        "message": str(error)[:_SHOWN],
        "line": lines[-1] if lines else None,
    }


def _serve(requests: IO[bytes], answers: IO[bytes], limit: float) -> None:
    lab = json.loads(requests.readline())
    path = lab["path"]
    functions: dict[str, FunctionType] = {}
    trace: Any = None
    name: str | None = None
    while True:
        try:
            with _limited(limit):
                if name is None:
                    functions = _load(path, lab["text"])
                    reply = json.dumps({"answer": _describe(functions)})
                else:
                    reply = json.dumps({"answer": _plain(functions[name](trace))})
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is not the app's
            reply = json.dumps({"failure": _failure(error, path)})
        answers.write(reply.encode() + b"\n")
        answers.flush()
        if name is None:
            trace = pickle.load(requests)  # noqa: S301 - from the app itself
        name = requests.readline().decode().strip()
        if not name:
            return


def main() -> None:
    """Serve on standard input and output until the app closes them."""
    nothing = os.open(os.devnull, os.O_RDWR)
    with open(os.dup(0), "rb") as requests, open(os.dup(1), "wb") as answers:  # noqa: PTH123 - no paths
        for standard in (0, 1, 2):
            os.dup2(nothing, standard)
        _serve(requests, answers, float(sys.argv[1]))


if __name__ == "__main__":
    main()
