"""JSON values as an execution handles them, and the errors that it fails with.

Values are shared between states, events and variables, and so never changed in place.
"""

from __future__ import annotations

import json
from typing import Any

from warmstart.runtime.jsontext import is_encodable

Json = Any

PAYLOAD_LIMIT = 262_144
"""Bytes of UTF-8 that an input, output or result may have (service-quotas: 256 KiB)."""
_BYTES_A_CHARACTER = 4

RUNTIME = "States.Runtime"
QUERY_FAILED = "States.QueryEvaluationError"
INTRINSIC_FAILED = "States.IntrinsicFailure"
TOO_LARGE = "States.DataLimitExceeded"
TIMEOUT = "States.Timeout"
HEARTBEAT_TIMEOUT = "States.HeartbeatTimeout"
TASK_FAILED = "States.TaskFailed"
ALL = "States.ALL"


class StatesError(Exception):
    """What an execution, or a state of it, fails with.

    ``location`` is the field whose JSONata expression failed; such a failure has an event of its
    own. ``placed`` says whether the cause already names the state, or never will because it is the
    task's or the Fail state's own.
    """

    def __init__(
        self,
        error: str | None,
        cause: str | None,
        *,
        location: str | None = None,
        placed: bool = False,
    ) -> None:
        super().__init__(error, cause)
        self.error = error
        self.cause = cause
        self.location = location
        self.placed = placed

    def place(self, state: str, entered: int) -> None:
        """Say in the cause which state failed, in AWS's words; once."""
        if not self.placed:
            self.placed = True
            self.cause = (
                f"An error occurred while executing the state '{state}' "
                f"(entered at the event id #{entered}). {self.cause}"
            )

    def details(self) -> dict[str, Json]:
        """Return the error as events carry it."""
        named = {"error": self.error, "cause": self.cause}
        return {key: value for key, value in named.items() if value is not None}

    def output(self) -> dict[str, Json]:
        """Return what a Catch gives to the next state."""
        named = {"Error": self.error, "Cause": self.cause}
        return {key: value for key, value in named.items() if value is not None}


_escape = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


def to_text(value: Json) -> str:
    """Return a value as compact JSON.

    Raises:
        StatesError: it holds a number that JSON cannot, or is nested deeper than Python recurses.
    """
    try:
        text = _encode(value)
        return text if is_encodable(text) else _escape(value)
    except RecursionError:
        raise StatesError(RUNTIME, "The data is nested too deeply.") from None
    except ValueError:
        raise StatesError(RUNTIME, "The data holds a number that JSON cannot express.") from None


def from_text(text: str) -> Json:
    """Parse JSON as the standard defines it.

    Raises:
        ValueError: it is no JSON, NaN or a number beyond a double among them, or nested too deeply.
    """
    try:
        return json.loads(text, parse_constant=_refuse, parse_float=_finite, parse_int=_integer)
    except RecursionError:
        raise ValueError("It is nested too deeply.") from None


def too_large(text: str) -> bool:
    """Tell whether a payload exceeds the limit."""
    if len(text) * _BYTES_A_CHARACTER <= PAYLOAD_LIMIT:
        return False
    return len(text) > PAYLOAD_LIMIT or len(text.encode(errors="surrogatepass")) > PAYLOAD_LIMIT


def is_number(value: Json) -> bool:
    """Tell whether a value is a JSON number; Python counts true and false among them."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def same(one: Json, other: Json) -> bool:
    """Compare as JSON does: 1 is 1.0, but true is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def type_name(value: Json) -> str:
    """Return the type as AWS's messages call it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    return _TYPE_NAMES.get(type(value), "function")


_TYPE_NAMES: dict[type, str] = {str: "string", list: "array", dict: "object"}


def _refuse(name: str) -> Json:
    raise ValueError(f"{name} is no JSON.")


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError(f"The number {text[:40]} is beyond what a double can hold.")
    return value


_LONGEST_INTEGER = 309


def _integer(text: str) -> int:
    if len(text) > _LONGEST_INTEGER:
        raise ValueError(f"The number {text[:40]}… is beyond what a double can hold.")
    return int(text)
