"""What a scenario asks of an application: one value a call, with the moment it is made.

Three kinds cover all there is: a function is invoked and its answer awaited, an operation of a
service is called (send a message, put an object, start an execution, invoke asynchronously), or a
request is sent to an HTTP or REST API, or a function URL.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CLIENT = "client"
"""Who calls, unless a scenario has a better word."""


@dataclass(frozen=True, slots=True)
class Call:
    """One synchronous invocation the scenario makes."""

    at: int
    """Microseconds after the run's start."""
    function: str
    """The function's logical id in the template, or its name."""
    payload: str = "{}"
    """The event, as JSON text."""
    source: str = CLIENT
    """Who calls, for the learner's eyes."""


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One call of an operation, as boto3 makes it."""

    at: int
    service: str
    """As boto3 names its client: sqs, sns, events, s3, dynamodb, lambda, stepfunctions."""
    operation: str
    """As the API names it: ``SendMessage``."""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """JSON values. ``${Orders}`` in a text becomes what ``Ref`` gives of that resource,
    ``${Orders.Arn}`` its ARN. Where the API wants a text or bytes, a list or mapping is written as
    JSON, and a text as UTF-8."""
    source: str = CLIENT


@dataclass(frozen=True, slots=True)
class HttpCall:
    """One request to an HTTP or REST API, or a function URL."""

    at: int
    api: str
    """The API's logical id in the template, or its name; a function URL is ``OrderUrl``, as SAM
    calls it."""
    method: str = "GET"
    path: str = "/"
    """Decoded, without the query, and without a REST API's stage."""
    query: Sequence[tuple[str, str]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    source: str = CLIENT


AnyCall = Call | ApiCall | HttpCall

_KINDS: dict[str, type[AnyCall]] = {kind.__name__: kind for kind in (Call, ApiCall, HttpCall)}


def to_json(call: AnyCall) -> list[Any]:
    """Return a call as JSON data."""
    return [type(call).__name__, asdict(call)]


def from_json(data: list[Any]) -> AnyCall:
    """Read back what ``to_json`` gives."""
    kind, fields = data
    return _KINDS[kind](**fields)
