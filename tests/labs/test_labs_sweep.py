"""A lab run through the values of a knob."""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import warmstart.labs
from warmstart.errors import UsageError
from warmstart.labs import sweep as sweeping
from warmstart.labs.figures import figure_of
from warmstart.labs.read import read_lab
from warmstart.labs.run import carry_out, plan
from warmstart.labs.sweep import Row, prepare, rows

if TYPE_CHECKING:
    from warmstart.labs.definition import Lab

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="handlers run in forked processes")

SWEEP = "sweep: {knob: reserved, values: [0, 2, 5], figures: [throttles, Checkout.invocations]}\n"


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    folder = tmp_path / "sample"
    shutil.copytree(Path(warmstart.labs.__file__).parent / "sample", folder)
    file = folder / "lab.yaml"
    text = "\n".join(
        line for line in file.read_text("utf-8").splitlines() if not line.startswith("sweep:")
    )
    file.write_text(f"{text}\n{SWEEP}", encoding="utf-8")
    return read_lab(folder)


class TestPrepare:
    def test_what_the_lab_says(self, lab: Lab) -> None:
        sweep = prepare(lab)
        assert (sweep.knob.name, sweep.values, sweep.seed) == ("reserved", (0, 2, 5), 7)
        assert [figure.title for figure in sweep.figures] == [
            "Throttled calls", "Checkout: invocations",
        ]  # fmt: skip

    def test_another_knob_and_the_others_turned(self, lab: Lab) -> None:
        sweep = prepare(lab, "gap", seed=9, knobs={"gap": "short", "reserved": 3})
        assert (sweep.knob.name, sweep.values, sweep.seed) == ("gap", ("short", "long"), 9)
        assert sweep.knobs == {"reserved": 3}

    def test_what_cannot_be(self, lab: Lab, cold_start: Lab) -> None:
        with pytest.raises(UsageError, match="no knob 'gab'"):
            prepare(lab, "gab")
        with pytest.raises(UsageError, match="The knob reserved takes 0 to 10, not 11"):
            prepare(lab, "gap", knobs={"reserved": 11})
        assert prepare(cold_start).knob.name == "memory"


class TestRows:
    def test_one_for_each_value_as_a_run_gives_it(self, lab: Lab) -> None:
        """Five calls at once and two later: with a ceiling of 0 all seven are turned away."""
        known: dict[str, Row] = {}
        found = list(rows(prepare(lab), known=known))
        assert [(row.value, row.figures) for row in found] == [
            (0, (7, 0)), (2, (3, 4)), (5, (0, 7)),
        ]  # fmt: skip
        assert carry_out(plan(lab, knobs={"reserved": 2})).figures.throttles == 3

        def again(*_: object, **__: object) -> None:
            raise AssertionError("run again")

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sweeping, "carry_out", again)
            assert list(rows(prepare(lab), known=known)) == found
            (lab.folder / "src" / "extra.py").write_text("", encoding="utf-8")
            with pytest.raises(AssertionError, match="run again"):
                list(rows(prepare(lab), known=known))

    def test_where_no_call_ends_there_is_no_latency(self, lab: Lab) -> None:
        figures = tuple(filter(None, map(figure_of, ("p99_ms", "Checkout.p50_ms", "throttles"))))
        sweep = replace(prepare(lab), values=(0,), figures=figures)
        assert list(rows(sweep)) == [Row(0, (None, None, 7))]

    def test_stopped(self, lab: Lab) -> None:
        assert list(rows(prepare(lab), cancelled=lambda: True)) == []
