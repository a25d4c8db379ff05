"""Python files parsed by several threads at once."""

from __future__ import annotations

import ast
import gc
import time
from concurrent.futures import ThreadPoolExecutor

from warmstart.labs.syntax import tree_of


def test_threads_that_get_their_turn_while_a_tree_is_made() -> None:
    """The garbage collector's callbacks are where that happens; ``ast.parse`` itself fails here."""
    source = "def check_one(trace):\n" + "    assert [x + (1 * y) for x in trace], f'{x!r}'\n" * 40
    before = gc.get_threshold()

    def let_others(_phase: str, _info: dict[str, int]) -> None:
        time.sleep(2e-5)

    gc.callbacks.append(let_others)
    gc.set_threshold(300)
    try:
        with ThreadPoolExecutor(4) as threads:
            trees = list(threads.map(tree_of, [source] * 12))
    finally:
        gc.set_threshold(*before)
        gc.callbacks.remove(let_others)
    assert len({ast.dump(tree) for tree in trees}) == 1
