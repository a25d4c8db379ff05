"""Helpers: processes that read a part of a large import."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from warmstart.notes.card_options import CardOptions
from warmstart.usecases import helpers
from warmstart.usecases.content import Content, Failed, Job, outcomes_of
from warmstart.usecases.sources import find

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warmstart.usecases.content import Outcome

NOTES = 180


@pytest.fixture(scope="module")
def jobs(tmp_path_factory: pytest.TempPathFactory) -> list[Job]:
    folder = tmp_path_factory.mktemp("notes")
    for n in range(NOTES):
        text = f"# Note {n}\n\nWhat is {n}?\n?\nA number. <!--SR:!2024-08-16,51,230-->\n"
        (folder / f"{n:03}.md").write_text(text)
    (folder / "100.md").write_bytes(b"\xcf\xf0\xe8\xe2\xe5\xf2")
    (folder / "101.md").write_text("[[a]] " * 20_000)
    return [Job(source, CardOptions(), None) for source in find([folder], {}).sources.values()]


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """Two helpers, whatever the machine and the size of the notes; and which processes they are."""
    processes = []
    start = helpers._start

    def kept() -> subprocess.Popen[bytes] | None:
        process = start()
        if process is not None:
            processes.append(process)
        return process

    monkeypatch.setattr(helpers, "WORTHWHILE", 1)
    monkeypatch.setattr(helpers, "_spare_cores", lambda: 2)
    monkeypatch.setattr(helpers, "_BATCH", 10)
    monkeypatch.setattr(helpers, "_start", kept)
    return processes


def expected(jobs: Sequence[Job]) -> list[Outcome]:
    """What comes of reading one note after the other."""
    return [outcome for job in jobs for outcome in outcomes_of([job])]


def slowly(_: int, __: Job) -> None:
    """Leave something for the helpers to do."""
    time.sleep(0.02)


class TestHelpers:
    def test_they_change_nothing(
        self, jobs: Sequence[Job], started: list[subprocess.Popen[bytes]]
    ) -> None:
        """The outcomes are those of reading one note after the other, in the same order."""
        here: list[Job] = []

        def tell(done: int, job: Job) -> None:
            assert 0 <= done < NOTES
            here.append(job)
            slowly(done, job)

        found = [*helpers.outcomes(jobs, tell)]
        assert found == expected(jobs)
        assert isinstance(found[0], Content)
        assert found[0].schedules[0].interval == 51
        assert isinstance(found[100], Failed)
        assert "cp1251" in (found[100].hint or "")
        assert 0 < len(here) < NOTES
        assert len(started) == 2
        assert all(process.returncode is not None for process in started)

    def test_what_a_helper_loses_is_read_here(
        self,
        jobs: Sequence[Job],
        started: list[subprocess.Popen[bytes]],
    ) -> None:
        """Each helper dies in the middle of its work."""
        alone = expected(jobs)

        def tell(done: int, job: Job) -> None:
            for process in started:
                process.kill()

        assert [*helpers.outcomes(jobs, tell)] == alone

    def test_without_any(self, jobs: Sequence[Job], monkeypatch: pytest.MonkeyPatch) -> None:
        """Where no process can be started, everything is read here."""
        monkeypatch.setattr(helpers, "WORTHWHILE", 1)
        monkeypatch.setattr(helpers, "_spare_cores", lambda: 2)
        monkeypatch.setattr(sys, "executable", "/nowhere/python")
        assert [*helpers.outcomes(jobs, slowly)] == expected(jobs)

    def test_an_import_that_fails_leaves_none_behind(
        self, jobs: Sequence[Job], started: list[subprocess.Popen[bytes]]
    ) -> None:
        """Ctrl-C, for one, comes up in the middle of a note."""

        def tell(done: int, job: Job) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            [*helpers.outcomes(jobs, tell)]
        assert all(process.returncode is not None for process in started)

    def test_they_end_with_whoever_takes_what_they_read(
        self, jobs: Sequence[Job], started: list[subprocess.Popen[bytes]]
    ) -> None:
        """A note that cannot be written ends the import before all are read."""
        with closing(helpers.outcomes(jobs, slowly)) as found:
            next(found)
        assert len(started) == 2
        assert all(process.returncode is not None for process in started)

    def test_they_end_with_the_process_that_started_them(self) -> None:
        """Nobody ends them when an import is killed: their pipe is closed, and that is enough."""
        process = helpers._start()
        assert process is not None
        helpers._close(process)
        assert process.returncode == 0

    def test_another_version_does_nothing(self) -> None:
        """A helper of a version that was installed meanwhile is of no use."""
        call = [sys.executable, "-P", "-m", "warmstart.usecases.helpers", "0.0.0"]
        assert subprocess.run(call, check=False, capture_output=True).stdout == b""

    def test_a_small_import_starts_none(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """To start one would take longer than the import."""
        monkeypatch.delattr(helpers, "_start")
        (tmp_path / "a.md").write_text("# A\n")
        jobs = [Job(s, CardOptions(), None) for s in find([tmp_path], {}).sources.values()]
        assert len([*helpers.outcomes(jobs, slowly)]) == 1

    def test_they_load_no_store(self) -> None:
        """A helper starts fast, and is small, because it only reads."""
        code = (
            "import sys, warmstart.usecases.helpers;"
            "print([m for m in ('sqlalchemy', 'fsrs', 'textual') if m in sys.modules])"
        )
        call = [sys.executable, "-c", code]
        done = subprocess.run(call, check=True, capture_output=True, text=True, env=os.environ)
        assert done.stdout.strip() == "[]"
