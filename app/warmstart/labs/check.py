"""A lab's ``checks.py``: plain functions over the trace, loaded and run.

A function whose name begins with ``check_`` is a check. The first line of its docstring is its
title; it passes when it returns, and fails with the sentence of its assertion. Other functions may
answer a prediction (``truth: checks.name``). The file is the learner's to edit, so whatever it does
wrong is told with its line. It runs in our own process: a lab's checks are trusted as much as any
program one starts.
"""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from types import FunctionType
from typing import TYPE_CHECKING, Any

from warmstart.errors import LabError
from warmstart.labs.yaml_nodes import nearest, read_text

if TYPE_CHECKING:
    from pathlib import Path

    from warmstart.runtime.trace import Trace

PREFIX = "check_"


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
class Checks:
    """The functions of a ``checks.py``, in the order of the file."""

    path: Path
    functions: dict[str, FunctionType]

    @classmethod
    def load(cls, path: Path) -> Checks:
        """Read and execute the file.

        Raises:
            LabError: it is missing, is not Python, or fails while it is executed (with the line).
        """
        text = read_text(path)
        # Not imported: an import would leave a __pycache__ in the lab's folder, and would miss an
        # edit made within the same second. With optimize=0 assertions hold even under python -O.
        namespace: dict[str, Any] = {"__name__": "checks", "__file__": str(path)}
        try:
            code = compile(text, str(path), "exec", dont_inherit=True, optimize=0)
            exec(code, namespace)  # noqa: S102 - running the lab's checks is what this is for
        except SyntaxError as error:
            message = f"This is not Python: {error.msg}."
            raise LabError(message, path=path, line=error.lineno) from error
        except Exception as error:
            line = _line(error, path)
            raise LabError(f"{type(error).__name__}: {error}.", path=path, line=line) from error
        own = {
            name: value
            for name, value in namespace.items()
            if isinstance(value, FunctionType) and value.__code__.co_filename == str(path)
        }
        return cls(path, own)

    def run(self, trace: Trace) -> tuple[CheckResult, ...]:
        """Run every check over a trace, in the order of the file."""
        return tuple(
            self._run(name, check, trace)
            for name, check in self.functions.items()
            if name.startswith(PREFIX)
        )

    def answer(self, name: str, trace: Trace) -> float | str:
        """Return what one of the other functions says about a trace.

        Raises:
            LabError: there is no such function, it fails, or it gives neither number nor text.
        """
        function = self.functions.get(name)
        if function is None:
            close = ", ".join(nearest(name, list(self.functions)) or self.functions)
            raise LabError(f"There is no function {name}.", path=self.path, hint=f"Known: {close}.")
        try:
            value = function(trace)
        except Exception as error:
            line = _line(error, self.path)
            message = f"{name} failed with {type(error).__name__}: {error}."
            raise LabError(message, path=self.path, line=line) from error
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            message = f"{name} should return a number or the name of a choice, not {value!r}."
            raise LabError(message, path=self.path, line=function.__code__.co_firstlineno)
        return value

    def _run(self, name: str, check: FunctionType, trace: Trace) -> CheckResult:
        lines = (check.__doc__ or "").strip().splitlines()
        title = lines[0] if lines else name.removeprefix(PREFIX).replace("_", " ")
        try:
            check(trace)
        except AssertionError as error:
            where = f"{self.path.name}:{_line(error, self.path)}"
            return CheckResult(name, title, str(error) or f"It does not hold ({where}).")
        except Exception as error:  # noqa: BLE001 - the learner's code may raise anything
            where = f"{self.path.name}:{_line(error, self.path)}"
            sentence = f"The check itself failed at {where}: {type(error).__name__}: {error}."
            return CheckResult(name, title, sentence)
        return CheckResult(name, title)


def _line(error: BaseException, path: Path) -> int | None:
    """Return the line of the file the error came through last."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == str(path)]
    return lines[-1] if lines else None
