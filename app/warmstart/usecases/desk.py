"""The desk: what a learner needs to study, before the store is opened in full."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from warmstart.study.curve import Curve
from warmstart.study.day import Days
from warmstart.study.parameters import DEFAULT, Parameters

if TYPE_CHECKING:
    from warmstart.paths import Home
    from warmstart.settings import Settings
    from warmstart.store.sitting import Studying
    from warmstart.study.presets import Schedulers
    from warmstart.study.schedule import Scheduler
    from warmstart.usecases.clock import Clock


@dataclass(frozen=True)
class Desk:
    """One learner's home, settings, clock and days; a sitting takes no more than this."""

    home: Home
    settings: Settings
    clock: Clock
    days: Days

    @classmethod
    def of(cls, home: Home, settings: Settings, clock: Clock) -> Desk:
        """Return the desk of a home, with the days that the settings say."""
        return cls(home, settings, clock, Days(settings.study.day_starts_at))

    @cached_property
    def in_force(self) -> InForce:
        """The parameters in force, as far as this desk knows: see ``follow``."""
        return InForce(self.settings)

    @property
    def scheduler(self) -> Scheduler:
        """The scheduler of the settings that hold for all, by the parameters in force."""
        from warmstart.study.admission import COMMON

        return self.in_force.schedulers.scheduler(COMMON)

    @property
    def schedulers(self) -> Schedulers:
        """The settings of each preset, and their schedulers by the parameters in force."""
        return self.in_force.schedulers

    @property
    def curve(self) -> Curve:
        """The forgetting curve of the parameters in force."""
        return Curve(self.in_force.parameters[20])

    def follow(self, tx: Studying) -> None:
        """Take over the parameters that the log has in force.

        Whoever computes a memory to write it down does so first: they may have been changed since,
        here or by another Warmstart.
        """
        # Not above: Today has a desk too, and its first frame would wait for all kinds of entries.
        from warmstart.study.cards import ParametersChanged

        entry = tx.log.parameters()
        changed = None if entry is None else entry.entry
        self.in_force.take(
            changed.parameters if isinstance(changed, ParametersChanged) else DEFAULT
        )


class InForce:
    """The one thing of a desk that changes: the parameters, and the schedulers made of them."""

    def __init__(self, settings: Settings) -> None:
        self.parameters = DEFAULT
        self._settings = settings
        self._schedulers: Schedulers | None = None

    @property
    def schedulers(self) -> Schedulers:
        """The schedulers; made when first asked for, because py-fsrs takes a while to import."""
        from warmstart.study.presets import Schedulers

        if self._schedulers is None:
            self._schedulers = Schedulers(self._settings, self.parameters)
        return self._schedulers

    def take(self, parameters: Parameters) -> None:
        """Let these be in force."""
        if parameters != self.parameters:
            self.parameters, self._schedulers = parameters, None
