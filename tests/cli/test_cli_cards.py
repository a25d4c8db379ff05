"""``warmstart cards``: listing by a search, changing many at once, errors that point."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from warmstart.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from warmstart.paths import Home

NOTE = "# Очередь\n\nЧто такое DLQ? :: Письма\n\nWhat is lag? :: Delay\n"


@pytest.fixture
def run(
    home: Home, empty_course: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main(list(arguments))
        out, err = capsys.readouterr()
        return int(left.value.code or 0), out, err

    (tmp_path / "queue.md").write_text(NOTE, encoding="utf-8")
    assert run("import", str(tmp_path / "queue.md"))[0] == 0
    return run


def test_a_line_a_card(run) -> None:
    assert run("cards", "deck:очередь", "lag") == (
        0,
        "     2  What is lag?                              Очередь                              –  new\n",
        "",
    )
    assert run("cards", "--limit", "1")[2] == "… and 1 more.\n"
    assert run("cards", "is:suspended") == (1, "No card fits this search.\n", "")


def test_as_json(run) -> None:
    (card,) = json.loads(run("cards", "dlq", "--json")[1])
    assert (card["front"], card["note"], card["states"], card["recall"]) == (
        "Что такое DLQ?", "Очередь", ["new"], None,
    )  # fmt: skip


def test_changes_and_their_undo(run) -> None:
    assert run("cards", "lag", "--suspend")[1].startswith("Changed 1 card.")
    assert run("cards", "kind:flashcard", "--suspend")[1].startswith(
        "Changed 1 card; 1 needed no change."
    )
    assert len(run("cards", "is:suspended")[1].splitlines()) == 2
    assert run("cards", "--undo")[1] == "Took back what was done to 1 card.\n"
    assert len(run("cards", "is:suspended")[1].splitlines()) == 1
    assert run("cards", "lag", "--tag", "slow")[0] == 0
    assert len(run("cards", "tag:slow")[1].splitlines()) == 1


def test_what_is_wrong_with_a_call(run) -> None:
    assert run("cards", "--suspend")[0] == 2
    assert run("cards", "x", "--suspend", "--reset")[2] == "Say one change at a time.\n"
    code, _, err = run("cards", "кот (is:dew")
    assert code == 2
    assert err == ("There is no state “dew”. Did you mean “new”?\n  кот (is:dew\n          ^^^\n")
