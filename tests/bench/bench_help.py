"""``warmstart --help`` against importing click: the floor of any command line made with it."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from paired import ratio

GOAL = 1.5


def _timed(*command: str) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main(rounds: int = 25) -> None:
    """Print both times and the median ratio."""
    warmstart = str(Path(sys.executable).with_name("warmstart"))
    ours, floor, times = ratio(
        lambda: _timed(warmstart, "--help"),
        lambda: _timed(sys.executable, "-c", "import click"),
        rounds,
    )
    print(
        f"  warmstart --help {1000 * ours:.0f} ms, import click {1000 * floor:.0f} ms:"
        f" {times:.2f}× (goal ≤ {GOAL}×)"
    )
