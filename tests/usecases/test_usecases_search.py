"""Search over notes and cards, in scripts with and without spaces."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from warmstart.store.sitting import SittingStore
from warmstart.usecases.import_notes import import_notes
from warmstart.usecases.search import MARK_OFF, MARK_ON, search, update_index

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from warmstart.usecases.workspace import Workspace

NOTES = {
    "queues.md": "# Queues\n\nA dead letter queue keeps failed messages.\n\nWhat is a poison message?\n?\nOne that fails every time.\n",
    "очередь.md": "# Очередь\n\nОчередь недоставленных сообщений хранит ошибки.\n",
    "람다.md": "# 람다\n\n콜드스타트최적화는 중요하다. 서버리스 아키텍처.\n",
    "tokyo.md": "# 東京\n\n分散システムの設計原則。\n",
}


@pytest.fixture
def workspace(
    empty_course: None, open_workspace: Callable[[], Workspace], tmp_path: Path
) -> Workspace:
    workspace = open_workspace()
    for name, text in NOTES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    import_notes(workspace, [tmp_path / name for name in NOTES])
    return workspace


def titles(workspace: Workspace, query: str) -> list[str]:
    return list(dict.fromkeys(hit.note for hit in search(workspace, query)))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("dead queue", ["Queues"]),
        ("mess", ["Queues"]),
        ('"letter queue"', ["Queues"]),
        ('"queue letter"', []),
        ("НЕДОСТАВЛЕННЫХ", ["Очередь"]),
        ("сообщ", ["Очередь"]),
        ("콜드", ["람다"]),
        ("스타트최", ["람다"]),
        ("최적", ["람다"]),
        ("システム", ["東京"]),
        ("設計", ["東京"]),
        ("설계", []),
        ('" * NEAR( ^ :', []),
        ("nothing-of-the-kind", []),
    ],
)
def test_words_are_found_in_any_script(
    workspace: Workspace, query: str, expected: list[str]
) -> None:
    assert titles(workspace, query) == expected


def test_a_card_is_found_as_a_card(workspace: Workspace) -> None:
    found = search(workspace, "poison")
    assert [hit.card is not None for hit in found].count(True) == 1
    assert "poison" in found[0].snippet


def test_a_card_that_is_asked_both_ways_is_given_once(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "two.md").write_text("# Two\n\ngreylag ::: a goose\n\ngreylag :: one way\n")
    import_notes(workspace, [tmp_path / "two.md"])
    cards = [hit for hit in search(workspace, "greylag") if hit.card is not None]
    assert sorted(hit.both_ways for hit in cards) == [False, True]


def test_only_what_has_changed_is_indexed_again(workspace: Workspace, tmp_path: Path) -> None:
    assert update_index(workspace) == 4
    (tmp_path / "queues.md").write_text("# Queues\n\nNow about visibility.\n")
    import_notes(workspace, [tmp_path / "queues.md"])
    assert titles(workspace, "visibility") == ["Queues"]
    assert titles(workspace, "poison") == []
    assert update_index(workspace) == 0


class TestPlaces:
    """What is found can be opened where it stands."""

    @pytest.fixture
    def found(self, workspace: Workspace, tmp_path: Path) -> Callable[[str], list[tuple[str, ...]]]:
        (tmp_path / "long.md").write_text(
            "# Long\n\nA queue, first.\n\n## Очереди\n\nText.\n\n"
            "## Details\n\nThe word\nvisibility stands here.\n\n### 함수 이름\n\n우리의람다함수\n"
        )
        import_notes(workspace, [tmp_path / "long.md"])
        return lambda query: [
            (
                hit.note,
                hit.section,
                hit.slug,
                hit.snippet.replace(MARK_ON, "<").replace(MARK_OFF, ">"),
            )
            for hit in search(workspace, query)
        ]

    def test_titles_come_first_with_the_words_marked(self, found) -> None:
        assert found("queue")[0] == ("Queues", "", "", "<Queue>s")
        assert found("очереди")[0] == ("Long", "Очереди", "очереди", "<Очереди>")

    def test_a_passage_leads_to_its_section(self, found) -> None:
        note, section, slug, snippet = found("visibility")[0]
        assert (note, section, slug) == ("Long", "Details", "details")
        assert "<visibility> stands" in snippet

    def test_part_of_a_run_without_spaces_is_marked_too(self, found) -> None:
        note, section, _, snippet = found("람다")[-1]
        assert (note, section) == ("Long", "함수 이름")
        assert "우리의<람다>함수" in snippet

    def test_a_passage_is_text_and_shows_what_was_found(
        self, workspace: Workspace, tmp_path: Path, found: Callable[[str], list[tuple[str, ...]]]
    ) -> None:
        (tmp_path / "marked.md").write_text(
            "# Marked\n\nSee **[[gosling|a bird]]** of the *Anser* kind, `x ** gander`.\n"
        )
        import_notes(workspace, [tmp_path / "marked.md"])
        assert found("kind")[0][3] == "Marked See a bird of the Anser <kind>, x ** gander."
        assert found("gosling")[0][3] == "Marked See <gosling> of the Anser kind, x ** gander."
        assert found("anser")[0][3] == "Marked See a bird of the <Anser> kind, x ** gander."

    def test_a_note_found_by_its_title_is_not_given_twice(self, workspace: Workspace) -> None:
        found = search(workspace, "queue")
        assert [hit.titled for hit in found if hit.note == "Queues" and hit.card is None] == [True]


def test_an_answer_finds_the_lock_free_while_many_notes_are_indexed(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever waits for the lock looks for it now and then: it has to stay free for a moment."""
    sitting = SittingStore(workspace.home.store, busy_seconds=0)
    written: list[float] = []

    def answer(seconds: float) -> None:
        with sitting.write() as tx:
            tx.queue.remember("answered", "meanwhile")
        written.append(seconds)

    monkeypatch.setattr("warmstart.usecases.search._BATCH", 1)
    monkeypatch.setattr("warmstart.usecases.search.time.sleep", answer)
    assert update_index(workspace) == len(NOTES)
    sitting.close()
    assert len(written) == len(NOTES)
    assert min(written) > 0.025  # SQLite looks every 25 ms
    assert update_index(workspace) == 0
