"""Searches as SQL: what each condition finds, and that they combine as sets do."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings

from study.test_study_search import LEAVES
from warmstart.paths import Home
from warmstart.store.repositories.browse import Order
from warmstart.store.searching import Condition
from warmstart.study.cards import Rating
from warmstart.study.curve import Curve
from warmstart.study.day import Days
from warmstart.study.search import parse
from warmstart.study.search.tree import AllOf, AnyOf, Everything, Not, Search
from warmstart.usecases import actions
from warmstart.usecases.import_notes import import_notes
from warmstart.usecases.review import ReviewSession
from warmstart.usecases.search import update_index
from warmstart.usecases.undo import undo
from warmstart.usecases.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
NOTES = {
    "queues.md": (
        "---\ntags: [aws/sqs, Messaging, flashcards/cloud/queues]\n---\n# Queues and topics\n\n"
        "## Dead letters\n\nFailures.\n\n### Redrive\n\nAgain.\n\nWhat is a poison message?\n?\nOne that fails 100% of the"
        " time, a_b [x]*.\n\n## Fan-out\n\nWho gets it? :: Every hotdog stand subscribed\n"
    ),
    "очередь.md": (
        "---\ntags: [языки::русский]\n---\n# Очередь\n\n## Мёртвые письма\n\n"
        "Что такое Недоставленное сообщение?\n?\nОшибка с ПОВТОРАМИ.\n"
    ),
    "람다.md": "# 람다\n\n## 콜드 스타트\n\n느리다.\n\n초기화란?\n?\n콜드스타트최적화 단계.\n\n설계? :: 서버리스\n",
}
POISON, FANOUT, RUSSIAN, KOREAN, DESIGN = range(1, 6)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Five cards. A week ago: POISON Good, FANOUT Again then Good, RUSSIAN Easy and undone."""
    root = tmp_path_factory.mktemp("searching")
    now = [NOW - timedelta(days=7)]
    for name in ("content", "labs"):
        (root / "bundled" / name).mkdir(parents=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("warmstart.usecases.sources.bundled", lambda name: root / "bundled" / name)
        workspace = Workspace.open(Home(root / "home"), clock=lambda: now[0], days=Days(4, UTC))
        for name, text in NOTES.items():
            (root / name).write_text(text, encoding="utf-8")
            import_notes(workspace, [root / name])
    session = ReviewSession(workspace)
    for rating in (Rating.EASY, Rating.AGAIN, Rating.EASY):
        session.answer(rating, timedelta(seconds=5))
    undo(workspace)
    now[0] = NOW - timedelta(days=1)
    actions.suspend(workspace, [KOREAN])
    actions.tag(workspace, [DESIGN], "own/tag")
    actions.move(workspace, [DESIGN], "my deck::sub")
    actions.flag(workspace, [FANOUT], 3)
    actions.remark(workspace, RUSSIAN, "see the manual")
    now[0] = NOW
    actions.bury(workspace, [DESIGN])
    actions.report(workspace, RUSSIAN, "a typo")
    update_index(workspace)
    return workspace


@pytest.fixture(scope="module")
def find(workspace: Workspace) -> Callable[..., list[int]]:
    def find_(search: str | Search, order: Order = Order.NOTE, **how: object) -> list[int]:
        tree = parse(search) if isinstance(search, str) else search
        condition = Condition(tree, at=NOW, days=workspace.days, curve=Curve())
        with workspace.store.read() as tx:
            return tx.browse.find(condition, order, **how)

    return find_


ALL = [POISON, FANOUT, RUSSIAN, KOREAN, DESIGN]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ALL),
        ("poison", [POISON]),
        ("POIS", [POISON]),
        ("oison", []),
        ("*oison", [POISON]),
        ("p*son", [POISON]),
        ('"poison message"', [POISON]),
        ('"message poison"', []),
        ("queues", [POISON, FANOUT]),
        ("front:hotdog", []),
        ("back:hotdog", [FANOUT]),
        ("back:h_td_g", [FANOUT]),
        ("недоставленное", [RUSSIAN]),
        ("*доставленное*", [RUSSIAN]),
        ("*повторами", [RUSSIAN]),
        ("*ОШИБКА*С*повт*", [RUSSIAN]),
        ("최적", [KOREAN]),
        ("콜드", [KOREAN]),
        ("람", [KOREAN, DESIGN]),
        ("서버리", [DESIGN]),
        ('"100%"', [POISON]),
        ('"a\\_b"', [POISON]),
        ('"[x]"', [POISON]),
        ('"[x]\\*"', [POISON]),
        ('"[y]"', []),
        ("deck:cloud", [POISON, FANOUT]),
        ("deck:cloud::queues", [POISON, FANOUT]),
        ("deck:CLOUD/que*", [POISON, FANOUT]),
        ("deck:clo", []),
        ("deck:очередь", [RUSSIAN]),
        ('deck:"my deck"', [DESIGN]),
        ('deck:"my deck/sub"', [DESIGN]),
        ("deck:람다", [KOREAN]),
        ("tag:aws", [POISON, FANOUT]),
        ("tag:#aws/sqs", [POISON, FANOUT]),
        ("tag:messaging", [POISON, FANOUT]),
        ("tag:языки/русский", [RUSSIAN]),
        ("tag:own", [DESIGN]),
        ("tag:none", [KOREAN]),
        ('concept:"dead letters"', [POISON]),
        ("concept:dead-letters", [POISON]),
        ("concept:redrive", [POISON]),
        ('concept:"queues and topics"', [POISON, FANOUT]),
        ("concept:콜드*", [KOREAN, DESIGN]),
        ("note:queues", [POISON, FANOUT]),
        ("note:*topics", [POISON, FANOUT]),
        ("note:que", []),
        ("note:queues.md", [POISON, FANOUT]),
        ("kind:flashcard", ALL),
        ("kind:cloze", []),
        ("is:new", [RUSSIAN, KOREAN, DESIGN]),
        ("is:learn", [FANOUT]),
        ("is:review", [POISON]),
        ("is:due", [FANOUT]),
        ("is:suspended", [RUSSIAN, KOREAN]),
        ("is:buried", [DESIGN]),
        ("is:paused", []),
        ("is:leech", []),
        ("is:suggested", []),
        ("is:flagged", [FANOUT]),
        ("is:reported", [RUSSIAN]),
        ("is:remarked", [RUSSIAN]),
        ("flag:3", [FANOUT]),
        ("flag:0", [POISON, RUSSIAN, KOREAN, DESIGN]),
        ("prop:reps>0", [POISON, FANOUT]),
        ("prop:reps=0", [RUSSIAN, KOREAN, DESIGN]),
        ("prop:s>2", [POISON]),
        ("-prop:s>2", [FANOUT, RUSSIAN, KOREAN, DESIGN]),
        ("prop:d>=1", [POISON, FANOUT]),
        ("prop:r<80%", [FANOUT]),
        ("prop:r>=0.8", [POISON]),
        ("prop:r=91%", [POISON]),
        ("prop:r!=91%", [FANOUT]),
        ("prop:r<=1.2", [POISON, FANOUT]),
        ("prop:r>0", [POISON, FANOUT]),
        ("prop:r<-1", []),
        ("prop:ivl>=1", [POISON]),
        ("prop:lapses<1", ALL),
        ("prop:due=-7", [FANOUT]),
        ("prop:due<0", [FANOUT]),
        ("prop:due>=-7", [POISON, FANOUT]),
        ("prop:due>-7", [POISON]),
        ("prop:due<=-6.5", [FANOUT]),
        ("prop:due!=-7", [POISON]),
        ("prop:due=0.5", []),
        ("rated:8", [POISON, FANOUT]),
        ("rated:7", []),
        ("rated:8:1", [FANOUT]),
        ("rated:8:easy", [POISON]),
        ("added:8", ALL),
        ("added:7", []),
        (f"cid:{FANOUT},{DESIGN},999", [FANOUT, DESIGN]),
        ("is:new -tag:own or flag:3", [FANOUT, RUSSIAN, KOREAN]),
        ("(is:new or is:learn) -is:suspended", [FANOUT, DESIGN]),
    ],
)  # fmt: skip
def test_what_a_condition_finds(find, query: str, found: list[int]) -> None:
    assert find(query) == found


class TestOrders:
    def test_what_a_card_has_not_got_stands_last_either_way(self, find) -> None:
        assert find("", Order.DUE) == [FANOUT, POISON, RUSSIAN, KOREAN, DESIGN]
        assert find("", Order.DUE, descending=True) == [POISON, FANOUT, DESIGN, KOREAN, RUSSIAN]
        assert find("", Order.RECALL, most=2) == [FANOUT, POISON]
        assert find("", Order.STABILITY, most=1) == [FANOUT]

    def test_the_same_cards_in_any_order(self, find) -> None:
        for order in Order:
            for descending in (False, True):
                assert sorted(find("", order, descending=descending)) == ALL


@settings(max_examples=60)
@given(one=LEAVES, other=LEAVES)
def test_conditions_combine_as_sets(find, one: Search, other: Search) -> None:
    first, second, everything = set(find(one)), set(find(other)), set(find(Everything()))
    assert set(find(Not(one))) == everything - first
    assert set(find(AllOf((one, Not(other))))) == first - second
    assert set(find(AnyOf((one, other)))) == first | second


def test_a_study_day_of_23_hours_is_one_day(workspace: Workspace) -> None:
    """On 29 March 2026 clocks went forward in Berlin: its study day ended an hour early."""
    from zoneinfo import ZoneInfo

    days = Days(4, ZoneInfo("Europe/Berlin"))
    at = days.start(date(2026, 3, 28)) + timedelta(hours=1)
    condition = Condition(parse("prop:due=0"), at=at, days=days, curve=Curve())
    low, high = condition.values["v2"], condition.values["v3"]
    assert high - low == 23 * 3_600_000
