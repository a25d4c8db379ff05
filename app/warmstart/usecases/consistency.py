"""What the store keeps beside the truth, held against it, and made again from it.

The truth is the log, the notes and the settings. Kept beside them for speed are each card's state,
what it takes over from its note, its preset, the notes summed up by folder, the sums that Progress
is told from, and the full-text index.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from warmstart.errors import StoreNotADatabase
from warmstart.study.cards import Imported, Memory, effective
from warmstart.study.presets import digest
from warmstart.study.state import CardState, replay
from warmstart.text import counted
from warmstart.usecases.refile import PRESETS

if TYPE_CHECKING:
    from collections.abc import Callable

    from warmstart.store.engine import Transaction
    from warmstart.usecases.workspace import Workspace

_CLOSE = 1e-9
"""Relative: another machine's logarithms may differ in the last bits."""


class Check(NamedTuple):
    """Something that must hold."""

    name: str
    look: Callable[[Workspace], str | None]
    """Returns what is wrong in a sentence; None where all is well."""
    mend: Callable[[Workspace], str]
    """Puts it right, and says what it did."""


def _states(workspace: Workspace) -> str | None:
    with workspace.store.read() as tx:
        wrong = len(_differing(workspace, tx))
    if not wrong:
        return None
    return f"{counted(wrong, 'card')} {'is' if wrong == 1 else 'are'} not as the log says."


def _mend_states(workspace: Workspace) -> str:
    with workspace.store.write() as tx:
        states = _differing(workspace, tx)
        tx.cards.set_states(states)
    return f"Computed {counted(len(states), 'card')} anew from the log."


def keep_schedules(workspace: Workspace) -> int:
    """Let cards whose answers are lost keep their schedule: it becomes what their log begins with.

    For a log of which a part could not be saved; returns how many cards there were.
    """
    now = workspace.clock()
    with workspace.store.write() as tx:
        stored = tx.cards.states(_differing(workspace, tx))
        memories = {
            key: state.memory for key, state in stored.items() if isinstance(state.memory, Memory)
        }
        tx.log.append_all(
            [
                Imported(
                    card=key,
                    at=now,
                    stability=memory.stability,
                    difficulty=memory.difficulty,
                    due=memory.due,
                    last_review=memory.last_review,
                )
                for key, memory in memories.items()
            ]
        )
        tx.cards.set_states(_differing(workspace, tx))
    return len(memories)


def _differing(workspace: Workspace, tx: Transaction) -> dict[int, CardState]:
    """Return, for cards that are not as their log has them, what they are to be."""
    workspace.follow(tx)
    keys = tx.cards.ids()
    logs = tx.log.of_cards(keys)
    stored = tx.cards.states(keys)
    found = {}
    for key in keys:
        state = replay(workspace.scheduler, effective(logs.get(key, [])))
        if not _same(state, stored[key]):
            found[key] = state
    return found


def _same(one: CardState, other: CardState) -> bool:
    a, b = one.memory, other.memory
    if isinstance(a, Memory) and isinstance(b, Memory):
        close = all(
            math.isclose(x, y, rel_tol=_CLOSE)
            for x, y in ((a.stability, b.stability), (a.difficulty, b.difficulty))
        )
        if close:
            a = replace(a, stability=b.stability, difficulty=b.difficulty)
    return replace(one, memory=a) == other


def _notes(workspace: Workspace) -> str | None:
    with workspace.store.read() as tx:
        wrong = tx.cards.out_of_line()
    if not wrong:
        return None
    return f"{counted(wrong, 'card')} not in line with the note: its place, or its pause."


def _mend_notes(workspace: Workspace) -> str:
    with workspace.store.write() as tx:
        wrong = tx.cards.out_of_line()
        tx.cards.follow_notes(tx.notes.ranks())
    return f"Brought {counted(wrong, 'card')} in line with the notes."


def _folders(workspace: Workspace) -> str | None:
    with workspace.store.read() as tx:
        wrong = tx.folders.out_of_line()
    return "Changes in folders of notes could be overlooked: their sums differ." if wrong else None


def _mend_folders(workspace: Workspace) -> str:
    with workspace.store.write() as tx:
        tx.folders.sum_up()
    return "Summed the notes up by folder anew."


def _presets(workspace: Workspace) -> str | None:
    presets = workspace.settings.presets
    with workspace.store.write(keep=False) as tx:
        if (tx.queue.remembered(PRESETS) or "") != digest(presets):
            return None  # they were changed since: opening looks at all cards again
        wrong = tx.filing.set_presets(presets)
    if not wrong:
        return None
    return f"{counted(wrong, 'card')} filed under another preset than the settings say."


def _mend_presets(workspace: Workspace) -> str:
    with workspace.store.write() as tx:
        changed = tx.filing.set_presets(workspace.settings.presets)
    return f"Filed {counted(changed, 'card')} under the presets of the settings."


def _sums(workspace: Workspace) -> str | None:
    days = workspace.days
    with workspace.store.write(keep=False) as tx:
        wrong = tx.totals.out_of_line(days, days.day_of(workspace.clock()))
    if not wrong:
        return None
    return f"The sums that Progress is told from differ from the log on {counted(wrong, 'day')}."


def _mend_sums(workspace: Workspace) -> str:
    days = workspace.days
    with workspace.store.write() as tx:
        tx.totals.rebuild(days, days.day_of(workspace.clock()))
    return "Summed the reviews of the log anew."


def _search(workspace: Workspace) -> str | None:
    try:
        with workspace.store.write(keep=False) as tx:
            missing = tx.search.check()
    except StoreNotADatabase:
        return "The full-text index is damaged."
    if not missing:
        return None
    return f"{counted(missing, 'note')} missing from the full-text index."


def _mend_search(workspace: Workspace) -> str:
    from warmstart.usecases.search import update_index

    with workspace.store.write() as tx:
        tx.search.clear()
    update_index(workspace)
    return "Made the full-text index again."


CHECKS = (
    Check("log and cards", _states, _mend_states),
    Check("notes and cards", _notes, _mend_notes),
    Check("notes and folders", _folders, _mend_folders),
    Check("presets", _presets, _mend_presets),
    Check("log and sums", _sums, _mend_sums),
    Check("search", _search, _mend_search),
)
