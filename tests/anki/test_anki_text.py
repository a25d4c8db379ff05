"""Text files: Anki's rules, and a round trip of our own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.anki.conftest import AT, out
from warmstart.anki.compose import OutCard, compose
from warmstart.anki.decks import decks_of
from warmstart.anki.text import is_anki_text, read_text, write_text
from warmstart.errors import InputError


def cards(text: str) -> list[tuple[str, str]]:
    return [(c.front, c.back) for d in decks_of(read_text(text, name="deck")) for c in d.note.cards]


class TestRead:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("a,b\nc,d\n", [("a", "b"), ("c", "d")]),
            ("a;b, c\n", [("a", "b, c")]),
            ("a\tb; c\r\nd\te\r\n", [("a", "b; c"), ("d", "e")]),
            ("What is it: this?,That\n", [("What is it: this?", "That")]),
            ('"a\nb","c ""q"", d"\n', [("a  \nb", 'c "q", d')]),
            ("# a remark\na,b\n\n# another\nc,d\n", [("a", "b"), ("c", "d")]),
            ("\ufeffa,b\n", [("a", "b")]),
            ("#separator:Pipe\na,b|c\n", [("a,b", "c")]),
            ("#separator:tab\na,b\tc\n", [("a,b", "c")]),
            ("#separator:;\na;b,c\n", [("a", "b,c")]),
            ("a,<b>b</b>\n", [("a", "**b**")]),
            ("#html:false\na,<b>b</b>\n", [("a", r"\<b>b\</b>")]),
            ("1 < 2,a & b > c\n", [("1 < 2", "a & b > c")]),
            ("a,b,c\n", [("a", "b\n\nc")]),
            ("Front,Back\na,b\n", [("a", "b")]),
            ("#notetype:Basic (and reversed card)\na,b\n", [("a", "b"), ("b", "a")]),
            ("{{c1::a}} b {{c3::c}},d\n", [("[…] b c", "**a** b c\n\nd"), ("a b […]", "a b **c**\n\nd")]),
            ("#notetype:Basic\n{{c1::a}},d\n", [("{{c1::a}}", "d")]),
        ],
    )  # fmt: skip
    def test_cards(self, text: str, expected: list[tuple[str, str]]) -> None:
        assert cards(text) == expected

    def test_columns(self) -> None:
        text = (
            "#separator:Tab\n#tags:all\n#guid column:1\n#notetype column:2\n#deck column:3\n"
            "#tags column:6\nabc\tBasic\tA::B\tfront\tback\tone two\n\tBasic\t\tf\tb\t\n"
        )
        one, two = decks_of(read_text(text, name="deck"))
        assert (one.name, two.name) == ("A::B", "deck")
        assert one.note.cards[0].block_id == "abc/0"
        assert one.note.front_matter.tags == ("all", "one", "two")
        assert two.note.front_matter.tags == ("all",)

    def test_without_a_guid_the_first_field_tells_notes_apart(self) -> None:
        before, after = (decks_of(read_text(t, name="d"))[0] for t in ("a,b\n", "x,y\na,c\n"))
        assert before.note.cards[0].block_id == after.note.cards[1].block_id
        assert before.note.cards[0].block_id != after.note.cards[0].block_id

    def test_a_table_from_a_spreadsheet(self) -> None:
        (deck,) = decks_of(read_text("Question;Answer;Tags\na;b;x y\n", name="d"))
        assert [(c.front, c.back) for c in deck.note.cards] == [("a", "b")]
        assert deck.note.front_matter.tags == ("x", "y")

    def test_a_row_without_an_answer_is_a_problem(self) -> None:
        (deck,) = decks_of(read_text("a,b\nlonely\n", name="d"))
        assert len(deck.note.cards) == 1
        assert deck.note.problems[0].message == "A card has no answer. Its note begins “lonely”."

    def test_a_field_too_long(self) -> None:
        with pytest.raises(InputError) as caught:
            read_text("#separator:Comma\na,b\nc," + "x" * 200_000, name="d")
        assert caught.value.line == 3

    @given(st.text(st.sampled_from('ab,;\t|:"\n\r#<>{}c1\0'), max_size=40))
    def test_any_text(self, text: str) -> None:
        for front, back in cards(text):
            assert front
            assert back


class TestIsAnkiText:
    @pytest.mark.parametrize("text", ["#separator:Tab\n", "\ufeff#html:true\na\tb", "#tags:x"])
    def test_yes(self, text: str) -> None:
        assert is_anki_text(text)

    @pytest.mark.parametrize("text", ["", "# Title\n", "#tag: x\n", "a\tb", "#Separator-like\n"])
    def test_a_note_is_none(self, text: str) -> None:
        assert not is_anki_text(text)


class TestWrite:
    def test_is_read_again(self, cards: list[OutCard]) -> None:
        text = write_text(compose(cards, AT))
        assert is_anki_text(text)
        decks = decks_of(read_text(text, name="x"))
        assert [(d.name, len(d.note.cards)) for d in decks] == [("Work::AWS", 4), ("Другие", 2)]
        back = {(c.front, c.back) for deck in decks for c in deck.note.cards}
        assert back == {(card.front, card.back) for card in cards}
        assert decks[0].note.front_matter.tags == ("aws", "x::y")

    def test_its_lines(self) -> None:
        text = write_text(compose([out(1, 'a "b", c', "d", tags=("x", "y"))], AT))
        head, row = text.rstrip("\n").rsplit("\n", 1)
        assert head.split("\n") == [
            "#separator:Comma",
            "#html:true",
            "#guid column:1",
            "#notetype column:2",
            "#deck column:3",
            "#tags column:6",
        ]
        guid, rest = row.split(",", 1)
        assert len(guid) == 16
        assert rest == 'Warmstart Basic,Work::AWS,"a &quot;b&quot;, c",d,x y'
