"""What a target gets of an event: all of it, a part, a constant, or a text made from parts.

(EventBridge user guide, eb-transform-target-input.)
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from warmstart.runtime.jsontext import dumped

if TYPE_CHECKING:
    from collections.abc import Mapping

    from warmstart.runtime.specs import Target

_STEP: Final = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]|\['([^']+)'\]")
_VARIABLE: Final = re.compile(r"<([A-Za-z0-9_.\-]+)>")
_ABSENT: Final = object()


def at_path(event: Any, path: str) -> Any:
    """Return what a path such as ``$.detail.items[0]`` leads to; None where it leads nowhere.

    Raises:
        ValueError: it is no path.
    """
    found = _follow(event, path)
    return None if found is _ABSENT else found


def _follow(event: Any, path: str) -> Any:
    for key in _steps(path):
        if isinstance(key, str) and isinstance(event, dict):
            event = event.get(key, _ABSENT)
        elif isinstance(key, int) and isinstance(event, list) and key < len(event):
            event = event[key]
        else:
            return _ABSENT
    return event


def _steps(path: str) -> list[str | int]:
    """Read a path whole, so that a wrong one is noticed whatever the event holds."""
    if not path.startswith("$"):
        raise ValueError(f"a path begins with $: {path!r}")
    steps: list[str | int] = []
    place = 1
    while place < len(path):
        match = _STEP.match(path, place)
        if match is None:
            raise ValueError(f"{path!r} is no path")
        steps.append(match[1] or match[3] or int(match[2]))
        place = match.end()
    return steps


def check(target: Target) -> None:
    """Refuse a target of which nothing could be made when an event comes.

    Raises:
        ValueError: its constant is no JSON, a path is none, or it asks for two things at once.
    """
    given = {
        "Input": target.input,
        "InputPath": target.input_path,
        "InputTransformer": target.input_template,
    }
    said = [name for name, value in given.items() if value is not None]
    if len(said) > 1:
        raise ValueError(f"Only one of {' and '.join(said)} may be given for target {target.id}.")
    if target.input is not None:
        try:
            json.loads(target.input)
        except ValueError as error:
            raise ValueError(f"Input for target {target.id} is not a valid JSON text.") from error
    for path in (target.input_path or "$", *target.input_paths.values()):
        try:
            _steps(path)
        except ValueError as error:
            raise ValueError(f"Invalid InputPath for target {target.id}: {error}.") from error


def payload(target: Target, event: Mapping[str, Any], rule_arn: str) -> str:
    """Return what the target gets, as JSON text."""
    if target.input is not None:
        return target.input
    if target.input_path is not None:
        return _dumped(at_path(dict(event), target.input_path))
    if target.input_template is not None:
        return _filled(target, event, rule_arn)
    return _dumped(event)


def _filled(target: Target, event: Mapping[str, Any], rule_arn: str) -> str:
    """Fill a template: a variable in quotes becomes text, one without becomes JSON."""
    values: dict[str, Any] = {
        name: at_path(dict(event), path) for name, path in target.input_paths.items()
    }
    values |= {
        "aws.events.rule-arn": rule_arn,
        "aws.events.rule-name": rule_arn.rpartition("/")[2],
        "aws.events.event.ingestion-time": event.get("time"),
        "aws.events.event": {k: v for k, v in event.items() if k != "detail"},
        "aws.events.event.json": dict(event),
    }
    assert target.input_template is not None
    parts: list[str] = []
    quoted = False
    place = 0
    text = target.input_template
    while place < len(text):
        match = _VARIABLE.match(text, place)
        if match is not None and match[1] in values:
            parts.append(_inserted(values[match[1]], quoted=quoted))
            place = match.end()
            continue
        character = text[place]
        if quoted and character == "\\":
            parts.append(text[place : place + 2])
            place += 2
            continue
        if character == '"':
            quoted = not quoted
        parts.append(character)
        place += 1
    filled = "".join(parts)
    # A template that is no JSON, bare text around its variables, is sent as a JSON string.
    try:
        json.loads(filled)
    except ValueError:
        return _dumped(filled)
    return filled


def _inserted(value: Any, *, quoted: bool) -> str:
    if not quoted:
        return _dumped("" if value is None else value)
    text = "" if value is None else value if isinstance(value, str) else _dumped(value)
    return _dumped(text)[1:-1]


def _dumped(value: Any) -> str:
    return dumped(value, compact=True)
