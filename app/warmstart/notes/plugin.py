"""The settings of Obsidian Spaced Repetition, as it keeps them beside the notes.

They are JSON in ``.obsidian/plugins/obsidian-spaced-repetition/data.json``, below ``settings``.
Only what marks a card is read; what is missing has the plugin's default (``settings.ts`` there, at
commit 22fbea0).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from warmstart.errors import NoteError
from warmstart.notes.card_options import BOLD, CURLY, HIGHLIGHTS, CardOptions
from warmstart.notes.cloze import pattern_of

if TYPE_CHECKING:
    from collections.abc import Mapping

_MAX_SHOWN: Final = 40
_STRINGS: Final = {
    "singleLineCardSeparator": "single_line_card_separator",
    "singleLineReversedCardSeparator": "single_line_reversed_card_separator",
    "multilineCardSeparator": "multiline_card_separator",
    "multilineReversedCardSeparator": "multiline_reversed_card_separator",
    "multilineCardEndMarker": "multiline_card_end_marker",
}
_SWITCHES: Final = (
    ("convertHighlightsToClozes", HIGHLIGHTS, True),
    ("convertBoldTextToClozes", BOLD, False),
    ("convertCurlyBracketsToClozes", CURLY, False),
)
"""What older versions had in place of a list of patterns: name, pattern, default."""


def options_from_plugin(data: str) -> CardOptions:
    """Return what the text of the plugin's ``data.json`` says of cards.

    Names are taken in any case, since older versions wrote ``singlelineCardSeparator``.

    Raises:
        NoteError: not JSON (with the line), not the plugin's, or a value of the wrong kind.
    """
    try:
        found = json.loads(data.removeprefix("\ufeff"))
    except json.JSONDecodeError as error:
        raise NoteError(
            f"The settings of the plugin are not valid JSON: {error.msg}.", line=error.lineno
        ) from error
    except RecursionError as error:
        raise NoteError("The settings of the plugin are nested too deeply.") from error
    settings = found.get("settings", found) if isinstance(found, dict) else None
    if not isinstance(settings, dict):
        raise NoteError(
            "These are no settings of the plugin.", hint="They are an object with `settings` in it."
        )
    given = {name.lower(): value for name, value in settings.items()}
    options: dict[str, Any] = {
        ours: _text(theirs, given[theirs.lower()])
        for theirs, ours in _STRINGS.items()
        if given.get(theirs.lower()) is not None
    }
    if given.get("flashcardtags") is not None:
        options["flashcard_tags"] = _texts("flashcardTags", given["flashcardtags"])
    return CardOptions(**options, cloze_patterns=_patterns(given))


def _patterns(given: Mapping[str, Any]) -> tuple[str, ...]:
    if given.get("clozepatterns") is None:
        return tuple(
            pattern for name, pattern, default in _SWITCHES if given.get(name.lower(), default)
        )
    patterns = _texts("clozePatterns", given["clozepatterns"])
    for pattern in patterns:
        if pattern and pattern_of(pattern) is None:
            raise NoteError(
                f"The cloze pattern {pattern!r} of the plugin has no answer between delimiters.",
                hint=f"Write it like {HIGHLIGHTS}.",
            )
    return patterns


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise NoteError(f"The plugin's setting {name} is {_shown(value)}, which is no text.")
    return value.strip()


def _texts(name: str, value: object) -> tuple[str, ...]:
    if isinstance(value, str):  # older versions kept the tags as one text
        return tuple(value.split())
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise NoteError(f"The plugin's setting {name} is {_shown(value)}, not a list of texts.")
    return tuple(item.strip() for item in value)


def _shown(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= _MAX_SHOWN else text[:_MAX_SHOWN] + "…"
