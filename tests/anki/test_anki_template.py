"""Templates and clozes: what a card's two sides come to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmstart.anki import cloze
from warmstart.anki.kinds import BASIC, CLOZE, REVERSED
from warmstart.anki.model import NoteType, Template
from warmstart.anki.template import CardTooLong, sides

FIELDS = {"Front": "F", "Back": "B", "Empty": "<br>&nbsp;", "Text": "{{c1::one::hint}} {{c2::two}}"}


def kind(question: str, answer: str = "{{Back}}") -> NoteType:
    return NoteType(1, "Test", tuple(FIELDS), (Template("", question, answer),))


class TestSides:
    @pytest.mark.parametrize(
        ("template", "shown"),
        [
            ("{{Front}}", "F"),
            ("{{ Front }}!", "F!"),
            ("{{text:Front}}{{Nothing}}{{!remark}}", "F"),
            ("{{#Front}}yes{{/Front}}{{#Empty}}no{{/Empty}}", "yes"),
            ("{{^Front}}no{{/Front}}{{^Empty}}yes{{/Empty}}", "yes"),
            ("{{#Empty}}{{#Front}}no{{/Front}}{{^Front}}no{{/Front}}{{/Empty}}yes", "yes"),
            ("{{Front}}{{type:Back}}{{hint:Back}}{{tts en_US:Front}}", "F"),
            ("{{#Front}}never closed", "never closed"),
            ("{{/Front}}", ""),
        ],
    )
    def test_question(self, template: str, shown: str) -> None:
        assert sides(kind(template), FIELDS, 0)[0] == shown

    @pytest.mark.parametrize(
        ("template", "shown"),
        [
            ("{{FrontSide}}\n<hr id=answer>{{Back}}", "B"),
            ("{{FrontSide}}<hr class='x' id='answer' />{{type:Back}}", "B"),
            ("{{hint:Back}}", "B"),
            ("{{Back}}<hr id=answer>", "B"),
            ("{{FrontSide}}<hr id=answer>{{Empty2}}", ""),
        ],
    )
    def test_answer_does_not_repeat_the_question(self, template: str, shown: str) -> None:
        assert sides(kind("{{Front}}", template), FIELDS, 0)[1] == shown

    def test_a_card_for_each_template(self) -> None:
        assert sides(REVERSED, FIELDS, 0) == ("F", "\n\nB")
        assert sides(REVERSED, FIELDS, 1) == ("B", "\n\nF")
        assert sides(BASIC, FIELDS, 1) == ("", "")

    def test_a_card_for_each_cloze(self) -> None:
        fields = {"Text": FIELDS["Text"], "Back Extra": "more"}
        assert sides(CLOZE, fields, 0) == ("[hint] two", "<b>one</b> two<br><br>\nmore")
        assert sides(CLOZE, fields, 1)[0] == "one […]"
        assert sides(CLOZE, fields, 2) == ("", "")

    @pytest.mark.parametrize("tag", ["{{Front}}", "{{text:Front}}", "{{#Front}}{{Front}}"])
    def test_a_template_that_repeats_a_field_without_end(self, tag: str) -> None:
        with pytest.raises(CardTooLong):
            sides(kind(tag * 200), {"Front": "<" + "x" * 10_000 + ">"}, 0)


class TestCloze:
    @pytest.mark.parametrize(
        ("text", "question", "answer"),
        [
            ("{{c1::a}} b", "[…] b", "<b>a</b> b"),
            ("{{c1::a::b::c}}", "[b::c]", "<b>a</b>"),
            ("{{c2::a}} {{c1::b}}", "a […]", "a <b>b</b>"),
            ("{{c1::a {{c2::b}} c}} d", "[…] d", "<b>a b c</b> d"),
            ("{{c2::a {{c1::b}} c}} d", "a […] c d", "a <b>b</b> c d"),
            ("{{c1,2::a}} {{c2::b}}", "[…] b", "<b>a</b> b"),
            ("{{c1::a", "{{c1::a", "{{c1::a"),
            ("a::b }} {{x}}", "a::b }} {{x}}", "a::b }} {{x}}"),
        ],
    )
    def test_the_first(self, text: str, question: str, answer: str) -> None:
        assert (cloze.asked(text, 1), cloze.answered(text, 1)) == (question, answer)

    def test_numbers(self) -> None:
        assert cloze.numbers("{{c1::a}} {{c3,12::b}} {{cx::c}}") == {1, 3, 12}

    @given(st.lists(st.sampled_from(["{{c1::", "{{c2::", "{{x}}", "}}", "a", "b"]), max_size=30))
    def test_a_number_that_is_not_there_hides_nothing(self, pieces: list[str]) -> None:
        text = "".join(pieces)
        shown = cloze.asked(text, 9)
        assert shown == cloze.answered(text, 9)
        assert [c for c in shown if c in "ab"] == [c for c in text if c in "ab"]

    def test_deep_nesting_ends(self) -> None:
        text = "{{c1::" * 20_000 + "x" + "}}" * 20_000
        assert len(cloze.asked(text, 2)) < len(text)
