"""Sittings: presets and limits, bounds, cramming, leeches, and what one does to a card."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from warmstart.errors import UsageError
from warmstart.store.sitting_queue import SittingQueue
from warmstart.study.cards import Crammed, Memory, New, Phase, Rating, Reviewed, effective
from warmstart.study.day import Days
from warmstart.study.state import replay
from warmstart.usecases import actions, undo
from warmstart.usecases.import_notes import import_notes
from warmstart.usecases.review import ReviewSession
from warmstart.usecases.sitting import Sitting

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import FrozenClock
    from warmstart.paths import Home
    from warmstart.usecases.workspace import Workspace

SECONDS = timedelta(seconds=7)
NOTES = {
    "aws.md": "# AWS\n\n## Queues\n\nProse.\n\n{aws}\n\n## Очереди\n\nProse.\n\n"
    + "".join(f"Russian {n}?\n?\nAnswer.\n\n" for n in range(3)),
    "exam.md": "---\ntags: [exam, flashcards/law/eu]\n---\n# Exam\n\n{exam}",
    "pairs.md": "# Pairs\n\n" + "".join(f"Left {n} ::: Right {n}\n\n" for n in range(3)),
}
TOML = """
[presets.exam]
match = ["tag:Exam"]
new_per_day = 2
desired_retention = 0.95
[presets.russian]
match = ["concept:очереди", "deck:law"]
new_per_day = 0
"""


@pytest.fixture
def opened(
    empty_course: None, home: Home, open_workspace: Callable[[], Workspace], tmp_path: Path
) -> Callable[[str], Workspace]:
    """Opens a workspace with these settings and three notes: 10 + 3, 6 and 3 × 2 cards."""

    def open_(toml: str = "") -> Workspace:
        home.root.mkdir(exist_ok=True)
        home.settings.write_text(toml)
        folder = tmp_path / "notes"
        folder.mkdir(exist_ok=True)
        for name, text in NOTES.items():
            cards = {
                key: "".join(f"{key} {n}?\n?\nAnswer {n}.\n\n" for n in range(count))
                for key, count in (("aws", 10), ("exam", 6))
            }
            (folder / name).write_text(text.format(**cards))
        workspace = open_workspace()
        import_notes(workspace, [folder])
        return workspace

    return open_


def fronts(session: ReviewSession, rating: Rating = Rating.EASY) -> list[str]:
    """Answer all there is; return the questions in the order in which they were asked."""
    seen = []
    while session.current is not None:
        seen.append(session.current.front)
        session.answer(rating, SECONDS)
    return seen


class TestReading:
    def test_no_more_is_read_than_the_day_has_room_for(
        self,
        opened: Callable[[str], Workspace],
        clock: FrozenClock,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """A backlog of reviews is not read whole to find that there is nothing new."""
        workspace = opened("[study]\nnew_per_day = 99\nlearning_steps = []")
        for days in (1, 400):  # the second sides of pairs are met a day later
            fronts(ReviewSession(workspace))
            clock.forward(days=days)
        monkeypatch.setattr("warmstart.usecases.admitting.MOST", 4)
        monkeypatch.setattr("warmstart.usecases.admitting._SPARE", 0)
        calls: list[int] = []
        read = SittingQueue.reviews

        def counted(queue: SittingQueue, *args: Any, **named: Any) -> Any:
            calls.append(args[3])
            return read(queue, *args, **named)

        monkeypatch.setattr(SittingQueue, "reviews", counted)
        few = replace(workspace.settings.study, new_per_day=1)
        session = ReviewSession(replace(workspace, settings=replace(workspace.settings, study=few)))
        assert (session.total, calls) == (4, [4])


def presets(workspace: Workspace) -> dict[str, int]:
    with workspace.store.read() as tx:
        notes = [note.id for note in tx.notes.all()]
        found: dict[str, int] = {}
        for card in tx.cards.of_notes(notes):
            found[card.preset] = found.get(card.preset, 0) + 1
    return found


class TestPresets:
    def test_each_card_has_the_first_that_matches(self, opened: Callable[[str], Workspace]) -> None:
        assert presets(opened(TOML)) == {"": 16, "exam": 6, "russian": 3}

    def test_new_limits_are_the_preset_s_and_the_day_s(
        self, opened: Callable[[str], Workspace]
    ) -> None:
        seen = fronts(ReviewSession(opened("[study]\nnew_per_day = 13\n" + TOML)))
        assert len(seen) == 13
        assert sum("exam" in front for front in seen) == 2
        assert not any("Russian" in front for front in seen)

    def test_a_changed_file_is_followed_when_the_store_is_opened(
        self,
        opened: Callable[[str], Workspace],
        home: Home,
        open_workspace: Callable[[], Workspace],
    ) -> None:
        assert presets(opened("")) == {"": 25}
        home.settings.write_text(TOML)
        assert presets(open_workspace()) == {"": 16, "exam": 6, "russian": 3}
        home.settings.write_text("[presets.all]\nmatch = ['tag:exam', 'concept:AWS']\n")
        assert presets(open_workspace()) == {"": 6, "all": 19}
        home.settings.write_text("")
        assert presets(open_workspace()) == {"": 25}

    def test_tags_moves_and_their_undo_are_followed(
        self, opened: Callable[[str], Workspace]
    ) -> None:
        workspace = opened(TOML)
        session = ReviewSession(workspace, Sitting(concept="Queues"))
        assert session.current is not None
        card = session.current.id
        actions.tag(workspace, [card], "exam/2026")
        assert presets(workspace)["exam"] == 7
        undo.undo(workspace)
        assert presets(workspace)["exam"] == 6
        undo.redo(workspace)
        actions.untag(workspace, [card], "exam/2026")
        actions.move(workspace, [card], "law")
        assert presets(workspace) == {"": 15, "exam": 6, "russian": 4}
        session.undo()
        assert presets(workspace) == {"": 16, "exam": 6, "russian": 3}

    def test_a_card_is_scheduled_by_its_preset(self, opened: Callable[[str], Workspace]) -> None:
        workspace = opened(TOML)
        easy = {}
        for sitting in (Sitting(tag="exam"), Sitting(concept="Queues")):
            session = ReviewSession(workspace, sitting)
            easy[sitting.tag] = session.previews()[Rating.EASY]
        assert easy["exam"] < easy[None]

    def test_reviews_have_a_limit_too(
        self, opened: Callable[[str], Workspace], clock: FrozenClock
    ) -> None:
        workspace = opened("[study]\nnew_per_day = 99\nreviews_per_day = 4\nbury_siblings = false")
        fronts(ReviewSession(workspace))
        clock.forward(days=60)
        session = ReviewSession(workspace)
        assert session.total == 4
        session.answer(Rating.GOOD, SECONDS)
        assert ReviewSession(workspace).total == 3
        clock.forward(days=1)
        assert ReviewSession(workspace).total == 4


class TestSiblings:
    def test_one_of_a_passage_a_day(
        self, opened: Callable[[str], Workspace], clock: FrozenClock
    ) -> None:
        workspace = opened("[study]\nnew_per_day = 99")
        first = fronts(ReviewSession(workspace, Sitting(concept="Pairs")))
        assert len(first) == 3
        assert ReviewSession(workspace, Sitting(concept="Pairs")).total == 0
        clock.forward(days=1)
        assert len(fronts(ReviewSession(workspace, Sitting(concept="Pairs")))) == 3

    def test_together_they_are_kept_apart(self, opened: Callable[[str], Workspace]) -> None:
        workspace = opened("[study]\nbury_siblings = false")
        found = fronts(ReviewSession(workspace, Sitting(concept="Pairs")))
        assert found == [f"{side} {n}" for side in ("Left", "Right") for n in range(3)]


class TestBounds:
    def test_so_many_cards(self, opened: Callable[[str], Workspace]) -> None:
        session = ReviewSession(opened(""), Sitting(cards=4))
        assert (session.total, len(fronts(session))) == (4, 4)
        assert session.summary().bound == "cards"

    def test_so_many_minutes_of_thinking(self, opened: Callable[[str], Workspace]) -> None:
        session = ReviewSession(opened(""), Sitting(minutes=1))
        assert len(fronts(session, Rating.GOOD)) == 9  # 9 × 7 s
        assert (session.summary().bound, session.waiting) == ("minutes", None)

    def test_what_is_not_there_is_a_sentence(self, opened: Callable[[str], Workspace]) -> None:
        with pytest.raises(UsageError, match=r"no concept called 'Queue'.*mean Queues"):
            ReviewSession(opened(""), Sitting(concept="Queue"))

    def test_a_search_narrows_it(self, opened: Callable[[str], Workspace]) -> None:
        workspace = opened("")
        assert ReviewSession(workspace, Sitting(search="tag:exam -front:*0*")).total == 5
        with pytest.raises(UsageError, match="No card fits the search 'is:leech'"):
            ReviewSession(workspace, Sitting(search="is:leech"))
        with pytest.raises(UsageError, match="There is no property"):
            ReviewSession(workspace, Sitting(search="prop:x<3"))


class TestCramming:
    def test_all_of_a_deck_again_without_effect(
        self, opened: Callable[[str], Workspace], clock: FrozenClock
    ) -> None:
        workspace = opened("[study]\nnew_per_day = 3")
        fronts(ReviewSession(workspace, Sitting(deck="law")))
        with workspace.store.read() as tx:
            notes = [note.id for note in tx.notes.all()]
            before = {card.id: card.memory for card in tx.cards.of_notes(notes)}
        session = ReviewSession(workspace, Sitting(deck="LAW", cram=True, effect=False))
        assert (session.total, session.previews()) == (6, {})
        assert session.current is not None
        again = session.current.id
        session.answer(Rating.AGAIN, SECONDS)
        assert (session.done, session.again, session.total) == (1, 1, 6)
        clock.forward(minutes=2)
        assert session.resume() is not None
        seen = fronts(session, Rating.GOOD)
        assert len(seen) == 6
        with workspace.store.read() as tx:
            after = {card.id: card.memory for card in tx.cards.of_notes(notes)}
            kinds = {type(e.entry) for e in tx.log.of_card(again)}
        assert after == before
        assert Crammed in kinds
        assert session.summary().answered == 7

    def test_with_effect_it_is_an_early_review(self, opened: Callable[[str], Workspace]) -> None:
        workspace = opened("")
        fronts(ReviewSession(workspace, Sitting(deck="law")))
        session = ReviewSession(workspace, Sitting(deck="law", cram=True))
        assert session.current is not None
        card = session.current.id
        session.answer(Rating.GOOD, SECONDS)
        with workspace.store.read() as tx:
            memory = tx.cards.memory(card)
        assert isinstance(memory, Memory)
        assert memory.reviews == 2

    def test_an_undone_answer_without_effect_is_asked_again(
        self, opened: Callable[[str], Workspace]
    ) -> None:
        session = ReviewSession(opened(""), Sitting(deck="law", cram=True, effect=False))
        first = session.current
        session.answer(Rating.GOOD, SECONDS)
        assert session.undo()
        assert session.current == first
        session.redo()
        assert (session.done, session.current == first) == (1, False)


class TestLeeches:
    @pytest.mark.parametrize("action", ["mark", "suspend"])
    def test_found_told_and_undone_in_one(
        self, opened: Callable[[str], Workspace], clock: FrozenClock, action: str
    ) -> None:
        workspace = opened(f'[study]\nleech_threshold = 2\nleech_action = "{action}"')
        only = Sitting(concept="Queues", cards=1)
        session = ReviewSession(workspace, only)
        assert session.current is not None
        card = session.current.id
        session.answer(Rating.EASY, SECONDS)
        for lapse in range(2):
            clock.forward(days=40)
            session = ReviewSession(workspace, replace(only, chosen=(card,)))
            with workspace.store.read() as tx:
                before = tx.cards.states([card])[card]
            session.answer(Rating.AGAIN, SECONDS)
            if not lapse:
                assert session.told is None
                clock.forward(minutes=10)
                session.resume()
                session.answer(Rating.GOOD, SECONDS)
        assert session.told is not None
        assert "Forgotten 2 times, this card is a leech" in session.told
        with workspace.store.read() as tx:
            state = tx.cards.states([card])[card]
        assert (state.leech, state.suspended_at is not None) == (True, action == "suspend")
        assert session.undo()
        assert session.current is not None
        assert session.current.id == card
        with workspace.store.read() as tx:
            assert tx.cards.states([card])[card] == before


class TestSettingAside:
    @pytest.mark.parametrize("act", [actions.bury, actions.suspend])
    def test_the_next_card_comes_and_undo_brings_it_back(
        self, opened: Callable[[str], Workspace], act: Callable[[Workspace, list[int]], int]
    ) -> None:
        workspace = opened("[study]\nnew_per_day = 99")
        session = ReviewSession(workspace)
        first, total = session.current, session.total
        assert first is not None
        act(workspace, [first.id])
        after = session.refresh()
        assert after is not None
        assert (after.id == first.id, session.total) == (False, total - 1)
        assert session.undo()
        assert session.current == first
        assert session.total == total
        assert session.redo()
        assert session.current == after
        assert session.undo()
        assert session.current == first

    def test_marks_stay_with_the_card_shown(self, opened: Callable[[str], Workspace]) -> None:
        workspace = opened("")
        session = ReviewSession(workspace)
        first = session.current
        assert first is not None
        actions.flag(workspace, [first.id], 3)
        actions.remark(workspace, first.id, " think of doors ")
        assert session.refresh() == replace(first, flag=3, remark="think of doors")
        assert session.undo()
        assert session.current == replace(first, flag=3)
        assert session.undo()
        assert session.current == first

    def test_redo_after_undoes_of_answers(self, opened: Callable[[str], Workspace]) -> None:
        workspace = opened("")
        session = ReviewSession(workspace)
        for rating in Rating:
            session.answer(rating, SECONDS)
        at = session.current
        with workspace.store.read() as tx:
            notes = [note.id for note in tx.notes.all()]
            before = tx.cards.of_notes(notes)
        for _ in range(3):
            session.undo()
        assert session.done == 1
        for _ in range(3):
            session.redo()
        assert (session.redo(), session.done, session.current) == (False, 4, at)
        with workspace.store.read() as tx:
            assert tx.cards.of_notes(notes) == before

    def test_undo_of_many_at_once_asks_none_of_them(
        self, opened: Callable[[str], Workspace]
    ) -> None:
        workspace = opened("")
        session = ReviewSession(workspace)
        with workspace.store.read() as tx:
            cards = [w.card for w in tx.queue.new(workspace.clock(), 99)]
        actions.suspend(workspace, cards[3:])
        session.undo()
        assert session.current is not None
        assert (session.current.id, session.total) == (cards[0], 20)


class TestElsewhere:
    def test_an_answer_in_another_warmstart_counts_once(
        self, opened: Callable[[str], Workspace]
    ) -> None:
        workspace = opened("")
        one, other = ReviewSession(workspace), ReviewSession(workspace)
        first = one.current
        other.answer(Rating.EASY, SECONDS)
        one.answer(Rating.AGAIN, SECONDS)
        assert one.told is not None
        assert "in another Warmstart" in one.told
        assert first is not None
        with workspace.store.read() as tx:
            assert len(tx.log.of_card(first.id)) == 1
        assert one.current == other.current
        assert (one.done, one.total, other.total) == (0, 19, 20)

    def test_new_cards_met_there_use_up_the_day_here(
        self, opened: Callable[[str], Workspace]
    ) -> None:
        workspace = opened("[study]\nnew_per_day = 6")
        one, other = ReviewSession(workspace), ReviewSession(workspace)
        for _ in range(3):
            other.answer(Rating.EASY, SECONDS)
        assert one.refresh() is not None
        assert len(fronts(one)) == 3


class TestTime:
    """Limits hold across midnight, other zones, changes of the clock by law and by hand."""

    def test_the_day_turns_within_a_sitting(
        self, opened: Callable[[str], Workspace], clock: FrozenClock
    ) -> None:
        workspace = opened("[study]\nnew_per_day = 4")
        clock.now = datetime(2026, 11, 21, 3, 59, tzinfo=UTC)
        session = ReviewSession(workspace)
        for _ in range(2):
            session.answer(Rating.EASY, SECONDS)
        clock.forward(minutes=2)
        assert len(fronts(session)) == 1 + 3  # the one on the screen is the new day's first
        assert session.total == 6
        assert ReviewSession(workspace).total == 0

    @pytest.mark.parametrize(
        ("zone", "day"),
        [
            ("Europe/Berlin", (2026, 3, 28)),
            ("Europe/Berlin", (2026, 10, 24)),
            ("Asia/Seoul", (2026, 5, 1)),
        ],
    )
    def test_over_a_night_of_any_length_there_are_two_days_of_new_cards(
        self,
        opened: Callable[[str], Workspace],
        clock: FrozenClock,
        zone: str,
        day: tuple[int, ...],
    ) -> None:
        workspace = opened("[study]\nnew_per_day = 2")
        workspace = replace(workspace, days=Days(4, ZoneInfo(zone)))
        clock.now = datetime(*day, 12, tzinfo=UTC)
        met: list[datetime] = []
        for _ in range(20):
            met += [clock() for _ in fronts(ReviewSession(workspace))]
            clock.forward(hours=1)
        assert len(met) == 4
        assert met[2].astimezone(ZoneInfo(zone)).hour == 4

    def test_a_journey_east_does_not_give_a_second_day(
        self, opened: Callable[[str], Workspace], clock: FrozenClock
    ) -> None:
        workspace = opened("[study]\nnew_per_day = 2")
        clock.now = datetime(2026, 11, 20, 6, tzinfo=UTC)
        at = {
            zone: len(fronts(ReviewSession(replace(workspace, days=Days(4, ZoneInfo(zone))))))
            for zone in ("Europe/Berlin", "Asia/Seoul", "Europe/London")
        }
        assert at == {"Europe/Berlin": 2, "Asia/Seoul": 0, "Europe/London": 0}

    def test_a_clock_set_back_is_waited_for_and_told(
        self, opened: Callable[[str], Workspace], clock: FrozenClock
    ) -> None:
        workspace = opened("[study]\nnew_per_day = 3")
        session = ReviewSession(workspace)
        session.answer(Rating.EASY, SECONDS)
        first = clock()
        clock.forward(hours=-20)
        session.answer(Rating.GOOD, SECONDS)
        assert session.told is not None
        assert "earlier time than your last answer" in session.told
        session.answer(Rating.EASY, SECONDS)
        assert session.told is None
        again = ReviewSession(workspace)
        assert again.told is not None
        with workspace.store.read() as tx:
            entries = [tx.log.entry(n).entry for n in range(1, tx.log.length() + 1)]
        assert [entry.at for entry in entries] == [first] * 3
        assert again.total == 1  # the card in learning; the day's new cards are met

    def test_an_answer_far_in_the_future_does_not_stop_time(
        self, opened: Callable[[str], Workspace], clock: FrozenClock
    ) -> None:
        workspace = opened("[study]\nnew_per_day = 3")
        clock.forward(days=400)
        ReviewSession(workspace).answer(Rating.EASY, SECONDS)
        clock.forward(days=-400)
        session = ReviewSession(workspace)
        assert session.told is not None
        assert "still to come by the clock" in session.told
        assert len(fronts(session)) == 3
        with workspace.store.read() as tx:
            entry = tx.log.entry(tx.log.length()).entry
        assert entry.at == clock()


class TestThinking:
    def test_a_pause_does_not_count(
        self, opened: Callable[[str], Workspace], clock: FrozenClock
    ) -> None:
        ticks = [0.0]
        session = ReviewSession(opened(""), ticks=lambda: ticks[0])

        def pass_(seconds: float, *, awake: bool = True) -> None:
            clock.forward(seconds=seconds)
            ticks[0] += seconds if awake else 0

        pass_(5)
        session.pause()
        pass_(50)
        session.go_on()
        pass_(3600, awake=False)
        pass_(2)
        assert session.thought() == timedelta(seconds=7)
        session.answer(Rating.AGAIN, session.thought())
        pass_(3)
        assert session.refresh() is not None
        assert session.thought() == timedelta(seconds=3)


class TestReplay:
    def test_every_state_is_what_the_log_gives(
        self, opened: Callable[[str], Workspace], clock: FrozenClock
    ) -> None:
        """With presets, leeches, siblings, undo and redo, over twenty days."""
        workspace = opened(TOML + '[study]\nleech_threshold = 1\nleech_action = "suspend"')
        for day in range(20):
            session = ReviewSession(workspace)
            for n in range(40):
                if session.current is None:
                    break
                match (n * 5 + day) % 11:
                    case 7:
                        actions.bury(workspace, [session.current.id])
                        session.refresh()
                    case 9:
                        actions.flag(workspace, [session.current.id], 1 + n % 7)
                    case 10:
                        session.undo()
                        session.redo()
                    case other:
                        session.answer(Rating(1 + other % 4), SECONDS)
                clock.forward(seconds=30)
            clock.forward(days=1)
        with workspace.store.read() as tx:
            cards = [c.id for c in tx.cards.of_notes([note.id for note in tx.notes.all()])]
            stored = tx.cards.states(cards)
            logs = tx.log.of_cards(cards)
        replayed = {card: replay(workspace.scheduler, effective(logs[card])) for card in cards}
        assert replayed == stored
        assert sum(state.leech for state in stored.values()) > 2
        assert sum(state.memory != New() for state in stored.values()) > 10
        reviews = [e.entry for log in logs.values() for e in log if isinstance(e.entry, Reviewed)]
        assert any(entry.before is Phase.REVIEW for entry in reviews)
