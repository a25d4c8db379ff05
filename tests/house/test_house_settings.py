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
