"""The wheel carries the course and the labs, and works from an environment of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
import zipfile
from importlib.metadata import distributions
from pathlib import Path

import pytest

from warmstart import __version__

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return next(folder.glob("*.whl"))


def test_every_tracked_file_of_the_course_and_the_labs_is_in_it(wheel: Path) -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "-z", "content", "labs"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split("\0")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert len(tracked) > 10
    assert {f"warmstart/_data/{name}" for name in tracked if name} <= names


def test_it_runs_from_an_empty_environment(wheel: Path, tmp_path: Path) -> None:
    """The dependencies are lent by path, so that the test needs no network; the project is not."""
    venv.create(tmp_path / "env", with_pip=False)
    site = next((tmp_path / "env").glob("lib/python*/site-packages"))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    lent = tmp_path / "lent"
    lent.mkdir()
    for distribution in distributions():
        if distribution.metadata["Name"] == "warmstart":
            continue
        for file in {Path(str(f)).parts[0] for f in distribution.files or () if ".." not in str(f)}:
            source, target = Path(str(distribution.locate_file(file))), lent / file
            if source.exists() and not target.exists():
                target.symlink_to(source)
    python = tmp_path / "env" / "bin" / "python"
    environment = {
        "PYTHONPATH": str(lent),
        "WARMSTART_HOME": str(tmp_path / "home"),
        "PATH": os.environ["PATH"],
    }

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [python, "-m", "warmstart", *arguments],
            cwd=tmp_path,
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout

    assert run("--version") == f"warmstart {__version__}\n"
    where = subprocess.run(
        [python, "-c", "import warmstart; print(warmstart.__file__)"],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert str(site) in where
    course = site / "warmstart" / "_data" / "content"
    report = json.loads(run("import", "--json", str(course)))
    assert report["notes"] >= 6
    assert sum(report["cards"].values()) >= 60
    assert report["problems"] == []
    assert "new" in run()
