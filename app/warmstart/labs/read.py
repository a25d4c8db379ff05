"""``lab.yaml`` into a ``Lab``: every complaint names the file, the line and the likely fix.

title, summary      texts
concepts            the names of the notes the lab belongs to
minutes, seed       whole numbers
knobs               name → label, help, kind (choice | int | bool), default, choices | range, …
scenario            function, source, payloads, until, steps (name → at, kind, count, …);
                    a step may call something else: function | operation | http
views               names of the stage's views
predictions, challenge, sweep   see read_asked.py
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, ParamSpec, TypeVar

from warmstart.errors import LabError
from warmstart.labs.definition import (
    MAX_SEED,
    SCENARIO_PREFIX,
    SEED,
    SLOWEST,
    Choice,
    Knob,
    Lab,
    spelled,
)
from warmstart.labs.read_asked import Asking
from warmstart.labs.scenario import (
    LOWEST,
    REQUEST_PARTS,
    TIMES,
    Burst,
    Function,
    Http,
    Operation,
    Poisson,
    Regular,
    Scenario,
    settable,
)
from warmstart.labs.views import VIEWS
from warmstart.labs.yaml_nodes import CUTOFF, items, named, read_yaml, text
from warmstart.text import nearest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from warmstart.labs.scenario import AnyStep, Target
    from warmstart.labs.views import ViewName
    from warmstart.labs.yaml_nodes import Node, Scalar

KnobKind = Literal["choice", "int", "bool"]
P = ParamSpec("P")
T = TypeVar("T")

_KNOB_KINDS: Final[dict[str, KnobKind]] = {"choice": "choice", "int": "int", "bool": "bool"}
_KNOB_VALUES: Final[dict[KnobKind, str]] = {"choice": "choices", "int": "range", "bool": ""}
_STEP_KINDS: Final[dict[str, type[AnyStep]]] = {
    kind.kind: kind for kind in (Burst, Regular, Poisson)
}
_TARGETS: Final = ("function", "operation", "http")
_STEP_NUMBERS: Final = {
    "burst": ("count",),
    "regular": ("count", "every"),
    "poisson": ("per_minute", "lasting"),
}


def read_lab(folder: Path) -> Lab:
    """Read the lab that lies in ``folder``.

    Raises:
        LabError: a file is missing, or ``lab.yaml`` says something that cannot be.
    """
    lab, faults = read_all(folder)
    if lab is None:
        raise faults[0]
    return lab


def read_all(folder: Path) -> tuple[Lab | None, list[LabError]]:
    """Read a lab for its author: the lab, or all that is wrong with its ``lab.yaml``.

    A wrong knob hides no other, nor a wrong prediction. What has to be known first does: the keys
    at the top, and the scenario, which the others point into.
    """
    attempt = _Attempts()
    entries = attempt(_fields, folder)
    scenario = attempt(_scenario, entries["scenario"]) if entries else None
    if entries is None or scenario is None:
        return None, attempt.faults
    knob_nodes = attempt(named, entries.get("knobs")) or {}
    knobs = [attempt(_knob, name, node, scenario) for name, node in knob_nodes.items()]
    read = [knob for knob in knobs if knob is not None]
    seed = attempt(entries["seed"].integer, 0, MAX_SEED) or 0
    asking = Asking(folder / "checks.py", scenario, tuple(read), seed)
    questions = attempt(named, entries.get("predictions")) or {}
    predictions = [attempt(asking.prediction, name, node) for name, node in questions.items()]
    lab = Lab(
        name=folder.name,
        folder=folder,
        title=attempt(entries["title"].text) or "",
        summary=attempt(entries["summary"].text) or "",
        concepts=tuple(attempt(_texts, entries["concepts"]) or ()),
        minutes=attempt(entries["minutes"].integer, 1, 600) or 0,
        seed=seed,
        knobs=tuple(read),
        scenario=scenario,
        predictions=tuple(found for found in predictions if found is not None),
        views=attempt(_views, entries.get("views")) or (),
        # A knob that could not be read is no reason to call it unknown.
        challenge=attempt(asking.challenge, entries.get("challenge")) if all(knobs) else None,
        sweep=attempt(asking.sweep, entries.get("sweep")) if all(knobs) else None,
    )
    return (None if attempt.faults else lab), attempt.faults


class _Attempts:
    """Calls readers, and keeps what they complain of."""

    def __init__(self) -> None:
        self.faults: list[LabError] = []

    def __call__(self, read: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        try:
            return read(*args, **kwargs)
        except LabError as error:
            self.faults.append(error)
            return None


def _fields(folder: Path) -> dict[str, Node]:
    return read_yaml(folder / "lab.yaml").fields(
        "title summary concepts minutes seed scenario",
        "views knobs predictions challenge sweep",
    )


def _texts(node: Node) -> list[str]:
    return [item.text() for item in node.items()]


def _views(node: Node | None) -> tuple[ViewName, ...]:
    named = dict.fromkeys(item.one_of(VIEWS) for item in items(node))
    return tuple(view for name in named for view in VIEWS if view == name)


# Scenario


def _scenario(node: Node) -> Scenario:
    entries = node.fields("source payloads steps", "function until")
    payloads = {name: item.plain() for name, item in entries["payloads"].mapping().items()}
    steps = {
        name: _step(name, step, entries, payloads)
        for name, step in entries["steps"].mapping().items()
    }
    if not steps:
        raise entries["steps"].error("A scenario needs at least one step.")
    until = entries["until"].duration() if "until" in entries else None
    return Scenario(steps=tuple(steps.values()), payloads=payloads, until=until)


def _step(name: str, node: Node, scenario: dict[str, Node], payloads: dict[str, object]) -> AnyStep:
    if name == SLOWEST:
        raise node.error(f"A step cannot be called {SLOWEST}: predictions use that word.")
    keys = node.mapping()
    kind = _STEP_KINDS[keys["kind"].one_of(_STEP_KINDS) if "kind" in keys else "burst"]
    own = _STEP_NUMBERS[kind.kind]
    entries = node.fields("at", " ".join(["label payloads source kind", *_TARGETS, *own]))
    used = [item.one_of(payloads) for item in items(entries.get("payloads"))]
    used = used or list(payloads)[:1]
    if not used:
        raise scenario["payloads"].error("A scenario needs at least one payload.")
    numbers = {
        key: entries[key].duration() if key in TIMES else entries[key].integer(1)
        for key in own
        if key in entries
    }
    return kind(
        name=name,
        label=text(entries, "label", name.replace("-", " ")),
        at=entries["at"].duration(),
        payloads=tuple(used),
        target=_aim(node, entries, scenario, [payloads[name] for name in used]),
        source=entries.get("source", scenario["source"]).text(),
        **numbers,
    )


def _aim(
    node: Node, entries: dict[str, Node], scenario: dict[str, Node], payloads: list[object]
) -> Target:
    """Read what a step calls, and see that its payloads are of use there."""
    own = [key for key in _TARGETS if key in entries]
    if len(own) > 1:
        raise node.error(f"A step calls one thing, and this names {' and '.join(own)}.")
    if not own and "function" not in scenario:
        raise node.error("The step calls nothing.", hint=f"Known: {', '.join(_TARGETS)}.")
    key = own[0] if own else "function"
    named = entries.get(key) or scenario[key]
    if key == "function":
        return Function(named.text())
    for payload in payloads:
        if not isinstance(payload, dict):
            raise named.error("Its payload should be a mapping.")
        strange = next((part for part in payload if part not in REQUEST_PARTS), None)
        if key == "http" and strange is not None:
            raise named.error(
                f"A request has no {strange!r}.", hint=f"Known: {', '.join(REQUEST_PARTS)}."
            )
    if key == "http":
        return Http(named.text())
    service, colon, operation = named.text().partition(":")
    if not (service and colon and operation):
        raise named.error(
            f"{named.text()!r} is no operation.", hint="Write service:Operation, sqs:SendMessage."
        )
    return Operation(service, operation)


# Knobs


def _knob(name: str, node: Node, scenario: Scenario) -> Knob:
    if name == SEED:
        raise node.error(f"A knob cannot be called {SEED}: every lab has that one.")
    keys = node.mapping()
    if "kind" not in keys:
        raise node.error(f"{name} lacks kind.", hint=f"Known: {', '.join(_KNOB_KINDS)}.")
    kind = _KNOB_KINDS[keys["kind"].one_of(_KNOB_KINDS)]
    entries = node.fields(f"label help kind default {_KNOB_VALUES[kind]}", "unit sets model")
    unit = text(entries, "unit")
    low, high = _range(entries["range"]) if kind == "int" else (0, 0)
    knob = Knob(
        name=name,
        label=entries["label"].text(),
        help=entries["help"].text(),
        kind=kind,
        default=entries["default"].scalar(),
        choices=_choices(kind, entries.get("choices"), unit, scenario),
        low=low,
        high=high,
        unit=unit,
        sets=tuple(_target(item.text(), item, scenario) for item in items(entries.get("sets"))),
        model="model" in entries and entries["model"].scalar() is True,
    )
    for item in items(entries.get("sets")):
        _check_takes(knob, item)
    if not knob.accepts(knob.default):
        raise entries["default"].error(f"The default of {name} should be {knob.values}.")
    if not knob.sets and not any(choice.sets for choice in knob.choices):
        raise node.error(
            f"The knob {name} sets nothing.", hint="Give it sets: [Resource.Property]."
        )
    return knob


def _check_takes(knob: Knob, node: Node) -> None:
    """Check that what a knob sets takes each of its values; the template's own are not known."""
    target = node.text()
    if not target.startswith(SCENARIO_PREFIX):
        return
    number = target.rpartition(".")[2]
    if number in TIMES:
        raise node.error(
            f"{target} is a time, and {knob.name} has none.",
            hint=f"Use kind: choice, each with sets: {{{target}: 10s}}.",
        )
    values = [choice.value for choice in knob.choices] if knob.choices else [knob.low]
    for value in values:
        if isinstance(value, bool) or not isinstance(value, int) or value < LOWEST[number]:
            raise node.error(
                f"{target} takes whole numbers from {LOWEST[number]} on, and {knob.name} can be "
                f"{knob.write(value)}."
            )


def _range(node: Node) -> tuple[int, int]:
    match [item.integer(-(2**31), 2**31) for item in node.items()]:
        case [low, high] if low < high:
            return low, high
    raise node.error("range should be [lowest, highest].")


def _choices(
    kind: KnobKind, node: Node | None, unit: str, scenario: Scenario
) -> tuple[Choice, ...]:
    if kind == "bool":
        return Choice(value=False, label="off"), Choice(value=True, label="on")
    if node is None:
        return ()
    choices = tuple(_choice(item, unit, scenario) for item in node.items())
    if len({str(choice.value) for choice in choices}) < max(2, len(choices)):
        raise node.error("choices should be two or more different values.")
    return choices


def _choice(node: Node, unit: str, scenario: Scenario) -> Choice:
    """Read a choice: a bare value, or a mapping with value, label and what it sets."""
    if not node.is_mapping:
        value = node.scalar()
        return Choice(value, f"{spelled(value)} {unit}".rstrip())
    entries = node.fields("value", "label sets")
    value = entries["value"].scalar()
    sets = {
        _target(target, item, scenario): _setting(target, item)
        for target, item in named(entries.get("sets")).items()
    }
    return Choice(value, text(entries, "label", f"{spelled(value)} {unit}".rstrip()), sets)


def _setting(target: str, node: Node) -> Scalar:
    """Read what a choice sets; a time of the scenario is written as one."""
    if not target.startswith(SCENARIO_PREFIX):
        return node.scalar()
    number = target.rpartition(".")[2]
    return node.duration() if number in TIMES else node.integer(LOWEST[number])


def _target(target: str, node: Node, scenario: Scenario) -> str:
    """Check what a knob sets: ``Resource.Property…`` or ``scenario.step.number``."""
    if not target.startswith(SCENARIO_PREFIX):
        resource, dot, rest = target.partition(".")
        if not (resource and dot and all(rest.split("."))):
            raise node.error(f"{target!r} names no property.", hint="Write Resource.Property.")
        return target
    known = [
        f"{SCENARIO_PREFIX}{step.name}.{number}"
        for step in scenario.steps
        for number in settable(step)
    ]
    if target not in known:
        close = ", ".join(nearest(target, known, 3, cutoff=CUTOFF) or known[:3])
        raise node.error(f"The scenario has no number {target!r}.", hint=f"Known: {close}.")
    return target
