"""A folder of a thousand hostile files: the import ends, reports, and nothing escapes."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

import pytest

from warmstart.text import safe
from warmstart.usecases import library
from warmstart.usecases.import_notes import import_notes
from warmstart.usecases.inbox import Triage
from warmstart.usecases.search import search

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from warmstart.usecases.workspace import Workspace

FILES = 1000


def hostile(rng: random.Random) -> bytes:
    """Return one of the things that no note should be."""
    size = rng.choice((10, 100, 600))  # past every limit on depth and number
    text = rng.choice(
        (
            lambda: "> " * size + "deep\n" * 3,
            lambda: "- " * size + "deep",
            lambda: "\n".join("  " * n + "- x" for n in range(min(size, 300))),
            lambda: "x" * size * 50,
            lambda: "?\n" * size,
            lambda: "Q\n?\nA\n" * size,
            lambda: "[[" * size * 10,
            lambda: "[[a|b#c]]" * size,
            lambda: "---\na: &a [x]\n" + "b: [*a, *a]\n" * min(size, 400) + "---\ntext",
            lambda: "---\n" + "[" * size + "\n---\n",
            lambda: (
                '---\ntitle: "\\e[31mred"\n---\n# \x1b]0;owned\x07\n\nWhat \x1b[2J?\n?\nThis \x9b31m.\n'
            ),
            lambda: "| a | b |\n|---|---|\n" + "| x | y |\n" * size,
            lambda: "| Term | Meaning |\n|---|---|\n" + "| same | same |\n" * size,
            lambda: "```\n" * size,
            lambda: "> [!question]- Q\n" * size,
            lambda: "==a==" * size,
            lambda: "a::b\n" * size,
            lambda: "<!--" * size,
            lambda: "# " + "#" * size + "\n" * size,
            lambda: "\ud800 lone",
            lambda: "\0" * size,
            lambda: "🇰🇷👨‍👩‍👧\u202eright to left\u2066" * (size // 10),
            lambda: "\r" * size + "\r\n\t" * size,
            lambda: "- **" + "*" * size + "** — x\n" * 20,
        )
    )()
    return text.encode(
        rng.choice(("utf-8", "utf-16", "cp1251")), "surrogatepass" if False else "replace"
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rng = random.Random(20261120)
    folder = tmp_path / "hostile"
    folder.mkdir()
    for n in range(FILES):
        name = rng.choice(
            (
                f"{n}",
                f"{n}\nnewline",
                f"{n}\x1b[31m",
                f"{n} \u202e",
                f"{n}'\"$(x)",
                "ы" * 60 + str(n),
            )
        )
        (folder / f"{name}.md").write_bytes(hostile(rng))
    (folder / "surrogates.md").write_bytes(b"\xed\xa0\x80 lone")
    loop = folder / "loop"
    loop.mkdir()
    (loop / "back").symlink_to(folder)
    (folder / "self.md").symlink_to(folder / "self.md")
    return folder


def test_a_thousand_hostile_files(
    empty_course: None, open_workspace: Callable[[], Workspace], folder: Path
) -> None:
    """Each is imported or reported; what is shown of them holds no control character."""
    workspace = open_workspace()
    report = import_notes(workspace, [folder])
    unread = {problem.path for problem in report.problems}
    assert report.notes + len(unread) >= FILES
    assert str(folder / "self.md") in unread
    again = import_notes(workspace, [folder])
    assert (again.added, again.changed, again.moved, again.retired) == (0, 0, 0, 0)
    for note in library.notes(workspace):
        assert safe(note.title) == note.title
    search(workspace, 'red OR [[ " *')
    assert all(safe(line) == line for w in Triage(workspace).waiting for line in (w.front, w.back))


def test_time_grows_with_size(
    empty_course: None, open_workspace: Callable[[], Workspace], tmp_path: Path
) -> None:
    """Four times as much takes at most some ten times as long, whatever it is made of."""
    workspace = open_workspace()
    for n, unit in enumerate(
        ("Q\n?\nA\n\n", "- **x** — y\n", "[[a]] ", "==a== b\n", "> [!question] Q\n> A\n\n")
    ):
        taken = []
        for size in (1_000, 4_000):
            file = tmp_path / f"{n}-{size}.md"
            file.write_text(unit * size)
            start = time.process_time()
            import_notes(workspace, [file])
            taken.append(time.process_time() - start)
        assert taken[1] < 10 * max(taken[0], 0.02), unit
