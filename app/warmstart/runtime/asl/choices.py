"""The rules of a Choice, each compiled to one function of the state's data."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from warmstart.runtime.asl import intrinsics
from warmstart.runtime.asl.env import Env, Evaluate
from warmstart.runtime.asl.jsonata import compile_expression, expect, is_expression
from warmstart.runtime.asl.paths import BadPath, Missing
from warmstart.runtime.asl.values import RUNTIME, Json, StatesError, is_number

Holds = Callable[[Env], bool]
Problem = Callable[[tuple[str | int, ...], str], None]

_TIMESTAMP = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)")


def timestamp(value: Json) -> datetime | None:
    """Return the moment that a timestamp names; None if it is none (RFC 3339, with T and zone).

    Beyond microseconds it is cut off.
    """
    found = _TIMESTAMP.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return None
    fraction = (found[3] or "0")[:6].ljust(6, "0")
    try:
        return datetime.fromisoformat(f"{found[1]}T{found[2]}.{fraction}{found[4]}")
    except ValueError:
        return None


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: Json) -> float | None:
    return value if is_number(value) else None


def _boolean(value: Json) -> bool | None:
    return value if isinstance(value, bool) else None


_KINDS: dict[str, Callable[[Json], Any]] = {
    "String": _text, "Numeric": _number, "Boolean": _boolean, "Timestamp": timestamp,
}  # fmt: skip
_SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "GreaterThan": operator.gt,
    "LessThanEquals": operator.le,
    "GreaterThanEquals": operator.ge,
}
COMPARISONS: dict[str, tuple[Callable[[Json], Any], Callable[[Any, Any], bool]]] = {
    kind + sign: (cast, compare)
    for kind, cast in _KINDS.items()
    for sign, compare in _SIGNS.items()
    if kind != "Boolean" or sign == "Equals"
}
TESTS: dict[str, Callable[[Json], bool]] = {
    "IsNull": lambda value: value is None,
    "IsNumeric": is_number,
    "IsString": lambda value: isinstance(value, str),
    "IsBoolean": lambda value: isinstance(value, bool),
    "IsTimestamp": lambda value: timestamp(value) is not None,
}
OPERATORS = {
    *COMPARISONS, *(f"{name}Path" for name in COMPARISONS), *TESTS, "IsPresent", "StringMatches",
}  # fmt: skip
COMPOSITES = ("And", "Or", "Not")


def compile_rule(rule: Mapping[str, Json], problem: Problem) -> Holds:
    """Compile a rule of JSONPath, with the rules in it."""
    found = [name for name in COMPOSITES if name in rule]
    if found:
        if len(found) > 1 or "Variable" in rule:
            problem((), "A rule has one of And, Or, Not and Variable.")
        return _composite(found[0], rule[found[0]], problem)
    return _comparison(rule, problem)


def _composite(name: str, inner: Json, problem: Problem) -> Holds:
    rules = [inner] if name == "Not" else inner
    if not isinstance(rules, list) or not rules or not all(isinstance(r, dict) for r in rules):
        problem((name,), f"'{name}' takes {'a rule' if name == 'Not' else 'a list of rules'}.")
        return lambda _env: False
    for index, rule in enumerate(rules):
        if "Next" in rule:
            place = (name,) if name == "Not" else (name, index)
            problem((*place, "Next"), "Only the outermost rule may have 'Next'.")
    parts = [
        compile_rule(rule, _below((name,) if name == "Not" else (name, index), problem))
        for index, rule in enumerate(rules)
    ]
    if name == "Not":
        first = parts[0]
        return lambda env: not first(env)
    if name == "And":
        return lambda env: all(part(env) for part in parts)
    return lambda env: any(part(env) for part in parts)


def _below(prefix: tuple[str | int, ...], problem: Problem) -> Problem:
    return lambda at, message: problem((*prefix, *at), message)


def _never(_env: Env) -> bool:
    return False


def _comparison(rule: Mapping[str, Json], problem: Problem) -> Holds:
    operators = [name for name in rule if name in OPERATORS]
    if len(operators) != 1:
        problem((), f"A rule has exactly one comparison operator, and this one {len(operators)}.")
        return _never
    variable = _path(rule.get("Variable"), "Variable", problem)
    name = operators[0]
    operand = rule[name]
    if variable is None:
        return _never
    if name == "IsPresent":
        return _present(variable, operand, problem)
    get = _reading(variable, str(rule["Variable"]))
    if name in TESTS:
        if not isinstance(operand, bool):
            problem((name,), f"'{name}' takes true or false.")
        test = TESTS[name]
        return lambda env: test(get(env)) is operand
    if name == "StringMatches":
        return _matches(get, operand, problem)
    if name in COMPARISONS:
        return _with_constant(get, name, operand, problem)
    other = _path(operand, name, problem)
    if other is None:
        return _never
    cast, compare = COMPARISONS[name.removesuffix("Path")]
    return _comparing(get, _reading(other, str(operand)), cast, compare)


def _path(text: Json, field: str, problem: Problem) -> Evaluate | None:
    if not isinstance(text, str):
        problem((field,) if text is not None else (), f"'{field}' must be a path.")
        return None
    try:
        return intrinsics.compile_root(text)
    except BadPath as error:
        problem((field,), str(error))
        return None


def _reading(find: Evaluate, text: str) -> Evaluate:
    def read(env: Env) -> Json:
        try:
            return find(env)
        except Missing:
            raise StatesError(
                RUNTIME,
                f"Invalid path '{text}': The choice state's condition path references an invalid "
                "value.",
            ) from None

    return read


def _present(find: Evaluate, operand: Json, problem: Problem) -> Holds:
    if not isinstance(operand, bool):
        problem(("IsPresent",), "'IsPresent' takes true or false.")

    def holds(env: Env) -> bool:
        try:
            find(env)
        except (Missing, StatesError):
            return operand is False
        return operand is True

    return holds


def _matches(get: Evaluate, operand: Json, problem: Problem) -> Holds:
    if not isinstance(operand, str):
        problem(("StringMatches",), "'StringMatches' takes a string, with * for any characters.")
        return _never
    parts = re.findall(r"\\(?:.|$)|\*|[^\\*]+", operand, re.DOTALL)
    pattern = re.compile(
        "".join(
            ".*" if part == "*" else re.escape(part[1:] if part[0] == "\\" else part)
            for part in parts
        ),
        re.DOTALL,
    )

    def holds(env: Env) -> bool:
        value = get(env)
        return isinstance(value, str) and pattern.fullmatch(value) is not None

    return holds


def _with_constant(get: Evaluate, name: str, operand: Json, problem: Problem) -> Holds:
    cast, compare = COMPARISONS[name]
    expected = cast(operand)
    if expected is None:
        kind = next(kind for kind in _KINDS if name.startswith(kind))
        problem((name,), f"'{name}' takes a {kind.lower().replace('numeric', 'number')}.")
        return _never

    def holds(env: Env) -> bool:
        value = cast(get(env))
        return value is not None and compare(value, expected)

    return holds


def _comparing(
    get: Evaluate, other: Evaluate, cast: Callable[[Json], Any], compare: Callable[[Any, Any], bool]
) -> Holds:
    def holds(env: Env) -> bool:
        value, expected = cast(get(env)), cast(other(env))
        return value is not None and expected is not None and compare(value, expected)

    return holds


def compile_condition(text: Json, field: str, problem: Problem) -> Holds:
    """Compile the Condition of a rule in JSONata."""
    if isinstance(text, bool):
        return lambda _env: text is True
    if not isinstance(text, str) or not is_expression(text):
        problem(("Condition",), "'Condition' takes a JSONata expression: '{% … %}'.")
        return _never
    written: str = text
    try:
        evaluate = compile_expression(written, field)
    except ValueError as error:
        problem(("Condition",), f"The JSONata expression cannot be parsed: {error}.")
        return _never

    def holds(env: Env) -> bool:
        value = evaluate(env)
        expect(value, "boolean", written, field)
        return value is True

    return holds
