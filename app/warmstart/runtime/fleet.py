"""All execution environments: which one takes a request, when there is a new one, and when none.

Concurrency is the number of requests in flight, waiting for an INIT included. The account's pool,
reserved concurrency and the scaling rate are documented (configuration-concurrency,
scaling-behavior); that the environment used last is used first, and how long an idle one is kept,
is what others observed.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from warmstart.errors import RunError
from warmstart.runtime.environments import Environment

if TYPE_CHECKING:
    from collections.abc import Iterable

    from warmstart.runtime.environments import World
    from warmstart.runtime.model import Model
    from warmstart.runtime.specs import FunctionSpec

RESERVED_EXCEEDED = "ReservedFunctionConcurrentInvocationLimitExceeded"
ACCOUNT_EXCEEDED = "ConcurrentInvocationLimitExceeded"


class ThrottledError(Exception):
    """No environment is to be had; ``reason`` is Lambda's."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(slots=True)
class _Pool:
    """One function's environments."""

    spec: FunctionSpec
    allowance: _Allowance
    created: int = 0
    in_flight: int = 0
    live: dict[str, Environment] = field(default_factory=dict)
    """All of them, by name."""
    idle: list[Environment] = field(default_factory=list)
    """The one used last stands last."""
    expiries: dict[str, asyncio.TimerHandle] = field(default_factory=dict)


class _Allowance:
    """How many environments a function may still add: refilled continuously, never past its top."""

    def __init__(self, model: Model) -> None:
        self._top = float(model.scaling_environments)
        self._per_second = self._top / model.scaling_period_s
        self._left = self._top
        self._at = 0.0

    def take(self) -> bool:
        now = asyncio.get_running_loop().time()
        self._left = min(self._top, self._left + (now - self._at) * self._per_second)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Fleet:
    """The environments of one run."""

    def __init__(self, world: World, functions: Iterable[FunctionSpec]) -> None:
        self._world = world
        model = world.account.model
        self._pools = {spec.name: _Pool(spec, _Allowance(model)) for spec in functions}
        reserved = sum(pool.spec.reserved_concurrency or 0 for pool in self._pools.values())
        self._unreserved = model.account_concurrency - reserved
        if reserved and self._unreserved < model.min_unreserved_concurrency:
            raise RunError(
                f"The functions reserve a concurrency of {reserved} of the account's "
                f"{model.account_concurrency}, and {model.min_unreserved_concurrency} must stay "
                "unreserved."
            )

    async def acquire(self, function: str, request: str) -> tuple[Environment, bool]:
        """Return an environment for a request, ready to be invoked, and whether the start was cold.

        Raises:
            ThrottledError: the limits allow none.
        """
        pool = self._pools[function]
        self._check_concurrency(pool)
        if pool.idle:
            pool.in_flight += 1
            environment = pool.idle.pop()
            pool.expiries.pop(environment.name).cancel()
            environment.thaw(request)
            return environment, False
        if not pool.allowance.take():
            raise ThrottledError(ACCOUNT_EXCEEDED)
        self._check_machine()
        pool.in_flight += 1
        pool.created += 1
        environment = Environment(self._world, pool.spec, pool.created)
        pool.live[environment.name] = environment
        await environment.first_init(request)
        return environment, True

    def release(self, environment: Environment) -> None:
        """Take back an environment whose invocation has ended, and keep it for a while."""
        pool = self._pools[environment.spec.name]
        pool.in_flight -= 1
        environment.freeze()
        pool.idle.append(environment)
        pool.expiries[environment.name] = asyncio.get_running_loop().call_later(
            environment.idle_us / 1_000_000, self._expire, pool, environment
        )

    def shut_down(self) -> None:
        """End what is left at the end of the run, also what still has work in flight."""
        for pool in self._pools.values():
            for expiry in pool.expiries.values():
                expiry.cancel()
            for environment in pool.live.values():
                environment.shut_down("run-ended")
            pool.live.clear()

    def _check_concurrency(self, pool: _Pool) -> None:
        reserved = pool.spec.reserved_concurrency
        if reserved is not None:
            if pool.in_flight >= reserved:
                raise ThrottledError(RESERVED_EXCEEDED)
            return
        in_flight = sum(
            other.in_flight
            for other in self._pools.values()
            if other.spec.reserved_concurrency is None
        )
        if in_flight >= self._unreserved:
            raise ThrottledError(ACCOUNT_EXCEEDED)

    def _check_machine(self) -> None:
        most = self._world.account.model.max_environments
        if sum(len(pool.live) for pool in self._pools.values()) >= most:
            raise RunError(
                f"The run needs more than {most} execution environments at once, each of them a "
                "process of this machine.",
                hint="Let fewer calls arrive together, or raise the model's max_environments.",
            )

    def _expire(self, pool: _Pool, environment: Environment) -> None:
        pool.idle.remove(environment)
        del pool.expiries[environment.name]
        del pool.live[environment.name]
        environment.shut_down("idle")
