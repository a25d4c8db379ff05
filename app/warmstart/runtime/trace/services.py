"""What happens in the services around functions: one kind of event for each thing that moves.

``root`` is the thread that runs through all of it: the id of the first request or event that led to
this one, as AWS X-Ray's root is. ``source`` is who did it: an execution environment (``greet/1``),
``client``, or the service that acts of itself (``events``, ``scheduler``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from warmstart.runtime.trace.base import Event


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
    """An HTTP API answered a request; what it invoked has its id as root."""

    kind: ClassVar[str] = "HttpAnswered"

    api: str
    id: str
    root: str
    method: str
    path: str
    route: str
    """The key of the route that it took; ``-`` for none."""
    status: int
    duration: int


ServiceEvent = ApiCalled | HttpAnswered
