"""Numbers and moments that fields hold or refer to, checked as they are read, in AWS's words."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from warmstart.runtime.asl.choices import timestamp
from warmstart.runtime.asl.jsonata import expect
from warmstart.runtime.asl.values import (
    QUERY_FAILED,
    RUNTIME,
    Json,
    StatesError,
    is_number,
    to_text,
)

if TYPE_CHECKING:
    from datetime import datetime

    from warmstart.runtime.asl.env import Env
    from warmstart.runtime.asl.model import Setting

LONGEST_WAIT = 99_999_999
_ALL_OF_THEM = 100


def _raw(value: Json) -> str:
    return value if isinstance(value, str) else to_text(value)


def number(setting: Setting, env: Env, *, whole: bool = True) -> float:
    """Return the number that a field stands for.

    Raises:
        StatesError: it is none.
    """
    value = setting.evaluate(env)
    if setting.kind == "expression":
        expect(value, "number", setting.text, setting.field)
    kind = "integer" if whole else "float"
    if not is_number(value) or (whole and value != int(value)):
        raise StatesError(
            RUNTIME if setting.kind == "path" else QUERY_FAILED,
            f'The {setting.field} field refers to value "{_raw(value)}" which is not a valid '
            f"{kind}: {setting.text}",
            location=None if setting.kind == "path" else setting.field,
        )
    return float(value)


def count(setting: Setting | None, env: Env) -> int | None:
    """Return a whole number that is not negative; None where there is no such field."""
    if setting is None:
        return None
    value = int(number(setting, env))
    if value < 0:
        name = setting.field.removesuffix("Path")
        raise StatesError(RUNTIME, f"{name} cannot be negative.")
    return value


def percentage(setting: Setting | None, env: Env) -> float | None:
    """Return a percentage; None where there is no such field."""
    if setting is None:
        return None
    value = number(setting, env, whole=False)
    if not 0 <= value <= _ALL_OF_THEM:
        raise StatesError(RUNTIME, "ToleratedFailurePercentage must be between 0 and 100.")
    return value


def word(setting: Setting | None, env: Env) -> str | None:
    """Return the text of Error or Cause."""
    if setting is None:
        return None
    value = setting.evaluate(env)
    if setting.kind == "expression":
        expect(value, "string", setting.text, setting.field)
    if not isinstance(value, str):
        raise StatesError(
            RUNTIME,
            f'The {setting.field} field refers to value "{_raw(value)}" which is not a valid '
            f"string: {setting.text}",
        )
    return value


def delay(setting: Setting, env: Env, now: datetime) -> float:
    """Return the seconds that a Wait waits.

    Raises:
        StatesError: the field refers to nothing that one can wait for.
    """
    try:
        value = setting.evaluate(env)
    except StatesError as error:
        if setting.kind == "path" and error.error == RUNTIME and "JSONPath" in str(error.cause):
            raise StatesError(
                RUNTIME,
                f"The {setting.field} parameter does not reference an input value: {setting.text}",
            ) from None
        raise
    if setting.field.startswith("Seconds"):
        return _seconds(setting, value)
    moment = timestamp(value)
    if moment is None:
        raise _unfit(
            setting,
            f"The {setting.field} parameter does not reference a valid ISO-8601 extended offset "
            f"date-time format string: {_shown(setting)} == {_raw(value)}",
        )
    return max(0.0, (moment - now) / timedelta(seconds=1))


def _seconds(setting: Setting, value: Json) -> float:
    if setting.kind == "expression":
        expect(value, "number", setting.text, setting.field)
    if not is_number(value) or value != int(value):
        raise _unfit(
            setting,
            f"The {setting.field} parameter cannot be parsed as a long value: "
            f"{_shown(setting)} == {_raw(value)}",
        )
    if value < 0:
        raise _unfit(
            setting,
            f"The {setting.field} parameter references a negative value: "
            f"{_shown(setting)} == {_raw(value)}",
        )
    if value > LONGEST_WAIT:
        raise _unfit(
            setting,
            f"The {setting.field} parameter references a value greater than {LONGEST_WAIT}: "
            f"{_shown(setting)} == {_raw(value)}",
        )
    return float(value)


def _shown(setting: Setting) -> str:
    return setting.text.removeprefix("{%").removesuffix("%}").strip()


def _unfit(setting: Setting, cause: str) -> StatesError:
    if setting.kind == "expression":
        return StatesError(QUERY_FAILED, cause, location=setting.field)
    return StatesError(RUNTIME, cause)
