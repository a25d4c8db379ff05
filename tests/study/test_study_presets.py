"""Presets: which settings a card is studied with."""

from __future__ import annotations

import pytest

from warmstart.settings import Preset, Settings, StudySettings
from warmstart.study.admission import COMMON
from warmstart.study.parameters import DEFAULT
from warmstart.study.presets import Schedulers, by_name, covers, digest, wanted

PRESETS = {
    "exam": Preset(match=("deck:aws/Lambda", "tag:#exam"), desired_retention=0.95),
    "wide": Preset(match=("deck:AWS", "concept: Sagas"), new_per_day=3),
}


@pytest.mark.parametrize(
    ("match", "name", "covered"),
    [
        ("deck:AWS", "aws", True),
        ("deck:aws", "aws/lambda/limits", True),
        ("deck:aws", "awsome", False),
        ("deck:aws/lambda", "aws", False),
        ("tag:#exam", "Exam/2026", True),
        ("concept: Очереди", "ОЧЕРЕДИ", True),
        ("concept:Queues", "Queues/dead", False),
    ],
)
def test_a_deck_or_tag_covers_what_lies_below_it(match: str, name: str, covered: bool) -> None:
    kind, wants = wanted(match)
    assert covers(kind, wants, name) is covered


def test_the_digest_follows_what_is_matched_and_in_which_order() -> None:
    other = PRESETS | {"wide": Preset(match=PRESETS["wide"].match, new_per_day=9)}
    assert digest(other) == digest(PRESETS)
    assert digest(dict(reversed(PRESETS.items()))) != digest(PRESETS)
    assert digest({}) == ""


def test_schedulers_have_their_preset_s_settings() -> None:
    settings = Settings(study=StudySettings(new_per_day=5), presets=PRESETS)
    assert list(by_name(settings)) == [COMMON, "exam", "wide"]
    schedulers = Schedulers(settings)
    assert [schedulers.settings(name).new_per_day for name in by_name(settings)] == [5, 5, 3]
    assert schedulers.settings("gone") == schedulers.settings(COMMON)
    assert schedulers.scheduler("exam") is schedulers.scheduler("exam")
    assert schedulers.scheduler("gone") is schedulers.scheduler(COMMON)
    other = Schedulers(settings, (*DEFAULT[:20], 0.3))
    assert other.scheduler("exam").parameters[20] == 0.3
