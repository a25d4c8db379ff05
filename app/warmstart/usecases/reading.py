"""Reading the files of an import: notes, and the files of Anki, to what the merge takes."""

from __future__ import annotations

from contextlib import closing
from dataclasses import fields, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from warmstart.errors import InputError, NoteError
from warmstart.notes.formats import CardOptions
from warmstart.notes.plugin import options_from_plugin
from warmstart.settings import NoteSettings
from warmstart.study.cards import CardEntry, Imported
from warmstart.usecases.content import Failed, Job, Outcome, Parsed, outcome_of
from warmstart.usecases.helpers import outcomes
from warmstart.usecases.sources import NOTE_SUFFIXES, TEXT_SUFFIXES, Source, Stamp, read

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence
    from pathlib import Path

    from warmstart.notes.schedules import Schedule
    from warmstart.store.repositories.notes import KnownNote
    from warmstart.usecases.workspace import Workspace

SM2_EASE: Final = 250
"""The ease in percent that SM-2 begins with, for a schedule that says none."""
VAULT: Final = ".obsidian"
PLUGIN: Final = "plugins/obsidian-spaced-repetition/data.json"
"""Where a vault keeps the settings of its spaced repetition."""


class Reader:
    """Reads changed files, and keeps what they give."""

    def __init__(
        self, workspace: Workspace, known: Mapping[str, KnownNote], *, rehearsal: bool = False
    ) -> None:
        self._workspace = workspace
        self._rehearsal = rehearsal
        self.known = known
        self._options: dict[Path, CardOptions] = {}
        self.parsed: list[Parsed] = []
        self.same: list[KnownNote] = []
        self.touched: list[tuple[KnownNote, Stamp]] = []
        """Files written again with the same content."""
        self.unread: list[InputError] = []
        """Files that could not be read; each error carries its path."""
        self.warnings: list[InputError] = []
        """What is wrong beside the notes: settings of the plugin that cannot be read."""

    def read(
        self, sources: Sequence[Source], tell: Callable[[int, Source], object]
    ) -> Generator[Parsed, None, None]:
        """Read files and parse them, but for those whose content is the known one.

        Yields them as they are read, in order. ``tell`` hears how many are done, and which is next.
        """
        wanted = [source for source in sources if not self._is_removed(source)]
        notes = [source for source in wanted if source.path.suffix.lower() in NOTE_SUFFIXES]
        jobs = [self._job(source) for source in notes]
        done = others = 0

        def tell_of_note(read: int, job: Job) -> None:
            nonlocal done
            done = read
            tell(done + others, job.source)

        with closing(outcomes(jobs, tell_of_note)) as read:
            for source in wanted:
                try:
                    if source.path.suffix.lower() in NOTE_SUFFIXES:
                        found = self._kept(source, next(read))
                    else:
                        tell(done + others, source)
                        others += 1
                        found = self._other(source)
                except InputError as error:
                    error.path = source.path
                    self.unread.append(error)
                else:
                    self.parsed += found
                    yield from found

    def _is_removed(self, source: Source) -> bool:
        known = self.known.get(source.key)
        return known is not None and known.removed and not source.named

    def _job(self, source: Source) -> Job:
        known = self.known.get(source.key)
        digest = known.digest if known and not known.retired else None
        return Job(source, self._options_for(source), digest)

    def _kept(self, source: Source, outcome: Outcome) -> list[Parsed]:
        """Return what came of a note; nothing where that is known.

        Raises:
            NoteError: it could not be read.
        """
        if isinstance(outcome, Failed):
            raise NoteError(outcome.message, line=outcome.line, hint=outcome.hint)
        if outcome is None:
            known = self.known[source.key]
            self.same.append(known)
            self.touched.append((known, source.stamp))
            return []
        entries = {at: self._scheduled(said) for at, said in outcome.schedules.items()}
        return [Parsed(source, outcome, entries)]

    def _other(self, source: Source) -> list[Parsed]:
        """Read a file that may be one of Anki's.

        Raises:
            InputError: it cannot be read.
        """
        data = read(source)
        if self._is_exchange(source, data):
            return self._decks(source, data)
        return self._kept(source, outcome_of(self._job(source), data))

    def _is_exchange(self, source: Source, data: bytes) -> bool:
        if source.path.suffix.lower() not in TEXT_SUFFIXES:
            return True
        # Only now: most imports meet no such file, and need not load what reads it.
        return data.startswith(b"#") and _exchange().is_exchange(source.path, data)

    def _decks(self, source: Source, data: bytes) -> list[Parsed]:
        """Return the decks of one of Anki's files, but for those that are known.

        Raises:
            InputError: it cannot be read.
        """
        exchange = _exchange()
        workspace = self._workspace
        found = exchange.parse_exchange(source, data, workspace.scheduler, workspace.clock())
        if not self._rehearsal:
            exchange.store_media(workspace.home, found)
        decks = []
        for deck in found.parsed:
            known = self.known.get(deck.source.key)
            if known and not known.retired and known.digest == deck.row.digest:
                self.same.append(known)
            else:
                decks.append(deck)
        return decks

    def _scheduled(self, said: Schedule) -> tuple[CardEntry, ...]:
        """Return what the log says first of a card that brings a schedule; ``card`` is 0 yet."""
        now = self._workspace.clock()
        due = self._workspace.days.start(said.due)
        last = said.last_review or due - timedelta(days=max(1, said.interval))
        if said.stability is not None and said.difficulty is not None:
            memory = (said.stability, said.difficulty)
        else:
            ease = (said.ease or SM2_EASE) / 100
            memory = self._workspace.scheduler.from_sm2(max(1, said.interval), ease)
        return (Imported(0, now, *memory, due=due, last_review=min(last, now)),)

    def _options_for(self, source: Source) -> CardOptions:
        """Return what marks a card in this file: the settings, else its vault's, else defaults."""
        folder = source.path.parent
        if folder not in self._options:
            given = given_options(self._workspace.settings.notes)
            self._options[folder] = replace(self._vault(folder), **given)
        return self._options[folder]

    def _vault(self, folder: Path) -> CardOptions:
        for place in (folder, *folder.absolute().parents):
            if (place / VAULT).is_dir():
                file = place / VAULT / PLUGIN
                try:
                    return options_from_plugin(file.read_text(encoding="utf-8-sig"))
                except FileNotFoundError:
                    break
                except NoteError as error:
                    error.path = file
                    self.warnings.append(error)
                except (OSError, UnicodeDecodeError) as error:
                    self.warnings.append(InputError(f"This cannot be read: {error}.", path=file))
                break
        return CardOptions()


def given_options(settings: NoteSettings) -> dict[str, Any]:
    """Return the card options that the settings give, by name."""
    given = {f.name: getattr(settings, f.name) for f in fields(NoteSettings)}
    return {name: value for name, value in given.items() if value is not None}


def _exchange() -> Any:
    from warmstart.usecases import exchange

    return exchange
