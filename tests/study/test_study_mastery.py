"""Mastery against a hand-worked example, and the tree it is gathered over."""

from __future__ import annotations

import pytest

from warmstart.study import mastery
from warmstart.study.curve import Curve
from warmstart.study.day import DAY_MS
from warmstart.study.mastery import CardMemory, Warmth, below

NOW = 1_000 * DAY_MS


def warmth(cards: list[CardMemory], curve: Curve, now: int) -> Warmth:
    return mastery.warmth(card.outlook(curve, now) for card in cards)


class TestMastery:
    def test_a_hand_worked_example(self) -> None:
        """Stability 60, seen today; stability 10, seen 10 days ago; a new card.

        Factor F = 0.9^(−1/0.1542) − 1 = 0.980346. After 30 days of 60:
        (1 + 0.980346·30/60)^−0.1542 = 1.490173^−0.1542 = 0.940344. After 40 days of 10:
        (1 + 0.980346·40/10)^−0.1542 = 4.921386^−0.1542 = 0.782132. The new card counts 0.
        Mean: (0.940344 + 0.782132 + 0) / 3 = 0.574159, in percent 57.42.
        """
        cards = [
            CardMemory(1, 60.0, NOW),
            CardMemory(2, 10.0, NOW - 10 * DAY_MS),
            CardMemory(3, None, 0),
        ]
        found = warmth(cards, Curve(), NOW)
        assert found.mastery == pytest.approx(57.42, abs=0.005)
        assert (found.cards, found.studied, found.last_seen_ms) == (3, 2, NOW)

    def test_a_card_that_is_held_twice_counts_once(self) -> None:
        card = CardMemory(1, 60.0, NOW)
        assert warmth([card, card, CardMemory(2, None, 0)], Curve(), NOW).mastery == pytest.approx(
            warmth([card], Curve(), NOW).mastery / 2
        )

    def test_no_cards_no_mastery(self) -> None:
        assert warmth([], Curve(), NOW).mastery is None

    def test_new_cards_alone_give_zero_and_are_not_cold(self) -> None:
        found = warmth([CardMemory(1, None, 0)], Curve(), NOW)
        assert (found.mastery, found.loss, found.last_seen_ms) == (0, 0, None)

    def test_what_is_freshly_learned_loses_most_in_a_week(self) -> None:
        fresh = warmth([CardMemory(1, 2.0, NOW)], Curve(), NOW)
        old = warmth([CardMemory(1, 200.0, NOW - 30 * DAY_MS)], Curve(), NOW)
        assert fresh.loss > 10 * old.loss > 0


class TestTree:
    def test_cards_are_gathered_upwards_and_counted_once(self) -> None:
        parents = {1: None, 2: 1, 3: 2, 4: 1}
        own = {1: {10}, 2: {20}, 3: {20, 30}, 4: {40}}
        assert below(parents, own) == {1: {10, 20, 30, 40}, 2: {20, 30}, 3: {20, 30}, 4: {40}}

    def test_a_loop_ends(self) -> None:
        assert below({1: 2, 2: 1}, {1: {5}}) == {1: {5}, 2: {5}}
