"""A lab examined for its author: nothing of the sample, and each fault with file and line."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from warmstart.errors import LabError, UsageError
from warmstart.labs.examine import examine
from warmstart.labs.new import create

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Change = Callable[..., None]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="handlers run in forked processes")


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    create(tmp_path / "shop")
    return tmp_path / "shop"


@pytest.fixture
def change(lab: Path) -> Change:
    def change(file: str, *replaced: tuple[str, str]) -> None:
        text = (lab / file).read_text("utf-8")
        for old, new in replaced:
            assert old in text
            text = text.replace(old, new, 1)
        (lab / file).write_text(text, "utf-8")

    return change


def faults(lab: Path) -> list[str]:
    """What is found, a line a fault, as ``file:line: sentence``, from the lab's folder."""
    return [str(fault).replace(f"{lab}{os.sep}", "") for fault in examine(lab).faults]


class TestNew:
    def test_the_sample_is_without_fault_and_stays_as_it_is(self, lab: Path) -> None:
        before = sorted(path.name for path in lab.rglob("*"))
        found = examine(lab)
        assert (found.faults, found.runs) == ([], 3)
        assert sorted(path.name for path in lab.rglob("*")) == before

    def test_what_is_there_is_not_touched(self, lab: Path, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match=r"shop is there already\. Name a folder"):
            create(lab)
        with pytest.raises(UsageError, match=r"A lab cannot be called 'a lab'"):
            create(tmp_path / "a lab")

    def test_it_is_whole_or_not_there(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(*_: object, **__: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("shutil.copytree", full)
        with pytest.raises(LabError, match=r"x: The lab cannot be written: No space left"):
            create(tmp_path / "x")
        assert list(tmp_path.iterdir()) == []


class TestRead:
    """What is found without a run: of each part, whatever else is wrong."""

    def test_everything_at_once(self, lab: Path, change: Change) -> None:
        change("lab.yaml", ("minutes: 5", "minutes: 0"), ("truth: throttles", "truth: throttle"))
        change("template.yaml", ("MemorySize: 1769", "MemorySize: 17"))
        change("README.md", ('title: "', 'titel: "'), ("## Predict", "## Think"), ("[!question]", "[!q]"))  # fmt: skip
        change("README.md", ("[!question]", "[!q]"))
        assert faults(lab) == [
            (
                "README.md:1: The front matter has no title. "
                "Begin the file with ---, title: …, and --- again."
            ),
            (
                "README.md:1: The narrative holds no card. "
                "Write a question callout: > [!question]- What …?"
            ),
            "lab.yaml:4: minutes should be from 1 to 600, and is 0.",
            "lab.yaml:38: truth cannot be 'throttle'. Known: throttles.",
            "template.yaml:12: MemorySize is 17, and must be 128 to 10240 MB.",
        ]

    def test_the_parts_against_each_other(self, lab: Path, change: Change) -> None:
        change(
            "lab.yaml",
            ("function: Checkout", "function: Chekout"),
            ("Checkout.Res", "Checkout.Ras"),
        )
        change("lab.yaml", ("\n  solution: {reserved: 7}", ""))
        change("template.yaml", ('Version: "2010-09-09"', 'Version: "2011-09-09"'))
        change("README.md", ("## Predict", "## Think"))
        found = faults(lab)
        assert [fault.partition(" ")[0] for fault in found] == [
            "README.md:1:", "lab.yaml:9:", "lab.yaml:30:", "lab.yaml:31:", "lab.yaml:51:",
            "template.yaml:1:",
        ]  # fmt: skip
        assert "No section shows the questions without the answers." in found[0]
        assert "The template does not take reserved=0: Checkout has RaservedConc" in found[1]
        assert "The template has no function 'Chekout'. Did you mean Checkout?" in found[2]
        assert "The challenge has no solution. Give it solution:" in found[4]
        assert "cfn-lint E1001" in found[5]


class TestRun:
    def test_checks_costs_and_the_solution(self, lab: Path, change: Change) -> None:
        """The solution's own files are run, and their faults told where they lie."""
        change("template.yaml", ("app.charge_card", "app.charge_crad"))
        change("checks.py", ("assert asked == settled", "assert asked != settled"))
        change("lab.yaml", ("solution: {reserved: 7}", "solution: {reserved: 3}"))
        change("lab.yaml", ("{gap: short}", "{gap: long}"))
        (lab / "solution" / "src").mkdir(parents=True)
        (lab / "solution" / "src" / "app.py").write_text("def handler(event, context:\n", "utf-8")
        (lab / "solution" / "README.md").write_text("Easy.\n", "utf-8")
        (lab / "solution" / "template.yaml").write_bytes((lab / "template.yaml").read_bytes())
        misspelt = (
            "template.yaml:18: the template's calls name app.charge_crad, which costs nothing: "
            "app has no charge_crad."
        )
        assert faults(lab) == [
            (
                "checks.py:6: check_nobody_is_queued fails as the lab ships: "
                "0 calls were neither served nor turned away."
            ),
            (
                "checks.py:6: check_nobody_is_queued fails with the solution at seed 7: "
                "0 calls were neither served nor turned away."
            ),
            (
                "checks.py:14: challenge_everybody_is_served fails with the solution at seed 7: "
                "2 calls got a 429; it should be none."
            ),
            "solution/README.md: A solution does not change README.md.",
            (
                "solution/src/app.py:1: Runtime.UserCodeSyntaxError: Syntax error in module 'app': "
                "'(' was never closed (app.py, line 1)"
            ),
            "solution/template.yaml: This file is the same as the lab's own.",
            misspelt,
        ]

    def test_what_only_the_answers_show(self, lab: Path, change: Change) -> None:
        """A challenge that holds already, and an order that is given away."""
        change("lab.yaml", ("default: 2", "default: 8"), ("{gap: short}", "{gap: long}"), ("kind: choice\n    choices: {warm", "kind: order\n    choices: {warm"))  # fmt: skip
        change(
            "checks.py", ("    asked = [", '    return ["warm", "cold", "nobody"]\n    asked = [')
        )
        assert faults(lab) == [
            (
                "lab.yaml:42: The choices stand in the order that is asked for. "
                "They are shown as they stand in the file: shuffle them."
            ),
            "lab.yaml:51: The challenge holds as the lab ships: nothing is left to do.",
        ]

    def test_a_function_that_nobody_calls_cannot_be_imported(
        self, lab: Path, change: Change
    ) -> None:
        refund = (
            "Resources:\n  Refund:\n    Type: AWS::Serverless::Function\n    Properties:\n"
            "      CodeUri: src/\n      Handler: refund.handler\n      Runtime: python3.13\n"
        )
        change("template.yaml", ("Resources:\n", refund))
        text = (lab / "lab.yaml").read_text("utf-8")
        (lab / "lab.yaml").write_text(text.partition("challenge:")[0], "utf-8")
        (lab / "src" / "refund.py").write_text("import os\n\nimport receipts.pdf\n", "utf-8")
        assert faults(lab) == [
            (
                "src/refund.py:3: Runtime.ImportModuleError: "
                "Unable to import module 'refund': No module named 'receipts'"
            )
        ]
