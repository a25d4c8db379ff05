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
            assert "4 answers in a year   1 day in a row   most 3 on 20 Nov" in text
            assert "0%       0 of 1" in text
            assert "1 relearning   █ 2 review" in text
            assert "3 today   3 in 7 days   3 in 30 days   most 3, today" in text
            assert "All cards" in text
            await driver.click("Мёртвые письма")
            assert driver.lines[0].startswith(" Concept · Queues › Мёртвые письма")

    async def test_before_the_first_card(self, running):
        async with running(empty=True, size=(80, 40)) as driver:
            await driver.press("p")
            assert "Each day you study will show up here." in driver.text
            assert driver.text.count("no reviews yet") == 4
            assert "No cards yet." in driver.text
