"""The host's end of a socket pair: frames in and out, without a task or a stream for each.

A warm invocation is one frame there and one back, and asyncio's streams cost more than both
processes together. So what arrives is taken apart in the loop's own callback, and whoever waits for
an answer that comes at once does not go through the loop at all: while a worker computes, virtual
time stands still and nothing else is to be done, so the socket is looked at for a moment first.
"""

from __future__ import annotations

import asyncio
import select
import time
from collections import deque
from typing import TYPE_CHECKING, Any, Final

from warmstart.runtime import clock
from warmstart.runtime.worker import protocol

if TYPE_CHECKING:
    import socket

MOMENT_MS: Final = 1
"""Milliseconds of real time the loop may stand still for an answer that comes at once."""
_CHUNK: Final = 1 << 16
_LOOKS: Final = 240
"""Of less than half a microsecond each; a warm answer takes 50 µs, and now and then 80."""


class Channel:
    """Frames over a socket, both ways."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)  # noqa: FBT003 - the standard library's signature
        self._socket = sock
        self._loop = asyncio.get_running_loop()
        self._stands_still = clock.is_virtual()
        self._data = bytearray()
        self._messages: deque[dict[str, Any]] = deque()
        self._waiting: asyncio.Future[None] | None = None
        self._broken: Exception | None = None
        self._prompt = True
        """Whether the last answer came within a moment: then the next one is waited for."""
        self._poll = select.poll()  # select.select knows no descriptors past 1,023.
        self._poll.register(sock, select.POLLIN)
        self._loop.add_reader(sock.fileno(), self._read)

    async def send(self, message: dict[str, Any]) -> None:
        """Send a message.

        Raises:
            ConnectionError: nobody is there any more.
        """
        data = protocol.encode(message)
        try:
            sent = self._socket.send(data)
        except BlockingIOError:
            sent = 0
        except OSError as error:
            raise ConnectionError(str(error)) from error
        if sent < len(data):
            await self._loop.sock_sendall(self._socket, memoryview(data)[sent:])

    async def receive(self) -> dict[str, Any]:
        """Wait for a message.

        Raises:
            EOFError: the other side is gone.
            BadFrameError: it does not keep to the protocol.
        """
        if not self._messages and self._broken is None:
            await self._wait()
        if not self._messages:
            assert self._broken is not None
            raise self._broken
        return self._messages.popleft()

    async def _wait(self) -> None:
        started = time.monotonic()
        if self._prompt and self._stands_still and self._comes_at_once():
            self._read()
        while not self._messages and self._broken is None:
            self._waiting = self._loop.create_future()
            try:
                await self._waiting
            finally:
                self._waiting = None
        self._prompt = time.monotonic() - started < MOMENT_MS / 1_000

    def _comes_at_once(self) -> bool:
        """Look for an answer for a moment.

        First without going to sleep: an idle core takes longer to wake up than a warm handler
        takes to answer.
        """
        return any(self._poll.poll(0) for _ in range(_LOOKS)) or bool(self._poll.poll(MOMENT_MS))

    def detach(self) -> socket.socket:
        """Give the socket up to somebody else, who speaks another way over it."""
        self._loop.remove_reader(self._socket.fileno())
        return self._socket

    def close(self) -> None:
        """Close the socket; nothing is heard any more."""
        if self._socket.fileno() >= 0:
            self._loop.remove_reader(self._socket.fileno())
            self._socket.close()
        self._break(EOFError("closed"))

    def _read(self) -> None:
        data = received(self._socket)
        if data is None:
            return
        if not data:
            self._loop.remove_reader(self._socket.fileno())
            self._break(EOFError("the other side is gone"))
            return
        self._data += data
        try:
            for message in protocol.take(self._data):
                _check(message)
                self._messages.append(message)
        except protocol.BadFrameError as error:
            self._loop.remove_reader(self._socket.fileno())
            self._break(error)
        if self._messages:
            self._wake()

    def _break(self, error: Exception) -> None:
        if self._broken is None:
            self._broken = error
            self._wake()

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)


def received(sock: socket.socket) -> bytes | None:
    """Return what has arrived: None for nothing yet, nothing (``b""``) where nobody is left."""
    try:
        return sock.recv(_CHUNK)
    except (BlockingIOError, InterruptedError):
        return None
    except OSError:
        return b""


_FIELDS: Final[dict[str, tuple[tuple[str, type], ...]]] = {
    "log": (("lines", list),),
    "other": (("what", str),),
    "memory": (),
    "sleep": (("us", int),),
    "charge": (("cause", str), ("name", str), ("us", int)),
    "sql": (("done", str),),
    "ready": (("peak_kb", int), ("missing", list)),
    "snapshot": (("peak_kb", int), ("missing", list)),
    "return": (("payload", str), ("bytes", int), ("peak_kb", int), ("missing", list)),
    "error": (("error", dict), ("peak_kb", int)),
}
"""What a worker's messages hold (``protocol``)."""


def _check(message: dict[str, Any]) -> None:
    """Make sure that a message is a worker's: a handler can write to its socket, too.

    Raises:
        BadFrameError: it lacks something.
    """
    op = message["op"]
    fields = _FIELDS.get(op) if isinstance(op, str) else None
    wrong = fields is None
    for name, kind in fields or ():  # A loop: every warm invocation comes by here.
        wrong = wrong or not isinstance(message.get(name), kind)
    if wrong or (op == "log" and not all(isinstance(line, str) for line in message["lines"])):
        raise protocol.BadFrameError(f"no worker says {op!r} in this way")
