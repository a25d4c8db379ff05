"""The environments of each function as numbers over time: in INIT, at work, waiting warm.

Two hundred lanes are more than anyone reads; a plot for each function shows how they multiply.
"""

from __future__ import annotations

import bisect
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from warmstart.labs.views.series import Level, Total, stacked
from warmstart.runtime import trace as t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warmstart.runtime.trace import TraceEvent


@dataclass(frozen=True, slots=True)
class FleetNow:
    """A function's environments at a moment."""

    starting: int
    """In INIT, or restored from a snapshot."""
    busy: int
    warm: int
    """Waiting."""
    throttles: int
    """Calls throttled so far."""
    failures: int
    """Calls that ended otherwise than well."""


@dataclass(slots=True)
class Fleet:
    """The environments of one function, at any moment."""

    function: str
    starting: Level = field(default_factory=Level)
    busy: Level = field(default_factory=Level)
    warm: Level = field(default_factory=Level)
    throttles: Total = field(default_factory=Total)
    failures: Total = field(default_factory=Total)
    alive: Level = field(default_factory=Level)
    """All of them."""

    @property
    def highest(self) -> int:
        """The most environments there ever were at once."""
        return int(self.alive.highest)

    def columns(self, edges: Sequence[int]) -> list[tuple[float, ...]]:
        """Return, for each cell, how many were at work at most, in INIT, and the others."""
        return stacked(self.alive, (self.busy, self.starting), edges)

    def at(self, at: int) -> FleetNow:
        """Return what they are doing at a moment."""
        return FleetNow(
            int(self.starting.at(at)),
            int(self.busy.at(at)),
            int(self.warm.at(at)),
            self.throttles.count(at),
            self.failures.count(at),
        )

    def throttled(self, edges: Sequence[int]) -> list[bool]:
        """Return for each cell [edge, next edge) whether any call was throttled in it."""
        places = [bisect.bisect_left(self.throttles.times, edge) for edge in edges]
        return [end > start for start, end in pairwise(places)]


class Fleets:
    """The fleets of a trace, in the order in which their functions were first needed."""

    def __init__(self) -> None:
        self._fleets: dict[str, Fleet] = {}
        self._of: dict[str, Fleet] = {}
        """By environment."""
        self._state: dict[str, str] = {}
        """By environment: starting, busy, warm."""

    def take(self, event: TraceEvent) -> None:
        """Take the next event."""
        match event:
            case t.EnvironmentCreated(at=at, environment=name, function=function):
                self._of[name] = self._fleet(function)
                self._to(name, "warm", at)
            case t.InitStarted(at=at, environment=name) | t.RestoreStarted(at=at, environment=name):
                self._to(name, "starting", at)
            case (
                t.InitEnded(at=at, environment=name, phase="init")
                | t.RestoreEnded(at=at, environment=name)
            ):
                self._to(name, "warm", at)
            case (
                t.InitEnded(at=at, environment=name) | t.InvocationStarted(at=at, environment=name)
            ):
                self._to(name, "busy", at)
            case t.InvocationEnded(at=at, environment=name, function=function, status=status):
                self._to(name, "warm", at)
                if status != "success":
                    self._fleet(function).failures.add(at)
            case t.EnvironmentShutdown(at=at, environment=name, reason=reason):
                if reason != "run-ended":
                    self._to(name, "", at)
            case t.InvocationThrottled(at=at, function=function):
                self._fleet(function).throttles.add(at)
            case _:
                pass

    def all(self) -> list[Fleet]:
        """Return them."""
        return list(self._fleets.values())

    def _fleet(self, function: str) -> Fleet:
        fleet = self._fleets.get(function)
        if fleet is None:
            fleet = self._fleets[function] = Fleet(function)
        return fleet

    def _to(self, name: str, state: str, at: int) -> None:
        fleet, before = self._of.get(name), self._state.get(name, "")
        if fleet is None or before == state:
            return
        levels = {"starting": fleet.starting, "busy": fleet.busy, "warm": fleet.warm}
        if before:
            levels[before].add(at, -1)
        else:
            fleet.alive.add(at)
        if state:
            levels[state].add(at)
        else:
            fleet.alive.add(at, -1)
        self._state[name] = state
