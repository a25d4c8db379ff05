"""Labs: the list, a lab with its narrative, and the stage on which a run is watched."""

from warmstart.tui.screens.labs.list_screen import LabsScreen

__all__ = ["LabsScreen"]
