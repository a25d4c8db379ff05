"""The queue's promises, whatever a learner does: properties over whole stores."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from warmstart.paths import Home
from warmstart.study.cards import New, Phase, Rating, Reviewed, effective
from warmstart.study.day import Days
from warmstart.study.state import replay
from warmstart.usecases import actions, undo
from warmstart.usecases.due import due
from warmstart.usecases.import_notes import import_notes
from warmstart.usecases.review import ReviewSession
from warmstart.usecases.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warmstart.study.cards import LogEntry

SECONDS = timedelta(seconds=4)
TOML = """
[study]
new_per_day = 4
reviews_per_day = 6
leech_threshold = 2
leech_action = "suspend"
learning_steps = [10]
[presets.exam]
match = ["tag:exam"]
new_per_day = 1
reviews_per_day = 2
"""
NEW, REVIEWS = {"": 4, "exam": 1}, {"": 6, "exam": 2}

steps = st.one_of(
    st.sampled_from(Rating),
    st.sampled_from(["bury", "suspend", "undo", "redo", "sit"]),
    st.builds(timedelta, hours=st.sampled_from([0.3, 3, 11, 25, 24 * 4, 24 * 40])),
)
zones = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Seoul"])
# Around a change of the clock by law, forwards in spring or backwards in autumn.
starts = st.sampled_from(
    [datetime(2026, 3, 28, 20), datetime(2026, 10, 24, 20), datetime(2026, 6, 1, 9)]
)


@pytest.fixture(scope="module")
def template() -> Iterator[Path]:
    """A home with two notes: 8 cards and 3 pairs of siblings, one note for the exam."""
    with tempfile.TemporaryDirectory() as place, pytest.MonkeyPatch.context() as patch:
        root = Path(place)
        for name in ("content", "labs"):
            (root / "bundled" / name).mkdir(parents=True)
        patch.setattr("warmstart.usecases.sources.bundled", lambda name: root / "bundled" / name)
        notes = root / "notes"
        notes.mkdir()
        (notes / "a.md").write_text("# A\n\n" + "".join(f"Q{n} :: A{n}\n\n" for n in range(8)))
        (notes / "b.md").write_text(
            "---\ntags: [exam]\n---\n# B\n\n" + "".join(f"L{n} ::: R{n}\n\n" for n in range(3))
        )
        home = Home(root / "home")
        home.root.mkdir()
        home.settings.write_text(TOML)
        workspace = Workspace.open(home)
        import_notes(workspace, [notes])
        workspace.close()
        yield home.root


class Learner:
    """One learner's doings, and the promises they are held against."""

    def __init__(self, root: Path, start: datetime, zone: str) -> None:
        self.days = Days(4, ZoneInfo(zone))
        self.now = start.replace(tzinfo=UTC)
        self.workspace = Workspace.open(Home(root), clock=lambda: self.now, days=self.days)
        self.session = ReviewSession(self.workspace)

    def do(self, step: Rating | str | timedelta) -> None:
        """Do one thing, and look at the promises."""
        shown = self.session.current
        match step:
            case timedelta():
                self.now += step
                self.session.resume()
                self.session.refresh()
            case Rating() if shown is not None:
                self.session.answer(step, SECONDS)
            case "bury" | "suspend" if shown is not None:
                getattr(actions, step)(self.workspace, [shown.id])
                self.session.refresh()
            case "undo" | "redo":
                getattr(self.session, step)()
            case "sit":
                self.session.close()
                self.session = ReviewSession(self.workspace)
                said = due(self.workspace.home, self.now, self.days)
                assert (said.store, said.due + said.new) == ("ready", self.session.total)
        self.check(after_undo=step == "undo")

    def check(self, *, after_undo: bool) -> None:
        """Hold the card on the screen and the log against what is promised."""
        with self.workspace.store.read() as tx:
            cards = {c.id: c for c in tx.cards.of_notes([n.id for n in tx.notes.all()])}
            logs = tx.log.of_cards(cards)
            states = tx.cards.states(cards)
        shown = self.session.current
        if shown is not None:
            card = cards[shown.id]
            assert card.in_study
            assert card.buried_until is None or card.buried_until <= self.now
            ends = self.days.end(self.days.day_of(self.now))
            assert after_undo or isinstance(card.memory, New) or card.memory.due < ends
        self._limits({c.id: c.preset for c in cards.values()}, logs)
        scheduler = self.workspace.scheduler
        assert {c: replay(scheduler, effective(log)) for c, log in logs.items()} == {
            c: states[c] for c in logs
        }

    def _limits(self, presets: dict[int, str], logs: dict[int, list[LogEntry]]) -> None:
        given: Counter[tuple[object, Phase, str]] = Counter()
        for log in logs.values():
            for entry in effective(log):
                if isinstance(entry, Reviewed) and entry.before in {Phase.NEW, Phase.REVIEW}:
                    day = self.days.day_of(entry.at)
                    given[day, entry.before, ""] += 1
                    if preset := presets[entry.card]:
                        given[day, entry.before, preset] += 1
        for (_, before, preset), count in given.items():
            assert count <= (NEW if before is Phase.NEW else REVIEWS)[preset]


AGAIN = [Rating.AGAIN]


@settings(max_examples=25, deadline=None)
@example([*AGAIN * 3, "bury", "undo", *AGAIN * 2], datetime(2026, 3, 28, 20), "UTC")
@example([*AGAIN * 3, "bury", *AGAIN, "undo", "undo", *AGAIN * 2], datetime(2026, 3, 28, 20), "UTC")
@given(st.lists(steps, max_size=45), starts, zones)
def test_only_what_may_be_asked_is_asked_and_the_log_gives_every_state(
    template: Path, doings: list[Rating | str | timedelta], start: datetime, zone: str
) -> None:
    """Nothing suspended, buried, beyond the limits of a day or still to come.

    And a prompt says as many as a sitting that begins then has.
    """
    with tempfile.TemporaryDirectory() as place:
        root = Path(place) / "home"
        shutil.copytree(template, root)
        learner = Learner(root, start, zone)
        learner.session._store._connection.execute("PRAGMA synchronous = OFF")
        for step in doings:
            learner.do(step)
        learner.session.close()
        learner.workspace.close()


@settings(max_examples=12, deadline=None)
@given(st.lists(steps, max_size=25))
def test_undoing_all_there_is_gives_the_store_as_it_was(
    template: Path, doings: list[Rating | str | timedelta]
) -> None:
    """And doing all of it again gives what there was before."""
    with tempfile.TemporaryDirectory() as place:
        root = Path(place) / "home"
        shutil.copytree(template, root)
        learner = Learner(root, datetime(2026, 6, 1, 9), "UTC")

        def states() -> object:
            with learner.workspace.store.read() as tx:
                notes = [n.id for n in tx.notes.all()]
                return tx.cards.states(c.id for c in tx.cards.of_notes(notes))

        fresh = states()
        for step in doings:
            learner.do(step)
        done = states()
        times = 0
        while undo.undo(learner.workspace) is not None:
            times += 1
        assert states() == fresh
        for _ in range(times):
            assert undo.redo(learner.workspace) is not None
        assert states() == done
        learner.session.close()
        learner.workspace.close()
