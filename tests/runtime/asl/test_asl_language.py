"""The language's parts one by one: intrinsic functions, JSONata, choices, maps, the linter."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from asl_machines import entered, execute, types
from warmstart.runtime.asl.graph import mermaid
from warmstart.runtime.asl.lint import check
from warmstart.runtime.asl.parse import parse


def passed(template: Any, data: Any = None) -> Any:
    state = {"Type": "Pass", "Parameters": {"r.$": template}, "End": True}
    run = execute({"StartAt": "P", "States": {"P": state}}, data)
    assert run.status == "SUCCEEDED", run.cause
    return run.result["r"]


def evaluated(expression: str, data: Any = None) -> Any:
    state = {"Type": "Pass", "Output": f"{{% {expression} %}}", "End": True}
    run = execute({"QueryLanguage": "JSONata", "StartAt": "P", "States": {"P": state}}, data)
    return run.result if run.status == "SUCCEEDED" else run.cause


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (r"States.Format('{} is {}, \{\} and \'so\'', 'it', 1)", "it is 1, {} and 'so'"),
        ("States.StringToJson('{\"a\": [1]}')", {"a": [1]}),
        ("States.JsonToString($)", '{"a":[3,1,3],"s":"[1]"}'),
        ("States.Array(1, 'b', null)", [1, "b", None]),
        ("States.ArrayPartition($.a, 2)", [[3, 1], [3]]),
        ("States.ArrayContains($.a, 1)", True),
        ("States.ArrayRange(1, 9, 3)", [1, 4, 7]),
        ("States.ArrayGetItem($.a, 1)", 1),
        ("States.ArrayUnique($.a)", [3, 1]),
        ("States.Base64Encode('Data')", "RGF0YQ=="),
        ("States.Base64Decode('RGF0YQ==')", "Data"),
        ("States.Hash('a', 'MD5')", "0cc175b9c0f1b6a831c399e269772661"),
        ("States.MathAdd(1.5, -1)", 1),
        ("States.StringSplit('This.is+a,test=string', '.+,=')",
         ["This", "is", "a", "test", "string"]),
        ("States.JsonToString($.s[*])", "[]"),
        ("States.ArrayLength(States.Array(1, States.Array()))", 2),
    ],
)  # fmt: skip
def test_intrinsic_functions(call: str, expected: Any) -> None:
    assert passed(call, {"a": [3, 1, 3], "s": "[1]"}) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("$partition([1, 2, 3], 2)", [[1, 2], [3]]),
        ("$range(0, 10, 5)", [0, 5, 10]),
        ("$hash('a', 'MD5')", "0cc175b9c0f1b6a831c399e269772661"),
        ("$parse('{\"a\":null}')", {"a": None}),
        ("$states.input.xs.(n)", [1, 2]),
        ("$states.context.State.Name", "P"),
        ("$now()", "2026-01-01T00:00:00.000Z"),
        ("$random(1) = $random(1)", True),
        ("($f := function($n) { $n = 0 ? 0 : 1 + $f($n - 1) }; $f(10))", 10),
    ],
)
def test_jsonata(expression: str, expected: Any) -> None:
    assert evaluated(expression, {"xs": [{"n": 1}, {"n": 2}]}) == expected


def test_a_number_beyond_a_double_is_jsonatas_own_error() -> None:
    assert "D1001: Number out of range" in evaluated("1/0")


@pytest.mark.parametrize("expression", ["($f := function($n) { 1 + $f($n) }; $f(0))", "$eval('1')"])
def test_jsonata_that_never_ends_or_is_not_allowed_fails(expression: str) -> None:
    assert "threw an error during evaluation" in evaluated(expression)


@pytest.mark.parametrize(
    ("rule", "data", "holds"),
    [
        ({"StringMatches": "log-*.txt"}, "log-a.txt", True),
        ({"StringMatches": r"a\*b"}, "axb", False),
        ({"NumericEquals": 1}, True, False),
        ({"NumericLessThanEqualsPath": "$.y"}, 2, True),
        ({"TimestampGreaterThan": "2026-01-01T00:00:00Z"}, "2026-01-01T01:00:00+00:30", True),
        ({"IsTimestamp": True}, "2026-13-01T00:00:00Z", False),
        ({"IsPresent": False}, 1, False),
        ({"BooleanEquals": False}, False, True),
        ({"StringLessThan": "b"}, "a", True),
        ({"IsNull": False}, 1, True),
    ],
)
def test_choice_rules(rule: Any, data: Any, holds: bool) -> None:
    choice = {
        "Type": "Choice", "Choices": [{"Variable": "$.x", "Next": "Y", **rule}], "Default": "N",
    }  # fmt: skip
    ends = {name: {"Type": "Succeed"} for name in "YN"}
    run = execute({"StartAt": "C", "States": {"C": choice, **ends}}, {"x": data, "y": 2})
    assert entered(run)[1] == ("Y" if holds else "N"), run.cause


def test_branches_run_side_by_side_and_the_first_failure_aborts_the_others() -> None:
    def branch(name: str, seconds: int, last: dict[str, Any]) -> dict[str, Any]:
        wait = {"Type": "Wait", "Seconds": seconds, "Next": f"{name}2"}
        return {"StartAt": name, "States": {name: wait, f"{name}2": last}}

    fail = {"Type": "Fail", "Error": "E"}
    both = [branch("A", 5, fail), branch("B", 9, {"Type": "Succeed"})]
    run = execute(
        {"StartAt": "P", "States": {"P": {"Type": "Parallel", "Branches": both, "End": True}}}
    )
    assert (run.status, run.error, run.ended_at) == ("FAILED", "E", 5)
    assert types(run)[-3:] == ["WaitStateAborted", "ParallelStateFailed", "ExecutionFailed"]


def test_a_map_keeps_to_its_concurrency_and_the_order_of_its_results() -> None:
    wait = {"Type": "Wait", "SecondsPath": "$", "End": True}
    state = {
        "Type": "Map", "MaxConcurrency": 2, "End": True,
        "ItemProcessor": {"StartAt": "W", "States": {"W": wait}},
    }  # fmt: skip
    run = execute({"StartAt": "M", "States": {"M": state}}, [3, 1, 1, 4])
    assert (run.result, run.ended_at) == ([3, 1, 1, 4], 6)


def test_a_distributed_map_reads_batches_and_tolerates() -> None:
    async def tasks(call: Any) -> Any:
        assert call.arguments == {"Bucket": "b", "Key": "k"}
        return {"Body": b"id,name\n1,a\n2,b\n3,c\n"}

    state = {
        "Type": "Map", "End": True, "ToleratedFailureCount": 1,
        "ItemReader": {
            "Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": {"InputType": "CSV"},
            "Parameters": {"Bucket": "b", "Key": "k"},
        },
        "ItemBatcher": {"MaxItemsPerBatch": 2, "BatchInput": {"x": 1}},
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
            "StartAt": "C",
            "States": {
                "C": {"Type": "Choice", "Default": "F",
                      "Choices": [{"Variable": "$.Items[1]", "IsPresent": True, "Next": "S"}]},
                "S": {"Type": "Succeed"}, "F": {"Type": "Fail"},
            },
        },
    }  # fmt: skip
    run = execute({"StartAt": "M", "States": {"M": state}}, {}, tasks=tasks)
    assert run.status == "SUCCEEDED", run.cause
    assert run.result == [
        {"BatchInput": {"x": 1}, "Items": [{"id": "1", "name": "a"}, {"id": "2", "name": "b"}]}
    ]


class TestLinter:
    def test_each_finding_has_its_place_line_and_fix(self) -> None:
        found = check(
            """{
  "StartAt": "A",
  "States": {
    "A": {"Type": "Pass", "Next": "Nowhere", "End": true},
    "B": {"Type": "Pass", "Output": 1,
          "InputPath": "$.a b", "End": true}
  }
}"""
        )
        assert [(each.line, each.place) for each in found] == [
            (4, "/States/A/Next"), (4, "/States/A/Next"),
            (5, "/States/B"), (5, "/States/B/Output"), (6, "/States/B/InputPath"),
        ]  # fmt: skip
        assert all(each.severity == "error" and each.fix for each in found)

    def test_an_undefined_variable_is_found(self) -> None:
        state = {"Type": "Pass", "Output": "{% $x + $sum($states.input) %}", "End": True}
        found = check(
            json.dumps({"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": state}})
        )
        assert [(each.severity, "$x" in each.message) for each in found] == [("warning", True)]

    @pytest.mark.skipif("WARMSTART_CASES" not in os.environ, reason="WARMSTART_CASES is not set")
    def test_no_false_alarm_on_what_aws_accepted(self) -> None:
        file = Path(os.environ["WARMSTART_CASES"]) / "conformance" / "asl.json"
        for name, case in json.loads(file.read_text(encoding="utf-8")).items():
            found = (
                [] if "test_undefined_reference" in name else check(json.dumps(case["definition"]))
            )
            assert not found, (name, found)


def test_a_machine_as_mermaid() -> None:
    machine = parse(
        json.dumps(
            {
                "StartAt": "A",
                "States": {
                    "A": {"Type": "Pass", "Next": "B"},
                    "B": {"Type": "Choice", "Default": "A",
                          "Choices": [{"Variable": "$", "IsNull": True, "Next": "C d"}]},
                    "C d": {"Type": "Succeed"},
                },
            }
        )
    )  # fmt: skip
    assert "    s_B --> s_C_20_d : rule 1" in mermaid(machine)
