"""Sagas: which states undo what others did, told by the definition alone, and how one stands.

A state that says so in its Comment (``Compensates ReserveInventory``) does. Where no state of the
machine does, the names tell: a Task, Map or Parallel that only a Catch leads to, with a word like
Refund or Release in its name, undoes the one that shares its other words (ReserveInventory).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from warmstart.runtime.asl import model
from warmstart.runtime.asl.graph import order
from warmstart.runtime.asl.parse import machines

if TYPE_CHECKING:
    from collections.abc import Iterable

    from warmstart.runtime.asl.model import Machine, State

_COMMENT: Final = re.compile(r"\s*compensates\b[\s:]*(.*?)[\s.]*", re.IGNORECASE | re.DOTALL)
_WORDS: Final = re.compile(r"[^\W\d_A-Z]+|[A-Z]+(?![a-z])|[A-Z][^\W\d_A-Z]*")
_UNDOING: Final = frozenset((
    "cancel", "compensate", "refund", "release", "restock", "restore", "reverse", "revert",
    "rollback", "undo", "void",
))  # fmt: skip


def compensations(machine: Machine) -> dict[str, str]:
    """Return the states that undo what others did, each with the name of what it undoes.

    The name is empty where nothing tells it.
    """
    said: dict[str, str] = {}
    guessed: dict[str, str] = {}
    for each in machines(machine):
        forward = forwards(each)
        for state in each.states.values():
            if match := _COMMENT.fullmatch(state.comment):
                said[state.name] = match[1]
            elif works(state) and state.name not in forward and _words(state.name) & _UNDOING:
                guessed[state.name] = _namesake(state.name, forward)
    return said or guessed


def forwards(machine: Machine) -> list[str]:
    """Return the states that do work, and are reached although nothing fails, in their order."""
    return [state.name for state in order(machine, caught=False) if works(state)]


def works(state: State) -> bool:
    """Tell whether a state does anything that could be undone."""
    return isinstance(state, model.Task | model.Map | model.Parallel)


def _namesake(name: str, others: Iterable[str]) -> str:
    """Return the one of the others that shares most words with a name; empty if several do."""
    words = _words(name)
    shared = {other: len(words & _words(other)) for other in others}
    most = max(shared.values(), default=0)
    found = [other for other, number in shared.items() if number == most]
    return found[0] if most and len(found) == 1 else ""


def _words(name: str) -> set[str]:
    return {word.casefold() for word in _WORDS.findall(name)}


def standing(
    forward: list[str], undo: dict[str, str], done: set[str], undone: set[str], *, ended: bool
) -> str:
    """Say how a saga stands; empty while nothing has been undone.

    ``done`` are the states that have done their work, ``undone`` those whose work another has
    undone since. Once it has ended, what is left as it was is told too, where that is known.
    """
    acted = [name for name in undo if name in done]
    if not acted:
        return ""
    text = f"{sum(name in done for name in forward)} forward, {len(acted)} undone"
    if not ended or not all(undo.values()):
        return text
    left = [name for name in forward if name in done - undone and name in undo.values()]
    return f"{text}, {', '.join(left)} left as it was" if left else f"{text}, nothing left to undo"
