"""Values of the JSONPath query language: paths with their roots, and the States.* functions.

Rules and examples: Step Functions developer guide, "Intrinsic functions". What the guide leaves
open is said at the function.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import math
import random as random_module
import re
from typing import TYPE_CHECKING, Any, Self

from warmstart.runtime.asl.paths import BadPath, Missing, compile_path, not_found
from warmstart.runtime.asl.values import (
    INTRINSIC_FAILED,
    RUNTIME,
    Json,
    StatesError,
    from_text,
    is_number,
    same,
    to_text,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from warmstart.runtime.asl.env import Env, Evaluate

LARGEST_RANGE = 1_000
_LONGEST = 10_000
"""Characters that Base64 and Hash take."""
_DEEPEST = 10
"""Functions within one another (the guide's limit)."""

_VARIABLE = re.compile(r"\$([^\W\d]\w*)")
_CALL = re.compile(r"\s*(States\.\w+)\s*\(")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?(?=\s*[,)])")
_WORD = re.compile(r"(true|false|null)(?=\s*[,)])")
_STRING = re.compile(r"'((?:[^'\\]|\\.)*)'", re.DOTALL)


def compile_field(text: str, field: str) -> Evaluate:
    """Compile the path or function that stands in a field; ``field`` is named in its errors.

    Raises:
        BadPath: it is neither.
    """
    if text.startswith("States."):
        evaluate, end = _function(text, 0, 1)
        if text[end:].strip():
            raise BadPath(f"'{text}' goes on behind the function's closing parenthesis.")
        return evaluate
    find = compile_root(text)

    def get(env: Env) -> Json:
        try:
            return find(env)
        except Missing as missing:
            raise not_found(missing.path, field, env.data) from None

    return get


def compile_root(text: str) -> Evaluate:
    """Compile a path with its root: ``$`` the data, ``$$`` the context object, ``$x`` a variable.

    What it returns raises Missing. Raises:
        BadPath: it is none.
    """
    if text.startswith("$$"):
        inside = compile_path(text, 2).find
        return lambda env: inside(env.context())
    if (named := _VARIABLE.match(text)) is not None:
        return _variable(text, named[1], compile_path(text, named.end()).find)
    if text.startswith("$"):
        find = compile_path(text, 1).find
        return lambda env: find(env.data)
    raise BadPath(f"'{text}' is no path: it begins with '$'.")


def _variable(text: str, name: str, find: Callable[[Json], Json]) -> Evaluate:
    def get(env: Env) -> Json:
        try:
            value = env.variables[name]
        except KeyError:
            raise StatesError(
                RUNTIME, f"The variable '{name}' that '{text}' refers to has not been assigned."
            ) from None
        return find(value)

    return get


# --- functions -------------------------------------------------------------------------------


class _Bad(Exception):
    """A function cannot do this; the message is AWS's second half."""


def _function(text: str, at: int, depth: int) -> tuple[Evaluate, int]:
    """Compile the call at ``at``; return it and where it ends."""
    call = _CALL.match(text, at)
    if call is None:
        raise BadPath(f"'{text}' is no function call: States.Name(arguments).")
    name = call[1]
    if name not in FUNCTIONS:
        raise BadPath(f"There is no function {name}.")
    if depth > _DEEPEST:
        raise BadPath(f"'{text}' nests more than {_DEEPEST} functions.")
    arguments, end = _arguments(text, call.end(), depth)
    least, most, do = FUNCTIONS[name]
    if len(arguments) < least or (most is not None and len(arguments) > most):
        raise BadPath(f"{name} does not take {len(arguments)} arguments.")
    written = text[at:end].strip()

    def evaluate(env: Env) -> Json:
        try:
            return do(env, *[argument(env) for argument in arguments])
        except Missing as missing:
            raise StatesError(
                RUNTIME,
                f"The function '{written}' had the following error: The JsonPath argument for the "
                f"field '{missing.path}' could not be found in the input '{to_text(env.data)}'",
            ) from None
        except _Bad as bad:
            raise StatesError(
                INTRINSIC_FAILED, f"The function '{written}' had the following error: {bad}"
            ) from None

    return evaluate, end


def _arguments(text: str, at: int, depth: int) -> tuple[list[Evaluate], int]:
    found: list[Evaluate] = []
    at = _space(text, at)
    if text[at : at + 1] == ")":
        return found, at + 1
    while True:
        argument, at = _argument(text, at, depth)
        found.append(argument)
        at = _space(text, at)
        sign = text[at : at + 1]
        if sign == ")":
            return found, at + 1
        if sign != ",":
            raise BadPath(f"'{text}' has no ',' or ')' at character {at + 1}.")
        at = _space(text, at + 1)


def _space(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def _constant(value: Json) -> Evaluate:
    return lambda _env: value


def _argument(text: str, at: int, depth: int) -> tuple[Evaluate, int]:
    if text.startswith("$", at):
        end = _path_end(text, at)
        return compile_root(text[at:end].strip()), end
    if text.startswith("States.", at):
        return _function(text, at, depth + 1)
    if (found := _STRING.match(text, at)) is not None:
        raw = found[1]
        # Format needs to know which braces were escaped, so the escape stays for it to read.
        return _constant(_Literal(raw) if "\\" in raw else raw), found.end()
    if (found := _NUMBER.match(text, at)) is not None:
        number = float(found[0]) if found[1] or found[2] else int(found[0])
        return _constant(number), found.end()
    if (found := _WORD.match(text, at)) is not None:
        return _constant({"true": True, "false": False, "null": None}[found[1]]), found.end()
    raise BadPath(f"'{text}' has no argument that can be read at character {at + 1}.")


def _path_end(text: str, at: int) -> int:
    depth, quote = 0, ""
    for position in range(at, len(text)):
        letter = text[position]
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter in "[(":
            depth += 1
        elif letter == "]" or (letter == ")" and depth):
            depth -= 1
        elif letter in ",)" and depth == 0:
            return position
    raise BadPath(f"'{text}' is not closed.")


class _Literal(str):
    """A quoted string with escapes in it: itself is the text without them."""

    __slots__ = ("raw",)

    raw: str

    def __new__(cls, raw: str) -> Self:
        made = super().__new__(cls, re.sub(r"\\(.)", _unescape, raw, flags=re.DOTALL))
        made.raw = raw
        return made


def _unescape(found: re.Match[str]) -> str:
    return {"n": "\n", "t": "\t", "r": "\r"}.get(found[1], found[1])


def _array(value: Json, name: str) -> list[Json]:
    if not isinstance(value, list):
        raise _Bad(f"Invalid arguments in {name}: the first argument must be an array.")
    return value


def _text(value: Json, name: str) -> str:
    if not isinstance(value, str):
        raise _Bad(f"Invalid arguments in {name}: a string is expected.")
    return str(value)


def _whole(value: Json, name: str) -> int:
    """Return an integer; others are rounded as Java's Math.round does (the guide says so)."""
    if not is_number(value):
        raise _Bad(f"Invalid arguments in {name}: a number is expected.")
    return math.floor(value + 0.5) if isinstance(value, float) else int(value)


_HOLE = re.compile(r"\\(.)|\{\}", re.DOTALL)


def _format(_env: Env, template: Json, *values: Json) -> str:
    name = "States.Format"
    raw = template.raw if isinstance(template, _Literal) else _text(template, name)
    left = list(values)

    def fill(found: re.Match[str]) -> str:
        if found[1] is not None:
            return _unescape(found)
        if not left:
            raise _Bad(_HOLES)
        value = left.pop(0)
        return value if isinstance(value, str) else to_text(value)

    filled = _HOLE.sub(fill, raw)
    if left:
        raise _Bad(_HOLES)
    return filled


_HOLES = (
    "Invalid arguments in States.Format: the number of arguments does not match the number of "
    "occurrences of {}."
)


def _string_to_json(_env: Env, value: Json) -> Json:
    text = _text(value, "States.StringToJson")
    try:
        return from_text(text) if text.strip() else None
    except ValueError as error:
        raise _Bad(f"Invalid JSON: {error}") from None


def _partition(_env: Env, value: Json, size: Json) -> list[Json]:
    items, length = _array(value, "States.ArrayPartition"), _whole(size, "States.ArrayPartition")
    if length < 1:
        raise _Bad("Invalid arguments in States.ArrayPartition: the chunk size must be positive.")
    return [items[start : start + length] for start in range(0, len(items), length)]


def _range(_env: Env, first: Json, last: Json, step: Json) -> list[int]:
    name = "States.ArrayRange"
    start, end, by = _whole(first, name), _whole(last, name), _whole(step, name)
    if by == 0:
        raise _Bad(f"Invalid arguments in {name}: the step must not be 0.")
    numbers = range(start, end + (1 if by > 0 else -1), by)
    if len(numbers) > LARGEST_RANGE:
        raise _Bad(f"{name} would give more than {LARGEST_RANGE} items.")
    return list(numbers)


def _get_item(_env: Env, value: Json, index: Json) -> Json:
    items, at = _array(value, "States.ArrayGetItem"), _whole(index, "States.ArrayGetItem")
    if not 0 <= at < len(items):
        raise _Bad(f"Invalid arguments in States.ArrayGetItem: there is no item {at}.")
    return items[at]


def _unique(_env: Env, value: Json) -> list[Json]:
    found: list[Json] = []
    for item in _array(value, "States.ArrayUnique"):
        if not any(same(item, other) for other in found):
            found.append(item)
    return found


def _contains(_env: Env, value: Json, wanted: Json) -> bool:
    return any(same(item, wanted) for item in _array(value, "States.ArrayContains"))


def _encode(_env: Env, value: Json) -> str:
    text = _text(value, "States.Base64Encode")
    _short(text, "States.Base64Encode")
    return base64.b64encode(text.encode()).decode()


def _decode(_env: Env, value: Json) -> str:
    text = _text(value, "States.Base64Decode")
    _short(text, "States.Base64Decode")
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise _Bad("Invalid arguments in States.Base64Decode: it is no Base64 text.") from None


def _short(text: str, name: str) -> None:
    if len(text) > _LONGEST:
        raise _Bad(f"Invalid arguments in {name}: more than {_LONGEST} characters.")


HASHES = {
    "MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512",
}  # fmt: skip


def _hash(_env: Env, value: Json, algorithm: Json) -> str:
    if algorithm not in HASHES:
        raise _Bad(
            f"Invalid arguments in States.Hash: the algorithm is one of {', '.join(HASHES)}."
        )
    text = str(value) if isinstance(value, str) else to_text(value)
    _short(text, "States.Hash")
    return hashlib.new(HASHES[algorithm], text.encode(), usedforsecurity=False).hexdigest()


def _merge(_env: Env, one: Json, other: Json, deep: Json) -> dict[str, Json]:
    if deep is not False:
        raise _Bad("Invalid arguments in States.JsonMerge: only shallow merging is supported.")
    if not isinstance(one, dict) or not isinstance(other, dict):
        raise _Bad("Invalid arguments in States.JsonMerge: two objects are expected.")
    return {**one, **other}


def _random(env: Env, first: Json, last: Json, seed: Json = None) -> int:
    name = "States.MathRandom"
    start, end = _whole(first, name), _whole(last, name)
    if end <= start:
        raise _Bad(f"Invalid arguments in {name}: the end must be greater than the start.")
    source = env.run.random if seed is None else random_module.Random(_whole(seed, name))
    return source.randrange(start, end)


def _add(_env: Env, one: Json, other: Json) -> int:
    return _whole(one, "States.MathAdd") + _whole(other, "States.MathAdd")


def _split(_env: Env, value: Json, splitter: Json) -> list[str]:
    """Split at any of the splitter's characters; empty parts are left out, as the guide shows."""
    text, signs = _text(value, "States.StringSplit"), _text(splitter, "States.StringSplit")
    if not signs:
        return [text]
    return [part for part in re.split("[" + re.escape(signs) + "]", text) if part]


FUNCTIONS: dict[str, tuple[int, int | None, Callable[..., Any]]] = {
    "States.Format": (1, None, _format),
    "States.StringToJson": (1, 1, _string_to_json),
    "States.JsonToString": (1, 1, lambda _env, value: to_text(value)),
    "States.Array": (0, None, lambda _env, *values: list(values)),
    "States.ArrayPartition": (2, 2, _partition),
    "States.ArrayContains": (2, 2, _contains),
    "States.ArrayRange": (3, 3, _range),
    "States.ArrayGetItem": (2, 2, _get_item),
    "States.ArrayLength": (1, 1, lambda _env, value: len(_array(value, "States.ArrayLength"))),
    "States.ArrayUnique": (1, 1, _unique),
    "States.Base64Encode": (1, 1, _encode),
    "States.Base64Decode": (1, 1, _decode),
    "States.Hash": (2, 2, _hash),
    "States.JsonMerge": (3, 3, _merge),
    "States.MathRandom": (2, 3, _random),
    "States.MathAdd": (2, 2, _add),
    "States.StringSplit": (2, 2, _split),
    "States.UUID": (0, 0, lambda env: env.run.new_uuid()),
}
"""Each function with the fewest and most arguments that it takes."""
