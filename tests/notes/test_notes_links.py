"""Links to other notes, in every spelling, and inline code, which holds none."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from warmstart.notes.links import code_spans, without_code
from warmstart.notes.model import Link
from warmstart.notes.parse import parse_note


def links(text: str) -> tuple[Link, ...]:
    return parse_note(text, name="n").links


class TestWikilinks:
    @pytest.mark.parametrize(
        ("written", "expected"),
        [
            ("[[note]]", ("note", None, None)),
            ("[[folder/note.md]]", ("folder/note", None, None)),
            ("[[note|alias]]", ("note", None, "alias")),
            ("[[note#Heading one]]", ("note", "Heading one", None)),
            ("[[note#Heading|alias]]", ("note", "Heading", "alias")),
            ("[[note|alias#Heading]]", ("note", "Heading", "alias")),
            ("[[note#H|alias#x]]", ("note", "H", "alias#x")),
            ("[[note#^block-1]]", ("note", "^block-1", None)),
            ("[[#Heading]]", ("", "Heading", None)),
            (r"[[note\|alias]]", ("note", None, "alias")),
            ("[[csharp|C# guide]]", ("csharp", None, "C# guide")),
            ("[[csharp|C#]]", ("csharp", None, "C#")),
            ("[[ заметка | имя ]]", ("заметка", None, "имя")),
            ("[[노트#제목]]", ("노트", "제목", None)),
        ],
    )
    def test_every_order(self, written: str, expected: tuple[object, ...]) -> None:
        (link,) = links(f"\nsee {written} there")
        assert (link.target, link.heading, link.alias) == expected
        assert (link.line, link.embed) == (2, False)

    def test_embed(self) -> None:
        assert links("![[note]]") == (Link("note", None, None, 1, embed=True),)

    @pytest.mark.parametrize(
        "written", ["[[]]", "[[ ]]", "[[|x]]", "[[a\nb]]", "[a]", "[[a]", "![[pic.PNG]]"]
    )
    def test_what_is_none(self, written: str) -> None:
        assert links(written) == ()

    @pytest.mark.parametrize(
        "text",
        ["`[[a]]`", "``x ` [[a]]``", "```\n[[a]]\n```", "    [[a]]", "<!-- [[a]] -->",
         "---\nrelated: [[a]]\n---\n"],
    )  # fmt: skip
    def test_not_in_code_comments_or_front_matter(self, text: str) -> None:
        assert links(text) == ()

    def test_in_order_in_tables_and_quotes(self) -> None:
        text = "| [[a]] | [b](b.md) [[c]] |\n|--|--|\n\n> [[d]]\n"
        assert [link.target for link in links(text)] == ["a", "b", "c", "d"]


class TestMarkdownLinks:
    @pytest.mark.parametrize(
        ("written", "expected"),
        [
            ("[text](note.md)", ("note", None, "text")),
            ("[text](./folder/my%20note.md#The%20part)", ("folder/my note", "The part", "text")),
            ('[text](../note.markdown "title")', ("../note", None, "text")),
            ("[](note_(x).md)", ("note_(x)", None, None)),
        ],
    )
    def test_to_notes(self, written: str, expected: tuple[object, ...]) -> None:
        (link,) = links(written)
        assert (link.target, link.heading, link.alias) == expected

    @pytest.mark.parametrize(
        "written", ["[x](https://a.b/c.md)", "[x](#part)", "[x](pic.png)", "[x](mailto:a@b.md)"]
    )
    def test_to_anything_else(self, written: str) -> None:
        assert links(written) == ()


class TestCodeSpans:
    @given(st.text(alphabet="`` ab", max_size=30))
    def test_as_markdown_it_sees_them(self, text: str) -> None:
        tokens = MarkdownIt("commonmark").parseInline("x" + text + "x")[0].children or []
        expected = [token.content for token in tokens if token.type == "code_inline"]
        spans = code_spans("x" + text + "x")
        found = [("x" + text + "x")[start:end].strip("`") for start, end in spans]
        assert [re.sub(r"^ (.*[^ ].*) $", r"\1", words) for words in found] == expected

    def test_positions_stay(self) -> None:
        assert without_code("a `b` c") == "a     c"

    def test_runs_that_all_differ_take_linear_time(self) -> None:
        start = time.process_time()
        assert code_spans(" ".join("`" * n for n in range(1, 2_000))) == []
        assert time.process_time() - start < 2
