"""Keeping each card's preset in line with what the card is filed under, and with the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from warmstart.store.among import ALL, Among, listed
from warmstart.study.cards import Moved, Tagged, Untagged
from warmstart.study.presets import digest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from warmstart.settings import Settings
    from warmstart.store.engine import Store
    from warmstart.store.sitting import Studying
    from warmstart.study.cards import Entry

_FILES = (Tagged, Untagged, Moved)
PRESETS = "presets"
"""What the digest of the presets that the cards have is remembered by."""


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
