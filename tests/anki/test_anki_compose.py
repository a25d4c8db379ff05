"""Cards becoming Anki's notes: which of them come together, and under which guid."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.anki.conftest import AT, DAY, out, review
from warmstart.anki.compose import OutCard, compose
from warmstart.anki.decks import decks_of
from warmstart.anki.kinds import BASIC, CLOZE, REVERSED
from warmstart.anki.model import CardType, Queue
from warmstart.study.cards import Memory, Phase, Rating


def notes(*cards: OutCard) -> list[tuple[int, tuple[str, ...]]]:
    return [(note.type_id, note.fields) for note in compose(cards, AT).notes]


def cloze(*sides: tuple[str, str], **other: object) -> list[OutCard]:
    values = {"kind": "cloze", "passage": 0} | other
    return [out(key, front, back, **values) for key, (front, back) in enumerate(sides, 1)]


class TestNotes:
    def test_two_directions_are_one_note(self) -> None:
        both = (out(1, "a", "b", passage=0), out(2, "b", "a", passage=0))
        assert notes(*both) == [(REVERSED.id, ("a", "b"))]

    def test_siblings_that_are_neither_stay_apart(self) -> None:
        both = (out(1, "a", "b", passage=0), out(2, "c", "d", passage=0))
        assert notes(*both) == [(BASIC.id, ("a", "b")), (BASIC.id, ("c", "d"))]

    @pytest.mark.parametrize(
        ("sides", "text", "extra"),
        [
            ([("[…] x", "**a** x")], "{{c1::a}} x", ""),
            ([("[hint]", "**a**")], "{{c1::a::hint}}", ""),
            ([("[…] b", "**a** b"), ("a […]", "a **b**")], "{{c1::a}} {{c2::b}}", ""),
            ([("[…] b", "**a** b\n\nmore")], "{{c1::a}} b", "more"),
            ([("x `[…]` y", "x `a` y")], "x <code>{{c1::a}}</code> y", ""),
            ([(r"[…]\(b)", "**a**(b)")], "{{c1::a}}(b)", ""),
            ([("a [1] […]", "a [1] **b**")], "a [1] {{c1::b}}", ""),
        ],
    )
    def test_clozes_of_a_passage(self, sides: list[tuple[str, str]], text: str, extra: str) -> None:
        assert notes(*cloze(*sides)) == [(CLOZE.id, (text, extra))]

    @pytest.mark.parametrize(
        "sides",
        [
            [("[…] x", "**a** x"), ("[…] y", "**a** y")],
            [("[…] and […]", "**a** and **b**")],
            [("nothing asked", "**a**")],
            [("[…]", "**std::vector**")],
        ],
    )
    def test_clozes_that_do_not_fit_are_plain_cards(self, sides: list[tuple[str, str]]) -> None:
        assert {kind for kind, _ in notes(*cloze(*sides))} == {BASIC.id}

    def test_the_numbers_that_clozes_had_in_anki(self) -> None:
        one, two = cloze(("[…] b", "**a** b"), ("a […]", "a **b**"))
        cards = [
            OutCard(**{n: getattr(c, n) for n in OutCard.__slots__} | {"block_id": f"guid/{ord_}"})
            for c, ord_ in ((one, 4), (two, 2))
        ]
        collection = compose(cards, AT)
        assert collection.notes[0].fields[0] == "{{c5::a}} {{c3::b}}"
        assert collection.notes[0].guid == "guid"
        assert [card.ord for card in collection.cards] == [4, 2]


class TestGuids:
    def test_of_a_card_from_anki(self) -> None:
        assert compose([out(1, "a", "b", block_id="x/y/0")], AT).notes[0].guid == "x/y"

    def test_of_our_own_do_not_depend_on_the_text(self) -> None:
        """An edited card updates its note in Anki."""
        before, after = (compose([out(7, text, "b")], AT).notes[0].guid for text in "ac")
        assert before == after

    def test_are_used_once(self) -> None:
        """The second card of an old note, and a copy of the first, are notes of their own."""
        cards = [out(1, "a", "b", block_id="g/0"), out(2, "c", "d", block_id="g/1"),
                 out(3, "a", "b", block_id="g/0")]  # fmt: skip
        guids = [note.guid for note in compose(cards, AT).notes]
        assert guids[0] == "g"
        assert len(set(guids)) == 3


class TestSchedule:
    def test_of_a_card_in_review(self, cards: list[OutCard]) -> None:
        collection = compose(cards, AT, retention=0.85)
        card = collection.cards[0]
        assert (card.type, card.queue, card.interval) == (CardType.REVIEW, Queue.REVIEW, 12)
        assert (card.stability, card.difficulty, card.retention) == (12.3456, 5.123, 0.85)
        assert collection.created + card.due * 86_400 <= (AT + 3 * DAY).timestamp()
        assert collection.created + (card.due + 1) * 86_400 > (AT + 3 * DAY).timestamp()

    def test_of_a_lapsed_and_suspended_card(self) -> None:
        memory = Memory(Phase.RELEARNING, 0, 1.6, 8.0, AT + DAY / 144, AT, 5, 2)
        (card,) = compose([out(1, "a", "b", memory=memory, suspended=True)], AT).cards
        assert (card.type, card.queue) == (CardType.RELEARNING, Queue.SUSPENDED)
        assert (card.interval, card.lapses, card.due) == (2, 2, int(AT.timestamp()) + 600)

    def test_reviews_of_the_same_moment_are_kept(self) -> None:
        at_once = (review(1, Rating.GOOD, Phase.NEW, Phase.REVIEW, DAY),)
        cards = [out(key, "a", str(key), reviews=at_once) for key in (1, 2, 3)]
        reviews = compose(cards, AT).reviews
        assert len({r.id for r in reviews}) == 3
        assert {r.card_id for r in reviews} == {c.id for c in compose(cards, AT).cards}


WORDS = st.sampled_from(["word", "слово", "**bold**", "`a_b`", "[…]", "\n\n", "- x\n", "(x)", "::"])
TEXT = st.lists(WORDS, min_size=1, max_size=6).map(" ".join).filter(lambda t: t.strip(" -\n"))


class TestAnyCards:
    @given(st.lists(st.tuples(TEXT, TEXT, st.integers(0, 2), st.booleans()), max_size=8))
    @settings(deadline=None)
    def test_each_is_exported_once(self, drawn: list[tuple[str, str, int, bool]]) -> None:
        cards = [
            out(key, front, back, passage=passage, kind="cloze" if is_cloze else "flashcard")
            for key, (front, back, passage, is_cloze) in enumerate(drawn, 1)
        ]
        collection = compose(cards, AT)
        decks = decks_of(collection)
        assert len({note.guid for note in collection.notes}) == len(collection.notes)
        assert len({(c.note_id, c.ord) for c in collection.cards}) == len(cards)
        assert sum(len(d.note.cards) + len(d.note.problems) for d in decks) == len(cards)
        assert not any(deck.note.problems for deck in decks)
