"""A workbench for the runtime: write handlers, run them, look at the trace."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from warmstart.runtime.launch import Call, RunResult, run
from warmstart.runtime.template import load
from warmstart.runtime.trace import LogLine

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SECOND = 1_000_000


class Bench:
    """A folder with a template and its handlers; each function is a module of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._resources: dict[str, Any] = {}

    @property
    def template(self) -> Path:
        return self.root / "template.yaml"

    def function(
        self, name: str, code: str, *, metadata: dict[str, Any] | None = None, **properties: Any
    ) -> None:
        """Add a function whose handler is ``app.handler`` in a folder of its own."""
        folder = self.root / name.lower()
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "app.py").write_text(code)
        defaults = {"Handler": "app.handler", "Runtime": "python3.13", "MemorySize": 1769}
        self._resources[name] = {
            "Type": "AWS::Serverless::Function",
            "Metadata": {"Warmstart": metadata or {}},
            "Properties": {**defaults, "CodeUri": name.lower(), **properties},
        }
        self._write()

    def resource(self, name: str, type_: str, **properties: Any) -> None:
        """Add a resource of any other type: ``AWS::SQS::Queue``, …"""
        self._resources[name] = {"Type": type_, "Properties": properties}
        self._write()

    def _write(self) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        # JSON is YAML, too.
        document = {"Transform": "AWS::Serverless-2016-10-31", "Resources": self._resources}
        self.template.write_text(json.dumps(document, indent=1))

    def run(self, calls: Sequence[Call], *, seed: int = 1, **settings: Any) -> RunResult:
        return run(self.template, calls, seed=seed, **settings)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "app")


@pytest.fixture
def read(tmp_path: Path) -> Any:
    """Reads a template that is given as text."""

    def read(text: str, **options: Any) -> Any:
        (tmp_path / "template.yaml").write_text(text)
        return load(tmp_path / "template.yaml", **options)

    return read


def log_of(result: RunResult, environment: str) -> list[str]:
    """Return the lines of one environment's log."""
    return [
        event.text
        for event in result.trace
        if isinstance(event, LogLine) and event.environment == environment
    ]


def events_of(result: RunResult, *kinds: str) -> list[Any]:
    """Return the events of some kinds, in order."""
    return [event for event in result.trace if event.kind in kinds]
