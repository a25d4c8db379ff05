"""What the host and a worker say to each other: length-prefixed JSON over a socket pair.

A frame is four bytes of length (big-endian) and that much UTF-8 JSON: an object with an ``op``.

From the host, each answered sooner or later by a message marked with *:

====== =========================================================================================
init   prepare the process and import the handler: the fields of ``Job``, and ``now``
invoke run the handler: ``request``, ``event`` (JSON text), ``deadline``, ``now``
resume what the worker waited for is over: ``now``
====== =========================================================================================

From a worker:

======== ====================================================================================
log      ``lines`` were printed
thread   a thread was started: from here on nothing is repeatable
sleep *  wait ``us`` microseconds, then ``resume``
charge * ``us`` of CPU time for ``cause`` and ``name``, then ``resume``
ready *  INIT is done: ``peak_kb``, ``missing`` (declared costs that turned out to be nobody's)
return * the handler returned ``payload`` (JSON text) of so many ``bytes``: ``peak_kb``, ``missing``
error *  INIT or the handler failed: ``error`` as Lambda shows it, ``peak_kb``
memory * the memory ran out; the process kills itself after saying so
======== ====================================================================================

``now`` and ``deadline`` are microseconds of the run's time. A worker computes from the moment it
gets a message until it sends one marked with *; it never sends anything else unasked.
"""

from __future__ import annotations

import struct

# By name: a template may charge for json.dumps, and saying so must not be charged for.
from json import dumps, loads
from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    import socket

MAX_FRAME = 64 * 1024 * 1024
"""Bytes: a 6 MB payload whose every character needs escaping still fits."""

MAX_PAYLOAD = 8 * 1024 * 1024
"""Bytes: a larger answer is not sent at all, only its size; Lambda would refuse it anyhow."""

HEADER = struct.Struct(">I")


class Job(TypedDict):
    """What a worker needs to know before it can run a handler."""

    function: str
    handler: str
    code: str
    """Folder that holds the handler's module."""
    scratch: str
    """Folder that stands for ``/tmp``."""
    environment: dict[str, str]
    """All of the process's environment variables."""
    arn: str
    version: str
    memory_mb: int
    headroom_mb: int
    """What the handler itself may allocate before the memory has run out."""
    storage_mb: int
    entropy: str
    """Seeds every random number the handler can draw."""
    epoch_us: int
    """The wall clock at the run's start, microseconds since 1970."""
    virtual: bool
    """Whether time and randomness come from the run."""
    imports: dict[str, int]
    """Module to microseconds of CPU time."""
    calls: dict[str, int]
    """Dotted function to microseconds of CPU time."""
    log_lines: int
    log_line_chars: int


class BadFrameError(Exception):
    """The other side did not keep to the protocol: something else wrote to its socket."""


def encode(message: dict[str, Any]) -> bytes:
    """Return a message as a frame."""
    # Surrogates in a handler's output must not break the frame: ASCII only.
    body = dumps(message, separators=(",", ":")).encode()
    return HEADER.pack(len(body)) + body


def body_length(header: bytes) -> int:
    """Return how many bytes follow a frame's header.

    Raises:
        BadFrameError: more than any frame has.
    """
    (length,) = HEADER.unpack(header)
    if length > MAX_FRAME:
        raise BadFrameError(f"a frame of {length} bytes")
    return int(length)


def decode(body: bytes) -> dict[str, Any]:
    """Return the message in a frame's body.

    Raises:
        BadFrameError: not a JSON object with an ``op``.
    """
    try:
        message = loads(body)
    except ValueError as error:
        raise BadFrameError(str(error)) from error
    if not isinstance(message, dict) or "op" not in message:
        raise BadFrameError("no op")
    return message


class Line:
    """The worker's blocking end of the socket pair."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def send(self, message: dict[str, Any]) -> None:
        """Send one message."""
        self._sock.sendall(encode(message))

    def receive(self) -> dict[str, Any]:
        """Wait for a message.

        Raises:
            EOFError: the host is gone.
        """
        return decode(self._exactly(body_length(self._exactly(HEADER.size))))

    def _exactly(self, count: int) -> bytes:
        received = bytearray()
        while len(received) < count:
            chunk = self._sock.recv(min(count - len(received), 1 << 20))
            if not chunk:
                raise EOFError
            received += chunk
        return bytes(received)
