"""Writing settings back: one value changes, and nothing else does."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmstart.errors import InputError, UsageError
from warmstart.settings import Settings, declared, load
from warmstart.settings_edit import SettingsFile, find, shown, value_of

OWN = """\
# my settings

[display]          # looks
theme   =   "light"   # easier on the eyes

[study]
# fewer on weekdays
new_per_day = 10     # was 20
learning_steps = [
  1,   # a minute
  10,
]

[presets."Слова, ежедневно"]
match = ["deck:words"]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "settings.toml"
    path.write_text(OWN, encoding="utf-8")
    return path


def put(path: Path, name: str, text: str) -> SettingsFile:
    setting = find(name)
    return SettingsFile.read(path).changed(setting, value_of(setting, text))


class TestOneValue:
    def test_comments_order_and_spaces_stay(self, file: Path) -> None:
        put(file, "study.new_per_day", "12")
        assert file.read_text() == OWN.replace("= 10     # was", "= 12     # was")
        put(file, "display.theme", "dark")
        assert 'theme   =   "dark"   # easier on the eyes\n' in file.read_text()

    def test_what_was_not_there_is_added_to_its_section(self, file: Path) -> None:
        put(file, "display.reduced_motion", "yes")
        assert load(file).display.reduced_motion is True
        assert file.read_text().index("reduced_motion") < file.read_text().index("[study]")

    def test_a_section_is_made(self, tmp_path: Path) -> None:
        path = tmp_path / "new" / "settings.toml"
        after = put(path, "notes.cloze_patterns", "==[123;;]answer[;;hint]==")
        put(path, "keys.undo", "z")
        assert after.settings.notes.cloze_patterns == ("==[123;;]answer[;;hint]==",)
        assert dict(load(path).keys) == {"undo": ("z",)}

    def test_back_to_the_default_takes_the_line_out(self, file: Path) -> None:
        SettingsFile.read(file).changed(find("study.new_per_day"), None)
        assert file.read_text() == OWN.replace("new_per_day = 10     # was 20\n", "")
        before = file.read_bytes()
        SettingsFile.read(file).changed(find("notes.flashcard_tags"), None)
        assert file.read_bytes() == before

    def test_presets(self, file: Path) -> None:
        put(file, "presets.Слова, ежедневно.new_per_day", "5")
        assert load(file).presets["Слова, ежедневно"].new_per_day == 5
        with pytest.raises(InputError, match=r"presets\.new\.match must be a list"):
            put(file, "presets.new.new_per_day", "5")
        put(file, "presets.new.match", "tag:aws, concept:Sagas")
        assert load(file).presets["new"].match == ("tag:aws", "concept:Sagas")
        SettingsFile.read(file).without_preset("new")
        assert list(load(file).presets) == ["Слова, ежедневно"]

    def test_windows_line_ends_stay(self, file: Path) -> None:
        file.write_bytes(OWN.replace("\n", "\r\n").encode())
        put(file, "study.new_per_day", "12")
        assert file.read_bytes().count(b"\n") == file.read_bytes().count(b"\r\n")

    def test_a_link_stays_a_link_and_permissions_stay(self, file: Path, tmp_path: Path) -> None:
        file.chmod(0o600)
        link = tmp_path / "link.toml"
        link.symlink_to(file)
        put(link, "study.new_per_day", "12")
        assert link.is_symlink()
        assert load(file).study.new_per_day == 12
        assert file.stat().st_mode & 0o777 == 0o600


class TestRefusals:
    @pytest.mark.parametrize(
        ("name", "text", "sentence"),
        [
            ("study.new_per_day", "many", "must be a number from 0 to 9999, not 'many'"),
            ("study.desired_retention", "1", "must be a number from 0.7 to 0.99, not 1"),
            ("study.learning_steps", "1, x", "must be a list of minutes above 0, not [1, 'x']"),
            ("study.fuzz", "2", "must be true or false, not '2'"),
            ("display.theme", "pink", 'must be "dark" or "light", not \'pink\''),
            ("keys.undo", "", "must be a key such as"),
        ],
    )
    def test_a_wrong_value(self, file: Path, name: str, text: str, sentence: str) -> None:
        with pytest.raises(InputError) as raised:
            put(file, name, text)
        assert sentence in str(raised.value)
        assert file.read_text() == OWN

    def test_an_unknown_name(self) -> None:
        with pytest.raises(UsageError, match=r"Did you mean study\.new_per_day"):
            find("new_per_day")
        with pytest.raises(UsageError, match="lists them"):
            find("xyzzy")

    def test_a_file_that_was_changed_meanwhile(self, file: Path) -> None:
        seen = SettingsFile.read(file)
        file.write_text(OWN + "# mine\n")
        with pytest.raises(InputError, match="changed elsewhere meanwhile"):
            seen.changed(find("study.fuzz"), value=False)
        assert file.read_text() == OWN + "# mine\n"
        file.unlink()
        with pytest.raises(InputError, match="changed elsewhere meanwhile"):
            seen.changed(find("study.fuzz"), value=False)

    def test_a_file_that_cannot_be_written(self, file: Path, monkeypatch) -> None:
        monkeypatch.setattr(os, "access", lambda *_: False)  # who runs as root can write anything
        with pytest.raises(InputError, match=r"cannot be written: permission denied\."):
            put(file, "study.new_per_day", "12")
        assert [path.name for path in file.parent.iterdir()] == ["settings.toml"]

    def test_a_full_disk_leaves_the_old_file(self, file: Path, monkeypatch) -> None:
        def full(_: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(InputError, match="no space left"):
            put(file, "study.new_per_day", "12")
        assert file.read_text() == OWN
        assert [path.name for path in file.parent.iterdir()] == ["settings.toml"]


@given(st.sampled_from(declared()), st.data())
def test_what_is_shown_is_read_back(setting, data) -> None:
    """A value on the screen can be accepted as it stands."""
    kinds = {
        bool: st.booleans(),
        int: st.integers(0, 9999),
        float: st.sampled_from((0.7, 0.85, 0.9)),
        str: st.sampled_from(setting.choices or ("x",)),
    }
    floats = (
        bool(setting.default) and setting.kind is tuple and isinstance(setting.default[0], float)
    )
    kinds[tuple] = st.lists(
        st.sampled_from((1.0, 2.5, 10.0)) if floats else st.sampled_from(("::", "??", "sat=0.5"))
    ).map(tuple)
    value = data.draw(kinds[setting.kind])
    read = value_of(setting, shown(value))
    assert (tuple(read) if setting.kind is tuple else read) == value


def test_every_default_keeps_its_own_rule() -> None:
    for setting in declared():
        if setting.default is not None:
            value = list(setting.default) if setting.kind is tuple else setting.default
            assert setting.check(value) == setting.default == setting.of(Settings())
        assert setting.meaning.endswith(".")


def test_the_edited_file_is_toml(file: Path) -> None:
    for setting in SettingsFile.read(file).all():
        if setting.section == "study":
            put(file, setting.name, shown(setting.default))
    assert len(tomllib.loads(file.read_text())["study"]) == len(declared("study"))
