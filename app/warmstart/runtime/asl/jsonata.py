"""The JSONata query language: jsonata-python behind bounds, with what AWS adds and takes away.

An expression may neither recurse nor run without end: depth, steps and real time are bounded, and a
step more is AWS's States.QueryEvaluationError. Time and randomness come from the execution, so that
``$now()``, ``$random()`` and ``$uuid()`` repeat with its seed. Most expressions only reach for a
value (``$states.input.order.id``); those are walked without the library, which takes 25 µs.
"""

from __future__ import annotations

import math
import random as random_module
import re
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from warmstart.runtime.asl.env import NOTHING, Env, Evaluate
from warmstart.runtime.asl.intrinsics import HASHES, LARGEST_RANGE
from warmstart.runtime.asl.values import (
    QUERY_FAILED,
    Json,
    StatesError,
    from_text,
    to_text,
    type_name,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

DEEPEST = 500
"""Evaluations within one another; *model*, AWS publishes no figure."""
MOST_STEPS = 400_000
"""Evaluations of one expression; *model*. It ends what loops without recursing."""
LONGEST_SECONDS = 10.0
"""Of real time, for single steps that are huge; *model*."""

OPEN, CLOSE = "{%", "%}"

ADDED = ("partition", "range", "hash", "random", "uuid", "parse")
"""Functions that AWS has and JSONata has not (guide: "JSONata functions provided by …")."""
_OURS = (*ADDED, "now", "millis", "shuffle", "eval")
_VARIABLE = re.compile(r"\$([^\W\d]\w*)")
_REACH = re.compile(r"\s*\$([^\W\d]\w*)((?:\.[^\W\d]\w*)*)\s*")


class BadExpression(ValueError):
    """The text is no JSONata; the message says why."""


def is_expression(value: Json) -> bool:
    """Tell whether a string is one: nothing may stand around the signs."""
    return isinstance(value, str) and value.startswith(OPEN) and value.endswith(CLOSE)


def compile_expression(text: str, field: str) -> Evaluate:
    """Compile ``{% … %}``; ``field`` is named in its errors.

    Raises:
        BadExpression: it cannot be parsed.
    """
    written = text[len(OPEN) : -len(CLOSE)].strip()
    whole = _compile(written, field)
    reach = _REACH.fullmatch(written)
    if reach is None:
        return whole
    root, steps = reach[1], tuple(reach[2].split(".")[1:])
    if root == "states":
        return _reach_states(steps, whole)
    return _reach_variable(root, steps, whole)


def variables(text: str) -> set[str]:
    """Return the names with a ``$`` in an expression: variables, functions, what it binds."""
    return set(_VARIABLE.findall(re.sub(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", "''", text)))


def library_functions() -> Iterable[str]:
    """Return the names of JSONata's own functions."""
    with _recursion(0):
        from jsonata import Jsonata

    return list(Jsonata.static_frame.bindings)


def _reach_states(steps: tuple[str, ...], whole: Evaluate) -> Evaluate:
    if not steps or steps[0] != "input":
        return whole
    steps = steps[1:]

    def reach(env: Env) -> Json:
        value = env.input
        for step in steps:
            if type(value) is not dict or step not in value:
                return whole(env)  # An array to map over, or nothing: the library knows.
            value = value[step]
        return value

    return reach


def _reach_variable(root: str, steps: tuple[str, ...], whole: Evaluate) -> Evaluate:
    def reach(env: Env) -> Json:
        value = env.variables.get(root, NOTHING)
        for step in steps:
            if type(value) is not dict or step not in value:
                return whole(env)
            value = value[step]
        return whole(env) if value is NOTHING else value

    return reach


@contextmanager
def _recursion(limit: int) -> Iterator[None]:
    """Let Python recurse so deep, and put its limit back, which importing the library raises."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, limit))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


_FRAMES = 6_000
"""Python's frames that ``DEEPEST`` evaluations need, and some."""


def _compile(written: str, field: str) -> Evaluate:
    with _recursion(0):
        from jsonata import Jsonata
        from jsonata.jexception import JException

    try:
        compiled = Jsonata(written)
    except (JException, RecursionError, ValueError, IndexError, TypeError, AttributeError) as error:
        raise BadExpression(_message(error)) from error
    if compiled.get_errors():
        raise BadExpression(_message(compiled.get_errors()[0]))
    compiled.set_output_convert_nulls(False)
    names = variables(written)
    needs = names - {"states"}
    ours = needs & set(_OURS)
    context = "context" in written

    def evaluate(env: Env) -> Json:
        bindings: dict[str, Any] = {"__evaluate_entry": _Bounds()}
        if "states" in names:
            bindings["states"] = _states(env, context=context)
        for name in needs:
            if name in env.variables:
                bindings[name] = _lend(env.variables[name])
            elif name in ours:
                bindings[name] = _function(env, name)
        bindings["__evaluate_exit"] = bindings["__evaluate_entry"].leave
        try:
            with _recursion(_FRAMES):
                value = _take(compiled.evaluate(None, bindings))
        except RecursionError:
            raise _failed(written, field, _TOO_DEEP) from None
        # JSONata's own errors, our bounds, and whatever the library stumbles over where JavaScript
        # would answer NaN, Infinity or undefined.
        except Exception as error:  # noqa: BLE001 whatever it is, the expression failed
            raise _failed(written, field, _message(error)) from None
        if value is NOTHING:
            raise StatesError(
                QUERY_FAILED,
                f"The JSONata expression '{written}' specified for the field '{field}' returned "
                "nothing (undefined).",
                location=field,
            )
        return value

    return evaluate


def expect(value: Json, kind: str, written: str, field: str) -> None:
    """Raise AWS's error unless an expression's value has the type that its field needs."""
    if type_name(value) != kind:
        expression = written[len(OPEN) : -len(CLOSE)].strip() if is_expression(written) else written
        raise StatesError(
            QUERY_FAILED,
            f"The JSONata expression '{expression}' specified for the field '{field}' returned an "
            f"unexpected result type. Expected '{kind}', but was '{type_name(value)}' for value: "
            f"{to_text(value)}",
            location=field,
        )


def _failed(written: str, field: str, message: str) -> StatesError:
    return StatesError(
        QUERY_FAILED,
        f"The JSONata expression '{written}' specified for the field '{field}' threw an error "
        f"during evaluation. {message}",
        location=field,
    )


def _message(error: BaseException) -> str:
    if isinstance(error, (ZeroDivisionError, OverflowError)):
        return "D1001: Number out of range: Infinity"
    code = getattr(error, "error", None)
    return f"{code}: {error}" if code else str(error)


def _states(env: Env, *, context: bool) -> dict[str, Json]:
    states = {"input": env.input}
    if context:
        states["context"] = env.context()
    if env.result is not NOTHING:
        states["result"] = env.result
    if env.error is not NOTHING:
        states["errorOutput"] = env.error
    return states


_TOO_DEEP = "D1011: Stack overflow error: the expression recurses without end or too deeply"


class _Refused(Exception):
    """A bound was passed, or a function was given what it does not take."""


class _Bounds:
    """Counts evaluations; its calls are the library's entry and exit callbacks."""

    __slots__ = ("depth", "steps", "until")

    _LOOK_EVERY = 1024

    def __init__(self) -> None:
        self.depth = 0
        self.steps = 0
        self.until = 0.0

    def __call__(self, _expression: Any, _input: Any, _env: Any) -> None:
        self.depth += 1
        self.steps += 1
        if self.depth > DEEPEST:
            raise _Refused(_TOO_DEEP)
        if self.steps % self._LOOK_EVERY == 0:
            self._look()

    def leave(self, _expression: Any, _input: Any, _env: Any, _result: Any) -> None:
        self.depth -= 1

    def _look(self) -> None:
        now = time.monotonic()
        self.until = self.until or now + LONGEST_SECONDS
        if self.steps > MOST_STEPS or now > self.until:
            raise _Refused("D1012: Expression evaluation timeout: it does not end")


def _lend(value: Json) -> Any:
    """Return a value as the library wants it at the top: its None is undefined, not null."""
    from jsonata import utils

    return utils.Utils.NULL_VALUE if value is None else value


def _take(value: Any) -> Json:
    """Return what the library gave as plain JSON; NOTHING for undefined."""
    from jsonata import utils

    if value is None:
        return NOTHING
    null = utils.Utils.NULL_VALUE

    def plain(part: Any) -> Json:
        if part is None or part is null:
            return None
        kind = type(part)
        if kind is str or kind is int or kind is bool:
            return part
        if kind is float:
            if not math.isfinite(part):
                raise _Refused("D1001: Number out of range")
            return part
        if isinstance(part, dict):
            return {str(key): plain(inner) for key, inner in part.items()}
        if isinstance(part, (list, tuple, range)):
            return [plain(inner) for inner in part]
        raise _Refused("The result is a function, which is no JSON value.")

    return plain(value)


# --- functions that AWS adds, and those that would not repeat --------------------------------


def _function(env: Env, name: str) -> Any:
    from jsonata import Jsonata

    do = _FUNCTIONS[name]
    return Jsonata.JLambda(lambda *arguments: do(env, *arguments))


def _partition(_env: Env, items: Any, size: Any) -> list[Any]:
    if not isinstance(items, list) or not isinstance(size, (int, float)) or size < 1:
        raise _Refused("T0410: $partition takes an array and a positive number")
    length = int(size)
    return [list(items[start : start + length]) for start in range(0, len(items), length)]


def _range(_env: Env, first: Any, last: Any, step: Any = 1) -> list[Any]:
    for number in (first, last, step):
        if not isinstance(number, (int, float)) or isinstance(number, bool):
            raise _Refused("T0410: $range takes numbers")
    if step == 0:
        raise _Refused("D3030: the step of $range must not be 0")
    count = max(0, math.floor((last - first) / step) + 1)
    if count > LARGEST_RANGE:
        raise _Refused(f"D3030: $range would give more than {LARGEST_RANGE} items")
    return [first + step * at for at in range(count)]


def _hash(_env: Env, value: Any, algorithm: Any) -> str:
    import hashlib

    if algorithm not in HASHES:
        raise _Refused(f"D3030: the algorithm of $hash is one of {', '.join(HASHES)}")
    text = str(value) if isinstance(value, str) else to_text(_take(value))
    return hashlib.new(HASHES[algorithm], text.encode(), usedforsecurity=False).hexdigest()


def _random(env: Env, seed: Any = None) -> float:
    return (env.run.random if seed is None else random_module.Random(seed)).random()


def _uuid(env: Env) -> str:
    return env.run.new_uuid()


def _parse(_env: Env, text: Any) -> Any:
    if not isinstance(text, str):
        raise _Refused("T0410: $parse takes a string")
    try:
        return _lend(from_text(text))
    except ValueError as error:
        raise _Refused(f"D3030: $parse cannot read this as JSON: {error}") from None


def _now(env: Env, picture: Any = None, zone: Any = None) -> Any:
    from jsonata import functions

    return functions.Functions.datetime_from_millis(env.run.now_ms(), picture, zone)


def _millis(env: Env) -> int:
    return env.run.now_ms()


def _shuffle(env: Env, items: Any) -> list[Any]:
    shuffled = list(items) if isinstance(items, list) else [items]
    env.run.random.shuffle(shuffled)
    return shuffled


def _eval(_env: Env, *_arguments: Any) -> Any:
    raise _Refused("T1006: $eval is not supported in state machines")


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "partition": _partition,
    "range": _range,
    "hash": _hash,
    "random": _random,
    "uuid": _uuid,
    "parse": _parse,
    "now": _now,
    "millis": _millis,
    "shuffle": _shuffle,
    "eval": _eval,
}
