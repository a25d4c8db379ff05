"""Packages that Anki itself wrote, and how to put one together by hand."""

from __future__ import annotations

import io
import json
import sqlite3
import sys
import zipfile
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from warmstart.anki.compose import OutCard, compose
from warmstart.anki.write import write_package
from warmstart.study.cards import Memory, New, Phase, Rating, Reviewed

if TYPE_CHECKING:
    from collections.abc import Callable

DATA = Path(__file__).parent / "data"
AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
DAY = timedelta(days=1)

ZSTD = "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd"


@pytest.fixture(params=["old", "new"])
def recorded(request: pytest.FixtureRequest) -> bytes:
    """A package that Anki 26.9 exported, in the layout for older versions and in its own."""
    if request.param == "new" and not find_spec(ZSTD.partition(".")[0]):
        pytest.skip(f"{ZSTD} is not installed")
    return (DATA / f"anki-26.9-{request.param}.apkg").read_bytes()


def review(
    days_ago: float, rating: Rating, before: Phase, after: Phase, led: timedelta
) -> Reviewed:
    at = AT - timedelta(days=days_ago)
    step = None if after is Phase.REVIEW else 0
    return Reviewed(1, at, rating, timedelta(seconds=4.2), before, after, step, at + led)


def out(key: int, front: str, back: str, **other: object) -> OutCard:
    """A card to export; each is a passage of its own unless told."""
    values: dict[str, object] = {
        "id": key,
        "note": "/notes/queues.md",
        "kind": "flashcard",
        "front": front,
        "back": back,
        "passage": key,
        "block_id": None,
        "deck": "Work::AWS",
        "tags": (),
        "memory": New(),
        "suspended": False,
        "reviews": (),
    }
    return OutCard(**(values | other))


@pytest.fixture
def cards() -> list[OutCard]:
    """One card of every kind: studied, reversed and suspended, clozes, with a picture, learning."""
    minutes = timedelta(minutes=10)
    studied = (
        review(20, Rating.GOOD, Phase.NEW, Phase.LEARNING, minutes),
        review(19, Rating.GOOD, Phase.LEARNING, Phase.REVIEW, 4 * DAY),
        review(9, Rating.HARD, Phase.REVIEW, Phase.REVIEW, 12 * DAY),
    )
    learning = (review(0, Rating.GOOD, Phase.NEW, Phase.LEARNING, minutes),)
    memory = Memory(Phase.REVIEW, None, 12.3456, 5.123, AT + 3 * DAY, AT - 9 * DAY, 3, 0)
    step = Memory(Phase.LEARNING, 0, 2.3, 2.1, AT + minutes, AT, 1, 0)
    cloze = {"kind": "cloze", "passage": 4, "tags": ("cloze",), "deck": "Другие"}
    return [
        out(
            1,
            "What is **SQS**?",
            "A *queue*:\n\n- a\n- b\n\n```\nx < 1\n```",
            tags=("aws", "x::y"),
            memory=memory,
            reviews=studied,
        ),
        out(2, "слово", "word", passage=2),
        out(3, "word", "слово", passage=2, suspended=True),
        out(4, "[fn] runs `handlers`", "**Lambda** runs `handlers`", **cloze),
        out(
            5, "Lambda runs `[…]`", "Lambda runs `handlers`", **cloze, memory=step, reviews=learning
        ),
        out(6, "see ![](my%20pic.png)", "a snake_case word", media={"my pic.png": "my pic.png"}),
    ]


@pytest.fixture
def package(cards: list[OutCard]) -> bytes:
    """Those cards as a package, with their picture."""
    file = io.BytesIO()
    write_package(file, compose(cards, AT), [("my pic.png", b"PNG")])
    return file.getvalue()


@pytest.fixture
def archive() -> Callable[..., bytes]:
    """Puts a package together from its members; ``sql`` is run on a database of its own."""

    def build(sql: str | None = None, media: object = None, **members: bytes) -> bytes:
        if sql is not None:
            database = sqlite3.connect(":memory:")
            database.executescript(sql)
            members["collection.anki2"] = database.serialize()
            database.close()
        if media is not None:
            members["media"] = json.dumps(media).encode()
        return zipped(**members)

    return build


def zipped(**members: bytes) -> bytes:
    """Return an archive of these members."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()
