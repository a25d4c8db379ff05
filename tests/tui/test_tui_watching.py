"""A running app follows what is saved, and says so in passing."""

from __future__ import annotations

import os
from dataclasses import fields

import pytest

from warmstart.errors import StoreBusy
from warmstart.tui.watching import problems, sentence
from warmstart.usecases.import_notes import ImportProblem, ImportReport, import_notes
from warmstart.usecases.watch import Watch

CARD = "# One\n\nWhat is one?\n?\nA number.\n"


def report(*problems: ImportProblem, **tallies: int) -> ImportReport:
    """Return a report of nothing but this."""
    nothing = {field.name: 0 for field in fields(ImportReport)}
    return ImportReport(**(nothing | {"cards": {}, "problems": problems} | tallies))


class TestSentence:
    @pytest.mark.parametrize(
        ("counts", "names", "said"),
        [
            ({"changed": 2}, ("queues.md",), "queues.md: 2 cards changed, history kept"),
            (
                {"added": 1, "moved": 1, "retired": 2},
                ("a.md", "b.md"),
                "2 notes: 1 card added, 1 card changed, history kept, 2 cards gone, history kept",
            ),
            ({"returned": 1}, ("a.md",), "a.md: 1 card back, history kept"),
            ({"unchanged": 9}, ("a.md",), "a.md: read again, no card changed"),
        ],
    )
    def test_says_what_changed(self, counts, names, said) -> None:
        assert sentence(report(**counts), names) == said


@pytest.fixture
def note(tmp_path):
    path = tmp_path / "one.md"
    path.write_text(CARD)
    return path


async def look(driver) -> None:
    driver.app._look_at_notes()
    await driver.settle()


class TestLive:
    async def test_today_follows(self, running, note):
        async with running(empty=True) as driver:
            import_notes(driver.app.workspace, [note])
            await look(driver)
            note.write_text(CARD + "\nWhat is two?\n?\nOne more.\n")
            await look(driver)
            assert "2 new" in driver.text
            assert "one.md: 1 card added" in driver.text
            await look(driver)
            assert not list(driver.app.workers)

    async def test_a_file_saved_with_nothing_new_is_no_news(self, running, note):
        async with running(empty=True) as driver:
            import_notes(driver.app.workspace, [note])
            await look(driver)
            note.write_text(CARD)
            os.utime(note, (1, 1))
            await look(driver)
            assert "one.md" not in driver.text

    async def test_the_card_on_the_screen_stays_with_its_new_text(self, running, note):
        async with running(empty=True) as driver:
            import_notes(driver.app.workspace, [note])
            await driver.press("enter", "space")
            note.write_text(CARD.replace("A number", "The first number"))
            await look(driver)
            assert "The first number." in driver.text
            assert "3 Good" in driver.text
            assert "one.md: 1 card changed, history kept" in driver.text

    async def test_the_text_that_is_read_stays_where_it_is(self, running, note):
        async with running(empty=True) as driver:
            note.write_text(CARD + "\n\nMore.\n" * 40)
            import_notes(driver.app.workspace, [note])
            await driver.press("n", "enter")
            reader = driver.app.screen.query_one("#reader")
            reader.scroll_to(y=12, animate=False, immediate=True)
            await driver.settle()
            assert "mastery" not in driver.text
            note.write_text(CARD + "\n\nMore.\n" * 40 + "\nThe end.\n")
            await look(driver)
            assert reader.scroll_offset.y == 12
            await driver.press("end")
            assert "The end." in driver.text

    async def test_what_cannot_be_read_is_a_sentence(self, running, note):
        async with running(empty=True) as driver:
            import_notes(driver.app.workspace, [note])
            note.write_bytes("Один".encode("cp1251"))
            await look(driver)
            assert "one.md" in "".join(driver.text.split())  # a long path is wrapped
            assert "cp1251" in driver.text
            note.write_text(CARD.replace("A number", "The first number"))
            await look(driver)
            assert "cp1251" not in driver.text
            assert "one.md: 1 card changed" in driver.text

    async def test_a_busy_store_is_said(self, running, note, monkeypatch):
        def busy(*_: object) -> None:
            raise StoreBusy("Another process is writing.")

        async with running() as driver:
            monkeypatch.setattr(Watch, "changed", busy)
            await look(driver)
            assert "Another process is writing." in driver.text

    def test_many_problems_are_counted(self):
        problem = ImportProblem("one.md", 3, "This is no table.", None)
        assert (
            problems(report(problem, problem, problem)) == "one.md:3: This is no table. And 2 more."
        )
        assert problems(report()) is None
