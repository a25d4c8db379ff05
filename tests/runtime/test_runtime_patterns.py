"""Event patterns and filter policies: recorded cases, and the rules they come from."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmstart.runtime.services.patterns import (
    InvalidPattern,
    filter_policy_matches,
    matches,
)

if TYPE_CHECKING:
    from pathlib import Path


def recorded(cases: Path, name: str) -> Any:
    return json.loads((cases / "conformance" / name).read_text(encoding="utf-8"))


class TestRecorded:
    def test_event_patterns(self, cases: Path) -> None:
        for name, case in recorded(cases, "event-patterns.json").items():
            try:
                found = "match" if matches(case["pattern"], case["event"]) else "no_match"
            except InvalidPattern:
                found = "invalid"
            assert found == case["expected"], name

    def test_policies_on_attributes(self, cases: Path) -> None:
        for case in recorded(cases, "sns-filter.json")["MessageAttributes"]:
            found = filter_policy_matches(
                case["filter_policy"], case["attributes"], "MessageAttributes"
            )
            assert found is case["match"], case["name"]

    def test_policies_on_the_body(self, cases: Path) -> None:
        for case in recorded(cases, "sns-filter.json")["MessageBody"]:
            for body in (case["message"], json.dumps(case["message"])):
                found = filter_policy_matches(case["filter_policy"], body, "MessageBody")
                assert found is case["match"], case


class TestRules:
    def test_what_counts_together_stands_in_the_same_object(self) -> None:
        pattern = {"people": {"first": ["Anna"], "last": ["Karenina"]}}
        anna, other = {"first": "Anna", "last": "Karenina"}, {"first": "Anna", "last": "Bolena"}
        mixed = {"first": "Leo", "last": "Karenina"}
        assert matches(pattern, {"people": [other, anna]})
        assert not matches(pattern, {"people": [other, mixed]})

    def test_arrays_within_arrays_agree_at_every_level(self) -> None:
        pattern = {"a": {"b": {"x": [1], "y": [2]}}}
        assert matches(pattern, {"a": [{"b": [{"x": 1}, {"x": 1, "y": 2}]}]})
        assert not matches(pattern, {"a": [{"b": [{"x": 1}, {"y": 2}]}]})
        assert not matches(pattern, {"a": [{"b": [{"x": 1}]}, {"b": [{"y": 2}]}]})

    @pytest.mark.parametrize(
        ("pattern", "event", "expected"),
        [
            ({"n": [300]}, {"n": 300.0}, True),
            ({"n": [1]}, {"n": True}, False),
            ({"n": [True]}, {"n": 1}, False),
            ({"n": [{"exists": False}]}, {"n": {"inner": 1}}, True),
            ({"n": [{"exists": True}]}, {"n": {"inner": 1}}, False),
            ({"n": [{"prefix": {"equals-ignore-case": "ab"}}]}, {"n": "ABc"}, True),
            ({"n": [{"wildcard": "a\\*b*"}]}, {"n": "a*bc"}, True),
            ({"n": [{"wildcard": "a\\*b*"}]}, {"n": "axbc"}, False),
            ({"n": [{"wildcard": "*.txt"}]}, {"n": "a.txt.txt"}, True),
            ({"n": [{"cidr": "10.0.0.0/24"}]}, {"n": "::1"}, False),
            ({"n": [{"anything-but": ["a"]}]}, {"n": ["a", "b"]}, True),
            ({"$or": [{"a": [1]}, {"b": [2]}], "c": [3]}, {"b": 2, "c": 3}, True),
            ({"$or": [{"a": [1]}, {"b": [2]}], "c": [3]}, {"b": 2}, False),
        ],
    )
    def test_values(self, pattern: dict[str, Any], event: dict[str, Any], expected: bool) -> None:
        assert matches(pattern, event) is expected

    @pytest.mark.parametrize(
        "pattern",
        [
            {},
            {"a": {}},
            {"a": []},
            {"a": 1},
            {"a": [[1]]},
            {"a": [{"prefix": "x", "suffix": "y"}]},
            {"a": [{"numeric": [">", 5, "<", 5]}]},
            {"a": [{"numeric": ["<", 6e9]}]},
            {"a": [{"numeric": ["=", True]}]},
            {"a": [{"wildcard": "a\\b"}]},
            {"a": [{"exists": "yes"}]},
            {"a": [{"anything-but": []}]},
            {"a": [{"anything-but": ["x", 1]}]},
            {"a": [{"cidr": "10.0.0.1"}]},
            "[",
            "[]",
        ],
    )
    def test_what_aws_refuses(self, pattern: Any) -> None:
        with pytest.raises(InvalidPattern):
            matches(pattern, {"a": 1})

    def test_a_body_that_is_no_object_is_nobodys(self) -> None:
        assert not filter_policy_matches({"a": ["b"]}, "plain text", "MessageBody")
        assert filter_policy_matches({}, "plain text", "MessageBody")

    @given(st.text("ab*", max_size=12).filter(lambda w: "**" not in w), st.text("ab", max_size=30))
    def test_a_star_stands_for_anything(self, wanted: str, text: str) -> None:
        """Against the textbook recursion."""

        def glob(w: str, s: str) -> bool:
            if not w:
                return not s
            if w[0] == "*":
                return glob(w[1:], s) or (s != "" and glob(w, s[1:]))
            return s[:1] == w[0] and glob(w[1:], s[1:])

        assert matches({"a": [{"wildcard": wanted}]}, {"a": text}) is glob(wanted, text)
