"""The learner's own editor: which command opens a file at a line, and how it went.

``VISUAL`` comes before ``EDITOR``, as everywhere. Each may hold options of its own. An editor with
a window of its own is told to wait, or it would return before anything was written.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Final

from warmstart.errors import UsageError, WarmstartError

if TYPE_CHECKING:
    from collections.abc import Mapping

_PLUS: Final = frozenset((
    "vi", "vim", "nvim", "gvim", "mvim", "view", "elvis", "vile", "vis", "nano", "rnano", "pico",
    "emacs", "emacsclient", "mg", "jed", "joe", "jmacs", "jove", "zile", "ne", "kak", "micro",
    "mcedit", "tilde", "dte", "gedit", "xed", "pluma",
))  # fmt: skip
"""Editors that take ``+LINE`` before the file."""
_GOTO: Final = frozenset((
    "code", "code-insiders", "code-oss", "codium", "vscodium", "cursor", "windsurf", "positron",
))  # fmt: skip
_COLON: Final = frozenset(("hx", "helix", "subl", "sublime_text", "zed", "zeditor", "pulsar"))
"""Editors that take ``FILE:LINE``."""
_OPTION: Final = {
    "mate": "-l", "kate": "-l", "kwrite": "-l", "bbedit": "+", "notepad++": "-n",
    "idea": "--line", "pycharm": "--line", "webstorm": "--line", "goland": "--line",
    "clion": "--line", "rustrover": "--line", "phpstorm": "--line", "rubymine": "--line",
}  # fmt: skip
"""Editors that take the line behind an option, before the file."""
_WAITS: Final = {
    **dict.fromkeys(_GOTO, "--wait"),
    **dict.fromkeys(("subl", "sublime_text", "zed", "zeditor", "pulsar"), "--wait"),
    **dict.fromkeys((name for name in _OPTION if _OPTION[name] == "--line"), "--wait"),
    "mate": "-w",
    "gvim": "-f",
    "mvim": "-f",
    "kate": "-b",
    "bbedit": "-w",
    "gedit": "-w",
}
_SHORT: Final = {"--wait": "-w"}


def chosen(environment: Mapping[str, str]) -> str:
    """Return the editor that is set, else one that is nearly everywhere.

    Raises:
        UsageError: there is none.
    """
    for name in ("VISUAL", "EDITOR"):
        if said := environment.get(name, "").strip():
            return said
    for name in ("nano", "vi"):
        if shutil.which(name, path=environment.get("PATH", "")):
            return name
    raise UsageError(
        "No editor is set.", hint="Set EDITOR to the one you use, for example: export EDITOR=nano"
    )


def command(editor: str, file: PurePath, line: int) -> list[str]:
    """Return the command that opens ``file`` at ``line`` (from 1) in ``editor``.

    An editor that is not known opens the file at its beginning.

    Raises:
        UsageError: ``editor`` cannot be read as a command: a quote is open.
    """
    try:
        words = shlex.split(editor, posix=os.name != "nt")
    except ValueError as error:
        raise UsageError(
            f"The editor {editor!r} cannot be read as a command: a quote is not closed.",
            hint="Set EDITOR to a command such as: nano",
        ) from error
    name = PurePath(words[0].strip('"')).stem if words else ""
    name = name.lower() if name.lower() in _WAITS else name
    wait = _WAITS.get(name)
    if wait is not None and wait not in words and _SHORT.get(wait) not in words:
        words.append(wait)
    path = str(file)
    if name in _PLUS or _OPTION.get(name) == "+":
        return [*words, f"+{line}", path]
    if name in _GOTO:
        return [*words, "--goto", f"{path}:{line}"]
    if name in _COLON:
        return [*words, f"{path}:{line}"]
    if name == "notepad++":
        return [*words, f"-n{line}", path]
    if name in _OPTION:
        return [*words, _OPTION[name], str(line), path]
    return [*words, path]


def edit(editor: str, file: Path, line: int) -> None:
    """Run the editor and wait for it; the terminal must be free.

    Raises:
        WarmstartError: it cannot be started, or says that it failed.
    """
    words = command(editor, file.absolute(), line)
    if shutil.which(words[0]) is None:
        raise WarmstartError(
            f"The editor {words[0]!r} cannot be found.",
            hint="Set EDITOR to one that is installed, for example: export EDITOR=nano",
        )
    try:
        code = subprocess.run(words, check=False).returncode  # noqa: S603 the learner's own command
    except OSError as error:
        raise WarmstartError(
            f"The editor {words[0]!r} cannot be started: {error.strerror}."
        ) from error
    if code:
        raise WarmstartError(
            f"The editor {words[0]!r} ended with the code {code}.",
            hint="What it saved was read all the same.",
        )
