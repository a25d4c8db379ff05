"""A killed process loses nothing that was answered."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from warmstart.study.cards import effective
from warmstart.study.state import replay
from warmstart.usecases.import_notes import import_notes

if TYPE_CHECKING:
    from collections.abc import Callable

    from warmstart.paths import Home
    from warmstart.usecases.workspace import Workspace

KILLS = 200

# One process imports everything, by a sitting over a copy of the store, then forks a sitting for each
# kill: 200 cold starts of Python would take a minute. (Over a copy, because what SQLite knows of an
# open file must not cross a fork.) A sitting writes a card's id down only after its answer was
# acknowledged.
DRIVER = """
import gc, os, random, select, shutil, signal, sys, time
from datetime import timedelta
from pathlib import Path
from warmstart.paths import Home
from warmstart.study.cards import Rating
from warmstart.study.state import replay
from warmstart.usecases.review import ReviewSession
from warmstart.usecases.workspace import Workspace

home, kills = Home(Path(sys.argv[1])), int(sys.argv[2])
rng = random.Random(20261120)

def sitting(home, out, answers):
    workspace = Workspace.open(home)
    session = ReviewSession(workspace)
    n = 0
    while session.current is not None and n < answers:
        card = session.current.id
        session.answer(Rating(1 + n % 4), timedelta(seconds=1))
        os.write(out, b"%d\\n" % card)
        n += 1
        if n % 5 == 0:
            session.undo()
            os.write(out, b"undone\\n")
    workspace.close()

copy = Home(shutil.copytree(home.root, home.root.with_name("copy")))
sitting(copy, os.open(os.devnull, os.O_WRONLY), 5)
gc.freeze()
for _ in range(kills):
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            sitting(home, write, 9999)
        finally:
            os._exit(0)
    os.close(write)
    select.select([read], [], [], 10)  # the first answer is in: the sitting has begun
    time.sleep(rng.random() * 0.012)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with os.fdopen(read) as answered:
        print(" ".join(answered.read().split()), flush=True)
"""


@pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="needs fork")
def test_two_hundred_kills_lose_no_acknowledged_answer(
    empty_course: None, home: Home, open_workspace: Callable[[], Workspace], tmp_path: Path
) -> None:
    note = tmp_path / "many.md"
    note.write_text("# Many\n\n" + "\n".join(f"Q {n}?\n?\nA {n}.\n" for n in range(3000)))
    home.root.mkdir()
    home.settings.write_text("[study]\nnew_per_day = 9999\n")
    workspace = open_workspace()
    import_notes(workspace, [note])
    bundled = tmp_path / "bundled"
    driver = tmp_path / "driver.py"
    driver.write_text(
        f"import warmstart.usecases.sources as s; s.bundled = lambda n: __import__('pathlib')"
        f".Path({str(bundled)!r}) / n\n{DRIVER}"
    )
    done = subprocess.run(
        [sys.executable, driver, home.root, str(KILLS)], capture_output=True, text=True, check=True
    )
    lines = done.stdout.splitlines()
    assert len(lines) == KILLS
    assert min(len(line.split()) for line in lines) >= 1, "a sitting was killed before it began"
    acknowledged: dict[int, int] = {}
    undone = 0
    for line in lines:
        for word in line.split():
            if word == "undone":
                undone += 1
            else:
                acknowledged[int(word)] = acknowledged.get(int(word), 0) + 1
    assert sum(acknowledged.values()) > 2 * KILLS
    assert undone > 0
    with workspace.store.read() as tx:
        check = tx.log._connection.exec_driver_sql("PRAGMA integrity_check").scalar_one()
        assert check == "ok"
        for card, count in acknowledged.items():
            entries = tx.log.of_card(card)
            assert sum(type(e.entry).__name__ == "Reviewed" for e in entries) >= count
            assert tx.cards.memory(card) == replay(workspace.scheduler, effective(entries)).memory
