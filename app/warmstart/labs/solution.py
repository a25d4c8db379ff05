"""The solution of a lab's challenge: knob values, and files that lie over the lab's own."""

from __future__ import annotations

import difflib
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from warmstart.labs.read import read_lab
from warmstart.labs.yaml_nodes import read_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warmstart.labs.definition import Lab
    from warmstart.labs.yaml_nodes import Scalar

LEFT_OUT: Final = ("__pycache__", ".DS_Store")
"""What no copy of a lab takes along."""


@dataclass(frozen=True, slots=True)
class Difference:
    """How one file of the solution differs from the lab's own."""

    file: Path
    """Relative to the lab's folder."""
    lines: tuple[str, ...]
    """A unified diff, without line ends."""


def solution_files(lab: Lab) -> list[Path]:
    """Return the solution's files, relative to its folder, in order."""
    return sorted(
        path.relative_to(lab.solution)
        for path in lab.solution.rglob("*")
        if path.is_file() and not set(LEFT_OUT) & set(path.parts)
    )


def solution_knobs(lab: Lab) -> dict[str, Scalar]:
    """Return where the knobs stand in the solution, judged as the challenge is."""
    asked = lab.challenge
    return {} if asked is None else {**asked.knobs, **asked.solution}


def differences(lab: Lab) -> list[Difference]:
    """Return what the solution changes in the lab's files as they are now.

    Raises:
        LabError: a file cannot be read, or is not text.
    """
    found = []
    for file in solution_files(lab):
        own = lab.folder / file
        before = read_text(own).splitlines() if own.is_file() else []
        after = read_text(lab.solution / file).splitlines()
        lines = difflib.unified_diff(before, after, str(file), f"solution/{file}", lineterm="", n=3)
        if found_lines := tuple(lines):
            found.append(Difference(file, found_lines))
    return found


@contextmanager
def solved(lab: Lab) -> Iterator[Lab]:
    """Yield the lab with the solution's files over its own, in a folder that goes afterwards.

    Raises:
        LabError: with them it can no longer be read.
        OSError: there is no room for the copy.
    """
    with tempfile.TemporaryDirectory(prefix="warmstart-") as place:
        folder = Path(place, lab.name)
        ignore = shutil.ignore_patterns(*LEFT_OUT)
        shutil.copytree(lab.folder, folder, ignore=ignore)
        if lab.solution.is_dir():
            shutil.rmtree(folder / lab.solution.name)
            shutil.copytree(lab.solution, folder, ignore=ignore, dirs_exist_ok=True)
        yield read_lab(folder)
