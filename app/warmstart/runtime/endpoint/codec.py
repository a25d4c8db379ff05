"""From a request to an operation's parameters, and from its result to an answer.

One codec for the four protocols that botocore speaks with the services here: json (SQS, DynamoDB,
EventBridge, Step Functions), query (SNS), rest-json (Lambda), rest-xml (S3). The shapes come from
botocore's own service descriptions, so a parameter arrives here exactly as boto3 was given it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from warmstart.runtime.endpoint import encode as encoding
from warmstart.runtime.endpoint import models
from warmstart.runtime.endpoint.decode import DECODE, Request
from warmstart.runtime.endpoint.encode import ENCODE, Response
from warmstart.runtime.services.base import ServiceError, unsupported

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.model import OperationModel, ServiceModel

__all__ = ["Asked", "Request", "Response", "decode", "encode", "encode_error"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks for."""

    service: str
    """As boto3 names its client."""
    operation: str
    parameters: dict[str, Any]
    model: OperationModel = field(repr=False)
    protocol: str


def decode(signing_name: str, request: Request) -> Asked:
    """Return what a request asks of a service.

    Raises:
        ServiceError: nothing that the service knows, or a request that is not well formed.
    """
    model = models.service_model(signing_name)
    if model is None:
        raise unsupported(signing_name, "the service")
    protocol = _protocol(model, request)
    if protocol not in DECODE:  # Of a service that is not here: EC2's, or a newer one.
        raise unsupported(model.service_name, _called(request))
    try:
        operation, parameters = DECODE[protocol](model, signing_name, request)
    except ServiceError:
        raise
    except Exception as error:  # Numbers past all bounds, brackets past all depth, …
        raise ServiceError(
            "SerializationException", f"The request is malformed: {error}"
        ) from error
    return Asked(model.service_name, operation.name, parameters, operation, protocol)


def _called(request: Request) -> str:
    """Return what a request of a protocol that is not spoken here seems to call its operation."""
    target, path = request.headers.get("x-amz-target"), f"{request.method} {request.path}"
    if target is not None:
        return target.rpartition(".")[2]
    if "/operation/" in path:  # Of the newest protocol.
        return path.rpartition("/operation/")[2]
    return dict(parse_qsl(request.body.decode(errors="replace"))).get("Action", path)


def mistakes(asked: Asked) -> str:
    """Return what is wrong with the shape of a request's parameters; nothing where all is well."""
    from botocore.validate import ParamValidator

    shape = asked.model.input_shape
    if shape is None:
        return ""
    report: str = ParamValidator().validate(asked.parameters, shape).generate_report()
    return report


def encode(asked: Asked, result: Mapping[str, Any], request_id: str) -> Response:
    """Return the answer that carries a result."""
    return ENCODE[asked.protocol](asked.model, result, request_id)


def encode_error(
    signing_name: str, asked: Asked | None, error: ServiceError, request_id: str
) -> Response:
    """Return the answer that carries an error, in the service's own form."""
    model = models.service_model(signing_name) if signing_name else None
    if asked is not None:
        protocol = asked.protocol
    else:
        protocol = "json" if model is None else model.metadata["protocol"]
    return encoding.encode_error(model, protocol, error, request_id)


def _protocol(model: ServiceModel, request: Request) -> str:
    known: str = model.metadata["protocol"]
    if known == "json" and "x-amz-target" not in request.headers:
        raise ServiceError(
            "MissingAction",
            "The request names no operation in X-Amz-Target. (SQS's older query protocol, which"
            " SDKs and the AWS CLI spoke before mid-2024, is not understood here.)",
        )
    return known
