"""What the host and a worker say to each other: length-prefixed JSON over a socket pair.

A frame is four bytes of length (big-endian) and that much UTF-8 JSON: an object with an ``op``.

From the host, each answered sooner or later by a message marked with *:

======== =======================================================================================
init     prepare the process and import the handler: the fields of ``Job``, and ``now``; with
         ``program`` run that executable instead, which speaks another way from then on
invoke   run the handler: ``request``, ``event`` (JSON text), ``deadline``, ``arn``,
         ``client_context`` (JSON text or null), ``trace``, ``now``
resume   what the worker waited for is over: ``now``; after ``sql`` the ``answer``
snapshot run the hooks and become a process that forks itself (see ``forker``): ``now``
restore  a fork of a snapshot becomes an environment of its own: the fields of ``Job``, ``now``
======== =======================================================================================

From a worker:

======== ====================================================================================
log      ``lines`` were printed
other    ``what`` was started, a thread or a process: from here on nothing is repeatable
sleep *  wait ``us`` microseconds, then ``resume``
charge * ``us`` of CPU time for ``cause`` and ``name``, then ``resume``
sql *    something to be ``done`` with a database (see ``sql``), then ``resume``
ready *  INIT is done: ``peak_kb``, ``missing`` (declared costs that turned out to be nobody's)
snapshot * the hooks have run; what ``forker`` says follows
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
from json import JSONEncoder, loads
from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

MAX_FRAME = 64 * 1024 * 1024
"""Bytes: a 6 MB payload whose every character needs escaping still fits."""

MAX_PAYLOAD = 8 * 1024 * 1024
"""Bytes: a larger answer is not sent at all, only its size; Lambda would refuse it anyhow."""

NOW_HEADER = "x-warmstart-now"
"""Of an answer of the endpoint to a worker in virtual time: microseconds since the run's start."""

COMMAND = struct.Struct("=cI?")
"""To ``forker``; see ``command``."""
ANSWER = struct.Struct("=i")
VIRTUAL = b"V"
REAL = b"R"
"""In which time a new process is to live."""
KILL = b"K"
AWAIT = b"A"

HEADER = struct.Struct(">I")
_CHUNK = 1 << 16
_encode = JSONEncoder(separators=(",", ":")).encode


class Job(TypedDict):
    """What a worker needs to know before it can run a handler."""

    function: str
    handler: str
    code: str
    """Folder that holds the handler's module."""
    layers: list[str]
    """Folders that stand for ``/opt``; at most one."""
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
    databases: bool
    """Whether there are any, and so a driver for them."""
    imports: dict[str, int]
    """Module to microseconds of CPU time."""
    calls: dict[str, int]
    """Dotted function to microseconds of CPU time."""
    log_lines: int
    log_line_chars: int
    log_level: str
    """The application's, from which its lines are written; "" writes all."""


class BadFrameError(Exception):
    """The other side did not keep to the protocol: something else wrote to its socket."""


def command(op: bytes, pid: int = 0, *, others: bool = False) -> bytes:
    """Return what to do, with which process (0: a new one), and whether that started others."""
    return COMMAND.pack(op, pid, others)


def encode(message: dict[str, Any]) -> bytes:
    """Return a message as a frame."""
    # Surrogates in a handler's output must not break the frame: ASCII only.
    body = _encode(message).encode()
    return HEADER.pack(len(body)) + body


def take(data: bytearray) -> Iterator[dict[str, Any]]:
    """Take the whole frames off the beginning of ``data``, and give their messages.

    Raises:
        BadFrameError: what stands there is no frame.
    """
    while len(data) >= HEADER.size:
        (length,) = HEADER.unpack_from(data)
        if length > MAX_FRAME:
            raise BadFrameError(f"a frame of {length} bytes")
        end = HEADER.size + length
        if len(data) < end:
            return
        body = bytes(data[HEADER.size : end])
        del data[:end]
        yield decode(body)


def decode(body: bytes) -> dict[str, Any]:
    """Return the message in a frame's body.

    Raises:
        BadFrameError: not a JSON object with an ``op``.
    """
    try:
        message = loads(body.decode())
    except (ValueError, RecursionError) as error:
        raise BadFrameError(str(error)) from error
    if not isinstance(message, dict) or "op" not in message:
        raise BadFrameError("no op")
    return message


class Line:
    """The worker's blocking end of the socket pair."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._received = bytearray()

    def send(self, message: dict[str, Any]) -> None:
        """Send one message."""
        self.sock.sendall(encode(message))

    def receive(self) -> dict[str, Any]:
        """Wait for a message.

        Raises:
            EOFError: the host is gone.
        """
        while True:
            for message in take(self._received):
                return message
            chunk = self.sock.recv(_CHUNK)
            if not chunk:
                raise EOFError
            self._received += chunk
