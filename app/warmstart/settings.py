"""The settings: one TOML file, every value with a default, a sentence for each mistake.

A missing file means the defaults. Unknown names are refused, because a misspelt setting that is
silently ignored costs more than a sentence.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

from warmstart.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class StudySettings:
    """How cards are scheduled and how many a day."""

    desired_retention: float = 0.9
    """The probability of recall at which a card comes due; FSRS accepts 0.7 to 0.99."""
    new_per_day: int = 20
    learning_steps: tuple[float, ...] = (1.0, 10.0)
    """Minutes."""
    relearning_steps: tuple[float, ...] = (10.0,)
    """Minutes."""
    maximum_interval: int = 36500
    """Days."""
    fuzz: bool = True
    """Whether long intervals are spread a little, so that cards learned together part."""
    day_starts_at: int = 4
    """The local hour at which a study day begins."""


@dataclass(frozen=True, slots=True)
class DisplaySettings:
    """How the app looks."""

    theme: str = "dark"
    reduced_motion: bool = False


@dataclass(frozen=True, slots=True)
class NoteSettings:
    """What marks a card in a note; each is a list, and all of it is active at once.

    The names are those of ``notes.formats.CardOptions``, which says what they mean. None leaves it
    to the settings of Obsidian Spaced Repetition beside the notes, where there are any, and else to
    the defaults; an empty list turns a format off.
    """

    single_line_card_separator: tuple[str, ...] | None = None
    single_line_reversed_card_separator: tuple[str, ...] | None = None
    multiline_card_separator: tuple[str, ...] | None = None
    multiline_reversed_card_separator: tuple[str, ...] | None = None
    multiline_card_end_marker: tuple[str, ...] | None = None
    cloze_patterns: tuple[str, ...] | None = None
    flashcard_tags: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings, by section of the file."""

    study: StudySettings = field(default_factory=StudySettings)
    display: DisplaySettings = field(default_factory=DisplaySettings)
    notes: NoteSettings = field(default_factory=NoteSettings)


def _between(low: float, high: float) -> tuple[str, Any]:
    return f"a number from {low:g} to {high:g}", lambda v: low <= v <= high


_STEPS = (
    "a list of minutes above 0",
    lambda steps: all(0 < step <= 60 * 24 * 30 for step in steps),
)
_RULES: dict[str, tuple[str, Any]] = {
    "study.desired_retention": _between(0.7, 0.99),
    "study.new_per_day": _between(0, 9999),
    "study.learning_steps": _STEPS,
    "study.relearning_steps": _STEPS,
    "study.maximum_interval": _between(1, 36500),
    "study.day_starts_at": _between(0, 23),
    "display.theme": ('"dark" or "light"', lambda v: v in {"dark", "light"}),
    **{
        f"notes.{f.name}": (
            "a list of texts without spaces",
            lambda marks: all(m and not any(c.isspace() for c in m) for m in marks),
        )
        for f in fields(NoteSettings)
        if f.name != "cloze_patterns"
    },
    "notes.cloze_patterns": (
        'a list of patterns such as "==[123;;]answer[;;hint]=="',
        lambda patterns: all("answer" in pattern for pattern in patterns),
    ),
}


def load(path: Path) -> Settings:
    """Read the settings at ``path``; without a file, the defaults.

    Raises:
        InputError: not TOML, an unknown name, or a value of the wrong kind or out of its range.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Settings()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"This is not valid TOML: {error}.", path=path) from error
    except NotADirectoryError as error:
        raise InputError(
            f"{path.parent} is a file, and should be a folder.",
            hint="Point WARMSTART_HOME at a folder, or at one that is still to be made.",
        ) from error
    except OSError as error:
        raise InputError(f"The settings cannot be read: {error.strerror}.", path=path) from error
    return _settings(data, path)


def _settings(data: Mapping[str, Any], path: Path) -> Settings:
    settings = Settings()
    sections = {f.name for f in fields(Settings)}
    for name, values in data.items():
        if name in sections and not isinstance(values, dict):
            raise InputError(
                f"{name} is a section: write [{name}] and its settings below.", path=path
            )
        if name not in sections:
            known = ", ".join(f"[{s}]" for s in sorted(sections))
            raise InputError(f"There is no section [{name}]; the sections are {known}.", path=path)
        section = getattr(settings, name)
        known_names = {f.name: _kind(getattr(section, f.name)) for f in fields(section)}
        for key, value in values.items():
            if key not in known_names:
                known = ", ".join(sorted(known_names))
                raise InputError(
                    f"There is no setting {name}.{key}; [{name}] knows {known}.", path=path
                )
            section = replace(
                section, **{key: _value(f"{name}.{key}", value, known_names[key], path)}
            )
        settings = replace(settings, **{name: section})
    return settings


def _kind(default: object) -> type:
    return tuple if default is None else type(default)


def _value(name: str, value: Any, kind: type, path: Path) -> Any:
    wanted, holds = _RULES.get(name, ("true or false", lambda _: True))
    error = InputError(f"{name} must be {wanted}, not {value!r}.", path=path)
    if kind is tuple:
        if not isinstance(value, list):
            raise error
        value = tuple(value)
    elif kind is float and type(value) is int:
        value = float(value)
    elif type(value) is not kind:
        raise error
    try:
        if not holds(value):
            raise error
    except TypeError:
        raise error from None
    return value
