"""A machine as a graph: its edges, its states in the order they are read, and Mermaid's diagram."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from warmstart.runtime.asl import model

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warmstart.runtime.asl.model import Machine, State


class Edge(NamedTuple):
    """A way from one state to another of the same machine."""

    target: str
    why: str = ""
    """Empty for what simply follows; ``rule 2``, ``otherwise``, ``on States.Timeout``."""
    caught: bool = False
    """Whether it is a Catch's."""


def edges(state: State) -> list[Edge]:
    """Return where a state leads, what simply follows first and what is caught last."""
    found: list[Edge] = []
    if isinstance(state, model.Choice):
        found += [Edge(rule.next, f"rule {at}") for at, rule in enumerate(state.rules, start=1)]
        if state.next is not None:
            found.append(Edge(state.next, "otherwise"))
    elif state.next is not None:
        found.append(Edge(state.next))
    if isinstance(state, model.Working):
        found += [
            Edge(catch.next, f"on {', '.join(catch.errors)}", caught=True) for catch in state.catch
        ]
    return found


def order(machine: Machine, *, caught: bool = True) -> list[State]:
    """Return the states that can be reached, each after all that lead to it unless in a loop.

    Of several ways the first comes first. Without ``caught``, only what is reached although
    nothing fails. (The reverse of a depth-first walk's order of leaving, without recursion.)
    """
    left: list[State] = []
    seen: set[str] = set()
    ways: list[tuple[str, list[str]]] = []

    def enter(name: str) -> None:
        seen.add(name)
        targets = [edge.target for edge in edges(machine.states[name]) if caught or not edge.caught]
        ways.append((name, targets))

    enter(machine.start)
    while ways:
        name, targets = ways[-1]
        if not targets:
            left.append(machine.states[name])
            ways.pop()
        elif (target := targets.pop()) not in seen:
            enter(target)
    return left[::-1]


def kind(state: State) -> str:
    """Return a state's type and what decides what it does: ``Task lambda:invoke``."""
    if isinstance(state, model.Task):
        shown = state.resource.shown
        return f"Task {state.resource.kind}" + (f":{shown}" if shown else "")
    if isinstance(state, model.Map) and state.distributed:
        return "Map, distributed"
    return state.type


def mermaid(machine: Machine) -> str:
    """Draw a machine as Mermaid's ``stateDiagram-v2``."""
    return "\n".join(["stateDiagram-v2", *_mermaid(machine, "    ")])


def _mermaid(machine: Machine, indent: str) -> Iterator[str]:
    yield f"{indent}[*] --> {_id(machine.start)}"
    for state in order(machine):
        inner = state.within
        label = state.name.replace('"', "'")
        yield f'{indent}state "{label}" as {_id(state.name)}' + (" {" if inner else "")
        for at, branch in enumerate(inner):
            if at:
                yield f"{indent}    --"
            yield from _mermaid(branch, indent + "    ")
        if inner:
            yield f"{indent}}}"
        for edge in edges(state):
            named = f" : {edge.why.replace(':', ' ')}" if edge.why else ""
            yield f"{indent}{_id(state.name)} --> {_id(edge.target)}{named}"
        if state.next is None and not isinstance(state, model.Choice):
            yield f"{indent}{_id(state.name)} --> [*]"


def _id(name: str) -> str:
    """Return a state's name as Mermaid takes ids: letters and digits, and still unique."""
    return "s_" + re.sub(r"[^A-Za-z0-9]", lambda found: f"_{ord(found[0]):x}_", name)
