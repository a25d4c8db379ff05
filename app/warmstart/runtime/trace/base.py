"""What every event of a trace has in common, and the errors that some of them carry."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

RunStatus = Literal["completed", "until", "cancelled"]


@dataclass(frozen=True, slots=True)
class FunctionError:
    """An error as Lambda's caller sees it: ``errorType``, ``errorMessage``, ``stackTrace``."""

    error_type: str
    error_message: str
    stack_trace: tuple[str, ...] = ()
    request: str | None = None
    """``requestId``; None in the errors that Lambda itself puts together, which have no such key
    and no stack trace either."""

    def to_payload(self) -> dict[str, Any]:
        """Return the JSON object that Lambda hands to the caller, its keys in Lambda's order."""
        if self.request is None:
            return {"errorType": self.error_type, "errorMessage": self.error_message}
        return {
            "errorMessage": self.error_message,
            "errorType": self.error_type,
            "requestId": self.request,
            "stackTrace": list(self.stack_trace),
        }

    def to_text(self) -> str:
        """Return that object as the JSON text that Lambda sends."""
        compact = (",", ":") if self.request is None else None
        return json.dumps(self.to_payload(), ensure_ascii=False, separators=compact)

    @classmethod
    def from_payload(cls, payload: dict[str, Any]) -> FunctionError:
        """Read back what ``to_payload`` gives."""
        return cls(
            error_type=payload["errorType"],
            error_message=payload["errorMessage"],
            stack_trace=tuple(payload.get("stackTrace", ())),
            request=payload.get("requestId"),
        )


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened ``at`` so many microseconds after the run's start."""

    kind: ClassVar[str]

    at: int


@dataclass(frozen=True, slots=True)
class RunEnded(Event):
    """Always the last event."""

    kind: ClassVar[str] = "RunEnded"

    status: RunStatus


def size(text: str) -> int:
    """Return the bytes of a payload; a lone surrogate, which UTF-8 does not know, counts three."""
    return len(text.encode(errors="surrogatepass"))
