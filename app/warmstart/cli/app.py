"""``warmstart`` on a terminal: the app."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from warmstart.tui.app import WarmstartApp
    from warmstart.tui.screens.base import WarmScreen
    from warmstart.usecases.sitting import Sitting


def run_app(sitting: Sitting | None = None) -> None:
    """Open the app and leave with its exit code; what ended it unforeseen is raised here.

    ``sitting`` begins at once, in front of Today.
    """
    # The imports allocate much and free nothing: collecting meanwhile costs a tenth of the time to
    # the first frame. The app turns it on again once that frame is out.
    gc.disable()
    from warmstart import settings
    from warmstart.paths import home
    from warmstart.tui.app import WarmstartApp
    from warmstart.usecases.clock import utc_now

    place = home()
    app = WarmstartApp(place, settings.load(place.settings), clock=utc_now, sitting=sitting)
    _run(app)
    sys.exit(app.return_code or 0)


def run_alone(screen: WarmScreen) -> None:
    """Show one screen until it is left; no store is opened."""
    from warmstart import settings
    from warmstart.paths import home
    from warmstart.tui.alone import LoneApp

    place = home()
    _run(LoneApp(place, settings.load(place.settings), screen))


def _run(app: WarmstartApp) -> None:
    app.run()
    if app.failure is not None:
        raise app.failure
