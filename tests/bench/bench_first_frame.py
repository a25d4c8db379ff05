"""The first frame and the first card against a minimal Textual app's first frame, under a terminal.

Ours opens a store with the bundled course in it. The first frame counts until Today's figures are
written; the first card until it is, where Enter was pressed as soon as Today could be seen.
"""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path

from paired import ratio

FRAME_GOAL, CARD_GOAL = 1.2, 2.0
_MINIMAL = """
from textual.app import App
from textual.widgets import Static

class Minimal(App):
    def compose(self):
        yield Static("the first frame")

Minimal().run()
"""
_SIZE = struct.pack("HHHH", 24, 80, 0, 0)


def _until(markers: list[bytes], command: list[str], environment: dict[str, str]) -> float:
    """Return the seconds until ``command`` has written the last of ``markers`` to a terminal.

    The terminal has 80×24 cells; after each marker but the last, Enter is pressed.
    """
    controller, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, _SIZE)
    start = time.perf_counter()
    process = subprocess.Popen(
        command,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env=environment,
        start_new_session=True,
    )
    os.close(terminal)
    try:
        for n, marker in enumerate(markers):
            if n:
                os.write(controller, b"\r")
            written = b""
            while marker not in written:
                written += os.read(controller, 65536)
        return time.perf_counter() - start
    finally:
        process.kill()
        process.wait()
        os.close(controller)


def measure(rounds: int = 15) -> dict[str, tuple[float, float, float]]:
    """Return for "first frame" and "first card": both medians in seconds and the pairs' ratio."""
    warmstart = str(Path(sys.executable).with_name("warmstart"))
    with tempfile.TemporaryDirectory() as home:
        environment = os.environ | {
            "WARMSTART_HOME": home,
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
        }
        environment.pop("NO_COLOR", None)
        # Ours compiled, as Textual is and as pip leaves it: a checkout's first start writes it down.
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        # A first start makes the store; what is measured is every start after it.
        subprocess.run(
            [warmstart, "progress", "--json"],
            env=environment,
            check=True,
            stdout=subprocess.DEVNULL,
        )

        def minimal() -> float:
            return _until([b"the first frame"], [sys.executable, "-c", _MINIMAL], environment)

        return {
            name: ratio(lambda m=markers: _until(m, [warmstart], environment), minimal, rounds)
            for name, markers in (
                ("first frame", [b"7 days"]),
                ("first card", [b"7 days", b"show the answer"]),
            )
        }


def main() -> None:
    """Print the times and the median ratios."""
    found = measure()
    for name, goal in (("first frame", FRAME_GOAL), ("first card", CARD_GOAL)):
        ours, floor, times = found[name]
        print(
            f"  {name} {1000 * ours:.0f} ms, a minimal Textual app's first frame"
            f" {1000 * floor:.0f} ms: {times:.2f}× (goal ≤ {goal}×)"
        )


if __name__ == "__main__":
    main()
