"""``/tmp`` stands for the environment's own scratch folder, and ``/opt`` for its layers.

Handlers write to ``/tmp`` by that name, and what they leave there must live as long as their
environment, no longer: on the real ``/tmp`` one run would see what another left. Without rights for
a mount, the next best thing is to translate paths on their way into the operating system, in the
functions of ``os`` and ``open`` that take paths (``pathlib``, ``shutil`` and ``tempfile`` go
through those), and the folder's real name back to ``/tmp`` in what is shown. Libraries that open
files in C, sqlite3 for one, see the real ``/tmp``; ``$TMPDIR`` names the folder for them.
"""

from __future__ import annotations

import builtins
import functools
import io
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_TMP = "/tmp"  # noqa: S108 - the very point
_OPT = "/opt"
_ENDS = ("", "/")
_ONE_PATH = (
    "access", "chdir", "chmod", "listdir", "lstat", "mkdir", "open", "readlink", "remove", "rmdir",
    "scandir", "stat", "truncate", "unlink", "utime",
)  # fmt: skip
_TWO_PATHS = ("link", "rename", "replace", "symlink")


_places: dict[str, str] = {}
"""Lambda's folders, and the machine's that stand for them."""
_kept: list[str] = []
"""Folders of the machine that may well lie in its ``/tmp``, and are left alone."""


def move(scratch: str) -> None:
    """Let another folder stand for ``/tmp``."""
    _places[_TMP] = scratch
    _kept.append(os.path.dirname(scratch))  # noqa: PTH120 - no Path in a worker's heap


def install(scratch: str, code: str, layers: list[str]) -> None:
    """Translate ``/tmp`` to ``scratch``, and ``/opt`` to the layers, in every call from here on."""
    _kept.append(code)
    # The interpreter itself may be installed there.
    _kept.extend(path for path in (sys.prefix, sys.base_prefix, *sys.path) if path)
    move(scratch)
    for layer in layers:
        _places[_OPT] = layer
        _kept.append(layer)


def _inside(path: Any) -> Any:
    if isinstance(path, int) or path is None:
        return path
    given = os.fspath(path)
    text = given if isinstance(given, str) else os.fsdecode(given)
    if text[:4] not in _places or text[4:5] not in _ENDS or text.startswith(tuple(_kept)):
        return path
    found = _places[text[:4]] + text[4:]
    return found if isinstance(given, str) else os.fsencode(found)


def prepare() -> None:
    """Put the translation in place, before a fork: there is nothing to translate yet."""

    def translated(function: Callable[..., Any], paths: int) -> Callable[..., Any]:
        @functools.wraps(function)
        def with_paths_inside(*args: Any, **kwargs: Any) -> Any:
            head = [_inside(path) for path in args[:paths]]
            return function(*head, *args[paths:], **kwargs)

        return with_paths_inside

    for names, paths in ((_ONE_PATH, 1), (_TWO_PATHS, 2)):
        for name in names:
            function = getattr(os, name)
            replacement = translated(function, paths)
            setattr(os, name, replacement)
            # shutil asks these sets which of the functions may be given a file descriptor.
            for able in (os.supports_fd, os.supports_dir_fd, os.supports_follow_symlinks):
                if function in able:
                    able.add(replacement)
    opened = translated(builtins.open, 1)
    setattr(builtins, "open", opened)  # noqa: B010 - mypy: a function is no variable
    setattr(io, "open", opened)  # noqa: B010 - the same
