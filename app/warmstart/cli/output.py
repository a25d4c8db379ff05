"""Files that a command writes: they take their name only when they are complete."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from warmstart.errors import WarmstartError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO


@contextmanager
def complete(file: Path) -> Iterator[BinaryIO]:
    """Give a file to write to; "-" is the standard output.

    Raises:
        WarmstartError: it cannot be written; what had its name before is still there.
    """
    if str(file) == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        try:
            with part.open("xb") as out:
                yield out
            part.replace(file)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise WarmstartError(f"{file} cannot be written: {error.strerror}.") from error
