"""Identity: history follows the card through edits and moves."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from warmstart.study.match import Candidate, match


def card(key: int, front: str, back: str, **other: object) -> Candidate:
    known = {"note": "n", "kind": "flashcard", "position": key, "block_id": None}
    return Candidate(key=key, front=front, back=back, **(known | other))


def pairs(old: list[Candidate], new: list[Candidate]) -> list[tuple[int, int, str]]:
    return [(m.old, m.new, m.how) for m in match(old, new)]


class TestRules:
    def test_same_text_in_the_same_note(self) -> None:
        assert pairs([card(5, "Q", "A")], [card(0, "Q", "A")]) == [(5, 0, "same")]

    def test_same_text_in_another_note(self) -> None:
        assert pairs([card(5, "Q", "A", note="gone")], [card(0, "Q", "A")]) == [(5, 0, "moved")]

    def test_the_same_note_is_preferred_to_another(self) -> None:
        old = [card(1, "Q", "A", note="other"), card(2, "Q", "A")]
        assert pairs(old, [card(0, "Q", "A")]) == [(2, 0, "same")]

    def test_a_block_id_outlives_a_new_question_and_answer(self) -> None:
        old = [card(1, "What is X?", "One thing.", block_id="x")]
        new = [card(0, "Entirely other words", "and others", block_id="x")]
        assert pairs(old, new) == [(1, 0, "edited")]

    def test_an_edited_answer_keeps_the_history(self) -> None:
        old = [card(1, "What is X?", "One thing.")]
        assert pairs(old, [card(0, "What is X?", "Something else.")]) == [(1, 0, "edited")]

    def test_an_edited_question_with_the_same_answer_keeps_it_too(self) -> None:
        old = [card(1, "What is X?", "One thing.")]
        assert pairs(old, [card(0, "Say what an X might be", "One thing.")]) == [(1, 0, "edited")]

    def test_a_block_that_became_a_callout_is_the_same_question(self) -> None:
        old = [card(1, "What is X?", "One thing."), card(2, "What is Y?", "Two things.")]
        new = [card(0, "What is X?", "One thing.", kind="question"), card(1, "Y?", "Else.")]
        assert pairs(old, new) == [(1, 0, "edited")]

    def test_close_questions_do_not_take_each_other(self) -> None:
        old = [card(1, "What is X?", "A letter."), card(2, "What is Y?", "Another letter.")]
        new = [card(0, "What is Y?", "Another letter."), card(1, "What is X?", "A letter!")]
        assert pairs(old, new) == [(2, 0, "same"), (1, 1, "edited")]

    def test_both_reworded_a_little(self) -> None:
        old = [card(1, "What is a dead letter queue for?", "It keeps messages that failed.")]
        new = [
            card(0, "What is a dead-letter queue good for?", "It keeps the messages that failed.")
        ]
        assert pairs(old, new) == [(1, 0, "edited")]

    def test_a_typo_on_the_way_to_another_note(self) -> None:
        old = [card(1, "What is a dead letter queue for?", "It keeps messages.", note="a")]
        new = [card(0, "What is a daed letter queue for?", "It keeps messages.", note="b")]
        assert pairs(old, new) == [(1, 0, "edited")]

    def test_a_rewording_elsewhere_is_another_card(self) -> None:
        old = [card(1, "What is a dead letter queue for?", "It keeps messages.", note="a")]
        new = [card(0, "Why would one want a letter queue?", "It keeps messages.", note="b")]
        assert pairs(old, new) == []

    def test_many_cards_are_matched_in_time_that_grows_with_them(self) -> None:
        """Three thousand edited cards in one note; all pairs would be nine million."""
        old = [card(n, f"What is item {n} of {n * 7919}?", f"Answer {n}.") for n in range(3000)]
        new = [card(n, f"What is item {n} of {n * 7919} ?!", f"Reply {n}") for n in range(3000)]
        found = pairs(old, new)
        assert len(found) == 3000
        assert all(before == after for before, after, _ in found)

    def test_another_card_is_not_taken_over(self) -> None:
        old = [card(1, "What is a DLQ?", "A queue for failed messages.")]
        assert pairs(old, [card(0, "What is a VPC?", "A private network.")]) == []

    def test_twins_keep_their_places(self) -> None:
        old = [card(1, "Q", "A", position=0), card(2, "Q", "A", position=9)]
        new = [card(0, "Q", "A", position=8), card(1, "Q", "A", position=1)]
        assert pairs(old, new) == [(2, 0, "same"), (1, 1, "same")]


words = st.text("abc ", max_size=6)
candidates = st.lists(
    st.builds(
        Candidate,
        key=st.just(0),
        note=st.sampled_from(["n", "m"]),
        kind=st.sampled_from(["flashcard", "term"]),
        front=words,
        back=words,
        position=st.integers(0, 9),
        block_id=st.sampled_from([None, None, "x"]),
    ),
    max_size=12,
).map(lambda some: [replace(c, key=key) for key, c in enumerate(some)])


class TestProperties:
    @given(candidates, candidates, st.randoms())
    def test_each_card_is_used_once_and_order_does_not_matter(self, old, new, rng) -> None:
        found = match(old, new)
        assert len({m.old for m in found}) == len({m.new for m in found}) == len(found)
        shuffled = list(old)
        rng.shuffle(shuffled)
        assert match(shuffled, new) == found

    @given(candidates)
    def test_nothing_changed_means_everything_matches_as_the_same(self, cards) -> None:
        assert all(m.how == "same" for m in match(cards, cards))
        assert len(match(cards, cards)) == len(cards)
