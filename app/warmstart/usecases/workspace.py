"""The workspace: one learner's home, opened, with the bundled course in its store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from warmstart import settings as settings_file
from warmstart.store.engine import Store
from warmstart.study.curve import Curve
from warmstart.study.day import Days
from warmstart.study.schedule import Scheduler
from warmstart.usecases.clock import Clock, utc_now

if TYPE_CHECKING:
    from warmstart.paths import Home
    from warmstart.settings import Settings


@dataclass(frozen=True, slots=True)
class Workspace:
    """Everything a use case needs."""

    home: Home
    settings: Settings
    clock: Clock
    store: Store
    scheduler: Scheduler
    days: Days

    @classmethod
    def open(cls, home: Home, *, clock: Clock = utc_now, days: Days | None = None) -> Workspace:
        """Open a home: create or migrate its store, and bring the bundled course up to date.

        Raises:
            InputError: the settings are wrong.
            StoreError: the store cannot be used; it is left as it was.
        """
        from warmstart.usecases.import_notes import import_bundled

        settings = settings_file.load(home.settings)
        workspace = cls(
            home=home,
            settings=settings,
            clock=clock,
            store=Store.open(home.store, home.backups, clock()),
            scheduler=Scheduler(settings.study),
            days=days or Days(settings.study.day_starts_at),
        )
        try:
            import_bundled(workspace)
        except BaseException:
            workspace.close()
            raise
        return workspace

    @property
    def curve(self) -> Curve:
        """The forgetting curve of the parameters in force."""
        return Curve(self.scheduler.parameters[20])

    def close(self) -> None:
        """Close the store."""
        self.store.close()
