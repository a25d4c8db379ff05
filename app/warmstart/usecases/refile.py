"""Keeping what is stored beside cards in line with what it follows from: presets, and memories."""

from __future__ import annotations

from typing import TYPE_CHECKING

from warmstart.store.among import ALL, Among, listed
from warmstart.study.cards import Moved, Tagged, Untagged
from warmstart.study.curve import COUNTED
from warmstart.study.presets import digest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from warmstart.settings import Settings
    from warmstart.store.engine import Store
    from warmstart.store.sitting import Studying
    from warmstart.study.cards import Entry
    from warmstart.usecases.workspace import Workspace

_FILES = (Tagged, Untagged, Moved)
PRESETS = "presets"
"""What the digest of the presets that the cards have is remembered by."""
MEMORIES = "memories"
"""What the rule is remembered by that the cards' memories were computed by."""


def follow(tx: Studying, settings: Settings, what: type[Entry], cards: Iterable[int]) -> None:
    """Look again at the presets of cards to which such an entry happened, or was taken back."""
    if settings.presets and issubclass(what, _FILES):
        tx.filing.set_presets(settings.presets, listed(cards))


def refile(tx: Studying, settings: Settings, among: Among = ALL) -> None:
    """Look again at the presets of these cards: their notes were read anew."""
    if settings.presets:
        tx.filing.set_presets(settings.presets, among)


def refile_changed(store: Store, settings: Settings) -> None:
    """Look again at all cards if the presets are for others than when they were last looked at."""
    now = digest(settings.presets)
    with store.read() as tx:
        if (tx.queue.remembered(PRESETS) or "") == now:
            return
    with store.write() as tx:
        tx.filing.set_presets(settings.presets)
        tx.queue.remember(PRESETS, now)


def recompute_changed(workspace: Workspace) -> None:
    """Compute every memory anew if those in the store were computed by another rule than ours.

    Raises:
        StoreError: they are as they were.
    """
    with workspace.store.read() as tx:
        if tx.queue.remembered(MEMORIES) == COUNTED:
            return
    from warmstart.usecases.optimize import recompute

    with workspace.store.write() as tx:
        recompute(workspace, tx)
        tx.queue.remember(MEMORIES, COUNTED)
