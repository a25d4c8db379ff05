"""A card's sides taken apart again: what its gaps hid, and what it offers to choose from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmstart.notes.answers import expected, gaps, is_typed
from warmstart.notes.choices import Option, multiple_choice, offer
from warmstart.notes.formats import CardOptions
from warmstart.notes.parse import parse_note

ALL = CardOptions(cloze_patterns=("==[123;;]answer[;;hint]==", "**[123;;]answer[;;hint]**"))
WORDS = st.text("ab к한.*`", min_size=1, max_size=12).map(str.strip).filter(bool)


class TestGaps:
    @pytest.mark.parametrize(
        ("text", "answers"),
        [
            ("Lambda scales by ==environments==, not ==threads;;kind==.", [("environments",), ("threads",)]),
            ("==1;;SQS== stores, ==2;;SNS== pushes, ==1;;SQS== waits.", [("SQS", "SQS"), ("SNS",)]),
            ("It is ==one two==", [("one two",)]),
            ("See [the docs](https://a.b) on ==retries==.", [("retries",)]),
            ("An [aside] and ==a gap== here", [("a gap",)]),
            ("A **whole;;part** of it", [("whole",)]),
            ("==콜드 스타트== 는 느리다", [("콜드 스타트",)]),
        ],
    )  # fmt: skip
    def test_what_was_hidden(self, text: str, answers: list[tuple[str, ...]]) -> None:
        cards = parse_note(text, name="n", options=ALL).cards
        assert [gaps(card.front, card.back) for card in cards] == answers

    def test_sides_that_do_not_fit(self) -> None:
        assert gaps("A […] here", "something else") is None
        assert gaps("no gap", "no gap") is None

    def test_other_cards_are_held_against_their_whole_answer(self) -> None:
        assert expected("flashcard", "Q […]?", "Where *messages* go.\n") == "Where messages go."
        assert expected("cloze", "A […] of it", "A **`part`** of it") == "part"
        assert expected("cloze", "A […]", "unlike **it**") == "unlike it"

    def test_which_answers_are_typed_unasked(self) -> None:
        assert is_typed("term", "DLQ", "where failed messages wait")
        assert is_typed("cloze", "a […]\n```\nx\n```", "a **b**\n```\nx\n```")
        for back in ("a\nb", "x" * 61, "| a | b |", "![](x.png)", "```\nx\n```"):
            assert not is_typed("flashcard", "Q", back)

    @given(st.lists(WORDS, min_size=1, max_size=5), st.text(max_size=40))
    def test_any_text_is_accepted_and_found_answers_stand_in_the_back(
        self, words: list[str], noise: str
    ) -> None:
        text = " ".join(f"{noise[:n]}=={word}==" for n, word in enumerate(words))
        for card in parse_note(text, name="n").cards:
            for answer in gaps(card.front, card.back) or ():
                assert answer in card.back


class TestOffer:
    def test_letters(self) -> None:
        text = "> [!question] Which?\n> Choose.\n> a) SQS\n> b) SNS\n> c) `x`\n>> [!success] Answer\n>> b) a topic"
        (card,) = parse_note(text, name="n").cards
        found = offer(card.front, card.back)
        assert found is not None
        assert found.question == "Which?\n\nChoose."
        assert found.options == (
            Option("a", "SQS", False), Option("b", "SNS", True), Option("c", "`x`", False),
        )  # fmt: skip
        assert "a topic" in found.explanation

    def test_tasks_with_several_right(self) -> None:
        text = "> [!question] Which?\n> - [x] SQS\n> - [ ] SNS\n> - [x] EventBridge"
        (card,) = parse_note(text, name="n").cards
        found = offer(card.front, card.back)
        assert found is not None
        assert [(o.label, o.correct) for o in found.options] == [
            ("", True),
            ("", False),
            ("", True),
        ]
        assert found.explanation == ""

    @pytest.mark.parametrize(
        ("front", "back"),
        [("Which?", "- a"), ("Which?\n- a\n- b", "c"), ("Which?\n- a\n- b", "- c"), ("- a", "- a")],
    )
    def test_none(self, front: str, back: str) -> None:
        assert offer(front, back) is None

    @given(st.lists(st.tuples(st.booleans(), WORDS), min_size=2, max_size=6), st.booleans())
    def test_what_was_put_together_comes_apart(
        self, tasks: list[tuple[bool, str]], more: bool
    ) -> None:
        body = [f"- [{'x' if right else ' '}] {text}" for right, text in tasks]
        found = multiple_choice([*body, "", "Because."] if more else body)
        if found is None:
            return
        apart = offer(f"Q?\n\n{found.options}", found.answer)
        assert apart is not None
        assert [o.text for o in apart.options] == [choice.text for choice in found.choices]
        rights = {choice.text for choice in found.choices if choice.correct}
        assert {o.text for o in apart.options if o.correct} == rights
        assert apart.explanation == ("Because." if more else "")
