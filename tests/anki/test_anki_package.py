"""Packages: those Anki wrote, those put together to do harm, and our own."""

from __future__ import annotations

import io
import random
import zipfile
from datetime import UTC, datetime
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.anki.conftest import AT, DATA, DAY, ZSTD, zipped
from warmstart.anki import package as package_module
from warmstart.anki import wire
from warmstart.anki.compose import compose
from warmstart.anki.decks import decks_of
from warmstart.anki.history import Fsrs
from warmstart.anki.package import Package, is_plain
from warmstart.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from warmstart.anki.compose import OutCard

COL = "CREATE TABLE col (crt, conf, models, decks);"
NOTES = "CREATE TABLE notes (id, guid, mid, tags, flds);"
CARDS = (
    "CREATE TABLE cards (id, nid, did, ord, type, queue, due, ivl, factor, reps, lapses, left,"
    " odue, odid, data);"
)
MODELS = (
    '{"7": {"name": "Basic", "flds": [{"name": "A"}, {"name": "B"}],'
    ' "tmpls": [{"qfmt": "{{A}}", "afmt": "{{B}}"}]}}'
)
ONE = (
    COL
    + NOTES
    + CARDS
    + f"INSERT INTO col VALUES (0, '{{}}', '{MODELS}', '{{\"1\": {{\"name\": \"D\"}}}}');"
)

_OLD = (DATA / "anki-26.9-old.apkg").read_bytes()


class TestRecorded:
    def test_cards(self, recorded: bytes) -> None:
        work, other = decks_of(Package(recorded).collection)
        assert (work.name, other.name) == ("Work::AWS", "Языки")
        assert [(c.kind, c.front, c.back) for c in work.note.cards] == [
            (
                "flashcard",
                "What is **SQS**?",
                "A queue  \nof *messages*  \n![](queue%20&%20worker.png)",
            ),
            ("cloze", "[fn] runs `handlers`", "**Lambda** runs `handlers`\n\n- one\n- two"),
            ("cloze", "Lambda runs `[…]`", "Lambda runs `handlers`\n\n- one\n- two"),
            ("flashcard", "only one way", "yes"),
            ("flashcard", "2 + 2", "4"),
        ]
        assert [c.front for c in other.note.cards] == ["слово", "word [слово.mp3](слово.mp3)"]
        assert [c.passage for c in work.note.cards] == [0, 1, 1, 2, 3]
        assert {c.deck for c in work.note.cards} == {"Work/AWS"}
        assert work.note.problems == other.note.problems == ()

    def test_identity_and_tags(self, recorded: bytes) -> None:
        work, other = decks_of(Package(recorded).collection, media="folder")
        first, cloze, second = work.note.cards[:3]
        assert first.block_id
        assert first.block_id.endswith("/0")
        assert cloze.block_id
        assert second.block_id == cloze.block_id[:-1] + "1"
        said = work.note.front_matter
        assert said.tags == ("aws", "x::y", "cloze")
        assert said.raw == {
            "anki": {
                "media": "folder",
                "tags": {first.block_id[:-2]: ["aws", "x::y"], cloze.block_id[:-2]: ["cloze"]},
            }
        }
        assert other.note.front_matter.tags == ()

    def test_text_and_lines_agree(self, recorded: bytes) -> None:
        for deck in decks_of(Package(recorded).collection):
            lines = deck.text.split("\n")
            for card in deck.note.cards:
                assert "\n".join(lines[card.line - 1 : card.last_line]) == (
                    f"{card.front}\n?\n{card.back}"
                )

    def test_histories(self, recorded: bytes) -> None:
        work, _ = decks_of(Package(recorded).collection)
        learning, review, suspended, again, moved = work.histories
        assert [len(h.events) for h in work.histories] == [1, 1, 0, 1, 1]
        assert learning.schedule is again.schedule is None
        assert review.schedule
        assert review.schedule.memory == Fsrs(8.2956, 1.0)
        assert review.schedule.due == datetime(2026, 11, 27, 4, tzinfo=UTC)
        assert suspended.suspended
        assert moved.schedule
        assert moved.schedule.due == datetime(2026, 11, 25, 4, tzinfo=UTC)

    def test_media(self, recorded: bytes) -> None:
        assert sorted(Package(recorded).media()) == [
            ("queue & worker.png", b"\x89PNG picture"),
            ("слово.mp3", b"ID3 sound"),
        ]


class TestOurOwn:
    def test_what_is_written_is_read(self, package: bytes, cards: list[OutCard]) -> None:
        read = Package(package)
        assert read.collection == compose(cards, AT)
        assert list(read.media()) == [("my pic.png", b"PNG")]

    def test_cards_come_back(self, package: bytes, cards: list[OutCard]) -> None:
        decks = decks_of(Package(package).collection)
        back = {(c.front, c.back) for deck in decks for c in deck.note.cards}
        assert back == {(card.front, card.back) for card in cards}
        assert [(deck.name, len(deck.note.cards)) for deck in decks] == [
            ("Work::AWS", 4),
            ("Другие", 2),
        ]

    def test_log_and_schedule_come_back(self, package: bytes, cards: list[OutCard]) -> None:
        history = decks_of(Package(package).collection)[0].histories[0]
        logged = [(r.at, r.rating, r.duration, r.before, r.phase, r.due) for r in cards[0].reviews]
        assert [
            (e.at, e.rating, e.duration, e.before, e.phase, e.due) for e in history.events
        ] == logged
        assert history.schedule
        assert history.schedule.memory == Fsrs(12.3456, 5.123)
        assert history.schedule.last_review == AT - 9 * DAY
        assert (history.schedule.due.date()) == (AT + 3 * DAY).date()


def sentence(data: bytes) -> str:
    with pytest.raises(InputError) as caught:
        decks_of(Package(data).collection)
    assert caught.value.hint
    return caught.value.message


def outcome(data: bytes) -> str:
    """Read all of a package, and say how that ended."""
    try:
        package = Package(data)
        decks_of(package.collection)
        list(package.media())
    except InputError as error:
        return error.message
    return "It was read."


class TestDamaged:
    def test_no_archive(self) -> None:
        assert "no ZIP archive" in sentence(b"PK\x03\x04 nothing")
        assert "no ZIP archive" in sentence(b"")

    def test_no_collection(self, archive: Callable[..., bytes]) -> None:
        assert "no collection of Anki's" in sentence(archive(readme=b"x"))
        assert "collection.anki21 is missing" in sentence(archive(meta=b"\x08\x02"))

    def test_of_a_later_anki(self, archive: Callable[..., bytes]) -> None:
        assert "too new" in sentence(archive(meta=b"\x08\x04"))
        assert "description is damaged" in sentence(archive(meta=b"\x08\xff"))

    def test_no_database(self, archive: Callable[..., bytes]) -> None:
        assert "cannot be read" in sentence(archive(**{"collection.anki2": b"x" * 5000}))

    @pytest.mark.parametrize(
        ("sql", "said"),
        [
            ("CREATE TABLE x (y)", "no table 'col'"),
            (COL + CARDS, "no table 'notes'"),
            (COL + NOTES + CARDS, "is empty"),
            (COL + NOTES + "CREATE VIEW cards AS SELECT 1 AS id", "no table 'cards'"),
            (COL + NOTES + "CREATE VIRTUAL TABLE cards USING fts5(id)", "no table 'cards'"),
            (
                COL + NOTES + "CREATE TABLE cards (id); INSERT INTO col VALUES (0, '', '', '')",
                "no such column",
            ),
        ],
    )
    def test_tables(self, archive: Callable[..., bytes], sql: str, said: str) -> None:
        assert said in sentence(archive(sql))

    def test_columns_that_hold_anything(self, archive: Callable[..., bytes]) -> None:
        """SQLite keeps in a column what it is given; nothing of it may raise."""
        rows = (
            "INSERT INTO notes VALUES (1, x'fffe', 7, NULL, 'a' || char(31) || 'b'), ('8', 2, 7, 3, 4),"
            " (2, 'g', 99, '', '');"
            "INSERT INTO cards VALUES (1, 1, 1, 0, 2, 2, 1e300, -5, 'x', NULL, 0, 0, 0, 0,"
            ' \'{"s": 1e999, "d": -1, "lrt": []}\'), (2, 1, 1, 99, 0, 0, 9e18, 0, 0, 0, 0, 0, 0, 0, 1),'
            " (3, 77, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '[[[['), (4, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0,"
            " 0, 0, '');"
            "CREATE TABLE revlog (id, cid, usn, ease, ivl, lastIvl, factor, time, type);"
            "INSERT INTO revlog VALUES (9e18, 1, 0, 3, 1, 0, 0, 0, 0), (-1, 1, 0, 'x', 0, 0, 0, 0, 0),"
            " (5, 1, 0, 3, 9e17, 0, 0, -7, 0);"
        )
        (deck,) = decks_of(Package(archive(ONE + rows)).collection)
        assert [(c.front, c.back) for c in deck.note.cards] == [("a", "b")]
        assert len(deck.note.problems) == 3

    @pytest.mark.parametrize("part", ["models", "decks", "conf"])
    def test_json_that_is_none(self, archive: Callable[..., bytes], part: str) -> None:
        for value in ("[" * 100_000, "{" * 100_000, "null", '{"1": 5, "x": []}'):
            data = archive(ONE + f"UPDATE col SET {part} = '{value}'")
            assert decks_of(Package(data).collection) == ()

    def test_encrypted(self, archive: Callable[..., bytes]) -> None:
        data = bytearray(archive(meta=b"\x08\x01", x=b"y"))
        data[6] |= 1
        data[data.index(b"PK\x01\x02") + 8] |= 1
        assert "encrypted" in sentence(bytes(data))

    def test_without_zstd(
        self, archive: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def missing(name: str) -> None:
            raise ImportError(name)

        monkeypatch.setattr(package_module, "import_module", missing)
        assert "zstd" in sentence(archive(**{"collection.anki21b": b"x"}))

    @pytest.mark.skipif(not find_spec(ZSTD.partition(".")[0]), reason=f"{ZSTD} is not installed")
    def test_damaged_zstd(self, archive: Callable[..., bytes]) -> None:
        for content in (b"", b"x" * 100, b"\x28\xb5\x2f\xfd\x00"):
            assert "cannot be unpacked" in sentence(archive(**{"collection.anki21b": content}))

    @given(st.integers(0, 2**32), st.integers(1, 40))
    @settings(max_examples=60, deadline=None)
    def test_any_bytes_changed(self, seed: int, count: int) -> None:
        """A package with bytes changed is read, or refused with a sentence."""
        data = bytearray(_OLD)
        rng = random.Random(seed)
        for _ in range(count):
            data[rng.randrange(len(data))] = rng.randrange(256)
        del data[rng.randrange(len(data) * 2) :]
        assert outcome(bytes(data)).endswith(".")

    @given(st.integers(0, 2**32), st.integers(1, 40))
    @settings(max_examples=60, deadline=None)
    def test_any_bytes_of_the_database_changed(self, seed: int, count: int) -> None:
        data = bytearray(zipfile.ZipFile(io.BytesIO(_OLD)).read("collection.anki21"))
        rng = random.Random(seed)
        for _ in range(count):
            data[rng.randrange(len(data))] = rng.randrange(256)
        assert outcome(zipped(**{"collection.anki2": bytes(data)})).endswith(".")


class TestBounds:
    """The limits hold for what comes out, whatever the archive says of its size."""

    def test_collection(self, package: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(package_module, "MAX_COLLECTION", 10_000)
        assert "too large when unpacked" in sentence(package)

    def test_package(self, package: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(package_module, "MAX_PACKAGE", 1_000)
        assert "larger than" in sentence(package)

    @pytest.mark.parametrize("limit", ["MAX_MEDIUM", "MAX_MEDIA"])
    def test_media(
        self, archive: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch, limit: str
    ) -> None:
        """A megabyte of zeros takes a kilobyte in the archive."""
        monkeypatch.setattr(package_module, limit, 1_000_000)
        package = Package(archive(ONE, {"0": "a.png"}, **{"0": bytes(1_000_001)}))
        with pytest.raises(InputError, match="too large when unpacked"):
            list(package.media())

    def test_text(self, archive: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch) -> None:
        """One long field, and a thousand cards that repeat it."""
        monkeypatch.setattr("warmstart.anki.decks.MAX_TEXT", 1_000_000)
        rows = (
            "INSERT INTO notes VALUES (1, 'g', 7, '', printf('%.*c', 9000, 'x') || char(31) || 'b');"
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)"
            "INSERT INTO cards SELECT i, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '' FROM n;"
        )
        assert "more text than can be studied" in sentence(archive(ONE + rows))

    def test_rows(self, package: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("warmstart.anki.collection.MAX_ROWS", 2)
        with pytest.raises(InputError, match="more than 2 rows"):
            Package(package)

    def test_steps(self, package: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
        """A database can be made to compute without end; it is stopped."""
        monkeypatch.setattr("warmstart.anki.collection._MAX_STEPS", 0)
        monkeypatch.setattr("warmstart.anki.collection._STEP", 10)
        assert "interrupted" in sentence(package)

    def test_nothing_is_left_behind(
        self, package: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
        Package(package)
        with pytest.raises(InputError):
            Package(package[:-500] + bytes(500))
        assert list(tmp_path.iterdir()) == []


class TestMediaNames:
    def test_that_lead_elsewhere_are_left_out(self, archive: Callable[..., bytes]) -> None:
        names = [
            "../a",
            "/etc/passwd",
            "..",
            "a/b",
            "a\\b",
            "C:x",
            "a\0b",
            "\x1b[2J",
            "",
            "x" * 256,
        ]
        media = {str(place): name for place, name in enumerate(["good.png", *names])}
        media["99"] = "not in the archive.png"
        package = Package(archive(ONE, media, **{str(n): b"x" for n in range(len(names) + 1)}))
        assert list(package.media()) == [("good.png", b"x")]

    def test_a_damaged_list(self, archive: Callable[..., bytes]) -> None:
        for media in ([1], "x"):
            with pytest.raises(InputError, match="list of media"):
                Package(archive(ONE, media))

    @given(st.text())
    def test_a_plain_name_stays_in_its_folder(self, name: str) -> None:
        from pathlib import PurePosixPath, PureWindowsPath

        if is_plain(name):
            for path in (PurePosixPath("home", name), PureWindowsPath("home", name)):
                assert (path.parent.name, path.name) == ("home", name)


class TestWire:
    def test_fields(self) -> None:
        read = wire.fields(b"\x08\x96\x01\x12\x02hi\x12\x01!\x1d\0\0\0\0")
        assert read == {1: [150], 2: [b"hi", b"!"], 3: [bytes(4)]}
        assert (wire.number(read, 1), wire.text(read, 2), wire.number(read, 9)) == (150, "!", 0)

    @pytest.mark.parametrize("data", [b"\x08", b"\x12\x05hi", b"\x0b", b"\xff" * 12, b"\x1d\0"])
    def test_damaged(self, data: bytes) -> None:
        with pytest.raises(ValueError, match=r"ends early|too long|unknown"):
            wire.fields(data)
