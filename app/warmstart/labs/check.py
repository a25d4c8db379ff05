"""A lab's ``checks.py``: plain functions over the trace, loaded and run.

A function whose name begins with ``check_`` is a check, one with ``challenge_`` judges the lab's
challenge. The first line of its docstring is its title; it passes when it returns, and fails with
the sentence of its assertion. Other functions may answer a prediction (``truth: checks.name``), or
find the moment that shows it (``jump: checks.name``). The file is the learner's to edit, so
whatever it does wrong is told with its line, and it runs in a process of its own (``judge.py``),
where each function has a limited time. That bounds mistakes, not malice: the process may do all
that the app may.
"""

from __future__ import annotations

import ast
import contextlib
import json
import math
import pickle
import signal
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from warmstart.errors import LabError
from warmstart.labs.syntax import tree_of
from warmstart.labs.yaml_nodes import CUTOFF, read_text
from warmstart.text import nearest

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from warmstart.labs.definition import Answer
    from warmstart.runtime.trace import Trace

CHECK = "check_"
"""Such a function holds whatever the knobs."""

CHALLENGE = "challenge_"
"""Such a function holds once the challenge is met."""

LIMIT_S = 10.0
"""Real seconds that loading the file, and each of its functions, may take."""

_TIME_UP = {getattr(signal, name, None) for name in ("SIGALRM", "SIGPROF")}
"""What ends a judge whose function outlives its time; Windows has neither, and runs no labs."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a check said of a run."""

    name: str
    title: str
    sentence: str = ""
    """Why it does not hold; empty when it does."""

    @property
    def passed(self) -> bool:
        """Tell whether the check holds."""
        return not self.sentence


@dataclass(frozen=True, slots=True)
class _Failure:
    """Why a function gave no answer."""

    kind: str
    """The exception's name; empty when its time was up."""
    message: str
    line: int | None
    assertion: bool = False


def names(path: Path) -> dict[str, int]:
    """Return what a ``checks.py`` defines, with its lines, without running it.

    Raises:
        LabError: it is missing, cannot be read, or is not Python (with the line).
    """
    try:
        tree = tree_of(read_text(path))
    except SyntaxError as error:
        raise _not_python(error.msg, path, error.lineno) from error
    found: dict[str, int] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            found[node.name] = node.lineno
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found[node.id] = node.lineno
    return found


class Checks:
    """The functions of a ``checks.py``, in the order of the file; a context, as it has a process.

    Args:
        path: the file.
        limit_s: real seconds that loading it, and each function, may take.

    Raises:
        LabError: the file is missing, is not Python, or fails while it is executed (with the line).
    """

    def __init__(self, path: Path, *, limit_s: float = LIMIT_S) -> None:
        self.path = path
        self._limit = limit_s
        self._text = read_text(path)
        self._judge: _Judge
        self._functions: dict[str, dict[str, Any]] = self._start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._judge.end()

    def run(self, trace: Trace, prefix: str = CHECK) -> tuple[CheckResult, ...]:
        """Run every check (or ``CHALLENGE``) over a trace, in the order of the file."""
        return tuple(self._run(name, trace) for name in self._functions if name.startswith(prefix))

    def answer(
        self, name: str, trace: Trace, choices: Collection[str] = (), *, ordered: bool = False
    ) -> Answer:
        """Return what one of the other functions says about a trace.

        Args:
            name: the function's.
            trace: the run's.
            choices: the names of which it should return one; without any, it returns a number.
            ordered: it should return all of them, in order.

        Raises:
            LabError: there is no such function, it fails, or it gives something else.
        """
        said = self._call(name, trace)
        value: float | str | list[str] | None = said.get("value")
        if isinstance(value, list):
            if ordered and sorted(value) == sorted(choices):
                return tuple(value)
        elif not ordered and (value in choices if choices else _is_number(value)):
            assert value is not None
            return value
        wanted = f"one of {', '.join(choices)}" if choices else "a number"
        if ordered:
            wanted = f"{', '.join(choices)} in some order, each once"
        raise self._unwanted(name, wanted, said)

    def moment(self, name: str, trace: Trace) -> int | None:
        """Return the moment of a run that one of the other functions names, in microseconds.

        Returns:
            None, where it says that there is none: what it looks for has not happened.

        Raises:
            LabError: there is no such function, it fails, or it gives something else.
        """
        said = self._call(name, trace)
        value: object = said.get("value", said)
        if value is None or (isinstance(value, int) and 0 <= value <= trace.end):
            return value
        wanted = f"a moment of the run (whole microseconds from 0 to {trace.end}) or None"
        raise self._unwanted(name, wanted, said)

    def _call(self, name: str, trace: Trace) -> dict[str, Any]:
        """Return what one of the other functions returns, as ``judge.py`` puts it."""
        if name not in self._functions:
            close = ", ".join(nearest(name, self._functions, 3, cutoff=CUTOFF) or self._functions)
            raise LabError(f"There is no function {name}.", path=self.path, hint=f"Known: {close}.")
        said = self._ask(name, trace)
        if isinstance(said, _Failure):
            raise self._error(f"{name} failed with ", name, said)
        return said

    def _unwanted(self, name: str, wanted: str, said: dict[str, Any]) -> LabError:
        message = f"{name} should return {wanted}, not {said['shown']}."
        return LabError(message, path=self.path, line=self._functions[name]["line"])

    def _run(self, name: str, trace: Trace) -> CheckResult:
        lines = self._functions[name]["doc"].strip().splitlines()
        title = lines[0] if lines else name.partition("_")[2].replace("_", " ")
        said = self._ask(name, trace)
        if not isinstance(said, _Failure):
            return CheckResult(name, title)
        where = f"{self.path.name}:{said.line}" if said.line else self.path.name
        if said.assertion:
            return CheckResult(name, title, said.message or f"It does not hold ({where}).")
        if not said.kind:
            return CheckResult(name, title, f"{self._late(name)} ({where}).")
        sentence = f"The check itself failed at {where}: {said.kind}: {said.message}."
        return CheckResult(name, title, sentence)

    def _error(self, prefix: str, name: str, said: _Failure) -> LabError:
        what = f"{prefix}{said.kind}: {said.message}" if said.kind else self._late(name)
        return LabError(f"{what}.", path=self.path, line=said.line)

    def _late(self, name: str) -> str:
        return f"{name} did not end within {self._limit:g} s"

    def _start(self) -> dict[str, Any]:
        """Start a process and let it execute the file; return its functions."""
        self._judge = _Judge(self._limit)
        said = self._judge.ask(json.dumps({"path": str(self.path), "text": self._text}))
        if isinstance(said, _Failure):
            self._judge.end()
            if said.kind == "SyntaxError":
                raise _not_python(said.message, self.path, said.line)
            raise self._error("", self.path.name, said)
        return said

    def _ask(self, name: str, trace: Trace) -> dict[str, Any] | _Failure:
        """Return what a function says, or why it says nothing."""
        if self._judge.dead or self._judge.trace not in (None, trace):
            self._judge.end()
            self._start()
        self._judge.give(trace)
        return self._judge.ask(name)


class _Judge:
    """The process that runs the functions; see ``judge.py`` for what is said."""

    def __init__(self, limit_s: float) -> None:
        self.trace: Trace | None = None
        """What it has been given."""
        self.dead = False
        self._process = subprocess.Popen(  # noqa: S603 - this very interpreter
            [sys.executable, "-P", "-m", "warmstart.labs.judge", str(limit_s)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._requests, self._answers = self._process.stdin, self._process.stdout

    def give(self, trace: Trace) -> None:
        """Hand the trace over, once."""
        if self.trace is None:
            self.trace = trace
            with contextlib.suppress(BrokenPipeError):  # The missing answer will tell.
                pickle.dump(trace, self._requests, pickle.HIGHEST_PROTOCOL)

    def ask(self, line: str) -> dict[str, Any] | _Failure:
        """Send a line, and return the answer or what went wrong."""
        with contextlib.suppress(BrokenPipeError):
            self._requests.write(line.encode() + b"\n")
            self._requests.flush()
        reply = self._answers.readline()
        if not reply.endswith(b"\n"):
            return self._died()
        record: dict[str, Any] = json.loads(reply)
        if "failure" in record:
            return _Failure(**record["failure"])
        answer: dict[str, Any] = record["answer"]
        return answer

    def end(self) -> None:
        """End the process, and wait until it is gone."""
        self.dead = True
        self._process.kill()
        with contextlib.suppress(BrokenPipeError), self._process:
            pass  # Leaving closes the pipes, and waits.

    def _died(self) -> _Failure:
        """Say what ended the process: one of the kernel's timers, or itself."""
        status = self._process.wait()
        self.end()
        if -status in _TIME_UP:
            return _Failure("", "", None)
        how = f"signal {-status}" if status < 0 else f"exit status {status}"
        return _Failure("SystemExit", f"it ended its process ({how})", None)


def _not_python(problem: str, path: Path, line: int | None) -> LabError:
    return LabError(f"This is not Python: {problem}.", path=path, line=line)


def _is_number(value: object) -> bool:
    if not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # A whole number that no float can hold.
        return False
