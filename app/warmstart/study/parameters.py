"""FSRS's parameters: 21 weights, and how older or foreign ones become that.

Earlier versions had fewer. They are converted as fsrs-rs and so Anki do it
(``check_and_fill_parameters``):

- 19 weights (FSRS-5): w₁₉ = 0, which leaves same-day reviews as they were, and w₂₀ = 0.5, the fixed
  decay of that version's curve;
- 17 weights (FSRS-4.5): w₄ + 2·w₅, ln(3·w₅ + 1) / 3 and w₆ + 0.5 in place of w₄, w₅ and w₆, which
  brings the difficulty of first answers and its steps to the later formula; w₁₇ = w₁₈ = 0 besides.

Bounds are FSRS-6's own (py-fsrs's ``LOWER_BOUNDS_PARAMETERS``, ``UPPER_BOUNDS_PARAMETERS``; a test
holds them together). Weights are kept to four decimals, as Anki shows them.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from warmstart.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

Parameters = tuple[float, ...]
"""21 weights, w₀ to w₂₀."""

DEFAULT: Parameters = (
    0.212, 1.2931, 2.3065, 8.2956, 6.4133, 0.8334, 3.0194, 0.001, 1.8722, 0.1666, 0.796,
    1.4835, 0.0614, 0.2629, 1.6483, 0.6014, 1.8729, 0.5425, 0.0912, 0.0658, 0.1542,
)  # fmt: skip
"""FSRS-6's, from the reviews of some ten thousand learners; py-fsrs's and fsrs-rs's alike."""
LOWEST: Parameters = (
    0.001, 0.001, 0.001, 0.001, 1.0, 0.001, 0.001, 0.001, 0.0, 0.0, 0.001,
    0.001, 0.001, 0.001, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.1,
)  # fmt: skip
HIGHEST: Parameters = (
    100.0, 100.0, 100.0, 100.0, 10.0, 4.0, 4.0, 0.75, 4.5, 0.8, 3.5,
    5.0, 0.25, 0.9, 4.0, 1.0, 6.0, 2.0, 2.0, 0.8, 0.8,
)  # fmt: skip
_FSRS_5_DECAY = 0.5
_DECIMALS = 4
_NUMBER = re.compile(r"[^\s,;\[\]()]+")


def converted(weights: Sequence[float]) -> Parameters:
    """Return 17, 19 or 21 weights as 21, to four decimals.

    Raises:
        InputError: another number of weights, or one that is out of its bounds.
    """
    w = [float(weight) for weight in weights]
    if len(w) == 17:  # noqa: PLR2004
        w[4:7] = [w[4] + 2 * w[5], _log(3 * w[5] + 1) / 3, w[6] + 0.5]
        w += [0.0, 0.0]
    if len(w) == 19:  # noqa: PLR2004
        w += [0.0, _FSRS_5_DECAY]
    if len(w) != len(DEFAULT):
        raise InputError(
            f"FSRS has 21 parameters (19 and 17 in earlier versions), not {len(weights)}.",
            hint="Copy them whole, as Anki shows them under FSRS parameters.",
        )
    w = [round(weight, _DECIMALS) for weight in w]
    for n, (weight, low, high) in enumerate(zip(w, LOWEST, HIGHEST, strict=True)):
        if not low <= weight <= high:  # NaN is in no bounds either
            typed = float(weights[n])  # what an earlier version lacks is within the bounds
            moved = abs(typed - weight) > 10**-_DECIMALS
            comes_to = f", which FSRS-6 takes as {weight:g}" if moved else ""
            raise InputError(
                f"Parameter {n + 1} of {len(weights)} is {typed:g}{comes_to};"
                f" FSRS takes {low:g} to {high:g} there."
            )
    return tuple(w)


def read(text: str) -> Parameters:
    """Return the parameters that a text holds: numbers parted by commas or blanks, or a JSON list.

    Raises:
        InputError: something that is no number, or what ``converted`` refuses.
    """
    weights = []
    for word in _NUMBER.findall(text):
        try:
            weights.append(float(word))
        except ValueError as error:
            raise InputError(
                f"A parameter must be a number, not {word[:20]!r}.",
                hint="Write 21 numbers parted by commas, as Anki shows them.",
            ) from error
    return converted(weights)


def settled(weights: Sequence[float]) -> Parameters:
    """Return 21 weights that a fit came to, rounded and within the bounds."""
    return tuple(
        min(max(round(weight, _DECIMALS), low), high)
        for weight, low, high in zip(weights, LOWEST, HIGHEST, strict=True)
    )


def _log(value: float) -> float:
    return math.log(value) if value > 0 else math.nan
