"""A machine drawn: as indented text, and as Mermaid's state diagram."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from warmstart.runtime.asl import model

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warmstart.runtime.asl.model import Machine, State

_SIGNS = {
    "Pass": "·", "Task": "■", "Choice": "◆", "Wait": "◷", "Succeed": "✓", "Fail": "✗",
    "Parallel": "‖", "Map": "↻",
}  # fmt: skip


def edges(state: State) -> list[tuple[str, str]]:
    """Return where a state leads, each with why: empty for what simply follows."""
    found: list[tuple[str, str]] = []
    if isinstance(state, model.Choice):
        found += [(rule.next, f"rule {at}") for at, rule in enumerate(state.rules, start=1)]
        if state.next is not None:
            found.append((state.next, "otherwise"))
    elif state.next is not None:
        found.append((state.next, ""))
    if isinstance(state, model.Working):
        found += [(catch.next, f"on {', '.join(catch.errors)}") for catch in state.catch]
    return found


def order(machine: Machine) -> list[State]:
    """Return the states as they are reached from the start, what simply follows first."""
    found: dict[str, State] = {}
    waiting = [machine.start]
    while waiting:
        name = waiting.pop()
        if name in found or name not in machine.states:
            continue
        found[name] = machine.states[name]
        waiting += reversed([target for target, _ in edges(found[name])])
    return list(found.values())


def text(machine: Machine) -> str:
    """Draw a machine as text, a state a line; what is inside a state is indented below it."""
    return "\n".join(_lines(machine, ""))


def _lines(machine: Machine, indent: str) -> Iterator[str]:
    states = order(machine)
    for at, state in enumerate(states):
        follows = states[at + 1].name if at + 1 < len(states) else None
        yield f"{indent}{_SIGNS[state.type]} {state.name}  ({_kind(state)})"
        for number, inner in enumerate(_inside(state), start=1):
            if isinstance(state, model.Parallel):
                yield f"{indent}│ branch {number}"
            yield from _lines(inner, indent + "│   ")
        yield from _arrows(state, indent, follows)


def _arrows(state: State, indent: str, follows: str | None) -> Iterator[str]:
    targets = edges(state)
    if targets == [(follows, "")]:
        yield f"{indent}↓"
        return
    for target, why in targets:
        yield f"{indent}├→ {target}" + (f"  {why}" if why else "")
    if state.next is None and not isinstance(state, model.Choice):
        yield f"{indent}╵ end"


def _kind(state: State) -> str:
    if isinstance(state, model.Task):
        shown = state.resource.shown
        return f"Task {state.resource.kind}" + (f":{shown}" if shown else "")
    if isinstance(state, model.Map) and state.distributed:
        return "Map, distributed"
    return state.type


def _inside(state: State) -> tuple[Machine, ...]:
    if isinstance(state, model.Parallel):
        return state.branches
    return (state.processor,) if isinstance(state, model.Map) else ()


def mermaid(machine: Machine) -> str:
    """Draw a machine as Mermaid's ``stateDiagram-v2``."""
    return "\n".join(["stateDiagram-v2", *_mermaid(machine, "    ")])


def _mermaid(machine: Machine, indent: str) -> Iterator[str]:
    yield f"{indent}[*] --> {_id(machine.start)}"
    for state in order(machine):
        inner = _inside(state)
        label = state.name.replace('"', "'")
        yield f'{indent}state "{label}" as {_id(state.name)}' + (" {" if inner else "")
        for at, branch in enumerate(inner):
            if at:
                yield f"{indent}    --"
            yield from _mermaid(branch, indent + "    ")
        if inner:
            yield f"{indent}}}"
        for target, why in edges(state):
            named = f" : {why.replace(':', ' ')}" if why else ""
            yield f"{indent}{_id(state.name)} --> {_id(target)}{named}"
        if state.next is None and not isinstance(state, model.Choice):
            yield f"{indent}{_id(state.name)} --> [*]"


def _id(name: str) -> str:
    """Return a state's name as Mermaid takes ids: letters and digits, and still unique."""
    return "s_" + re.sub(r"[^A-Za-z0-9]", lambda found: f"_{ord(found[0]):x}_", name)
