"""Handlers run from a copy of their code: a run never changes the application."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from runtime.conftest import SECOND
from warmstart.errors import RunError
from warmstart.runtime import code
from warmstart.runtime.launch import Call

if TYPE_CHECKING:
    from runtime.conftest import Bench

WRITES = """
import os, pathlib, tempfile
HERE = os.path.dirname(os.path.abspath(__file__))

def attempt(work):
    try:
        return work()
    except OSError as error:
        return type(error).__name__

def handler(event, context):
    return {
        "own": attempt(lambda: pathlib.Path(HERE, "app.py").write_text("ruined")),
        "new": attempt(lambda: open("new.txt", "w").write("x")),
        "gone": attempt(lambda: os.remove(os.path.join(HERE, "data.txt"))),
        "data": attempt(lambda: open(os.path.join(HERE, "data.txt")).read()),
        "named": attempt(lambda: pathlib.Path(os.environ["TMPDIR"], "x").write_text("yes")),
        "tmp": attempt(lambda: open("/tmp/x").read()),
        "where": [HERE, os.getcwd(), os.environ["LAMBDA_TASK_ROOT"], tempfile.gettempdir()],
    }
"""


def shape(folder: Path) -> dict[str, Any]:
    """Return all there is to see of a folder: names, contents, rights, times."""
    return {
        str(path.relative_to(folder)): (
            path.stat().st_mode, path.stat().st_mtime_ns, path.is_file() and path.read_bytes()
        )
        for path in [folder, *folder.rglob("*")]
    }  # fmt: skip


class TestACopy:
    def test_nothing_a_handler_writes_reaches_the_application(self, bench: Bench) -> None:
        bench.function("Write", WRITES)
        (bench.root / "write" / "data.txt").write_text("data")
        before = shape(bench.root)
        result = bench.run([Call(0, "Write"), Call(9 * SECOND, "Write")])
        assert shape(bench.root) == before
        said = json.loads(result.outcomes[0].payload)
        assert said["where"] == ["/var/task", "/var/task", "/var/task", "/tmp"]
        assert (said["named"], said["tmp"]) == (3, "yes")
        if os.geteuid():  # Root may write where it likes: into the copy, then.
            assert (said["own"], said["new"], said["gone"]) == ("PermissionError",) * 3
            assert said["data"] == "data"

    def test_nothing_is_left_behind(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        """In a folder of its own: other runs put theirs beside it in the system's."""
        bench.function("Write", WRITES)
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
        before = set(tmp_path.iterdir())
        bench.run([Call(0, "Write")])
        assert set(tmp_path.iterdir()) == before

    def test_code_that_stands_in_the_template(self, bench: Bench) -> None:
        bench.root.mkdir(parents=True)
        bench.template.write_text(
            "Transform: AWS::Serverless-2016-10-31\nResources:\n"
            "  Inline:\n    Type: AWS::Serverless::Function\n    Properties:\n"
            "      Runtime: python3.13\n      Handler: index.handler\n      InlineCode: |\n"
            "        def handler(event, context):\n            return [__file__, event]\n"
        )
        (outcome,) = bench.run([Call(0, "Inline", "7")]).outcomes
        assert json.loads(outcome.payload) == ["/var/task/index.py", 7]

    def test_what_lies_beside_code_is_not_taken_along(self, bench: Bench, tmp_path: Path) -> None:
        """So that ``CodeUri: .`` does not carry the repository, and what `sam build` made of it."""
        from warmstart.runtime.template import load

        bench.function("Write", WRITES)
        for name in (".git", ".aws-sam", "__pycache__", "lib"):
            (bench.root / "write" / name).mkdir()
        spec = code.place(load(bench.template), tmp_path / "task").functions["Write"]
        assert sorted(path.name for path in spec.code.iterdir()) == ["app.py", "lib"]
        code.remove(tmp_path / "task")

    def test_code_larger_than_lambda_takes(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        from warmstart.runtime.template import load

        bench.function("Write", WRITES)
        monkeypatch.setattr(code, "LIMIT_MB", 0)
        with pytest.raises(RunError, match="larger than the 0 MB that Lambda takes"):
            code.place(load(bench.template), tmp_path / "task")
