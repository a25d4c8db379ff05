"""Answering a card, and all that one can do to it besides."""

from __future__ import annotations

import asyncio
import threading
from contextlib import nullcontext
from typing import TYPE_CHECKING

import pytest
from textual.events import Paste

from warmstart.study.cards import Rating
from warmstart.tui.app import WarmstartApp
from warmstart.tui.editor import edit
from warmstart.tui.screens.edit import EditScreen
from warmstart.tui.widgets.rating_bar import RatingBar
from warmstart.usecases import manage
from warmstart.usecases.editing import reread
from warmstart.usecases.import_notes import import_notes
from warmstart.usecases.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.tui.conftest import Driver

CLOZE = "Lambda scales by ==execution environments;;counted in== alone.\n"
CHOICE = "> [!question] Which fan out?\n> a) SQS\n> b) SNS\n> c) EventBridge\n>> [!success] Answer\n>> b, c) So.\n"
TERM = "콜드 스타트란?\n?\n초기화 시간\n"
CODE = "What does it say?\n?\n```make\nall:\n\techo\n```\n\n"
PICTURE = "What does it show?\n?\n![A flow](gone.png)\n"


@pytest.fixture
def note(tmp_path: Path) -> Path:
    return tmp_path / "cards.md"


@pytest.fixture
def holding(
    note: Path, open_workspace: Callable[..., object], empty_course: None
) -> Callable[[str], None]:
    """Makes a store with a note of this text."""

    def hold(text: str) -> None:
        note.write_text("# Cards\n\n" + text, encoding="utf-8")
        import_notes(open_workspace(), [note])

    return hold


@pytest.fixture
def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Sets an editor that does what a shell script says; it is given the file last."""

    def set_to(script: str) -> Path:
        path = tmp_path / "editor"
        path.write_text(f"#!/bin/sh\nfor file; do :; done\n{script}\n")
        path.chmod(0o755)
        monkeypatch.setenv("VISUAL", str(path))
        monkeypatch.setattr(WarmstartApp, "suspend", lambda _: nullcontext())
        return path

    return set_to


async def type_in(driver: Driver, text: str) -> None:
    """Type into what has the focus, all at once."""
    driver.app.post_message(Paste(text))
    await driver.settle()


class TestChoice:
    async def test_picked_by_digit_or_letter_and_told_by_shape(self, running, holding):
        holding(CHOICE)
        async with running() as driver:
            await driver.press("enter")
            assert "○ 1 a) SQS" in driver.text
            assert "1–3  pick all that are right, then Space" in driver.text
            await driver.press("1", "b")  # a letter that is shown is no command
            assert "● 1 a) SQS" in driver.text
            assert "● 2 b) SNS" in driver.text
            await driver.press("space")
            assert "✗ 1 a) SQS  wrong" in driver.text
            assert "✓ 2 b) SNS  right" in driver.text
            assert "✓ 3 c) EventBridge  right, not picked" in driver.text
            assert "b, c) So." in driver.text
            assert "▸ 1 Again" in driver.text
            await driver.press("space")
            assert "0 / 1" not in driver.lines[0]
        assert await asyncio.to_thread(_last_rating, driver) is Rating.AGAIN

    async def test_a_cyrillic_letter_is_the_key_it_lies_on(self, running, holding):
        holding("> [!question] Что?\n> а) SQS\n> б) SNS\n>> [!success] Ответ\n>> б) Так.\n")
        async with running() as driver:
            await driver.press("enter", "б")
            assert "○ 1 а) SQS" in driver.text
            await driver.press("а", "б")
            assert "● 2 б) SNS" in driver.text

    async def test_without_a_pick_a_second_space_means_good(self, running, holding):
        holding(CHOICE)
        async with running() as driver:
            await driver.press("enter", "space")
            assert driver.app.screen.query_one(RatingBar).suggested is None
            await driver.click("Good")
        assert await asyncio.to_thread(_last_rating, driver) is Rating.GOOD


def _last_rating(driver: Driver) -> Rating:
    import sqlite3

    with sqlite3.connect(driver.app.home.store) as store:
        row = store.execute("SELECT rating FROM log ORDER BY id DESC LIMIT 1").fetchone()
    return Rating(row[0])


class TestTyping:
    async def test_the_difference_is_shown_and_suggests(self, running, holding):
        holding(TERM)
        async with running() as driver:
            await driver.press("enter", "t")
            assert "Enter  compare with the answer" in driver.text
            await type_in(driver, "초기화시긴")
            await driver.press("enter")
            assert "≈ a slip · 1 character off" in driver.text
            assert "you typed  초기화 시긴" in driver.text
            assert "answer     초기화 시간" in driver.text
            assert "▸ 2 Hard" in driver.text

    async def test_letters_are_typed_and_esc_goes_back_to_thinking(self, running, holding):
        holding(TERM)
        async with running() as driver:
            await driver.press("enter", "t", *"subq1")
            assert "subq1" in driver.text
            assert "u undo" not in driver.lines[-1]
            await driver.press("escape")
            assert "Space  show the answer" in driver.text
            assert "u undo" in driver.lines[-1]

    async def test_where_it_is_wanted_short_answers_are_typed_unasked(self, running, holding):
        from dataclasses import replace

        from warmstart.settings import Settings, StudySettings

        holding(CLOZE + "\n" + CODE)
        typed = replace(Settings(), study=StudySettings(typed_answers=True))
        async with running(settings=typed) as driver:
            await driver.press("enter")
            assert "[counted in]" in driver.text
            await type_in(driver, "Execution environments")
            await driver.press("enter")
            assert "✓ right" in driver.text
            await driver.press("space")
            assert "What does it say?" in driver.text
            assert "Space  show the answer" in driver.text


class TestKeys:
    async def test_out_of_the_queue_and_back(self, running, holding):
        holding(TERM + "\nTwo?\n?\nYes.\n")
        async with running() as driver:
            await driver.press("enter", "b")
            assert "Buried until tomorrow. u takes it back." in driver.text
            assert "Two?" in driver.text
            await driver.press("u")
            assert "콜드" in driver.text
            assert "Taken back. U does it again." in driver.text
            await driver.press("U")
            assert "Two?" in driver.text
            await driver.press("u", "s")
            assert "Suspended, until you resume it." in driver.text
            assert "Two?" in driver.text

    async def test_an_answer_is_done_again(self, running, holding):
        holding(TERM + "\nTwo?\n?\nYes.\n")
        async with running() as driver:
            await driver.press("enter", "space", "4", "u")
            assert "0 / 2" in driver.lines[0]
            await driver.press("U")
            assert "1 / 2" in driver.lines[0]
            assert "Two?" in driver.text
            await driver.press("U")
            assert "There is nothing to do again." in driver.text

    async def test_flag_and_remark(self, running, holding):
        holding(TERM)
        async with running() as driver:
            await driver.press("enter", "f", "3")
            assert "new flashcard   ⚑ green" in driver.text
            await driver.press("m")
            await type_in(driver, "like a diesel")
            await driver.press("ctrl+s")
            assert "like a diesel" not in driver.text
            await driver.press("space")
            assert "▎ like a diesel" in driver.text

    async def test_a_card_that_is_wrong_leaves_with_a_sentence(
        self, running, holding, open_workspace
    ):
        holding(TERM)
        async with running() as driver:
            await driver.press("enter", "!")
            assert "This card is wrong" in driver.text
            await type_in(driver, "Not so")
            await driver.press("enter")
            assert "Reported, and out of study until it is put right." in driver.text
        (problem,) = manage.problems(open_workspace())
        assert "You reported “콜드 스타트란?” as wrong: Not so." in str(problem)

    async def test_code_is_copied_as_it_was_written(self, running, holding):
        holding(CODE)
        async with running() as driver:
            await driver.press("enter")
            assert "y copy code" not in driver.lines[-1]
            await driver.press("space", "y")
            assert driver.app.clipboard == "all:\n\techo\n"
            assert "Copied 2 lines of make." in driver.text

    async def test_a_picture_that_is_not_there_is_a_sentence(self, running, holding):
        holding(PICTURE)
        async with running(size=(120, 30)) as driver:
            await driver.press("enter", "space")
            assert "▣ A flow" in driver.text
            assert "The picture gone.png is not there." in driver.text
            await driver.press("v")
            assert "The picture gone.png is not there." in " ".join(driver.lines[-4:])


class TestEdit:
    async def test_the_same_card_is_shown_with_its_new_text(self, running, holding, note, editor):
        holding("One?\n?\nYes.\n\n" + TERM)
        script = editor(
            '{ echo Above.; echo; cat "$file"; } > new && mv new "$file"\nsed -i s/Yes/No/ "$file"'
        )
        script.write_text(script.read_text().replace(" new", f" {note.parent}/new"))
        async with running() as driver:
            await driver.press("enter", "space")
            assert "Yes." in driver.text
            await driver.press("e")
            assert "One?" in driver.text
            assert "No." in driver.text
            assert "1 Again" in driver.text  # the answer stays open

    async def test_no_look_at_the_notes_reads_the_file_as_well(
        self, running, holding, editor, monkeypatch
    ):
        """Both would have read it, and the later one said that no card has changed."""
        holding(TERM)
        editor('sed -i s/콜드/Cold/ "$file"')
        looks: list[str] = []

        def read(*given: object) -> object:
            driver.app.call_from_thread(driver.app._look_at_notes)
            looks.extend(w.group for w in driver.app.workers if w.group == "watch")
            return reread(*given)

        monkeypatch.setattr("warmstart.usecases.editing.reread", read)
        async with running() as driver:
            await driver.press("enter", "e")
            assert "Cold" in driver.text
            assert not looks
            driver.app._look_at_notes()
            await driver.settle()
            assert "read again" not in driver.text

    async def test_a_card_that_was_deleted_makes_way(self, running, holding, note, editor):
        holding("One?\n?\nYes.\n\n" + TERM)
        editor('printf "%s\\n" "# Cards" "" "콜드 스타트란?" "?" "초기화 시간" > "$file"')
        async with running() as driver:
            await driver.press("enter", "e")
            assert "콜드" in driver.text
            assert "0 / 1" in driver.lines[0]

    async def test_no_editor_is_a_sentence(self, running, holding, monkeypatch):
        holding(TERM)
        monkeypatch.delenv("VISUAL", raising=False)
        monkeypatch.delenv("EDITOR", raising=False)
        monkeypatch.setenv("PATH", "")
        async with running() as driver:
            await driver.press("enter", "e")
            assert "No editor is set. Set EDITOR to the one you use" in driver.text
            monkeypatch.setattr(WarmstartApp, "suspend", lambda _: nullcontext())
            monkeypatch.setenv("EDITOR", "no-such-editor")
            await driver.press("e")
            assert "'no-such-editor' cannot be found." in driver.text

    async def test_what_a_failing_editor_saved_is_read(self, running, holding, editor, monkeypatch):
        """Its sentence stays, also when a look at the notes that was under way read it first."""
        saved = threading.Event()
        saved.set()

        def edit_and_tell(*given: object) -> None:
            try:
                edit(*given)
            finally:
                saved.set()

        def changed(watch: Watch) -> object:
            saved.wait(5)
            return look(watch)

        look = Watch.changed
        monkeypatch.setattr("warmstart.tui.editor.edit", edit_and_tell)
        monkeypatch.setattr(Watch, "changed", changed)
        holding("One?\n?\nYes.\n")
        editor('sed -i s/Yes/No/ "$file"\nexit 3')
        async with running() as driver:
            await driver.press("enter", "space")
            saved.clear()
            driver.app._look_at_notes()
            await driver.press("e")
            assert "ended with the code 3." in driver.text
            assert "No." in driver.text
            assert "1 Again" in driver.text

    async def test_a_file_deleted_meanwhile_is_a_sentence(self, running, holding, editor):
        holding(TERM)
        editor('rm "$file"')
        async with running() as driver:
            await driver.press("enter", "e")
            assert "There is no such file or folder." in driver.text

    async def test_without_a_file_it_is_put_in_own_words(self, running, holding, note):
        holding(TERM)
        note.unlink()
        async with running() as driver:
            await driver.press("enter", "e")
            assert isinstance(driver.app.screen, EditScreen)
            assert "Its file is gone:" in driver.text
            await type_in(driver, "So ")
            await driver.press("ctrl+s")
            assert "So 콜드 스타트란?" in driver.text
            assert "The card has your words; its history is kept." in driver.text


class TestNote:
    """The reader of notes does the same with what a note holds."""

    async def test_edited_at_the_section_that_is_seen(self, running, holding, note, editor):
        holding("\n".join("Line.\n" for _ in range(40)) + "## Low\n\nText.\n" + "\nMore.\n" * 40)
        editor('sed -i s/Text/Words/ "$file"')
        seen = []
        with pytest.MonkeyPatch.context() as patch:
            from warmstart.tui import editor as editors

            edit = editors.edit
            patch.setattr(editors, "edit", lambda *a: (seen.append(a[2]), edit(*a)))
            async with running() as driver:
                await driver.app.open_note(1, "low")
                await driver.settle()
                assert "Text." in driver.text
                await driver.press("e")
                assert "Words." in driver.text
        assert seen == [note.read_text().split("\n").index("## Low") + 1]

    async def test_what_it_shows_and_copies(self, running, holding, tmp_path):
        from PIL import Image

        Image.new("RGB", (60, 20), (255, 0, 0)).save(tmp_path / "red.png")
        holding("So $x^2$.\n\n![Red](red.png)\n\n```sh\nls\n```\n")
        async with running(size=(80, 40)) as driver:
            await driver.app.open_note(1)
            await driver.settle()
            assert "So x²." in driver.text
            assert "▀▀▀▀" in driver.text
            assert "▣ Red" in driver.text
            await driver.press("y")
            assert driver.app.clipboard == "ls\n"
