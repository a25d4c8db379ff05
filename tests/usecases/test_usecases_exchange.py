"""Exchange: Anki's files into the store, and a selection of cards out of it again."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from warmstart.anki.compose import OutCard, compose
from warmstart.anki.decks import decks_of
from warmstart.anki.history import Answer, Forgotten, Fsrs, History, Schedule, Sm2
from warmstart.anki.package import Package
from warmstart.anki.text import read_text
from warmstart.anki.write import write_package
from warmstart.errors import InputError, UsageError, WarmstartError
from warmstart.settings import StudySettings
from warmstart.study.cards import (
    Imported,
    Memory,
    New,
    Phase,
    Rating,
    Reset,
    Reviewed,
    Suspended,
)
from warmstart.study.schedule import Scheduler
from warmstart.study.state import replay
from warmstart.usecases.browse import find
from warmstart.usecases.exchange import (
    entries,
    is_exchange,
    parse_exchange,
    store_media,
)
from warmstart.usecases.export import ExportReport, Form, export
from warmstart.usecases.identity import identify
from warmstart.usecases.import_notes import import_notes
from warmstart.usecases.merge import Tally, merge
from warmstart.usecases.review import ReviewSession
from warmstart.usecases.sources import Source, deck_key, file_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from warmstart.paths import Home
    from warmstart.store.card_rows import StoredCard
    from warmstart.usecases.workspace import Workspace

AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
DAY = timedelta(days=1)

NOTE = """---
tags: [aws/sqs, queues]
---
# Queues

What is ![a picture](img/queue.png)?
?
A *queue*.

What is a dead letter queue?
?
Where messages go after too many failed attempts.
"""


@pytest.fixture
def workspace(empty_course: None, open_workspace: Callable[[], Workspace]) -> Workspace:
    return open_workspace()


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package with two decks, a studied card, a suspended one and a picture."""
    answers = (
        Reviewed(1, AT - 9 * DAY, Rating.GOOD, DAY / 20_000, Phase.NEW, Phase.REVIEW, None, AT - 6 * DAY),
        Reviewed(1, AT - 6 * DAY, Rating.HARD, DAY / 20_000, Phase.REVIEW, Phase.REVIEW, None, AT + DAY),
    )  # fmt: skip
    memory = Memory(Phase.REVIEW, None, 7.5, 5.5, AT + DAY, AT - 6 * DAY, 2, 0)
    own = {"note": "n", "block_id": None, "kind": "flashcard", "suspended": False, "reviews": ()}
    cards = [
        OutCard(id=1, front="What is **SQS**?", back="A queue", passage=1, deck="AWS::Queues",
                tags=("aws",), memory=memory, **(own | {"reviews": answers})),
        OutCard(id=2, front="слово", back="word ![](a%20b.png)", passage=2, deck="Слова",
                tags=(), memory=New(), media={"a b.png": "a b.png"}, **(own | {"suspended": True})),
    ]  # fmt: skip
    path = tmp_path / "deck.apkg"
    with path.open("wb") as file:
        write_package(file, compose(cards, AT), [("a b.png", b"PNG")])
    return path


def source(path: Path) -> Source:
    return Source(path, str(path), path.stem, named=True)


def take(workspace: Workspace, path: Path) -> Tally:
    """Import a file as ``import_notes`` does: parse it, then merge it."""
    now = workspace.clock()
    exchange = parse_exchange(source(path), path.read_bytes(), workspace.scheduler, now)
    with workspace.store.write() as tx:
        identity = identify(tx, exchange.parsed, [])
        tally = merge(tx, exchange.parsed, identity, now, workspace.scheduler)
    store_media(workspace.home, exchange)
    return tally


def stored(workspace: Workspace) -> dict[str, StoredCard]:
    with workspace.store.read() as tx:
        cards = tx.cards.of_notes(note.id for note in tx.notes.all())
    return {card.source.front: card for card in cards}


def exported(workspace: Workspace, form: Form, query: str = "") -> bytes:
    file = io.BytesIO()
    export(workspace, form, query, file)
    return file.getvalue()


def test_each_card_has_the_tags_it_came_with(workspace: Workspace, tmp_path: Path) -> None:
    """The deck has all of them; a search for one must not find its other cards."""
    path = tmp_path / "words.txt"
    path.write_text("#separator:Comma\n#tags column:3\na,b,x y\nc,d,z\n", encoding="utf-8")
    take(workspace, path)
    first, second = sorted(card.id for card in stored(workspace).values())
    assert find(workspace, "tag:x") == [first]
    assert find(workspace, "-tag:y") == [second]
    path.write_text("#separator:Comma\n#tags column:3\na,b,z\nc,d,\n", encoding="utf-8")
    take(workspace, path)
    assert find(workspace, "tag:z") == [first]
    assert find(workspace, "tag:none") == [second]


def test_a_note_that_says_the_same_takes_nothing_from_a_deck(
    workspace: Workspace, tmp_path: Path
) -> None:
    """The name of a deck is that of its file and more: the file is there all the same."""
    deck, note = tmp_path / "words.csv", tmp_path / "words.md"
    deck.write_text("a,b\nc,d\n", encoding="utf-8")
    note.write_text("# Words\n\na\n?\nb\n", encoding="utf-8")
    import_notes(workspace, [deck])
    report = import_notes(workspace, [note])
    assert (report.added, report.moved, report.retired) == (1, 0, 0)
    with workspace.store.read() as tx:
        assert tx.cards.count() == 3


class TestParse:
    def test_a_note_for_each_deck(self, package: Path) -> None:
        scheduler = Scheduler(StudySettings())
        exchange = parse_exchange(source(package), package.read_bytes(), scheduler, AT)
        first, second = exchange.parsed
        assert (first.source.name, second.source.name) == ("AWS::Queues", "Слова")
        assert first.source.key == f"{package}#AWS::Queues"
        assert first.source.path == package
        assert first.cards[0].front == "What is **SQS**?"
        assert [type(entry) for entry in first.entries[0]] == [Reviewed, Reviewed, Imported]
        assert [type(entry) for entry in second.entries[0]] == [Suspended]
        assert len({first.row.digest, second.row.digest}) == 2

    def test_a_text_file(self, tmp_path: Path) -> None:
        path = tmp_path / "words.csv"
        path.write_text("a,b\nc,d\n")
        (deck,) = parse_exchange(
            source(path), path.read_bytes(), Scheduler(StudySettings()), AT
        ).parsed
        assert (deck.row.title, deck.source.key) == ("words", f"{path}#words")
        assert [card.front for card in deck.cards] == ["a", "c"]

    @pytest.mark.parametrize(
        ("name", "data", "said"),
        [
            ("deck.apkg", b"no package", "no ZIP archive"),
            ("deck.csv", "а,б".encode("cp1251") * 50, "not UTF-8"),
            ("deck.csv", b"\n\n", "no cards"),
            ("deck.tsv", b"#separator:Tab\na\t" + b"x" * 200_000, "cannot be read as fields"),
        ],
    )
    def test_errors_name_the_file(self, name: str, data: bytes, said: str) -> None:
        with pytest.raises(InputError, match=said) as caught:
            parse_exchange(source(Path("/x", name)), data, Scheduler(StudySettings()), AT)
        assert str(caught.value).startswith(f"/x/{name}:")

    @pytest.mark.parametrize(
        ("name", "data", "expected"),
        [
            ("a.apkg", b"", True),
            ("a.COLPKG", b"", True),
            ("a.csv", b"", True),
            ("a.txt", b"#separator:Tab\na\tb", True),
            ("a.txt", b"# A note\n", False),
            ("a.md", b"#separator:Tab\n", False),
        ],
    )
    def test_is_exchange(self, name: str, data: bytes, expected: bool) -> None:
        assert is_exchange(Path(name), data) is expected

    @pytest.mark.parametrize("file", ["/x/a.apkg", "/x/a#b.csv", "/x/c.apkg/d.txt"])
    def test_the_file_of_a_deck(self, file: str) -> None:
        assert file_of(deck_key(file, "A::b #1.csv#x")) == file

    @pytest.mark.parametrize("key", ["/x/a.md", "/x/c#.md", "course/a.md"])
    def test_the_file_of_a_note(self, key: str) -> None:
        assert file_of(key) == key


class TestEntries:
    def test_answers_then_the_schedule(self) -> None:
        answer = Answer(AT - 9 * DAY, Rating.GOOD, DAY / 9_000, Phase.NEW, Phase.LEARNING, AT)
        schedule = Schedule(Fsrs(7.5, 5.5), AT + DAY, AT - 9 * DAY)
        history = History((answer, Forgotten(AT - 8 * DAY)), schedule, suspended=True)
        scheduler = Scheduler(StudySettings())
        assert entries(3, history, scheduler, AT) == [
            Reviewed(
                3,
                AT - 9 * DAY,
                Rating.GOOD,
                DAY / 9_000,
                Phase.NEW,
                Phase.LEARNING,
                0,
                AT,
                elsewhere=True,
            ),
            Reset(3, AT - 8 * DAY),
            Imported(3, AT, 7.5, 5.5, AT + DAY, AT - 9 * DAY),
            Suspended(3, AT, elsewhere=True),
        ]

    def test_replaying_them_gives_the_schedule(self) -> None:
        scheduler = Scheduler(StudySettings())
        schedule = Schedule(Sm2(12, 2.5), AT + 3 * DAY, AT - 9 * DAY)
        memory = replay(scheduler, entries(3, History((), schedule), scheduler, AT)).memory
        assert isinstance(memory, Memory)
        assert (memory.due, memory.last_review) == (AT + 3 * DAY, AT - 9 * DAY)
        assert memory.stability == 12

    def test_no_history_says_nothing(self) -> None:
        assert entries(3, History(), Scheduler(StudySettings()), AT) == []


class TestStore:
    def test_cards_with_what_is_remembered(self, workspace: Workspace, package: Path) -> None:
        assert take(workspace, package) == Tally(added=2)
        cards = stored(workspace)
        studied = cards["What is **SQS**?"]
        assert isinstance(studied.memory, Memory)
        assert (studied.memory.stability, studied.memory.difficulty) == (7.5, 5.5)
        assert studied.source.deck == "AWS/Queues"
        assert cards["слово"].suspended
        with workspace.store.read() as tx:
            assert len(tx.log.of_card(studied.id)) == 3

    def test_again_takes_nothing_over_twice(self, workspace: Workspace, package: Path) -> None:
        take(workspace, package)
        assert take(workspace, package) == Tally(unchanged=2)
        with workspace.store.read() as tx:
            assert len(tx.log.of_card(stored(workspace)["What is **SQS**?"].id)) == 3

    def test_a_card_rewritten_in_anki_keeps_its_history(
        self, workspace: Workspace, tmp_path: Path
    ) -> None:
        path = tmp_path / "words.csv"
        head = "#separator:Comma\n#guid column:1\n"
        path.write_text(head + "g1,What is SQS?,A queue\ng2,What is SNS?,Topics\n")
        take(workspace, path)
        before = stored(workspace)["What is SQS?"].id
        path.write_text(head + "g2,What is SNS?,Topics\ng1,Говорите по-русски,да\n")
        assert take(workspace, path) == Tally(changed=1, unchanged=1)
        assert stored(workspace)["Говорите по-русски"].id == before

    def test_media(self, workspace: Workspace, package: Path) -> None:
        take(workspace, package)
        (folder,) = workspace.home.media.iterdir()
        assert [(file.name, file.read_bytes()) for file in folder.iterdir()] == [
            ("a b.png", b"PNG")
        ]

    def test_media_that_cannot_be_written(self, home: Home, package: Path, tmp_path: Path) -> None:
        exchange = parse_exchange(
            source(package), package.read_bytes(), Scheduler(StudySettings()), AT
        )
        home.root.mkdir()
        home.media.write_text("in the way")
        with pytest.raises(WarmstartError, match="cannot be written"):
            store_media(home, exchange)


@pytest.fixture
def studied(workspace: Workspace, tmp_path: Path) -> Workspace:
    """A note of two cards, the first of which was answered, and a picture beside it."""
    folder = tmp_path / "notes"
    (folder / "img").mkdir(parents=True)
    (folder / "img" / "queue.png").write_bytes(b"PNG")
    (folder / "queues.md").write_text(NOTE)
    (folder / "other.md").write_text("# Other\n\nq\n?\na\n")
    import_notes(workspace, [folder])
    session = ReviewSession(workspace)
    while session.current and "picture" not in session.current.front:
        session.answer(Rating.EASY, timedelta(seconds=4))
    session.answer(Rating.GOOD, timedelta(seconds=4))
    session.answer(Rating.EASY, timedelta(seconds=4))
    session.undo()
    return workspace


class TestExport:
    def test_to_anki_and_back(self, workspace: Workspace, package: Path) -> None:
        """What came from Anki goes back the same: text, tags, decks, guids, log, schedule."""
        take(workspace, package)
        before, back = (
            decks_of(Package(data).collection, media="m")
            for data in (package.read_bytes(), exported(workspace, Form.APKG))
        )
        assert [(d.name, d.note, d.histories) for d in back] == [
            (d.name, d.note, d.histories) for d in before
        ]

    def test_pictures_go_along(self, workspace: Workspace, package: Path) -> None:
        take(workspace, package)
        assert list(Package(exported(workspace, Form.APKG)).media()) == [("a b.png", b"PNG")]

    def test_of_notes(self, studied: Workspace) -> None:
        data = exported(studied, Form.APKG, "note:queues")
        package = Package(data)
        (deck,) = decks_of(package.collection)
        assert (deck.name, deck.note.front_matter.tags) == ("Queues", ("aws::sqs", "queues"))
        assert [len(h.events) for h in deck.histories] == [1, 0]
        assert list(package.media()) == [("queue.png", b"PNG")]
        assert deck.note.cards[0].front == "What is ![a picture](queue.png)?"

    def test_the_report(self, studied: Workspace) -> None:
        file = io.BytesIO()
        report = export(studied, Form.APKG, "note:queues", file)
        assert report == ExportReport(notes=1, cards=2, reviews=1, media=1, missing=())

    def test_two_pictures_of_one_name(self, workspace: Workspace, tmp_path: Path) -> None:
        for name in ("one", "two"):
            (tmp_path / name).mkdir()
            (tmp_path / name / "x.png").write_bytes(name.encode())
            (tmp_path / name / f"{name}.md").write_text(f"{name}\n?\n![](x.png)\n")
            import_notes(workspace, [tmp_path / name])
        package = Package(exported(workspace, Form.APKG))
        media = dict(package.media())
        assert sorted(media.values()) == [b"one", b"two"]
        for deck in decks_of(package.collection):
            (card,) = deck.note.cards
            assert media[card.back[4:-1]].decode() == card.front

    def test_no_file_from_elsewhere_goes_along(self, workspace: Workspace, tmp_path: Path) -> None:
        """A note from a stranger must not put a file of ours into a package we share."""
        (tmp_path / "secret.png").write_bytes(b"secret")
        (tmp_path / "notes").mkdir()
        (tmp_path / "notes" / "link.png").symlink_to(tmp_path / "secret.png")
        (tmp_path / "notes" / "notes.md").write_text(
            f"q\n?\n![](../secret.png) ![]({tmp_path}/secret.png) ![](link.png) [](notes.md)\n"
        )
        import_notes(workspace, [tmp_path / "notes"])
        file = io.BytesIO()
        report = export(workspace, Form.APKG, "", file)
        assert list(Package(file.getvalue()).media()) == []
        assert len(report.missing) == 3

    def test_as_text(self, studied: Workspace) -> None:
        text = exported(studied, Form.CSV).decode()
        decks = decks_of(read_text(text, name="x"))
        assert [(d.name, len(d.note.cards)) for d in decks] == [("Other", 1), ("Queues", 2)]

    def test_as_json(self, studied: Workspace) -> None:
        said = json.loads(exported(studied, Form.JSON, "note:queues"))
        assert (said["format"], said["version"]) == ("warmstart-export", 1)
        assert said["exported_at"].startswith("2026-11-20T09:00:00.000")
        assert [note["title"] for note in said["notes"]] == ["Queues"]
        answered = next(card for card in said["cards"] if card["memory"])
        assert answered["tags"] == ["aws/sqs", "queues"]
        assert answered["memory"]["phase"] == "learning"
        assert answered["memory"]["due"] == "2026-11-20T09:10:00.000Z"
        assert answered["log"] == [
            {
                "id": answered["log"][0]["id"],
                "kind": "reviewed",
                "at": "2026-11-20T09:00:00.000Z",
                "rating": "good",
                "duration": 4000,
                "before": "new",
                "phase": "learning",
                "step": answered["log"][0]["step"],
                "due": "2026-11-20T09:10:00.000Z",
                "interval": None,
                "elsewhere": False,
            }
        ]

    def test_undone_answers_stay_in_the_json_alone(self, studied: Workspace) -> None:
        kinds = [
            e["kind"] for c in json.loads(exported(studied, Form.JSON))["cards"] for e in c["log"]
        ]
        assert kinds.count("undone") == 1
        reviews = Package(exported(studied, Form.APKG)).collection.reviews
        assert len(reviews) == kinds.count("reviewed") - 1


class TestSelection:
    @pytest.mark.parametrize(
        ("query", "cards"),
        [
            ("", 3),
            ("note:other", 1),
            ("note:Queues or note:Other", 3),
            ("note:queues.md", 2),
            ("tag:queues", 2),
            ("tag:#AWS", 2),
            ("tag:aws::sqs", 2),
            ("deck:other", 1),
            ("deck:Queues tag:queues", 2),
        ],
    )
    def test_cards(self, studied: Workspace, query: str, cards: int) -> None:
        assert len(json.loads(exported(studied, Form.JSON, query))["cards"]) == cards

    @pytest.mark.parametrize("query", ["note:nothing", "tag:aws/s", "deck:Queues note:other"])
    def test_none(self, studied: Workspace, query: str) -> None:
        with pytest.raises(UsageError, match="No card fits this search"):
            exported(studied, Form.JSON, query)

    def test_a_deck_and_those_below_it(self, workspace: Workspace, package: Path) -> None:
        take(workspace, package)
        for name in ("AWS", "aws/queues", "AWS::Queues"):
            said = json.loads(exported(workspace, Form.JSON, f"deck:{name}"))
            assert [card["deck"] for card in said["cards"]] == ["AWS/Queues"]


class TestCommand:
    @pytest.fixture
    def run(
        self, home: Home, empty_course: None, capfdbinary: pytest.CaptureFixture[bytes]
    ) -> Callable[..., tuple[bytes, bytes]]:
        from warmstart.cli.export import export as command

        def run(*arguments: object) -> tuple[bytes, bytes]:
            command.main([str(argument) for argument in arguments], standalone_mode=False)
            return capfdbinary.readouterr()

        return run

    def test_the_ending_says_which(
        self, studied: Workspace, run: Callable[..., tuple[bytes, bytes]], tmp_path: Path
    ) -> None:
        out, err = run(tmp_path / "out.apkg", "note:queues")
        assert out.decode() == (
            f"Exported 2 cards of 1 note with 1 review and 1 picture or sound to {tmp_path}/out.apkg.\n"
        )
        assert err == b""
        assert len(Package((tmp_path / "out.apkg").read_bytes()).collection.notes) == 2

    def test_to_the_standard_output(
        self, studied: Workspace, run: Callable[..., tuple[bytes, bytes]]
    ) -> None:
        out, err = run("-", "--json")
        assert len(json.loads(out)["cards"]) == 3
        assert b"Exported 3 cards" in err

    def test_a_file_is_not_replaced_unasked(
        self, studied: Workspace, run: Callable[..., tuple[bytes, bytes]], tmp_path: Path
    ) -> None:
        path = tmp_path / "queues.csv"
        path.write_text("mine")
        with pytest.raises(UsageError, match="exists already"):
            run(path)
        assert path.read_text() == "mine"
        run(path, "--force")
        assert path.read_text().startswith("#separator:Comma\n")

    def test_nothing_is_left_of_an_export_that_failed(
        self, studied: Workspace, run: Callable[..., tuple[bytes, bytes]], tmp_path: Path
    ) -> None:
        (tmp_path / "to").mkdir()
        with pytest.raises(UsageError):
            run(tmp_path / "to" / "x.json", "tag:nothing")
        assert list((tmp_path / "to").iterdir()) == []

    def test_what_cannot_be_done(
        self, run: Callable[..., tuple[bytes, bytes]], tmp_path: Path
    ) -> None:
        with pytest.raises(UsageError, match="does not say"):
            run(tmp_path / "cards.xlsx")
        with pytest.raises(WarmstartError, match="cannot be written"):
            run(tmp_path / "nowhere" / "x.json")
