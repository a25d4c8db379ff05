"""Where labs are found: those that ship with Warmstart, and the learner's own copies of them.

A copy comes before the lab it was made from: whoever edits a lab wants to run the edited one. The
bundled folder is only ever read.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from warmstart.errors import LabError, UsageError
from warmstart.labs.read import read_lab
from warmstart.labs.yaml_nodes import suggestion

if TYPE_CHECKING:
    from datetime import datetime

    from warmstart.labs.definition import Lab


KEPT = "kept"
"""The folder among the learner's labs in which copies are kept that were reset."""

NOT_CODE = ("lab.yaml", "checks.py", "README.md")
"""Files at the top of a lab that say what it asks; the others are the application."""


@dataclass(frozen=True, slots=True)
class BrokenLab:
    """A folder among the labs that cannot be read, and why."""

    name: str
    folder: Path
    error: LabError


@dataclass(frozen=True, slots=True)
class Shelf:
    """The labs at hand: ``bundled`` (only read) and ``own`` (copies; may not exist yet)."""

    bundled: Path
    own: Path

    def names(self) -> list[str]:
        """Return the labs' names, in order; a lab is a folder that holds a ``lab.yaml``."""
        folders = [
            folder
            for root in (self.bundled, self.own)
            if root.is_dir()
            for folder in root.iterdir()
            if (folder / "lab.yaml").is_file()
        ]
        return sorted({folder.name for folder in folders})

    def folder(self, name: str) -> Path:
        """Return the folder of the lab: the learner's copy if there is one.

        Raises:
            UsageError: there is no such lab; names those there are, and the one probably meant.
        """
        known = self.names()
        if name not in known:
            hint = suggestion(name, known, "There are:") if known else "There are no labs at all."
            raise UsageError(f"There is no lab {name!r}.", hint=hint)
        own = self.own / name
        return own if (own / "lab.yaml").is_file() else self.bundled / name

    def at(self, where: str) -> Path:
        """Return the folder of a lab named, or of one given by its path.

        What leads through folders, or names one with a ``lab.yaml`` here, is a path; a lab of that
        name comes first all the same.

        Raises:
            UsageError: there is no such lab, or no such folder.
        """
        path = Path(where).expanduser()
        written_so = where in (".", "..") or {os.sep, "/"} & set(where)
        if where in self.names() or not (written_so or (path / "lab.yaml").is_file()):
            return self.folder(where)
        if not path.is_dir():
            raise UsageError(f"There is no folder {where}.")
        return path.resolve()

    def key(self, folder: Path) -> str:
        """Return what a lab is known by: its name, or its path where it lies elsewhere."""
        return str(folder) if self.is_elsewhere(folder) else folder.name

    def is_elsewhere(self, folder: Path) -> bool:
        """Tell whether a lab lies neither among the bundled ones nor in the learner's folder."""
        return folder.parent not in (
            self.bundled,
            self.own,
            self.bundled.resolve(),
            self.own.resolve(),
        )

    def find(self, where: str) -> Lab:
        """Return the lab of that name or at that path; see ``at``.

        Raises:
            UsageError: there is no such lab.
            LabError: its folder is broken.
        """
        return read_lab(self.at(where))

    def all(self) -> list[Lab | BrokenLab]:
        """Return every lab in the order of names; a broken one does not hide the others."""
        labs: list[Lab | BrokenLab] = []
        for name in self.names():
            try:
                labs.append(self.find(name))
            except LabError as error:
                labs.append(BrokenLab(name, self.folder(name), error))
        return labs

    def is_own(self, lab: Lab | BrokenLab) -> bool:
        """Tell whether the lab lies in the learner's folder."""
        return lab.folder.parent == self.own

    def whose(self, lab: Lab | BrokenLab) -> str:
        """Return the mark of a lab of the learner's: ``your copy``, ``your own``; else nothing."""
        if self.is_elsewhere(lab.folder):
            return "elsewhere on the disk"
        if not self.is_own(lab):
            return ""
        return "your copy" if (self.bundled / lab.name / "lab.yaml").is_file() else "your own"

    def reset(self, name: str, at: datetime) -> Path:
        """Let the bundled lab run again; return where the learner's copy of it is kept.

        Raises:
            UsageError: no such lab, or there is no copy of a bundled one.
            LabError: the copy cannot be moved.
        """
        copy = self.folder(name)
        if copy.parent != self.own or not (self.bundled / name / "lab.yaml").is_file():
            why = "is as it ships" if copy.parent != self.own else "is your own"
            raise UsageError(f"{name} {why}: there is nothing to reset.")
        kept = self.own / KEPT / f"{name}-{at:%Y-%m-%d-%H%M%S}"
        try:
            kept.parent.mkdir(exist_ok=True)
            copy.rename(kept)
        except OSError as error:
            raise LabError(f"The copy cannot be moved: {error.strerror}.", path=copy) from error
        return kept

    def copy(self, name: str) -> Path:
        """Copy a bundled lab to the learner's folder, to be edited there; return the copy.

        The copy appears whole or not at all.

        Raises:
            UsageError: no such lab, or it lies in the learner's folder already.
            LabError: the copy cannot be written.
        """
        source, target = self.folder(name), self.own / name
        if source == target:
            copied = (self.bundled / name / "lab.yaml").is_file()
            why = "is copied already" if copied else "is your own"
            raise UsageError(f"{name} {why}.", hint=f"Edit it in {target}.")
        part = self.own / f".{name}-{uuid4().hex[:8]}"
        try:
            shutil.copytree(source, part, ignore=shutil.ignore_patterns("__pycache__"))
            part.rename(target)
        except OSError as error:
            shutil.rmtree(part, ignore_errors=True)
            raise LabError(f"The copy cannot be written: {error.strerror}.", path=target) from error
        return target


def code_files(lab: Lab) -> list[Path]:
    """Return the files of the application, relative to the lab's folder: the template first."""
    found = [
        file.relative_to(lab.folder)
        for file in lab.folder.rglob("*")
        if file.is_file() and lab.solution not in file.parents
    ]
    shown = [
        file
        for file in found
        if str(file) not in NOT_CODE
        and not any(part.startswith((".", "__pycache__")) for part in file.parts)
    ]
    return sorted(shown, key=lambda file: (str(file) != lab.template.name, file.parts))


def changed_files(lab: Lab, bundled: Path) -> list[Path]:
    """Return the files of a copy that differ from the lab it was made from, by name; else none."""
    origin = bundled / lab.name
    if lab.folder == origin or not (origin / "lab.yaml").is_file():
        return []
    return [
        file
        for file in code_files(lab)
        if not (origin / file).is_file()
        or (origin / file).read_bytes() != (lab.folder / file).read_bytes()
    ]
