"""docs/settings.md says of every setting what the code says of it."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from warmstart.settings import Preset, StudySettings, declared
from warmstart.settings_edit import shown

PAGE = (Path(__file__).parents[2] / "docs" / "settings.md").read_text(encoding="utf-8")


def test_every_setting_with_default_meaning_and_rule() -> None:
    """A setting that is new, or says something else now, has its row put right by hand."""
    said = {
        (section, line)
        for section, body in re.findall(
            r"^## \[(\w+)\][^\n]*\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL
        )
        for line in body.splitlines()
        if line.startswith("| `")
    }
    rows = set()
    for one in declared():
        default = "" if one.default is None else f"`{shown(one.default)}`"
        rows.add((one.section, f"| `{one.key}` | {default} | {one.meaning} | {one.rule.wanted} |"))
    assert said == rows


def test_what_no_preset_can_have() -> None:
    apart = {f.name for f in fields(StudySettings)} - {f.name for f in fields(Preset)}
    sentence = PAGE[PAGE.index("can stand in a preset,") : PAGE.index("apart; what does not")]
    assert set(re.findall("`(.+?)`", sentence)) == apart
