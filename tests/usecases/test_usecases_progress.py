"""Progress: what is computed in SQLite is what the rules say, and is never stale."""

from __future__ import annotations

import random
import shutil
import sqlite3
from bisect import bisect_right
from collections import Counter
from datetime import UTC, date, timedelta
from html.parser import HTMLParser

import pytest

from tests.conftest import FrozenClock
from warmstart.errors import InputError, StoreReadOnly, UsageError
from warmstart.paths import Home
from warmstart.store.connection import power
from warmstart.store.repositories.totals import Totals
from warmstart.store.times import to_ms
from warmstart.study.cards import Rating
from warmstart.study.day import Days
from warmstart.study.figures import DIFFICULTY_EDGES, RECALL_EDGES, STABILITY_EDGES
from warmstart.study.mastery import warmth
from warmstart.usecases import actions, progress
from warmstart.usecases.import_notes import import_notes
from warmstart.usecases.manage import pause
from warmstart.usecases.progress_json import as_json
from warmstart.usecases.report.progress_page import progress_page
from warmstart.usecases.review import ReviewSession
from warmstart.usecases.undo import redo, undo
from warmstart.usecases.workspace import Workspace

TAGGED = "---\ntags: [aws/lambda]\n---\n# Второй R&D < 2\n\n## Раздел\n\nТекст.\n\nQ?\n?\nA.\n"


@pytest.fixture(scope="module")
def studied(tmp_path_factory):
    """A home after forty days: three notes, some cards suspended, one note paused; and when."""
    root = tmp_path_factory.mktemp("progress")
    clock = FrozenClock()
    for name in ("one", "three"):
        (root / f"{name}.md").write_text(
            f"# {name}\n\n" + "\n".join(f"{name} {n}?\n?\nAnswer {n}.\n" for n in range(20))
        )
    (root / "two.md").write_text(TAGGED)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("warmstart.usecases.sources.bundled", lambda name: root / "none")
        workspace = Workspace.open(Home(root / "home"), clock=clock, days=Days(4, UTC))
    import_notes(workspace, [root / f"{name}.md" for name in ("one", "two", "three")])
    rng = random.Random(3)
    for _ in range(40):
        session = ReviewSession(workspace)
        for _ in range(6):
            if session.current is not None:
                session.answer(rng.choice(list(Rating)), timedelta(seconds=rng.randrange(1, 50)))
                clock.forward(minutes=rng.randrange(1, 40))
        session.close()
        clock.forward(hours=20)
    actions.suspend(workspace, [1, 2, 3])
    pause(workspace, 3)
    workspace.close()
    return root / "home", clock.now


@pytest.fixture
def workspace(studied, empty_course, home, open_workspace, clock):
    """A copy of that home, opened."""
    shutil.copytree(studied[0], home.root)
    clock.now = studied[1]
    return open_workspace()


def counted(values, edges):
    """Return how many values lie between each edge and the next; the last bin is closed."""
    places = Counter(min(bisect_right(edges, value) - 1, len(edges) - 2) for value in values)
    return tuple(places[n] for n in range(len(edges) - 1))


class TestCards:
    def test_are_counted_as_the_rules_say(self, workspace, clock):
        with workspace.store.read() as tx:
            memories = tx.cards.memories()
            states = tx.cards.states(range(1, 42))
        now_ms = to_ms(clock())
        known = warmth(m.outlook(workspace.curve, now_ms) for m in memories.values())
        found = progress.overview(workspace)
        assert (found.mastery, found.cards) == (round(known.mastery), known.cards)
        assert (found.states.new, found.states.suspended) == (known.cards - known.studied, 41 - 18)
        studied = [states[key].memory for key, m in memories.items() if m.stability is not None]
        phases = Counter(memory.phase.name for memory in studied)
        assert found.states.learning == phases["LEARNING"]
        assert found.states.relearning == phases["RELEARNING"]
        young = [m for m in studied if m.due - m.last_review < timedelta(days=21)]
        assert found.states.young == sum(memory.phase.name == "REVIEW" for memory in young)
        assert found.states.young + found.states.mature == phases["REVIEW"]
        days = Counter((workspace.days.day_of(m.due) - found.today).days for m in studied)
        assert found.overdue == sum(n for day, n in days.items() if day < 0)
        assert found.forecast == tuple(days[day] for day in range(30))

    def test_are_spread_as_the_curve_says(self, workspace, clock):
        with workspace.store.read() as tx:
            keys = [k for k, m in tx.cards.memories().items() if m.stability is not None]
            studied = [tx.cards.memory(key) for key in keys]
        recall = [
            workspace.curve.recall(m.stability, to_ms(m.last_review), to_ms(clock()))
            for m in studied
        ]
        more = progress.details(workspace)
        assert more.recalled == pytest.approx(sum(recall))
        assert more.recall.counts == counted(recall, RECALL_EDGES)
        assert more.stability.counts == counted((m.stability for m in studied), STABILITY_EDGES)
        assert more.difficulty.counts == counted((m.difficulty for m in studied), DIFFICULTY_EDGES)

    def test_a_clock_set_back_counts_no_days_below_none(self, workspace, clock):
        clock.forward(days=-400)
        known = progress.details(workspace)
        assert known.recalled == known.recall.cards == known.recall.counts[-1]
        with workspace.store.read() as tx:
            memories = tx.cards.memories().values()
        expected = warmth(m.outlook(workspace.curve, to_ms(clock())) for m in memories)
        assert progress.overview(workspace).mastery == round(expected.mastery)

    def test_by_note_and_below(self, workspace):
        page = progress.note_page(workspace)
        trees = [progress.concept_tree_of(workspace, n.note_id) for n in page.notes]
        assert [(n.title, n.cards) for n in page.notes] == [("one", 17), ("Второй R&D < 2", 1)]
        assert page.next is None
        assert [(t.id, t.mastery, t.cards, t.studied) for t in trees] == [
            (n.concept, n.mastery, n.cards, n.studied) for n in page.notes
        ]
        coldest = progress.note_page(workspace, coldest=True).notes
        assert [n.mastery for n in coldest] == sorted(n.mastery for n in coldest)

    def test_notes_come_in_pages(self, workspace):
        first = progress.note_page(workspace, most=2)
        second = progress.note_page(workspace, start=first.next, most=2)
        assert [n.title for n in first.notes + second.notes] == ["one", "Второй R&D < 2"]
        assert second.next is None

    def test_the_curve_needs_no_mathematics_of_sqlite(self):
        with sqlite3.connect(":memory:") as db:
            for base, exponent in ((1.7, -0.15), (None, 2.0)):
                assert db.execute("SELECT pow(?, ?)", (base, exponent)).fetchone()[0] == power(
                    base, exponent
                )


class TestAnswers:
    def test_are_never_stale(self, workspace):
        before = progress.overview(workspace)
        session = ReviewSession(workspace)
        session.answer(Rating.AGAIN, timedelta(seconds=7))
        after = progress.overview(workspace)
        today = after.today
        assert after.heat[today] == before.heat.get(today, 0) + 1
        assert after.spent[today] == before.spent.get(today, 0) + 7000
        undo(workspace)
        assert progress.overview(workspace).heat == before.heat
        redo(workspace)
        assert progress.overview(workspace).heat == after.heat

    def test_are_told_even_where_nothing_can_be_written(self, workspace, monkeypatch):
        expected = progress.overview(workspace)
        ReviewSession(workspace).answer(Rating.GOOD, timedelta(seconds=7))

        def refuse(*_):
            raise StoreReadOnly("no")

        monkeypatch.setattr(Totals, "catch_up", refuse)
        found = progress.overview(workspace)
        assert sum(found.heat.values()) == sum(expected.heat.values()) + 1
        assert sum(hour.reviews for hour in progress.details(workspace).hours) == sum(
            found.heat.values()
        )


class TestSubject:
    def test_parts_make_the_whole(self, workspace):
        whole = progress.overview(workspace)
        parts = [
            progress.overview(workspace, progress.subject(workspace, note=name))
            for name in ("one", "two", "three")
        ]
        heat = Counter()
        for part in parts:
            heat.update(part.heat)
        assert heat == whole.heat
        assert sum(part.states.total for part in parts) == whole.states.total == 41
        assert sum(part.overdue + sum(part.forecast) for part in parts) == whole.overdue + sum(
            whole.forecast
        )
        more = progress.details(workspace)
        each = [
            progress.details(workspace, progress.subject(workspace, note=name))
            for name in ("one", "two", "three")
        ]
        assert sum(part.recalled for part in each) == pytest.approx(more.recalled)
        assert [
            sum(hour.reviews for hour in hours)
            for hours in zip(*(p.hours for p in each), strict=True)
        ] == [hour.reviews for hour in more.hours]

    def test_a_tag_has_what_is_below_it_and_the_learners_own(self, workspace):
        actions.tag(workspace, [7], "aws")
        for tag, cards in (("aws", 2), ("#aws/lambda", 1)):
            about = progress.subject(workspace, tag=tag)
            assert progress.overview(workspace, about).cards == cards
        about = progress.subject(workspace, tag="aws")
        assert [n.cards for n in progress.note_page(workspace, about).notes] == [1, 1]
        assert len(progress.progress(workspace, about).concepts) == 2

    def test_what_there_is_none_of_is_told(self, workspace):
        with pytest.raises(InputError, match=r"has the tag 'aw'") as failed:
            progress.subject(workspace, tag="aw")
        assert failed.value.hint == "There are: aws/lambda."
        with pytest.raises(UsageError):
            progress.subject(workspace, note="four")
        with pytest.raises(InputError, match="not for both"):
            progress.subject(workspace, note="one", tag="aws")

    def test_all_that_can_be_asked_about(self, workspace):
        assert [s.title for s in progress.subjects(workspace)] == [
            "#aws/lambda", "one", "three", "Второй R&D < 2",
        ]  # fmt: skip


class Page(HTMLParser):
    """Collects the tags and attributes of a page, and which tags were left open."""

    VOID = ("meta",)

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.open = Counter(), [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags[tag] += 1
        self.attributes += attrs
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags[tag] += 1
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


class TestPage:
    def test_is_whole_and_loads_nothing(self, workspace):
        text = progress_page(progress.progress(workspace))
        page = Page(text)
        assert page.open == []
        assert not page.tags.keys() & {"script", "link", "img", "iframe"}
        assert not {name for name, _ in page.attributes} & {"src", "href", "onload", "onclick"}
        assert "://" not in text
        assert "url(" not in text
        assert page.tags["svg"] == 11
        assert "Второй R&amp;D &lt; 2" in text

    def test_before_the_first_card(self, open_workspace, empty_course):
        text = progress_page(progress.progress(open_workspace()))
        assert Page(text).open == []
        assert "warmstart import FOLDER" in text
        assert "No cards yet." in text


class TestJson:
    def test_has_every_figure(self, workspace):
        found = as_json(progress.progress(workspace, progress.subject(workspace, note="two")))
        assert found["subject"] == {"title": "Второй R&D < 2", "tag": None}
        assert len(found["concepts"]) == 1
        assert sum(b["cards"] for b in found["retrievability"]) == 1
        assert found["stability_days"][-1]["to"] is None
        assert date.fromisoformat(found["day"])
        assert list(found["buttons"]) == ["learning", "young", "mature"]
        assert len(found["hours"]) == 24
