"""The desktop's own program for a picture."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from warmstart.errors import WarmstartError

if TYPE_CHECKING:
    from pathlib import Path


def view(path: Path) -> None:
    """Open a picture in the program that the desktop has for it, and do not wait.

    Raises:
        WarmstartError: there is no desktop here, or no such program.
    """
    where = f"The picture lies at {path}"
    if sys.platform == "win32":
        os.startfile(path)  # noqa: S606 the file is a picture
        return
    opener = "open" if sys.platform == "darwin" else "xdg-open"
    if sys.platform != "darwin" and not {"DISPLAY", "WAYLAND_DISPLAY"} & os.environ.keys():
        raise WarmstartError("There is no desktop here to show a picture on.", hint=where + ".")
    if shutil.which(opener) is None:
        raise WarmstartError(f"{opener}, which opens pictures, is not installed.", hint=where + ".")
    subprocess.Popen(  # noqa: S603 the file is a picture, named by an absolute path
        [opener, str(path.absolute())],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
