"""Cards written as a question, a separator line and an answer."""

from __future__ import annotations

import json
import re

import pytest

from warmstart.notes.card_options import rules_of
from warmstart.notes.formats import CardOptions, FoundCard, find_cards
from warmstart.notes.passages import find_passages
from warmstart.notes.scan import scan


def spans(text: str, options: CardOptions | None = None) -> list[tuple[str, int, int]]:
    cards = find_cards(text, options or CardOptions())
    return [(card.text, card.first_line, card.last_line) for card in cards]


def lacking(text: str) -> list[tuple[int, str]]:
    _, strays = find_passages(scan(text), rules_of(CardOptions()))
    return [(stray.line, stray.lacks) for stray in strays]


class TestRecordedCases:
    def test_compat_gives_what_the_plugin_gives(self, cases) -> None:
        recorded = json.loads((cases / "conformance" / "cards.json").read_text(encoding="utf-8"))
        assert len(recorded) >= 51
        for case in recorded:
            expected = [(_snake(kind), *rest) for kind, *rest in case["expected"]]
            found = find_cards(case["text"], _options(case["options"]), compat=True)
            assert [_row(card) for card in found] == expected, case["text"]

    def test_where_the_plugin_is_right_a_reader_agrees(self, cases) -> None:
        """Two cases differ: a space at a line's end, and ``===``, which is no highlight."""
        recorded = json.loads((cases / "conformance" / "cards.json").read_text(encoding="utf-8"))
        differ = []
        for case in recorded:
            expected = [(_snake(kind), *rest) for kind, *rest in case["expected"]]
            found = find_cards(case["text"], _options(case["options"]))
            if [_row(card) for card in found] != expected:
                differ.append(case["text"])
        assert all("===" in text or "[!sr|card-metadata] " in text for text in differ)


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)([A-Z])", r"_\1", name).upper()


def _options(given: dict[str, object]) -> CardOptions:
    return CardOptions(**{_snake(name).lower(): value for name, value in given.items()})  # type: ignore[arg-type]


def _row(card: FoundCard) -> tuple[str, str, int, int]:
    return card.kind.name, card.text, card.first_line, card.last_line


class TestBlocks:
    def test_ends_at_an_empty_line(self) -> None:
        assert spans("Q1\nQ2\n?\nA1\nA2\n\nno answer") == [("Q1\nQ2\n?\nA1\nA2", 0, 4)]

    def test_two_in_a_row(self) -> None:
        assert [first for _, first, _ in spans("Q\n?\nA\n\nR\n?\nB\n")] == [0, 4]

    def test_answer_with_a_fence_that_holds_empty_lines(self) -> None:
        text = "Q\n?\n```py\na\n\n?\n\nb\n```\ntail\n\nafter"
        assert spans(text) == [("Q\n?\n```py\na\n\n?\n\nb\n```\ntail", 0, 9)]

    def test_question_with_a_fence(self) -> None:
        assert spans("What?\n```\na\n\nb\n```\n?\nA")[0][1:] == (0, 7)

    @pytest.mark.parametrize(
        "text",
        [
            "```\nQ\n?\nA\n```",
            "- x\n\n  ~~~\n  Q\n  ?\n  A\n  ~~~",
            "> ```\n> Q\n> ?\n> A\n> ```",
            "    Q\n    ?\n    A",
            "<!--\nQ\n?\nA\n-->",
            "<pre>\nQ\n?\nA\n</pre>",
            "|Q|\n|-|\n?\n|A|",
            "> [!note] Q\n> ?\n> A",
            "> [!note] Q\n?\nA",
            "---\ntitle: Q\n?\nA: b\n---\n",
        ],
    )
    def test_never_inside(self, text: str) -> None:
        """Code, comments, tables, callouts and front matter hold no separator."""
        assert find_passages(scan(text), rules_of(CardOptions())) == ([], [])

    @pytest.mark.parametrize("above", ["# Heading", "Heading\n===", "***", "| a |\n|---|\n# h"])
    def test_a_heading_or_rule_is_no_question(self, above: str) -> None:
        first = above.count("\n") + 1
        assert spans(f"{above}\nQ\n?\nA") == [("Q\n?\nA", first, first + 2)]

    def test_compat_takes_the_heading_along(self) -> None:
        """As the plugin does, which knows no headings."""
        cards = find_cards("# Heading\nQ\n?\nA\n# Next", compat=True)
        assert [card.text for card in cards] == ["# Heading\nQ\n?\nA\n# Next"]

    @pytest.mark.parametrize("below", ["# Heading", "---", "***"])
    def test_a_heading_or_rule_ends_the_answer(self, below: str) -> None:
        assert spans(f"Q\n?\nA\n{below}\n") == [("Q\n?\nA", 0, 2)]

    def test_in_a_list_item(self) -> None:
        assert spans("- Q\n  ?\n  A\n") == [("- Q\n  ?\n  A", 0, 2)]

    def test_answer_may_hold_a_table_or_a_callout(self) -> None:
        assert spans("Q\n?\n| a |\n|---|\n| b |\n")[0][2] == 4
        assert spans("Q\n?\n> [!tip] A\n> b\n")[0][2] == 3

    def test_comments_are_no_text_but_schedules_stay(self) -> None:
        text = "<!-- draft -->\nQ\n?\nA\n<!--SR:!2024-08-16,51,230-->\n"
        assert spans(text) == [("Q\n?\nA\n<!--SR:!2024-08-16,51,230-->", 1, 4)]

    def test_several_separators_at_once(self) -> None:
        found = spans("Q\n?\nA\n\nR\n&&\nB", CardOptions(multiline_card_separator=("?", "&&")))
        assert [first for _, first, _ in found] == [0, 4]

    def test_empty_separator_is_off(self) -> None:
        assert spans("Q\n\nA", CardOptions(multiline_card_separator=("",))) == []

    def test_end_marker(self) -> None:
        """With one, an empty line ends nothing; right below the text it is no underline."""
        text = "Q\n?\nA\n\nB\n---\n\nR\n?\nC"
        assert spans(text, CardOptions(multiline_card_end_marker="---")) == [
            ("Q\n?\nA\n\nB", 0, 4),
            ("R\n?\nC", 7, 9),
        ]


class TestStrays:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("text\n\n?\nA", [(2, "question")]),
            ("# h\n\n?\nA", [(2, "question")]),
            ("h\n---\n?\nA", [(2, "question")]),
            ("Q\n?\n\ntext", [(1, "answer")]),
            ("Q\n?", [(1, "answer")]),
            ("Q\n?\nA\nR\n?\nB\n\nS\n?\nC", [(4, "gap")]),
            ("What now?\nIs it? Yes.\n", []),
        ],
    )
    def test_separators_that_make_no_card(self, text: str, expected: list[object]) -> None:
        assert lacking(text) == expected
