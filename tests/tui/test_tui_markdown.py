"""Markdown to blocks to lines: shapes kept, widths kept, nothing readable lost."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.style import Style

from warmstart.notes.display import for_display
from warmstart.tui import links
from warmstart.tui.markdown import math
from warmstart.tui.markdown.blocks import (
    _PROSE,
    Code,
    Document,
    Links,
    Table,
    Text,
    _Reader,
    parse,
    parse_blocks,
)
from warmstart.tui.markdown.lines import Line, lay_out

DIAGRAM = """┌──────────┐     ┌─────────┐
│ Клиент   │ ──▶ │ 콜드    │
└──────────┘     └─────────┘"""


def drawn(markdown: str, width: int = 40) -> list[str]:
    return [(line.margin + line.content).plain.rstrip() for line in lay_out(parse(markdown), width)]


class TestBlocks:
    def test_tight_list_with_a_nested_one(self) -> None:
        assert drawn("- one\n- two\n  1. three\n  2. four\n- five") == [
            "• one", "• two", "  1. three", "  2. four", "• five",
        ]  # fmt: skip

    def test_loose_list_has_blank_lines(self) -> None:
        assert drawn("3. one\n\n4. two") == ["3. one", "", "4. two"]

    def test_numbers_end_as_the_author_wrote_them(self) -> None:
        assert drawn("1) one 2) two") == ["1) one 2) two"]
        assert drawn("7) one\n8) two\n   1. three\n9) four") == [
            "7) one", "8) two", "   1. three", "9) four",
        ]  # fmt: skip
        assert drawn("0. one\n1. two") == ["0. one", "1. two"]

    def test_quote_keeps_its_bar_over_blank_lines(self) -> None:
        assert drawn("> one\n>\n> two") == ["▎ one", "▎", "▎ two"]

    def test_wrapped_item_hangs(self) -> None:
        assert drawn("- alpha beta gamma", 10) == ["• alpha", "  beta", "  gamma"]

    def test_wrapped_prose_flows_and_short_lines_stay(self) -> None:
        prose = "A line of prose that an editor wrapped because it was long\nand that goes on."
        assert drawn(prose, 100) == [prose.replace("\n", " ")]
        assert drawn("What?\n?\nfirst\nsecond") == ["What?", "?", "first", "second"]

    def test_html_stays_readable_and_comments_go(self) -> None:
        assert drawn("a<br>b <kbd>x</kbd><!-- hidden -->\n\n<div>shown</div>") == [
            "a", "b <kbd>x</kbd>", "", "<div>shown</div>",
        ]  # fmt: skip

    def test_tabs_in_code_become_spaces(self) -> None:
        (block,) = parse("```\n\tx\n```").blocks
        assert isinstance(block, Code)
        assert block.text == "    x"


class TestProse:
    """What needs no parser is read as the parser would."""

    @given(
        st.text("aZя한9 .,:;?!'\"()-–…%/@www", max_size=12)
        | st.lists(
            st.sampled_from(["www", "com", "http", "1", "a", ".", ":", "/", "@", " ", ") ", "- "])
        ).map("".join)
    )
    def test_it_is_the_same_paragraph(self, text: str) -> None:
        read = _Reader(iter(math.parser_for(text).parse(text)), Links())
        assert parse_blocks(text, Links()) == tuple(read.blocks())

    def test_a_question_needs_none_and_an_address_does(self) -> None:
        assert _PROSE.fullmatch("What is a queue, and why does it wait (1 s)?")
        for text in (
            "see example.com",
            "1) one",
            "a *b*",
            "x_y_z",
            "http://a.b",
            "me@a.b",
            "two\nlines",
        ):
            assert not _PROSE.fullmatch(text)


class TestCode:
    def test_diagram_keeps_its_shape_at_any_width(self) -> None:
        for width in (10, 30, 80):
            lines = lay_out(parse(f"```\n{DIAGRAM}\n```"), width)
            assert [line.content.plain.strip(" ") for line in lines[:3]] == DIAGRAM.split("\n")

    def test_wide_code_says_so_and_names_the_keys(self) -> None:
        *code, hint = lay_out(parse("```python\nx = '" + "y" * 60 + "'\n```"), 40)
        assert [line.width for line in code] == [68]
        assert hint.content.plain.strip() == "28 more columns  ← →"

    def test_one_column_is_one(self) -> None:
        assert drawn("```\n" + "y" * 39 + "\n```")[-1].strip() == "1 more column  ← →"

    def test_named_language_is_coloured_and_unnamed_is_not(self) -> None:
        named, unnamed = (
            lay_out(parse(f"```{name}\ndef f(): pass\n```"), 40)[0] for name in ("python", "")
        )
        assert "$temperature-6" in {span.style for span in named.content.spans}
        assert not unnamed.content.spans
        assert named.content.plain == unnamed.content.plain

    def test_unknown_language_is_plain(self) -> None:
        assert drawn("```mermaidx\ngraph TD\n```") == [" graph TD"]


class TestTables:
    MARKDOWN = (
        "| Term | 뜻 | n |\n|---|---|--:|\n| 콜드 스타트 | первый вызов | 7 |\n| DLQ | x | 12 |"
    )

    def test_columns_line_up_in_cells(self) -> None:
        assert drawn(self.MARKDOWN) == [
            "Term         뜻             n",
            "─" * 29,
            "콜드 스타트  первый вызов   7",
            "DLQ          x             12",
        ]

    def test_narrow_table_wraps_inside_its_cells(self) -> None:
        lines = lay_out(parse(self.MARKDOWN), 22)
        assert {line.content.cell_length for line in lines if line.content} == {22}
        assert not any(line.width for line in lines)

    def test_table_with_too_many_columns_scrolls(self) -> None:
        header = "|".join(f"column{n}" for n in range(9))
        lines = lay_out(parse(f"|{header}|\n{'|---' * 9}|\n|{header}|"), 40)
        assert all(line.width == 9 * 7 + 8 * 2 for line in lines[:-1])

    def test_short_rows_are_filled(self) -> None:
        (table,) = parse("|a|b|\n|-|-|\n|x|").blocks
        assert isinstance(table, Table)
        assert drawn("|a|b|\n|-|-|\n|x|") == ["a  b", "────", "x"]


class TestLinks:
    def test_links_are_numbered_and_clickable(self) -> None:
        document = parse(for_display("[[a#b|c]] and [d](https://e.org)"))
        assert document.links == ("note:a#b", "https://e.org")
        (block,) = document.blocks
        assert isinstance(block, Text)
        styles = [span.style for span in block.content.spans if isinstance(span.style, Style)]
        assert [style.meta for style in styles] == [
            {"@click": "follow(0)", "link": 0},
            {"@click": "follow(1)", "link": 1},
        ]

    def test_a_link_that_leads_nowhere_yet_is_marked(self) -> None:
        collected = Links(reachable=lambda href: href != "note:b")
        blocks = parse_blocks("[a](note:a) [b](note:b)", collected)
        (line,) = lay_out(Document(blocks, tuple(collected.hrefs)), 40)
        assert line.content.plain == "a b ◌"

    @pytest.mark.parametrize(
        ("href", "leads"),
        [
            ("note:a%20b#%D1%8F", links.NoteLink("a b", "я")),
            ("#here", links.NoteLink("", "here")),
            ("../dir/other.md#x", links.NoteLink("../dir/other", "x")),
            ("https://e.org/a.md", links.WebLink("https://e.org/a.md")),
            ("mailto:a@b.c", links.WebLink("mailto:a@b.c")),
            ("javascript:alert(1)", None),
            ("file:///etc/passwd", None),
        ],
    )
    def test_where_it_leads(self, href: str, leads: object) -> None:
        assert links.read(href) == leads


class TestAnyText:
    MARKDOWN = st.text(
        alphabet=st.sampled_from("ab я콜é#*_`|->[]()!\n\n  1.~\t<>:\\"), max_size=120
    )

    @settings(max_examples=150, deadline=None)
    @given(MARKDOWN, st.integers(min_value=4, max_value=60))
    def test_no_line_is_wider_than_the_screen_unless_it_scrolls(
        self, text: str, width: int
    ) -> None:
        for line in lay_out(parse(for_display(text)), width):
            assert fits(line, width), line

    @settings(max_examples=100, deadline=None)
    @given(
        st.lists(st.text(alphabet="abcяё콜드", min_size=1, max_size=30), min_size=1, max_size=12)
    )
    def test_wrapping_loses_nothing(self, words: list[str]) -> None:
        assert "".join("".join(drawn(" ".join(words), 12)).split()) == "".join(words)


def fits(line: Line, width: int) -> bool:
    # Below four cells of room, a deep margin pushes the text past the edge, where it is cut.
    margin = cell_len(line.margin.plain)
    return bool(line.width) or line.content.cell_length <= max(width - margin, 4)
