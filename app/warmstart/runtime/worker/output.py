"""What a handler prints or logs, line by line to the host; a flood is cut, and says so.

With logs as JSON, what is below the function's level is dropped here, before it counts and before
it is cut.
"""

from __future__ import annotations

import io
import logging
import os
import sys
import time
from typing import TYPE_CHECKING, Any

from warmstart.runtime.worker import json_log, levels

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

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
        self._least = ""
        self._as_json = False
        self.request = ""
        """The request id that log records carry."""

    def install(
        self, below: int, max_lines: int, max_chars: int, least: str, variables: Mapping[str, str]
    ) -> None:
        """Take the place of the process's standard streams and root logger.

        ``below`` is the file that the file descriptors 1 and 2 write to; ``least`` the level from
        which lines are sent, "" for all of them; the ``variables`` of the environment say how
        ``logging`` formats and from which level, as they do to Lambda's own runtime.
        """
        self._below, self._least = below, least
        self._max_lines, self._max_chars, self._left = max_lines, max_chars, max_lines
        for raw in self._raw:
            raw.limit = 4 * max_chars
        sys.stdout, sys.stderr = self._streams
        root, level = logging.getLogger(), variables.get("AWS_LAMBDA_LOG_LEVEL", "").upper()
        level = "DEBUG" if level == "TRACE" else level
        if level in logging.getLevelNamesMapping():
            root.setLevel(level)
        self._as_json = variables.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON"
        if self._as_json:
            self._handler.setFormatter(json_log.JsonFormatter())
        root.addHandler(self._handler)

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

    def error(self, error: dict[str, Any], lines: list[str]) -> None:
        """Send an error, which a flood before it must not swallow: as lines, or as an object."""
        if not self._least or levels.passes("ERROR", self._least):
            told = [json_log.error_record(error)] if self._as_json else lines
            self._tell(told[: self._max_lines])

    def lines(self, lines: list[str], level: str | None = None) -> None:
        """Send lines, as far as the budget goes; without a ``level`` each tells its own."""
        if self._left < 0:
            return
        if self._least:
            lines = [
                line for line in lines if levels.passes(level or levels.of_line(line), self._least)
            ]
            if not lines:
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
    """The root handler that Lambda's Python runtime installs: level, time, request id, message.

    With logs as JSON its formatter is another one (``json_log``).
    """

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
        self._output.lines(self.format(record).split("\n"), levels.of_number(record.levelno))
