"""What happens in the services around functions: one kind of event for each thing that moves.

``root`` is the thread that runs through all of it: the id of the first request or event that led to
this one, as AWS X-Ray's root is. ``source`` is who did it: an execution environment (``greet/1``),
``client``, or the service that acts of itself (``events``, ``scheduler``). ``cause`` is what a
service did it for: the id of an HTTP request, of a batch, of an asynchronous invocation, of a
delivery (``delivery``) or of a task (``task``); where an event has no ``request``, also that of the
invocation in which it was asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from warmstart.runtime.trace.base import Event


def delivery(event: str, to: str) -> str:
    """Return the id of the delivery of an event or message to a target's ARN."""
    return f"{event}→{to}"


def task(execution: str, number: int) -> str:
    """Return the id of a task: the number is that of the event that started it."""
    return f"{execution}/{number}"


WebSource = Literal["http-api", "rest-api", "function-url"]
"""What has an address of its own."""


@dataclass(frozen=True, slots=True)
class ApiCalled(Event):
    """Somebody called an operation of a service over the wire, and it answered."""

    kind: ClassVar[str] = "ApiCalled"

    source: str
    request: str | None
    """The invocation in which it was called."""
    root: str
    service: str
    """As boto3 names it: sqs, dynamodb, …"""
    operation: str
    duration: int
    """Between request and answer, in microseconds."""
    status: int
    """HTTP's."""
    error_code: str | None
    """Of the error that it answered with; None where it went well."""


@dataclass(frozen=True, slots=True)
class HttpAnswered(Event):
    """An API or function URL answered a request; what it invoked has its id as root."""

    kind: ClassVar[str] = "HttpAnswered"

    api: str
    id: str
    root: str
    method: str
    path: str
    route: str
    """The key of the route that it took; ``-`` for none. A function URL's is its function:
    ``Order:$LATEST``, ``Order:live``."""
    status: int
    duration: int
    source: WebSource = "http-api"
    """What answered, by the name that the invocations which it makes have as their source."""


ServiceEvent = ApiCalled | HttpAnswered
