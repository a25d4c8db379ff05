"""A lab's challenge, its help and its cards; and labs that lie elsewhere on the disk."""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from warmstart.errors import UsageError
from warmstart.labs.new import create
from warmstart.notes.model import CardKind
from warmstart.study.cards import Memory, New, Rating, Reviewed
from warmstart.usecases.import_notes import import_notes
from warmstart.usecases.lab_run import Labs
from warmstart.usecases.library import tree
from warmstart.usecases.today import glance

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import FrozenClock
    from warmstart.paths import Home
    from warmstart.store.card_rows import StoredCard
    from warmstart.usecases.workspace import Workspace

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="handlers run in forked processes")

MET = {"gap": "short", "reserved": 7}


@pytest.fixture
def workspace(open_workspace: Callable[[], Workspace], empty_course: None) -> Workspace:
    return open_workspace()


@pytest.fixture
def labs(workspace: Workspace, home: Home) -> Labs:
    create(home.labs / "shop")
    return Labs(workspace)


def cards(workspace: Workspace) -> dict[str, StoredCard]:
    """The cards that labs made, by the name of what they tell of."""
    with workspace.store.read() as tx:
        return {
            name: tx.cards.shown(card.card).card for name, card in tx.lab_work.cards("shop").items()
        }


def ratings(workspace: Workspace, card: int) -> list[Rating]:
    with workspace.store.read() as tx:
        entries = [entry.entry for entry in tx.log.of_card(card)]
        return [entry.rating for entry in entries if isinstance(entry, Reviewed)]


class TestTheWay:
    def test_from_the_first_prediction_to_the_lab_that_comes_due(
        self, labs: Labs, workspace: Workspace, home: Home, clock: FrozenClock
    ) -> None:
        concept = home.root / "lambda-execution-model.md"
        concept.write_text("# The execution model\n\nWhat is frozen?\n?\nAll of it.\n", "utf-8")
        import_notes(workspace, [concept])
        lab = labs.find("shop")

        first = labs.run(lab, given={"turned-away": 2.0, "second": "warm"})
        assert first.standing is not None
        assert first.standing.sentence == "Challenge: it does not hold; it is judged at gap=short"
        assert (first.cards, first.due) == (2, None)
        away = cards(workspace)["turned-away"]
        assert (away.source.kind, away.source.section) == (CardKind.PREDICTION, "Predict")
        assert away.source.front.startswith("**Reserved concurrency** — Five calls reach")
        assert away.source.front.endswith("Second rush: ten seconds later · seed 7*")
        assert away.source.back.startswith("**3**\n\nA **synchronous** call is served")
        assert isinstance(away.memory, New)
        known = {node.title: node.cards for node in tree(workspace)}
        assert known["The execution model"] == 3
        assert known["Reserved concurrency: who is turned away?"] == 4

        # The same prediction at another setting is no other card, and changes none.
        again = labs.run(lab, knobs={"gap": "short"}, given={"second": "warm"})
        assert again.cards == 0
        assert cards(workspace)["second"].source.back.startswith("**kept environments**")
        assert labs.hint(lab).text.startswith("How many calls are in flight")

        met = labs.run(lab, knobs=MET)
        assert met.standing is not None
        assert met.standing.sentence == "Challenge met: it holds"
        challenge = cards(workspace)[""]
        assert ratings(workspace, challenge.id) == [Rating.HARD]  # after a hint
        assert isinstance(challenge.memory, Memory)
        assert met.due == challenge.memory.due
        assert labs.hints(lab) == []
        with workspace.store.read() as tx:
            assert workspace.days.day_of(met.due) > workspace.days.day_of(clock.now)
            assert tx.lab_work.due() == {"shop": met.due}
        (entry,) = [entry for entry in labs.entries() if entry.key == "shop"]
        assert (entry.due, entry.last and entry.last.in_words) == (
            met.due, "the check holds, challenge met",
        )  # fmt: skip

        # Once more on the same day adds nothing; when it is due, it is an answer, and the interval grows.
        labs.run(lab, knobs=MET)
        assert ratings(workspace, challenge.id) == [Rating.HARD]
        assert self._next(workspace, clock) is None
        clock.forward(days=4)
        assert self._next(workspace, clock) == ("shop", True)
        later = labs.run(lab, knobs=MET)
        assert ratings(workspace, challenge.id) == [Rating.HARD, Rating.GOOD]
        assert later.due is not None
        assert later.due - clock.now > met.due - (clock.now - timedelta(days=4))

        # What is imported anew keeps them where they are.
        for path in (home.labs / "shop" / "README.md", concept):
            path.write_text(path.read_text("utf-8") + "\nMore.\n", "utf-8")
        import_notes(workspace, [home.labs / "shop" / "README.md", concept])
        known = {node.title: node.cards for node in tree(workspace)}
        assert known["The execution model"] == 4
        assert known["Reserved concurrency: who is turned away?"] == 5

    @staticmethod
    def _next(workspace: Workspace, clock: FrozenClock) -> tuple[str, bool] | None:
        today = glance(workspace.home, workspace.settings, clock.now, workspace.days)
        assert today is not None
        return today.next_lab and (today.next_lab.name, today.next_lab.again)


class TestHelp:
    def test_the_solution_shows_when_asked_for_twice_and_costs_the_interval(
        self, labs: Labs, workspace: Workspace, home: Home
    ) -> None:
        lab = labs.find("shop")
        (lab.folder / "solution" / "src").mkdir(parents=True)
        text = (lab.folder / "src" / "app.py").read_text("utf-8")
        changed = text.replace("paid", "has paid")
        (lab.folder / "solution" / "src" / "app.py").write_text(changed, "utf-8")
        assert labs.solution(lab) is None
        shown = labs.solution(lab)
        assert shown is not None
        assert shown.knobs == {"reserved": 7}
        assert [line for line in shown.files[0].lines if line[0] in "+-"][2:] == [
            '-    return f"paid {order}"',
            '+    return f"has paid {order}"',
        ]
        labs.run(lab, knobs=MET)
        assert ratings(workspace, cards(workspace)[""].id) == [Rating.AGAIN]
        assert labs.solution(lab) is None  # it is met: the next time begins anew

    def test_hints_come_one_by_one_and_the_last_one_stays(self, labs: Labs) -> None:
        lab = labs.find("shop")
        assert [labs.hint(lab).number for _ in range(3)] == [1, 2, 2]
        assert [hint.number for hint in labs.hints(lab)] == [1, 2]
        with pytest.raises(UsageError, match=r"The lab cold-start has no challenge\."):
            labs.hint(replace(labs.find("cold-start"), challenge=None))


class TestElsewhere:
    def test_a_lab_elsewhere_runs_once_its_folder_is_trusted(
        self, labs: Labs, workspace: Workspace, home: Home, tmp_path: Path
    ) -> None:
        folder = tmp_path / "found" / "shop"
        shutil.copytree(home.labs / "shop", folder)
        (tmp_path / "link").symlink_to(folder.parent)
        lab = labs.find(str(tmp_path / "link" / "shop"))
        with pytest.raises(UsageError, match=r"which you do not trust yet\..*command with --trust"):
            labs.run(lab)
        labs.trust(folder)
        report = labs.run(lab, given={"second": "warm"})
        assert report.key == str(folder)
        with workspace.store.read() as tx:
            (card,) = tx.lab_work.cards(str(folder)).values()
            note = tx.notes.one(tx.cards.shown(card.card).card.note_id)
        assert note.path == str(folder / "README.md")
        assert labs.last(labs.find("shop")) is None  # it is no lab of that name
        (entry,) = [entry for entry in labs.entries() if entry.key == str(folder)]
        assert (entry.whose, entry.last is not None) == ("elsewhere on the disk", True)
        (folder / "lab.yaml").write_text("title: Shop\n", "utf-8")
        (entry,) = [entry for entry in labs.entries() if entry.key == str(folder)]
        assert "lacks summary" in str(entry.lab.error)
        shutil.rmtree(folder)
        assert [entry for entry in labs.entries() if entry.key == str(folder)] == []
