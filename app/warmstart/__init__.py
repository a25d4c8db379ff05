"""Warmstart: study your own notes, and watch the systems they describe run."""

__version__ = "0.1.0"
