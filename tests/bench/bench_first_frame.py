"""The first frame of the app against that of a minimal Textual app, both started under a terminal.

Ours opens a store with the bundled course in it; the time counts until Today's figures are written.
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

GOAL = 1.3
_MINIMAL = """
from textual.app import App
from textual.widgets import Static

class Minimal(App):
    def compose(self):
        yield Static("the first frame")

Minimal().run()
"""
_SIZE = struct.pack("HHHH", 24, 80, 0, 0)


def _until(marker: bytes, command: list[str], environment: dict[str, str]) -> float:
    """Return the seconds until ``command`` has written ``marker`` to a terminal of 80×24."""
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
    written = b""
    try:
        while marker not in written:
            written += os.read(controller, 65536)
        return time.perf_counter() - start
    finally:
        process.kill()
        process.wait()
        os.close(controller)


def measure(rounds: int = 15) -> dict[str, float]:
    """Return both medians in seconds and the median of the pairs' ratios."""
    warmstart = str(Path(sys.executable).with_name("warmstart"))
    with tempfile.TemporaryDirectory() as home:
        environment = os.environ | {
            "WARMSTART_HOME": home,
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
        }
        environment.pop("NO_COLOR", None)
        # A first start makes the store; what is measured is every start after it.
        subprocess.run(
            [warmstart, "progress", "--json"],
            env=environment,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        ours, floor, times = ratio(
            lambda: _until(b"7 days", [warmstart], environment),
            lambda: _until(b"the first frame", [sys.executable, "-c", _MINIMAL], environment),
            rounds,
        )
    return {"ours": ours, "minimal": floor, "ratio": times}


def main() -> None:
    """Print both times and the median ratio."""
    found = measure()
    print(
        f"  first frame {1000 * found['ours']:.0f} ms, a minimal Textual app"
        f" {1000 * found['minimal']:.0f} ms: {found['ratio']:.2f}× (goal ≤ {GOAL}×)"
    )


if __name__ == "__main__":
    main()
