"""Progress: pictures with their figures."""

from __future__ import annotations

import shutil
from datetime import timedelta

from warmstart.study.cards import Rating
from warmstart.usecases.review import ReviewSession


class TestProgress:
    async def test_after_a_sitting(self, running, notes_home, home, open_workspace, clock):
        shutil.copytree(notes_home, home.root)
        session = ReviewSession(open_workspace())
        for _ in range(3):
            session.answer(Rating.EASY, timedelta(seconds=5))
        clock.forward(days=20)
        session = ReviewSession(open_workspace())
        session.answer(Rating.AGAIN, timedelta(seconds=5))
        async with running(size=(140, 40)) as driver:
            await driver.press("p")
            text = driver.text
            assert "4 answers   20 s   1 day in a row   longest 1   most 3 on 20 Nov" in text
            assert "today    ··" in text
            assert "0%       0%        –         1" in text
            assert "1 relearning   ▓ 2 young" in text
            assert "3 today   2 overdue   3 in 7 days   3 in 30" in text
            await driver.press("2")
            assert "3 studied cards would be recalled now" in driver.text
            assert "8–20 d" in driver.text
            await driver.press("tab")
            assert "most at 9:00" in driver.text
            assert "4 answers" not in driver.text

    async def test_notes_unfold_and_open(self, running):
        async with running(size=(80, 24)) as driver:
            await driver.press("p", "4")
            assert "▸ ▁ Queues" in driver.text
            await driver.press("right")
            assert "▾ ▁ Queues" in driver.text
            assert "▁ Мёртвые письма" in driver.text
            await driver.press("o")
            assert "The least known first" in driver.text
            await driver.press("щ")  # the same key on a Russian keyboard
            assert "In the order of Notes" in driver.text
            await driver.press("right", "down", "enter")
            assert driver.lines[0].startswith(" Concept · Queues › Мёртвые письма")

    async def test_of_one_note(self, running):
        async with running(size=(80, 24)) as driver:
            await driver.press("p", "t")
            assert "everything" in driver.text
            await driver.press("q", "u", "e", "enter")
            assert "Progress · Queues" in driver.lines[0]
            await driver.press("t", "enter")
            assert "Queues" not in driver.lines[0]

    async def test_before_the_first_card(self, running):
        async with running(empty=True, size=(80, 40)) as driver:
            await driver.press("p")
            assert "Each day you study will show up here." in driver.text
            assert "No reviews yet of a card that was in review." in driver.text
            assert "No cards yet: warmstart import FOLDER brings some." in driver.text
            await driver.press("4")
            assert "No note with cards yet" in driver.text
