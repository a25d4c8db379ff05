"""The way from a handler's database driver to the run's databases.

An application with databases finds ``pymysql`` here (``drivers``), in the place of the package of
that name: the same calls, but over the worker's own link instead of a socket, so that virtual time
passes while the database works.

What is ``done`` is one of:

======= ===================================== =================================================
connect ``host``                              ``number``
execute ``number``, ``statement``, ``values`` ``columns``, ``rows``, ``affected``, ``last_id``
close   ``number``                            nothing
======= ===================================== =================================================

or, for each, ``error``: MySQL's number and sentence.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import ModuleType

    from warmstart.runtime.worker.link import Link

_DRIVERS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "drivers")  # noqa: PTH100, PTH118, PTH120 - no Path in a worker's heap
_DRIVER = "pymysql"
_loaded: dict[str, ModuleType] = {}
_links: list[Link] = []


def prepare() -> None:
    """Import the driver, and hide it: the zygote does so once, for all who are forked from it."""
    sys.path.insert(0, _DRIVERS)
    importlib.import_module(_DRIVER)
    sys.path.remove(_DRIVERS)
    for name in [name for name in sys.modules if name.partition(".")[0] == _DRIVER]:
        _loaded[name] = sys.modules.pop(name)


def install(link: Link) -> None:
    """Let the handler find the driver."""
    _links[:] = [link]
    sys.modules.update(_loaded)


def reachable() -> bool:
    """Return whether this thread may ask: answers go to the main thread alone."""
    return bool(_links) and _links[0].in_main_thread()


def ask(done: str, **what: Any) -> dict[str, Any]:
    """Have something done, and return the answer."""
    answer: dict[str, Any] = _links[0].ask({"op": "sql", "done": done, **what})["answer"]
    return answer
