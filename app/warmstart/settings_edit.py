"""Writing one setting back into its file, where everything else stays as its owner left it.

Comments, order and formatting are the owner's: tomlkit changes the one value. The file is replaced
whole or not at all, and only if it still says what was read from it; what it would then say is read
as a start reads it, so that no change can leave a file that the next start refuses.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from warmstart.errors import InputError, UsageError
from warmstart.settings import (
    Rule,
    Setting,
    Settings,
    declared,
    declared_in_preset,
    load,
    parse,
)
from warmstart.text import asked, nearest

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from tomlkit import TOMLDocument

KEYS: Final = Rule('a key such as "x" or "ctrl+x", or a list of keys', bool)
_WORDS: Final = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """The file as it was read: what it says, and what that means."""

    path: Path
    text: str | None
    """None where there is no file yet."""
    settings: Settings

    @classmethod
    def read(cls, path: Path) -> SettingsFile:
        """Read the file.

        Raises:
            InputError: it cannot be read, or is wrong.
        """
        text = _text(path)
        return cls(path, text, Settings() if text is None else parse(text, path))

    def all(self) -> list[Setting]:
        """Return every setting there is, those of presets and rebound keys included."""
        found = declared()
        for name in self.settings.presets:
            found += declared_in_preset(name)
        return found + [_key(name) for name in self.settings.keys]

    def changed(self, setting: Setting, value: Any) -> SettingsFile:
        """Write a value, as TOML has it, and return the file as it is now; None takes it out.

        Raises:
            InputError: the value is wrong, somebody changed the file meanwhile, or it cannot be
                written; it is left as it was.
        """
        if value is not None and setting.section != "keys":
            setting.check(value, self.path)
        document = self._document()
        if value is None:
            table = _table(document, setting, make=False)
            if table is not None:
                table.pop(setting.key, None)
        else:
            table = _table(document, setting, make=True)
            assert table is not None
            table[setting.key] = value
        return self._written(document)

    def without_preset(self, name: str) -> SettingsFile:
        """Take a preset out and return the file as it is now; raises as ``changed`` does."""
        document = self._document()
        document["presets"].pop(name)
        return self._written(document)

    def _document(self) -> TOMLDocument:
        import tomlkit

        return tomlkit.parse(self.text or "")

    def _written(self, document: TOMLDocument) -> SettingsFile:
        text = document.as_string()
        after = replace(self, text=text, settings=parse(text, self.path))
        if _text(self.path) != self.text:
            raise InputError(
                "The settings were changed elsewhere meanwhile, and were left as they are now.",
                path=self.path,
                hint="Look at them, and make your change again.",
            )
        _put(self.path, text)
        return after


def find(name: str) -> Setting:
    """Return the setting with this name: ``study.fuzz``, ``presets.NAME.fuzz``, ``keys.ACTION``.

    Raises:
        UsageError: there is none; says which names come close.
    """
    section, _, key = name.partition(".")
    if section == "keys" and key:
        return _key(key)
    known = {one.name: one for one in declared()}
    if section == "presets":
        # A preset that is still to be made has its settings too: the first makes it.
        preset = name.removeprefix("presets.").rpartition(".")[0]
        if preset:
            known |= {one.name: one for one in declared_in_preset(preset)}
    if name in known:
        return known[name]
    near = [one for one in known if one.rpartition(".")[2] == name]
    near = near or nearest(name, known, 3, cutoff=0.5)
    hint = asked(near).rstrip() or "`warmstart settings` lists them."
    raise UsageError(f"There is no setting {name!r}.", hint=hint)


def value_of(setting: Setting, text: str) -> Any:
    """Return what somebody wrote as the value TOML has for it; whether it is right is not asked.

    Lists are written with commas or as TOML has them; texts need no quotes.
    """
    text = text.strip()
    if setting.kind is bool:
        return _WORDS.get(text.lower(), text)
    if setting.kind in {int, float}:
        return _number(text)
    if setting.kind is str:
        return text.strip("\"'")
    if text.startswith("[") and text.endswith("]"):
        import tomllib

        try:
            return tomllib.loads(f"value = {text}")["value"]
        except tomllib.TOMLDecodeError:
            text = text[1:-1]
    parts = [part.strip().strip("\"'") for part in text.split(",")]
    numbers = bool(setting.default) and isinstance(setting.default[0], float)
    return [_number(part) if numbers else part for part in parts if part]


def shown(value: Any) -> str:
    """Return a value as ``value_of`` reads it; None, which is nothing of one's own, as a dash."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ", ".join(map(shown, value)) if value else "[]"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _number(text: str) -> float | str:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _key(action: str) -> Setting:
    meaning = "The key of an action, as the help of a screen names it."
    return Setting("keys", action, tuple, None, meaning, KEYS)


def _table(
    document: TOMLDocument, setting: Setting, *, make: bool
) -> MutableMapping[str, Any] | None:
    import tomlkit

    place: Any = document
    section, _, preset = setting.section.partition(".")
    for name in [section, preset] if preset else [section]:
        if name not in place:
            if not make:
                return None
            inner = bool(preset) and name == section
            place[name] = tomlkit.table(is_super_table=inner)
        place = place[name]
    found: MutableMapping[str, Any] = place
    return found


def _text(path: Path) -> str | None:
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError):
        load(path)  # says what is wrong
        raise


def _put(path: Path, text: str) -> None:
    """Replace the file by one with this text; a link stays a link, and permissions stay."""
    target = Path(os.path.realpath(path))
    temporary = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists() and not os.access(target, os.W_OK):
            raise PermissionError(13, "permission denied")
        with tempfile.NamedTemporaryFile(
            "wb", dir=target.parent, prefix=f".{target.name}.", delete=False
        ) as file:
            temporary = Path(file.name)
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            temporary.chmod(target.stat().st_mode)
        temporary.replace(target)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise InputError(
            f"The settings cannot be written: {(error.strerror or str(error)).lower()}.",
            path=path,
            hint="Nothing was changed.",
        ) from error
