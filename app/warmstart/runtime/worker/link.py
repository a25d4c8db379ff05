"""The worker's conversation with the host: what it may say, and when it must wait."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from warmstart.runtime.worker.protocol import Line


class Link:
    """Sends messages from any thread; asks questions from the main thread alone.

    Other threads get no answers: an answer is read by whoever waits, and only one may. A process
    that the handler forks (``multiprocessing``) neither asks nor tells, for it is not the worker;
    what it prints goes to the file descriptor 1, which is the worker's, too.
    """

    def __init__(self, line: Line) -> None:
        self._line = line
        self._lock = threading.Lock()
        self._main: int | None = threading.get_ident()
        """Who may ask; None where this process is not the worker, and neither asks nor tells."""
        self._asking = False
        self.on_now: Callable[[int], None] = lambda _: None
        """Told the run's time with every message from the host."""

    @property
    def sock(self) -> socket.socket:
        """The socket, for those who speak another way over it from now on."""
        return self._line.sock

    def move(self, line: Line) -> None:
        """Speak over another line: this process was forked, and the old one is its parent's."""
        self._line = line
        self._lock = threading.Lock()
        self._main = threading.get_ident()

    def fall_silent(self) -> None:
        """Speak for the worker no longer: this process was forked by its handler."""
        self._main = None

    def in_main_thread(self) -> bool:
        """Return whether the caller may ask."""
        return threading.get_ident() == self._main

    def tell(self, message: dict[str, Any]) -> None:
        """Send a message that nobody answers, or that ends the worker's turn.

        Raises:
            EOFError: it would end the turn, and this process is not the worker.
        """
        if self._main is None:
            self._mutter(message)
            return
        with self._lock:
            self._line.send(message)

    def _mutter(self, message: dict[str, Any]) -> None:
        if message["op"] == "log":
            text = "".join(f"{line}\n" for line in message["lines"])
            os.write(1, text.encode(errors="backslashreplace"))
        elif message["op"] not in {"other", "memory"}:
            raise EOFError

    def wait(self) -> dict[str, Any]:
        """Wait for the host's next message."""
        message = self._line.receive()
        self.on_now(message["now"])
        return message

    def sleep(self, us: int) -> None:
        """Let so much of the run's time pass."""
        self.ask({"op": "sleep", "us": us})

    def charge(self, cause: str, name: str, us: int) -> None:
        """Use so much CPU time at one vCPU; the host knows how long that takes here."""
        # What asking itself calls is ours, even where the template names it.
        if us > 0 and self.in_main_thread() and not self._asking:
            self.ask({"op": "charge", "cause": cause, "name": name, "us": us})

    def ask(self, message: dict[str, Any]) -> dict[str, Any]:
        """Ask the host, and wait for its answer."""
        self._asking = True
        try:
            self.tell(message)
            return self.wait()
        finally:
            self._asking = False
