"""The tree of concepts, and which cards each of them holds."""

from __future__ import annotations

import pytest

from warmstart.notes.model import ConceptKind, Note
from warmstart.notes.names import Names
from warmstart.notes.parse import parse_note

KEY_CARDS = """
# Serverless

## Cold start: problem and cures
Text.

### Package size
Text.

## Words
| Term | Meaning |
|------|---------|
| **DLQ** | a queue |
| Fan-out | one to many |

## Key cards

What is a cold start?
?
A slow one.

What is a Dead Letter Queue (DLQ)?
?
A queue.

What is left?
?
Nothing.
"""


def note(text: str) -> Note:
    return parse_note(text, name="note")


def tree(read: Note) -> list[tuple[str, str | None, list[str]]]:
    """Each concept with the title of the one above it and the fronts of its cards."""
    return [
        (
            concept.title,
            None if concept.parent is None else read.concepts[concept.parent].title,
            [read.cards[at].front for at in concept.cards],
        )
        for concept in read.concepts
    ]


class TestTree:
    def test_sections_terms_and_key_cards(self) -> None:
        cold, dlq, rest = (
            "What is a cold start?",
            "What is a Dead Letter Queue (DLQ)?",
            "What is left?",
        )
        assert tree(note(KEY_CARDS)) == [
            ("Serverless", None, [cold, dlq, rest]),
            ("Cold start: problem and cures", "Serverless", [cold]),
            ("Package size", "Cold start: problem and cures", []),
            ("Words", "Serverless", []),
            ("DLQ", "Words", ["DLQ", dlq]),
            ("Fan-out", "Words", ["Fan-out"]),
        ]

    def test_kinds_lines_and_slugs(self) -> None:
        read = note(KEY_CARDS)
        assert [(c.kind, c.line, c.slug) for c in read.concepts] == [
            (ConceptKind.NOTE, 1, ""),
            (ConceptKind.SECTION, 4, "cold-start-problem-and-cures"),
            (ConceptKind.SECTION, 7, "package-size"),
            (ConceptKind.SECTION, 10, "words"),
            (ConceptKind.TERM, 13, "term:dlq"),
            (ConceptKind.TERM, 14, "term:fan-out"),
        ]

    def test_note_without_anything(self) -> None:
        assert tree(note("text")) == [("note", None, [])]

    def test_cards_above_the_first_heading(self) -> None:
        assert tree(note("Q\n?\nA\n\n# h\n## x")) == [("h", None, ["Q"]), ("x", "h", [])]

    def test_top_heading_that_is_another(self) -> None:
        read = note("---\ntitle: Title\n---\n# Heading\nText.\n\nQ\n?\nA")
        assert tree(read) == [("Title", None, []), ("Heading", "Title", ["Q"])]

    def test_second_top_heading_is_a_section(self) -> None:
        assert tree(note("# One\n# One\n")) == [("One", None, []), ("One", "One", [])]

    def test_card_in_prose_belongs_to_its_section(self) -> None:
        read = note("# n\n## Saga\nText.\n## Queue\nText.\n\nWhat is a saga?\n?\nA")
        assert tree(read)[1:] == [("Saga", "n", []), ("Queue", "n", ["What is a saga?"])]

    def test_section_with_subsections_only_counts(self) -> None:
        assert tree(note("# n\n## A\n### B\nText."))[1:] == [("A", "n", []), ("B", "A", [])]

    def test_cards_in_subsections_of_nothing_else(self) -> None:
        """A section whose subsections hold cards alone holds cards alone."""
        read = note("# n\n## Cards\n### Easy\nQ\n?\nA\n\n### Hard\nR\n?\nB\n")
        assert tree(read) == [("n", None, ["Q", "R"])]

    def test_rules_comments_and_ids_are_no_text(self) -> None:
        read = note("# n\nText.\n\nCheck\n-----\n<!-- x -->\nQ\n?\nA ^a\n\n^b\n\n---\n")
        assert tree(read) == [("n", None, ["Q"])]

    def test_card_section_below_a_section(self) -> None:
        """Its cards go to the note and to what they name, not to the section around it."""
        read = note("# n\n## Saga\nText.\n### Check\nWhy?\n?\nA\n\nWhy a saga?\n?\nB\n")
        assert tree(read) == [("n", None, ["Why?", "Why a saga?"]), ("Saga", "n", ["Why a saga?"])]

    def test_same_titles_get_slugs_of_their_own(self) -> None:
        read = note("# n\n## A\n## A\n## A-1\n")
        assert [c.slug for c in read.concepts] == ["", "a", "a-1", "a-1-1"]


def named(title: str, question: str) -> bool:
    names = Names()
    names.add(title, 7)
    return names.named_in(question) == {7}


class TestNames:
    @pytest.mark.parametrize(
        ("title", "question"),
        [
            ("DLQ", "Что такое Dead Letter Queue (DLQ)?"),
            ("Fan-out", "Что такое fan-out паттерн?"),
            ("Step Functions", "Чем Step Functions лучше цепочки?"),
            ("Cold Start: проблема и решения", "Как оптимизировать cold start Lambda?"),
            ("Cold start", "Why do cold starts hurt?"),
            ("Dead Letter Queue (DLQ)", "When does a DLQ fill?"),
            ("Dead Letter Queue (DLQ)", "What is a dead letter queue for?"),
            ("Холодный старт", "Почему возникают холодные старты?"),
            ("Очередь", "Для чего нужны очереди?"),
            ("Идемпотентность", "Как обеспечить идемпотентностью?"),
            ("콜드 스타트", "콜드 스타트는 왜 생기는가?"),
            ("DLQ", "DLQ는 무엇인가?"),
            ("멱등성", "멱등성을 어떻게 보장하나?"),
            ("큐와 토픽", "큐와 토픽의 차이는?"),
            ("Event-Driven Architecture", "What is event-driven architecture?"),
            ("C#", "Why is C# slow to start?"),
            ("S3", "What does S3 hold?"),
        ],
    )
    def test_named(self, title: str, question: str) -> None:
        assert named(title, question)

    @pytest.mark.parametrize(
        ("title", "question"),
        [
            ("DLQ", "What is a DLQX or an XDLQ?"),
            ("Event Source", "Что такое event sourcing?"),
            ("Паттерн: Async с SQS", "Что такое fan-out паттерн?"),
            ("Проблема", "В чём проблема холодного старта?"),
            ("Summary", "Give a summary of sagas."),
            ("C", "What is C?"),
            ("до", "Что было до этого?"),
            ("IF", "What if it fails?"),
            ("Start", "What is a startup?"),
            ("Saga", "Что такое сага?"),
            ("❌", "❌?"),
            ("Step Functions Definition", "Чем Step Functions лучше?"),
            ("a b c d e f g h i", "a b c d e f g h i?"),
        ],
    )
    def test_not_named(self, title: str, question: str) -> None:
        assert not named(title, question)

    def test_namesakes_are_bounded(self) -> None:
        names = Names()
        for concept in range(1_000):
            names.add("Cold start", concept)
        assert len(names.named_in("cold start?")) < 20
