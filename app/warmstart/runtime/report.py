"""What Lambda puts together itself about an invocation: errors, the tracing header, what is billed.

What it writes to the log is ``system_log``'s.
"""

from __future__ import annotations

import functools
import hashlib
import signal
from typing import TYPE_CHECKING

from warmstart.runtime.trace import FunctionError

if TYPE_CHECKING:
    from datetime import datetime

RESPONSE_LIMIT = 6_291_556
"""Bytes of a synchronous response, as Lambda's error message has it."""

SIGNALS = {
    signal.SIGABRT: "aborted",
    signal.SIGALRM: "alarm clock",
    signal.SIGBUS: "bus error",
    signal.SIGFPE: "floating point exception",
    signal.SIGHUP: "hangup",
    signal.SIGILL: "illegal instruction",
    signal.SIGINT: "interrupt",
    signal.SIGKILL: "killed",
    signal.SIGPIPE: "broken pipe",
    signal.SIGQUIT: "quit",
    signal.SIGSEGV: "segmentation fault",
    signal.SIGTERM: "terminated",
}
"""What Lambda calls the signals that end a process."""


def timeout_text(timeout_s: int) -> str:
    """Return what Lambda says of a timeout, to the log and to the caller."""
    return f"Task timed out after {timeout_s}.00 seconds"


def timeout_error(request: str, timeout_s: int) -> FunctionError:
    """Return what the caller of an invocation that timed out gets."""
    return FunctionError(
        "Sandbox.Timedout", f"RequestId: {request} Error: {timeout_text(timeout_s)}"
    )


def restore_timeout_error() -> FunctionError:
    """Return the error of a restore that took too long."""
    return FunctionError(
        "SnapStartTimeoutException",
        "Lambda couldn't restore the snapshot within the timeout limit.",
    )


@functools.lru_cache(16)
def trace_header(start: datetime, root: str) -> str:
    """Return X-Ray's tracing header of an invocation: its root is the thread's, and not sampled."""
    digest = hashlib.sha256(root.encode()).hexdigest()
    seconds = int(start.timestamp())
    return f"Root=1-{seconds:08x}-{digest[:24]};Parent={digest[24:40]};Sampled=0"


def storage_exceeded(used_mb: int, most_mb: int) -> str:
    """Return Warmstart's own line about a ``/tmp`` that holds more than Lambda would let it."""
    return (
        f"[warmstart] /tmp holds {used_mb:,} MB and may hold {most_mb:,}: on Lambda, whoever wrote "
        "the last of it would have got: No space left on device."
    )


def too_large_error() -> FunctionError:
    """Return what the caller gets in the place of an answer past ``RESPONSE_LIMIT``."""
    return FunctionError(
        "Function.ResponseSizeTooLarge",
        f"Response payload size exceeded maximum allowed payload size ({RESPONSE_LIMIT} bytes).",
    )


def exit_error(request: str, status: int, *, out_of_memory: bool) -> FunctionError:
    """Return what the caller gets when the process ended (``status`` < 0: by that signal)."""
    if status > 0:
        reason = f"Runtime exited with error: exit status {status}"
    elif status < 0:
        name = SIGNALS.get(signal.Signals(-status), f"signal {-status}")
        reason = f"Runtime exited with error: signal: {name}"
    else:
        reason = "Runtime exited without providing a reason"
    kind = "Runtime.OutOfMemory" if out_of_memory else "Runtime.ExitError"
    return FunctionError(kind, f"RequestId: {request} Error: {reason}")


def platform_type(error: FunctionError) -> str:
    """Return an error's type as the log shows it: Lambda names its own, and no one else's."""
    known = error.error_type.startswith(("Runtime.", "Extension.", "Sandbox."))
    return error.error_type if known else "Runtime.Unknown"


def billed(duration: int, init_duration: int | None) -> int:
    """Return the microseconds billed: whole milliseconds, INIT included since 2025-08-01.

    An INIT phase that failed is not part of it: only what REPORT shows as Init Duration is.
    (AWS Compute Blog, "AWS Lambda standardizes billing for INIT phase", 2025-04-29.)
    """
    return -(-(duration + (init_duration or 0)) // 1_000) * 1_000
