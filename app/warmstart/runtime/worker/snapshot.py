"""SnapStart inside a worker: the hooks around a snapshot, and forks that are environments.

A snapshot is a worker that has run INIT and does nothing any more but fork: what it has in memory,
each environment restored from it has, too, down to what ``random`` is about to draw. Threads are
not: a fork has the one that called it.
"""

from __future__ import annotations

import gc
import os
import random
import shutil
import sys
import tempfile
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal

from warmstart.runtime.worker import tmp

if TYPE_CHECKING:
    from collections.abc import Callable

    from warmstart.runtime.worker.protocol import Job

_MODULE = "snapshot_restore_py"
_hooks: dict[str, list[tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]]] = {
    "before": [],
    "after": [],
}
_random: list[Any] = []


def install() -> None:
    """Let handlers import ``snapshot_restore_py``, which Lambda's Python runtime brings along."""
    module: Any = ModuleType(_MODULE, "Hooks around a snapshot (snapstart-runtime-hooks-python).")

    def registering(when: str) -> Callable[..., Any]:
        def register(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
            _hooks[when].append((function, args, kwargs))
            return function

        return register

    module.register_before_snapshot = registering("before")
    module.register_after_restore = registering("after")
    sys.modules[_MODULE] = module


def take() -> None:
    """Remember what a fork changes and a restore does not: ``random`` seeds each fork anew."""
    _random.append(random.getstate())


def run(when: Literal["before", "after"]) -> int:
    """Run the hooks, those before a snapshot in reverse order; return how many there are."""
    hooks = _hooks[when]
    for function, args, kwargs in reversed(hooks) if when == "before" else hooks:
        function(*args, **kwargs)
    return len(hooks)


def restore(old: Job, new: Job) -> None:
    """Take over the environment's own variables, keys and ``/tmp``."""
    random.setstate(_random[0])
    tmp.move(new["scratch"])
    shutil.copytree(old["scratch"], new["scratch"], dirs_exist_ok=True, symlinks=True)
    tempfile.tempdir = None
    for name, value in new["environment"].items():
        # What INIT has changed for itself stays as it is.
        if os.environ.get(name) == old["environment"].get(name):
            os.environ[name] = value
    known = old["environment"]["AWS_ACCESS_KEY_ID"]
    for found in gc.get_objects():
        # Clients made in INIT: on Lambda they would fetch new keys now.
        if type(found).__name__ == "Credentials" and getattr(found, "access_key", "") == known:
            found.access_key = new["environment"]["AWS_ACCESS_KEY_ID"]
            found.secret_key = new["environment"]["AWS_SECRET_ACCESS_KEY"]
