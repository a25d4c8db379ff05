"""An HTTP or REST API over virtual time, with a stand-in for Lambda behind it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from warmstart.runtime.clock import VirtualTimeLoop
from warmstart.runtime.invoke import Answer
from warmstart.runtime.model import Model
from warmstart.runtime.services.base import Account

if TYPE_CHECKING:
    from collections.abc import Callable

    from warmstart.runtime.services.base import Caller
    from warmstart.runtime.services.web import WebRequest, WebResponse
    from warmstart.runtime.trace import TraceEvent

WORK, GUARD = (f"arn:aws:lambda:us-east-1:123456789012:function:{n}" for n in ("work", "guard"))


def answered(payload: str = "null", status_code: int = 200, **more: Any) -> Answer:
    """Return what Lambda would: a function's answer, or a refusal."""
    return Answer("r-1", status_code, payload, **more)


@dataclass
class Functions:
    """Stands where Lambda stands."""

    answers: dict[str, Answer] = field(default_factory=dict)
    seconds: float = 0
    seen: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    callers: list[Caller] = field(default_factory=list)

    async def __call__(self, function: str, payload: str, caller: Caller) -> Answer:
        self.seen.append((function, json.loads(payload)))
        self.callers.append(caller)
        await asyncio.sleep(self.seconds)
        return self.answers.get(function, answered('{"ok": true}'))


def asked(
    kind: Callable[..., Any],
    spec: Any,
    functions: Functions,
    requests: list[WebRequest],
    pause: float = 0,
) -> tuple[list[WebResponse], list[TraceEvent]]:
    """Send requests to an API, one after another; return its answers, and its trace."""
    events: list[TraceEvent] = []

    async def work() -> list[WebResponse]:
        account = Account(
            seed=1, start=datetime(2026, 1, 5, 9, tzinfo=UTC), region="us-east-1", model=Model(),
            emit=events.append,
        )  # fmt: skip
        api = kind(account, spec, functions)
        answers = []
        for request in requests:
            answers.append(await api.answer(request))
            await asyncio.sleep(pause)
        return answers

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(work()), events
