"""Typed answers: what differs, counted as a reader counts, and what does not count."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmstart.study.cards import Rating
from warmstart.study.typed import (
    LONGEST,
    Comparison,
    Kind,
    Verdict,
    clusters,
    compare,
    suggested,
    tidy,
)

LETTERS = st.text("abcdeй한글콜\u0301\u0306é👍🏽🇰🇷 .-12", max_size=30)


def marks(comparison: Comparison) -> str:
    """A sign per character: = same, ~ alike, x wrong, - missing, + too much."""
    signs = {"same": "=", "alike": "~", "wrong": "x", "missing": "-", "extra": "+"}
    return "".join(signs[piece.kind.value] for piece in comparison.pieces)


class TestDifference:
    @pytest.mark.parametrize(
        ("typed", "expected", "signs", "verdict"),
        [
            ("dead letter queue", "dead letter queue", "=" * 17, Verdict.EXACT),
            ("Dead  Letter queue.", "dead letter **queue**", "~====~===========~", Verdict.ALIKE),
            ("ded letter quue", "dead letter queue", "==-===========-=", Verdict.CLOSE),
            ("SNS", "SQS", "=x=", Verdict.WRONG),
            ("1768 MB of it", "1769 MB of it", "===x=========", Verdict.WRONG),
            ("100 мс в начале", "10 мс в начале", "==+============", Verdict.WRONG),
            ("холодный стар", "холодный старт", "=============-", Verdict.CLOSE),
            ("все еще", "всё ещё", "==~===~", Verdict.ALIKE),
            ("콜드 스타드", "콜드 스타트", "=====x", Verdict.CLOSE),
            ("“a–b”", '"a-b"', "~=~=~", Verdict.ALIKE),
            ("ＬＡＭＢＤＡ", "lambda", "~~~~~~", Verdict.ALIKE),
            ("", "queue", "-----", Verdict.WRONG),
            ("queue", "", "+++++", Verdict.WRONG),
        ],
    )
    def test_signs_and_verdict(
        self, typed: str, expected: str, signs: str, verdict: Verdict
    ) -> None:
        found = compare(typed, expected)
        assert (marks(found)[: len(signs)], found.verdict) == (signs, verdict)

    def test_a_character_is_what_a_reader_takes_for_one(self) -> None:
        family, flag, thumb = "👩‍👩‍👧", "🇰🇷", "👍🏽"
        decomposed = unicodedata.normalize("NFD", "кафé 각й")
        assert len(clusters(family + flag + thumb)) == 3
        assert len(clusters(tidy(decomposed))) == 7
        assert marks(compare(f"{flag}{thumb}", f"{family}{thumb}")) == "x="

    def test_a_mark_that_was_left_out_is_one_mistake(self) -> None:
        assert marks(compare("e", "e\u0323\u0301")) == "x"

    def test_long_texts_are_compared_as_far_as_it_goes(self) -> None:
        assert len(compare("a" * 5_000, "b" * 5_000).pieces) == LONGEST


class TestRating:
    def test_the_match_suggests(self) -> None:
        assert [suggested(verdict) for verdict in Verdict] == [
            Rating.GOOD, Rating.GOOD, Rating.HARD, Rating.AGAIN,
        ]  # fmt: skip


class TestProperties:
    @given(LETTERS, LETTERS)
    def test_the_pieces_give_both_texts_again(self, typed: str, expected: str) -> None:
        pieces = compare(typed, expected).pieces
        assert "".join(piece.typed for piece in pieces) == tidy(typed)
        assert "".join(piece.expected for piece in pieces) == tidy(expected)

    @given(LETTERS)
    def test_a_text_equals_itself_however_it_is_encoded(self, text: str) -> None:
        assert compare(text, text).verdict is Verdict.EXACT
        assert compare(unicodedata.normalize("NFD", text), text).verdict is Verdict.EXACT

    @given(LETTERS, LETTERS)
    def test_no_more_pieces_than_characters_and_no_empty_one(self, one: str, other: str) -> None:
        pieces = compare(one, other).pieces
        assert all(piece.typed or piece.expected for piece in pieces)
        assert len(pieces) <= len(clusters(tidy(one))) + len(clusters(tidy(other)))

    @given(st.text(max_size=200), st.text(max_size=200))
    def test_any_text_is_accepted(self, typed: str, expected: str) -> None:
        found = compare(typed, expected)
        assert (found.verdict in {Verdict.EXACT, Verdict.ALIKE}) == (not found.mistakes)

    @given(LETTERS)
    def test_case_never_counts(self, text: str) -> None:
        assert not compare(text.upper(), text).mistakes
        kinds = {piece.kind for piece in compare(text.upper(), text).pieces}
        assert kinds <= {Kind.SAME, Kind.ALIKE}
