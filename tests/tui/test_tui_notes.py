"""Notes: the tree, the text, and the links between them."""

from __future__ import annotations

import pytest
from textual.app import App

from warmstart.notes.slides import is_deck
from warmstart.tui.markdown.blocks import Document
from warmstart.tui.markdown.lines import lay_out
from warmstart.tui.screens.address import AddressScreen
from warmstart.tui.screens.slide_text import slide_blocks
from warmstart.tui.theme import DARK
from warmstart.tui.widgets.concept_tree import ConceptTree
from warmstart.tui.widgets.markdown_view import MarkdownView
from warmstart.usecases.import_notes import import_bundled, import_notes


class TestTree:
    async def test_notes_with_their_temperature(self, running):
        async with running() as driver:
            await driver.press("n")
            assert [line.split() for line in driver.lines[2:5]] == [
                ["Your", "notes"], ["▌", "▸", "▁", "0", "Queues", "1", "min"],
                ["▸", "·", "–", "Second"],
            ]  # fmt: skip

    async def test_its_keys_are_told(self, running):
        async with running() as driver:
            await driver.press("n")
            assert driver.lines[-1].split()[:2] == ["Enter", "open"]
            await driver.press("?")
            told = " ".join(driver.text.split())
            assert "→ unfolds" in told

    async def test_a_group_is_no_concept(self, running):
        async with running() as driver:
            await driver.press("n", "home", "g")
            assert "this line names a group" in driver.text

    async def test_a_title_that_is_cut_says_so(self, running, tmp_path):
        (tmp_path / "long.md").write_text(f"# {'Long ' * 30}\n\nText.\n")
        async with running(empty=True, size=(140, 40)) as driver:
            import_notes(driver.app.workspace, [tmp_path / "long.md"])
            await driver.press("n")
            title = next(line for line in driver.lines[1:] if "Long" in line)
            assert title[:50].rstrip(" ▕").endswith("…")

    async def test_unfold_and_open_a_section(self, running):
        async with running() as driver:
            await driver.press("n", "right", "right", "enter")
            assert driver.lines[0].startswith(" Notes · Queues")
            assert "Мёртвые письма  ▁" in driver.lines[0]
            assert driver.lines[2].strip() == "Мёртвые письма"
            await driver.press("q")
            assert driver.app.screen.query_one(ConceptTree).has_focus

    async def test_side_by_side_the_text_follows_the_cursor(self, running):
        async with running(size=(140, 40)) as driver:
            await driver.press("n", "down")
            assert "Introduction." in driver.text
            assert "Your notes" in driver.text


class TestManage:
    async def test_pause_and_resume(self, running):
        async with running() as driver:
            await driver.press("n", "m", "p")
            assert "Queues  paused" in driver.text
            assert "Paused until you resume it: “Queues”, 3 cards." in driver.text
            await driver.press("m", "з")  # the same key under a Russian layout
            assert "Resumed: “Queues”, 3 cards." in driver.text
            assert "paused" not in driver.text

    async def test_removing_asks_first_and_says_what_stays(self, running):
        async with running() as driver:
            await driver.press("n", "m", "d")
            assert "importing its file by name brings it back" in " ".join(driver.text.split())
            await driver.press("escape")
            assert "Queues" in driver.text
            await driver.press("enter", "m", "d", "enter")
            assert "Removed: “Queues”, 3 cards. What you learned is kept." in driver.text
            assert driver.lines[0].strip() == "Notes"
            assert not any(line.endswith(" Queues") for line in driver.lines)

    async def test_reset_asks_first(self, running, open_workspace):
        async with running() as driver:
            await driver.press("enter", "space", "4", "q", "n", "m", "r")
            assert "they no longer count" in " ".join(driver.text.split())
            await driver.press("enter")
            assert "Reset: “Queues”, 1 card new again." in driver.text
        with open_workspace().store.read() as tx:
            assert tx.cards.next_due() is None

    async def test_where_the_store_lies(self, running, home):
        async with running() as driver:
            await driver.press("n", "m", "i")
            assert "The store" in driver.text
            assert "Cards    3" in driver.text
            assert home.store.name in driver.text.replace("\n", "")

    async def test_the_course_goes_and_comes_back(self, running, tmp_path):
        (tmp_path / "bundled" / "content").mkdir(parents=True, exist_ok=True)
        async with running() as driver:
            (tmp_path / "bundled" / "content" / "one.md").write_text("# One\n\nWhat?\n?\nThis.\n")
            import_bundled(driver.app.workspace)
            await driver.press("n")
            assert "Bundled course" in driver.text
            await driver.press("m", "c", "enter")
            assert "Bundled course" not in driver.text
            await driver.press("m", "c")
            assert "The bundled course is back: 1 card." in driver.text
            assert "Bundled course" in driver.text


class TestText:
    async def test_what_is_known_about_the_note(self, running):
        async with running() as driver:
            await driver.press("n", "enter")
            text = driver.text
            assert "▁ mastery 0" in text
            assert "3 cards, 0 studied" in text
            assert "The note says: in progress, mastery 40." in text
            assert "Prerequisites  not-here ◌  (not imported yet)" in text
            assert "Related  Second" in text
            await driver.press("end")
            assert "콜드 스타트" in driver.text
            assert "new" in driver.text

    async def test_which_notes_link_here(self, running):
        async with running() as driver:
            await driver.press("n", "down", "enter")
            assert "Linked from  Queues" in driver.text
            await driver.press("tab", "enter")
            assert driver.lines[0].startswith(" Notes · Queues")

    async def test_links_by_key_and_back(self, running):
        """Tab marks the links in order: the prerequisite, the related note, the one in the text."""
        async with running() as driver:
            await driver.press("n", "enter", "tab", "enter")
            assert "“not-here” is not imported yet" in driver.text
            await driver.press("tab", "tab", "enter")
            assert driver.lines[0].startswith(" Notes · Second")
            assert driver.lines[2].strip() == "Where they go"
            await driver.press("backspace")
            assert driver.lines[0].startswith(" Notes · Queues")

    async def test_the_web_is_opened_only_if_asked(self, running, monkeypatch):
        opened: list[str] = []
        async with running() as driver:
            monkeypatch.setattr(driver.app, "open_url", opened.append)
            await driver.press("n", "enter")
            await driver.click("the docs")
            assert isinstance(driver.app.screen, AddressScreen)
            assert "https://example.org/queues" in driver.text
            assert not opened
            await driver.press("enter")
            assert opened == ["https://example.org/queues"]

    async def test_wide_lines_scroll_sideways_together(self, running):
        async with running() as driver:
            await driver.press("n", "right", "right", "enter")
            assert "more columns  ← →" in driver.text
            await driver.press(*["right"] * 12)
            line = next(line for line in driver.lines if "the end" in line)
            assert line.strip().startswith("‹")
            assert line.rstrip(" ▁▂▃▄▅▆▇█").endswith("the end")
            assert "›" not in driver.text
            assert "more column" not in driver.text
            await driver.press("left")
            assert "8 more columns  ← →" in driver.text


DECK = """ INTRO
handler = (event) => {
    say(`at ${now}`);
}
* not * a list

 BUILD UP
• one
 BUILD UP
• one
• two
""" + "".join(f"\f TITLE {n}\n• line\n" for n in "ABCDEF")


class TestSlides:
    def drawn(self) -> list[str]:
        document = Document(tuple(slide_blocks(DECK)), ())
        return [line.content.plain.rstrip() for line in lay_out(document, 40)]

    def test_lines_stand_as_they_are_below_their_title(self):
        assert is_deck(DECK)
        assert self.drawn()[:7] == [
            "INTRO", "", "handler = (event) => {", "    say(`at ${now}`);", "}", "* not * a list", "",
        ]  # fmt: skip

    def test_a_title_is_shown_once_over_the_steps_of_its_slide(self):
        assert self.drawn()[7:12] == ["BUILD UP", "", "• one", "• one", "• two"]

    async def test_a_note_that_is_a_deck_is_shown_so(self, running, tmp_path):
        path = tmp_path / "deck.md"
        path.write_text(DECK)
        async with running(empty=True) as driver:
            import_notes(driver.app.workspace, [path])
            await driver.press("n", "enter")
            assert "    say(`at ${now}`);" in driver.text


class TestView:
    HOSTILE = "\n\n".join(
        ("> " * 40 + "deep", "- " * 30 + "item", "한" * 100, "x" * 5000, f"|a|\n|-|\n|{'y' * 300}|")
    )

    @pytest.mark.parametrize("width", [12, 40])
    async def test_every_line_fills_the_width_whatever_it_holds(self, width):
        class Alone(App):
            def compose(self):
                yield MarkdownView(TestView.HOSTILE)

        async with Alone().run_test(size=(width, 10)) as pilot:
            view = pilot.app.query_one(MarkdownView)
            for _ in range(8):
                view.action_sideways(1)
            lines = [view.render_line(y) for y in range(view.size.height)]
            assert {line.cell_length for line in lines} == {view.size.width}
            assert sum(line.text.count("x") for line in lines) == 5000

    async def test_one_wide_block_scrolls_at_a_time(self):
        """The first that is seen goes to its end, then the next; back, the last comes first."""
        blocks = "\n\n".join(f"```\n{name}{'-' * 30}{name}\n```" for name in "ab")

        class Alone(App):
            def get_theme_variable_defaults(self):
                return DARK.variables

            def compose(self):
                yield MarkdownView(blocks)

        async with Alone().run_test(size=(24, 10)) as pilot:
            view = pilot.app.query_one(MarkdownView)

            def drawn() -> list[str]:
                lines = [view.render_line(y).text.strip() for y in range(view.size.height)]
                return [line for line in lines if line]

            async def press(*keys: str) -> list[str]:
                await pilot.press(*keys)
                return drawn()

            view.focus()
            cut, end = "-" * 21 + "›", "‹" + "-" * 21
            hint = "10 more columns  ← →"
            assert drawn() == [f"a{cut}", hint, f"b{cut}", hint]
            assert await press("right", "right") == [f"{end}a", f"b{cut}", hint]
            assert await press("right", "right") == [f"{end}a", f"{end}b"]
            assert (await press("left"))[2:] == ["8 more columns  ← →"]
            assert await press("left", "left") == [
                "‹" + "-" * 22 + "›", "8 more columns  ← →", f"b{cut}", hint,
            ]  # fmt: skip
