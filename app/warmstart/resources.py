"""Where the bundled course and the bundled labs lie: inside the wheel, or in the checkout."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path


def bundled(name: str) -> Path:
    """Return the folder ``name`` ("content" or "labs") that ships with Warmstart.

    An installed wheel carries it under ``warmstart/_data``; an editable install reads the folder at
    the root of the checkout.

    Raises:
        FileNotFoundError: in neither place; the installation is damaged.
    """
    package = Path(str(files("warmstart")))
    for candidate in (package / "_data" / name, package.parents[1] / name):
        if candidate.is_dir():
            return candidate
    raise FileNotFoundError(f"The bundled folder {name!r} is missing: reinstall Warmstart.")
