"""Random machines: none crashes, every state entered is left or failed, and a seed repeats."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from asl_machines import execute, played, types
from warmstart.labs.visits import OPEN
from warmstart.runtime.asl import parse
from warmstart.runtime.asl.graph import edges
from warmstart.runtime.asl.layout import lay_out
from warmstart.runtime.asl.parse import read

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["a", "$.a", "{% 1 %}"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner),
    max_leaves=5,
)
PATHS = st.sampled_from(
    ["$", "$.a", "$.a.b", "$[0]", "$$.State.Name", "$.b[*]", "States.UUID()",
     "States.MathRandom(0, 9)", "States.ArrayLength($.a)", "$.a[-1:]"]
)  # fmt: skip
EXPRESSIONS = st.sampled_from(
    ["{% $states.input %}", "{% $states.input.a + 1 %}", "{% $uuid() %}", "{% $random() %}",
     "{% [1..3] %}", "{% $v %}", "{% $now() %}", "{% $partition([1, 2, 3], 2) %}"]
)  # fmt: skip


@st.composite
def machines(draw: st.DrawFn, prefix: str = "", depth: int = 0) -> dict[str, Any]:
    names = [f"{prefix}{at}" for at in range(draw(st.integers(1, 4)))]
    return {
        "StartAt": names[0],
        "States": {name: draw(states(name, names, depth)) for name in names},
    }


@st.composite
def states(draw: st.DrawFn, name: str, names: list[str], depth: int) -> dict[str, Any]:
    kinds = ["Pass", "Pass", "Choice", "Wait", "Succeed", "Fail"]
    kind = draw(st.sampled_from(kinds + ["Map", "Parallel"] * (depth < 2)))
    jsonata = draw(st.booleans())
    state: dict[str, Any] = {"Type": kind}
    if jsonata:
        state["QueryLanguage"] = "JSONata"
    if kind not in ("Choice", "Succeed", "Fail"):
        following = draw(st.sampled_from([None, *names]))
        state |= {"End": True} if following is None else {"Next": following}
    if kind == "Choice":
        target = draw(st.sampled_from(names))
        rule = (
            {"Condition": draw(st.sampled_from(["{% true %}", "{% $states.input.a = 1 %}"]))}
            if jsonata
            else {"Variable": draw(st.sampled_from(["$.a", "$"])), "IsPresent": True}
        )
        state |= {"Choices": [{**rule, "Next": target}], "Default": draw(st.sampled_from(names))}
    elif kind == "Wait":
        state["Seconds"] = draw(st.integers(0, 5))
    elif kind == "Pass" and not jsonata:
        state["Parameters"] = {"a.$": draw(PATHS), "b": draw(VALUES)}
        state["ResultPath"] = draw(st.sampled_from(["$", "$.a", "$.x.y", None]))
    elif kind == "Map":
        state["ItemProcessor"] = draw(machines(f"{name}.", depth + 1))
    elif kind == "Parallel":
        state["Branches"] = [draw(machines(f"{name}.{at}.", depth + 1)) for at in range(2)]
    if jsonata and kind in ("Pass", "Wait", "Map"):
        state["Output"] = draw(EXPRESSIONS | VALUES)
    if kind in ("Map", "Parallel") and draw(st.booleans()):
        state["Catch"] = [{"ErrorEquals": ["States.ALL"], "Next": draw(st.sampled_from(names))}]
    return state


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(machines(), VALUES)
def test_a_machine_ends_and_its_history_adds_up_and_repeats(machine: Any, data: Any) -> None:
    _, problems = read(json.dumps(machine))
    assume(not problems)
    run = execute(machine, data, most_events=300)
    assert run.status in ("SUCCEEDED", "FAILED")
    assert [event["id"] for event in run.history.events] == list(
        range(1, len(run.history.events) + 1)
    )
    assert all(event["previousEventId"] < event["id"] for event in run.history.events)
    seen = Counter(kind.removesuffix("Entered") for kind in types(run) if kind.endswith("Entered"))
    left = Counter(kind.removesuffix("Exited") for kind in types(run) if kind.endswith("Exited"))
    assert not left - seen
    if run.status == "SUCCEEDED" and not any("Failed" in kind for kind in types(run)):
        assert left == seen
    again = execute(machine, data, most_events=300)
    assert again.history.events == run.history.events


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(machines(), st.booleans(), st.integers(4, 40))
def test_what_is_drawn_holds_all_and_overlaps_nothing(
    machine: Any, roomy: bool, names: int
) -> None:
    parsed, problems = read(json.dumps(machine))
    assume(parsed is not None and not problems)
    assert parsed is not None
    layout = lay_out(parsed, names=names, roomy=roomy)
    within = list(parse.machines(parsed))
    states = [state for each in within for state in each.states.values()]
    assert {place.state.name for place in layout.places.values()} == {each.name for each in states}
    taken = [
        (place.x + cell, place.y)
        for place in layout.places.values()
        for cell in (0, *range(2, 2 + place.label))
    ]
    assert len(set(taken)) == len(taken)
    ways = {(wire.source, wire.target, wire.caught) for wire in layout.wires}
    assert ways == {(state.name, to.target, to.caught) for state in states for to in edges(state)}
    lines = {(x, y) for wire in layout.wires for x, y, _ in wire.cells}
    heads = {wire.head[:2] for wire in layout.wires}
    brackets = {(each.x, y) for each in layout.brackets for y in range(each.y, each.end + 1)}
    assert not set(taken) & (lines | heads | brackets)
    assert not brackets & (lines | heads)
    assert all(
        0 <= x < layout.width and 0 <= y < layout.height for x, y in [*taken, *lines, *heads]
    )


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(machines(), VALUES)
def test_an_execution_played_leaves_nothing_open(machine: Any, data: Any) -> None:
    assume(not read(json.dumps(machine))[1])
    play = played(machine, data, most_events=200)
    ways = {(state.name, *edge[::2]) for state in play.states.values() for edge in edges(state)}
    before = play.at(0)
    assert not before.taken
    for count in range(1, len(play) + 1):
        shown = play.at(count)
        assert before.taken <= shown.taken <= ways
        for name, state in shown.states.items():
            assert 0 <= state.visits - before.states[name].visits <= (name == shown.current)
        before = shown
    assert not any(state.open or state.status in OPEN for state in before.states.values())
    entered = Counter(
        event.details["name"] for event in play.events if event.type.endswith("Entered")
    )
    assert {name: each.visits for name, each in before.states.items() if each.visits} == entered


@settings(max_examples=60, deadline=None)
@given(st.text() | VALUES.map(str) | st.text(st.sampled_from('{}[]":,$.%a1 ')))
def test_no_text_crashes_the_parser(text: str) -> None:
    read(text)


def test_bad_definitions_are_refused_with_their_place() -> None:
    deep = {"Variable": "$.x", "IsNull": True, "Next": "E"}
    for _ in range(480):
        deep = {"Not": deep}
    choice = {"Type": "Choice", "Choices": [deep]}
    nested = json.dumps({"StartAt": "C", "States": {"C": choice, "E": {"Type": "Succeed"}}})
    assert read(nested)[1]
    for text in ("", "[]", "null", "{", "[" * 100_000, "1e999", '{"a": NaN}', "x" * 2_000_000):
        machine, problems = read(text)
        assert machine is None
        assert problems
