"""What labs add to studying: cards of predictions that were answered, and of challenges met.

Such a card lies in the note that is its lab's narrative, and belongs to the concepts of the notes
that the lab names besides. Answering a prediction is no review of it: it was made before anything
was known. Meeting a challenge is one: the lab then comes due again as any card does.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from warmstart.labs.definition import SEED
from warmstart.labs.load import changed_files
from warmstart.labs.solution import solution_files
from warmstart.notes.model import CardKind
from warmstart.resources import bundled
from warmstart.store.among import listed
from warmstart.store.repositories.lab_work import Help, LabCard
from warmstart.store.rows import CardSource
from warmstart.study.balance import Load
from warmstart.study.cards import Memory, Rating
from warmstart.study.schedule import Scheduler
from warmstart.text import listing
from warmstart.usecases.answering import AtWork, record
from warmstart.usecases.content import fingerprint
from warmstart.usecases.import_notes import import_notes
from warmstart.usecases.refile import refile
from warmstart.usecases.sources import LABS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from warmstart.labs.definition import Lab
    from warmstart.labs.run import LabRun, Outcome
    from warmstart.labs.yaml_nodes import Scalar
    from warmstart.store.engine import Transaction
    from warmstart.usecases.workspace import Workspace

CHALLENGE: Final = ""
"""What the challenge's card is called beside those of the predictions, which have names."""

_POSITION: Final = 200_000
_PASSAGE: Final = -1_000_000_000
"""Each such card is a passage of its own, apart from the note's (from 0) and the suggestions'."""


def narrative_note(workspace: Workspace, key: str, lab: Lab) -> int | None:
    """Return the note that is a lab's narrative; one of the learner's own is imported first.

    None where it cannot be read, or was removed: then a lab makes no cards. ``key`` is what the
    store knows the lab by; a copy of a lab that ships has that one's narrative.

    Raises:
        StoreError: it cannot be read or written.
    """
    own = str(lab.narrative.resolve())  # as an import calls it
    with workspace.store.read() as tx:
        known = tx.notes.known()
    path = f"{LABS}{key}/README.md"
    path = path if path in known else own
    if path not in known and lab.narrative.is_file():
        import_notes(workspace, [lab.narrative])
        with workspace.store.read() as tx:
            known = tx.notes.known()
    note = known.get(path)
    return None if note is None or note.retired else note.id


class LabCards:
    """The cards of one lab, within a transaction.

    Args:
        tx: the transaction.
        workspace: the learner's.
        key: what the store knows the lab by.
        note: the narrative's.
    """

    def __init__(self, tx: Transaction, workspace: Workspace, key: str, note: int) -> None:
        self._tx = tx
        self._workspace = workspace
        self._key = key
        self._note = note
        self._known = tx.lab_work.cards(key)

    def keep_predictions(self, run: LabRun) -> int:
        """Make cards of the predictions that were answered; return how many are new.

        A prediction has one card. It tells of the run it was first answered for, or of one as the
        lab comes, and follows the lab: what is asked in other words there is so on the card.
        """
        setting = _setting(run)
        usual = not run.turned and run.seed == run.lab.seed
        added = 0
        for place, outcome in enumerate(run.outcomes, start=1):
            before = self._known.get(outcome.prediction.name)
            if outcome.given is None or (before and before.setting != setting and not usual):
                continue
            source = _source(_question(run, outcome), _answer(outcome), "Predict", place)
            self._put(run, outcome.prediction.name, source)
            added += before is None
        return added

    def record_pass(self, run: LabRun) -> datetime:
        """Record that the challenge was met; return when it comes due again.

        It counts as an answer where the challenge is new or due: Good without help, Hard after
        hints, Again after a look at the solution (which shows when asked for twice).
        """
        tx, workspace = self._tx, self._workspace
        source = _source(_goal(run.lab), _way(run), "Challenge", 0)
        card = self._put(run, CHALLENGE, source)
        now = workspace.clock()
        day_end = workspace.days.end(workspace.days.day_of(now))
        memory = tx.cards.memory(card)
        if isinstance(memory, Memory) and memory.due >= day_end:
            return memory.due
        had = tx.lab_work.help(self._key)
        rating = Rating.AGAIN if had.solution > 1 else Rating.HARD if had.hints else Rating.GOOD
        workspace.follow(tx)
        preset = tx.cards.shown(card).card.preset
        own = workspace.schedulers.settings(preset)
        load = None
        if own.fuzz and (own.load_balance or own.easy_days):
            load = Load(workspace.days.day_of(now), day_end, tx.queue.load(day_end))
        # Steps of minutes are for what is learned by heart; nobody runs a lab again after ten.
        steady = replace(own, learning_steps=(), relearning_steps=())
        by = AtWork(Scheduler(steady, workspace.scheduler.parameters), steady, load)
        answer = (rating, timedelta(seconds=run.sidecar.seconds), now)
        after = record(tx, by, card, memory, answer).after
        tx.lab_work.set_help(self._key, Help())
        return after.due

    def _put(self, run: LabRun, name: str, source: CardSource) -> int:
        """Write a card and return its id; words of the learner's own stay."""
        tx = self._tx
        concepts = tx.notes.concepts(self._note)
        section = next((c for c in concepts if c.slug == source.slug), None)
        if section is None:
            source = source._replace(section="", slug="")
        else:
            source = source._replace(line=section.line)
        if name not in self._known:
            added = [(self._note, source)]
            (card,) = tx.cards.add(added, self._workspace.clock(), accepted=True)
            tx.cards.join_concept(card, (section or concepts[0]).id)
        else:
            card = self._known[name].card
            if card not in tx.words.all():
                tx.cards.rewrite(card, self._note, source)
        self._known[name] = LabCard(card, name, _setting(run))
        tx.lab_work.save_card(self._key, self._known[name], run.lab.concepts)
        refile(tx, self._workspace.settings, listed([card]))
        return card


def _source(front: str, back: str, section: str, place: int) -> CardSource:
    kind = CardKind.PREDICTION.value
    return CardSource(
        kind=kind,
        front=front,
        back=back,
        fingerprint=fingerprint(kind, front, back),
        section=section,
        slug=section.lower(),
        line=1,
        position=_POSITION + place,
        block_id=None,
        passage=_PASSAGE - place,
        deck=None,
    )


def _setting(run: LabRun) -> dict[str, object]:
    return {**run.knobs, SEED: run.seed}


def _stood(run: LabRun) -> str:
    """Say where the knobs stood: ``Memory: 512 MB · Pause: 15 min · seed 7``."""
    knobs = [f"{knob.label}: {knob.show(run.knobs[knob.name])}" for knob in run.lab.knobs]
    return " · ".join([*knobs, f"seed {run.seed}"])


def _question(run: LabRun, outcome: Outcome) -> str:
    asked = outcome.prediction
    parts = [f"**{run.lab.title}** — {asked.question}"]
    if asked.choices:
        parts.append("\n".join(f"- {text}" for text in asked.choices.values()))
    return "\n\n".join([*parts, f"*{_stood(run)}*"])


def _answer(outcome: Outcome) -> str:
    asked, truth = outcome.prediction, outcome.truth
    if isinstance(truth, tuple):
        happened = "\n".join(f"{n}. {asked.choices[name]}" for n, name in enumerate(truth, start=1))
    else:
        happened = f"**{asked.show(truth)}**"
    return f"{happened}\n\n{asked.explanation}"


def _goal(lab: Lab) -> str:
    assert lab.challenge is not None
    fixed = listing(_turned(lab, lab.challenge.knobs))
    at = f"\n\n*Judged at {fixed}.*" if fixed else ""
    return f"**{lab.title}**, the challenge — {lab.challenge.goal}\n\nWhat has to change?{at}"


def _way(run: LabRun) -> str:
    """Say how it was met, and how the lab itself does."""
    lab = run.lab
    assert lab.challenge is not None
    mine = {n: v for n, v in run.turned.items() if n not in lab.challenge.knobs}
    met = _changes(lab, mine, changed_files(lab, bundled("labs"))) or "the lab as it is"
    theirs = _changes(lab, lab.challenge.solution, solution_files(lab))
    solution = [f"The lab's own solution: {theirs}."] if theirs else []
    return "\n\n".join([f"You met it with {met}.", *solution, *lab.challenge.hints])


def _changes(lab: Lab, knobs: Mapping[str, Scalar], files: Sequence[Path]) -> str:
    changed = [f"`{file.as_posix()}` changed" for file in files]
    return listing([*_turned(lab, knobs), *changed])


def _turned(lab: Lab, knobs: Mapping[str, Scalar]) -> list[str]:
    return [f"{lab.knob(name).label} {lab.knob(name).show(value)}" for name, value in knobs.items()]
