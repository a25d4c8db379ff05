"""The process that forks workers: started once a run by exec, and never more than one thread.

Forking the app itself would copy its threads' locks and its heap. This process imports what
handlers usually need, freezes that heap (``gc.freeze``: else the first collection in each worker
would copy it, page by page), and forks a worker whenever the host hands it a socket.

It is also who cleans up. Each worker leads a process group, which is killed when the host has its
leader buried; when the host goes away, however it goes, its end of the control socket closes, and
everything that descends from this process is killed. The commands stand in ``forker``.
"""

from __future__ import annotations

import gc
import importlib
import os
import signal
import socket
import sys

from warmstart.runtime.worker import snapshot, sql, tmp
from warmstart.runtime.worker.forker import PR_SET_CHILD_SUBREAPER, Forker, prctl
from warmstart.runtime.worker.main import main as run_worker

STOCK = (
    "asyncio", "base64", "collections", "concurrent.futures", "csv", "dataclasses", "datetime",
    "decimal", "email", "enum", "functools", "hashlib", "hmac", "http.client", "itertools", "json",
    "logging", "math", "os", "pathlib", "random", "re", "secrets", "statistics", "string",
    "subprocess", "tempfile", "threading", "time", "typing", "urllib.request", "uuid", "zoneinfo",
)  # fmt: skip
"""Modules that are there for the taking, as in Lambda's own Python runtime."""


def _import_stock() -> None:
    # time-machine would load its plugin for pytest, where that is installed: 50 ms for nothing.
    blocked = {name: None for name in ("pytest", "dateutil") if name not in sys.modules}
    sys.modules.update(blocked)  # type: ignore[arg-type]  # None is how an import is blocked
    try:
        for name in (*STOCK, "time_machine"):
            importlib.import_module(name)
    finally:
        for name in blocked:
            del sys.modules[name]


def _import_clients(names: list[str]) -> None:
    """Import boto3 and make each client once: what it reads of the services stays in memory."""
    import boto3

    for name in names:
        # With keys of nobody: the session must not look for any, and keeps none for the workers.
        boto3.client(
            name,
            region_name="us-east-1",
            aws_access_key_id="-",
            aws_secret_access_key="-",  # noqa: S106
        )


def prepare(clients: list[str]) -> None:
    """Import all that handlers will want, these boto3 clients among it, into the heap to share."""
    _import_stock()
    if clients:
        _import_clients(clients)
    tmp.prepare()
    sql.prepare()
    snapshot.install()
    gc.collect()
    gc.freeze()


def detach() -> None:
    """Leave the session of whoever started this, and take over its descendants' orphans."""
    os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    prctl(PR_SET_CHILD_SUBREAPER, 1)


def serve(control: socket.socket) -> None:
    """Fork workers until the host is gone; then kill all that is left."""
    zygote = Forker(control, run_worker, strays=True)
    try:
        zygote.serve()
    finally:
        zygote.kill_all()


def main() -> None:
    """Serve on the control socket whose descriptor is the first argument.

    The second names the boto3 clients that handlers will want, with commas between; empty for none.
    """
    control = socket.socket(fileno=int(sys.argv[1]))
    detach()
    prepare([name for name in sys.argv[2].split(",") if name])
    serve(control)


if __name__ == "__main__":
    main()
