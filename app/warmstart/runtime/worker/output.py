"""What a handler prints or logs, line by line to the host; a flood is cut, and says so."""

from __future__ import annotations

import io
import logging
import os
import sys
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    Sender = Callable[[dict[str, Any]], None]

_BELOW_BYTES = 1 << 20


class Output:
    """Collects lines from standard output, standard error and ``logging`` under one budget.

    What goes past Python, to the file descriptors 1 and 2 (``os.write``, a subprocess), collects in
    a file and is sent when the handler pauses.
    """

    def __init__(self, send: Sender, shown: Callable[[str], str]) -> None:
        self._send = send
        self._shown = shown
        self._max_lines = self._max_chars = self._left = 0
        self._raw = (_Lines(self), _Lines(self))
        self._streams = tuple(_text_stream(raw) for raw in self._raw)
        self._handler = _LogHandler(self)
        self._below: int | None = None
        self._below_read = 0
        self.request = ""
        """The request id that log records carry."""

    def install(self, below: int, max_lines: int, max_chars: int) -> None:
        """Take the place of the process's standard streams and root logger.

        ``below`` is the file that the file descriptors 1 and 2 write to.
        """
        self._below = below
        self._max_lines, self._max_chars, self._left = max_lines, max_chars, max_lines
        for raw in self._raw:
            raw.limit = 4 * max_chars
        sys.stdout, sys.stderr = self._streams
        logging.getLogger().addHandler(self._handler)

    def move(self, below: int) -> None:
        """Take another file for what goes past Python: this process was forked."""
        self._below, self._below_read = below, 0

    def begin(self) -> None:
        """Start a new budget: an INIT or an invocation begins."""
        self._left = self._max_lines

    def end(self) -> None:
        """Send what is left: lines without a line feed at their end, and what went past Python."""
        for raw in self._raw:
            raw.finish()
        if self._below is not None:
            data = os.pread(self._below, _BELOW_BYTES, self._below_read)
            if data:
                self._below_read = os.fstat(self._below).st_size
                self.lines([_text(line) for line in data.removesuffix(b"\n").split(b"\n")])

    def error(self, lines: list[str]) -> None:
        """Send the lines of an error, which a flood before it must not swallow."""
        self._tell(lines[: self._max_lines])

    def lines(self, lines: list[str]) -> None:
        """Send lines, as far as the budget goes."""
        if self._left < 0:
            return
        kept = lines[: self._left]
        self._left -= len(lines)
        if self._left < 0:
            kept.append(f"[warmstart] Cut here: more than {self._max_lines} lines of output.")
        self._tell(kept)

    def _tell(self, lines: list[str]) -> None:
        self._send({"op": "log", "lines": [self._shown(self._cut(line)) for line in lines]})

    def _cut(self, line: str) -> str:
        if len(line) <= self._max_chars:
            return line
        return f"{line[: self._max_chars]} [warmstart: the line is cut here]"


class _Lines(io.BufferedIOBase):
    """A binary file that hands whole lines to an ``Output``; bytes past ``limit`` are dropped."""

    def __init__(self, output: Output) -> None:
        super().__init__()
        self._output = output
        self.limit = 0
        self._pending = bytearray()

    def fileno(self) -> int:
        return 1  # Who wants the descriptor itself writes past Python: see Output.

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        data = bytes(data)
        *whole, rest = data.split(b"\n")
        if whole:
            whole[0] = bytes(self._pending) + whole[0]
            self._pending.clear()
            self._output.lines([_text(line[: self.limit]) for line in whole])
        self._pending += rest[: max(0, self.limit - len(self._pending))]
        return len(data)

    def finish(self) -> None:
        if self._pending:
            self._output.lines([_text(bytes(self._pending))])
            self._pending.clear()


def _text_stream(raw: Any) -> io.TextIOWrapper:
    return io.TextIOWrapper(
        raw, encoding="utf-8", errors="backslashreplace", newline="\n", write_through=True
    )


def _text(line: bytes) -> str:
    return line.removesuffix(b"\r").decode("utf-8", errors="replace")


class _LogHandler(logging.Handler):
    """The root handler that Lambda's Python runtime installs: level, time, request id, message."""

    def __init__(self, output: Output) -> None:
        super().__init__()
        self._output = output
        formatter = logging.Formatter(
            "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s",
            "%Y-%m-%dT%H:%M:%S",
        )
        formatter.converter = time.gmtime
        self.setFormatter(formatter)

    def emit(self, record: logging.LogRecord) -> None:
        record.aws_request_id = self._output.request
        self._output.lines(self.format(record).split("\n"))
