"""Reading lab.yaml: what is right becomes values, what is wrong names its line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmstart.errors import LabError, UsageError
from warmstart.labs.definition import SPREAD, Challenge, Knob, Lab, Prediction, Sweep
from warmstart.labs.read import read_all, read_lab
from warmstart.labs.scenario import Burst, Function, Http, Operation, Poisson, Regular
from warmstart.labs.yaml_nodes import duration_us

MakeLab = Callable[[str], Path]


class TestReadLab:
    def test_reads_everything(self, make_lab: MakeLab, lab_text: str) -> None:
        lab = read_lab(make_lab(lab_text))
        assert (lab.name, lab.title, lab.minutes, lab.seed) == ("a-lab", "A lab", 5, 3)
        assert lab.concepts == ("a-note",)
        assert [knob.name for knob in lab.knobs] == ["memory", "size", "eager"]
        assert lab.scenario.steps == (
            Burst("rush", "rush", 1_000_000, ("small",), Function("Fn"), "Client", count=2),
            Regular(
                "steady", "steady", 2_000_000, ("small", "big"), Function("Fn"), "Client",
                count=3, every=500_000,
            ),
            Poisson("storm", "storm", 9_000_000, ("small",), Function("Fn"), "Client", lasting=1_000),
        )  # fmt: skip
        assert lab.predictions[0].jump == "rush"

    def test_a_step_may_call_an_operation_or_an_http_api(
        self, make_lab: MakeLab, lab_text: str
    ) -> None:
        for written, target in (
            ("operation: sqs:SendMessage", Operation("sqs", "SendMessage")),
            ("http: Shop", Http("Shop")),
            ("function: Other", Function("Other")),
        ):
            text = lab_text.replace("at: 1s, count", f"at: 1s, {written}, count")
            text = text.replace('{n: "{n}"}', '{body: "{n}"}')
            assert read_lab(make_lab(text)).scenario.steps[0].target == target

    @pytest.mark.parametrize(
        "mistake",
        [
            ("title: A lab", "titel: A lab", 1, "titel is not known here. Did you mean title?"),
            ("minutes: 5\n", "", 1, "lab.yaml lacks minutes."),
            ("minutes: 5", "minutes: soon", 4, "minutes should be a whole number from 1 to 600."),
            ("minutes: 5", "minutes: 0", 4, "minutes should be from 1 to 600, and is 0."),
            ("seed: 3", "seed: true", 5, "seed should be a whole number"),
            ("concepts: [a-note]", "concepts: a-note", 3, "concepts should be a list."),
            ("title: A lab", "title: [A lab]", 1, "title should be a text."),
            ("summary:", "title: again\nsummary:", 2, "title is given twice."),
            ("kind: bool", "kind: switch", 13, "kind cannot be 'switch'. Known: choice, int,"),
            ("kind: bool, ", "", 13, "eager lacks kind."),
            ("default: 512", "default: 300", 9, "The default of memory should be 128 or 512."),
            ("default: true", "default: 1", 13, "The default of eager should be true or false."),
            ("range: [1, 9]", "range: [9, 1]", 11, "range should be [lowest, highest]."),
            ("choices: [128, 512]", "choices: [128]", 9, "two or more different values"),
            ("choices: [128, 512]", "choices: [128, '128']", 9, "two or more different values"),
            (", sets: [Fn.MemorySize]", "", 8, "The knob memory sets nothing."),
            ("Fn.MemorySize", "MemorySize", 8, "'MemorySize' names no property."),
            ("rush.count]", "rush.cuont]", 11, "Known: scenario.rush.count"),
            ("at: 1s", "at: soon", 21, "at should be a time such as 500ms, 2s, 15m or 1m30s."),
            ("kind: regular", "kind: regulr", 22, "kind cannot be 'regulr'. Known: regular."),
            ("at: 1s, count", "at: 1s, every", 21, "every is not known here."),
            ("[small, big]", "[small, bigg]", 22, "cannot be 'bigg'. Known: big."),
            ("rush: {at: 1s, count: 2}", "slowest: {at: 1s}", 21, "cannot be called slowest"),
            ("truth: cold", "truth: colds", 26, "truth cannot be 'colds'. Known: cold"),
            (
                "at: 1s, count",
                "at: 1s, operation: SendMessage, count",
                21,
                "Write service:Operation",
            ),
            ("at: 1s, count", "at: 1s, http: Shop, count", 21, "A request has no 'n'."),
            ("at: 1s, count", "at: 1s, http: A, function: B, count", 21, "A step calls one thing"),
            ("jump: rush", "jump: rash", 26, "jump cannot be 'rash'. Known: rush."),
            ("kind: number", "kind: choice", 26, "choices (two or more) go with kind: choice"),
            ("title: A lab", "title: {A lab", 2, "This is not YAML"),
            ("knobs:", "knobs", 6, "This is not YAML: could not find expected ':'"),
            (
                "choices: [128, 512]",
                "choices: [{value: 128, sets: {scenario.rush.count: abc}}, 512]",
                9,
                "scenario.rush.count should be a whole number from 0 on.",
            ),
            (
                "choices: [128, 512]",
                "choices: [{value: 128, sets: {scenario.rush.at: 5}}, 512]",
                9,
                "scenario.rush.at should be a time such as",
            ),
            (
                "choices: [128, 512]",
                "choices: [{value: 128, sets: {scenario.storm.per_minute: 0}}, 512]",
                9,
                "scenario.storm.per_minute should be from 1 on, and is 0.",
            ),
            (
                "sets: [Fn.MemorySize],\n     choices: [128, 512]",
                "sets: [scenario.rush.count],\n     choices: [many, 512]",
                8,
                "scenario.rush.count takes whole numbers from 0 on, and memory can be many.",
            ),
            (
                "[Fn.Environment.Variables.E]",
                "[scenario.rush.count]",
                13,
                "scenario.rush.count takes whole numbers from 0 on, and eager can be false.",
            ),
            (
                "range: [1, 9], default: 2, sets: [scenario.rush.count]",
                "range: [-9, 9], default: 2, sets: [scenario.storm.per_minute]",
                11,
                "scenario.storm.per_minute takes whole numbers from 1 on, and size can be -9.",
            ),
            (
                "[scenario.rush.count]",
                "[scenario.rush.at]",
                11,
                "scenario.rush.at is a time, and size has none. Use kind: choice, each with",
            ),
            (
                "kind: number, truth: cold",
                "kind: choice, choices: {a: A, b: B}, truth: cold",
                26,
                "A figure is a number, and never one of the choices. Write truth: checks.NAME",
            ),
        ],
        ids=lambda mistake: mistake[3],
    )
    def test_every_mistake_is_a_sentence_with_its_line(
        self, make_lab: MakeLab, lab_text: str, mistake: tuple[str, str, int, str]
    ) -> None:
        old, new, line, sentence = mistake
        assert old in lab_text
        folder = make_lab(lab_text.replace(old, new, 1))
        with pytest.raises(LabError) as caught:
            read_lab(folder)
        assert sentence in str(caught.value)
        assert (caught.value.path, caught.value.line) == (folder / "lab.yaml", line)

    @pytest.mark.parametrize("asked", ["truth: cold", "jump: rush"])
    @pytest.mark.parametrize(
        ("checks", "line", "file", "sentence"),
        [
            ("def cold(trace):\n    1 / 0\n", 26, "lab.yaml",
             "checks.py has no function cald. Did you mean cold? It has: cold."),
            ("x = (\n", 1, "checks.py", "This is not Python"),
            (None, None, "checks.py", "There is no checks.py here."),
        ],
    )  # fmt: skip
    def test_a_function_that_checks_py_does_not_have(
        self,
        make_lab: MakeLab,
        lab_text: str,
        *,
        asked: str,
        checks: str | None,
        line: int,
        file: str,
        sentence: str,
    ) -> None:
        name = asked.partition(":")[0]
        folder = make_lab(lab_text.replace(asked, f"{name}: checks.cald"))
        if checks is not None:
            (folder / "checks.py").write_text(checks, encoding="utf-8")
        with pytest.raises(LabError) as caught:
            read_lab(folder)
        assert sentence in str(caught.value)
        assert (caught.value.path, caught.value.line) == (folder / file, line)

    def test_an_empty_file(self, make_lab: MakeLab) -> None:
        with pytest.raises(LabError, match="The file is empty"):
            read_lab(make_lab("# nothing\n"))

    def test_no_file(self, tmp_path: Path) -> None:
        with pytest.raises(LabError, match=r"There is no lab.yaml here. A lab is a folder"):
            read_lab(tmp_path)

    def test_not_utf8(self, make_lab: MakeLab) -> None:
        folder = make_lab("")
        (folder / "lab.yaml").write_bytes("title: Холодный".encode("cp1251"))
        with pytest.raises(LabError, match="not UTF-8"):
            read_lab(folder)


ASKED = """\
views: [queues, lanes]
  way:
    {label: Way, question: "In which order?", kind: order, truth: checks.way, explanation: So.,
     choices: {paid: paid, sent: sent, told: told}}
challenge:
  goal: Fast.
  knobs: {size: 9}
  seeds: [7, 8, 7]
  hints: [One., Two.]
  solution: {memory: 128, eager: false}
sweep: {knob: memory, figures: [p50_ms, Fn.usd], values: [512]}
"""
CHECKS = "def way(trace): pass\ndef challenge_fast(trace): pass\n"


class TestAsked:
    """What a lab asks of its learner beside numbers and choices."""

    @pytest.fixture
    def text(self, lab_text: str) -> str:
        views, _, rest = ASKED.partition("\n")
        return f"{lab_text}{rest}{views}\n"

    def read(self, folder: Path) -> Lab:
        (folder / "checks.py").write_text(CHECKS, encoding="utf-8")
        return read_lab(folder)

    def test_reads_everything(self, make_lab: MakeLab, text: str) -> None:
        lab = self.read(make_lab(text))
        assert lab.views == ("queues", "lanes")
        assert lab.challenge == Challenge(
            "Fast.", (7, 8), {"size": 9}, ("One.", "Two."), {"memory": 128, "eager": False}
        )
        assert lab.challenge.elsewhere({"memory": 128, "size": 2}) == {"size": 9}
        assert lab.sweep == Sweep("memory", ("p50_ms", "Fn.usd"), (512,))
        assert [lab.knob(name).spread for name in ("memory", "size", "eager")] == [
            (128, 512), (1, 2, 3, 4, 5, 6, 7, 8, 9), (False, True),
        ]  # fmt: skip
        short = text.replace("  seeds: [7, 8, 7]\n", "").replace(", values: [512]", "")
        lab = self.read(make_lab(short))
        assert lab.challenge is not None
        assert lab.challenge.seeds == (3,)
        assert lab.sweep is not None
        assert lab.sweep.values == (128, 512)

    def test_an_order(self, make_lab: MakeLab, text: str) -> None:
        way = self.read(make_lab(text)).predictions[1]
        order = way.parse("sent, paid,told")
        assert order == ("sent", "paid", "told")
        assert way.show(order) == "sent → paid → told"
        assert way.matches(order, order)
        assert not way.matches(order, ("paid", "sent", "told"))
        assert way.accepts(order)
        assert not way.accepts(("sent", "paid"))
        with pytest.raises(UsageError, match="should be all of paid, sent, told in order"):
            way.parse("sent, paid")

    @pytest.mark.parametrize(
        "mistake",
        [
            ("[queues, lanes]", "[queue, lanes]", 37, "cannot be 'queue'. Known: queues"),
            ("{paid: paid, sent: sent, told: told}", "{paid: paid}", 28, "go with kind: choice"),
            ("truth: checks.way", "truth: cold", 28, "never the choices in order. Write truth:"),
            (
                "explanation: So.,\n",
                "explanation: So., within: 2,\n",
                28,
                "within goes with kind: n",
            ),
            ("goal: Fast.", "gaol: Fast.", 31, "gaol is not known here. Did you mean goal?"),
            ("knobs: {size: 9}", "knobs: {sice: 9}", 32, "no knob 'sice'. Did you mean size?"),
            ("knobs: {size: 9}", "knobs: {size: 10}", 32, "The knob size takes 1 to 9, not 10."),
            ("memory: 128, ea", "size: 2, ea", 35, "turns size, and the challenge is judged at"),
            ("seeds: [7", "seeds: [-7", 33, "each of seeds should be from 0 to"),
            ("knob: memory", "knob: memroy", 36, "no knob 'memroy'. Did you mean memory?"),
            ("[p50_ms", "[p50ms", 36, "each of figures cannot be 'p50ms'. Known: p50_ms"),
            ("values: [512]", "values: [9]", 36, "memory takes 128 or 512, not 9."),
            ("Fn.usd", "Fn.usb", 36, "cannot be 'Fn.usb'. Known: usd"),
            (
                "figures: [p50_ms, Fn.usd]",
                "figures: []",
                36,
                "figures should name one figure or more",
            ),
        ],
        ids=lambda mistake: mistake[3],
    )
    def test_every_mistake_is_a_sentence_with_its_line(
        self, make_lab: MakeLab, text: str, mistake: tuple[str, str, int, str]
    ) -> None:
        old, new, line, sentence = mistake
        assert old in text
        with pytest.raises(LabError) as caught:
            self.read(make_lab(text.replace(old, new, 1)))
        assert sentence in str(caught.value)
        assert caught.value.line == line

    def test_a_challenge_that_nothing_judges(self, make_lab: MakeLab, text: str) -> None:
        folder = make_lab(text)
        (folder / "checks.py").write_text("def way(trace): pass\n", encoding="utf-8")
        with pytest.raises(LabError, match=r"no function that judges the challenge\. Define chall"):
            read_lab(folder)

    def test_an_author_is_told_all_at_once(self, make_lab: MakeLab, text: str) -> None:
        """One wrong part hides no other; and no knob is unknown only because it is wrong."""
        wrong = text.replace("default: 512", "default: 5").replace("goal:", "gaol:")
        wrong = wrong.replace("truth: cold", "truth: colds").replace("minutes: 5", "minutes: 0")
        folder = make_lab(wrong)
        (folder / "checks.py").write_text(CHECKS, encoding="utf-8")
        lab, faults = read_all(folder)
        assert lab is None
        assert [fault.line for fault in faults] == [9, 26, 4]


class TestDurations:
    @pytest.mark.parametrize(
        ("text", "us"),
        [("0s", 0), ("500ms", 500_000), ("1.5s", 1_500_000), ("15m42s", 942_000_000),
         ("1h", 3_600_000_000), ("2", None), ("s", None), ("2 s", None), ("", None)],
    )  # fmt: skip
    def test_duration(self, text: str, us: int | None) -> None:
        assert duration_us(text) == us


class TestKnobs:
    def test_parse_and_settings(self, make_lab: MakeLab, lab_text: str) -> None:
        lab = read_lab(make_lab(lab_text))
        assert lab.knob("memory").parse("128") == 128
        assert lab.knob("size").parse(" 9 ") == 9
        assert lab.knob("eager").parse("off") is False
        template, scenario = lab.settings(lab.values({"memory": 128, "size": 4}))
        assert template == {"Fn.MemorySize": 128, "Fn.Environment.Variables.E": True}
        assert scenario == {"rush.count": 4}

    @pytest.mark.parametrize(
        ("knob", "text", "values"),
        [("memory", "300", "128 or 512"), ("size", "10", "1 to 9"), ("size", "two", "1 to 9"),
         ("size", "", "1 to 9"), ("eager", "maybe", "true or false")],
    )  # fmt: skip
    def test_a_wrong_value_names_the_right_ones(
        self, make_lab: MakeLab, lab_text: str, knob: str, text: str, values: str
    ) -> None:
        lab = read_lab(make_lab(lab_text))
        with pytest.raises(UsageError) as caught:
            lab.knob(knob).parse(text)
        assert str(caught.value) == f"The knob {knob} takes {values}, not {text!r}."

    def test_an_unknown_knob_names_all_and_the_near_one(
        self, make_lab: MakeLab, lab_text: str
    ) -> None:
        lab = read_lab(make_lab(lab_text))
        with pytest.raises(
            UsageError, match=r"no knob 'memroy'. Did you mean memory\? It has: memory, size"
        ):
            lab.values({"memroy": 128})

    def test_values_that_only_look_alike_are_refused(
        self, make_lab: MakeLab, lab_text: str
    ) -> None:
        """1 == True in Python; a knob that holds truth values takes no numbers, and vice versa."""
        lab = read_lab(make_lab(lab_text))
        for name, value in (("eager", 1), ("size", True), ("memory", "128")):
            with pytest.raises(UsageError):
                lab.values({name: value})

    def test_show(self, make_lab: MakeLab, lab_text: str) -> None:
        lab = read_lab(make_lab(lab_text))
        shown = [lab.knob(name).show(value) for name, value in lab.values({}).items()]
        assert shown == ["512 MB", "2", "on"]

    @given(low=st.integers(-1_000, 1_000), width=st.integers(1, 5_000), at=st.floats(0, 1))
    def test_a_range_is_spread_with_its_ends_and_default(
        self, low: int, width: int, at: float
    ) -> None:
        high, default = low + width, low + round(width * at)
        knob = Knob("k", "K", "", "int", default, low=low, high=high)
        spread = knob.spread
        assert list(spread) == sorted(set(spread))
        assert {low, default, high} <= set(spread)
        assert all(knob.accepts(value) for value in spread)
        assert len(spread) <= min(width, SPREAD) + 1


class TestPredictions:
    slowest = Prediction(
        "slowest", "Slowest", "How long?", "number", "max_ms", "", unit="ms", within_percent=25
    )

    def test_a_number_with_its_unit_or_a_comma(self) -> None:
        assert self.slowest.parse("900 ms") == 900
        assert self.slowest.parse("0,5") == 0.5
        with pytest.raises(UsageError, match="a number of ms, not 'many'"):
            self.slowest.parse("many")

    @pytest.mark.parametrize("text", ["nan", "inf", "-inf"])
    def test_only_numbers_that_are_numbers(self, text: str) -> None:
        with pytest.raises(UsageError):
            self.slowest.parse(text)

    def test_tolerance(self) -> None:
        assert self.slowest.matches(750.0, 1000.0)
        assert not self.slowest.matches(749.0, 1000.0)

    def test_a_choice(self) -> None:
        choice = Prediction(
            "c", "C", "Which?", "choice", "checks.c", "", {"a": "The one", "b": "Both"}
        )
        assert choice.parse("a") == "a"
        assert choice.show("b") == "Both"
        assert not choice.matches("a", "b")
        with pytest.raises(UsageError, match="'c' is no answer here: a, b"):
            choice.parse("c")
