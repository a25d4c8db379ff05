"""Functions without code: a distribution of durations and errors, and no process at all.

Environments, limits, retries and prices are those of every other function, so that thousands of
environments can be shown on one machine.
"""

from __future__ import annotations

import contextlib
import hashlib
import math
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, Final

from warmstart.runtime import clock
from warmstart.runtime.services.rds import SqlError

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from warmstart.runtime.process import Listener
    from warmstart.runtime.services.base import Account
    from warmstart.runtime.services.rds import Client
    from warmstart.runtime.specs import FunctionSpec
    from warmstart.runtime.worker.protocol import Job

_NORMAL: Final = NormalDist()
_P99: Final = _NORMAL.inv_cdf(0.99)
_READY: Final[dict[str, Any]] = {"op": "ready", "peak_kb": 0, "missing": []}
_RETURN: Final[dict[str, Any]] = {
    "op": "return", "payload": "null", "bytes": 4, "peak_kb": 0, "missing": [],
}  # fmt: skip


class ModelledRunner:
    """What runs inside an environment of such a function."""

    def __init__(self, account: Account, spec: FunctionSpec, databases: Client) -> None:
        assert spec.modelled is not None
        self._account = account
        self._databases = databases
        self._connection: int | None = None
        self._model = spec.modelled
        self._handler = spec.name
        median, slow = spec.modelled.duration_ms
        self._mu = math.log(median) if median > 0 else -math.inf
        self._key = f"{account.seed}/modelled".encode()
        self._sigma = math.log(slow / median) / _P99 if slow > median > 0 else 0.0

    async def init(self, job: Job | dict[str, Any], listener: Listener) -> dict[str, Any]:
        """Be ready: what INIT costs, the model has charged already."""
        del job, listener
        return _READY

    async def restore(self, message: dict[str, Any], listener: Listener) -> dict[str, Any]:
        """Be ready."""
        del message, listener
        return _READY

    async def snapshot(self, listener: Listener) -> tuple[dict[str, Any], ModelledSnapshot]:
        """Be one."""
        del listener
        return _READY, ModelledSnapshot(self)

    async def invoke(self, message: dict[str, Any], listener: Listener) -> dict[str, Any]:
        """Take as long as one draw says, and fail as often as another does."""
        try:
            open_ = await self._query()
            answer = await self._work(message, listener)
        except SqlError as error:
            return _error(message, "OperationalError", str(error))
        if open_ is not None:
            self._databases.close(open_)
        return answer

    async def _query(self) -> int | None:
        """Execute a statement, as the template says; return a connection that the call closes."""
        use = self._model.database
        if use is None:
            return None
        number = self._connection
        if number is None:
            number = await self._databases.connect(use.host)
        try:
            await self._databases.execute(number, "SELECT 1", [])
        except SqlError:
            self._connection = None
            self._databases.close(number)
            raise
        if use.hold == "environment":
            self._connection = number
            return None
        if use.hold == "call":
            return number
        self._databases.close(number)
        return None

    async def _work(self, message: dict[str, Any], listener: Listener) -> dict[str, Any]:
        failing, slow = self._drawn(message["request"])
        fails = failing < self._model.error_rate
        ms = math.exp(self._mu + self._sigma * _NORMAL.inv_cdf(slow))
        us = round(ms * 1_000)
        if self._model.cpu_bound:
            await listener.charge("handler", self._handler, us)
        else:
            # The deadline is kept here: a timer for it would cost as much as all the rest.
            left = message["deadline"] - clock.now_us()
            await listener.sleep(min(us, left))
            if us > left:
                raise TimeoutError
        if not fails:
            return _RETURN
        return _error(
            message, "ModelledError",
            "This function is modelled, and fails as often as its model says.",
        )  # fmt: skip

    def _drawn(self, request: str) -> tuple[float, float]:
        """Return two numbers between 0 and 1 for a request, the same in every run with this seed.

        A digest gives them in a tenth of the time in which ``model.drawing`` is seeded.
        """
        digest = hashlib.blake2b(request.encode(), digest_size=16, key=self._key).digest()
        first, second = int.from_bytes(digest[:8], "big"), int.from_bytes(digest[8:], "big")
        # Of 52 bits and a half, which a float holds exactly: neither is ever 0 or 1.
        return ((first >> 12) + 0.5) / 2**52, ((second >> 12) + 0.5) / 2**52

    def waiting(self) -> AbstractAsyncContextManager[None]:
        """Call nobody."""
        return contextlib.nullcontext()

    def freeze(self) -> None:
        """Nothing runs."""

    def thaw(self) -> None:
        """Nothing runs."""

    def kill(self) -> None:
        """Nothing runs."""


def _error(message: dict[str, Any], kind: str, text: str) -> dict[str, Any]:
    error = {
        "errorMessage": text,
        "errorType": kind,
        "requestId": message["request"],
        "stackTrace": [],
    }
    return {"op": "error", "error": error, "peak_kb": 0}


class ModelledSnapshot:
    """What such an environment leaves to those restored from it."""

    def __init__(self, runner: ModelledRunner) -> None:
        self._runner = runner

    async def fork(self) -> ModelledRunner:
        """Be restored: environments of such a function have no state of their own."""
        return self._runner

    def kill(self) -> None:
        """Nothing runs."""
