"""Parameters: fitting to 50,000 reviews, and computing every memory anew over a log of as many."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bench_study import NOW, fill

from warmstart.paths import Home
from warmstart.study.fit import Fitted, fit, histories
from warmstart.study.parameters import DEFAULT
from warmstart.usecases import import_notes, optimize, sources
from warmstart.usecases.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable

CARDS, REVIEWS = 5_000, 50_000


def _median(run: Callable[[], object], rounds: int = 5) -> float:
    spent = []
    for _ in range(rounds):
        start = time.perf_counter()
        run()
        spent.append(time.perf_counter() - start)
    return 1000 * statistics.median(spent)


def main() -> None:
    """Print what each takes."""
    import_notes.find_bundled = lambda _stamps: sources.Found()
    with tempfile.TemporaryDirectory() as place:
        home = Home(Path(place))
        Workspace.open(home, clock=lambda: NOW).close()
        fill(home.store, CARDS, REVIEWS)
        workspace = Workspace.open(home, clock=lambda: NOW)
        with workspace.store.read() as tx:
            load = _median(tx.log.marks)
            marks = tx.log.marks()
        some = histories(marks)
        found = fit(some, DEFAULT, 1)
        fitting = _median(lambda: fit(histories(marks), DEFAULT, 1))
        print(f"  loading {len(marks):,} reviews: {load:.0f} ms")
        if isinstance(found, Fitted):
            print(
                f"  fitting to them, twice, and judging three sets of parameters: {fitting:.0f} ms"
                " (goal ≤ 200 ms)"
            )
        else:
            print(f"  not fitted here: {found}")
        other = (*DEFAULT[:20], 0.2)

        def change() -> None:
            optimize.put_in_force(workspace, other)
            optimize.go_back(workspace)

        print(
            f"  new parameters in force, {len(marks):,} reviews replayed and {CARDS:,} cards"
            f" written: {_median(change) / 2:.0f} ms (goal ≤ 1,000 ms)"
        )
        workspace.close()
