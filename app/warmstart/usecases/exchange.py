"""Exchange with other programs: Anki's files in; a selection of cards out, to Anki or as JSON.

An Anki file is a source like a markdown file: reading it gives notes, one for each deck, and the
same merge stores them. What else came with the cards, their log and schedule, is taken over once,
when a card is first seen: after that Warmstart's own log is the truth about it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from warmstart.anki.decks import decks_of
from warmstart.anki.history import Answer, Fsrs
from warmstart.anki.package import PACKAGE_SUFFIXES, Package
from warmstart.anki.text import TEXT_SUFFIXES, is_anki_text, read_text
from warmstart.errors import InputError, WarmstartError
from warmstart.notes.source import decode
from warmstart.study.cards import CardEntry, Imported, Phase, Reset, Reviewed, Suspended
from warmstart.usecases.content import Parsed, prepare
from warmstart.usecases.sources import deck_key

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from warmstart.anki.history import History
    from warmstart.paths import Home
    from warmstart.study.schedule import Scheduler
    from warmstart.usecases.sources import Source

EXCHANGE_SUFFIXES: Final = PACKAGE_SUFFIXES | TEXT_SUFFIXES
"""What ``parse_exchange`` reads by its name alone; a .txt file where ``is_exchange`` says so."""

_SNIFFED: Final = 200  # bytes: more than the longest first line that tells


@dataclass(frozen=True, slots=True)
class Exchange:
    """A file that was read."""

    parsed: tuple[Parsed, ...]
    """Its decks. The key of each source is the file's path, ``#`` and the deck's name."""
    folder: str
    """The name of the folder for its media, in ``Home.media``; empty where it has none."""
    package: Package | None

    def media(self) -> Iterator[tuple[str, bytes]]:
        """Yield (file name, content) of each picture and sound.

        Raises:
            InputError: one is damaged, or they are too large.
        """
        if self.package is not None:
            yield from self.package.media()


def is_exchange(path: Path, data: bytes) -> bool:
    """Whether this file is one that ``parse_exchange`` reads, and no note."""
    suffix = path.suffix.lower()
    if suffix != ".txt":
        return suffix in EXCHANGE_SUFFIXES
    return is_anki_text(data[:_SNIFFED].decode("utf-8", "replace"))


def parse_exchange(source: Source, data: bytes, scheduler: Scheduler, at: datetime) -> Exchange:
    """Read an Anki package or text file; ``at`` is the time of the import.

    Raises:
        InputError: it cannot be read; says why, with the path.
    """
    digest = hashlib.sha256(data).hexdigest()
    folder = ""
    package = None
    try:
        if source.path.suffix.lower() in PACKAGE_SUFFIXES:
            package = Package(data)
            folder = digest[:16] if package.media_names else ""
            collection = package.collection
        else:
            collection = read_text(decode(data), name=source.name)
        decks = decks_of(collection, media=folder)
    except InputError as error:
        error.path = source.path
        raise
    if not decks:
        raise InputError("There are no cards in this file.", path=source.path)
    parsed = []
    for deck in decks:
        its = replace(source, key=deck_key(source.key, deck.name), name=deck.name)
        content = prepare(its, deck_digest(digest, deck.name), deck.text, deck.note)
        begun = ((n, entries(0, h, scheduler, at)) for n, h in enumerate(deck.histories))
        said = deck.note.front_matter.raw["anki"]
        assert isinstance(said, dict)  # as decks_of writes it
        own = [
            tuple(said["tags"].get((c.block_id or "").rpartition("/")[0], ()))
            for c in content.cards
        ]
        content = content._replace(row=content.row._replace(tags=()))
        parsed.append(Parsed(its, content, {n: some for n, some in begun if some}, own))
    return Exchange(tuple(parsed), folder, package)


def deck_digest(file_digest: str, deck: str) -> str:
    """Return the digest of one deck of a file, given the file's SHA-256 in hexadecimal."""
    return hashlib.sha256(f"{file_digest}#{deck}".encode("utf-8", "replace")).hexdigest()


def store_media(home: Home, exchange: Exchange) -> int:
    """Keep the pictures and sounds of a file; return how many there are.

    Raises:
        InputError: one is damaged, or they are too large.
        WarmstartError: they cannot be written.
    """
    if not exchange.folder:
        return 0
    folder = home.media / exchange.folder
    count = 0
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in exchange.media():
            (folder / name).write_bytes(content)
            count += 1
    except OSError as error:
        raise WarmstartError(
            f"{error.filename or folder} cannot be written: {error.strerror}.",
            hint="Make room, or point WARMSTART_HOME at another folder.",
        ) from error
    return count


def entries(card: int, history: History, scheduler: Scheduler, at: datetime) -> list[CardEntry]:
    """Return what the log is to say of a card that came with a history, imported ``at`` that time.

    Every answer becomes a review, as it was given. Where the card had a schedule, it follows as an
    imported state: the other program's parameters, and changes by hand, are in it and not in the
    answers.
    """
    found: list[CardEntry] = []
    last: Answer | None = None
    for event in history.events:
        if isinstance(event, Answer):
            step = 0 if event.phase in (Phase.LEARNING, Phase.RELEARNING) else None
            found.append(
                Reviewed(
                    card=card,
                    at=event.at,
                    rating=event.rating,
                    duration=event.duration,
                    before=event.before,
                    phase=event.phase,
                    step=step,
                    due=event.due,
                    interval=None if last is None else last.due - last.at,
                    elsewhere=True,
                )
            )
            last = event
        else:
            found.append(Reset(card, event.at))
            last = None
    if history.schedule is not None:
        memory = history.schedule.memory
        if isinstance(memory, Fsrs):
            stability, difficulty = memory.stability, memory.difficulty
        else:
            stability, difficulty = scheduler.from_sm2(memory.interval, memory.ease)
        found.append(
            Imported(
                card=card,
                at=at,
                stability=stability,
                difficulty=difficulty,
                due=history.schedule.due,
                last_review=min(history.schedule.last_review, at),
            )
        )
    if history.suspended:
        found.append(Suspended(card, at, elsewhere=True))
    return found
