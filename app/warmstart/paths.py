"""The user's directories: one home for the store, settings, logs, backups and copied labs.

The platform decides where data lies (``platformdirs``); ``WARMSTART_HOME`` overrides it with one
folder that holds everything, which is what tests, portable installs and cron jobs want.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NamedTuple


class Home(NamedTuple):
    """The folder that holds all of one learner's data.

    A named tuple: importing dataclasses would cost a shell prompt (``warmstart due``) 6 ms.
    """

    root: Path

    @property
    def store(self) -> Path:
        """The SQLite store."""
        return self.root / "warmstart.db"

    @property
    def backups(self) -> Path:
        """Copies of the store: one a study day, and one before whatever could lose something."""
        return self.root / "backups"

    @property
    def settings(self) -> Path:
        """The TOML file of settings."""
        return self.root / "settings.toml"

    @property
    def log(self) -> Path:
        """The log file, where tracebacks go."""
        return self.root / "warmstart.log"

    @property
    def media(self) -> Path:
        """Pictures and sounds of imported Anki files, a folder for each file."""
        return self.root / "media"

    @property
    def labs(self) -> Path:
        """The learner's own copies of labs."""
        return self.root / "labs"


def home() -> Home:
    """Return the home in force: ``$WARMSTART_HOME``, else the platform's data directory."""
    override = os.environ.get("WARMSTART_HOME")
    if override:
        return Home(Path(override).expanduser())
    if sys.platform == "linux" and "ANDROID_ROOT" not in os.environ:
        # What platformdirs says too, after 10 ms of imports, which a shell prompt would wait for.
        data = os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")  # noqa: PTH111
        if data.startswith("/"):
            return Home(Path(data) / "warmstart")
    from platformdirs import user_data_path

    return Home(user_data_path("warmstart", appauthor=False))
