"""Parameters from a request: from JSON, forms, XML, paths and headers, by botocore's shapes."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl
from xml.etree import ElementTree as ET  # expat bounds how far entities may grow

from warmstart.runtime.endpoint import models
from warmstart.runtime.services.base import ServiceError, unsupported

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.model import OperationModel, ServiceModel, Shape


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came, its body whole."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes


def _decode_json(
    model: ServiceModel, _name: str, request: Request
) -> tuple[OperationModel, dict[str, Any]]:
    name = request.headers["x-amz-target"].rpartition(".")[2]
    operation = _operation(model, name)
    said = json.loads(request.body or b"{}")
    if not isinstance(said, dict):
        raise TypeError("the body must be a JSON object")
    shape = operation.input_shape
    return operation, {} if shape is None else _from_json(shape, said)


def _decode_query(
    model: ServiceModel, _name: str, request: Request
) -> tuple[OperationModel, dict[str, Any]]:
    said = dict(parse_qsl(request.body.decode(), keep_blank_values=True, strict_parsing=False))
    said = {**request.query, **said}
    operation = _operation(model, said.get("Action", ""))
    shape = operation.input_shape
    return operation, {} if shape is None else _from_query(shape, said, "") or {}


def _decode_rest(
    model: ServiceModel, name: str, request: Request
) -> tuple[OperationModel, dict[str, Any]]:
    found = models.rest_operation(
        name, request.method, request.path, request.query, request.headers
    )
    if found is None:
        raise unsupported(model.service_name, f"{request.method} {request.path}")
    operation, in_path = found
    shape = operation.input_shape
    if shape is None:
        return operation, {}
    payload = shape.serialization.get("payload")
    parameters, rest = _located(shape, request, in_path)
    if payload is not None:
        inner = shape.members[payload]
        if inner.type_name in {"blob", "string"}:
            text = inner.type_name == "string"
            parameters[payload] = request.body.decode() if text else request.body
        elif request.body:
            parameters[payload] = _from_body(model, inner, request.body)
    elif rest and request.body:
        said = _from_body(model, shape, request.body)
        parameters |= {name: said[name] for name in rest if said.get(name) is not None}
    return operation, parameters


def _located(
    shape: Shape, request: Request, in_path: Mapping[str, str]
) -> tuple[dict[str, Any], dict[str, Shape]]:
    """Return what path, query and headers say, and the members that the body is to say."""
    parameters: dict[str, Any] = {}
    rest: dict[str, Shape] = {}
    for member, inner in shape.members.items():
        key = inner.serialization.get("name", member)
        match inner.serialization.get("location"):
            case "uri":
                parameters[member] = _from_text(inner, in_path[key])
            case "querystring" if key in request.query:
                parameters[member] = _from_text(inner, request.query[key])
            case "header" if key.lower() in request.headers:
                parameters[member] = _from_text(inner, request.headers[key.lower()])
            case "headers":
                prefix = key.lower()
                parameters[member] = {
                    n.removeprefix(prefix): v
                    for n, v in request.headers.items()
                    if n.startswith(prefix)
                }
            case None if member != shape.serialization.get("payload"):
                rest[member] = inner
    return parameters, rest


def _from_body(model: ServiceModel, shape: Shape, body: bytes) -> Any:
    if model.metadata["protocol"] == "rest-json":
        return _from_json(shape, json.loads(body))
    return _from_xml(shape, ET.fromstring(body))


def _operation(model: ServiceModel, name: str) -> OperationModel:
    if name not in model.operation_names:
        raise ServiceError("UnknownOperationException", f"{model.service_name} has no {name!r}.")
    return model.operation_model(name)


def _from_json(shape: Shape, said: Any) -> Any:
    match shape.type_name:
        case "structure":
            if shape.is_document_type:
                return said
            return {
                name: _from_json(inner, said[key])
                for name, inner in shape.members.items()
                if said.get(key := inner.serialization.get("name", name)) is not None
            }
        case "list":
            return [_from_json(shape.member, one) for one in said]
        case "map":
            return {key: _from_json(shape.value, one) for key, one in said.items()}
        case "blob":
            return base64.b64decode(said)
        case "timestamp":
            return _moment(said)
    return said


def _from_query(shape: Shape, said: Mapping[str, str], prefix: str) -> Any:
    match shape.type_name:
        case "structure":
            found = {}
            for name, inner in shape.members.items():
                key = inner.serialization.get("name", name)
                value = _from_query(inner, said, f"{prefix}.{key}" if prefix else key)
                if value is not None:
                    found[name] = value
            return found or None
        case "list":
            name = shape.member.serialization.get("name", "member")
            place = prefix if shape.serialization.get("flattened") else f"{prefix}.{name}"
            return _numbered(lambda at: _from_query(shape.member, said, at), said, place)
        case "map":
            place = prefix if shape.serialization.get("flattened") else f"{prefix}.entry"
            names = [s.serialization.get("name", d) for s, d in
                     ((shape.key, "key"), (shape.value, "value"))]  # fmt: skip
            pairs = _numbered(
                lambda at: (
                    said[f"{at}.{names[0]}"],
                    _from_query(shape.value, said, f"{at}.{names[1]}"),
                ),
                said,
                place,
            )
            return None if pairs is None else dict(pairs)
    return _from_text(shape, said[prefix]) if prefix in said else None


def _numbered(read: Any, said: Mapping[str, str], place: str) -> list[Any] | None:
    found = []
    number = 1
    while any(k == f"{place}.{number}" or k.startswith(f"{place}.{number}.") for k in said):
        found.append(read(f"{place}.{number}"))
        number += 1
    return found or None


def _from_text(shape: Shape, text: str) -> Any:
    match shape.type_name:
        case "boolean":
            return text.lower() == "true"
        case "integer" | "long":
            return int(text)
        case "float" | "double":
            return float(text)
        case "timestamp":
            return _moment(text)
        case "blob":
            return base64.b64decode(text)
        case "list":
            return [_from_text(shape.member, part.strip()) for part in text.split(",")]
    return text


def _from_xml(shape: Shape, element: ET.Element) -> Any:
    match shape.type_name:
        case "structure":
            found: dict[str, Any] = {}
            for name, inner in shape.members.items():
                key = inner.serialization.get("name", name)
                flat = inner.type_name == "list" and inner.serialization.get("flattened")
                nested = [child for child in element if _local(child) == key]
                if nested and flat:
                    found[name] = [_from_xml(inner.member, child) for child in nested]
                elif nested:
                    found[name] = _from_xml(inner, nested[0])
            return found
        case "list":
            return [_from_xml(shape.member, child) for child in element]
    return _from_text(shape, element.text or "")


def _local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _moment(said: Any) -> datetime:
    try:
        return datetime.fromtimestamp(float(said), UTC)
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(said)
    except ValueError:
        return parsedate_to_datetime(said)


DECODE = {
    "json": _decode_json,
    "query": _decode_query,
    "rest-json": _decode_rest,
    "rest-xml": _decode_rest,
}
"""By protocol: the operation that a request asks for, and its parameters."""
