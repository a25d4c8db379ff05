"""The views of the stage: a widget each, over a model below the screen."""

from typing import TYPE_CHECKING, Final

from warmstart.tui.screens.labs.views.bill import BillView
from warmstart.tui.screens.labs.views.environments import EnvironmentsView
from warmstart.tui.screens.labs.views.logs import LogsView
from warmstart.tui.screens.labs.views.machine import MachineView
from warmstart.tui.screens.labs.views.metrics import MetricsView
from warmstart.tui.screens.labs.views.queues import QueuesView
from warmstart.tui.screens.labs.views.topology import TopologyView
from warmstart.tui.screens.labs.views.waterfall import WaterfallView

if TYPE_CHECKING:
    from collections.abc import Mapping

    from warmstart.labs.views import ViewName
    from warmstart.tui.screens.labs.views.base import StageView

WIDGETS: "Final[Mapping[ViewName, type[StageView]]]" = {
    "topology": TopologyView,
    "lanes": EnvironmentsView,
    "queues": QueuesView,
    "machine": MachineView,
    "waterfall": WaterfallView,
    "logs": LogsView,
    "metrics": MetricsView,
    "bill": BillView,
}
"""By name, in the order of their keys: 1 is the first."""
