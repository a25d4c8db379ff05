"""The command line: the same jobs without the screen."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from warmstart import __version__
from warmstart.cli import COMMANDS, main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from warmstart.paths import Home

NOTE = "# Очередь\n\nЧто такое DLQ?\n?\nОчередь для писем, которые не дошли.\n"


@pytest.fixture
def run(home: Home, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main(list(arguments))
        out, err = capsys.readouterr()
        return int(left.value.code or 0), out, err

    return run


class TestHelp:
    def test_names_every_command(self, run) -> None:
        code, out, _ = run("--help")
        assert code == 0
        assert all(name in out for name in COMMANDS)

    def test_the_table_says_what_each_command_says(self) -> None:
        """The one-line helps stand in a table that imports nothing; they must not drift."""
        from importlib import import_module

        for module, attribute, text in COMMANDS.values():
            assert getattr(import_module(module), attribute).help
            assert "\\b" not in getattr(import_module(module), attribute).help
            assert text.endswith(".")

    def test_version(self, run) -> None:
        assert run("--version") == (0, f"warmstart {__version__}\n", "")

    def test_an_unknown_command(self, run) -> None:
        code, _, err = run("improt")
        assert code == 2
        assert "improt" in err


class TestImport:
    def test_says_what_was_read(self, run, tmp_path: Path) -> None:
        (tmp_path / "note.md").write_text(NOTE)
        code, out, err = run("import", str(tmp_path / "note.md"))
        assert (code, err) == (0, "")
        assert out == "Read 1 note: 1 flashcard.\nCards: 1 added, 0 unchanged.\n"
        code, out, _ = run("import", str(tmp_path / "note.md"))
        assert out == "Read 1 note: 1 flashcard.\nNothing has changed.\n"

    def test_json(self, run, tmp_path: Path) -> None:
        (tmp_path / "note.md").write_text(NOTE)
        code, out, _ = run("import", "--json", str(tmp_path))
        assert code == 0
        assert json.loads(out) == {
            "notes": 1,
            "cards": {"flashcard": 1},
            "added": 1,
            "changed": 0,
            "moved": 0,
            "returned": 0,
            "retired": 0,
            "unchanged": 0,
            "problems": [],
        }

    def test_a_problem_is_one_sentence_and_exit_code_1(self, run, tmp_path: Path) -> None:
        (tmp_path / "bad.md").write_bytes(NOTE.encode("cp1251"))
        (tmp_path / "note.md").write_text(NOTE)
        code, out, err = run("import", str(tmp_path))
        assert code == 1
        assert out.startswith("Read 1 note: 1 flashcard.")
        assert err.count("\n") == 1
        assert err.startswith(f"{tmp_path / 'bad.md'}:1: ")

    def test_escape_sequences_in_names_do_not_reach_the_terminal(self, run, tmp_path: Path) -> None:
        (tmp_path / "bad\x1b[31m.md").write_bytes(b"\0\0")
        _, _, err = run("import", str(tmp_path))
        assert "\x1b" not in err


class TestWithoutATerminal:
    def test_today_is_printed(self, run) -> None:
        code, out, _ = run()
        assert code == 0
        assert out.startswith("0 due, 20 new: about ")

    def test_progress_as_text_and_json(self, run) -> None:
        code, out, _ = run("progress")
        assert code == 0
        assert "True retention (goal 90%)" in out
        code, out, _ = run("progress", "--json")
        figures = json.loads(out)
        assert figures["mastery"] == 0
        assert len(figures["forecast"]) == 30

    def test_progress_as_a_page_of_a_note_or_a_tag(self, run, tmp_path: Path) -> None:
        page = tmp_path / "progress.html"
        assert run("progress", "--tag", "#lambda", "--html", str(page)) == (
            0,
            f"Wrote {page}.\n",
            "",
        )
        assert page.read_text("utf-8").startswith("<!DOCTYPE html>")
        assert "<title>Progress · #lambda · Warmstart</title>" in page.read_text("utf-8")
        assert run("progress", "--note", "cold-starts")[1].startswith("Cold starts: mastery 0%\n")
        code, out, err = run("progress", "--tag", "lambd")
        assert (code, out) == (1, "")
        assert err.startswith("No note or card has the tag 'lambd'. There are: ")
        nowhere = tmp_path / "none" / "progress.html"
        code, _, err = run("progress", "--html", str(nowhere))
        assert (code, err) == (1, f"{nowhere} cannot be written: No such file or directory.\n")


class TestDue:
    def test_one_line_also_before_there_is_a_store(self, run) -> None:
        assert run("due") == (0, "nothing to study yet\n", "")
        run("progress")
        code, out, _ = run("due")
        assert (code, out.startswith("20 new, ")) == (0, True)
        assert json.loads(run("due", "--json")[1])["store"] == "ready"
        assert run("due", "--format", "{new}/{due} {{}}") == (0, "20/0 {}\n", "")

    def test_a_wrong_call_is_told(self, run) -> None:
        code, out, err = run("due", "--format={old}")
        assert (code, out) == (2, "")
        assert "{answered}" in err
        assert run("due", "--json", "--format", "x")[0] == 2
        assert run("due", "--jsn")[0] == 2


class TestSettings:
    def test_set_get_and_reset(self, run, home: Home) -> None:
        said = (0, "study.new_per_day is 12 now.\n", "")
        assert run("settings", "set", "study.new_per_day", "12") == said
        assert home.settings.read_text() == "[study]\nnew_per_day = 12\n"
        assert run("settings", "get", "study.new_per_day")[1] == "12\n"
        assert "* new_per_day " in run("settings")[1]
        assert run("settings", "reset", "study.new_per_day")[1] == "study.new_per_day is 20 now.\n"

    def test_json(self, run) -> None:
        found = {one["name"]: one for one in json.loads(run("settings", "--json")[1])}
        assert found["study.fuzz"]["must_be"] == "true or false"
        described = json.loads(run("settings", "get", "--json", "display.theme")[1])
        assert described == found["display.theme"]

    def test_mistakes_are_sentences(self, run, home: Home) -> None:
        code, _, err = run("settings", "set", "study.new_per_day", "many")
        assert (code, err) == (
            1,
            f"{home.settings}: study.new_per_day must be a number from 0 to 9999, not 'many'.\n",
        )
        assert run("settings", "get", "study.nwe_per_day")[0] == 2
        code, _, err = run("settings", "set", "keys.undo", "o")
        assert (code, "is “note” in" in err) == (1, True)
        assert not home.settings.exists()

    def test_presets_come_and_go(self, run) -> None:
        assert run("settings", "set", "presets.w.match", "deck:words, tag:x")[0] == 0
        assert "[presets.w]" in run("settings")[1]
        assert run("settings", "reset", "presets.w")[1] == "The preset w is gone.\n"
        assert "[presets.w]" not in run("settings")[1]


class TestCompletion:
    @pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
    def test_a_script_for_each_shell(self, run, shell: str) -> None:
        code, out, _ = run("completion", shell)
        assert code == 0
        assert f"_WARMSTART_COMPLETE={shell}_complete" in out

    @pytest.mark.parametrize(
        ("words", "found"),
        [
            ("warmstart pro", "progress"),
            ("warmstart --de", "--debug"),
            ("warmstart settings get study.new", "study.new_per_day"),
            ("warmstart settings set display.theme l", "light"),
            ("warmstart lab run cold", "cold-start"),
            ("warmstart notes pause queues-and", "queues-and-dead-letters"),
            ("warmstart goal fan", "fan-out"),
            ("warmstart study --tag serverl", "serverless"),
            ("warmstart study --concept queues", r"Queues\ and\ dead\ letters"),
        ],
    )
    def test_commands_settings_labs_and_notes(
        self, run, monkeypatch: pytest.MonkeyPatch, words: str, found: str
    ) -> None:
        run("progress")
        monkeypatch.setenv("_WARMSTART_COMPLETE", "bash_complete")
        monkeypatch.setenv("COMP_WORDS", words)
        monkeypatch.setenv("COMP_CWORD", str(len(words.split()) - 1))
        code, out, _ = run()
        assert code == 0
        assert out.splitlines() == [f"plain,{found}"]


class TestErrors:
    @pytest.mark.parametrize(
        ("name", "ending"),
        [
            ("imprt", "No such command 'imprt'. Did you mean import?\n"),
            ("xyzzy", "No such command 'xyzzy'.\n"),
            ("--odd", "No such option '--odd'.\n"),
        ],
    )
    def test_no_such_command(self, run, name: str, ending: str) -> None:
        code, _, err = run(name)
        assert (code, err.endswith(ending)) == (2, True)

    def test_a_broken_store_is_a_sentence(self, run, home: Home) -> None:
        home.root.mkdir()
        home.store.write_text("these are not the bytes you are looking for" * 30)
        code, _, err = run("progress")
        assert code == 3
        assert err.count("\n") == 1
        assert "damaged" in err

    def test_wrong_settings_are_a_sentence(self, run, home: Home) -> None:
        home.root.mkdir()
        home.settings.write_text("[study]\ndesired_retention = 2\n")
        code, _, err = run("progress")
        assert (code, err) == (
            1,
            f"{home.settings}: study.desired_retention must be a number from 0.7 to 0.99, not 2.\n",
        )

    def test_the_unexpected_is_kept_in_a_file(
        self,
        run,
        home: Home,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        def broken(*_: object) -> None:
            raise ZeroDivisionError("what nobody foresaw")

        monkeypatch.setattr("warmstart.usecases.progress.progress", broken)
        code, _, err = run("progress")
        assert code == 70
        assert err.count("\n") == 1
        assert str(home.log) in err
        assert "ZeroDivisionError" in home.log.read_text()


class TestNotes:
    def test_lists_notes_and_keeps_order_among_them(self, run, tmp_path: Path) -> None:
        (tmp_path / "note.md").write_text(NOTE)
        run("import", str(tmp_path / "note.md"))
        code, out, _ = run("notes")
        assert code == 0
        assert out.splitlines()[0].split()[:2] == ["note", "Очередь"]
        assert run("notes", "pause", "note")[1] == "Paused, with 1 card.\n"
        assert run("notes", "resume", "Очередь")[1] == "Resumed, with 1 card.\n"
        assert run("notes", "reset", "note")[1] == "Reset 0 cards.\n"
        assert run("notes", "remove", "note")[1].startswith("Removed, with 1 card.")
        code, _, err = run("notes", "remove", "note")
        assert (code, err.startswith("There is no note called 'note'.")) == (2, True)

    def test_problems_with_file_and_line(self, run, tmp_path: Path) -> None:
        assert run("notes", "--problems")[:2] == (0, "Every note could be read.\n")
        (tmp_path / "bad.md").write_bytes(NOTE.encode("cp1251"))
        (tmp_path / "broken.md").write_text("---\ntitle: [unclosed\n---\n# Broken\n")
        run("import", str(tmp_path))
        code, out, _ = run("notes", "--problems")
        assert code == 1
        assert [line.split(": ")[0] for line in out.splitlines()] == [
            f"{tmp_path / 'bad.md'}:1",
            f"{tmp_path / 'broken.md'}:2",
        ]
        (tmp_path / "bad.md").write_text(NOTE)
        (tmp_path / "broken.md").write_text("# Mended\n")
        run("import", str(tmp_path))
        assert run("notes", "--problems")[0] == 0

    def test_write_back_wants_to_be_told_where(self, run, tmp_path: Path) -> None:
        (tmp_path / "note.md").write_text(NOTE)
        run("import", str(tmp_path / "note.md"))
        assert run("notes", "write-back")[0] == 2
        assert run("notes", "write-back", "--all")[1] == "Wrote 1 note; 0 said so already.\n"
        assert "study_status: not_started" in (tmp_path / "note.md").read_text()


class TestInbox:
    def test_lists_and_decides_by_id(self, run, tmp_path: Path) -> None:
        bullets = "\n".join(f"- **Term {n}** — the meaning of term number {n}" for n in "abc")
        (tmp_path / "note.md").write_text(f"# Terms\n\n{bullets}\n")
        run("import", str(tmp_path / "note.md"))
        waiting = json.loads(run("inbox", "--json")[1])
        assert len(waiting) == 3
        first, second, third = (w["id"] for w in waiting)
        code, out, _ = run("inbox", "--accept", str(first), "--dismiss", str(second))
        assert (code, out) == (0, "1 accepted, 1 dismissed.\n")
        assert [w["id"] for w in json.loads(run("inbox", "--json", "--note", "note")[1])] == [third]
        assert run("inbox", "--accept", str(first))[0] == 2


class TestSearch:
    def test_finds_and_says_where(self, run, tmp_path: Path) -> None:
        (tmp_path / "note.md").write_text(NOTE)
        run("import", str(tmp_path / "note.md"))
        code, out, _ = run("search", "дошли")
        assert code == 0
        assert out.startswith("Очередь")
        assert run("search", "никогданигде") == (1, "Nothing was found.\n", "")


class TestStore:
    def test_says_where_it_lies(self, run, home: Home) -> None:
        found = json.loads(run("store", "--json")[1])
        assert found["path"] == str(home.store)
        assert found["notes"] >= 7


class TestBackups:
    def test_backup_restore_and_doctor(self, run, home: Home, tmp_path: Path) -> None:
        assert run("backup")[0] == 3
        run("progress")
        made = tmp_path / "mine.db"
        assert run("backup", str(made)) == (0, f"Copied the store to {made}.\n", "")
        code, out, _ = run("restore", str(made))
        assert (code, out.splitlines()[0]) == (0, f"The store is as {made} has it.")
        assert len(json.loads(run("backup", "--list", "--json")[1])) == 1
        assert run("doctor")[0] == 0
        home.store.write_bytes(b"rubbish" * 999)
        code, out, _ = run("doctor", "--json")
        assert (code, json.loads(out)["sound"]) == (1, False)
        assert run("restore", "nowhere.db")[0] == 3
