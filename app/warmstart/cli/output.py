"""Files that a command writes."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from warmstart.errors import InputError, WarmstartError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO


def write_text(path: Path, text: str, what: str = "It") -> None:
    """Write a file of text.

    Raises:
        InputError: it cannot be written; ``what`` is what the sentence calls it.
    """
    try:
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise InputError(f"{what} cannot be written: {error.strerror}.", path=path) from error


@contextmanager
def complete(file: Path) -> Iterator[BinaryIO]:
    """Give a file that takes its name only when it is complete; "-" is the standard output.

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
