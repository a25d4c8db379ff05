"""Some of the cards: a condition in SQL, with its values, to be joined to any query over cards.

A shell prompt imports it, so json comes with the first list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable


class Among(NamedTuple):
    """A condition on the table ``card``, which the query knows by that name."""

    condition: str
    values: tuple[str | int, ...] = ()

    def __and__(self, other: Among) -> Among:
        """Both hold."""
        return Among(f"{self.condition} AND {other.condition}", self.values + other.values)


ALL = Among("1")


def listed(cards: Iterable[int]) -> Among:
    """Return the cards with these ids; a list of any length is one value of the statement."""
    import json

    return Among("card.id IN (SELECT value FROM json_each(?))", (json.dumps(sorted(set(cards))),))


def of_preset(preset: str | None, named: Iterable[str] = ()) -> Among:
    """Return the cards of a preset; of the empty one, all that have none of those ``named``.

    None stands for all cards, whatever their preset.
    """
    if preset is None:
        return ALL
    import json

    if preset:
        # The second half says nothing new; it is the condition of the partial indexes.
        return Among("card.preset = ? AND card.preset <> ''", (preset,))
    return Among("card.preset NOT IN (SELECT value FROM json_each(?))", (json.dumps([*named]),))
