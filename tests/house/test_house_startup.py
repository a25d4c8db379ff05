"""What start-up may import: heavy things load where they are used."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {
    "alembic",
    "fsrs",
    "markdown_it",
    "rapidfuzz",
    "sqlalchemy",
    "textual",
    "yaml",
    "platformdirs",
}


def imported(code: str, home: object, among: set[str] = HEAVY) -> set[str]:
    script = f"import sys\ntry:\n    {code}\nexcept SystemExit:\n    pass\nprint(*sys.modules, file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={"WARMSTART_HOME": str(home), "PATH": ""},
    )
    names = done.stderr.split()
    return among & {*names, *(name.partition(".")[0] for name in names)}


@pytest.mark.parametrize("argument", ["--help", "--version"])
def test_help_and_version_import_nothing_heavy(argument: str, tmp_path: object) -> None:
    assert imported(f"from warmstart.cli import main; main([{argument!r}])", tmp_path) == set()


def test_a_prompt_waits_for_next_to_nothing(tmp_path: object) -> None:
    """``warmstart due`` may take four times as long as ``python -c pass``, and that is little."""
    among = HEAVY | {"click", "dataclasses", "json"}
    assert imported("from warmstart.cli import main; main(['due'])", tmp_path, among) == set()


def test_a_glance_at_today_goes_without_sqlalchemy(tmp_path: object) -> None:
    code = "import warmstart.usecases.today, warmstart.settings, warmstart.paths"
    assert imported(code, tmp_path) == set()


def test_a_sitting_goes_without_sqlalchemy_and_begins_without_fsrs(tmp_path: object) -> None:
    assert imported("import warmstart.usecases.review, warmstart.usecases.desk", tmp_path) == set()


def test_the_first_card_waits_for_nothing_but_textual(tmp_path: object) -> None:
    code = "import warmstart.tui.screens.review, warmstart.tui.widgets.markdown_view as w; w.MarkdownView('What is a queue?')"
    assert imported(code, tmp_path) == {"platformdirs", "textual"}


def test_parsing_notes_goes_without_markdown_it(tmp_path: object) -> None:
    assert imported("import warmstart.notes.parse", tmp_path) == set()


def test_the_first_frame_loads_only_textual(tmp_path: object) -> None:
    among = HEAVY | {"click", "hashlib", "json", "pkgutil"}
    among |= {"warmstart.study.cards", "warmstart.study.queue"}
    code = (
        "import warmstart.cli, warmstart.tui.app as app;"
        "warmstart.cli.on_terminal = lambda: True;"
        "app.WarmstartApp.run = lambda _: None;"
        "warmstart.cli.main([])"
    )
    assert imported(code, tmp_path, among) == {
        "platformdirs",
        "textual",
    }  # Textual itself uses platformdirs


def test_the_home_is_where_the_platform_has_it(tmp_path: Path, monkeypatch) -> None:
    """On Linux it is found without platformdirs, which a prompt would wait for."""
    from platformdirs import user_data_path

    from warmstart.paths import home

    monkeypatch.delenv("WARMSTART_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    for data in (None, "", "/srv/data", "relative"):
        if data is None:
            monkeypatch.delenv("XDG_DATA_HOME", raising=False)
        else:
            monkeypatch.setenv("XDG_DATA_HOME", data)
        assert home().root == user_data_path("warmstart", appauthor=False)
