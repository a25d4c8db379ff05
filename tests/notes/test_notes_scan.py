"""The scanner, held against markdown-it: what it calls a heading, a fence and a table."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from warmstart.notes.blocks import Line
from warmstart.notes.scan import MAX_DEPTH, scan
from warmstart.notes.structure import Callout, Scan

REFERENCE = MarkdownIt("commonmark", {"maxNesting": 1000}).enable("table")

LINES = (
    """
text|a @ b|@ a @ b @|---@---|@---@---@|--@:-:|---|===|-|=|***|* * *|- - -|# h|## h2 ##|#no|####### x
#|```|```py|~~~|````|~~~~ x|``` a`b|`code`|> q|>|> # h|> ```|- i|- item|- |* star|+ plus|1. one
2. two|10) ten|- # h in item|- ```|- - - x|- > q|    code|  two|   three|\tcode|<div>|</div>|<b>
<!-- c -->|<!--|-->|<b> x|<pre>|</pre>|<?x|?>|<a href='x'>|text <!-- x -->|[a]: /url|[a]: /url 'title'
? |@|@ x|a \\@ b @ c|`a@b`|\\# x|> @ a @ b @|> @---@---@|  @---@---@|    ---|   ---|   # h|  - nested
    - deep|      ```|  ```|  > q|한국어|Термин @ Значение|# Заголовок|-\ttab|>\ttab|\t# tab
""".strip("\n")
    .replace("\n", "|")
    .split("|")
)
"""Lines that mean something to markdown, parted by bars; ``@`` stands for a bar inside one."""


@st.composite
def notes(draw: st.DrawFn) -> str:
    """A note made of such lines, some of them indented or in a quote or list.

    Left out is what markdown-it itself reads otherwise than CommonMark says: quotes in quotes whose
    paragraph goes on lazily over an indented line, and a list marker before a table's header row.
    """
    lines = []
    for drawn in draw(st.lists(st.sampled_from(["", *LINES]), min_size=1, max_size=8)):
        plain = drawn[:1] not in (">", " ", "\t")
        prefix = draw(st.sampled_from(["", "", "", "", "> ", "  "])) if plain else ""
        lines.append(prefix + drawn.replace("@", "|"))
    text = "\n".join(lines)
    return f"x\n{text}" if text.startswith("---") else text


def expected(text: str) -> dict[str, list[object]]:
    found: dict[str, list[object]] = {"headings": [], "fences": [], "tables": []}
    tokens = REFERENCE.parse(text)
    for i, token in enumerate(tokens):
        if token.map is None:
            continue
        if token.type == "heading_open":
            words = tokens[i + 1].content.split()
            found["headings"].append((int(token.tag[1]), words, token.map[0]))
        elif token.type == "fence":
            found["fences"].append((token.info.strip(), token.map[0]))
        elif token.type == "table_open":
            found["tables"].append((token.map[0], token.map[1] - 1))
    return found


def found_in(result: Scan) -> dict[str, list[object]]:
    return {
        "headings": [(h.level, h.text.split(), h.line) for h in result.headings],
        "fences": [(f.info, f.line) for f in result.fences],
        "tables": [(t.line, t.last_line) for t in result.tables],
    }


def kinds(text: str) -> list[int]:
    return [*scan(text).kinds]


class TestAgainstMarkdownIt:
    @settings(max_examples=500, deadline=None, derandomize=True)
    @given(notes())
    def test_same_headings_fences_and_tables(self, text: str) -> None:
        assert found_in(scan(text)) == expected(text)

    def test_the_real_notes(self, cases) -> None:
        """The five files, whole, without their front matter, which is not CommonMark."""
        paths = sorted((cases / "notes").glob("0*.txt"))
        assert paths
        for path in paths:
            text = path.read_text(encoding="utf-8")
            if text.startswith("---\n"):
                text = text.partition("\n---\n")[2]
            assert found_in(scan(text)) == expected(text), path.name

    @pytest.mark.parametrize(
        "text",
        [
            "a | b\n--|--\nrow\n\nafter",
            "| a |\n|---|\n# h ends it",
            "- item\n\n  ```\n  code\n\n  ```\n- next",
            "> ```\n> code\nout of the quote",
            "1. one\n   ~~~\n   x\n2. two",
            "para\n===\npara\n---",
            "-\n\n  not in the item",
            "* a\n\n      ```\n      in an item's code",
            "<div>\n# no heading\n\n# heading\n</div>",
            "<!--\n\n# no heading\n-->\n# heading",
            "[a]: /url\n===\n# h",
        ],
    )
    def test_known_turns(self, text: str) -> None:
        assert found_in(scan(text)) == expected(text)


class TestLines:
    def test_every_kind(self) -> None:
        text = "---\na: b\n---\n# h\ntext\n\n***\n```\n?\n```\n    code\n|a|\n|-|\n\n<!-- c -->\n<div>\n"
        assert kinds(text) == [
            *[Line.FRONT] * 3,
            *(Line.HEADING, Line.TEXT, Line.BLANK, Line.RULE),
            *[Line.FENCE] * 3,
            *(Line.CODE, Line.TABLE, Line.TABLE, Line.BLANK, Line.COMMENT, Line.HTML),
        ]

    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_line_ends_and_bom(self, end: str) -> None:
        """CRLF, lone CR and a BOM change no line's number, kind or text."""
        lines = ["# Заголовок", "", "```", "\tкод", "```", "본문 | x", "---|---", "", "text"]
        result = scan("\ufeff" + end.join(lines) + end)
        assert result.lines == lines
        assert result.kinds == scan("\n".join(lines)).kinds

    def test_only_line_ends_end_lines(self) -> None:
        """Form feeds and Unicode separators are characters, as they are to an editor."""
        assert scan("a\x0cb\u2028c\x85d").lines == ["a\x0cb\u2028c\x85d"]


class TestFrontMatter:
    def test_a_rule_on_the_first_line_is_none(self) -> None:
        assert scan("---\n\nText, and no fields.\n\n---\n").front is None

    def test_closed_by_dots(self) -> None:
        assert scan("---\na: b\n...\ntext").front == (0, 2)

    def test_empty(self) -> None:
        assert scan("---\n---\ntext").front == (0, 1)

    def test_never_closed(self) -> None:
        result = scan("---\ntitle: x\n\n# Heading\n")
        assert result.front is None
        assert result.unclosed_front
        assert [h.text for h in result.headings][-1] == "Heading"


class TestQuotes:
    def test_callout_in_a_list_in_a_quote(self) -> None:
        text = "> - x\n>   > [!faq|wide]+ Why **so**?\n>   > body\n>   >> deeper\n>\n> end"
        result = scan(text)
        outer, callout, deeper = result.quotes
        assert (outer.callout, outer.parent) == (None, None)
        assert callout.callout == Callout("faq", "+", "Why **so**?")
        assert (callout.line, callout.last_line, callout.parent) == (1, 3, 0)
        assert (deeper.line, deeper.parent) == (3, 1)
        assert result.inside(callout.path, 2, 3) == ["body", "> deeper"]

    def test_inside_keeps_tabs_of_code(self) -> None:
        result = scan("> [!note] x\n> ```\n> a\tb\n>\tcode\n> ```")
        assert result.inside(result.quotes[0].path, 1, 3) == ["```", "a\tb", "  code"]

    def test_an_empty_item_closes_alone(self) -> None:
        """Not with the quote around it, when the quote around the item ends on the same line."""
        (outer, _) = scan("> > -\n>\n> still the first quote").quotes
        assert (outer.line, outer.last_line) == (0, 2)

    def test_nesting_is_bounded(self) -> None:
        assert len(scan(">" * 10_000).quotes) == MAX_DEPTH
