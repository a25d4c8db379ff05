"""Templates: JSON with holes, filled from paths or expressions; compiled to one function."""

from __future__ import annotations

from typing import TYPE_CHECKING

from warmstart.runtime.asl import intrinsics, jsonata
from warmstart.runtime.asl.jsonata import compile_expression, is_expression

if TYPE_CHECKING:
    from collections.abc import Callable

    from warmstart.runtime.asl.env import Env, Evaluate
    from warmstart.runtime.asl.values import Json

    Problem = Callable[[tuple[str | int, ...], str], None]
    """Takes what is wrong in a template: where, from its top, and a sentence."""


def constant(value: Json) -> Evaluate:
    """Return what gives the same value every time."""
    return lambda _env: value


def compile_paths(template: Json, problem: Problem) -> Evaluate:
    """Compile a payload template of JSONPath: keys that end with ``.$`` hold paths."""
    return _paths(template, (), problem) or constant(template)


def _paths(value: Json, at: tuple[str | int, ...], problem: Problem) -> Evaluate | None:
    """Return the function of a value with holes; None for one without, which stays as it is."""
    if isinstance(value, dict):
        parts: list[tuple[str, Evaluate]] = []
        fixed = True
        for key, inner in value.items():
            if key.endswith(".$"):
                fixed = False
                parts.append((key[:-2], _hole(key, inner, (*at, key), problem)))
                continue
            found = _paths(inner, (*at, key), problem)
            fixed = fixed and found is None
            parts.append((key, found or constant(inner)))
        return None if fixed else _object(parts)
    if isinstance(value, list):
        items = [_paths(inner, (*at, index), problem) for index, inner in enumerate(value)]
        if all(item is None for item in items):
            return None
        return _array([item or constant(value[index]) for index, item in enumerate(items)])
    return None


def _hole(key: str, value: Json, at: tuple[str | int, ...], problem: Problem) -> Evaluate:
    if not isinstance(value, str):
        problem(at, f"The value of '{key}' must be a path or an intrinsic function, as a string.")
        return constant(None)
    try:
        return intrinsics.compile_field(value, key)
    except ValueError as error:
        problem(at, str(error))
        return constant(None)


def compile_jsonata(template: Json, field: str, problem: Problem) -> Evaluate:
    """Compile a template of JSONata: strings ``{% … %}`` hold expressions."""
    return _jsonata(template, field, (), problem) or constant(template)


def _jsonata(
    value: Json, field: str, at: tuple[str | int, ...], problem: Problem
) -> Evaluate | None:
    if isinstance(value, dict):
        holes = {
            key: _jsonata(inner, f"{field}/{key}", (*at, key), problem)
            for key, inner in value.items()
        }
        if all(hole is None for hole in holes.values()):
            return None
        return _object([(key, hole or constant(value[key])) for key, hole in holes.items()])
    if isinstance(value, list):
        items = [
            _jsonata(inner, f"{field}[{index}]", (*at, index), problem)
            for index, inner in enumerate(value)
        ]
        if all(item is None for item in items):
            return None
        return _array([item or constant(value[index]) for index, item in enumerate(items)])
    return _expression(value, field, at, problem) if is_expression(value) else None


def _expression(value: str, field: str, at: tuple[str | int, ...], problem: Problem) -> Evaluate:
    try:
        return compile_expression(value, field)
    except jsonata.BadExpression as error:
        problem(at, f"The JSONata expression cannot be parsed: {error}.")
        return constant(None)


def _object(parts: list[tuple[str, Evaluate]]) -> Evaluate:
    def fill(env: Env) -> Json:
        return {key: evaluate(env) for key, evaluate in parts}

    return fill


def _array(parts: list[Evaluate]) -> Evaluate:
    def fill(env: Env) -> Json:
        return [evaluate(env) for evaluate in parts]

    return fill
