"""Importing 10,000 notes of 8 KB: the first time, and again when nothing has changed.

Peers, in the same run: markdown-it-py parsing the same text in one process, and scandir with a stat
for every file, which is the least that tells whether anything has changed. Each import runs in a
process of its own, so that memory is its own: the peak of that process and the peaks of its helpers,
added up (on Linux; pages they share count in each).
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from paired import ratio

NOTES = int(os.environ.get("WARMSTART_BENCH_NOTES", "10000"))
CARDS_A_NOTE = 6.6
SIZE = 8_000  # characters a note
_AGAIN = 15  # times that nothing has changed

_CHILD = """
import json, os, resource, sys, threading, time
from contextlib import suppress
from pathlib import Path
sys.path.insert(0, sys.argv[4])
from bench_notes import scan
from warmstart.paths import Home
from warmstart.usecases.import_notes import import_notes
from warmstart.usecases.workspace import Workspace
workspace = Workspace.open(Home(Path(sys.argv[1])))
peaks = {}
def watch():
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    while children.exists():
        for pid in children.read_text().split():
            with suppress(OSError, StopIteration, ValueError):
                said = Path(f"/proc/{pid}/status").read_text().splitlines()
                line = next(line for line in said if line.startswith("VmHWM"))
                # Between its fork and its exec a child is a copy of this process, and no helper.
                if b"helpers" in Path(f"/proc/{pid}/cmdline").read_bytes():
                    peaks[pid] = int(line.split()[1]) / 1024
        time.sleep(0.05)
threading.Thread(target=watch, daemon=True).start()
start = time.perf_counter()
report = import_notes(workspace, [Path(sys.argv[2])])
spent = time.perf_counter() - start
again = []
for _ in range(int(sys.argv[3])):
    start = time.perf_counter()
    import_notes(workspace, [Path(sys.argv[2])])
    again.append((time.perf_counter() - start, scan(Path(sys.argv[2]))))
print(json.dumps({"seconds": spent, "again": again, "cards": sum(report.cards.values()),
                  "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                  "helpers": len(peaks), "helpers_mb": sum(peaks.values())}))
"""


def generate(folder: Path, notes: int) -> None:
    """Write notes that look like notes: front matter, sections, prose, lists, code, cards."""
    rng = random.Random(7)
    words = [
        "".join(rng.choice("aeiourtnslkdm") for _ in range(rng.randint(3, 9))) for _ in range(4000)
    ]

    def prose(count: int) -> str:
        return " ".join(rng.choices(words, k=count)).capitalize() + "."

    for n in range(notes):
        cards = int(CARDS_A_NOTE) + (rng.random() < CARDS_A_NOTE % 1)
        parts = [
            f"---\ntitle: Note {n}\ntags: [a, b]\nprerequisites:\n  - '[[note-{rng.randrange(notes)}]]'\n---\n",
            f"# Note {n}\n",
        ]
        for _ in range(4):
            parts += [
                f"## {prose(3)}\n",
                prose(60) + "\n",
                f"See [[note-{rng.randrange(notes)}]].\n",
            ]
            parts += ["\n".join(f"- {prose(8)}" for _ in range(4)) + "\n"]
            parts += [
                "```python\n" + "\n".join(f"x = {rng.random()}" for _ in range(6)) + "\n```\n"
            ]
        parts.append("## Key cards\n")
        parts += [f"What is {prose(6)[:-1]}?\n?\n{prose(18)}\n" for _ in range(cards)]
        text = "\n".join(parts)
        while len(text) < SIZE:
            text += "\n" + prose(80) + "\n"
        place = folder / f"part-{n % 40}"
        place.mkdir(exist_ok=True)
        (place / f"note-{n}.md").write_text(text)


def scan(folder: Path) -> float:
    """Return the seconds it takes to stat every file below a folder."""
    start = time.perf_counter()
    found = 0
    stack = [str(folder)]
    while stack:
        with os.scandir(stack.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    stack.append(entry.path)
                else:
                    found += entry.stat().st_mtime_ns > 0
    assert found == NOTES
    return time.perf_counter() - start


def _parse(folder: Path) -> float:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark").enable("table")
    spent = 0.0
    for path in folder.rglob("*.md"):
        text = path.read_text()
        start = time.perf_counter()
        parser.parse(text)
        spent += time.perf_counter() - start
    return spent


def _first(home: Path, folder: Path, again: int) -> dict[str, Any]:
    import json

    done = subprocess.run(
        [sys.executable, "-c", _CHILD, *map(str, (home, folder, again, Path(__file__).parent))],
        check=True,
        capture_output=True,
        text=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def main(rounds: int = 3) -> None:
    """Print the ratios, the memory, and the time a tenth of the notes takes."""
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        folder, tenth = root / "notes", root / "tenth"
        folder.mkdir()
        tenth.mkdir()
        generate(folder, NOTES)
        generate(tenth, NOTES // 10)
        homes = iter(root / f"home-{n}" for n in range(99))
        imports: list[dict[str, Any]] = []

        def first() -> float:
            imports.append(_first(next(homes), folder, 0))
            return imports[-1]["seconds"]

        ours, peer, times = ratio(first, lambda: _parse(folder), rounds)
        found = imports[-1]
        print(
            f"  first import of {NOTES:,} notes, {found['cards']:,.0f} cards: {ours:.1f} s,"
            f" markdown-it-py {peer:.1f} s: {times:.2f}× (goal ≤ 0.35×);"
            f" {found['mb'] + found['helpers_mb']:.0f} MB (goal ≤ 300;"
            f" {found['helpers_mb']:.0f} of them in {found['helpers']:.0f} helpers)"
        )
        small = _first(next(homes), tenth, 0)["seconds"]
        print(f"  ten times the notes take {ours / small:.1f} times as long (linear: 10)")
        again = _first(next(homes), folder, _AGAIN + 1)["again"]
        imported, looked = (iter(times) for times in zip(*again, strict=True))
        ours, floor, times = ratio(lambda: next(imported), lambda: next(looked), _AGAIN)
        print(
            f"  nothing has changed: {1000 * ours:.0f} ms, scandir and stat"
            f" {1000 * floor:.0f} ms: {times:.2f}× (goal ≤ 1.5×)"
        )
