"""Projection expressions: the parts of an item that somebody asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from warmstart.runtime.services.dynamodb.syntax import Cursor, check_overlap

if TYPE_CHECKING:
    from collections.abc import Iterable

    from warmstart.runtime.services.dynamodb.syntax import Path, Terms
    from warmstart.runtime.services.dynamodb.values import Item, Value


def parse(text: str, terms: Terms) -> list[Path]:
    """Read a projection expression.

    Raises:
        ServiceError: ValidationException, as DynamoDB says it.
    """
    cursor = Cursor(text, "ProjectionExpression", terms)
    paths = [cursor.path()]
    while cursor.take(","):
        paths.append(cursor.path())
    cursor.end()
    check_overlap(paths, "ProjectionExpression")
    return paths


def projected(item: Item, paths: Iterable[Path]) -> Item:
    """Return what stands at these paths, with the maps and lists around it and nothing else."""
    wanted: dict[str | int, Any] = {}
    for path in paths:
        branch = wanted
        for step in path.steps:
            branch = branch.setdefault(step, {})
    found = _part({"M": item}, wanted)
    return {} if found is None else found["M"]


def _part(value: Value, wanted: dict[str | int, Any]) -> Value | None:
    """Return the wanted parts of a value; elements of a list move up."""
    if not wanted:
        return value
    found: dict[str | int, Value] = {}
    names = all(isinstance(step, str) for step in wanted)
    content = value.get("M" if names else "L")
    if content is None:
        return None
    for step, inner in sorted(wanted.items(), key=lambda pair: 0 if names else int(pair[0])):
        there = step in content if names else int(step) < len(content)
        part = _part(content[step], inner) if there else None
        if part is not None:
            found[step] = part
    if not found:
        return None
    return {"M": found} if names else {"L": list(found.values())}
