"""Proposing beside the app: the same proposal, and a new one only when there is reason."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import replace
from datetime import timedelta
from importlib.util import find_spec

import pytest

from learner import histories, live
from warmstart.study.cards import Rating
from warmstart.usecases import optimize, proposing
from warmstart.usecases.proposing import basis_of
from warmstart.usecases.review import ReviewSession

pytestmark = pytest.mark.skipif(
    find_spec("fsrs_rs_python") is None, reason="no wheel of fsrs-rs-python here"
)


@pytest.fixture
def workspace(empty_course, open_workspace, tmp_path):
    """A workspace with 60 cards and some 500 reviews."""
    workspace = open_workspace()
    live(workspace, tmp_path / "lived.md", histories(60, 10))
    return workspace


class TestBeside:
    @pytest.fixture(autouse=True)
    def worthwhile(self, monkeypatch):
        monkeypatch.setattr(proposing, "WORTHWHILE", 1)

    def test_another_process_proposes_the_same_and_the_loop_is_free(self, workspace):
        async def run():
            task = asyncio.create_task(proposing.propose(workspace))
            turns = 0
            while not task.done():
                await asyncio.sleep(0)
                turns += 1
            return turns, await task

        turns, kept = asyncio.run(run())
        assert turns > 20
        assert kept.basis == basis_of(workspace)
        assert kept.proposal == optimize.propose(workspace)

    def test_a_process_that_is_lost_or_does_not_start_costs_nothing_but_time(
        self, workspace, monkeypatch, tmp_path
    ):
        expected = optimize.propose(workspace)
        for interpreter in (tmp_path / "none", "/bin/false"):
            monkeypatch.setattr(sys, "executable", str(interpreter))
            assert asyncio.run(proposing.propose(workspace)).proposal == expected

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="looks for the process as POSIX has it")
    def test_leaving_ends_the_process(self, workspace, monkeypatch):
        start = asyncio.create_subprocess_exec
        started = asyncio.Queue()

        async def noted(*args, **options):
            process = await start(*args, **options)
            started.put_nowait(process)
            return process

        monkeypatch.setattr(asyncio, "create_subprocess_exec", noted)

        async def run():
            task = asyncio.create_task(proposing.propose(workspace))
            process = await started.get()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            return await process.wait()

        assert asyncio.run(run()) == -9


class TestBasis:
    def test_changes_with_the_log_the_settings_and_the_day(self, workspace, clock):
        before = basis_of(workspace)
        assert basis_of(workspace) == before
        study = replace(workspace.settings.study, desired_retention=0.85)
        other = workspace.under(replace(workspace.settings, study=study))
        assert basis_of(other) != before
        session = ReviewSession(workspace)
        session.answer(Rating.GOOD, timedelta(seconds=5))
        session.close()
        after = basis_of(workspace)
        assert after.entries == before.entries + 1
        clock.forward(days=1)
        assert basis_of(workspace)._replace(today=after.today) == after
        assert basis_of(workspace) != after
