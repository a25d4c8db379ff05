"""The trace: its lines, and reading them back."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import TYPE_CHECKING, Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from warmstart.errors import InputError
from warmstart.runtime.trace import (
    VERSION,
    FunctionError,
    Header,
    InvocationRequested,
    LogLine,
    RunEnded,
    Trace,
    TraceEvent,
    event_from_json,
    event_to_json,
)

if TYPE_CHECKING:
    from collections.abc import Callable

HEADER = Header(seed=7, epoch="2026-01-05T09:00:00Z")
_TEXT = st.text(st.characters(codec=None), max_size=12)
_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "str": _TEXT,
    "str | None": st.none() | _TEXT,
    "int": st.integers(0, 2**53),
    "int | None": st.none() | st.integers(0, 2**53),
    "bool": st.booleans(),
    "FunctionError | None": st.none()
    | st.builds(FunctionError, _TEXT, _TEXT)
    | st.builds(FunctionError, _TEXT, _TEXT, st.tuples(_TEXT), _TEXT),
}


@st.composite
def events(draw: Callable[..., Any]) -> TraceEvent:
    """Any event, whatever a handler may have put into its texts."""
    kind = draw(st.sampled_from(get_args(TraceEvent)))
    values = {item.name: draw(_VALUES.get(item.type, _VALUES["str"])) for item in fields(kind)}
    event: TraceEvent = kind(**values)
    return event


class TestLines:
    @settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(events(), max_size=6))
    def test_a_trace_reads_back_byte_for_byte(self, found: list[TraceEvent]) -> None:
        trace = Trace(HEADER)
        for event in sorted(found, key=lambda event: event.at):
            trace.append(event)
        text = trace.to_jsonl()
        again = Trace.from_jsonl(text)
        assert again == trace
        assert again.to_jsonl() == text
        text.encode("ascii")

    def test_the_form_of_a_line(self) -> None:
        event = InvocationRequested(
            at=5, request="r-1", function="greet", payload_bytes=2, source="client", root="r-1"
        )
        assert event_to_json(event) == (
            '{"kind":"InvocationRequested","at":5,"request":"r-1","function":"greet",'
            '"payload_bytes":2,"source":"client","root":"r-1",'
            '"invocation_type":"RequestResponse","version":"$LATEST","cause":null}'
        )
        assert HEADER.to_json() == (
            '{"version":7,"seed":7,"epoch":"2026-01-05T09:00:00Z","region":"us-east-1"}'
        )

    def test_wall_clock(self) -> None:
        assert HEADER.wall_clock(1_500_000).isoformat() == "2026-01-05T09:00:01.500000+00:00"


class TestOrder:
    def test_an_event_before_the_last_one_is_refused(self) -> None:
        trace = Trace(HEADER)
        trace.append(RunEnded(10, "completed"))
        with pytest.raises(ValueError, match="comes before"):
            trace.append(RunEnded(9, "completed"))

    def test_one_request_can_be_followed(self) -> None:
        trace = Trace(HEADER)
        mine = LogLine(0, "greet/1", "mine", "function", "hello")
        for event in (mine, LogLine(0, "greet/1", "other", "function", "hello")):
            trace.append(event)
        trace.append(RunEnded(3, "completed"))
        assert trace.of("mine") == [mine]
        assert (trace.end, len(trace), trace[0]) == (3, 3, mine)


class TestBrokenTraces:
    def test_a_later_version_is_refused(self) -> None:
        later = json.dumps({"version": VERSION + 1, "seed": 1, "epoch": "x", "region": "y"})
        with pytest.raises(InputError, match=f"version {VERSION + 1}") as caught:
            Trace.from_jsonl(later)
        assert caught.value.hint == "Update Warmstart to open it."

    @pytest.mark.parametrize(
        ("line", "complaint"),
        [
            ("not json", "not JSON"),
            ("[]", "not a JSON object"),
            ('{"kind":"Nonsense","at":9}', "no events of the kind 'Nonsense'"),
            ('{"kind":"RunEnded","at":9}', "broken RunEnded"),
            ('{"kind":"RunEnded","at":9,"status":"completed","more":1}', "broken RunEnded"),
            ('{"kind":"RunEnded","at":1,"status":"completed"}', "Not in order"),
        ],
    )
    def test_a_damaged_line_is_named(self, line: str, complaint: str) -> None:
        good = event_to_json(RunEnded(5, "completed"))
        with pytest.raises(InputError, match=complaint) as caught:
            Trace.from_jsonl(f"{HEADER.to_json()}\n{good}\n{line}\n")
        assert caught.value.line == 3

    @pytest.mark.parametrize("text", ["", "\n", event_to_json(RunEnded(0, "completed"))])
    def test_without_a_header_it_is_no_trace(self, text: str) -> None:
        with pytest.raises(InputError, match="header"):
            Trace.from_jsonl(text)

    def test_an_error_keeps_lambdas_key_order(self) -> None:
        theirs = FunctionError("Sandbox.Timedout", "m")
        ours = FunctionError("ValueError", "m", ("a",), "r")
        assert theirs.to_text() == '{"errorType":"Sandbox.Timedout","errorMessage":"m"}'
        assert list(ours.to_payload()) == ["errorMessage", "errorType", "requestId", "stackTrace"]
        assert FunctionError.from_payload(ours.to_payload()) == ours
        with pytest.raises(InputError):
            event_from_json('{"kind":"InitEnded","at":0,"error":{}}')
