"""All execution environments: which one takes a request, when there is a new one, and when none.

Concurrency is the number of requests in flight, waiting for an INIT included. The account's pool,
reserved concurrency and the scaling rate are documented (configuration-concurrency,
scaling-behavior), and so is that each unit of concurrency, of any of them, allows ten synchronous
requests a second (lambda-concurrency); that the environment used last is used first, and how long
an idle one is kept, is what others observed. Provisioned concurrency is taken out of the pool, or
out of the function's reservation, whether it is used or not; what overflows goes on demand
(provisioned-concurrency).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from warmstart.errors import RunError
from warmstart.runtime.allowance import Allowance
from warmstart.runtime.environments import Environment
from warmstart.runtime.provisioned import Provisioned
from warmstart.runtime.services.base import ServiceError

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable

    from warmstart.runtime import trace as t
    from warmstart.runtime.environments import World
    from warmstart.runtime.process import Snapshots
    from warmstart.runtime.specs import FunctionSpec
    from warmstart.runtime.versions import Version

RESERVED_EXCEEDED = "ReservedFunctionConcurrentInvocationLimitExceeded"
ACCOUNT_EXCEEDED = "ConcurrentInvocationLimitExceeded"
RESERVED_RATE_EXCEEDED = "ReservedFunctionInvocationRateLimitExceeded"
ACCOUNT_RATE_EXCEEDED = "FunctionInvocationRateLimitExceeded"


NoSnapshot = Literal["Pending", "Failed"]
"""The state of a version whose snapshot is being taken, and of one whose INIT failed."""


class ThrottledError(Exception):
    """No environment is to be had, or too much was asked for; ``reason`` is Lambda's."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(slots=True)
class _Pool:
    """One function's environments."""

    reserved: int | None
    growth: Allowance = field(default_factory=Allowance)
    """Of environments."""
    rate: Allowance = field(default_factory=Allowance)
    """Of requests, where concurrency is reserved."""
    created: int = 0
    in_flight: int = 0
    """On demand; what provisioned concurrency takes does not count."""
    live: dict[str, Environment] = field(default_factory=dict)
    """All of them, by name."""
    idle: dict[str, list[Environment]] = field(default_factory=dict)
    """By version, on demand. The one used last stands last."""
    expiries: dict[str, asyncio.TimerHandle] = field(default_factory=dict)
    provisioned: dict[str, Provisioned] = field(default_factory=dict)
    """By version."""
    snapshots: dict[str, Snapshots | NoSnapshot] = field(default_factory=dict)
    """By version."""

    latest: Version | None = None
    """The unpublished version, where it was updated."""

    def is_outdated(self, version: Version) -> bool:
        """Return whether a version is no more as it was."""
        latest = self.latest
        return latest is not None and version.number == latest.number and version is not latest

    def set_aside(self) -> int:
        """Return the concurrency that is provisioned."""
        return sum(each.requested for each in self.provisioned.values())


class Fleet:
    """The environments of one run."""

    def __init__(self, world: World, functions: Iterable[FunctionSpec]) -> None:
        self._world = world
        self._model = model = world.account.model
        self._pools = {spec.name: _Pool(spec.reserved_concurrency) for spec in functions}
        self._rate = Allowance()
        self._processes = 0
        self._unreserved_in_flight = 0
        reserved = sum(pool.reserved or 0 for pool in self._pools.values())
        if reserved and model.account_concurrency - reserved < model.min_unreserved_concurrency:
            raise RunError(
                f"The functions reserve a concurrency of {reserved} of the account's "
                f"{model.account_concurrency}, and {model.min_unreserved_concurrency} must stay "
                "unreserved."
            )

    # -- requests ---------------------------------------------------------------------------------

    async def acquire(
        self, version: Version, request: str, *, synchronous: bool
    ) -> tuple[Environment, bool]:
        """Return an environment for a request, ready to be invoked, and whether the start was cold.

        How many requests a second there may be holds for ``synchronous`` ones alone.

        Raises:
            ThrottledError: the limits allow none.
            ServiceError: it cannot be restored from the version's snapshot.
        """
        pool = self._pools[version.spec.name]
        provisioned = pool.provisioned.get(version.number)
        if provisioned is not None:
            environment = provisioned.take(synchronous=synchronous)
            if environment is not None:
                environment.thaw(request)
                return environment, False
        self._check_limits(pool, synchronous=synchronous)
        if idle := pool.idle.get(version.number):
            self._count(pool, 1)
            environment = idle.pop()
            pool.expiries.pop(environment.name).cancel()
            environment.thaw(request)
            return environment, False
        if not pool.growth.take(self._model.scaling_environments, self._model.scaling_period_s):
            raise ThrottledError(ACCOUNT_EXCEEDED)
        self._count(pool, 1)
        if version.number in pool.snapshots:
            return await self._restored(pool, version, request), True
        environment = self._create(pool, version, "on-demand")
        await environment.first_init(request)
        return environment, True

    def release(self, environment: Environment) -> None:
        """Take back an environment whose invocation has ended, and keep it for a while."""
        pool = self._pools[environment.spec.name]
        environment.freeze()
        if environment.kind == "provisioned-concurrency":
            own = pool.provisioned.get(environment.version.number)
            if own is None or not own.take_back(environment):
                self._drop(pool, environment, "released")
            return
        self._count(pool, -1)
        if pool.is_outdated(environment.version):
            self._drop(pool, environment, "updated")
            return
        pool.idle.setdefault(environment.version.number, []).append(environment)
        pool.expiries[environment.name] = asyncio.get_running_loop().call_later(
            environment.idle_us / 1_000_000, self._expire, pool, environment
        )

    def environments(self) -> list[Environment]:
        """Return all that live."""
        return [environment for pool in self._pools.values() for environment in pool.live.values()]

    def reserved(self, function: str) -> int | None:
        """Return a function's reserved concurrency."""
        return self._pools[function].reserved

    def reserve(self, function: str, concurrency: int | None) -> None:
        """Reserve concurrency for a function, or give up what was reserved.

        Raises:
            ServiceError: too little would be left to the others, or less than is provisioned.
        """
        pool = self._pools[function]
        left = self._unreserved() + (pool.reserved or 0) - (concurrency or 0)
        least = self._model.min_unreserved_concurrency
        if concurrency is not None and left < least:
            raise ServiceError(
                "InvalidParameterValueException",
                "Specified ReservedConcurrentExecutions for function decreases account's "
                f"UnreservedConcurrentExecution below its minimum value of [{least}].",
            )
        if concurrency is not None and concurrency < pool.set_aside():
            raise ServiceError(
                "InvalidParameterValueException",
                "Requested reserved concurrency is less than the provisioned concurrency of the "
                "function.",
            )
        if (pool.reserved is None) != (concurrency is None):
            turned = pool.in_flight if concurrency is None else -pool.in_flight
            self._unreserved_in_flight += turned
        pool.reserved = concurrency

    # -- ahead of requests ------------------------------------------------------------------------

    def provisioned(self, version: Version) -> Provisioned | None:
        """Return a version's provisioned concurrency."""
        return self._pools[version.spec.name].provisioned.get(version.number)

    def provision(self, version: Version, count: int) -> Provisioned:
        """Ask for provisioned concurrency; it gets ready by and by.

        Raises:
            ServiceError: more than the pool or the function's reservation has left.
        """
        pool = self._pools[version.spec.name]
        own = pool.provisioned.get(version.number)
        more = count - (own.requested if own else 0)
        least = self._model.min_unreserved_concurrency
        left = self._unreserved() - least
        if pool.reserved is not None:
            left = pool.reserved - pool.set_aside()
        if more > left:
            where = "function" if pool.reserved is not None else "account"
            raise ServiceError(
                "InvalidParameterValueException",
                f"Specified ConcurrentExecutions for {where} is greater than the unreserved "
                f"concurrency that is left: {max(0, left)}.",
            )
        if own is None:
            own = pool.provisioned[version.number] = Provisioned(
                self._world.account,
                version,
                lambda: self._create(pool, version, "provisioned-concurrency"),
                lambda environment, reason: self._drop(pool, environment, reason),
            )
        own.ask(count)
        return own

    def deprovision(self, version: Version) -> None:
        """Give provisioned concurrency up; what is busy ends after its invocation."""
        own = self._pools[version.spec.name].provisioned.pop(version.number, None)
        if own is not None:
            own.ask(0)

    def state(self, version: Version) -> Literal["Active", NoSnapshot]:
        """Return whether a version can be invoked."""
        found = self._pools[version.spec.name].snapshots.get(version.number)
        return found if isinstance(found, str) else "Active"

    def snapshot(self, version: Version, *, at_once: bool) -> Coroutine[Any, Any, None]:
        """SnapStart: run INIT for a version that is published, and keep what it leaves.

        From now on it is pending, until what is returned has been awaited.
        """
        self._pools[version.spec.name].snapshots[version.number] = "Pending"
        return self._snapshot(version, at_once=at_once)

    async def _snapshot(self, version: Version, *, at_once: bool) -> None:
        pool = self._pools[version.spec.name]
        environment = self._create(pool, version, "snap-start")
        taken = await environment.snapshot(at_once=at_once)
        pool.snapshots[version.number] = taken or "Failed"
        self._drop(pool, environment, "released" if taken else "failed")

    def update(self, version: Version) -> None:
        """Forget the environments of what is no more as it was; busy ones when they have ended."""
        pool = self._pools[version.spec.name]
        pool.latest = version
        for environment in pool.idle.pop(version.number, []):
            pool.expiries.pop(environment.name).cancel()
            self._drop(pool, environment, "updated")

    def shut_down(self) -> None:
        """End what is left at the end of the run, also what still has work in flight."""
        for pool in self._pools.values():
            for expiry in pool.expiries.values():
                expiry.cancel()
            for environment in pool.live.values():
                environment.shut_down("run-ended")
            pool.live.clear()
            for snapshot in pool.snapshots.values():
                if not isinstance(snapshot, str):
                    snapshot.kill()

    # -- small things -----------------------------------------------------------------------------

    def _create(self, pool: _Pool, version: Version, kind: t.InitializationType) -> Environment:
        if version.spec.modelled is None:
            self._check_machine()
            self._processes += 1
        pool.created += 1
        environment = Environment(self._world, version, pool.created, kind)
        pool.live[environment.name] = environment
        return environment

    async def _restored(self, pool: _Pool, version: Version, request: str) -> Environment:
        snapshot = pool.snapshots[version.number]
        if isinstance(snapshot, str):
            self._count(pool, -1)
            raise ServiceError(
                "ResourceConflictException",
                "The operation cannot be performed at this time. The function is currently in the "
                f"following state: {snapshot}",
                409,
                {"Type": "User"},
            )
        environment = self._create(pool, version, "snap-start")
        failure = await environment.restore(request, snapshot)
        if failure is None:
            return environment
        self._count(pool, -1)
        self._drop(pool, environment, "failed")
        timeout = failure.status == "timeout"
        raise ServiceError(
            "SnapStartTimeoutException" if timeout else "SnapStartException",
            failure.error.error_message,
            408 if timeout else 400,
            {"Type": "User"},
        )

    def _count(self, pool: _Pool, change: int) -> None:
        pool.in_flight += change
        if pool.reserved is None:
            self._unreserved_in_flight += change

    def _unreserved(self) -> int:
        """Return what the account's pool has for those without a reservation."""
        taken = sum(
            pool.set_aside() if pool.reserved is None else pool.reserved
            for pool in self._pools.values()
        )
        return self._model.account_concurrency - taken

    def _check_limits(self, pool: _Pool, *, synchronous: bool) -> None:
        if pool.reserved is None:
            most, in_flight, rate = self._unreserved(), self._unreserved_in_flight, self._rate
            reasons = ACCOUNT_EXCEEDED, ACCOUNT_RATE_EXCEEDED
        else:
            most, in_flight, rate = pool.reserved - pool.set_aside(), pool.in_flight, pool.rate
            reasons = RESERVED_EXCEEDED, RESERVED_RATE_EXCEEDED
        if in_flight >= most:
            raise ThrottledError(reasons[0])
        if synchronous and not rate.take(most * self._model.requests_per_concurrency, 1):
            raise ThrottledError(reasons[1])

    def _check_machine(self) -> None:
        most = self._model.max_environments
        if self._processes >= most:
            raise RunError(
                f"The run needs more than {most} execution environments at once, each of them a "
                "process of this machine.",
                hint="Let fewer calls arrive together, or raise the model's max_environments.",
            )

    def _expire(self, pool: _Pool, environment: Environment) -> None:
        pool.idle[environment.version.number].remove(environment)
        del pool.expiries[environment.name]
        self._drop(pool, environment, "idle")

    def _drop(self, pool: _Pool, environment: Environment, reason: t.ShutdownReason) -> None:
        if pool.live.pop(environment.name, None) is not None:
            environment.shut_down(reason)
            if environment.spec.modelled is None:
                self._processes -= 1
