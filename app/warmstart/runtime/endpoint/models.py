"""The services' own descriptions, as botocore ships them: which operation a request asks for.

Loaded when the first request for a service comes, because botocore takes a fifth of a second to
import and most runs without calls to services never need it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.model import OperationModel, ServiceModel

_NAMES = {"states": "stepfunctions", "email": "ses", "monitoring": "cloudwatch"}
"""Where a service signs with another name than its client has."""


@lru_cache(maxsize=32)  # And no more: whoever is refused may name as many services as he likes.
def service_model(name: str) -> ServiceModel | None:
    """Return the description of a service by the name that it signs with; None for no service."""
    from botocore.exceptions import UnknownServiceError
    from botocore.model import ServiceModel

    client = _NAMES.get(name, name)
    try:
        return ServiceModel(_loader().load_service_model(client, "service-2"), client)
    except UnknownServiceError:
        return None


@cache
def _loader() -> Any:
    from botocore.loaders import Loader

    return Loader()


@dataclass(frozen=True, slots=True)
class Route:
    """How a REST operation is asked for."""

    operation: str
    method: str
    path: re.Pattern[str]
    names: tuple[str, ...]
    """Of the path's parameters, in their order."""
    query: Mapping[str, str]
    """What the query has to hold: a key, with its value or empty."""


@cache
def routes(name: str) -> tuple[Route, ...]:
    """Return the routes of a service with a REST protocol, the most particular first."""
    model = service_model(name)
    assert model is not None
    found = []
    for operation in model.operation_names:
        if model.operation_model(operation).deprecated:  # S3 has some twice, under two names.
            continue
        http = model.operation_model(operation).http
        path, _, query = http["requestUri"].partition("?")
        names = tuple(re.findall(r"\{([^}+]+)\+?\}", path))
        pattern = re.sub(
            r"\\\{[^}]+?(\\\+)?\\\}", lambda m: "(.+)" if m[1] else "([^/]+)", re.escape(path)
        )
        pairs = (part.partition("=")[::2] for part in query.split("&") if part)
        found.append(
            Route(operation, http["method"], re.compile(pattern + "/?"), names, dict(pairs))
        )
    return tuple(sorted(found, key=lambda r: (-_demands(model, r), len(r.names), r.operation)))


def _demands(model: ServiceModel, route: Route) -> int:
    """Return how much a request has to hold: UploadPartCopy is asked for before PutObject."""
    shape = model.operation_model(route.operation).input_shape
    needed = () if shape is None else shape.required_members
    places = [shape.members[name].serialization.get("location") for name in needed if shape]
    return len(route.query) + sum(place in {"header", "querystring"} for place in places)


def rest_operation(
    name: str, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str]
) -> tuple[OperationModel, dict[str, str]] | None:
    """Return the operation that a REST request asks for, with what its path says."""
    model = service_model(name)
    assert model is not None
    for route in routes(name):
        match = route.path.fullmatch(path) if route.method == method else None
        if match is None:
            continue
        if any(key not in query or (v and query[key] != v) for key, v in route.query.items()):
            continue
        operation = model.operation_model(route.operation)
        if _lacks_header(operation, headers) or _lacks_query(operation, query):
            continue
        values = zip(route.names, map(unquote, match.groups()), strict=True)
        return operation, dict(values)
    return None


def _lacks_header(operation: OperationModel, headers: Mapping[str, str]) -> bool:
    """Whether a required header is missing: it tells CopyObject from PutObject."""
    shape = operation.input_shape
    return shape is not None and any(
        shape.members[name].serialization.get("location") == "header"
        and shape.members[name].serialization.get("name", name).lower() not in headers
        for name in shape.required_members
    )


def _lacks_query(operation: OperationModel, query: Mapping[str, str]) -> bool:
    """Whether a required part of the query is missing: it tells UploadPart from PutObject."""
    shape = operation.input_shape
    return shape is not None and any(
        shape.members[name].serialization.get("location") == "querystring"
        and shape.members[name].serialization.get("name", name) not in query
        for name in shape.required_members
    )
