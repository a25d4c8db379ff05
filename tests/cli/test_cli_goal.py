"""``warmstart goal`` and ``warmstart concept``: plans and pages without the screen."""

from __future__ import annotations

import json

import pytest

from warmstart.cli import main

NOTE = "# Очередь\n\n## DLQ\n\nТекст.\n\nЧто такое DLQ?\n?\nОчередь.\n"


@pytest.fixture
def run(home, empty_course, capsys, tmp_path):
    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main(list(arguments))
        out, err = capsys.readouterr()
        return int(left.value.code or 0), out, err

    (tmp_path / "queue.md").write_text(NOTE, encoding="utf-8")
    run("import", str(tmp_path / "queue.md"))
    return run


class TestGoal:
    def test_a_goal_is_set_listed_and_given_up(self, run) -> None:
        assert "No goals yet." in run("goal")[1]
        code, out, _ = run("goal", "очередь", "--mastery", "40", "--by", "2099-01-02")
        assert code == 0
        assert "Очередь: 40 by 2 Jan 2099, now 0" in out
        assert "a day, about" in out
        (found,) = json.loads(run("goal", "--json")[1])
        assert (found["goal"], found["by"], found["plan"]["met"]) == (40, "2099-01-02", True)
        removed = run("goal", "queue", "--remove")[1]
        assert "is removed: mastery" in removed
        assert "No goals yet" not in removed
        assert "nothing was removed" in run("goal", "queue", "--remove")[1]
        assert "No goals yet." in run("goal")[1]

    @pytest.mark.parametrize(
        ("arguments", "code", "says"),
        [
            (["queue"], 2, "Say by which day"),
            (["queue", "--by", "soon"], 2, "not 'soon'"),
            (["queue", "--by", "2000-01-01"], 1, "is past"),
            (["nope", "--by", "2099-01-01"], 1, "no concept named “nope”"),
            (["--by", "2099-01-01"], 2, "Say which concept"),
        ],
    )
    def test_what_cannot_be_is_refused_with_a_sentence(self, run, arguments, code, says) -> None:
        left, _, err = run("goal", *arguments)
        assert (left, err.count("\n")) == (code, 1)
        assert says in err


class TestConcept:
    def test_prints_the_page(self, run) -> None:
        out = run("concept", "dlq")[1]
        assert "Очередь › DLQ" in out
        assert "0 of 1 cards studied, not started" in out
        assert "Что такое DLQ?" in out
        page = json.loads(run("concept", "queue", "--json")[1])
        assert (page["mastery"], page["status"], page["prerequisites"]) == (0, "not_started", [])


class TestStudy:
    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (("--concept", "Очердь"), "There is no concept called 'Очердь'. Did you mean Очередь?"),
            (("--deck", "nope"), "There is no deck called 'nope'."),
            (("--concept", "dlq"), "Studying needs a terminal."),
        ],
    )
    def test_a_name_that_is_none_is_said_before_the_app_opens(self, run, arguments, said) -> None:
        code, _, err = run("study", *arguments)
        assert code == 2
        assert said in err
