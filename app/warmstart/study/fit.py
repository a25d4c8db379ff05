"""Fitting FSRS-6 to a learner's own reviews, and saying honestly what that is worth.

``fsrs-rs-python`` does the fitting: it is the optimizer that Anki uses. It is found where its wheel
exists; without it ``fit`` answers ``NoLibrary``, and the defaults stay in force.

What is fitted to is every answer that came a day or more after the one before, with all answers of
the card up to it; days are counted as the scheduler counts them (to the nearest), so that the
figures are those of the very predictions that study relies on. A card whose beginning is not
known, because it came with a schedule of its own, teaches nothing until it is begun anew.

The figures are of reviews held out *in time*: parameters are fitted to the first four fifths of the
reviews and judged on the last fifth, which they have not seen. The parameters proposed are then
fitted to all reviews.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from warmstart.study.curve import elapsed_days
from warmstart.study.parameters import DEFAULT, Parameters, settled
from warmstart.study.trail import IMPORTED, RESET

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from warmstart.study.trail import Mark

ENOUGH = 400
"""Reviews from which a fit is worth its figures. Anki asked for as many until it lowered the bound;
a fifth of fewer is too small to judge by."""
_HELD_OUT = 0.2

History = tuple[tuple[int, int], ...]
"""The answers to a card from its first one on: (epoch milliseconds, rating 1–4), oldest first."""


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How well parameters predict answers; smaller is better.

    fsrs-rs's figures, as Anki shows them: both give more weight to later reviews, growing with the
    cube of a review's place among those judged from 0.25 to 1.
    """

    log_loss: float
    """The mean of −ln of the probability that was given to what happened."""
    rmse: float
    """Root mean square, over bins of like reviews, of predicted less actual recall: FSRS's
    RMSE(bins). 0.05 means that predictions are off by five points."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """What fitting came to."""

    parameters: Parameters
    """Fitted to all reviews."""
    reviews: int
    held_out: int
    """The last of the reviews, on which the figures below were taken."""
    held_out_from_ms: int
    before: Accuracy
    """Of the parameters in force."""
    after: Accuracy
    """Of parameters fitted to the reviews before those held out."""
    default: Accuracy
    """Of FSRS-6's default parameters."""

    @property
    def better(self) -> bool:
        """Whether fitting predicts the reviews held out better than what is in force."""
        return self.after.log_loss < self.before.log_loss


@dataclass(frozen=True, slots=True)
class TooFew:
    """There are not enough reviews to fit anything to."""

    reviews: int
    needed: int = ENOUGH


@dataclass(frozen=True, slots=True)
class NoLibrary:
    """fsrs-rs-python is not installed: it has no wheel for this platform."""


def histories(marks: Iterable[Mark]) -> list[History]:
    """Return the histories that can be learned from; a card that was reset begins another.

    The marks of a card stand together and in the order of the log.
    """
    found: list[History] = []
    current: list[tuple[int, int]] = []
    known, of = True, None
    for mark in marks:
        if mark.card != of or mark.rating == RESET:
            if len(current) > 1:
                found.append(tuple(current))
            current, known, of = [], True, mark.card
        if mark.rating == IMPORTED:
            known = known and bool(current)
        elif mark.rating and known:
            current.append((mark.at, mark.rating))
    if len(current) > 1:
        found.append(tuple(current))
    return found


def reviews(some: Iterable[History]) -> int:
    """Return how many answers of these histories a fit would learn from."""
    return sum(_days(a, b) > 0 for history in some for a, b in pairwise(history))


def fit(some: Sequence[History], in_force: Parameters, relearning_steps: int) -> Outcome:
    """Fit parameters to these histories; the same histories give the same parameters.

    ``relearning_steps`` is how many there are: fsrs-rs bounds how much several same-day answers may
    gain by it.
    """
    count = reviews(some)
    if count < ENOUGH:
        return TooFew(count)
    try:
        import fsrs_rs_python as library
    except ImportError:
        return NoLibrary()
    items = _Items(library, some, relearning_steps)
    first = round(len(items) * (1 - _HELD_OUT))
    return Fitted(
        parameters=items.fit(len(items)),
        reviews=len(items),
        held_out=len(items) - first,
        held_out_from_ms=items.at(first),
        before=items.judge(in_force, first),
        after=items.judge(items.fit(first), first),
        default=items.judge(DEFAULT, first),
    )


def judged(some: Sequence[History], parameters: Parameters) -> Accuracy | None:
    """Return how well these parameters predict all of these reviews; None without any, or library.

    For parameters that come from elsewhere, to which every review is news.
    """
    try:
        import fsrs_rs_python as library
    except ImportError:
        return None
    items = _Items(library, some, 1)
    return items.judge(parameters, 0) if len(items) else None


Outcome = Fitted | TooFew | NoLibrary


class _Items:
    """The reviews to learn from as fsrs-rs takes them, the oldest first."""

    def __init__(self, library: Any, some: Sequence[History], relearning_steps: int) -> None:
        self._library = library
        self._steps = relearning_steps
        found = []
        for card, history in enumerate(some):
            taken = [library.FSRSReview(history[0][1], 0)]
            for before, answer in pairwise(history):
                days = _days(before, answer)
                taken.append(library.FSRSReview(answer[1], days))
                if days:
                    found.append((answer[0], card, library.FSRSItem(taken)))
        found.sort(key=lambda item: item[:2])
        self._found = found

    def __len__(self) -> int:
        return len(self._found)

    def at(self, place: int) -> int:
        return self._found[place][0]

    def fit(self, count: int) -> Parameters:
        """Return parameters fitted to the first so many."""
        items = [item for _, _, item in self._found[:count]]
        cards = [card for _, card, _ in self._found[:count]]
        weights = self._library.FSRS(list(DEFAULT)).compute_parameters(
            items, card_ids=cards, num_relearning_steps=self._steps
        )
        return settled(weights)

    def judge(self, parameters: Parameters, start: int) -> Accuracy:
        """Return how well parameters predict those from ``start`` on."""
        items = [item for _, _, item in self._found[start:]]
        found = self._library.FSRS(list(parameters)).evaluate(items)
        # Summed in the order of a hash map: the last digits differ from call to call.
        return Accuracy(round(found.log_loss, 5), round(found.rmse_bins, 5))


def _days(before: tuple[int, int], after: tuple[int, int]) -> int:
    return elapsed_days(after[0] - before[0])
