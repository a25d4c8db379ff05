"""Parameters: what is said before, when and after one's own are put in force."""

from __future__ import annotations

import shutil
from importlib.util import find_spec

import pytest

from learner import histories, live
from warmstart.tui.screens.dialog import Question

needs_wheel = pytest.mark.skipif(
    find_spec("fsrs_rs_python") is None, reason="no wheel of fsrs-rs-python here"
)


class TestParameters:
    async def test_without_reviews_the_defaults_stay(self, running):
        async with running() as driver:
            driver.app.action_parameters()
            await driver.settle()
            assert "Too few reviews to fit to: 0 of 400. The defaults stay in force." in driver.text
            assert "put in force" not in driver.lines[-1]
            kept = driver.app.proposal
            await driver.press("q")
            driver.app.action_parameters()
            await driver.settle()
            assert "Too few reviews to fit to" in driver.text
            assert driver.app.proposal is kept

    @needs_wheel
    async def test_putting_in_force_asks_first_and_one_key_goes_back(
        self, running, notes_home, home, open_workspace, tmp_path
    ):
        shutil.copytree(notes_home, home.root)
        live(open_workspace(), tmp_path / "lived.md", histories(60, 12))
        async with running(size=(100, 40)) as driver:
            driver.app.action_parameters()
            await driver.settle()
            assert "predict your answers better" in " ".join(driver.text.split())
            driver.app.screen.action_apply()
            await driver.answer(Question, "enter")
            await driver.settle()
            assert "In force: 60 cards computed anew." in driver.text
            assert "yours, since Fri 20 Nov" in driver.lines[0]
            await driver.press("u")
            assert "Back to the parameters before" in driver.text
            assert "defaults" in driver.lines[0]
