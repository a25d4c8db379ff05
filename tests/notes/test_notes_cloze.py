"""Clozes: what is one, and the cards a passage gives."""

from __future__ import annotations

import pytest

from warmstart.notes.card_options import BOLD, CURLY, HIGHLIGHTS, CardOptions
from warmstart.notes.cloze import MAX_CARDS, pattern_of
from warmstart.notes.formats import find_cards
from warmstart.notes.model import CardKind
from warmstart.notes.parse import parse_note


def faces(text: str, *patterns: str) -> list[tuple[str, str]]:
    options = CardOptions(cloze_patterns=patterns or (HIGHLIGHTS,))
    return [(card.front, card.back) for card in parse_note(text, name="n", options=options).cards]


class TestPassages:
    def test_one_card_for_each(self) -> None:
        assert faces("x ==a==, y ==b==.") == [
            ("x […], y b.", "x **a**, y b."),
            ("x a, y […].", "x a, y **b**."),
        ]

    def test_siblings_share_a_passage(self) -> None:
        cards = parse_note("x ==a== ==b==\n\ny ==c==", name="n").cards
        assert [(card.kind, card.passage) for card in cards] == [
            (CardKind.CLOZE, 0), (CardKind.CLOZE, 0), (CardKind.CLOZE, 1)
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("text", "lines"),
        [
            ("one\nline ==two==\nthree\n\nfour", [(0, 2)]),
            ("- a ==b==\n  more\n- c\n- d ==e==", [(0, 1), (3, 3)]),
            ("> [!tip] t ==a==\n> body ==y==\n\nz", [(1, 1)]),
            ("a ==b==\n<!--SR:!2024-08-16,51,230-->\nc", [(0, 1)]),
            ("a ==b==\nq :: a", [(0, 0), (1, 1)]),
            ("# h ==a==\nb ==c==\n```\n==d==\n```", [(1, 1)]),
        ],
    )
    def test_paragraph_or_list_item(self, text: str, lines: list[tuple[int, int]]) -> None:
        assert [(card.first_line, card.last_line) for card in find_cards(text)] == lines

    def test_a_section_with_a_cloze_is_still_a_concept(self) -> None:
        """Its paragraph is text that is read, not only a card."""
        read = parse_note("# N\n## S\nThe ==a== is b.\n", name="n")
        assert [concept.title for concept in read.concepts] == ["N", "S"]

    def test_marker_tag_and_block_id_are_no_text(self) -> None:
        assert faces("- #flashcards/x the ==a== b ^id") == [("the […] b", "the **a** b")]


class TestNotations:
    def test_numbers_go_together(self) -> None:
        assert faces("==1;;a== ==2;;b== ==1;;c==") == [
            ("[…] b […]", "**a** b **c**"),
            ("a […] c", "a **b** c"),
        ]

    def test_hints(self) -> None:
        assert faces("the ==a;;hint== b") == [("the [hint] b", "the **a** b")]
        assert faces("==hash;;hint== b") == [("[hint] b", "**hash** b")]
        assert faces("==1;;a;;hint== b") == [("[hint] b", "**a** b")]

    def test_sequences(self) -> None:
        assert faces("==ash;;a== ==sha;;b==") == [("[…] b", "**a** b"), ("… […]", "a **b**")]

    def test_several_patterns_in_the_order_of_their_schedules(self) -> None:
        """By pattern first, as the plugin writes them."""
        fronts = [front for front, _ in faces("**b** {{c}} ==d== e", HIGHLIGHTS, BOLD, CURLY)]
        assert fronts == ["b c […] e", "[…] c d e", "b […] d e"]

    def test_notations_of_others(self) -> None:
        assert faces("{{c1::Paris::city}} in {{c2::France}}", "{{c[123]::answer[::hint]}}") == [
            ("[city] in France", "**Paris** in France"),
            ("Paris in […]", "Paris in **France**"),
        ]
        footnotes = r"==answer==[^\[hint\]][\[^123\]]"
        assert faces("we ==a==^[h][^1] ==b==[^2]", footnotes) == [
            ("we [h] b", "we **a** b"),
            ("we a […]", "we a **b**"),
        ]

    @pytest.mark.parametrize(
        "written", ["", "==x==", "answer", "==answer", "answer==", "[1;;]answer=="]
    )
    def test_no_pattern(self, written: str) -> None:
        assert pattern_of(written) is None

    @pytest.mark.parametrize("text", ["==**a**== b", "**==a==** b"])
    def test_bold_stays_bold(self, text: str) -> None:
        assert faces(text)[0][1] == "**a** b"

    def test_gap_before_a_bracket_is_no_link(self) -> None:
        assert faces("see ==x==(note)")[0][0] == r"see […]\(note)"


class TestNoCloze:
    @pytest.mark.parametrize(
        "text",
        [
            "a == b and c == d",
            "if a==b and c==d",
            "f(a)==b or c==1",
            "a===b and c===d",
            "===x=== y",
            "use '==' and '==' here",
            "the operators ==, != and ==.",
            "code `a ==b== c`",
            "$a ==b== c$",
            "$$\na ==b== c\n$$",
            "%%\na ==b== c\n%%",
            "<!--\na ==b== c\n-->",
            "```\na ==b== c\n```",
            "see https://example.org/?a==b==c now",
            "# h ==a== b",
            "h ==a==\n---",
            "| ==a== | b |",
            "| ==a== | b |\n|---|---|\n| ==c== | d |",
            "==all of it==",
            "- ==all of it==.",
            r"\==a\== b",
            "a ==b\nc== d",
            "a ==" + "b" * 1_001 + "== c",
        ],
    )
    def test_none(self, text: str) -> None:
        assert faces(text) == []

    @pytest.mark.parametrize(
        "text", ["un==believ==able", "한국어==답==입니다", "(==a==) b", "==a==s b"]
    )
    def test_parts_of_words(self, text: str) -> None:
        assert len(faces(text)) == 1

    def test_other_patterns_are_off(self) -> None:
        assert faces("a **b** c {{d}}") == []


class TestLimits:
    def test_cards_of_one_passage(self) -> None:
        read = parse_note("x ==a== " * (MAX_CARDS + 1), name="n")
        assert len(read.cards) == MAX_CARDS
        assert "51 clozes" in read.problems[0].message

    def test_long_passage(self) -> None:
        read = parse_note("x ==a== " + "word " * 2_000, name="n")
        assert not read.cards
        assert "too long" in read.problems[0].message

    def test_clozes_of_one_note(self) -> None:
        read = parse_note(("x ==a== " * 50 + "w " * 4_000 + "\n\n") * 12, name="n")
        assert len(read.cards) < 12 * 50
        assert "too many clozes" in read.problems[0].message
