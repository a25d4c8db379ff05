"""Settings: defaults, values, and a sentence for each mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from warmstart.errors import InputError
from warmstart.settings import Settings, load


def test_no_file_means_the_defaults(tmp_path: Path) -> None:
    assert load(tmp_path / "settings.toml") == Settings()


def test_values_are_taken(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(
        '[study]\ndesired_retention = 0.85\nlearning_steps = [1, 15]\n[display]\ntheme = "light"\n'
    )
    settings = load(file)
    assert (settings.study.desired_retention, settings.study.learning_steps) == (0.85, (1, 15))
    assert settings.display.theme == "light"


def test_a_preset_takes_from_study_what_it_does_not_say(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(
        """
        [study]
        new_per_day = 7
        desired_retention = 0.85
        [presets.exam]
        match = ["deck:aws", "tag:exam"]
        desired_retention = 0.95
        easy_days = ["sun=0"]
        [presets.later]
        match = ["concept:Sagas"]
        new_per_day = 0
        """
    )
    settings = load(file)
    assert list(settings.presets) == ["exam", "later"]
    exam, later = (preset.over(settings.study) for preset in settings.presets.values())
    assert (exam.desired_retention, exam.new_per_day, exam.easy_days) == (0.95, 7, ("sun=0",))
    assert (later.desired_retention, later.new_per_day) == (0.85, 0)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[study", "not valid TOML"),
        ("[studdy]\nx = 1", "no section [studdy]"),
        ("study = 1", "study is a section: write [study]"),
        ("[study]\nnew = 1", "no setting study.new"),
        (
            "[study]\nnew_per_day = 1.5",
            "study.new_per_day must be a number from 0 to 9999, not 1.5",
        ),
        ("[study]\nnew_per_day = true", "must be a number"),
        ("[study]\nlearning_steps = [1, 'x']", "must be a list of minutes"),
        ("[study]\nfuzz = 1", "must be true or false"),
        ('[display]\ntheme = "pink"', 'must be "dark" or "light"'),
        ('[study]\norder = "random"', 'must be "due", "retrievability" or "path", not'),
        ("[study]\neasy_days = ['funday=0.5']", "must be a list of weekdays with shares"),
        ("[study]\neasy_days = [7]", "must be a list of weekdays with shares"),
        ("[study]\neasy_days = ['sun']", "must be a list of weekdays with shares"),
        ("[study]\neasy_days = ['sun=1.5']", "must be a list of weekdays with shares"),
        (
            "[study]\neasy_days = ['mon=0','tue=0','wed=0','thu=0','fri=0','sat=0','sun=0']",
            "not all 0",
        ),
        ("[study]\nleech_threshold = -1", "must be a number from 0 to 9999"),
        ("presets = 1", "presets is a section"),
        ("[presets]\nexam = 1", "write [presets.NAME]"),
        ("[presets.exam]\nnew_per_day = 3", "presets.exam.match must be a list of what it is for"),
        ("[presets.exam]\nmatch = ['aws']", '"deck:NAME", "tag:NAME" or "concept:TITLE"'),
        (
            "[presets.exam]\nmatch = ['tag:exam']\ndesired_retention = 2",
            "presets.exam.desired_retention must be a number from 0.7 to 0.99, not 2",
        ),
        (
            "[presets.exam]\nmatch = ['tag:exam']\nday_starts_at = 3",
            "no setting presets.exam.day_starts_at",
        ),
        ("[notes]\nmultiline_card_separator = ['a b']", "must be a list of texts without spaces"),
        ("[notes]\ncloze_patterns = ['==x==']", "must be a list of patterns"),
    ],
)
def test_a_mistake_is_one_sentence_that_names_the_file(
    tmp_path: Path, text: str, sentence: str
) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(text)
    with pytest.raises(InputError) as raised:
        load(file)
    assert sentence in str(raised.value)
    assert str(raised.value).startswith(str(file))
