"""The desk: what a learner needs to study, before the store is opened in full."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from warmstart.study.curve import Curve
from warmstart.study.day import Days

if TYPE_CHECKING:
    from warmstart.paths import Home
    from warmstart.settings import Settings
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
    def scheduler(self) -> Scheduler:
        """The scheduler; made when first asked for, because py-fsrs takes a while to import."""
        from warmstart.study.schedule import Scheduler

        return Scheduler(self.settings.study)

    @property
    def curve(self) -> Curve:
        """The forgetting curve of the parameters in force."""
        return Curve(self.scheduler.parameters[20])
