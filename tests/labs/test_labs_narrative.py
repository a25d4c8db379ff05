"""What of a narrative may be read before the first run."""

from __future__ import annotations

import math

import pytest

from warmstart.labs.narrative import before_the_first_run, difficulty
from warmstart.resources import bundled

ASKED = (
    "---\ntitle: A\n---\n# A\n\n## Why\n\nSo.\n\n## Predict\n\n### Times\n\n```\n## Not one\n```\n"
)


class TestBeforeTheFirstRun:
    def test_ends_with_the_section_that_asks(self) -> None:
        """Deeper headings belong to it, and what looks like one in code is none."""
        assert before_the_first_run(f"{ASKED}\n## Run 1\n\nSix.\n\n## Run 2\n") == f"{ASKED}"

    def test_any_case(self) -> None:
        asked = ASKED.replace("Predict", "PREDICT")
        assert before_the_first_run(f"{asked}## Run 1\n\nSix.") + "\n" == asked

    @pytest.mark.parametrize(
        "narrative",
        ["", "# A\n\n## Run 1\n\nSix.\n", ASKED, ASKED.replace("## P", "# P") + "## Run 1\n"],
        ids=["empty", "no such section", "nothing follows", "another level"],
    )
    def test_all_where_nothing_tells_the_answers_apart(self, narrative: str) -> None:
        assert before_the_first_run(narrative) == narrative

    def test_the_bundled_lab_gives_nothing_away(self) -> None:
        narrative = (bundled("labs") / "cold-start" / "README.md").read_text(encoding="utf-8")
        opened = before_the_first_run(narrative)
        assert "Press **r**" in opened
        assert "6 cold starts" in narrative
        assert "6 cold starts" not in opened


class TestDifficulty:
    def test_as_the_front_matter_says(self) -> None:
        assert difficulty("---\ntitle: x\ndifficulty: 3\n---\n# x\n") == 3
        for odd in ("# x\n", "---\ntitle: x\n---\n", "---\ndifficulty: hard\n---\n", ""):
            assert difficulty(odd) == math.inf
