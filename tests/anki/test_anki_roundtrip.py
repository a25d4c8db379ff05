"""Through Anki itself: our package, imported by Anki's own library and exported again."""

from __future__ import annotations

import io
import zipfile
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from tests.anki.conftest import AT, ZSTD
from warmstart.anki.compose import OutCard, compose
from warmstart.anki.decks import Deck, decks_of
from warmstart.anki.package import Package
from warmstart.anki.text import write_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from anki.collection import Collection

pytest.importorskip("anki.collection", reason="Anki's library is a development dependency")


@pytest.fixture
def collection(tmp_path: Path) -> Iterator[Collection]:
    from anki.collection import Collection

    collection = Collection(str(tmp_path / "collection.anki2"))
    collection.set_config("fsrs", True)
    yield collection
    collection.close()


def put(collection: Collection, package: bytes, folder: Path) -> None:
    from anki.collection import ImportAnkiPackageOptions, ImportAnkiPackageRequest

    path = folder / "ours.apkg"
    path.write_bytes(package)
    options = ImportAnkiPackageOptions(with_scheduling=True)
    collection.import_anki_package(
        ImportAnkiPackageRequest(package_path=str(path), options=options)
    )


def taken(collection: Collection, folder: Path, *, legacy: bool) -> Package:
    from anki.collection import ExportAnkiPackageOptions

    if not legacy and not find_spec(ZSTD.partition(".")[0]):
        pytest.skip(f"{ZSTD} is not installed")
    path = folder / "theirs.apkg"
    options = ExportAnkiPackageOptions(with_scheduling=True, with_media=True, legacy=legacy)
    collection.export_anki_package(out_path=str(path), options=options, limit=None)
    return Package(path.read_bytes())


def said(decks: tuple[Deck, ...]) -> list[object]:
    """What must survive: the text, the tags, the log, the schedule."""
    return [
        (deck.name, card.front, card.back, card.block_id, card.passage, tags, history)
        for deck in decks
        for tags in [deck.note.front_matter.raw]
        for card, history in zip(deck.note.cards, deck.histories, strict=True)
    ]


@pytest.mark.parametrize("legacy", [True, False])
class TestRoundTrip:
    def test_text_tags_log_and_schedule(
        self, collection: Collection, package: bytes, tmp_path: Path, *, legacy: bool
    ) -> None:
        put(collection, package, tmp_path)
        back = taken(collection, tmp_path, legacy=legacy)
        assert said(decks_of(back.collection)) == said(decks_of(Package(package).collection))
        assert back.collection.reviews == Package(package).collection.reviews
        assert list(back.media()) == [("my pic.png", b"PNG")]

    def test_again_adds_nothing(
        self, collection: Collection, package: bytes, tmp_path: Path, *, legacy: bool
    ) -> None:
        put(collection, package, tmp_path)
        put(collection, package, tmp_path)
        back = taken(collection, tmp_path, legacy=legacy).collection
        assert len(back.cards) == len(Package(package).collection.cards)
        assert len(back.reviews) == len(Package(package).collection.reviews)


class TestCollection:
    def test_anki_finds_nothing_to_repair(
        self, collection: Collection, package: bytes, tmp_path: Path
    ) -> None:
        put(collection, package, tmp_path)
        problems, sound = collection.fix_integrity()
        assert sound
        assert "fixed" not in problems.lower()

    def test_either_name_in_the_archive_is_read(
        self, collection: Collection, package: bytes, tmp_path: Path
    ) -> None:
        """Without ``meta``, Anki takes ``collection.anki2`` for one of its first generation."""
        file = io.BytesIO()
        with (
            zipfile.ZipFile(io.BytesIO(package)) as whole,
            zipfile.ZipFile(file, "w") as first,
        ):
            for name in ("collection.anki2", "media", "0"):
                first.writestr(name, whole.read(name))
        put(collection, file.getvalue(), tmp_path)
        back = taken(collection, tmp_path, legacy=True).collection
        assert said(decks_of(back)) == said(decks_of(Package(package).collection))

    def test_text(
        self, collection: Collection, package: bytes, cards: list[OutCard], tmp_path: Path
    ) -> None:
        """Our text file updates the notes of our package, and changes nothing of them."""
        from anki.collection import ImportCsvRequest

        put(collection, package, tmp_path)
        ours = compose(cards, AT)
        path = tmp_path / "ours.csv"
        path.write_text(write_text(ours), encoding="utf-8")
        metadata = collection.get_csv_metadata(str(path), None)
        collection.import_csv(ImportCsvRequest(path=str(path), metadata=metadata))
        back = taken(collection, tmp_path, legacy=True).collection
        assert [(n.guid, n.fields, n.tags) for n in back.notes] == [
            (n.guid, n.fields, n.tags) for n in ours.notes
        ]
