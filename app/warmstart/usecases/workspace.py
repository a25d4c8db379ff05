"""The workspace: one learner's home, opened, with the bundled course in its store."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from warmstart import settings as settings_file
from warmstart.store.engine import Store
from warmstart.study.day import Days
from warmstart.usecases.clock import Clock, utc_now
from warmstart.usecases.desk import Desk
from warmstart.usecases.refile import recompute_changed, refile_changed

if TYPE_CHECKING:
    from warmstart.paths import Home
    from warmstart.settings import Settings


@dataclass(frozen=True)
class Workspace(Desk):
    """Everything a use case needs: the desk, and the store opened in full."""

    store: Store

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
            days=days or Days(settings.study.day_starts_at),
        )
        try:
            with workspace.store.read() as tx:
                workspace.follow(tx)
            recompute_changed(workspace)
            refile_changed(workspace.store, settings)
            import_bundled(workspace)
        except BaseException:
            workspace.close()
            raise
        return workspace

    def under(self, settings: Settings) -> Workspace:
        """Return the same workspace under other settings; cards follow presets that changed.

        Raises:
            StoreError: the cards could not be looked at again; opening will do it.
        """
        days = Days(settings.study.day_starts_at, self.days.zone)
        other = replace(self, settings=settings, days=days)
        with self.store.read() as tx:
            other.follow(tx)
        refile_changed(self.store, settings)
        return other

    def close(self) -> None:
        """Close the store."""
        self.store.close()
