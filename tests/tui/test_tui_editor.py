"""The learner's editor: one command per kind, and a sentence where it cannot be."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from warmstart.errors import UsageError, WarmstartError
from warmstart.tui.editor import chosen, command, edit
from warmstart.tui.screens.in_editor import lend

if TYPE_CHECKING:
    from collections.abc import Iterator

NOTE = Path("/notes/my note.md")


class TestCommand:
    @pytest.mark.parametrize(
        ("editor", "words"),
        [
            ("vi", ["vi", "+7", "/notes/my note.md"]),
            ("/usr/bin/nvim -u NONE", ["/usr/bin/nvim", "-u", "NONE", "+7", "/notes/my note.md"]),
            ("nano", ["nano", "+7", "/notes/my note.md"]),
            ("emacsclient -t", ["emacsclient", "-t", "+7", "/notes/my note.md"]),
            ("hx", ["hx", "/notes/my note.md:7"]),
            ("code", ["code", "--wait", "--goto", "/notes/my note.md:7"]),
            ("code -w", ["code", "-w", "--goto", "/notes/my note.md:7"]),
            ("code --wait -n", ["code", "--wait", "-n", "--goto", "/notes/my note.md:7"]),
            ("subl", ["subl", "--wait", "/notes/my note.md:7"]),
            ("mate", ["mate", "-w", "-l", "7", "/notes/my note.md"]),
            ("pycharm", ["pycharm", "--wait", "--line", "7", "/notes/my note.md"]),
            ("gvim", ["gvim", "-f", "+7", "/notes/my note.md"]),
            ("'/opt/my editor/ed'", ["/opt/my editor/ed", "/notes/my note.md"]),
            ("unknown --fast", ["unknown", "--fast", "/notes/my note.md"]),
        ],
    )
    def test_opens_at_the_line(self, editor: str, words: list[str]) -> None:
        assert command(editor, NOTE, 7) == words

    def test_an_open_quote_is_a_sentence(self) -> None:
        with pytest.raises(UsageError, match="a quote is not closed"):
            command("'vim", NOTE, 1)


class TestChosen:
    def test_visual_comes_before_editor(self) -> None:
        assert chosen({"VISUAL": "code -w", "EDITOR": "vi"}) == "code -w"
        assert chosen({"VISUAL": " ", "EDITOR": "vi"}) == "vi"

    def test_else_one_that_is_nearly_everywhere(self, tmp_path: Path) -> None:
        for name in ("vi", "nano"):
            (tmp_path / name).write_text("")
            (tmp_path / name).chmod(0o755)
            assert chosen({"PATH": str(tmp_path)}) == name

    def test_none_is_a_sentence(self) -> None:
        with pytest.raises(UsageError, match="No editor is set"):
            chosen({"PATH": ""})


class TestEdit:
    def test_one_that_is_not_installed(self) -> None:
        with pytest.raises(WarmstartError, match="'no-such-editor' cannot be found"):
            edit("no-such-editor", NOTE, 1)

    def test_one_that_fails(self) -> None:
        with pytest.raises(WarmstartError, match="'false' ended with the code 1"):
            edit("false", NOTE, 1)

    def test_one_that_works(self, tmp_path: Path) -> None:
        note = tmp_path / "note.md"
        edit("touch", note, 3)
        assert note.exists()


class Terminal:
    """Is lent as Textual lends it: what is raised meanwhile would keep it from coming back."""

    lent = False

    @contextmanager
    def suspend(self) -> Iterator[None]:
        self.lent = True
        yield
        self.lent = False


class TestLend:
    @pytest.mark.parametrize("editor", ["false", "no-such-editor"])
    def test_the_terminal_comes_back(self, editor: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("VISUAL", editor)
        terminal = Terminal()
        amiss = lend(cast("Any", terminal), NOTE)
        assert (editor in str(amiss), terminal.lent) == (True, False)

    def test_it_comes_back_from_what_is_no_command(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("VISUAL", "'vim")
        terminal = Terminal()
        with pytest.raises(UsageError, match="a quote is not closed"):
            lend(cast("Any", terminal), NOTE)
        assert not terminal.lent
