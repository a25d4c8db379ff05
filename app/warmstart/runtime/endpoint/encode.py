"""Answers from results: JSON, XML and headers, by botocore's shapes; and errors in each form."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.model import OperationModel, ServiceModel, Shape

    from warmstart.runtime.services.base import ServiceError


@dataclass(frozen=True, slots=True)
class Response:
    """An answer."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def encode_error(
    model: ServiceModel | None, protocol: str, error: ServiceError, request_id: str
) -> Response:
    """Return the answer that carries an error, in the service's own form."""
    headers = {"x-amzn-requestid": request_id}
    if protocol == "query":
        sender = "Sender" if error.status < 500 else "Receiver"  # noqa: PLR2004
        root = _element("ErrorResponse")
        inner = ET.SubElement(root, "Error")
        for name, text in (("Type", sender), ("Code", error.code), ("Message", error.message)):
            ET.SubElement(inner, name).text = text
        ET.SubElement(root, "RequestId").text = request_id
        return Response(error.status, ET.tostring(root), headers | {"content-type": "text/xml"})
    if protocol == "ec2":
        root = _element("Response")
        inner = ET.SubElement(ET.SubElement(root, "Errors"), "Error")
        for name, text in (("Code", error.code), ("Message", error.message)):
            ET.SubElement(inner, name).text = text
        ET.SubElement(root, "RequestID").text = request_id
        return Response(error.status, ET.tostring(root), headers | {"content-type": "text/xml"})
    if protocol == "rest-xml":
        root = _element("Error")
        for name, text in (("Code", error.code), ("Message", error.message), *error.fields.items()):
            ET.SubElement(root, name).text = str(text)
        ET.SubElement(root, "RequestId").text = request_id
        headers |= {"content-type": "application/xml", "x-amz-request-id": request_id}
        return Response(error.status, ET.tostring(root), headers)
    fields = dict(error.fields)
    query_code = fields.pop("QueryErrorCode", None)
    if model is not None and model.metadata.get("awsQueryCompatible") is not None:
        headers["x-amzn-query-error"] = f"{query_code or error.code};Sender"
    if protocol == "rest-json":
        headers["x-amzn-errortype"] = error.code
        body = {"Type": "User", "message": error.message, **fields}
    else:
        shape = _error_shape(model, error)
        said = "Message" if shape is not None and "Message" in shape.members else "message"
        more = fields and (fields if shape is None else _to_json(shape, fields))
        body = {"__type": error.code, said: error.message, **more}
    kind = f"application/x-amz-json-{model.metadata.get('jsonVersion', '1.0') if model else '1.0'}"
    return Response(error.status, _dumped(body), headers | {"content-type": kind})


def _error_shape(model: ServiceModel | None, error: ServiceError) -> Shape | None:
    shapes = () if model is None else model.error_shapes
    return next((shape for shape in shapes if shape.name == error.code), None)


def _encode_json(operation: OperationModel, result: Mapping[str, Any], request_id: str) -> Response:
    shape = operation.output_shape
    body = {} if shape is None else _to_json(shape, result)
    version = operation.service_model.metadata.get("jsonVersion", "1.0")
    headers = {"content-type": f"application/x-amz-json-{version}", "x-amzn-requestid": request_id}
    return Response(200, _dumped(body), headers)


def _encode_query(
    operation: OperationModel, result: Mapping[str, Any], request_id: str
) -> Response:
    root = _element(f"{operation.name}Response")
    shape = operation.output_shape
    if shape is not None:
        wrapper = shape.serialization.get("resultWrapper", f"{operation.name}Result")
        _to_xml(shape, result, ET.SubElement(root, wrapper))
    ET.SubElement(ET.SubElement(root, "ResponseMetadata"), "RequestId").text = request_id
    headers = {"content-type": "text/xml", "x-amzn-requestid": request_id}
    return Response(200, ET.tostring(root), headers)


def _encode_rest(operation: OperationModel, result: Mapping[str, Any], request_id: str) -> Response:
    shape = operation.output_shape
    status: int = operation.http.get("responseCode", 200)
    # As boto3 tells the status: where a result has one that is not its operation's, it says so.
    result = dict(result)
    status = result.pop("ResponseMetadata", {}).get("HTTPStatusCode", status)
    headers = {"x-amzn-requestid": request_id, "x-amz-request-id": request_id}
    if shape is None:
        return Response(status, b"", headers)
    payload = shape.serialization.get("payload")
    rest: dict[str, Any] = {}
    for member, value in result.items():
        inner = shape.members[member]
        key = inner.serialization.get("name", member)
        match inner.serialization.get("location"):
            case "statusCode":
                status = value
            case "header":
                headers[key.lower()] = _to_text(inner, value, "rfc822")
            case "headers":
                headers |= {f"{key}{n}".lower(): str(v) for n, v in value.items()}
            case None if member != payload:
                rest[member] = value
    xml = operation.service_model.metadata["protocol"] == "rest-xml"
    if payload is not None:
        inner, value = shape.members[payload], result.get(payload)
        if inner.type_name in {"blob", "string"}:
            # A handler's answer may hold lone surrogates.
            said = value.encode(errors="surrogatepass") if isinstance(value, str) else value
            body = bytes(said or b"")
        else:
            body = _document(inner, value, xml=xml) if value is not None else b""
    elif xml:
        bodied = any(s.serialization.get("location") is None for s in shape.members.values())
        body = _document(shape, rest, xml=True) if bodied else b""
    else:
        body = _dumped(_to_json(shape, rest))
    if body:
        headers.setdefault("content-type", "application/xml" if xml else "application/json")
    return Response(status, body, headers)


def _document(shape: Shape, value: Any, *, xml: bool) -> bytes:
    if not xml:
        return _dumped(_to_json(shape, value))
    root = _element(shape.serialization.get("name", shape.name))
    _to_xml(shape, value, root)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root)


def _to_json(shape: Shape, value: Any) -> Any:
    if value is None:
        return None
    match shape.type_name:
        case "structure" if not shape.is_document_type:
            return {
                inner.serialization.get("name", name): _to_json(inner, value[name])
                for name, inner in shape.members.items()
                if value.get(name) is not None
            }
        case "list":
            return [_to_json(shape.member, one) for one in value]
        case "map":
            return {key: _to_json(shape.value, one) for key, one in value.items()}
        case "blob":
            raw = value.encode() if isinstance(value, str) else bytes(value)
            return base64.b64encode(raw).decode()
        case "timestamp":
            return value.timestamp() if isinstance(value, datetime) else value
    return value


def _to_xml(shape: Shape, value: Any, into: ET.Element) -> None:
    match shape.type_name:
        case "structure":
            for name, inner in shape.members.items():
                one = value.get(name)
                if one is None:
                    continue
                key = inner.serialization.get("name", name)
                if inner.type_name == "list" and inner.serialization.get("flattened"):
                    for each in one:
                        _to_xml(inner.member, each, ET.SubElement(into, key))
                else:
                    _to_xml(inner, one, ET.SubElement(into, key))
        case "list":
            key = shape.member.serialization.get("name", "member")
            for each in value:
                _to_xml(shape.member, each, ET.SubElement(into, key))
        case "map":
            names = (shape.key.serialization.get("name", "key"),
                     shape.value.serialization.get("name", "value"))  # fmt: skip
            for key, one in value.items():
                entry = ET.SubElement(into, "entry")
                ET.SubElement(entry, names[0]).text = str(key)
                _to_xml(shape.value, one, ET.SubElement(entry, names[1]))
        case _:
            into.text = _to_text(shape, value, "iso8601")


def _to_text(shape: Shape, value: Any, form: str) -> str:
    match shape.type_name:
        case "boolean":
            return str(bool(value)).lower()
        case "timestamp":
            form = shape.serialization.get("timestampFormat", form)
            if form == "rfc822":
                return format_datetime(value.astimezone(UTC), usegmt=True)
            if form == "unixTimestamp":
                return str(value.timestamp())
            stamp: str = value.astimezone(UTC).isoformat(timespec="milliseconds")
            return stamp.replace("+00:00", "Z")
        case "blob":
            return base64.b64encode(bytes(value)).decode()
    return str(value)


def _element(name: str) -> ET.Element:
    return ET.Element(name)


def _dumped(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode(
        errors="surrogatepass"
    )


ENCODE = {
    "json": _encode_json,
    "query": _encode_query,
    "rest-json": _encode_rest,
    "rest-xml": _encode_rest,
}
"""By protocol: the answer that carries an operation's result."""
