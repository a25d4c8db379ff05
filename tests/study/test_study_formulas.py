"""The memory model against py-fsrs, and parameters from wherever they come."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import fsrs
import fsrs.scheduler
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmstart.errors import InputError
from warmstart.settings import StudySettings
from warmstart.store.times import to_ms
from warmstart.study import parameters
from warmstart.study.cards import Imported, New, Phase, Rating, Reset, Reviewed
from warmstart.study.formulas import Formulas
from warmstart.study.schedule import Scheduler
from warmstart.study.state import replay
from warmstart.study.trail import IMPORTED, RESET, Mark, memories

T0 = datetime(2026, 1, 1, tzinfo=UTC)
weights = st.tuples(
    *(st.floats(low, high) for low, high in zip(parameters.LOWEST, parameters.HIGHEST, strict=True))
)
answers = st.lists(st.tuples(st.integers(1, 4), st.integers(-1, 4000)), min_size=1, max_size=12)
steps = st.lists(st.just(timedelta(minutes=1)), max_size=2)


class TestFormulas:
    @given(weights, answers, steps)
    def test_equals_py_fsrs_to_the_last_bit(
        self, w: tuple[float, ...], history: list[tuple[int, int]], some: list[timedelta]
    ) -> None:
        """Whatever the parameters, the steps, and a clock that was set back."""
        peer = fsrs.Scheduler(w, learning_steps=some, relearning_steps=some, enable_fuzzing=False)
        ours = Formulas(w)
        card, at, state = fsrs.Card(1, due=T0), T0, (0.0, 0.0)
        for n, (rating, days) in enumerate(history):
            at += timedelta(days=days, hours=1)
            if n:
                state = ours.after(*state, (at - card.last_review).days, rating)
            else:
                state = ours.first(rating)
            card, _ = peer.review_card(card, fsrs.Rating(rating), at)
            assert (card.stability, card.difficulty) == state

    @given(weights, st.floats(0.001, 40_000), st.floats(0.7, 0.99), st.integers(0, 9000))
    def test_intervals_and_recall_are_py_fsrs_own(
        self, w: tuple[float, ...], stability: float, retention: float, days: int
    ) -> None:
        peer = fsrs.Scheduler(w, desired_retention=retention, maximum_interval=9000)
        ours = Formulas(w)
        assert ours.interval(stability, retention, 9000) == peer._next_interval(stability=stability)
        card = fsrs.Card(1, fsrs.State.Review, None, stability, 5.0, T0, T0)
        expected = peer.get_card_retrievability(card, T0 + timedelta(days=days))
        assert ours.recall(stability, days) == expected


FSRS_5 = (
    0.4026, 1.1839, 3.173, 15.6911, 7.1949, 0.5345, 1.4604, 0.0046, 1.5458, 0.1192,
    1.0193, 1.9395, 0.11, 0.2961, 2.2698, 0.2315, 2.9898, 0.5166, 0.6621,
)  # fmt: skip
FSRS_4_5 = (
    0.4872, 1.4003, 3.7145, 13.8206, 5.1618, 1.2298, 0.8975, 0.031, 1.6474,
    0.1367, 1.0461, 2.1072, 0.0793, 0.3246, 1.587, 0.2272, 2.8755,
)  # fmt: skip


class TestParameters:
    def test_defaults_and_bounds_are_py_fsrs_own(self) -> None:
        assert parameters.DEFAULT == fsrs.scheduler.DEFAULT_PARAMETERS
        assert parameters.LOWEST == fsrs.scheduler.LOWER_BOUNDS_PARAMETERS
        assert parameters.HIGHEST == fsrs.scheduler.UPPER_BOUNDS_PARAMETERS

    def test_nineteen_weights_gain_the_old_decay(self) -> None:
        assert parameters.converted(FSRS_5) == (*FSRS_5, 0.0, 0.5)

    def test_seventeen_weights_keep_what_they_meant(self) -> None:
        found = parameters.converted(FSRS_4_5)
        assert found[:4] + found[7:17] == FSRS_4_5[:4] + FSRS_4_5[7:]
        assert found[4:7] == (7.6214, 0.5151, 1.3975)
        assert found[17:] == (0.0, 0.0, 0.0, 0.5)

    def test_conversion_is_that_of_fsrs_rs(self) -> None:
        peer = pytest.importorskip("fsrs_rs_python", reason="no wheel of fsrs-rs-python here")
        for old in (FSRS_4_5, FSRS_5):
            expected = peer.check_and_fill_parameters(list(old))
            assert parameters.converted(old) == pytest.approx(expected, abs=1e-4)

    @pytest.mark.parametrize(
        "text",
        ["{}", "[{}]", "{}\n", "  {} ;"],
    )
    def test_reads_what_anki_shows(self, text: str) -> None:
        shown = ", ".join(map(str, FSRS_5))
        assert parameters.read(text.format(shown)) == parameters.converted(FSRS_5)

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("", "not 0"),
            ("1, 2, 3", "not 3"),
            ("hello 1 2", "'hello'"),
            ("nan " * 21, "Parameter 1 of 21 is nan; FSRS takes 0.001 to 100"),
            ("1 " * 20 + "7", "Parameter 8 of 21 is 1; FSRS takes 0.001 to 0.75"),
            ("-5 " * 17, "Parameter 1 of 17 is -5; FSRS takes"),
            ("1 1 1 1 9 4 " + "1 " * 11, "Parameter 5 of 17 is 9, which FSRS-6 takes as 17; FSRS"),
        ],
    )
    def test_rubbish_is_refused_with_a_sentence(self, text: str, says: str) -> None:
        with pytest.raises(InputError, match=says):
            parameters.read(text)

    @given(weights)
    def test_settled_weights_are_taken_again_as_they_are(self, w: tuple[float, ...]) -> None:
        found = parameters.settled([weight * 1.0000001 for weight in w])
        assert parameters.converted(found) == found


entries = st.lists(
    st.tuples(st.sampled_from([RESET, IMPORTED, 1, 2, 3, 4]), st.integers(0, 90 * 86400)),
    max_size=12,
)


class TestTrail:
    @given(entries)
    def test_walking_a_log_gives_what_replaying_it_gives(
        self, history: list[tuple[int, int]]
    ) -> None:
        at, log, marks = T0, [], []
        for kind, gap in history:
            at += timedelta(seconds=gap)
            if kind == RESET:
                log.append(Reset(1, at))
                marks.append(Mark(1, to_ms(at), RESET))
            elif kind == IMPORTED:
                last = at - timedelta(days=3)
                log.append(Imported(1, at, 7.5, 4.5, at, last))
                marks.append(Mark(1, to_ms(last), IMPORTED, 7.5, 4.5))
            else:
                gone = timedelta()
                log.append(Reviewed(1, at, Rating(kind), gone, Phase.NEW, Phase.REVIEW, None, at))
                marks.append(Mark(1, to_ms(at), kind))
        memory = replay(Scheduler(StudySettings()), log).memory
        expected = None if isinstance(memory, New) else (memory.stability, memory.difficulty)
        assert memories(Formulas(parameters.DEFAULT), marks).get(1) == expected
