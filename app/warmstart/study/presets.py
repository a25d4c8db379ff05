"""Presets: which settings a card is studied with.

A preset names decks, tags and concepts. A deck or tag covers what lies below it (``deck:aws`` is
also for ``aws/lambda``), a concept the concepts below it; capital letters make no difference. The
first preset of the file that matches a card is the card's. The settings in ``[study]`` go by the
empty name; a name that is no longer in the file stands for them too, because the file may have
changed since the cards were looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from warmstart.study.admission import COMMON, Limits
from warmstart.study.parameters import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from warmstart.settings import Preset, Settings, StudySettings
    from warmstart.study.schedule import Scheduler


class Schedulers:
    """The settings and the scheduler of each preset, for one learner's parameters."""

    def __init__(self, settings: Settings, parameters: Sequence[float] = DEFAULT) -> None:
        self._settings = by_name(settings)
        self._parameters = parameters
        self._made: dict[str, Scheduler] = {}

    def settings(self, preset: str) -> StudySettings:
        """Return the settings of a preset."""
        return self._settings.get(preset, self._settings[COMMON])

    def scheduler(self, preset: str) -> Scheduler:
        """Return the scheduler of a preset, made once; py-fsrs is imported with the first."""
        from warmstart.study.schedule import Scheduler

        name = preset if preset in self._settings else COMMON
        if name not in self._made:
            self._made[name] = Scheduler(self._settings[name], self._parameters)
        return self._made[name]


def by_name(settings: Settings) -> dict[str, StudySettings]:
    """Return the settings of each preset, ``COMMON`` first, then in the order of the file."""
    own = {name: preset.over(settings.study) for name, preset in settings.presets.items()}
    return {COMMON: settings.study, **own}


def limits(settings: Settings) -> dict[str, Limits]:
    """Return what of the same bears on who is let in."""
    return {
        name: Limits(own.new_per_day, own.reviews_per_day, own.order, own.bury_siblings)
        for name, own in by_name(settings).items()
    }


def wanted(match: str) -> tuple[str, str]:
    """Return the kind and the name of a match: ``deck:aws`` gives ``deck`` and ``aws``."""
    kind, _, name = match.partition(":")
    return kind, name.strip()


def covers(kind: str, name: str, other: str) -> bool:
    """Whether ``name`` of a kind ("deck", "tag" or "concept") stands for ``other`` as well.

    >>> covers("deck", "aws", "AWS/Lambda"), covers("concept", "aws", "aws/lambda")
    (True, False)
    """
    name, other = name.lstrip("#").casefold(), other.casefold()
    return name == other or (kind != "concept" and other.startswith(f"{name}/"))


def digest(presets: Mapping[str, Preset]) -> str:
    """Return what is the same as long as every card keeps its preset, whatever else they say."""
    if not presets:
        return ""
    import hashlib  # Here: it loads OpenSSL, which the first frame would wait for.

    matched = [(name, preset.match) for name, preset in presets.items()]
    return hashlib.sha256(repr(matched).encode()).hexdigest()[:16]
