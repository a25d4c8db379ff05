"""Cards as a note gives them: fronts, backs, sections, block ids."""

from __future__ import annotations

import pytest

from warmstart.notes.glossary import is_glossary, without_emphasis
from warmstart.notes.model import CardKind, Note, NoteCard
from warmstart.notes.parse import parse_note


def note(text: str) -> Note:
    return parse_note(text, name="note")


def faces(text: str) -> list[tuple[str, str]]:
    return [(card.front, card.back) for card in note(text).cards]


class TestFlashcards:
    def test_whole_card(self) -> None:
        assert note("# A\n## B\nWhat **is** it?\n?\nThis.\n\n# C\n").cards == (
            NoteCard(CardKind.FLASHCARD, "What **is** it?", "This.", 3, 5, 1, None, 0),
        )

    def test_block_id_is_no_answer(self) -> None:
        (card,) = note("Q\n?\nA line ^my-id2\n").cards
        assert (card.back, card.block_id) == ("A line", "my-id2")

    def test_schedule_is_no_answer(self) -> None:
        assert faces("Q\n?\nA\n<!--SR:!2024-08-16,51,230-->") == [("Q", "A")]

    @pytest.mark.parametrize("card", ["Q :: A", "Q\n?\nA", "It is ==A== here."])
    def test_a_schedule_may_stand_below_an_empty_line(self, card: str) -> None:
        comment = "<!--SR:!2024-08-16,51,230-->"
        later = "<!--SR:!2025-08-16,99,230-->"
        for text in (f"{card}\n\n{comment}\n", f"{card}\n{comment}\n\n{later}\n"):
            (made,) = note(text).cards
            assert made.schedule is not None
            assert made.schedule.interval == 51
            assert "SR" not in made.back

    def test_a_heading_right_above_the_separator_asks(self) -> None:
        """It divides the note all the same; one with text below it only names a section."""
        read = note("# N\n## Why `x`? ##\n?\nBecause.\n\nMore of it.\n## B\nQ\n?\nA\n")
        assert [(c.front, c.back, c.line, c.last_line, c.section) for c in read.cards] == [
            ("Why `x`?", "Because.", 2, 4, 1),
            ("Q", "A", 8, 10, 2),
        ]
        assert [section.title for section in read.sections] == ["N", "Why x?", "B"]

    @pytest.mark.parametrize("text", ["Q\n?\n<!--SR:!2024-08-16,51,230-->", "Q\n?\n^id"])
    def test_an_answer_of_nothing_else_is_missing(self, text: str) -> None:
        read = note(text)
        assert not read.cards
        assert [p.message for p in read.problems] == ["The separator '?' has no answer below it."]

    def test_comment_in_code_is_code(self) -> None:
        assert faces("Q <!-- x -->\n?\n`<!-- a -->`\n```\n<!-- b -->\n```") == [
            ("Q", "`<!-- a -->`\n```\n<!-- b -->\n```")
        ]

    def test_answer_keeps_its_shape(self) -> None:
        """Spaces at line ends make line breaks; indentation makes code and lists."""
        assert faces("Q\n?\none  \ntwo\n- a\n    - b\n") == [("Q", "one  \ntwo\n- a\n    - b")]

    def test_common_indentation_goes(self) -> None:
        assert faces("- Q\n  ?\n  A\n    more") == [("Q", "A\n  more")]


class TestQuestionCallouts:
    @pytest.mark.parametrize("kind", ["question", "faq", "help", "QUESTION", "question|wide"])
    @pytest.mark.parametrize("fold", ["", "-", "+"])
    def test_types_and_folds(self, kind: str, fold: str) -> None:
        (card,) = note(f"text\n\n> [!{kind}]{fold} Why?\n> Because.\n> So.\n").cards
        assert card == NoteCard(CardKind.QUESTION, "Why?", "Because.\nSo.", 3, 5, None, None, 0)

    def test_other_callouts_are_text(self) -> None:
        assert not note("> [!note] Why?\n> Because.\n").cards

    def test_nested_answer_belongs_to_it(self) -> None:
        (face,) = faces("> [!question]- Why?\n>> [!success]- Answer\n>> Because.\n")
        assert face == ("Why?", "> [!success]- Answer\n> Because.")

    def test_nested_question_is_part_of_the_answer(self) -> None:
        assert len(faces("> [!question] Why?\n> > [!faq] Really?\n> > Yes.\n")) == 1

    def test_a_frame_around_questions_asks_nothing(self) -> None:
        frame = "> [!question]- Check\n>\n>> [!question] One?\n>> 1\n>\n>> [!question] Two?\n>> 2\n"
        assert faces(frame) == [("One?", "1"), ("Two?", "2")]
        assert len(faces(frame + ">\n> Text of its own.\n")) == 1

    def test_inside_another_callout(self) -> None:
        assert faces("> [!abstract] Check\n> > [!question] Why?\n> > Because.\n") == [
            ("Why?", "Because.")
        ]

    def test_question_in_the_body(self) -> None:
        assert faces("> [!question]\n> Why\n> so?\n>\n> Because.\n") == [("Why\nso?", "Because.")]

    def test_answer_with_code(self) -> None:
        (face,) = faces("> [!question] Why?\n> ```\n> a\n>\n> ?\n> ```\n")
        assert face == ("Why?", "```\na\n\n?\n```")

    def test_block_id_below(self) -> None:
        (card,) = note("> [!question] Why?\n> Because.\n\n^why-1\n").cards
        assert card.block_id == "why-1"

    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            ("\n> [!question] Why?\n\ntext", "The question callout has no answer."),
            ("\n> [!question]\n", "The question callout asks nothing."),
            ("\n> [!question]\n> Why?\n", "The question callout has no answer."),
        ],
    )
    def test_half_a_card_is_a_problem(self, text: str, sentence: str) -> None:
        read = note(text)
        assert not read.cards
        assert [(p.line, p.message) for p in read.problems] == [(2, sentence)]

    def test_in_an_answer_it_is_no_second_card(self) -> None:
        assert len(faces("Q\n?\nA\n> [!question] Why?\n> Because.\n")) == 1


class TestGlossary:
    @pytest.mark.parametrize(
        "header",
        [
            ["Term", "Meaning"],
            ["**Word**", "Definition:"],
            ["Термин", "Значение"],
            ["Понятие", "Определение"],
            ["용어", "의미"],
            ["개념", "설명"],
            ["Begriff", "Erklärung"],
            ["Término", "Definición"],
        ],
    )
    def test_headers_that_are(self, header: list[str]) -> None:
        assert is_glossary(header)

    @pytest.mark.parametrize(
        "header",
        [
            ["Характеристика", "Описание"],
            ["Преимущество", "Описание"],
            ["Сценарий", "Почему Serverless подходит"],
            ["Паттерн", "Описание"],
            ["메트릭", "알림 기준"],
            ["실수", "올바른 방법"],
            ["Term", "Meaning", "Example"],
            ["Term"],
            ["Meaning", "Term"],
            ["Term", "Значение"],
        ],
    )
    def test_headers_that_are_not(self, header: list[str]) -> None:
        assert not is_glossary(header)

    def test_a_card_for_each_row(self) -> None:
        text = "| Term | Meaning |\n|--|--|\n| **DLQ** | a `\\|` queue |\n| | x |\n| y |\n| z | w | v |"
        assert note(text).cards == (
            NoteCard(CardKind.TERM, "DLQ", "a `|` queue", 3, 3, None, None, 0),
            NoteCard(CardKind.TERM, "z", "w", 6, 6, None, None, 1),
        )

    def test_in_a_quote(self) -> None:
        assert faces("> | Term | Meaning |\n> |--|--|\n> | a | b |\n") == [("a", "b")]

    def test_in_an_answer_it_is_the_answer(self) -> None:
        assert len(faces("Q\n?\n| Term | Meaning |\n|--|--|\n| a | b |\n")) == 1

    @pytest.mark.parametrize(
        ("cell", "bare"),
        [("**a b**", "a b"), ("__a__", "a"), ("*a*", "a"), ("**DLQ** (queue)", "DLQ (queue)"),
         ("`a_b`", "`a_b`"), ("snake_case_name", "snake_case_name"), ("a * b", "a * b")],
    )  # fmt: skip
    def test_emphasis(self, cell: str, bare: str) -> None:
        assert without_emphasis(cell) == bare
