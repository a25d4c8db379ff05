"""Multiple choice, question lists, and the plugin's own reading of a note."""

from __future__ import annotations

import pytest

from warmstart.notes.formats import CardOptions, find_cards
from warmstart.notes.model import CardKind, Choice, NoteCard
from warmstart.notes.parse import parse_note


def only(text: str) -> NoteCard:
    (card,) = parse_note(text, name="n").cards
    return card


def faces(text: str) -> list[tuple[str, str]]:
    return [(card.front, card.back) for card in parse_note(text, name="n").cards]


class TestMultipleChoice:
    def test_checked_tasks(self) -> None:
        card = only("> [!question] Which?\n> Pick:\n> - [ ] a\n> - [x] b\n>\n> Since c.\n")
        assert card.choices == (Choice("a", correct=False), Choice("b", correct=True))
        assert (card.front, card.back) == ("Which?\n\nPick:\n\n- a\n- b", "- b\n\nSince c.")

    @pytest.mark.parametrize(
        ("answer", "right"),
        [
            ("b", "b"), ("b) because", "b"), ("**B**", "b"), ("Answer: a, c", "ac"),
            ("The correct answers are: a and c", "ac"), ("**Answer:** b — since", "b"),
            ("SNS", "b"), ("Answer: SNS.", "b"),
        ],
    )  # fmt: skip
    def test_letters(self, answer: str, right: str) -> None:
        text = f"> [!question]- Which?\n> a) SQS\n> b) SNS\n> c) S3\n>> [!success]- Answer\n>> {answer}"
        assert "".join("abc"[k] for k, c in enumerate(only(text).choices) if c.correct) == right
        assert only(text).front == "Which?\n\n- a) SQS\n- b) SNS\n- c) S3"

    def test_letters_of_cyrillic(self) -> None:
        card = only("> [!question] Что?\n> а) раз\n> б) два\n>> [!success]- Ответ\n>> Ответ: б")
        assert [choice.correct for choice in card.choices] == [False, True]

    @pytest.mark.parametrize(
        "body",
        [
            "> a) x\n> b) y\n>> [!success]- Answer\n>> A queue is one.",
            "> a) x\n> b) y\n>> [!success]- Answer\n>> d",
            "> a) x\n> c) y\n>> [!success]- Answer\n>> a",
            "> - [ ] x\n> - [ ] y",
            "> - [x] x",
        ],
    )
    def test_where_nothing_tells_it_is_a_plain_question(self, body: str) -> None:
        card = only(f"> [!question] Which?\n{body}")
        assert (card.front, card.choices) == ("Which?", ())


class TestLists:
    def test_items_with_an_answer_below(self) -> None:
        text = "## Questions\n\n1. Why?\n   So.\n2. No answer\n3. And?\n\n   - a\n   - b\n\ntext\n"
        assert faces(text) == [("Why?", "So."), ("And?", "- a\n- b")]
        card = parse_note(text, name="n").cards[0]
        assert (card.kind, card.line, card.last_line) == (CardKind.QUESTION, 3, 4)

    @pytest.mark.parametrize(
        "heading", ["Check yourself!", "4. Вопросы", "Проверь себя", "질문 ❓"]
    )
    def test_headings(self, heading: str) -> None:
        assert faces(f"# {heading}\n1) Q\n   A") == [("Q", "A")]

    @pytest.mark.parametrize(
        "heading", ["Open questions for the team", "Steps", "Questions we ask"]
    )
    def test_other_headings(self, heading: str) -> None:
        assert faces(f"# {heading}\n1. Q\n   A") == []

    @pytest.mark.parametrize("says", ["*Ответ:* ", "**Ответ**: ", "Answer: ", ""])
    def test_what_announces_the_answer_is_no_part_of_it(self, says: str) -> None:
        text = f"## Questions\n\n1. **Why?**  \n   {says}So.\n   Answer: or so.\n"
        assert [(c.front, c.back) for c in parse_note(text, name="n").cards] == [
            ("**Why?**", "So.\nAnswer: or so.")
        ]

    def test_only_to_the_next_heading(self) -> None:
        assert faces("# Quiz\n## Steps\n1. Q\n   A") == []

    def test_code_in_an_answer(self) -> None:
        text = "# Quiz\n1. Q\n\n   ```\n   a\n\n   b\n   ```\n2. R\n   B"
        assert faces(text) == [("Q", "```\na\n\nb\n```"), ("R", "B")]


class TestPairs:
    @pytest.mark.parametrize(
        "text",
        ["**Q:** a\n**A:** b", "Q: a\nA: b", "**Q: a**\n\nA: b", "- **Q1:** a\n- **A1:** b",
         "**Q:** a **A:** b", "Вопрос: a\nОтвет: b", "질문: a\n답: b", "__Q__: a\n__A__: b",
         "**Question:** a\n**Answer:** b\n\nc"],
    )  # fmt: skip
    def test_forms(self, text: str) -> None:
        assert faces(text) == [("a", "b")]

    @pytest.mark.parametrize(
        "text",
        ["Q: a\n\n\nA: b\n\nc"[:4], "Q: a\nОтвет: b", "A: b", "Q: a\n# h\nA: b", "Quote: a\nA: b",
         "```\nQ: a\nA: b\n```", "Q: a\n\ntext\n\nA: b"],
    )  # fmt: skip
    def test_no_pair(self, text: str) -> None:
        assert faces(text) == []

    def test_several(self) -> None:
        assert faces("Q: a\nmore\nA: b\nmore\nQ: c\nA: d") == [("a\nmore", "b\nmore"), ("c", "d")]


class TestCompat:
    """What the plugin makes of a note, errors included; its parser is the source."""

    @pytest.mark.parametrize(
        ("text", "rows"),
        [
            ("<!-- a\nb -->\nc :: d", []),
            ("<!-- a -->\nc :: d\ne :: f", [("e :: f", 2, 2)]),
            ("std::vector", [("std::vector", 0, 0)]),
            ("| a :: b |", [("| a :: b |", 0, 0)]),
            ("a == b == c", [("a == b == c", 0, 0)]),
            ("Q\n?\na :: b\n", [("a :: b", 2, 2)]),
            ("?\nA", []),
            ("Q\n?", [("Q\n?", 0, 1)]),
            ("a :: b\nQ\n?\nA", [("a :: b", 0, 0), ("Q\n?\nA", 0, 3)]),
            ("Q\n?\n~~~\n\na\n~~~\nb  \n\nc", [("Q\n?\n~~~\n\na\n~~~\nb", 0, 6)]),
            ("a\r\n?\r\nb\r\n", [("a\n?\nb", 0, 2)]),
        ],
    )
    def test_rows(self, text: str, rows: list[tuple[str, int, int]]) -> None:
        found = find_cards(text, compat=True)
        assert [(card.text, card.first_line, card.last_line) for card in found] == rows

    def test_several_separators_at_once(self) -> None:
        options = CardOptions(multiline_card_separator=("?", "؟"))
        assert len(find_cards("Q\n؟\nA\n\nR\n?\nB", options, compat=True)) == 2
