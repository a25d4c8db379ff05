"""Executions recorded on AWS itself, which nobody on this project wrote."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from asl_machines import entered, execute, types

CASES = os.environ.get("WARMSTART_CASES")
FILE = Path(CASES or ".") / "conformance" / "asl.json"

pytestmark = pytest.mark.skipif(
    CASES is None or not FILE.exists(),
    reason="WARMSTART_CASES does not lead to conformance/asl.json, the recorded executions",
)

PLACEHOLDERS = {
    # The recording's own timestamp was replaced by a word, which is no timestamp any more.
    "date": "2016-03-14T01:59:00.000000000Z",
}


def cases() -> dict[str, Any]:
    if CASES is None or not FILE.exists():
        return {}
    found = json.loads(FILE.read_text(encoding="utf-8"))
    return {name.split("::", 1)[1]: case for name, case in found.items()}


def value(text: Any) -> Any:
    try:
        return json.loads(text) if isinstance(text, str) else text
    except ValueError:
        return text


def given(case: dict[str, Any]) -> Any:
    text = json.dumps(value(case["input"]))
    for word, meant in PLACEHOLDERS.items():
        text = text.replace(json.dumps(word), json.dumps(meant))
    return json.loads(text)


def like(got: Any, expected: Any) -> bool:
    """Compare; what a recording has replaced by a word stands for anything of its kind."""
    if expected == "RandomNumberGenerated":
        return isinstance(got, int)
    if isinstance(expected, str) and expected in PLACEHOLDERS:
        return bool(got == PLACEHOLDERS[expected])
    if isinstance(expected, dict):
        return got.keys() == expected.keys() and all(like(got[k], expected[k]) for k in expected)
    return bool(got == expected)


def as_recorded(happened: list[str]) -> list[str]:
    """Return the types of events as whoever recorded them has put a Parallel's in order.

    At each end of a Parallel, all since the last one started was replaced by what had come before
    its first end: so ParallelStateSucceeded is lost, and of nested ones the inner ones' ends too.
    """
    found = list(happened)
    start, inside, kept = 0, False, []
    for at, kind in enumerate(found):
        if kind in ("ParallelStateSucceeded", "ParallelStateExited"):
            found[start:at] = kept
            inside = False
        elif kind == "ParallelStateStarted":
            start, inside, kept = at + 1, True, []
        elif inside:
            kept.append(kind)
    return found


@pytest.mark.parametrize("name", cases())
def test_an_execution_goes_as_it_went_on_aws(name: str) -> None:
    case = cases()[name]
    expected = case["expected"]
    run = execute(case["definition"], given(case))
    assert run.status == expected["status"], run.cause
    assert entered(run) == expected["entered"]
    assert run.error == expected.get("error")
    if "output" in expected:
        assert like(value(run.output), value(expected["output"]))
    if expected.get("cause") is not None:
        pattern = re.escape(expected["cause"]).replace(re.escape("<json-input:1>"), ".*")
        assert re.fullmatch(pattern, run.cause or "")
    assert expected["event_types"] in (types(run), as_recorded(types(run)))
