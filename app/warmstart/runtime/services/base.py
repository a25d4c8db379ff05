"""What every service is: operations by name, errors as AWS's, and one account that ties them.

An operation takes and gives what boto3's method of that name takes and gives: a dict of
parameters, a dict of results, times as aware datetimes, blobs as bytes. The wire (``endpoint``)
only turns these into bytes and back, and services call one another without it. A service is a state
machine over asyncio: whatever takes time sleeps on the running loop, so that the same code runs in
virtual and in real time; it never looks at a clock or draws randomness except through its
``Account``.

Work that is under way (a message that a function will take, an event that is still to be retried)
is counted in ``Account.work``: a run in virtual time ends when its calls are answered and none is
left.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from warmstart.runtime import clock
from warmstart.runtime.model import drawing
from warmstart.runtime.specs import ACCOUNT

if TYPE_CHECKING:
    import random

    from warmstart.runtime.chains import Chain
    from warmstart.runtime.model import Model
    from warmstart.runtime.trace import TraceEvent


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls an operation, for the trace, and that functions which feed themselves be found."""

    source: str
    """An environment (``greet/1``), ``client``, or a service (``sns``, ``events``)."""
    root: str
    """The thread that runs through all that follows from one request; see ``trace.services``."""
    request: str | None = None
    """The invocation in which it is called."""
    cause: str | None = None
    """What it is called for where that is no invocation: a delivery, a batch, an HTTP request, a
    task of an execution; see ``trace.services``."""
    chain: Chain = ()
    """The invocations that led here, where Lambda would know of them."""
    invocation: str | None = None
    """The request id that the invocation which it asks for is to have, where that has been told
    already; else Lambda draws one."""

    @property
    def behind(self) -> str | None:
        """The invocation or the other cause that stands behind the call; None for neither."""
        return self.request or self.cause


@dataclass(slots=True, eq=False)
class ServiceError(Exception):
    """An operation was refused, as AWS refuses it."""

    code: str
    """``QueueDoesNotExist``, ``ConditionalCheckFailedException``, …"""
    message: str
    status: int = 400
    """HTTP's; from 500 on, the service's own fault."""
    fields: Mapping[str, Any] = field(default_factory=dict)
    """What the error carries besides (``CancellationReasons``, ``Item``)."""

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


def unsupported(service: str, operation: str) -> ServiceError:
    """Return the error for an operation that this runtime does not know."""
    return ServiceError(
        "NotImplemented",
        f"{service}:{operation} is not supported here. docs/runtime.md lists what is.",
        status=501,
    )


Operation = Callable[[dict[str, Any], Caller], Awaitable[dict[str, Any]]]


class Service(Protocol):
    """One of AWS's services, over the resources of one account."""

    name: str
    """As boto3 names its client: sqs, sns, events, s3, dynamodb, lambda, stepfunctions."""

    @property
    def operations(self) -> Mapping[str, Operation]:
        """What it can do, by the operation's name on the wire (``SendMessage``)."""


Deliver = Callable[[str, Caller], Awaitable[None]]
"""Hands a payload (JSON text) to a resource. Raises ServiceError where it is not taken."""


class Work:
    """How much is under way; a run may end when nothing is."""

    def __init__(self) -> None:
        self._count = 0
        self._none = asyncio.Event()
        self._none.set()

    def begin(self) -> None:
        """One thing more."""
        self._count += 1
        self._none.clear()

    def end(self) -> None:
        """One thing less."""
        self._count -= 1
        if self._count == 0:
            self._none.set()

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """One thing, as long as the block lasts."""
        self.begin()
        try:
            yield
        finally:
            self.end()

    async def done(self) -> None:
        """Wait until nothing is under way."""
        await self._none.wait()


class Account:
    """What the services of one run share, and how they find one another."""

    def __init__(
        self,
        *,
        seed: int,
        start: datetime,
        region: str,
        model: Model,
        emit: Callable[[TraceEvent], None],
    ) -> None:
        self.id = ACCOUNT
        self.seed = seed
        self.start = start
        """The wall clock at the run's start, aware."""
        self.region = region
        self.model = model
        self.emit = emit
        self.work = Work()
        self.services: dict[str, Service] = {}
        self._targets: dict[str, Deliver] = {}
        self._counts: dict[str, int] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._failure: BaseException | None = None
        self._broken = asyncio.Event()

    def now(self) -> datetime:
        """Return the run's wall clock."""
        return self.start + timedelta(microseconds=clock.now_us())

    def draw(self, *purpose: str | int) -> random.Random:
        """Return the random numbers for one purpose; see ``model.drawing``."""
        return drawing(self.seed, *purpose)

    def new_id(self, kind: str) -> str:
        """Return the next id of a kind, a UUID: the same in every run with this seed."""
        self._counts[kind] = self._counts.get(kind, 0) + 1
        bits = self.draw("id", kind, self._counts[kind]).getrandbits(128)
        return str(uuid.UUID(int=bits, version=4))

    def add(self, service: Service) -> None:
        """Make a service known by its name."""
        self.services[service.name] = service

    async def call(
        self, service: str, operation: str, parameters: dict[str, Any], caller: Caller
    ) -> dict[str, Any]:
        """Call an operation as one service calls another, without the wire.

        Raises:
            ServiceError: it was refused, or there is no such operation here.
        """
        known = self.services.get(service)
        found = known.operations.get(operation) if known is not None else None
        if found is None:
            raise unsupported(service, operation)
        return await found(parameters, caller)

    def takes(self, arn: str, deliver: Deliver) -> None:
        """Let events that are sent to ``arn`` reach ``deliver``."""
        self._targets[arn] = deliver

    def known(self, arn: str) -> bool:
        """Whether something takes events at ``arn``."""
        return arn in self._targets

    async def deliver(self, arn: str, payload: str, caller: Caller) -> None:
        """Hand a payload to a function (asynchronously), queue, topic, bus or state machine.

        Raises:
            ServiceError: nothing with this ARN takes events, or it refused this one.
        """
        deliver = self._targets.get(arn)
        if deliver is None:
            raise ServiceError("ResourceNotFoundException", f"Nothing takes events at {arn}.", 404)
        await deliver(payload, caller)

    def spawn(self, job: Coroutine[Any, Any, None], *, counts: bool = True) -> asyncio.Task[None]:
        """Run a job beside the caller until it ends or the account is closed.

        ``counts`` says whether the run has to wait for it.
        """
        task = asyncio.create_task(job)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        if counts:  # From now on, and not from when the task gets to run.
            self.work.begin()
            task.add_done_callback(lambda _: self.work.end())
        return task

    async def broken(self) -> None:
        """Wait until a job fails as none should, and raise what it failed with."""
        await self._broken.wait()
        assert self._failure is not None
        raise self._failure

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (failure := task.exception()) is not None:
            self._failure = self._failure or failure
            self._broken.set()

    async def close(self) -> None:
        """End every job that still runs."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def page(
    found: Sequence[Any], key: str, parameters: Mapping[str, Any], size: int, wrong: ServiceError
) -> dict[str, Any]:
    """Return a page of a list: ``size`` entries from ``NextToken`` on.

    Raises:
        ServiceError: ``wrong``, where that token is none of ours.
    """
    token = str(parameters.get("NextToken") or "0")
    if not token.isdecimal():
        raise wrong
    end = int(token) + size
    return {key: found[int(token) : end], **({"NextToken": str(end)} if len(found) > end else {})}
