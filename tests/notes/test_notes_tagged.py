"""Cards that a tag makes: blocks of Logseq, paragraphs, headings."""

from __future__ import annotations

from datetime import date

import pytest

from warmstart.notes.model import CardKind
from warmstart.notes.parse import parse_note


def faces(text: str) -> list[tuple[str, str]]:
    return [(card.front, card.back) for card in parse_note(text, name="n").cards]


class TestBlocks:
    @pytest.mark.parametrize(
        "asked",
        [
            "What holds it? #card",
            "What holds it? [[card]]",
            "What holds it? #[[card]]",
            "#card What holds it?",
            "## What holds it? #card",
        ],
    )
    def test_the_nested_answers(self, asked: str) -> None:
        assert faces(f"- {asked}\n\t- A queue\n\t\t- of messages\n- Text\n") == [
            ("What holds it?", "- A queue\n    - of messages")
        ]

    def test_other_tags_stay(self) -> None:
        assert faces("- Why? #card #aws [[sqs]]\n  - So.\n") == [("Why? #aws [[sqs]]", "- So.")]

    def test_properties_are_no_text_but_give_the_schedule(self) -> None:
        text = (
            "- Why? #card\n  id:: 1-2\n  card-last-interval:: 8.6\n  card-repeats:: 3\n"
            "  card-ease-factor:: 2.36\n  card-next-schedule:: 2024-08-19T12:13:10.260Z\n"
            "  and why not?\n\t- So.\n\t  collapsed:: true\n\t- ```\n\t  a:: b\n\t  ```\n"
        )
        (card,) = parse_note(text, name="n").cards
        assert (card.front, card.back) == (
            "Why?\nand why not?",
            "- So.\n- ```\n  a:: b\n  ```",
        )
        assert (card.kind, card.line, card.last_line) == (CardKind.QUESTION, 1, 12)
        assert card.schedule is not None
        assert (card.schedule.due, card.schedule.interval, card.schedule.ease) == (
            date(2024, 8, 19),
            9,
            236,
        )

    def test_clocked_times_are_no_answer(self) -> None:
        text = "- Why? #card\n  :LOGBOOK:\n  CLOCK: [2022]--[2023]\n  :END:\n\t- So.\n"
        assert faces(text) == [("Why?", "- So.")]

    def test_a_block_of_blocks_frames_them(self) -> None:
        text = "- Recall #card\n\t- A? #card\n\t\t- 1\n\t- B? #card\n\t\t- 2\n- C? #card\n\t- 3\n"
        assert faces(text) == [("A?", "- 1"), ("B?", "- 2"), ("C?", "- 3")]

    @pytest.mark.parametrize(
        "text",
        [
            "- Why? #card\n- So.\n",
            "- Why? #cards\n\t- So.\n",
            "- The #card is old.\n\t- So.\n",
            "- `Why? #card`\n\t- So.\n",
            "```\n- Why? #card\n\t- So.\n```\n",
            "- #card\n\t- So.\n",
        ],
    )
    def test_no_card(self, text: str) -> None:
        assert faces(text) == []


class TestElsewhere:
    @pytest.mark.parametrize("asks", ["Why?", "## Why?"])
    def test_the_lines_below_answer(self, asks: str) -> None:
        (card,) = parse_note(f"{asks} #card\nSo.\nOr so. ^id\n\nText\n", name="n").cards
        assert (card.front, card.back, card.block_id) == ("Why?", "So.\nOr so.", "id")

    def test_without_an_answer_it_is_text(self) -> None:
        assert faces("Why? #card\n\nText\n") == []

    def test_the_tag_is_no_part_of_other_cards(self) -> None:
        assert faces("SQS::a queue #card\n") == [("SQS", "a queue")]


class TestClozes:
    def test_of_logseq(self) -> None:
        assert faces("- A {{cloze DAG}} has none. #card\n\t- note\n") == [
            ("A […] has none.", "A **DAG** has none.")
        ]

    def test_a_block_that_is_all_cloze_asks_nothing(self) -> None:
        assert faces("- {{cloze A DAG has no cycle.}} #card #graphs\n") == []

    @pytest.mark.parametrize(
        "text", ["- Why? #card\n  - ==So== it is.", "**Q:** Why?\n**A:** ==So== it is."]
    )
    def test_a_highlight_in_an_answer_is_none(self, text: str) -> None:
        assert [front for front, _ in faces(text)] == ["Why?"]


def test_time_is_linear_in_the_text() -> None:
    """A chain of tagged blocks, each in the one before, is read once."""
    depth = 400
    chain = "".join(f"{'  ' * k}- Q{k} #card\n" for k in range(depth)) + "  " * depth + "- A\n"
    assert len(faces(chain + "- Q #card\n\t- A\n" * 2000)) == 2001
