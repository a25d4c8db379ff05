"""The project speaks of itself alone, and its locks name no host."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-bench.lock")


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_of_a_lock_has_hashes_and_no_host(name: str) -> None:
    text = (ROOT / name).read_text()
    assert "://" not in text
    pins = re.split(r"\n(?=\S)", text.strip())
    assert len(pins) > 20
    for pin in pins:
        assert re.match(r"[a-z0-9-]+==\S+", pin), pin
        assert "--hash=sha256:" in pin, pin


def test_the_locks_agree() -> None:
    """Each is installed over the first, and must not move it."""
    run, dev, bench = (
        dict(re.findall(r"^([a-z0-9-]+)==(\S+)", (ROOT / name).read_text(), re.MULTILINE))
        for name in LOCKS
    )
    assert {name: dev[name] for name in run} == run
    for lock in (run, dev):
        shared = lock.keys() & bench.keys()
        assert len(shared) > 10
        assert {name: bench[name] for name in shared} == {name: lock[name] for name in shared}


def test_the_lock_covers_what_pyproject_asks_for() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    for group, name in (
        (project["project"]["dependencies"], LOCKS[0]),
        (project["dependency-groups"]["dev"], LOCKS[1]),
        (project["dependency-groups"]["bench"], LOCKS[2]),
    ):
        locked = re.findall(r"^([a-z0-9-]+)==", (ROOT / name).read_text(), re.MULTILINE)
        names = {re.match(r"[a-z0-9.-]+", dependency)[0] for dependency in group}
        asked = {name.replace(".", "-") for name in names}
        assert asked <= set(locked)


def test_no_tracked_file_names_a_package_index() -> None:
    hosts = "|".join(("py" + "pi.org", "python" + "hosted.org"))
    done = subprocess.run(["git", "grep", "-lIE", hosts], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == ""
