"""Personal parameters: fitted to the log, judged, weighed by what they cost, and put in force.

A change of parameters is an entry of the log, and every card's stability and difficulty are
computed anew in the same transaction. Due dates stay as the reviews recorded them: the next answer
of a card is scheduled by the new parameters. Who wants all due dates moved at once asks for it
(``reschedule``), which is an action of its own and can be undone like any other.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from warmstart.store.times import to_ms
from warmstart.study import fit
from warmstart.study.cards import Memory, ParametersChanged, Phase, Rescheduled, Undone
from warmstart.study.fit import Accuracy, Fitted, NoLibrary, TooFew
from warmstart.study.formulas import Formulas
from warmstart.study.trail import memories
from warmstart.study.workload import Workload, habits, simulate
from warmstart.usecases.actions import each
from warmstart.usecases.simulated import pace_of, started

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from warmstart.store.engine import Transaction
    from warmstart.store.repositories.cards import Standing
    from warmstart.study.cards import CardEntry
    from warmstart.study.parameters import Parameters
    from warmstart.study.state import CardState
    from warmstart.study.trail import State
    from warmstart.study.workload import Habits, Pace, Studied
    from warmstart.usecases.workspace import Workspace

RETENTIONS = (0.70, 0.75, 0.80, 0.85, 0.88, 0.90, 0.92, 0.94, 0.95, 0.96, 0.97)
"""The desired retentions that are weighed against one another, besides the one that is set."""

_FOLLOWED = 200
"""Cards that a simulation follows at least: of fewer, each several times."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Parameters from elsewhere, by how well they predict all of the learner's reviews."""

    parameters: Parameters
    reviews: int
    before: Accuracy | None
    """Of those in force; None without reviews, or without the library."""
    after: Accuracy | None

    @property
    def better(self) -> bool:
        """Whether they predict better than what is in force."""
        return (
            self.before is not None
            and self.after is not None
            and self.after.log_loss < self.before.log_loss
        )


@dataclass(frozen=True, slots=True)
class Choice:
    """A desired retention, and what a year of it would cost and bring."""

    retention: float
    minutes: float
    """A day, on average."""
    known: float
    """Cards that would be recalled at the year's end."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What there is to decide on."""

    outcome: Fitted | Judged | TooFew | NoLibrary
    in_force: Parameters
    since: datetime | None
    """When those in force were put so; None for the defaults, never changed."""
    left_out: int
    """Answers that teach nothing: within a day of the one before, or of a card that came with a
    schedule and without its beginning."""
    retention: float
    """The desired one."""
    now: Workload
    """A year with the parameters in force, memory following those proposed (or the same)."""
    then: Workload | None
    """A year with those proposed; None where there are none."""
    choices: tuple[Choice, ...]
    """By the parameters proposed, or else those in force; without cards, none."""

    @property
    def proposed(self) -> Parameters | None:
        """The parameters to put in force; None where there are none, or none better.

        Parameters from elsewhere are the learner's own choice, whatever their figures.
        """
        match self.outcome:
            case Fitted(parameters=found) if self.outcome.better:
                return found if found != self.in_force else None
            case Judged(parameters=found) if found != self.in_force:
                return found
        return None

    def as_json(self) -> dict[str, Any]:
        """Return the figures as what JSON can hold."""
        outcome = self.outcome
        found: dict[str, Any] = {
            "outcome": _OUTCOMES[type(outcome)],
            "in_force": list(self.in_force),
            "since": None if self.since is None else self.since.isoformat(),
            "proposed": None if self.proposed is None else list(self.proposed),
            "left_out": self.left_out,
            "desired_retention": self.retention,
            "minutes_a_day": round(self.now.daily_minutes, 1),
            "choices": [
                {
                    "retention": choice.retention,
                    "minutes_a_day": round(choice.minutes, 1),
                    "cards_known": round(choice.known),
                }
                for choice in self.choices
            ],
        }
        if not isinstance(outcome, NoLibrary):
            found["reviews"] = outcome.reviews
        if isinstance(outcome, TooFew):
            found["needed"] = outcome.needed
        if isinstance(outcome, Fitted):
            found["held_out"] = outcome.held_out
            found["default"] = _figures(outcome.default)
        if isinstance(outcome, Fitted | Judged):
            found["better"] = outcome.better
            found["before"] = _figures(outcome.before)
            found["after"] = _figures(outcome.after)
        if self.then is not None:
            found["minutes_a_day_proposed"] = round(self.then.daily_minutes, 1)
        return found


def verdict(proposal: Proposal) -> str:
    """Say in a sentence or two what came of it."""
    outcome = proposal.outcome
    match outcome:
        case TooFew():
            return (
                f"Too few reviews to fit to: {outcome.reviews:,} of {outcome.needed:,}. "
                f"{_KEPT[proposal.since is None]}"
            )
        case NoLibrary():
            return (
                "Fitting needs fsrs-rs-python, which has no wheel for this platform. "
                f"{_KEPT[proposal.since is None]}"
            )
        case Judged(before=None):
            return "There are no reviews yet, or no library, to judge these parameters by."
        case Judged():
            how = "better" if outcome.better else "no better"
            return (
                f"Over your {outcome.reviews:,} reviews these parameters predict your answers {how}"
                " than those in force."
            )
        case Fitted():
            how = (
                "They predict your answers better than those in force."
                if outcome.better
                else "They predict your answers no better than those in force, which stay."
            )
            return (
                f"Fitted to {outcome.reviews:,} reviews, and judged on the last"
                f" {outcome.held_out:,}, unseen. {how}"
            )


def propose(workspace: Workspace, given: Parameters | None = None) -> Proposal:
    """Fit parameters to the log, or weigh those given, and say what either is worth.

    Changes nothing. Takes a second or two, most of it for the simulated years.
    """
    with workspace.store.read() as tx:
        workspace.follow(tx)
        marks = tx.log.marks()
        cards = tx.cards.standings()
        learner = habits(tx.log.answer_times())
        entry = tx.log.parameters()
    in_force = workspace.scheduler.parameters
    some = fit.histories(marks)
    outcome: Fitted | Judged | TooFew | NoLibrary
    if given is None:
        outcome = fit.fit(some, in_force, len(workspace.settings.study.relearning_steps))
    else:
        before, after = (fit.judged(some, weights) for weights in (in_force, given))
        outcome = Judged(given, fit.reviews(some), before, after)
    simulated = _Year(workspace, cards, learner)
    proposed = outcome.parameters if isinstance(outcome, Fitted | Judged) else in_force
    formulas = Formulas(proposed)
    simulated.recompute(memories(formulas, marks))
    now = simulated.mixed(workspace.scheduler.formulas, formulas)
    return Proposal(
        outcome=outcome,
        in_force=in_force,
        since=None if entry is None else entry.entry.at,
        left_out=sum(mark.rating > 0 for mark in marks) - fit.reviews(some),
        retention=workspace.settings.study.desired_retention,
        now=now,
        then=None if proposed == in_force else simulated.year(formulas),
        choices=simulated.choices(formulas) if cards else (),
    )


def put_in_force(workspace: Workspace, parameters: Parameters) -> int:
    """Compute every memory with these parameters from here on; return how many cards that was.

    Raises:
        StoreError: nothing was changed.
    """
    with workspace.store.write() as tx:
        tx.log.append(ParametersChanged(workspace.clock(), parameters))
        return recompute(workspace, tx)


def go_back(workspace: Workspace) -> Parameters | None:
    """Take the last change of parameters back; return those in force again, None without any.

    Raises:
        StoreError: nothing was changed.
    """
    with workspace.store.write() as tx:
        last = tx.log.parameters()
        if last is None:
            return None
        tx.log.append(Undone(None, workspace.clock(), last.id))
        recompute(workspace, tx)
        return workspace.scheduler.parameters


def recompute(workspace: Workspace, tx: Transaction) -> int:
    """Bring the workspace and every card in line with the parameters that the log has in force."""
    workspace.follow(tx)
    states = memories(workspace.scheduler.formulas, tx.log.marks())
    tx.cards.recomputed(states)
    return sum(state is not None for state in states.values())


def reschedule(workspace: Workspace) -> int:
    """Move every card in review to the day that the parameters in force give; return how many.

    Each by the desired retention and longest interval of its preset.

    One action, which undo takes back.
    """
    days, schedulers = workspace.days, workspace.in_force.schedulers
    formulas = workspace.scheduler.formulas
    with workspace.store.read() as tx:
        presets = {c.card: c.preset for c in tx.cards.standings() if c.state is not None}

    def move(state: CardState, card: int, at: datetime) -> CardEntry | None:
        memory = state.memory
        if not isinstance(memory, Memory) or memory.phase is not Phase.REVIEW:
            return None
        study = schedulers.settings(presets[card])
        interval = formulas.interval(
            memory.stability, study.desired_retention, study.maximum_interval
        )
        due = memory.last_review + timedelta(days=interval)
        moved = days.day_of(due) != days.day_of(memory.due)
        return Rescheduled(card, at, due) if moved else None

    return each(workspace, presets, move)


class _Year:
    """The year to come, for the learner's own cards and habits."""

    def __init__(self, workspace: Workspace, cards: Sequence[Standing], learner: Habits) -> None:
        self._now_ms = to_ms(workspace.clock())
        self._cards = [card for card in cards if card.state is not None]
        self._new = len(cards) - len(self._cards)
        self._habits = learner
        self._pace = pace_of(workspace.settings.study)
        self._actual: Mapping[int, State | None] = {}

    def recompute(self, states: Mapping[int, State | None]) -> None:
        """Let the cards' memories be these, which the parameters proposed make of the log."""
        self._actual = states

    def mixed(self, believed: Formulas, actual: Formulas) -> Workload:
        """Return a year scheduled by one set of parameters and remembered by another."""
        return self._simulate(self._pace, believed, actual, self._start(same=False))

    def year(self, formulas: Formulas) -> Workload:
        """Return a year scheduled and remembered by these parameters."""
        return self._simulate(self._pace, formulas, formulas, self._start(same=True))

    def choices(self, formulas: Formulas) -> tuple[Choice, ...]:
        """Return a year of each retention."""
        start = self._start(same=True)
        found = []
        for retention in sorted({*RETENTIONS, self._pace.retention}):
            pace = replace(self._pace, retention=retention)
            year = self._simulate(pace, formulas, formulas, start)
            found.append(Choice(retention, year.daily_minutes, year.known))
        return tuple(found)

    def _start(self, *, same: bool) -> list[Studied]:
        start = []
        for card in self._cards:
            found = started(card, self._now_ms, self._actual.get(card.card))
            start.append(found._replace(believed=found.actual) if same else found)
        return start

    def _simulate(
        self, pace: Pace, believed: Formulas, actual: Formulas, start: Sequence[Studied]
    ) -> Workload:
        return simulate(
            start,
            self._new,
            pace,
            self._habits,
            believed=believed,
            actual=None if believed is actual else actual,
            runs=max(1, _FOLLOWED // max(1, len(start) + self._new)),
        )


_KEPT = {True: "The defaults stay in force.", False: "The parameters in force stay."}
_OUTCOMES = {Fitted: "fitted", Judged: "judged", TooFew: "too_few", NoLibrary: "no_library"}


def _figures(accuracy: Accuracy | None) -> dict[str, float] | None:
    if accuracy is None:
        return None
    return {"log_loss": round(accuracy.log_loss, 5), "rmse_bins": round(accuracy.rmse, 5)}
