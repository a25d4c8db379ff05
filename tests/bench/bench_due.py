"""``warmstart due``, as a shell prompt calls it, against ``python -c pass``: the floor of any script.

The store holds the bundled course, and a settings file is there to be read.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from paired import ratio

GOAL = 4.0


def main(rounds: int = 41) -> None:
    """Print both times and the median ratio."""
    warmstart = str(Path(sys.executable).with_name("warmstart"))
    with tempfile.TemporaryDirectory() as folder:
        # The platform's own place, as most have it: finding it is part of the time.
        environment = os.environ | {"XDG_DATA_HOME": folder, "HOME": folder}
        environment.pop("WARMSTART_HOME", None)
        # The first call compiles the modules, as an installation does; nobody's prompt does it anew.
        environment.pop("PYTHONDONTWRITEBYTECODE", None)

        def timed(*command: str) -> float:
            start = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
            return time.perf_counter() - start

        timed(warmstart, "progress", "--json")
        settings = next(Path(folder).rglob("warmstart.db")).with_name("settings.toml")
        settings.write_text("[study]\nnew_per_day = 12\n")
        line = subprocess.run([warmstart, "due"], env=environment, capture_output=True, text=True)
        assert line.stdout.startswith("12 new"), line
        ours, floor, times = ratio(
            lambda: timed(warmstart, "due"), lambda: timed(sys.executable, "-c", "pass"), rounds
        )
    print(
        f"  warmstart due {1000 * ours:.0f} ms, python -c pass {1000 * floor:.0f} ms:"
        f" {times:.2f}× (goal ≤ {GOAL:g}×)"
    )
