"""The learning path through prerequisites."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from warmstart.study.path import learning_path


class TestPath:
    def test_prerequisites_come_first_and_the_rest_keeps_its_order(self) -> None:
        assert learning_path([1, 2, 3, 4], {1: [3], 3: [4]}).order == (4, 3, 1, 2)

    def test_a_prerequisite_that_is_not_there_is_passed_over(self) -> None:
        assert learning_path([1, 2], {1: [99]}).order == (1, 2)

    def test_a_circle_is_reported_and_not_followed(self) -> None:
        found = learning_path([1, 2, 3], {1: [2], 2: [3], 3: [1]})
        assert found.order == (3, 2, 1)
        assert found.cycles == ((1, 2, 3),)

    def test_a_note_that_needs_itself(self) -> None:
        assert learning_path([1], {1: [1]}).cycles == ((1,),)

    def test_a_chain_longer_than_the_stack(self) -> None:
        notes = list(range(20_000))
        found = learning_path(notes, {n: [n + 1] for n in notes[:-1]})
        assert found.order == tuple(reversed(notes))

    @given(
        st.lists(st.integers(0, 9), unique=True),
        st.dictionaries(st.integers(0, 9), st.lists(st.integers(0, 9), max_size=4)),
    )
    def test_every_note_stands_once_and_after_what_it_needs(
        self, notes: list[int], needs: dict[int, list[int]]
    ) -> None:
        found = learning_path(notes, needs)
        assert sorted(found.order) == sorted(notes)
        if not found.cycles:
            place = {note: n for n, note in enumerate(found.order)}
            for note in notes:
                assert all(place[p] < place[note] for p in needs.get(note, ()) if p in place)
