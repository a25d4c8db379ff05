"""``warmstart`` on a terminal: the app."""

from __future__ import annotations

import sys


def run_app() -> None:
    """Open the app and leave with its exit code."""
    from warmstart import settings
    from warmstart.paths import home
    from warmstart.tui.app import WarmstartApp
    from warmstart.usecases.clock import utc_now

    place = home()
    app = WarmstartApp(place, settings.load(place.settings), clock=utc_now)
    app.run()
    sys.exit(app.return_code or 0)
