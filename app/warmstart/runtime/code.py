"""Where the handlers' code lies during a run: in a copy, as Lambda's ``/var/task`` is one.

Whatever a handler writes beside itself, the application's own folder stays as it is, and the next
run starts from it again. The copy cannot be written to either, as far as the user's rights allow
that (root may write everywhere).
"""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from warmstart.errors import RunError

if TYPE_CHECKING:
    from warmstart.runtime.template import Application

LIMIT_MB = 250
"""Lambda's own: the size of a deployment package, unzipped (gettingstarted-limits)."""

_LEFT_OUT = ("__pycache__", ".aws-sam", ".git", ".pytest_cache", ".mypy_cache", ".ruff_cache")
"""What lies beside code and is none; so that ``CodeUri: .`` does not count the repository."""


def place(application: Application, folder: Path) -> Application:
    """Copy the functions' code into ``folder``, and return the application that runs from there.

    Raises:
        RunError: a function's code is larger than Lambda takes, or cannot be read.
    """
    copies: dict[tuple[Path, ...], Path] = {}
    functions = {}

    def placed(folders: tuple[Path, ...]) -> Path:
        if folders not in copies:
            copies[folders] = folder / str(len(copies))
            _copy(folders, copies[folders])
        return copies[folders]

    for logical_id, spec in application.functions.items():
        if spec.modelled is not None:
            functions[logical_id] = spec
            continue
        # As on Lambda, all layers come into one folder, /opt, and later ones over earlier ones.
        layers = (placed(spec.layers),) if spec.layers else ()
        if spec.inline_code:
            at = _write(spec.inline_code, folder / f"inline-{logical_id}")
        else:
            at = placed((spec.code,))
        functions[logical_id] = replace(spec, code=at, layers=layers)
    return replace(application, functions=MappingProxyType(functions))


def remove(folder: Path) -> None:
    """Delete a folder with copies in it; they are made writable first."""
    for place, _, _ in os.walk(folder):
        Path(place).chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)


def _write(text: str, target: Path) -> Path:
    """Write down the code that stands in a template, as Lambda does: as the module ``index``."""
    target.mkdir(parents=True)
    (target / "index.py").write_text(text, encoding="utf-8")
    _protect(target)
    return target


def _copy(sources: tuple[Path, ...], target: Path) -> None:
    if sum(map(_size, sources)) > LIMIT_MB * 1024 * 1024:
        where = ", ".join(map(str, sources))
        raise RunError(
            f"The code in {where} is larger than the {LIMIT_MB} MB that Lambda takes.",
            hint="CodeUri should name the folder with the handlers, and nothing else.",
        )
    for source in sources:
        try:
            shutil.copytree(
                source, target, ignore=shutil.ignore_patterns(*_LEFT_OUT),
                ignore_dangling_symlinks=True, dirs_exist_ok=True,
            )  # fmt: skip
        except (OSError, shutil.Error) as error:
            raise RunError(f"The code in {source} cannot be copied: {error}.") from error
    _protect(target)


def _protect(target: Path) -> None:
    for place, _, files in os.walk(target):
        for name in files:
            path = Path(place, name)
            path.chmod(path.stat().st_mode & ~0o222)
        Path(place).chmod(0o555)


def _size(folder: Path) -> int:
    """Return the bytes of all files; gives up counting past the limit."""
    total = 0
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in _LEFT_OUT]
        for name in files:
            path = Path(place, name)
            total += path.stat().st_size if path.is_file() else 0
        if total > LIMIT_MB * 1024 * 1024:
            break
    return total
