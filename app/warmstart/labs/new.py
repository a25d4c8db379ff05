"""A lab to start from: a small one that runs, copied to where its author wants it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from uuid import uuid4

from warmstart.errors import LabError, UsageError

SAMPLE = Path(__file__).with_name("sample")
"""The lab that is copied; docs/lab-authoring.md explains it."""

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*", re.IGNORECASE)


def create(folder: Path) -> None:
    """Make a lab in ``folder``, which appears whole or not at all.

    Raises:
        UsageError: there is something already, or the folder's name is none for a lab.
        LabError: it cannot be written.
    """
    if not _NAME.fullmatch(folder.name):
        raise UsageError(
            f"A lab cannot be called {folder.name!r}.",
            hint="Its name is its folder's: letters, digits, and - _ . between them.",
        )
    if folder.exists():
        raise UsageError(f"{folder} is there already.", hint="Name a folder that is not.")
    part = folder.with_name(f".{folder.name}-{uuid4().hex[:8]}")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(SAMPLE, part, ignore=shutil.ignore_patterns("__pycache__"))
        part.rename(folder)
    except OSError as error:
        shutil.rmtree(part, ignore_errors=True)
        raise LabError(f"The lab cannot be written: {error.strerror}.", path=folder) from error
