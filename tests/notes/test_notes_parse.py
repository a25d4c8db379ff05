"""Whole notes: the real ones, broken ones, hostile ones."""

from __future__ import annotations

import gc
import subprocess
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warmstart.notes.blocks import Line
from warmstart.notes.display import for_display
from warmstart.notes.formats import CardOptions, find_cards
from warmstart.notes.model import CardKind, Note, Section
from warmstart.notes.parse import MAX_PROBLEMS, parse_note
from warmstart.notes.scan import scan
from warmstart.notes.source import decode

if TYPE_CHECKING:
    from collections.abc import Callable

NOTES = {
    # cards by kind, sections, links in the text
    "000": ({CardKind.FLASHCARD: 7, CardKind.QUESTION: 4, CardKind.TERM: 8}, 18, 10),
    "001": ({}, 39, 0),
    "002": ({}, 39, 0),
    "003": ({}, 0, 0),
    "004": ({}, 40, 0),
}


def note(text: str) -> Note:
    return parse_note(text, name="name")


class TestRealNotes:
    @pytest.mark.parametrize("number", NOTES)
    def test_cards_sections_links_and_no_problem(self, cases, number: str) -> None:
        (path,) = (cases / "notes").glob(f"{number}_*.txt")
        text = decode(path.read_bytes())
        read = parse_note(text, name=path.stem)
        cards, sections, links = NOTES[number]
        assert Counter(card.kind for card in read.cards) == cards
        assert (len(read.sections), len(read.links)) == (sections, links)
        assert read.problems == ()
        kinds = scan(text).kinds
        for card in read.cards:
            assert kinds[card.line - 1] not in (Line.FENCE, Line.CODE)

    def test_the_first_in_full(self, cases) -> None:
        (path,) = (cases / "notes").glob("000_*.txt")
        read = parse_note(decode(path.read_bytes()), name=path.stem)
        assert [len(read.front_matter.prerequisites), len(read.front_matter.related)] == [2, 3]
        assert read.title == read.front_matter.title
        assert read.front_matter.difficulty == "6"
        cards_only = {read.sections[card.section].line for card in read.cards[8:] if card.section}
        assert cards_only == {416, 432}
        assert not cards_only & {concept.line for concept in read.concepts}
        held = {concept.title: concept.cards for concept in read.concepts}
        assert held["DLQ"] == (7, 13)
        assert held["Fan-out"] == (4, 16)
        assert held[read.title] == tuple(range(8, 19))

    @pytest.mark.parametrize("number", NOTES)
    def test_line_ends_change_nothing(self, cases, number: str) -> None:
        (path,) = (cases / "notes").glob(f"{number}_*.txt")
        text = decode(path.read_bytes())
        assert note(text.replace("\n", "\r\n")) == note(text)
        assert note("\ufeff" + text.replace("\n", "\r")) == note(text)


class TestSections:
    def test_tree_lines_and_slugs(self) -> None:
        text = "# A *b*\n\n### C\ntext\n## D `e` [f](g.md)\nSetext\n---\n# A b\nend"
        assert note(text).sections == (
            Section("A b", 1, 1, 7, None, "a-b"),
            Section("C", 3, 3, 4, 0, "c"),
            Section("D e f", 2, 5, 5, 0, "d-e-f"),
            Section("Setext", 2, 6, 7, 0, "setext"),
            Section("A b", 1, 8, 9, None, "a-b-1"),
        )

    def test_slugs_of_other_scripts(self) -> None:
        slugs = [section.slug for section in note("# Что НЕ делать?\n# 큐와 토픽\n# ❌\n").sections]
        assert slugs == ["что-не-делать", "큐와-토픽", "section"]

    def test_only_headings_of_the_note_itself(self) -> None:
        """Not those in quotes, lists, code or cards."""
        text = "> # a\n\n- # b\n\n```\n# c\n```\n\nQ\n?\nA\n---\n\n# d"
        assert [section.title for section in note(text).sections] == ["d"]


class TestProblems:
    def test_in_the_order_of_lines(self) -> None:
        text = "---\nmastery: x\n---\n?\nA\n\n> [!question] Q\n\n```\ncode"
        assert [(p.line, p.hint is None) for p in note(text).problems] == [
            (2, True),
            (4, False),
            (7, False),
            (9, False),
        ]

    @pytest.mark.parametrize(
        "text",
        [
            "What? Really?\n\n- ?? maybe\n",
            "```\nQ\n?\n```\n",
            "> [!note] Only a note\n",
            "---\n\nA rule above and below.\n\n---\n",
            "| Why? | ? |\n|--|--|\n| ? | ? |\n",
            "[[nowhere]] [x](missing.md)",
        ],
    )
    def test_none_where_nothing_is_wrong(self, text: str) -> None:
        assert note(text).problems == ()

    def test_a_flood_is_counted(self) -> None:
        problems = note("?\n\n" * 500).problems
        assert len(problems) == MAX_PROBLEMS + 1
        assert problems[-1].message == "And 400 more problems from here on."


class TestOptions:
    def test_separators_are_the_readers(self) -> None:
        text = "Q\n&&\nA\n\nR\n?\nB"
        read = parse_note(text, name="n", options=CardOptions(multiline_card_separator="&&"))
        assert [card.front for card in read.cards] == ["Q"]


HOSTILE: list[Callable[[int], str]] = [
    lambda n: "?\n" * 20_000 * n,
    lambda n: "Q\n?\n" * 20_000 * n,
    lambda n: "Q\n?\nA\n\n" * 5_000 * n,
    lambda n: "[[" * 250_000 * n,
    lambda n: "[[a]]" * 10_000 * n,
    lambda n: "[a](" * 50_000 * n,
    lambda n: "a" * 250_000 * n,
    lambda n: "# " + "*a[[" * 50_000 * n,
    lambda n: "# a\n" * 10_000 * n,
    lambda n: "# cold start\n" * 500 * n + "# c\n" + "cold start?\n?\na\n\n" * 500 * n,
    lambda n: "a\n=\n" * 10_000 * n,
    lambda n: "a\n" * 50_000 * n + "=",
    lambda n: "> [!question] q\n> a\n\n" * 2_000 * n,
    lambda n: "> " * 30 + "[!faq]\n" + "> [!question] q\n> > [!faq] a\n" * 2_000 * n,
    lambda n: ">" * 100_000 * n,
    lambda n: (">" * 1_000 + "\n") * 100 * n,
    lambda n: "- " * 1_000 + "\n" + "\n" * 50_000 * n,
    lambda n: "\n".join("  " * depth + "- a" for depth in range(500)) * n,
    lambda n: "|" * 50_000 * n + "\n" + "|" * 50_000 * n,
    lambda n: "|a" * 5_000 * n + "\n" + "|-" * 5_000 * n + "\n" + "|\n" * 1_000 * n,
    lambda n: "| Term | Meaning |\n|--|--|\n" + "| **a | b |\n" * 2_000 * n,
    lambda n: "| Term | Meaning |\n|--|--|\n| " + "**a" * 20_000 * n + " | b |\n",
    lambda n: "<!-- " * 50_000 * n,
    lambda n: "Q\n?\n" + "`a`<!-- b -->" * 10_000 * n,
    lambda n: "Q\n?\nA" + " " * 50_000 * n + "^a b" * 10_000 * n,
    lambda n: "<a b='" * 50_000 * n,
    lambda n: "<a" + " b" * 50_000 * n,
    lambda n: "```\n" * 20_000 * n,
    lambda n: "~~~\n" + "```\n" * 50_000 * n,
    lambda n: "---\na: " + "[" * 20_000 * n + "\n---\n",
    lambda n: "---\na: b\n" + "c: d\n" * 50_000 * n,
    lambda n: "[a]: /b '" * 50_000 * n,
    lambda n: "\t" * 50_000 * n,
    lambda n: "\r" * 50_000 * n,
    lambda n: "==a" * 40_000 * n,
    lambda n: "a==b " * 10_000 * n,
    lambda n: " ==b" * 20_000 * n + "c==",
    lambda n: "x ==a== " * 20_000 * n,
    lambda n: ("x ==a== " * 40 + "\n\n") * 20 * n,
    lambda n: "- x ==a==\n" * 800 * n,
    lambda n: "==a" + ";;" * 50_000 * n + "==",
    lambda n: "::" * 50_000 * n,
    lambda n: "std::a " * 20_000 * n,
    lambda n: "q :: a\n" * 1_500 * n,
    lambda n: "q :: a " + "<!--SR:" * 20_000 * n,
    lambda n: "q :: a <!--SR:" + "!2024-01-01,1,2" * 2_000 * n + "-->",
    lambda n: "==$" + "$a " * 30_000 * n,
    lambda n: "::%%" + "%% " * 30_000 * n,
    lambda n: "%%\na==b==\n" * 3_000 * n,
    lambda n: "a <!-- \n==b==\n" * 5_000 * n,
    lambda n: "::https://" + "https://=" * 10_000 * n,
    lambda n: "q :: a " + "#flashcards/a " * 5_000 * n,
    lambda n: "# Quiz\n" + "1. a\n   b\n" * 1_500 * n,
    lambda n: "Q: a\nA: b\n" * 1_500 * n,
    lambda n: "Q: a\n" * 8_000 * n,
    lambda n: "**Q:** " + "a **A:** " * 10_000 * n,
    lambda n: "> [!faq] q\n" + "> - [ ] a\n" * 3_000 * n,
    lambda n: "> [!faq] q\n> a) b\n> b) c\n> > [!tip] x\n> > " + "a, " * 20_000 * n,
    lambda n: "- q\n  ?\n  a\n" * 1_500 * n,
]
"""Texts that grow with their argument, each meant to make something in here look twice."""

HOSTILE_IDS = [repr(make(1)[:14]) for make in HOSTILE]

ALPHABET = st.sampled_from(
    ["?", "\n", "\n\n", "#", " ", "```", ">", "[!faq]", "[[", "]]", "|", "-", "x", "ж", "한", "\t",
     "---\n", "a: b", "<!--", "-->", "^id", "`", "*", "1.", "\r", "Term", "Meaning", "\\",
     "==", "::", ":::", "??", "%%", "$", "Q: ", "A: ", "# Quiz\n", "- [x] ", "a) ", "1;;",
     "#flashcards/a", "<!--SR:!2024-08-16,51,230-->", "> [!sr|card-metadata]\n"]
)  # fmt: skip


class TestHostile:
    @settings(max_examples=300, deadline=None)
    @given(st.lists(ALPHABET, max_size=40).map("".join))
    def test_any_text_is_a_note(self, text: str) -> None:
        """Indices hold, lines lie in the note, and nothing is raised."""
        read = note(text)
        lines = max(1, len(scan(text).lines))
        for card in read.cards:
            assert card.front
            assert card.back
            assert 1 <= card.line <= card.last_line <= lines
            assert card.section is None or card.section < len(read.sections)
        passages = [card.passage for card in read.cards]
        assert sorted(passages) == passages
        assert set(passages) == set(range(len(set(passages))))
        for compat in (True, False):
            for found in find_cards(text, compat=compat):
                assert 0 <= found.first_line <= found.last_line
        assert {at for concept in read.concepts for at in concept.cards} == set(
            range(len(read.cards))
        )
        slugs = [concept.slug for concept in read.concepts]
        assert len(set(slugs)) == len(slugs)
        for at, concept in enumerate(read.concepts[1:], 1):
            assert concept.parent is not None
            assert concept.parent < at
        for_display(text)

    @pytest.mark.parametrize("make", HOSTILE, ids=HOSTILE_IDS)
    def test_time_is_linear(self, make: Callable[[int], str]) -> None:
        """Four times the text takes four times as long, not sixteen times."""
        one, four = _seconds(make(1)), _seconds(make(4))
        assert four < 8 * one + 0.1


def _seconds(text: str) -> float:
    gc.disable()  # a collection looks through all that the tests before this one left
    try:
        start = time.process_time()
        note(text)
        for_display(text)
        return time.process_time() - start
    finally:
        gc.enable()


class TestImports:
    def test_nothing_heavy_is_imported(self) -> None:
        """markdown-it and PyYAML load when a note needs them, not with the module."""
        code = (
            "import sys, warmstart.notes.parse; "
            "print([m for m in ('markdown_it', 'yaml', 'textual', 'sqlalchemy') if m in sys.modules])"
        )
        ran = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        assert ran.stdout.strip() == "[]"
