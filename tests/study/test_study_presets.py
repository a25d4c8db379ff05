"""Presets: which settings a card is studied with."""

from __future__ import annotations

import pytest

from warmstart.settings import Preset, Settings, StudySettings
from warmstart.study.presets import COMMON, Filed, Matcher, Schedulers

PRESETS = {
    "exam": Preset(match=("deck:aws/Lambda", "tag:#exam"), desired_retention=0.95),
    "wide": Preset(match=("deck:AWS", "concept: Sagas"), new_per_day=3),
}


def filed(deck: str | None = None, tags: str = "", concepts: str = "") -> Filed:
    return Filed(deck, frozenset(tags.split()), frozenset(filter(None, [concepts])))


@pytest.mark.parametrize(
    ("card", "preset"),
    [
        (filed("aws/lambda"), "exam"),
        (filed("AWS/Lambda/limits"), "exam"),
        (filed("aws"), "wide"),
        (filed("aws/lambdas"), "wide"),
        (filed("awsome"), COMMON),
        (filed(None, "exam/2026"), "exam"),
        (filed("aws", "exam"), "exam"),
        (filed("other", "", "sagas"), "wide"),
        (filed("other", "sagas"), COMMON),
        (filed(), COMMON),
    ],
)
def test_the_first_that_matches_is_the_card_s(card: Filed, preset: str) -> None:
    assert Matcher(PRESETS).preset(card) == preset


def test_the_digest_follows_what_is_matched_and_in_which_order() -> None:
    digest = Matcher(PRESETS).digest
    other = PRESETS | {"wide": Preset(match=PRESETS["wide"].match, new_per_day=9)}
    assert Matcher(other).digest == digest
    assert Matcher(dict(reversed(PRESETS.items()))).digest != digest
    assert Matcher({}).digest != digest


def test_schedulers_have_their_preset_s_settings() -> None:
    schedulers = Schedulers(Settings(study=StudySettings(new_per_day=5), presets=PRESETS))
    assert list(schedulers) == [COMMON, "exam", "wide"]
    assert [schedulers.settings(name).new_per_day for name in schedulers] == [5, 5, 3]
    assert schedulers.settings("gone") == schedulers.settings(COMMON)
    assert schedulers.scheduler("exam") is schedulers.scheduler("exam")
