"""Starting the zygote, before the host itself has imported what it needs.

What it should import is guessed from the code that lies beside the template: a wrong guess costs
time, and nothing else.
"""

from __future__ import annotations

import ctypes
import os
import re
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_ADDR_NO_RANDOMIZE = 0x0040000
_SDK = re.compile(rb"\b(?:boto3|botocore|aws_lambda_powertools)\b")
_CLIENT = re.compile(rb"""(?:client|resource)\(\s*["']([a-z0-9-]+)["']""")
_CLIENTS = {"sqs", "sns", "s3", "dynamodb", "events", "lambda", "stepfunctions"}
_LOOKED_AT = 500
"""Files; who has more beside a template has more than handlers there."""


@dataclass(frozen=True, slots=True)
class Started:
    """A zygote's process, and our end of its control socket."""

    process: subprocess.Popen[bytes]
    control: socket.socket


def early(folder: Path) -> Started | None:
    """Start a zygote for the code in a folder; None where there is none."""
    code = list(_code(folder))
    return start(clients(code)) if code else None


def start(clients: Sequence[str]) -> Started:
    """Start a zygote; ``clients`` are the boto3 clients that handlers will want."""
    ours, theirs = socket.socketpair()
    fix_addresses()
    with theirs:
        process = subprocess.Popen(  # noqa: S603 - this very interpreter
            # Not -I, which would ignore the hash seed, too; the environment is nearly empty.
            [sys.executable, "-P", "-m", "warmstart.runtime.worker.zygote",
             str(theirs.fileno()), ",".join(clients), *sys.argv[1:]],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            env=environment(),
        )  # fmt: skip
    return Started(process, ours)


def environment() -> dict[str, str]:
    """Return a zygote's environment: the same in every run, but for where programs are found."""
    return {
        "LC_ALL": "C.UTF-8",
        "PATH": os.environ.get("PATH", os.defpath),
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
    }


def clients(code: Sequence[Path]) -> list[str]:
    """Return the boto3 clients that the code seems to make, by name; [] without boto3.

    What is made beforehand need not be made in each environment.
    """
    found: set[str] = set()
    for path in code:
        try:
            text = path.read_bytes()
        except OSError:
            continue
        if _SDK.search(text):
            found |= {name.decode() for name in _CLIENT.findall(text)} & _CLIENTS or {"sqs"}
    return sorted(found)


def _code(folder: Path) -> Iterator[Path]:
    """Yield the Python files below a folder, those of hidden folders left out; so many at most."""
    left = _LOOKED_AT
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and name != "node_modules"
        )
        for name in sorted(files):
            if name.endswith(".py"):
                yield Path(place, name)
                left -= 1
                if not left:
                    return


def fix_addresses() -> None:
    """Give the programs started from here on the same memory layout every time, where possible.

    Else ``print(object())`` in a handler would print something new in each run.
    """
    if sys.platform == "linux":
        libc: Any = ctypes.CDLL(None)
        libc.personality(_ADDR_NO_RANDOMIZE)
