"""Garbage is collected while no key is pressed."""

from __future__ import annotations

import gc
import weakref

import pytest

from warmstart.tui.tidy import Tidy


class Ring:
    """Refers to itself: only the collector frees it."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def collector():
    """Leave the collector of this process as it was."""
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


@pytest.mark.usefixtures("collector")
def test_a_key_does_not_wait_for_a_collection():
    """Rings made while keys are pressed go once it is quiet, and not before."""
    tidy = Tidy()
    tidy.begin()
    gc.collect()
    tidy.pressed(100.0)
    rings = [Ring() for _ in range(3000)]
    last = weakref.ref(rings[-1])
    rings.clear()
    assert not tidy.look(101.0)
    assert last() is not None
    assert tidy.look(103.0)
    assert last() is None
    assert not tidy.look(105.0)
