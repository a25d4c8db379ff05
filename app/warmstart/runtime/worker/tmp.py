"""``/tmp`` stands for the environment's own scratch folder.

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
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_TMP = "/tmp"  # noqa: S108 - the very point
_ONE_PATH = (
    "access", "chdir", "chmod", "listdir", "lstat", "mkdir", "open", "readlink", "remove", "rmdir",
    "scandir", "stat", "truncate", "unlink", "utime",
)  # fmt: skip
_TWO_PATHS = ("link", "rename", "replace", "symlink")


def install(scratch: str, code: str) -> None:
    """Translate ``/tmp`` to ``scratch`` in every call from here on.

    ``scratch`` itself and ``code`` may well lie in the machine's ``/tmp``, and are left alone.
    """
    kept = (scratch, code)
    kept_bytes = (scratch.encode(), code.encode())

    def inside(path: Any) -> Any:
        if isinstance(path, int) or path is None:
            return path
        text = os.fspath(path)
        tmp, folder = (_TMP, scratch) if isinstance(text, str) else (b"/tmp", scratch.encode())
        inside_tmp = text == tmp or text[: len(tmp) + 1] == tmp + text[:1]
        if not inside_tmp or text.startswith(kept if isinstance(text, str) else kept_bytes):
            return path
        return folder + text[len(tmp) :]

    def translated(function: Callable[..., Any], paths: int) -> Callable[..., Any]:
        @functools.wraps(function)
        def with_paths_inside(*args: Any, **kwargs: Any) -> Any:
            head = [inside(path) for path in args[:paths]]
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
