"""What runs beside the handler: threads and processes it starts.

The host is told once: it then stops and continues the environment's whole process group between
invocations, and in virtual time it knows that the run can no longer be repeated.
"""

from __future__ import annotations

import os
import subprocess
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from warmstart.runtime.worker.link import Link


def watch(link: Link) -> None:
    """Tell the host when the first of them starts."""
    told = False

    def tell(what: str) -> None:
        nonlocal told
        if not told:
            told = True
            link.tell({"op": "other", "what": what})

    def telling(start: Callable[..., Any], what: str) -> Callable[..., Any]:
        def tell_and_start(*args: Any, **kwargs: Any) -> Any:
            tell(what)
            return start(*args, **kwargs)

        return tell_and_start

    owners: tuple[tuple[Any, str, str], ...] = (
        (threading.Thread, "start", "thread"),
        (subprocess.Popen, "__init__", "process"),
        (os, "posix_spawn", "process"),
        (os, "fork", "process"),
    )
    for owner, name, what in owners:
        setattr(owner, name, telling(getattr(owner, name), what))
