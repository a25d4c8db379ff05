"""Other keys for the actions: ``[keys]`` of the settings, made into what Textual binds.

An action goes by the name that the help of a screen gives it, wherever it stands: ``undo = "z"`` is
for every screen that can undo. Its letters, digits and signs give way to the new keys; Esc, Enter,
arrows and keys with Ctrl stay beside them, so that no screen can lose its way out.

The names are found where they are declared. Finding them imports every screen, so it is done only
where keys are bound anew, and behind the first frame.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

from textual.binding import ActiveBinding, Binding
from textual.dom import DOMNode
from textual.keys import REPLACED_KEYS, Keys, format_key, key_to_character

from warmstart.errors import InputError
from warmstart.text import asked, nearest
from warmstart.tui.keys import Layout, key_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from textual.screen import Screen
    from textual.widget import Widget

_MODIFIERS = frozenset(("ctrl", "alt", "shift", "super", "hyper", "meta"))
_SIGNS = frozenset(REPLACED_KEYS)
_KEYS = frozenset(key.value for key in Keys) | _SIGNS


class Named:
    """Gives the bindings of a class the ids by which they can be bound to other keys."""

    def __init_subclass__(cls, **options: Any) -> None:
        """Name the bindings before Textual reads them."""
        if "BINDINGS" in cls.__dict__:
            cls.BINDINGS = [_named(binding) for binding in cls.__dict__["BINDINGS"]]  # type: ignore[attr-defined]
        super().__init_subclass__(**options)


def _named(binding: Binding) -> Binding:
    # A key that comes before the field one types in must be none that types.
    fixed = binding.priority and not any(map(types, _keys(binding)))
    if binding.id is not None or not binding.description or fixed:
        return binding
    kept = ",".join(key for key in _keys(binding) if not types(key))
    return replace(binding, id=f"{binding.description.casefold()}:{kept}")


@dataclass(frozen=True, slots=True)
class Keymap:
    """What [keys] comes to: keys by the ids of bindings, and a sentence for each mistake."""

    keys: Mapping[str, str]
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Action:
    """A binding of a class, by the name that [keys] has for it."""

    place: type
    binding: Binding

    @property
    def name(self) -> str:
        """The name."""
        return (self.binding.id or "").partition(":")[0]

    @property
    def at(self) -> str:
        """Where it can be pressed, as the screen calls itself."""
        said = getattr(self.place, "PLACE", "") or self.place.__name__.removesuffix("Screen")
        return str(said).rpartition(" · ")[2]


def actions() -> list[Action]:
    """Return every binding that can be given another key, by screen; imports all screens."""
    return [
        Action(place, binding)
        for place in _places()
        for binding in place.__dict__.get("BINDINGS", ())
        if binding.id is not None
    ]


def read(given: Mapping[str, Sequence[str]]) -> Keymap:
    """Return the keymap; what is wrong in ``given`` is left out and said."""
    known: dict[str, list[Action]] = {}
    for action in actions():
        known.setdefault(action.name, []).append(action)
    wanted: dict[str, tuple[str, ...]] = {}
    problems = []
    for name, keys in given.items():
        try:
            found = _found(name, known)
            wanted[name.casefold()] = tuple(_key(name, key, found) for key in keys)
        except InputError as error:
            problems.append(error.message)
    while (conflict := _conflict(wanted)) is not None:
        name, sentence = conflict
        del wanted[name]
        problems.append(sentence)
    keymap = {
        action.binding.id or "": ",".join(_bound(action.binding, wanted))
        for name in wanted
        for action in known[name]
    }
    return Keymap(keymap, tuple(problems))


def check(given: Mapping[str, Sequence[str]], path: Path | None = None) -> None:
    """Raise what ``read`` finds wrong.

    Raises:
        InputError: an action or a key that does not exist, or a key that has two actions then.
    """
    if problems := read(given).problems:
        raise InputError(problems[0], path=path)


def active(screen: Screen[Any]) -> list[ActiveBinding]:
    """Return the active bindings in the order they are declared in, which rebinding loses."""
    found = list(screen.active_bindings.values())
    nodes = list(dict.fromkeys(one.node for one in found))
    orders = {node: [b.action for b in _declared(type(node))] for node in nodes}

    def place(one: ActiveBinding) -> tuple[int, int]:
        order = orders[one.node]
        at = order.index(one.binding.action) if one.binding.action in order else len(order)
        return nodes.index(one.node), at

    return sorted(found, key=place) if screen.app._keymap else found  # noqa: SLF001 no other way to ask


def key_of(widget: Widget, action: str, usual: str) -> str:
    """Return the key that does ``action`` on a widget's screen, as it is shown; else ``usual``."""
    if widget.is_attached and widget.app._keymap:  # noqa: SLF001 as above
        for one in widget.screen.active_bindings.values():
            if one.binding.action == action:
                return widget.app.get_key_display(one.binding)
    return usual


def types(key: str) -> bool:
    """Whether a key writes a character: a letter, a digit, a sign or a space."""
    if key.startswith("shift+") and len(key) == len("shift+") + 1:
        return True
    return key in _SIGNS or (key_to_character(key) or "\n").isprintable()


def _places() -> Iterator[type]:
    from pkgutil import walk_packages

    from warmstart import tui

    seen: set[type] = set()
    for module in walk_packages(tui.__path__, f"{tui.__name__}."):
        for found in vars(import_module(module.name)).values():
            ours = isinstance(found, type) and found.__module__ == module.name
            if ours and issubclass(found, DOMNode) and found not in seen:
                seen.add(found)
                yield found


def _declared(place: type) -> list[Binding]:
    """Return our bindings of a class and of those it is made from, those first."""
    return [
        binding
        for base in reversed(place.__mro__)
        if base.__module__.startswith("warmstart")
        for binding in base.__dict__.get("BINDINGS", ())
    ]


def _keys(binding: Binding) -> list[str]:
    return [one.key for one in Binding.make_bindings([binding])]


def _bound(binding: Binding, wanted: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the keys of a binding with ``wanted`` in force."""
    new = wanted.get((binding.id or "").partition(":")[0])
    if new is None:
        return _keys(binding)
    return list(dict.fromkeys([*new, *(key for key in _keys(binding) if not types(key))]))


def _found(name: str, known: Mapping[str, list[Action]]) -> list[Action]:
    if (found := known.get(name.casefold())) is not None:
        return found
    hint = asked(f"“{one}”" for one in nearest(name.casefold(), known, 2, cutoff=0.5)).rstrip()
    raise InputError(
        f"[keys] names no action “{name}”. {hint or 'The help of each screen (?) names them.'}"
    )


def _key(name: str, key: str, found: Iterable[Action]) -> str:
    """Return a key by Textual's name for it, traced to a Latin keyboard."""
    latin = Layout().keys(key) if len(key) == 1 else key.strip().lower()
    *modifiers, last = latin.split("+") if len(latin) > 1 else [latin]
    real = len(last) == 1 or last in _KEYS or key_to_character(last) is not None
    if not real or not _MODIFIERS.issuperset(modifiers) or (len(key) == 1 < len(latin)):
        raise InputError(f"keys.{name}: there is no key “{key}”; write “x”, “f5” or “ctrl+x”.")
    if len(latin) == 1:
        latin = _keys(Binding(key_name(latin), "", ""))[0]
    if types(latin) and any(action.binding.priority and _fixed(action) for action in found):
        raise InputError(
            f"keys.{name}: “{key}” writes a character, and this action is needed while you type;"
            " give it a key with Ctrl or Alt."
        )
    return latin


def _fixed(action: Action) -> bool:
    return not any(map(types, _keys(action.binding)))


def _conflict(wanted: Mapping[str, Sequence[str]]) -> tuple[str, str] | None:
    """Return the name of an action whose new key does something else somewhere, and a sentence."""
    from warmstart.tui.app import WarmstartApp

    anywhere = _declared(WarmstartApp)
    for place in _places():
        here = _declared(place)
        for binding in here:
            name = (binding.id or "").partition(":")[0]
            for key in wanted.get(name, ()):
                for other in [*here, *anywhere]:
                    if other.action != binding.action and key in _bound(other, wanted):
                        return name, (
                            f"keys.{name}: “{format_key(key)}” is “{other.description}” in"
                            f" {Action(place, binding).at} already; give that another key too."
                        )
    return None
