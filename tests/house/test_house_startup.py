"""What start-up may import: heavy things load where they are used."""

from __future__ import annotations

import subprocess
import sys

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


def imported(code: str, home: object) -> set[str]:
    script = f"import sys\ntry:\n    {code}\nexcept SystemExit:\n    pass\nprint(*sys.modules, file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={"WARMSTART_HOME": str(home), "PATH": ""},
    )
    return HEAVY & {name.partition(".")[0] for name in done.stderr.split()}


@pytest.mark.parametrize("argument", ["--help", "--version"])
def test_help_and_version_import_nothing_heavy(argument: str, tmp_path: object) -> None:
    assert imported(f"from warmstart.cli import main; main([{argument!r}])", tmp_path) == set()


def test_a_glance_at_today_goes_without_sqlalchemy(tmp_path: object) -> None:
    code = "import warmstart.usecases.today, warmstart.settings, warmstart.paths"
    assert imported(code, tmp_path) == set()


def test_a_sitting_goes_without_sqlalchemy_and_begins_without_fsrs(tmp_path: object) -> None:
    assert imported("import warmstart.usecases.review, warmstart.usecases.desk", tmp_path) == set()


def test_the_first_card_waits_for_markdown_alone(tmp_path: object) -> None:
    assert imported("import warmstart.tui.screens.review", tmp_path) == {
        "markdown_it",
        "platformdirs",
        "textual",
    }


def test_parsing_notes_goes_without_markdown_it(tmp_path: object) -> None:
    assert imported("import warmstart.notes.parse", tmp_path) == set()


def test_the_first_frame_loads_only_textual(tmp_path: object) -> None:
    assert imported("import warmstart.tui.app", tmp_path) == {
        "platformdirs",
        "textual",
    }  # Textual itself uses platformdirs
