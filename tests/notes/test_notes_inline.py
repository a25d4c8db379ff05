"""Cards on one line, and the colons that are none."""

from __future__ import annotations

import pytest

from warmstart.notes.formats import CardOptions, FoundKind, find_cards
from warmstart.notes.parse import parse_note


def faces(text: str) -> list[tuple[str, str]]:
    return [(card.front, card.back) for card in parse_note(text, name="n").cards]


class TestCards:
    @pytest.mark.parametrize(
        ("line", "face"),
        [
            ("Q :: A", ("Q", "A")),
            ("Question::Answer", ("Question", "Answer")),
            ("Q2:: A2", ("Q2", "A2")),
            ("Capital of France::Paris", ("Capital of France", "Paris")),
            ("DLQ::dead letter queue", ("DLQ", "dead letter queue")),
            ("Что это?::То", ("Что это?", "То")),
            ("- Q :: A", ("Q", "A")),
            ("1. [x] Q :: A", ("1. [x] Q"[7:], "A")),
            ("> Q :: A", ("Q", "A")),
            ("`a::b` :: a path", ("`a::b`", "a path")),
            ("std::vector :: a growing array", ("std::vector", "a growing array")),
            ("Q :: A <!-- c --> %%d%%", ("Q", "A")),
            ("Q :: $a::b$", ("Q", "$a::b$")),
        ],
    )
    def test_sides(self, line: str, face: tuple[str, str]) -> None:
        assert faces(line) == [face]

    @pytest.mark.parametrize(
        "line",
        [
            "Use std::vector for arrays.",
            "New modules: core::{future, iter}",
            "Read [rating:: 9] and (pages:: 300) here.",
            "TARGET DECK: Cloud::Part I",
            "FILE TAGS: #cloud::#queues",
            ".. note:: this is no markdown",
            "A slice like a[::-1] or a[2::]",
            "std::cout << x;",
            "AWS::Lambda::Function",
            "Type: AWS::Region",
            "HashMap::new makes one",
            "my_mod::call is slow",
            "path::to(x)",
            "see https://example.org/a::b",
            "fe80::1 is local",
            "2001:db8::1",
            "tags:: a, b",
            "status:: done",
            "::: warning",
            "::before",
            "Q ::",
            "a :::: b",
            "`a::b`",
            "[[a::b]]",
            "$a :: b$",
            "<!-- a :: b -->",
            "%% a :: b %%",
            "# a :: b",
            "| a :: b | c |",
            "    a :: b",
            ":smile::wave:",
        ],
    )
    def test_no_card(self, line: str) -> None:
        assert find_cards(line) == []

    @pytest.mark.parametrize(
        "block",
        [
            "- A block of Logseq's\n  lecturer:: somebody\n  collapsed:: true",
            "card-repeats:: 4\nlast-seen:: never",
            "Type:: book\nPages:: 611\nStarted:: January\nAuthor:: somebody",
            "seen:: [[a]]\nprev::[[b]]\nnext::[[c]]",
        ],
    )
    def test_fields_next_to_fields(self, block: str) -> None:
        assert faces(block) == []

    def test_fields_are_no_part_of_a_passage(self) -> None:
        text = "- SQS ==stores== messages\n  collapsed:: true\n- SNS ==pushes== them\n"
        assert faces(text) == [
            ("SQS […] messages", "SQS **stores** messages"),
            ("SNS […] them", "SNS **pushes** them"),
        ]

    def test_cards_below_one_another_are_no_fields(self) -> None:
        text = "SQS:: a queue\nSNS:: a topic\nsource:: where events begin\n"
        assert faces(text) == [("SQS", "a queue"), ("SNS", "a topic")]

    def test_own_separator_is_taken_at_its_word(self) -> None:
        options = CardOptions(single_line_card_separator=(">>", "=>"))
        assert len(find_cards("a>>b\nc=>d\ne::f", options)) == 2

    def test_both_directions_are_siblings(self) -> None:
        one, other = parse_note("R :: S\nQ ::: A ^id", name="n").cards[1:]
        assert (one.front, one.back) == (other.back, other.front) == ("Q", "A")
        assert (one.passage, other.passage, one.block_id, other.block_id) == (1, 1, "id", "id")

    def test_a_card_above_is_no_part_of_a_question(self) -> None:
        assert faces("a :: b\nQ\n?\nA") == [("a", "b"), ("Q", "A")]

    def test_in_an_answer_it_is_the_answer(self) -> None:
        assert faces("Q\n?\na :: b") == [("Q", "a :: b")]

    def test_lines_and_kinds(self) -> None:
        found = find_cards("text\na :: b\n<!--SR:!2024-08-16,51,230-->\nc ::: d")
        assert [(f.kind, f.first_line, f.last_line) for f in found] == [
            (FoundKind.SINGLE_LINE_BASIC, 1, 2),
            (FoundKind.SINGLE_LINE_REVERSED, 3, 3),
        ]

    def test_list_items_with_blocks(self) -> None:
        """Question and answer end with their items."""
        assert faces("- Q\n  ?\n  A\n- R\n  ??\n  B\n") == [("Q", "A"), ("R", "B"), ("B", "R")]
        assert faces("Lead:\n- a\n- b\n?\nc") == [("Lead:\n- a\n- b", "c")]
