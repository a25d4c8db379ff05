"""Importing: what is read, what is kept, and what is said about the rest."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from queued import queued
from warmstart.errors import StoreBusy
from warmstart.study.cards import Memory, New, Rating, effective
from warmstart.study.state import replay
from warmstart.usecases import library
from warmstart.usecases.import_notes import ImportReport, import_bundled, import_notes
from warmstart.usecases.review import ReviewSession

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import FrozenClock
    from warmstart.usecases.workspace import Workspace

NOTE = """# Queues

## Key cards

What does a queue do when its consumer is slow?
?
It keeps the messages until the consumer comes for them.

What is a dead letter queue?
?
Where messages go after too many failed attempts.
"""


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "queues.md").write_text(NOTE)
    return folder


@pytest.fixture
def workspace(empty_course: None, open_workspace: Callable[[], Workspace]) -> Workspace:
    return open_workspace()


def tally(report: ImportReport) -> tuple[int, int, int, int, int]:
    return (report.added, report.changed, report.moved, report.retired, report.unchanged)


def study_one(workspace: Workspace) -> int:
    """Answer the first card and return its id."""
    from datetime import timedelta

    session = ReviewSession(workspace)
    assert session.current is not None
    card = session.current.id
    session.answer(Rating.EASY, timedelta(seconds=4))
    return card


def history(workspace: Workspace, card: int) -> int:
    with workspace.store.read() as tx:
        return len(tx.log.of_card(card))


class TestRealNotes:
    @pytest.mark.parametrize(
        ("number", "kinds"),
        [
            ("000", {"flashcard": 7, "question": 4, "term": 8}),
            ("001", {}),
            ("002", {}),
            ("003", {}),
            ("004", {}),
        ],
    )
    def test_the_users_own_notes(
        self, workspace: Workspace, cases: Path, number: str, kinds: dict[str, int]
    ) -> None:
        report = import_notes(workspace, sorted((cases / "notes").glob(f"{number}*.txt")))
        assert (report.notes, report.cards, report.problems) == (1, kinds, ())
        assert tally(report) == (sum(kinds.values()), 0, 0, 0, 0)

    def test_links_to_notes_that_are_not_imported_yet(
        self, workspace: Workspace, cases: Path
    ) -> None:
        import_notes(workspace, (cases / "notes").glob("000*.txt"))
        view = library.note(workspace, library.notes(workspace)[0].id)
        assert [link.note_id for link in view.prerequisites + view.related] == [None] * 5
        assert [link.target for link in view.prerequisites] == [
            "cloud-platforms-essentials",
            "cloud-aws-core-services",
        ]


class TestAgain:
    def test_the_same_again_changes_nothing(self, workspace: Workspace, notes: Path) -> None:
        assert tally(import_notes(workspace, [notes])) == (2, 0, 0, 0, 0)
        again = import_notes(workspace, [notes])
        assert tally(again) == (0, 0, 0, 0, 2)
        assert (again.notes, again.cards) == (1, {"flashcard": 2})

    def test_a_file_that_was_only_touched_is_not_parsed(
        self, workspace: Workspace, notes: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import_notes(workspace, [notes])
        os.utime(notes / "queues.md", (1, 1))
        monkeypatch.delattr("warmstart.usecases.content.parse_notes")
        assert tally(import_notes(workspace, [notes])) == (0, 0, 0, 0, 2)

    def test_an_edited_answer_keeps_the_history(self, workspace: Workspace, notes: Path) -> None:
        import_notes(workspace, [notes])
        card = study_one(workspace)
        (notes / "queues.md").write_text(NOTE.replace("until the consumer", "safe until it"))
        assert tally(import_notes(workspace, [notes])) == (0, 1, 0, 0, 1)
        assert history(workspace, card) == 1
        with workspace.store.read() as tx:
            shown = tx.cards.shown(card).card
        assert "safe until it" in shown.source.back
        assert shown.memory.phase == 2

    def test_a_renamed_file_keeps_everything(self, workspace: Workspace, notes: Path) -> None:
        import_notes(workspace, [notes])
        card = study_one(workspace)
        before = library.notes(workspace)[0].id
        (notes / "queues.md").rename(notes / "sqs.md")
        assert tally(import_notes(workspace, [notes])) == (0, 0, 0, 0, 2)
        assert [(n.id, n.name) for n in library.notes(workspace)] == [(before, "sqs")]
        assert history(workspace, card) == 1

    def test_a_renamed_file_imported_by_its_new_name_alone(
        self, workspace: Workspace, notes: Path
    ) -> None:
        import_notes(workspace, [notes / "queues.md"])
        card = study_one(workspace)
        moved = notes / "sqs.md"
        (notes / "queues.md").rename(moved)
        moved.write_text(NOTE + "\nWhat is new?\n?\nThis.\n")
        assert tally(import_notes(workspace, [moved])) == (1, 0, 0, 0, 2)
        assert (len(library.notes(workspace)), history(workspace, card)) == (1, 1)

    def test_a_card_moved_to_another_note(self, workspace: Workspace, notes: Path) -> None:
        import_notes(workspace, [notes])
        card = study_one(workspace)
        head, first, second = NOTE.split("\n\nWhat")
        (notes / "queues.md").write_text(f"{head}\n\nWhat{second}")
        (notes / "slow.md").write_text(f"# Slow\n\nWhat{first}\n")
        assert tally(import_notes(workspace, [notes])) == (0, 0, 1, 0, 1)
        assert history(workspace, card) == 1

    def test_a_copy_is_a_card_of_its_own(self, workspace: Workspace, notes: Path) -> None:
        import_notes(workspace, [notes])
        (notes / "copy.md").write_text(NOTE)
        assert tally(import_notes(workspace, [notes])) == (2, 0, 0, 0, 2)

    def test_what_is_gone_is_retired_and_comes_back_with_its_history(
        self, workspace: Workspace, notes: Path
    ) -> None:
        import_notes(workspace, [notes])
        card = study_one(workspace)
        (notes / "queues.md").write_text("# Queues\n\nNothing yet.\n")
        assert tally(import_notes(workspace, [notes])) == (0, 0, 0, 2, 0)
        assert ReviewSession(workspace).current is None
        (notes / "queues.md").write_text(NOTE)
        report = import_notes(workspace, [notes])
        assert (tally(report), report.returned) == ((0, 0, 0, 0, 0), 2)
        assert history(workspace, card) == 1

    def test_a_deleted_file_is_retired_with_its_folder_only(
        self, workspace: Workspace, notes: Path
    ) -> None:
        import_notes(workspace, [notes])
        (notes / "other.md").write_text("# Other\n")
        (notes / "queues.md").unlink()
        assert import_notes(workspace, [notes / "other.md"]).retired == 0
        assert import_notes(workspace, [notes]).retired == 2

    def test_a_name_in_another_encoding_is_told_and_the_rest_read(
        self, workspace: Workspace, notes: Path
    ) -> None:
        """Unpacked from an old archive: the store, which holds text, could not name the file."""
        try:
            Path(os.fsdecode(bytes(notes) + b"/\xe7\xe0\xec.md")).write_text(NOTE)
        except OSError:
            pytest.skip("this file system has no such names")
        report = import_notes(workspace, [notes])
        assert report.added == 2
        assert [p.message for p in report.problems] == ["The name of this file is not UTF-8."]
        str(report.problems[0]).encode()

    def test_an_unreadable_file_retires_nothing(self, workspace: Workspace, notes: Path) -> None:
        import_notes(workspace, [notes])
        (notes / "queues.md").write_bytes(b"\x00\x01binary\x00")
        report = import_notes(workspace, [notes])
        assert (report.retired, len(report.problems)) == (0, 1)
        with workspace.store.read() as tx:
            assert len(queued(tx)) == 2

    def test_a_dry_run_says_the_same_and_writes_nothing(
        self, workspace: Workspace, notes: Path
    ) -> None:
        dry = import_notes(workspace, [notes], dry_run=True)
        assert library.notes(workspace) == ()
        assert import_notes(workspace, [notes]) == dry

    def test_a_folder_does_not_retire_what_was_named_in_it(
        self, workspace: Workspace, notes: Path
    ) -> None:
        """A folder gives its .md files; a .txt that was imported by name is still there."""
        (notes / "named.txt").write_text(NOTE.replace("What", "Why"))
        import_notes(workspace, [notes / "named.txt"])
        assert import_notes(workspace, [notes]).retired == 0
        (notes / "named.txt").unlink()
        assert import_notes(workspace, [notes]).retired == 2


class TestOptions:
    def test_the_settings_of_the_vault_say_what_marks_a_card(
        self, workspace: Workspace, notes: Path
    ) -> None:
        plugin = notes / ".obsidian/plugins/obsidian-spaced-repetition"
        plugin.mkdir(parents=True)
        (notes / "queues.md").write_text(NOTE.replace("\n?\n", "\n!!!\n"))
        assert import_notes(workspace, [notes]).cards == {}
        (plugin / "data.json").write_text('{"settings": {"multilineCardSeparator": "!!!"}}')
        os.utime(notes / "queues.md", (1, 1))
        assert import_notes(workspace, [notes]).cards == {"flashcard": 2}
        (plugin / "data.json").write_text("{")
        os.utime(notes / "queues.md", (2, 2))
        report = import_notes(workspace, [notes])
        assert [Path(p.path).name for p in report.problems] == ["data.json"]

    def test_folders_are_decks_unless_a_tag_names_one(
        self, workspace: Workspace, notes: Path
    ) -> None:
        (notes / "aws" / "sqs").mkdir(parents=True)
        (notes / "queues.md").rename(notes / "aws" / "sqs" / "queues.md")
        (notes / "tagged.md").write_text("#flashcards/cloud\n\n# T\n\nWhy?\n?\nBecause.\n")
        import_notes(workspace, [notes])
        with workspace.store.read() as tx:
            decks = [tx.cards.shown(card).card.source.deck for card in queued(tx)]
        assert sorted(decks) == ["aws/sqs", "aws/sqs", "cloud"]

    def test_a_schedule_in_the_note_is_where_a_new_card_begins(
        self, workspace: Workspace, notes: Path
    ) -> None:
        (notes / "queues.md").write_text(
            "# Q\n\nWhat?\n?\nThis.\n<!--SR:!2026-12-20,51,230-->\n\nWhy?\n?\nSo.\n"
        )
        assert import_notes(workspace, [notes]).added == 2
        with workspace.store.read() as tx:
            note = tx.notes.all()[0].id
            first, second = (c.memory for c in tx.cards.of_notes([note]))
            entries = tx.log.of_card(tx.cards.of_notes([note])[0].id)
        assert isinstance(first, Memory)
        assert (first.stability, first.due.date().isoformat()) == (51, "2026-12-20")
        assert 1 <= first.difficulty <= 10
        assert second == New()
        assert replay(workspace.scheduler, effective(entries)).memory == first


class TestExchange:
    def test_a_csv_file_becomes_a_note_and_keeps_its_history(
        self, workspace: Workspace, tmp_path: Path
    ) -> None:
        deck = tmp_path / "cards.csv"
        deck.write_text("What is a queue?,It keeps messages\nWhat is a topic?,It fans out\n")
        report = import_notes(workspace, [deck])
        assert (tally(report), report.problems) == ((2, 0, 0, 0, 0), ())
        card = study_one(workspace)
        assert tally(import_notes(workspace, [deck])) == (0, 0, 0, 0, 2)
        deck.write_text("What is a queue?,It keeps messages\n")
        assert tally(import_notes(workspace, [deck])) == (0, 0, 0, 1, 1)
        assert history(workspace, card) == 1

    def test_a_broken_package_is_a_sentence(self, workspace: Workspace, tmp_path: Path) -> None:
        deck = tmp_path / "deck.apkg"
        deck.write_bytes(b"PK\x03\x04 nothing more")
        report = import_notes(workspace, [deck])
        assert (report.notes, [p.path for p in report.problems]) == (0, [str(deck)])


class TestBadInput:
    def test_each_gets_a_sentence_and_the_rest_is_imported(
        self, workspace: Workspace, notes: Path, tmp_path: Path
    ) -> None:
        (notes / "russian.md").write_bytes("# Очередь\n\nЧто это?\n".encode("cp1251"))
        (notes / "broken.md").write_text("---\ntitle: [unclosed\n---\n# Broken\n")
        (notes / "binary.md").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00")
        with (notes / "huge.md").open("wb") as file:
            file.truncate(50_000_000)
        (notes / "dangling.md").symlink_to("nowhere")
        os.mkfifo(notes / "pipe.md")
        empty = tmp_path / "empty"
        empty.mkdir()
        picture = tmp_path / "picture.png"
        picture.write_bytes(b"")
        report = import_notes(workspace, [notes, empty, picture, tmp_path / "missing.md"])
        problems = {Path(p.path).name: (p.line, f"{p.message} {p.hint}") for p in report.problems}
        assert set(problems) == {
            "russian.md",
            "broken.md",
            "binary.md",
            "huge.md",
            "dangling.md",
            "pipe.md",
            "empty",
            "picture.png",
            "missing.md",
        }
        assert problems["russian.md"][0] == 1
        assert "cp1251" in problems["russian.md"][1]
        assert problems["broken.md"][0] is not None
        assert "50 MB" in problems["huge.md"][1]
        assert "no such file" in problems["missing.md"][1]
        assert (report.notes, report.cards) == (2, {"flashcard": 2})

    def test_a_problem_is_said_again_while_it_stands(
        self, workspace: Workspace, notes: Path
    ) -> None:
        (notes / "broken.md").write_text("---\ntitle: [unclosed\n---\n# Broken\n")
        first = import_notes(workspace, [notes]).problems
        assert import_notes(workspace, [notes]).problems == first != ()

    def test_a_locked_store_imports_nothing(self, workspace: Workspace, notes: Path) -> None:
        from warmstart.store.engine import Store

        other = Store(workspace.home.store, busy_seconds=0.01)
        quick = Store(workspace.home.store, busy_seconds=0.01)
        from dataclasses import replace

        with other.write(), pytest.raises(StoreBusy):
            import_notes(replace(workspace, store=quick), [notes])
        assert library.notes(workspace) == ()
        other.close()
        quick.close()

    def test_a_lab_is_linked_by_its_folder(self, workspace: Workspace, notes: Path) -> None:
        """One's own too, in the text and as a prerequisite; other folders stand for no README."""
        for folder in ("labs/tea", "other/tea"):
            (notes / folder).mkdir(parents=True)
            (notes / folder / "README.md").write_text(f"# {folder}\n", "utf-8")
        (notes / "tea.md").write_text("# Tea\n\n[[labs/tea|The lab]], [[other/tea]]\n", "utf-8")
        (notes / "z.md").write_text('---\nprerequisites: ["[[labs/tea]]"]\n---\n# Z\n', "utf-8")
        import_notes(workspace, [notes])
        found = {note.title: note.id for note in library.notes(workspace)}
        lab, note = found["labs/tea"], found["Tea"]
        assert library.resolve(workspace, "labs/tea") == lab
        assert library.resolve(workspace, "other/tea") is None
        backlinks = [link.title for link in library.note(workspace, lab).backlinks]
        assert backlinks == ["Tea", "Z"]
        assert library.note(workspace, note).backlinks == ()
        with workspace.store.read() as tx:
            assert tx.notes.prerequisites() == {found["Z"]: [lab]}


class TestBundled:
    def test_the_first_opening_loads_the_course_and_the_second_changes_nothing(
        self, open_workspace: Callable[[], Workspace], clock: FrozenClock
    ) -> None:
        workspace = open_workspace()
        found = {(note.name, note.origin): note.id for note in library.notes(workspace)}
        assert {origin for _, origin in found} == {"course", "lab"}
        # A lab may have the name of its note, to which links lead then, and lead back.
        note, lab = found["idempotency", "course"], found["idempotency", "lab"]
        assert library.resolve(workspace, "idempotency") == note
        assert library.resolve(workspace, "idempotency/README") == lab
        assert library.resolve(workspace, "labs/idempotency") == lab
        assert library.resolve(workspace, "labs/cold-starts") is None
        assert lab in [link.note_id for link in library.note(workspace, note).backlinks]
        # The note links to its lab as labs/idempotency, which is no link to itself.
        assert [link.note_id for link in library.note(workspace, lab).backlinks] == [note]
        assert lab in [link.note_id for link in library.note(workspace, note).related]
        again = import_bundled(open_workspace())
        assert tally(again)[:4] == (0, 0, 0, 0)
        assert again.problems == ()

    def test_the_learners_own_cards_come_first(
        self, open_workspace: Callable[[], Workspace], notes: Path
    ) -> None:
        workspace = open_workspace()
        import_notes(workspace, [notes])
        session = ReviewSession(workspace)
        assert session.current is not None
        assert session.current.note_name == "queues"
        assert session.total == 20
