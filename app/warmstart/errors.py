"""Every error a person can meet, in one tree.

    WarmstartError                 something is wrong, and a sentence says what        exit 1
    ├── UsageError                 the call itself is off                              exit 2
    │   └── SearchError            a search that cannot be read: knows the characters
    ├── InputError                 a file the user gave: carries path and line         exit 1
    │   ├── NoteError              a note that cannot be read
    │   ├── TemplateError          a SAM template that cannot be used
    │   │   └── UnsupportedError   it asks for what is not built: may be let pass
    │   └── LabError               a broken lab folder
    ├── StoreError                 the store cannot be opened or written               exit 3
    │   ├── StoreTooNew            written by a later Warmstart
    │   ├── StoreNotADatabase      the file is something else
    │   ├── StoreReadOnly          no permission to write
    │   ├── StoreFull              the disk is full
    │   └── StoreBusy              another process holds the write lock
    └── RunError                   the runtime could not carry out a run               exit 4

An error knows its sentence, a hint towards the fix, and its exit code; the command line and the
screens only print it. No traceback reaches a user unless they ask for it with ``--debug``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from pathlib import Path


class WarmstartError(Exception):
    """The base of the tree: a message for a person and, where there is one, the likely fix."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}" if self.hint else self.message


class UsageError(WarmstartError):
    """The call names something that does not exist or cannot be combined."""

    exit_code = 2


class SearchError(UsageError):
    """A search that cannot be read; the characters ``start`` up to ``end`` of ``query`` are why."""

    def __init__(
        self, message: str, query: str, start: int, end: int, *, hint: str | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.query = query
        self.start = start
        self.end = end


class InputError(WarmstartError):
    """A file the user gave cannot be used; says which, and from which line (1-based) if known."""

    def __init__(
        self,
        message: str,
        *,
        path: Path | str | None = None,
        line: int | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.path = path
        self.line = line

    def __str__(self) -> str:
        where = "" if self.path is None else f"{self.path}: "
        if self.path is not None and self.line is not None:
            where = f"{self.path}:{self.line}: "
        return where + super().__str__()


class NoteError(InputError):
    """A note that cannot be read at all."""


class TemplateError(InputError):
    """A SAM template that is wrong, or outside the supported subset."""


class UnsupportedError(TemplateError):
    """A SAM template asks for what is not supported; read leniently, it goes on without."""


class LabError(InputError):
    """A lab folder whose definition, template or checks are broken."""


class StoreError(WarmstartError):
    """The store cannot be opened, read or written."""

    exit_code = 3


class StoreTooNew(StoreError):
    """The store was written by a later version of Warmstart."""


class StoreNotADatabase(StoreError):
    """The file where the store should be is something else, or is damaged."""


class StoreReadOnly(StoreError):
    """The store, or the folder it lies in, cannot be written."""


class StoreFull(StoreError):
    """The disk has no room for the write; the transaction was rolled back."""


class StoreBusy(StoreError):
    """Another process holds the write lock for longer than we wait."""


class RunError(WarmstartError):
    """The runtime could not carry out a run."""

    exit_code = 4
