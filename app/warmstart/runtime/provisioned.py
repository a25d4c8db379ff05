"""Provisioned concurrency of one version: environments that are initialised ahead of requests.

It is ready after a minute or two, and all of it at once (provisioned-concurrency); the time is the
model's. Its INIT may take longer than that of others (lambda-runtime-environment).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from warmstart.runtime import clock
from warmstart.runtime import trace as t
from warmstart.runtime.allowance import Allowance

if TYPE_CHECKING:
    from collections.abc import Callable

    from warmstart.runtime.environments import Environment
    from warmstart.runtime.services.base import Account
    from warmstart.runtime.versions import Version


class Provisioned:
    """What was asked for, and what is there."""

    def __init__(
        self,
        account: Account,
        version: Version,
        create: Callable[[], Environment],
        drop: Callable[[Environment, t.ShutdownReason], None],
    ) -> None:
        self.requested = 0
        self.allocated = 0
        """Environments that are ready, busy ones included."""
        self.status: t.ProvisionedStatus = "IN_PROGRESS"
        self.reason: str | None = None
        """Why it failed."""
        self.idle: list[Environment] = []
        self._account = account
        self._version = version
        self._create = create
        self._drop = drop
        self._asked = 0
        self._rate = Allowance()

    def ask(self, count: int) -> None:
        """Ask for so much; ``allocate`` gets it ready."""
        self.requested = count
        self._asked += 1
        while self.allocated > count and self.idle:
            self.allocated -= 1
            self._drop(self.idle.pop(), "released")
        self.status = "IN_PROGRESS" if self.allocated < count else "READY"
        self._tell()

    async def allocate(self, *, at_once: bool = False) -> None:
        """Initialise what was asked for, and has not been taken back meanwhile.

        ``at_once``: it was done before the run began.
        """
        asked, model = self._asked, self._account.model
        if not at_once:
            draw = self._account.draw("provision", self._version.spec.name, asked)
            await asyncio.sleep(draw.uniform(model.provisioned_min_s, model.provisioned_max_s))
        if asked != self._asked:
            return
        made = [self._create() for _ in range(self.requested - self.allocated)]
        failures = (
            [await each.first_init(None, at_once=at_once) for each in made]
            if at_once
            else (await asyncio.gather(*(each.first_init(None) for each in made)))
        )
        for environment, failure in zip(made, failures, strict=True):
            if failure is not None:
                self.reason = f"FUNCTION_ERROR_INIT_FAILURE: {failure.error.error_type}"
                self._drop(environment, "failed")
            elif self.allocated < self.requested:
                environment.freeze()
                self.allocated += 1
                self.idle.append(environment)
            else:
                self._drop(environment, "released")
        self.status = "READY" if self.allocated >= self.requested else "FAILED"
        self._tell()

    def take(self, *, synchronous: bool) -> Environment | None:
        """Take one that is ready; None where none is, or a request more would be too many."""
        most = self.allocated * self._account.model.requests_per_concurrency
        if not self.idle or (synchronous and not self._rate.take(most, 1)):
            return None
        return self.idle.pop()

    def take_back(self, environment: Environment) -> bool:
        """Take an environment back after an invocation, unless there are too many now."""
        if self.allocated > self.requested:
            self.allocated -= 1
            return False
        self.idle.append(environment)
        return True

    def _tell(self) -> None:
        self._account.emit(
            t.ProvisionedConcurrencyChanged(
                clock.now_us(), self._version.spec.name, self._version.number,
                self.status, self.requested, self.allocated,
            )
        )  # fmt: skip
