"""Presets: which settings a card is studied with.

A preset names decks, tags and concepts. A deck or tag covers what lies below it (``deck:aws`` is
also for ``aws/lambda``), a concept the concepts below it; capital letters make no difference. The
first preset of the file that matches a card is the card's; the name of the settings in ``[study]``
is the empty one.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from warmstart.study.parameters import DEFAULT
from warmstart.study.schedule import Scheduler

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from warmstart.settings import Preset, Settings, StudySettings

COMMON = ""
"""The name of the settings in ``[study]``, where those of a preset are asked for."""


@dataclass(frozen=True, slots=True)
class Filed:
    """Under what a card is filed."""

    deck: str | None
    tags: frozenset[str]
    """Its own, its note's, and the learner's."""
    concepts: frozenset[str]
    """The titles of its concepts and of those above them."""


class Matcher:
    """Tells which preset a card has."""

    def __init__(self, presets: Mapping[str, Preset]) -> None:
        self._presets = [
            (name, [_wanted(match) for match in preset.match]) for name, preset in presets.items()
        ]

    def preset(self, card: Filed) -> str:
        """Return the name of the first preset that matches; ``COMMON`` where none does."""
        if not self._presets:
            return COMMON
        filed = {
            "deck": _with_above([card.deck] if card.deck else []),
            "tag": _with_above(card.tags),
            "concept": {title.casefold() for title in card.concepts},
        }
        for name, wanted in self._presets:
            if any(value in filed[kind] for kind, value in wanted):
                return name
        return COMMON

    @cached_property
    def digest(self) -> str:
        """The same as long as every card keeps its preset, whatever else the presets say."""
        return hashlib.sha256(repr(self._presets).encode()).hexdigest()[:16]


class Schedulers:
    """The settings and the scheduler of each preset, for one learner's parameters.

    A name that is no longer in the file stands for ``COMMON``: the file may have changed since the
    cards were looked at.
    """

    def __init__(self, settings: Settings, parameters: Sequence[float] = DEFAULT) -> None:
        self._parameters = parameters
        self._settings = {COMMON: settings.study} | {
            name: preset.over(settings.study) for name, preset in settings.presets.items()
        }
        self._schedulers: dict[str, Scheduler] = {}

    def __iter__(self) -> Iterator[str]:
        """Give the names, ``COMMON`` first, then in the order of the file."""
        return iter(self._settings)

    def settings(self, preset: str) -> StudySettings:
        """Return the settings of a preset."""
        return self._settings.get(preset, self._settings[COMMON])

    def scheduler(self, preset: str) -> Scheduler:
        """Return the scheduler of a preset, made once."""
        if preset not in self._schedulers:
            self._schedulers[preset] = Scheduler(self.settings(preset), self._parameters)
        return self._schedulers[preset]


def _wanted(match: str) -> tuple[str, str]:
    kind, _, name = match.partition(":")
    return kind, name.strip().lstrip("#").casefold()


def _with_above(paths: Iterable[str]) -> set[str]:
    """Return the paths with everything they lie below: ``a/b`` gives ``a`` and ``a/b``."""
    found: set[str] = set()
    for path in paths:
        parts = path.casefold().split("/")
        found |= {"/".join(parts[: n + 1]) for n in range(len(parts))}
    return found
