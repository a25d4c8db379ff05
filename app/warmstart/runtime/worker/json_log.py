"""Application logs as JSON objects, as Lambda's Python runtime writes them (awslambdaric 4.2).

Keys stand in its order. What ``print`` says stays as it is (python-logging).
"""

from __future__ import annotations

import logging
import time
import traceback

# By name: a template may charge for json.dumps, and logging must not be charged for.
from json import JSONEncoder
from typing import Any, Final

_TIME: Final = "%Y-%m-%dT%H:%M:%SZ"
_encode = JSONEncoder(ensure_ascii=False, default=str).encode

_NOT_EXTRA: Final = frozenset(
    {
        "args", "aws_request_id", "created", "exc_info", "exc_text", "filename", "funcName",
        "levelname", "levelno", "lineno", "module", "msecs", "msg", "name", "pathname", "process",
        "processName", "relativeCreated", "stack_info", "tenant_id", "thread", "threadName",
    }
)  # fmt: skip
"""Attributes of a record that are nobody's ``extra``; ``taskName`` is not among them there."""


class JsonFormatter(logging.Formatter):
    """Formats a record as one JSON object, the attributes that ``extra`` gave it included."""

    def __init__(self) -> None:
        super().__init__(datefmt=_TIME)
        self.converter = time.gmtime

    def format(self, record: logging.LogRecord) -> str:
        """Return the object's text: what is None is left out, what is no JSON shown by ``str``."""
        # Custom levels take the name of the one below them.
        level = logging.getLevelName(min(50, max(0, record.levelno)) // 10 * 10)
        as_it_is = isinstance(record.msg, dict) and not record.args
        told: dict[str, Any] = {
            "timestamp": self.formatTime(record, self.datefmt),
            "level": level,
            "message": record.msg if as_it_is else record.getMessage(),
            "logger": record.name,
            **dict.fromkeys(("stackTrace", "errorType", "errorMessage")),
            "requestId": getattr(record, "aws_request_id", None),
            "location": None,
        }
        if record.exc_info and record.exc_info[1] is not None:
            _, error, frames = record.exc_info
            told["stackTrace"] = traceback.format_tb(frames)
            told["errorType"] = type(error).__name__
            told["errorMessage"] = str(error)
            told["location"] = f"{record.pathname}:{record.funcName}:{record.lineno}"
        for key, value in record.__dict__.items():
            if key not in _NOT_EXTRA:
                told.setdefault(key, value)
        return _encode({key: value for key, value in told.items() if value is not None})


def error_record(error: dict[str, Any]) -> str:
    """Return the object for an error that the function itself did not handle."""
    at = time.strftime(_TIME, time.gmtime(time.time()))
    return _encode({"timestamp": at, "level": "ERROR", **error})
