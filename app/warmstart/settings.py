"""The settings: one TOML file, every value with a default, a sentence for each mistake.

A missing file means the defaults. Unknown names are refused, because a misspelt setting that is
silently ignored costs more than a sentence. What a setting means and which values it takes stands
beside its field, once: the file, the command line, the screen and the documentation all read it
there. ``settings_edit`` writes the file.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from warmstart.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from dataclasses import Field
    from pathlib import Path

T = TypeVar("T")


class Rule(NamedTuple):
    """Which values a setting takes: in words, as they follow “must be”, and as a test."""

    wanted: str
    holds: Callable[[Any], bool]


def between(low: float, high: float) -> Rule:
    """Return the rule of a number with bounds, both of which it may have."""
    return Rule(f"a number from {low:g} to {high:g}", lambda value: low <= value <= high)


def one_of(*choices: str) -> Rule:
    """Return the rule of a text that is one of ``choices``; ``choices_of`` gives them back."""
    quoted = [f'"{choice}"' for choice in choices]
    wanted = " or ".join([", ".join(quoted[:-1]), quoted[-1]] if quoted[1:] else quoted)
    return Rule(wanted, _OneOf(choices))


@dataclass(frozen=True, slots=True)
class _OneOf:
    choices: tuple[str, ...]

    def __call__(self, value: object) -> bool:
        return value in self.choices


TRUE_OR_FALSE = Rule("true or false", lambda _: True)
STEPS = Rule(
    "a list of minutes above 0",
    lambda steps: all(0 < step <= 60 * 24 * 30 for step in steps),
)
MARKS = Rule(
    "a list of texts without spaces",
    lambda marks: all(m and not any(c.isspace() for c in m) for m in marks),
)
PATTERNS = Rule(
    'a list of patterns such as "==[123;;]answer[;;hint]=="',
    lambda patterns: all("answer" in pattern for pattern in patterns),
)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _are_shares(days: tuple[str, ...]) -> bool:
    pairs = [day.partition("=") for day in days]
    named = [day for day, _, _ in pairs]
    try:
        shares = [float(share) for _, _, share in pairs]
    except ValueError:
        return False
    usual = len(set(named)) < len(WEEKDAYS)  # a day that is not named has its whole share
    return (
        set(named) <= set(WEEKDAYS)
        and len(set(named)) == len(named)
        and all(0 <= share <= 1 for share in shares)
        and (usual or any(shares))
    )


def _are_matches(matches: tuple[str, ...]) -> bool:
    parts = [match.partition(":") for match in matches]
    return bool(parts) and all(
        kind in {"deck", "tag", "concept"} and name.strip() for kind, _, name in parts
    )


SHARES = Rule(
    'a list of weekdays with shares from 0 to 1, not all 0, such as ["sat=0.5", "sun=0"]',
    _are_shares,
)
MATCHES = Rule('a list of what it is for: "deck:NAME", "tag:NAME" or "concept:TITLE"', _are_matches)


def setting(default: T, meaning: str, rule: Rule = TRUE_OR_FALSE) -> T:
    """Declare a setting: its default, what it means in a sentence, and the values it takes."""
    value: T = field(default=default, metadata={"meaning": meaning, "rule": rule})
    return value


@dataclass(frozen=True, slots=True)
class StudySettings:
    """How cards are scheduled and how many a day."""

    desired_retention: float = setting(
        0.9, "The probability of recall at which a card comes due.", between(0.7, 0.99)
    )  # the bounds are FSRS's
    new_per_day: int = setting(20, "New cards a day at most.", between(0, 9999))
    reviews_per_day: int = setting(
        9999, "Reviews a day at most; what is put off is what is forgotten.", between(0, 9999)
    )
    order: str = setting(
        "due",
        "Which reviews come first: the longest due, the likeliest still recalled, or those of"
        " prerequisites.",
        one_of("due", "retrievability", "path"),
    )
    learning_steps: tuple[float, ...] = setting(
        (1.0, 10.0), "Minutes between the first answers to a new card.", STEPS
    )
    relearning_steps: tuple[float, ...] = setting(
        (10.0,), "Minutes until a card that was forgotten is asked again.", STEPS
    )
    maximum_interval: int = setting(
        36500, "The longest interval between two reviews, in days.", between(1, 36500)
    )
    fuzz: bool = setting(
        default=True,
        meaning="Spread long intervals a little, so that cards learned together part.",
    )
    load_balance: bool = setting(
        default=True, meaning="Within that spread, prefer days with less to do."
    )
    easy_days: tuple[str, ...] = setting(
        (), "Weekdays that are to get a share of their usual load; the rest get all.", SHARES
    )
    bury_siblings: bool = setting(
        default=True, meaning="Let the siblings of a card answered today wait until tomorrow."
    )
    leech_threshold: int = setting(
        8, "Lapses that make a card a leech; 0 for never.", between(0, 9999)
    )  # 8 is Anki's
    leech_action: str = setting(
        "mark", "Suspend a leech, or only mark it as one.", one_of("suspend", "mark")
    )
    typed_answers: bool = setting(
        default=False,
        meaning="Ask for short answers to be typed; t types the answer to any card.",
    )
    day_starts_at: int = setting(
        4, "The hour, local time, at which a study day begins.", between(0, 23)
    )


@dataclass(frozen=True, slots=True)
class Preset:
    """How some of the cards are studied; what it leaves at None is as in ``StudySettings``.

    The fields are those of ``StudySettings``, which says what they mean and take.
    """

    match: tuple[str, ...] = field(
        default=(),
        metadata={
            "meaning": "Which cards it is for: any that one of these names.",
            "rule": MATCHES,
        },
    )
    desired_retention: float | None = None
    new_per_day: int | None = None
    reviews_per_day: int | None = None
    order: str | None = None
    learning_steps: tuple[float, ...] | None = None
    relearning_steps: tuple[float, ...] | None = None
    maximum_interval: int | None = None
    fuzz: bool | None = None
    load_balance: bool | None = None
    easy_days: tuple[str, ...] | None = None
    bury_siblings: bool | None = None
    leech_threshold: int | None = None
    leech_action: str | None = None

    def over(self, study: StudySettings) -> StudySettings:
        """Return the settings of its cards: its own, and those of ``study`` for the rest."""
        own = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "match"}
        return replace(study, **{name: value for name, value in own.items() if value is not None})


@dataclass(frozen=True, slots=True)
class DisplaySettings:
    """How the app looks."""

    theme: str = setting("dark", "The colours of the app.", one_of("dark", "light"))
    reduced_motion: bool = setting(default=False, meaning="Show changes at once, unanimated.")


@dataclass(frozen=True, slots=True)
class NoteSettings:
    """What marks a card in a note; each is a list, and all of it is active at once.

    The names are those of ``notes.formats.CardOptions``. None leaves it to the settings of Obsidian
    Spaced Repetition beside the notes, where there are any, and else to the defaults; an empty list
    turns a format off.
    """

    single_line_card_separator: tuple[str, ...] | None = setting(
        None, "Between question and answer on one line; by default ::.", MARKS
    )
    single_line_reversed_card_separator: tuple[str, ...] | None = setting(
        None, "The same, for a card that is asked both ways; by default :::.", MARKS
    )
    multiline_card_separator: tuple[str, ...] | None = setting(
        None, "The line between question and answer; by default ?.", MARKS
    )
    multiline_reversed_card_separator: tuple[str, ...] | None = setting(
        None, "The same, for a card that is asked both ways; by default ??.", MARKS
    )
    multiline_card_end_marker: tuple[str, ...] | None = setting(
        None, "A line that ends an answer; by default an empty one does.", MARKS
    )
    cloze_patterns: tuple[str, ...] | None = setting(
        None, "What marks a gap to fill; by default ==answer== and {{cloze answer}}.", PATTERNS
    )
    flashcard_tags: tuple[str, ...] | None = setting(
        None, "Tags that give a deck, named behind a slash; by default #flashcards.", MARKS
    )


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings, by section of the file."""

    study: StudySettings = field(default_factory=StudySettings)
    display: DisplaySettings = field(default_factory=DisplaySettings)
    notes: NoteSettings = field(default_factory=NoteSettings)
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """Actions, as the help of a screen names them, with the keys they are bound to instead."""
    presets: Mapping[str, Preset] = field(default_factory=lambda: MappingProxyType({}))
    """By name, in the order of the file: the first that matches a card is the card's."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as it is declared."""

    section: str
    key: str
    kind: type
    """float, int, bool, str, or tuple for a list."""
    default: Any
    meaning: str
    rule: Rule

    @property
    def name(self) -> str:
        """Its name with the section: ``study.new_per_day``."""
        return f"{self.section}.{self.key}"

    @property
    def choices(self) -> tuple[str, ...]:
        """The values there are, where they can be counted."""
        if isinstance(self.rule.holds, _OneOf):
            return self.rule.holds.choices
        return ("true", "false") if self.kind is bool else ()

    def of(self, settings: Settings) -> Any:
        """Return its value in ``settings``; None where a preset leaves it to [study]."""
        section, _, preset = self.section.partition(".")
        if section == "keys":
            return settings.keys.get(self.key)
        if preset:
            return getattr(settings.presets[preset], self.key)
        return getattr(getattr(settings, self.section), self.key)

    def check(self, value: Any, path: Path | None = None) -> Any:
        """Return ``value``, as TOML has it, as the setting holds it.

        Raises:
            InputError: it is of the wrong kind, or the rule does not hold.
        """
        error = InputError(f"{self.name} must be {self.rule.wanted}, not {value!r}.", path=path)
        if self.kind is tuple:
            if not isinstance(value, list):
                raise error
            value = tuple(value)
        elif self.kind is float and type(value) is int:
            value = float(value)
        elif type(value) is not self.kind:
            raise error
        try:
            if not self.rule.holds(value):
                raise error
        except (TypeError, AttributeError):  # a list of something else
            raise error from None
        return value


def declared(section: str | None = None) -> list[Setting]:
    """Return every setting, or those of one section, in the order of the dataclasses."""
    known = _sections()
    return [
        _declared(name, one)
        for name, type_ in known.items()
        if section in {None, name}
        for one in fields(type_)
    ]


def declared_in_preset(name: str) -> list[Setting]:
    """Return every setting that a preset may have, with the section of the preset ``name``."""
    study = {one.key: one for one in declared("study")}
    section = f"presets.{name}"
    return [
        replace(study[one.name], section=section) if one.name in study else _declared(section, one)
        for one in fields(Preset)
    ]


def load(path: Path) -> Settings:
    """Read the settings at ``path``; without a file, the defaults.

    Raises:
        InputError: not TOML, an unknown name, or a value of the wrong kind or out of its range.
    """
    try:
        return parse(path.read_text(encoding="utf-8"), path)
    except FileNotFoundError:
        return Settings()
    except UnicodeDecodeError as error:
        raise InputError(f"This is not valid TOML: {error}.", path=path) from error
    except NotADirectoryError as error:
        raise InputError(
            f"{path.parent} is a file, and should be a folder.",
            hint="Point WARMSTART_HOME at a folder, or at one that is still to be made.",
        ) from error
    except OSError as error:
        raise InputError(f"The settings cannot be read: {error.strerror}.", path=path) from error


def parse(text: str, path: Path) -> Settings:
    """Return the settings that the text of a file gives.

    Raises:
        InputError: as ``load`` does.
    """
    import tomllib  # Here: most homes have no file to read, and the first frame would wait for it.

    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"This is not valid TOML: {error}.", path=path) from error
    settings = Settings()
    sections = _sections().keys() | _OPEN
    for name, values in data.items():
        if name not in sections:
            known = ", ".join(f"[{s}]" for s in sorted(sections))
            raise InputError(f"There is no section [{name}]; the sections are {known}.", path=path)
        if not isinstance(values, dict):
            raise InputError(
                f"{name} is a section: write [{name}] and its settings below.", path=path
            )
        if name == "keys":
            section: Any = _keys(values, path)
        elif name == "presets":
            section = MappingProxyType({key: _preset(key, values[key], path) for key in values})
        else:
            section = _filled(getattr(settings, name), name, declared(name), values, path)
        settings = replace(settings, **{name: section})
    return settings


def _filled(
    section: T, name: str, known: Sequence[Setting], values: Mapping[str, Any], path: Path
) -> T:
    """Return ``section``, a dataclass of settings, with the values of the file."""
    by_key = {one.key: one for one in known}
    for key in values:
        if key not in by_key:
            names = ", ".join(sorted(by_key))
            raise InputError(
                f"There is no setting {name}.{key}; [{name}] knows {names}.", path=path
            )
    checked = {key: by_key[key].check(value, path) for key, value in values.items()}
    return replace(section, **checked)  # type: ignore[type-var]


def _preset(name: str, values: Any, path: Path) -> Preset:
    if not name.strip() or not isinstance(values, dict):
        raise InputError(
            "A preset is a section with a name: write [presets.NAME] and its settings below.",
            path=path,
        )
    values = {"match": [], **values}  # one that is for nothing is a mistake, and said as such
    return _filled(Preset(), f"presets.{name}", declared_in_preset(name), values, path)


_OPEN = frozenset(("keys", "presets"))
"""Sections whose names are no settings: those of [keys] are the screens', of [presets] anyone's."""


def _sections() -> dict[str, type]:
    """Return the sections that are dataclasses."""
    return {
        one.name: one.default_factory  # type: ignore[misc]
        for one in fields(Settings)
        if one.name not in _OPEN
    }


def _declared(section: str, one: Field[Any]) -> Setting:
    kind = tuple if one.default is None else type(one.default)
    meaning, rule = one.metadata["meaning"], one.metadata["rule"]
    return Setting(section, one.name, kind, one.default, meaning, rule)


def _keys(values: Mapping[str, Any], path: Path) -> Mapping[str, tuple[str, ...]]:
    """Return [keys]; that such actions and keys exist is found out where there are any: the app."""
    found = {}
    for name, value in values.items():
        keys = [value] if isinstance(value, str) else value
        if not isinstance(keys, list) or not keys or not all(k and type(k) is str for k in keys):
            raise InputError(
                f'keys."{name}" must be a key such as "x" or "ctrl+x", or a list of keys,'
                f" not {value!r}.",
                path=path,
            )
        found[name] = tuple(keys)
    return MappingProxyType(found)
