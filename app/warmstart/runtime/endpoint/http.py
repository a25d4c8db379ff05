"""A small HTTP/1.1 server on loopback, for whoever answers requests here.

It binds to 127.0.0.1 alone, answers only under its own name (a page in a browser that tricks a name
into resolving to loopback gets nothing), bounds sizes and connections, and in real time the time a
client may take. In virtual time there is no such limit: time stands still while a worker sends.
Whoever comes when all connections are taken gets that of the client that has asked for nothing for
longest: so a crowd of environments keeps its clients' connections as long as there is room, and a
stranger who opens them by the hundred locks nobody out.

An answer goes out in one write with Nagle's algorithm off: two writes cost 44 ms a call in delayed
acknowledgements.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http.client import responses
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, unquote

import h11

from warmstart.runtime import clock

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HEAD_LIMIT: Final = 65_536
BODY_LIMIT: Final = 33_554_432
"""Bytes of a body: five times what a function takes, and more than an object of a lab needs."""
CONNECTIONS: Final = 1_024
"""Twice as many as there are environments at once: most have a client or two."""
SECONDS_TO_SEND: Final = 20.0
"""Within which a client must have sent its request, in real time."""
SECONDS_TO_TAKE: Final = 20.0
"""Within which a client must have taken its answer, in real time."""
SECONDS_TO_LINGER: Final = 1.0
"""For which a client may still send what will not be read, in real time."""
SECONDS_IDLE: Final = 120.0
"""After which a connection without requests is closed, in real time."""


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request, its body whole."""

    method: str
    target: str
    """Path and query as they were sent, still encoded: what a signature is made over."""
    headers: Mapping[str, str]
    """Names in lower case; of several with one name, joined by commas."""
    body: bytes
    fields: Sequence[tuple[str, str]] = ()
    """The headers as they were sent, one by one."""

    @property
    def path(self) -> str:
        """The path, decoded."""
        return unquote(self.raw_path)

    @property
    def raw_path(self) -> str:
        """The path as it was sent."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> list[tuple[str, str]]:
        """The query's pairs, decoded, in their order."""
        return parse_qsl(self.target.partition("?")[2], keep_blank_values=True)


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """An answer."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] | None = None
    fields: Sequence[tuple[str, str]] = ()
    """Further headers, among which a name may stand more than once."""


class BadRequestError(Exception):
    """A request is refused before anybody looks at it."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


Handle = Callable[[HttpRequest], Awaitable[HttpResponse]]


class HttpServer:
    """The server; ``handle`` is asked for each request and must not raise."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle
        self._server: asyncio.Server | None = None
        self._open: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        """The connections, by who serves them."""
        self._idle: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        """Those of them on which no request is being answered, for longest first."""
        self._closed = False
        self.port = 0

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self, port: int = 0) -> None:
        """Listen; port 0 takes one that is free.

        Raises:
            OSError: the port is taken.
        """
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Listen no longer, and end every connection; wait until it is so."""
        self.end()
        if self._open:
            await asyncio.wait(list(self._open))

    def end(self) -> None:
        """Listen no longer, and begin to end every connection, whatever is under way on it."""
        self._closed = True
        if self._server is not None:
            self._server.close()
        for serving, writer in self._open.items():
            writer.transport.abort()  # close() would wait for a client that reads no more.
            serving.cancel()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving = asyncio.current_task()
        assert serving is not None
        if len(self._open) >= CONNECTIONS and not self._drop_one():
            writer.close()
            return
        self._open[serving] = writer
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            await self._converse(reader, writer, serving)
            writer.close()
            async with asyncio.timeout(_seconds(SECONDS_TO_LINGER)):
                await writer.wait_closed()
        except (OSError, h11.LocalProtocolError):
            pass  # The client is gone, or too slow.
        except asyncio.CancelledError:
            if not self._closed:  # Else it is what close() asks for; Python 3.11 complains of it.
                raise
        finally:
            writer.transport.abort()
            self._idle.pop(serving, None)
            del self._open[serving]

    def _drop_one(self) -> bool:
        """Drop the connection that has been idle for longest; return whether there is one."""
        for serving, writer in self._idle.items():
            writer.transport.abort()  # Whoever serves it sees its end.
            del self._idle[serving]
            return True
        return False

    async def _converse(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        serving: asyncio.Task[None],
    ) -> None:
        connection = h11.Connection(h11.SERVER, max_incomplete_event_size=HEAD_LIMIT)
        while True:
            self._idle[serving] = writer
            try:
                request = await self._read(connection, reader, writer)
                self._idle.pop(serving, None)
                if request is None:
                    return
                answer = await self._handle(request)
            except BadRequestError as error:
                answer = HttpResponse(error.status, str(error).encode())
            except h11.RemoteProtocolError as error:
                answer = HttpResponse(error.error_status_hint, str(error).encode())
            async with asyncio.timeout(_seconds(SECONDS_TO_TAKE)):
                writer.write(_written(connection, answer))
                await writer.drain()
            if connection.our_state is not h11.DONE or connection.their_state is not h11.DONE:
                # It cannot go on after what was refused, or the client wants no more.
                await _linger(reader, writer)
                return
            connection.start_next_cycle()

    async def _read(
        self,
        connection: h11.Connection,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> HttpRequest | None:
        head: h11.Request | None = None
        body = bytearray()
        async with asyncio.timeout(_seconds(SECONDS_IDLE)) as limit:
            while True:
                event = connection.next_event()
                if event is h11.NEED_DATA:
                    if connection.they_are_waiting_for_100_continue:
                        # With its reason: the AWS CLI takes a line without one for rubbish.
                        go_on = h11.InformationalResponse(
                            status_code=100, headers=[], reason=b"Continue"
                        )
                        writer.write(connection.send(go_on) or b"")
                    connection.receive_data(await reader.read(65_536))
                elif isinstance(event, h11.Request):
                    head = event
                    self._check(event)
                    seconds = _seconds(SECONDS_TO_SEND)
                    limit.reschedule(
                        None if seconds is None else asyncio.get_running_loop().time() + seconds
                    )
                elif isinstance(event, h11.Data):
                    body += event.data
                    if len(body) > BODY_LIMIT:
                        raise BadRequestError(413, f"A body may have {BODY_LIMIT:,} bytes.")
                elif isinstance(event, h11.EndOfMessage):
                    assert head is not None
                    return _request(head, bytes(body))
                else:  # The client has closed, or nothing can come any more.
                    return None

    def _check(self, head: h11.Request) -> None:
        """Refuse what was sent to another name, or to a proxy, and what is too large to begin with.

        h11 has seen to it that there is one ``Host`` at most, and that a length is a number.
        """
        headers = {name.decode().lower(): value.decode("latin-1") for name, value in head.headers}
        if headers.get("host") not in {f"127.0.0.1:{self.port}", f"localhost:{self.port}"}:
            raise BadRequestError(421, "This address answers under its own name only.")
        if not head.target.startswith(b"/"):
            raise BadRequestError(400, "A request names a path here: this is no proxy.")
        if int(headers.get("content-length", "0")) > BODY_LIMIT:
            raise BadRequestError(413, f"A body may have {BODY_LIMIT:,} bytes.")


async def _linger(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Read on for a moment: closing on what nobody has read would take the answer back (RST)."""
    seconds = _seconds(SECONDS_TO_LINGER)
    if seconds is None:
        return
    writer.write_eof()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            left = BODY_LIMIT
            while left > 0 and (data := await reader.read(65_536)):
                left -= len(data)


def _seconds(real: float) -> float | None:
    virtual = isinstance(asyncio.get_running_loop(), clock.VirtualTimeLoop)
    return None if virtual else real


def _request(head: h11.Request, body: bytes) -> HttpRequest:
    headers: dict[str, str] = {}
    fields = []
    for raw, value in head.headers.raw_items():
        spelt, text = raw.decode("latin-1"), value.decode("latin-1")
        name = spelt.lower()
        headers[name] = f"{headers[name]},{text}" if name in headers else text
        fields.append((spelt, text))
    target = head.target.decode("latin-1")
    return HttpRequest(head.method.decode(), target, headers, body, fields)


def _written(connection: h11.Connection, answer: HttpResponse) -> bytes:
    if connection.our_state not in {h11.IDLE, h11.SEND_RESPONSE}:
        return b""
    headers = dict(answer.headers or {})
    empty = answer.status in {204, 304}
    if not empty:
        headers.setdefault("content-length", str(len(answer.body)))
    pairs = [(n.encode(), v.encode()) for n, v in (*headers.items(), *answer.fields)]
    # With its reason: botocore, waiting for "100 Continue", takes a line without one for rubbish.
    reason = responses.get(answer.status, "Unknown")
    head = h11.Response(status_code=answer.status, headers=pairs, reason=reason.encode())
    parts = [connection.send(head) or b""]
    # h11 knows that the answer to HEAD has a length and no body.
    bare = connection.their_state is not h11.ERROR and _is_head(connection)
    if answer.body and not empty and not bare:
        parts.append(connection.send(h11.Data(data=answer.body)) or b"")
    parts.append(connection.send(h11.EndOfMessage()) or b"")
    return b"".join(parts)


def _is_head(connection: h11.Connection) -> bool:
    return bool(getattr(connection, "_request_method", None) == b"HEAD")
