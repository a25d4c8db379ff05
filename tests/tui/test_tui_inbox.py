"""Inbox: a suggestion over its passage, one key for each decision, undo over all of them."""

from __future__ import annotations

from contextlib import asynccontextmanager

import pytest

from queued import queued
from warmstart.tui.markdown.lines import lay_out
from warmstart.tui.screens.edit import EditScreen
from warmstart.tui.screens.passage import document
from warmstart.usecases.import_notes import import_notes
from warmstart.usecases.inbox import Triage, Waiting, waiting_count

WORDS = """# Words

## Once

- **Cold start** — the wait for a new execution environment
- **Fan-out** — one event handled by several consumers at once
- **Saga** — a transaction made of steps that can be compensated
"""


@pytest.fixture
def inbox(running, tmp_path):
    """Runs the app on its inbox, with three suggestions of one rule."""

    @asynccontextmanager
    async def run():
        async with running() as driver:
            Triage(driver.app.workspace).dismiss()
            (tmp_path / "words.md").write_text(WORDS)
            import_notes(driver.app.workspace, [tmp_path / "words.md"])
            await driver.press("i")
            yield driver

    return run


class TestSuggestion:
    async def test_the_card_above_its_passage(self, inbox):
        async with inbox() as driver:
            assert driver.lines[0].split() == ["Inbox", "·", "Words", "›", "Once", "1", "of", "3"]
            assert "List entries that define a term" in driver.lines[2]
            assert "Cold start" in driver.lines[4]
            assert "the wait for a new execution environment" in driver.lines[6]
            assert "5 ▎ - **Cold start** — the wait" in driver.text
            assert "6   - **Fan-out**" in driver.text

    async def test_moving_decides_nothing(self, inbox):
        async with inbox() as driver:
            await driver.press("j", "down", "k", "о")  # the last is j under a Russian layout
            assert "3 of 3" in driver.lines[0]
            assert waiting_count(driver.app.workspace) == 3

    async def test_the_note_and_back(self, inbox):
        async with inbox() as driver:
            await driver.press("j", "o")
            assert driver.lines[0].startswith(" Notes · Words")
            await driver.press("q")
            assert "2 of 3" in driver.lines[0]


class TestDecisions:
    async def test_accept_dismiss_and_what_came_of_it(self, inbox):
        async with inbox() as driver:
            await driver.press("a", "d", "a")
            assert "The inbox is empty" in driver.text
            assert "2 cards accepted   1 dismissed" in driver.text
            await driver.press("u")
            assert "Saga" in driver.lines[4]
            await driver.press("u", "u")
            assert "1 of 3" in driver.lines[0]
            assert "u undo" not in driver.lines[-1]

    async def test_all_of_a_rule_is_one_step(self, inbox):
        async with inbox() as driver:
            await driver.press("A")
            assert "Accepted 3 cards: List entries that define a term." in driver.text
            await driver.press("u")
            assert "1 of 3" in driver.lines[0]
            assert "Accepted" not in driver.text

    async def test_edit_then_accept(self, inbox):
        async with inbox() as driver:
            await driver.press("e")
            assert isinstance(driver.app.screen, EditScreen)
            await driver.press("т", "?", "j", "ctrl+s")
            assert "1 of 2" in driver.lines[0]
            with driver.app.workspace.store.read() as tx:
                fronts = [tx.cards.shown(card).card.source.front for card in queued(tx)]
            assert any(front.startswith("т?j") for front in fronts)

    async def test_a_side_left_empty_is_said(self, inbox):
        async with inbox() as driver:
            await driver.press("e")
            driver.app.screen.query_one("#back").text = " "
            await driver.press("ctrl+s")
            assert "A card needs both a question and an answer." in driver.text
            await driver.press("escape")
            assert "1 of 3" in driver.lines[0]


class TestEmpty:
    async def test_says_how_suggestions_come_about(self, running):
        async with running() as driver:
            assert "1 suggested card waits in the inbox" in driver.text
            Triage(driver.app.workspace).dismiss()
            await driver.press("i")
            assert "Nothing waits here." in driver.text
            assert "warmstart import FOLDER" in driver.text


class TestPassage:
    def drawn(self, lines: str, marks, width: int, above=()) -> list[str]:
        waiting = Waiting(
            1, 1, "Note", "rule", "A rule", "flashcard", "f", "b", "", "", lines, 98, marks, above, ("",)
        )  # fmt: skip
        return [(line.margin + line.content).plain for line in lay_out(document(waiting), width)]

    def test_drawn_lines_keep_their_shape_and_prose_wraps(self):
        tree = "├─ Java/Spring ──> Provisioned Concurrency"
        assert self.drawn(f"{tree}\nsome words that are too many", (), 24) == [
            f" 98 ▎ {tree}", " 99 ▎ some words that", "      are too many", "100   ",
            "    24 more columns  ← →",
        ]  # fmt: skip

    def test_words_are_marked_by_columns_also_behind_a_tab(self):
        waiting = Waiting(
            1, 1, "N", "r", "R", "term", "f", "b", "", "", "\t한국어 절", 2, ((0, 1, 4), (-1, 0, 2)),
            ("ab c",), (),
        )  # fmt: skip
        above, own = document(waiting).blocks[0].lines
        (mark,) = own.content.spans
        assert own.content.plain[mark.start : mark.end] == "한국어"
        assert [above.content.plain[s.start : s.end] for s in above.content.spans] == ["ab c", "ab"]
