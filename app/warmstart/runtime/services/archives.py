"""Archives of a bus's events, and their replay.

(EventBridge user guide, eb-archive and eb-replay-archived-event.) An archive keeps what matches its
pattern for so many days; a replay puts the events of a stretch of time on their bus once more, in
their order, with ``replay-name`` in them, and no archive keeps them again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from warmstart.runtime import clock
from warmstart.runtime.services.base import Caller, Operation, ServiceError
from warmstart.runtime.services.event_rules import page
from warmstart.runtime.services.patterns import InvalidPattern, Pattern
from warmstart.runtime.specs import ArchiveSpec, BusSpec, arn

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from warmstart.runtime.services.base import Account


class Put(Protocol):
    """Puts an event on a bus."""

    def __call__(
        self, bus: str, said: Mapping[str, Any], caller: Caller, *, replay: str | None = None
    ) -> str:
        """Return the event's id."""


@dataclass(slots=True)
class _Archive:
    spec: ArchiveSpec
    pattern: Pattern | None
    made: datetime
    events: list[tuple[datetime, dict[str, Any]]] = field(default_factory=list)


@dataclass(slots=True)
class _Replay:
    name: str
    archive: _Archive
    start: datetime
    end: datetime
    begun: datetime
    state: str = "STARTING"
    replayed: datetime | None = None
    ended: datetime | None = None


class Archives:
    """The archives of an account."""

    def __init__(self, account: Account, put: Put, has_bus: Callable[[str], bool]) -> None:
        self._account = account
        self._put = put
        self._has_bus = has_bus
        self._archives: dict[str, _Archive] = {}
        self._replays: dict[str, _Replay] = {}

    @property
    def operations(self) -> Mapping[str, Operation]:
        """What can be done with them."""
        return {
            "CreateArchive": self._create,
            "DescribeArchive": self._describe,
            "ListArchives": self._list,
            "DeleteArchive": self._delete,
            "StartReplay": self._start,
            "DescribeReplay": self._describe_replay,
            "ListReplays": self._list_replays,
        }

    def add(self, spec: ArchiveSpec) -> None:
        """Keep what a bus is told from now on."""
        pattern = None if spec.pattern is None else Pattern(spec.pattern)
        self._archives[spec.name] = _Archive(spec, pattern, self._account.start)

    def keep(self, bus: str, event: dict[str, Any]) -> None:
        """Keep an event in every archive that wants it."""
        for archive in self._archives.values():
            wanted = archive.pattern is None or archive.pattern.matches(event)
            if archive.spec.bus == bus and wanted:
                archive.events.append((self._account.now(), event))

    def _archive(self, name: str) -> _Archive:
        if name not in self._archives:
            raise ServiceError("ResourceNotFoundException", f"Archive {name} does not exist.")
        archive = self._archives[name]
        if archive.spec.retention_days:
            oldest = self._account.now() - timedelta(days=archive.spec.retention_days)
            archive.events = [(at, event) for at, event in archive.events if at >= oldest]
        return archive

    async def _create(self, parameters: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        name, source = parameters["ArchiveName"], parameters["EventSourceArn"]
        bus = source.rpartition("/")[2]
        if name in self._archives:
            raise ServiceError("ResourceAlreadyExistsException", f"Archive {name} already exists.")
        if not self._has_bus(bus):
            raise ServiceError("ResourceNotFoundException", f"Event bus {bus} does not exist.")
        text = parameters.get("EventPattern")
        try:
            pattern = json.loads(text) if text else None
            self.add(ArchiveSpec("", name, bus, pattern, parameters.get("RetentionDays") or 0))
        except (ValueError, InvalidPattern) as error:
            raise ServiceError(
                "InvalidEventPatternException", f"Event pattern is not valid. Reason: {error}"
            ) from error
        self._archives[name].made = self._account.now()
        return self._shown(self._archives[name]) | {"ArchiveArn": self._arn(name)}

    async def _describe(self, parameters: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        archive = self._archive(parameters["ArchiveName"])
        said = self._shown(archive) | {"ArchiveArn": self._arn(archive.spec.name)}
        if archive.spec.pattern is not None:
            said["EventPattern"] = json.dumps(archive.spec.pattern)
        return said

    async def _list(self, parameters: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        prefix = parameters.get("NamePrefix") or ""
        names = [name for name in self._archives if name.startswith(prefix)]
        return page([self._shown(self._archive(name)) for name in names], parameters, "Archives")

    async def _delete(self, parameters: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        del self._archives[self._archive(parameters["ArchiveName"]).spec.name]
        return {}

    def _shown(self, archive: _Archive) -> dict[str, Any]:
        return {
            "ArchiveName": archive.spec.name,
            "EventSourceArn": arn(BusSpec, archive.spec.bus, self._account.region),
            "State": "ENABLED",
            "RetentionDays": archive.spec.retention_days,
            "SizeBytes": sum(len(json.dumps(event)) for _, event in archive.events),
            "EventCount": len(archive.events),
            "CreationTime": archive.made,
        }

    def _arn(self, name: str) -> str:
        return arn(ArchiveSpec, name, self._account.region)

    # -- replays ----------------------------------------------------------------------------------

    async def _start(self, parameters: dict[str, Any], caller: Caller) -> dict[str, Any]:
        name = parameters["ReplayName"]
        archive = self._archive(parameters["EventSourceArn"].rpartition("/")[2])
        start, end = parameters["EventStartTime"], parameters["EventEndTime"]
        if name in self._replays:
            raise ServiceError("ResourceAlreadyExistsException", f"Replay {name} already exists.")
        if start >= end:
            raise ServiceError(
                "ValidationException",
                "Parameter EventEndTime is not valid. Reason: EventStartTime must be before it.",
            )
        replay = self._replays[name] = _Replay(name, archive, start, end, self._account.now())
        self._account.spawn(self._run(replay, caller))
        return {
            "ReplayArn": self._replay_arn(name),
            "State": replay.state,
            "ReplayStartTime": replay.begun,
        }

    async def _run(self, replay: _Replay, caller: Caller) -> None:
        await clock.sleep_us(round(1_000 * self._account.model.delivery_ms))
        replay.state = "RUNNING"
        for at, event in list(replay.archive.events):
            if replay.start <= at < replay.end:
                self._put(replay.archive.spec.bus, event, caller, replay=replay.name)
                replay.replayed = at
        replay.state, replay.ended = "COMPLETED", self._account.now()

    async def _describe_replay(self, parameters: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        replay = self._replays.get(parameters["ReplayName"])
        if replay is None:
            raise ServiceError(
                "ResourceNotFoundException", f"Replay {parameters['ReplayName']} does not exist."
            )
        return self._shown_replay(replay) | {"ReplayArn": self._replay_arn(replay.name)}

    async def _list_replays(self, parameters: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        found = [self._shown_replay(replay) for replay in self._replays.values()]
        return page(found, parameters, "Replays")

    def _shown_replay(self, replay: _Replay) -> dict[str, Any]:
        said = {
            "ReplayName": replay.name,
            "EventSourceArn": self._arn(replay.archive.spec.name),
            "State": replay.state,
            "EventStartTime": replay.start,
            "EventEndTime": replay.end,
            "ReplayStartTime": replay.begun,
            "EventLastReplayedTime": replay.replayed,
            "ReplayEndTime": replay.ended,
        }
        return {key: value for key, value in said.items() if value is not None}

    def _replay_arn(self, name: str) -> str:
        return f"arn:aws:events:{self._account.region}:{self._account.id}:replay/{name}"
