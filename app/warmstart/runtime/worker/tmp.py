"""Lambda's folders: ``/tmp`` is the environment's own, ``/opt`` its layers, ``/var/task`` its code.

Handlers write to ``/tmp`` by that name, and what they leave there must live as long as their
environment, no longer: on the real ``/tmp`` one run would see what another left. Without rights for
a mount, the next best thing is to translate paths on their way into the operating system, in the
functions of ``os`` and ``open`` that take paths (``pathlib``, ``shutil`` and ``tempfile`` go
through those), in what ``subprocess`` starts and in ``sys.path``, and the folder's real name back
to ``/tmp`` in what is shown. Libraries that open files in C, sqlite3 for one, and scripts of a
shell see the real ``/tmp``; ``$TMPDIR`` names the folder for them.

What lies there together is looked at whenever a file is opened for writing: if it fills the
environment's storage, that fails as on a full disk, else the file may grow by what is left.
"""

from __future__ import annotations

import builtins
import errno
import functools
import importlib.machinery
import io
import os
import resource
import subprocess
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_TMP = "/tmp"  # noqa: S108 - the very point
_OPT = "/opt"
_TASK = "/var/task"
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


class _Room:
    """How many bytes ``/tmp`` may hold, and how many it did when they were last counted.

    Counting takes as long as there are files. So with many of them it is done once for every
    sixteenth of them that is opened, else a handler that writes thousands would wait for it.
    """

    def __init__(self) -> None:
        self.limit = 0
        self._used = 0
        self._files = 0
        self._opened = 0

    def forget(self) -> None:
        """Count anew when it is asked next."""
        self._files = self._opened = 0

    def check(self, path: str) -> None:
        """Let a file grow by what is left.

        Raises:
            OSError: ENOSPC: nothing is.
        """
        self._opened += 1
        if self._opened * _SELDOM > self._files:
            self._used, self._files, self._opened = *count(_places[_TMP]), 0
        try:
            own = os.stat(path).st_size  # noqa: PTH116 - no Path in a worker's heap
        except OSError:
            own = 0
        most = self.limit - (self._used - own)
        if most <= 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (min(most, hard), hard))


_SELDOM = 16
_room = _Room()


def count(folder: str) -> tuple[int, int]:
    """Return the bytes below a folder, and the files."""
    used = files = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                used += os.lstat(os.path.join(place, name)).st_size  # noqa: PTH118 - see above
            except OSError:
                continue  # It is gone meanwhile.
            files += 1
    return used, files


def move(scratch: str) -> None:
    """Let another folder stand for ``/tmp``."""
    _places[_TMP] = scratch
    _room.forget()
    _kept.append(os.path.dirname(scratch))  # noqa: PTH120 - no Path in a worker's heap


def install(scratch: str, code: str, layers: list[str], storage: int) -> None:
    """Translate the three folders' names in every call from here on.

    ``storage`` is how many bytes ``/tmp`` may hold.
    """
    _room.limit = storage
    _places[_TASK] = code
    _kept.append(code)
    # The interpreter itself may be installed there.
    _kept.extend(path for path in (sys.prefix, sys.base_prefix, *sys.path) if path)
    move(scratch)
    for layer in layers:
        _places[_OPT] = layer
        _kept.append(layer)
    # Python has started without the function's own; the code itself comes first on Lambda, too.
    sys.path[1:1] = [place for place in os.environ["PYTHONPATH"].split(":") if place]


def _inside(path: Any) -> Any:
    if isinstance(path, int) or path is None:
        return path
    given = os.fspath(path)
    text = given if isinstance(given, str) else os.fsdecode(given)
    place = text[:4] if text[:4] != _TASK[:4] else text[: len(_TASK)]
    rest = text[len(place) :]
    if place not in _places or rest[:1] not in _ENDS or text.startswith(tuple(_kept)):
        return path
    found = _places[place] + rest
    return found if isinstance(given, str) else os.fsencode(found)


def _checked(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let a way to open files see to the room that is left, where it opens for writing."""

    @functools.wraps(function)
    def with_room(*args: Any, **kwargs: Any) -> Any:
        how = args[1] if len(args) > 1 else kwargs.get("mode", kwargs.get("flags", "r"))
        writes = how & _WRITES if isinstance(how, int) else not _READS.issuperset(how)
        if writes and _room.limit and args and not isinstance(args[0], int):
            place = os.fsdecode(_inside(args[0]))
            if place.startswith(_places[_TMP] + os.sep):
                _room.check(place)
        return function(*args, **kwargs)

    return with_room


def _mounted(remove: Callable[..., Any]) -> Callable[..., Any]:
    """Let a way to remove folders leave ``/tmp`` itself: there it is a disk of its own."""

    @functools.wraps(remove)
    def but_tmp(path: Any, **kwargs: Any) -> Any:
        place = "" if isinstance(path, int) else os.fsdecode(_inside(path))
        if place.rstrip("/") == _places.get(_TMP):
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY), path)
        return remove(path, **kwargs)

    return but_tmp


_WRITES = os.O_WRONLY | os.O_RDWR
_READS = frozenset("rbt")


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
            if name == "open":
                replacement = _checked(replacement)
            elif name == "rmdir":
                replacement = _mounted(replacement)
            setattr(os, name, replacement)
            # shutil asks these sets which of the functions may be given a file descriptor.
            for able in (os.supports_fd, os.supports_dir_fd, os.supports_follow_symlinks):
                if function in able:
                    able.add(replacement)
    _prepare_programs()
    sys.path_hooks.insert(0, _finder)
    opened = _checked(translated(builtins.open, 1))
    setattr(builtins, "open", opened)  # noqa: B010 - mypy: a function is no variable
    setattr(io, "open", opened)  # noqa: B010 - the same


def _prepare_programs() -> None:
    """Translate what ``subprocess`` starts, where it is given argument by argument."""
    start = subprocess.Popen.__init__

    @functools.wraps(start)
    def with_paths_inside(self: Any, args: Any, *others: Any, **named: Any) -> None:
        if isinstance(args, list | tuple):
            args = [_inside(argument) for argument in args]
        elif not named.get("shell"):
            args = _inside(args)
        for name in ("cwd", "executable"):
            if name in named:
                named[name] = _inside(named[name])
        start(self, args, *others, **named)

    setattr(subprocess.Popen, "__init__", with_paths_inside)  # noqa: B010 - mypy: the same


def _finder(path: str) -> Any:
    """Find modules in one of the folders, where it stands in ``sys.path`` by Lambda's name.

    Raises:
        ImportError: it is another folder, for the other hooks.
    """
    found = _inside(path)
    if found is path:
        raise ImportError(path)
    return importlib.machinery.FileFinder(found, *_LOADERS)


_LOADERS: list[Any] = [
    (importlib.machinery.ExtensionFileLoader, importlib.machinery.EXTENSION_SUFFIXES),
    (importlib.machinery.SourceFileLoader, importlib.machinery.SOURCE_SUFFIXES),
    (importlib.machinery.SourcelessFileLoader, importlib.machinery.BYTECODE_SUFFIXES),
]
