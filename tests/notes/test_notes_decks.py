"""Decks by tags, schedules found in notes, and the plugin's settings."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from warmstart.errors import NoteError
from warmstart.notes.card_options import BOLD, CURLY, HIGHLIGHTS, CardOptions
from warmstart.notes.parse import parse_note
from warmstart.notes.plugin import options_from_plugin
from warmstart.notes.schedules import Schedule, is_readable, take_schedules


def cards(text: str, **options: str) -> list[tuple[str, str | None]]:
    read = parse_note(text, name="n", options=CardOptions(**options))
    return [(card.front, card.deck) for card in read.cards]


class TestDecks:
    def test_on_the_card(self) -> None:
        text = "#flashcards/aws/lambda Q :: A\nR :: B #flashcards/x #kept\n\n#Flashcards/y\nS\n?\nC"
        assert cards(text) == [("Q", "aws/lambda"), ("R", "x"), ("S", "y")]

    def test_a_tag_in_a_card_is_that_cards_alone(self) -> None:
        assert cards("#flashcards/a Q :: A\nR :: B") == [("Q", "a"), ("R", None)]

    def test_above_the_card_until_the_next(self) -> None:
        text = "Q :: A\n\n#flashcards/a\n\nR :: B\n\n## H #flashcards/b\n\nS :: C\n\n#flashcards\n\nT :: D"
        assert cards(text) == [("Q", None), ("R", "a"), ("S", "b"), ("T", None)]

    def test_front_matter(self) -> None:
        text = "---\ntags: [aws, flashcards/m]\n---\nQ :: A\n\n#flashcards/n\n\nR :: B"
        assert cards(text) == [("Q", "m"), ("R", "n")]

    def test_other_tags_stay(self) -> None:
        assert cards("#aws Q :: A") == [("#aws Q", None)]
        assert cards("#flashcardsx Q :: A") == [("#flashcardsx Q", None)]

    def test_tags_of_the_readers_own(self) -> None:
        assert cards("#math/sets Q :: A", flashcard_tags="#math") == [("Q", "math/sets")]

    def test_not_in_code(self) -> None:
        assert cards("`#flashcards/a` Q :: A\n```\n#flashcards/b\n```\nR :: B") == [
            ("`#flashcards/a` Q", None),
            ("R", None),
        ]


FSRS = "fsrs,2026-03-01T08:00:00.000Z,12,13.5,5.2,2,4,1,0,2026-02-17T08:00:00.000Z"
SM2 = Schedule(date(2024, 8, 16), 51, 230)


class TestSchedules:
    @pytest.mark.parametrize(
        ("comment", "schedules"),
        [
            ("<!--SR:!2024-08-16,51,230-->", (SM2,)),
            ("<!--SR:2024-08-16,51,230-->", (SM2,)),
            ("<!--SR:!16-08-2024,51,230-->", (SM2,)),
            ("<!--SR:!Fri Aug 16 2024,51,230-->", (SM2,)),
            ("<!--SR:!2000-01-01,1,250!2024-08-16,51,230-->", (None, SM2)),
            (
                f"<!--SR:!{FSRS}!2024-08-16,51,230!fsrs,-,0,0,0,0,0,0,0,- -->",
                (
                    Schedule(
                        date(2026, 3, 1), 12, None, 13.5, 5.2, datetime(2026, 2, 17, 8, tzinfo=UTC)
                    ),
                    SM2,
                    None,
                ),
            ),
        ],
    )
    def test_forms(self, comment: str, schedules: tuple[Schedule | None, ...]) -> None:
        assert take_schedules(f"A {comment}") == ("A", schedules)
        assert is_readable(comment)

    @pytest.mark.parametrize(
        "comment",
        ["<!--SR:-->", "<!--SR:!soon,1,2-->", "<!--SR:!2024-13-01,1,2-->", "<!--SR:!2024-08-16-->",
         "<!--SR:!fsrs,2026-03-01-->", "<!--SR:!2024-08-16,-5,230-->", "<!--SR:!2024-08-16,1e99,2-->"],
    )  # fmt: skip
    def test_what_cannot_be_read_is_a_problem(self, comment: str) -> None:
        read = parse_note(f"Q :: A\n{comment}", name="n")
        assert [(card.back, card.schedule) for card in read.cards] == [("A", None)]
        assert "cannot be read" in read.problems[0].message

    @pytest.mark.parametrize(
        "text",
        [
            "Q :: A\n{}",
            "Q :: A {}",
            "Q :: A {} ^id",
            "Q :: A ^id\n{}",
            "Q :: A\n> [!sr|card-metadata] \n> {}",
            "Q\n?\nA\n{}",
            "Q\n?\nA\n> [!sr|card-metadata]\n> {}\n",
            "Q\n?\nA ^id\n{}",
        ],
    )
    def test_places(self, text: str) -> None:
        (card,) = parse_note(text.format("<!--SR:!2024-08-16,51,230-->"), name="n").cards
        assert (card.front, card.back, card.schedule) == ("Q", "A", SM2)

    def test_siblings_in_order(self) -> None:
        both = "<!--SR:!2000-01-01,1,250!2024-08-16,51,230-->"
        for text in (f"Q ::: A {both}", f"Q\n??\nA\n{both}", f"x ==a== y ==b==\n{both}"):
            read = parse_note(text, name="n")
            assert [card.schedule for card in read.cards] == [None, SM2]

    def test_by_number(self) -> None:
        read = parse_note("x ==2;;a== <!--SR:!2000-01-01,1,250!2024-08-16,51,230-->", name="n")
        assert [card.schedule for card in read.cards] == [SM2]

    def test_in_code_it_is_code(self) -> None:
        (card,) = parse_note("Q\n?\n```\n<!--SR:!2024-08-16,51,230-->\n```", name="n").cards
        assert (card.schedule, "SR:" in card.back) == (None, True)


class TestPluginSettings:
    def test_what_is_given_and_what_is_not(self) -> None:
        data = '{"settings": {"singlelineCardSeparator": ";;", "multilineCardEndMarker": "---",'
        data += '"clozePatterns": ["%%answer%%"], "flashcardTags": ["#a", "#b"], "loadBalance": 1}}'
        assert options_from_plugin(data) == CardOptions(
            single_line_card_separator=";;",
            multiline_card_end_marker="---",
            cloze_patterns="%%answer%%",
            flashcard_tags=("#a", "#b"),
        )
        assert options_from_plugin("{}") == CardOptions(cloze_patterns=HIGHLIGHTS)

    def test_switches_of_older_versions(self) -> None:
        data = '{"settings": {"convertHighlightsToClozes": false, "convertBoldTextToClozes": true,'
        data += '"convertCurlyBracketsToClozes": true}}'
        assert options_from_plugin(data).cloze_patterns == (BOLD, CURLY)
        assert options_from_plugin('{"clozePatterns": null}').cloze_patterns == (HIGHLIGHTS,)

    @pytest.mark.parametrize(
        "data",
        ["", "[]", "{", '{"settings": 3}', '{"multilineCardSeparator": 5}', "[" * 100_000,
         '{"clozePatterns": ["x"]}', '{"clozePatterns": [1]}', '{"flashcardTags": {}}'],
    )  # fmt: skip
    def test_nonsense_gets_a_sentence(self, data: str) -> None:
        with pytest.raises(NoteError) as raised:
            options_from_plugin(data)
        assert raised.value.message.endswith(".")
