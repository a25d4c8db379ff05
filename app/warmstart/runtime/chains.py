"""Chains of requests: how often each function was invoked on account of one and the same event.

Lambda counts along SQS, SNS, S3 and its own API, and stops a function that feeds itself
(invocation-recursion). What passes any other service begins a new chain, as it does there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

Chain = tuple[tuple[str, int], ...]
"""The names of functions, and how often each was invoked."""


def times(chain: Chain, function: str) -> int:
    """Return how often a function was invoked along a chain."""
    return next((count for name, count in chain if name == function), 0) if chain else 0


def longer(chain: Chain, function: str) -> Chain:
    """Return the chain of what a function does that is invoked at the end of this one."""
    if not chain:  # As it mostly is.
        return ((function, 1),)
    others = tuple(link for link in chain if link[0] != function)
    return (*others, (function, times(chain, function) + 1))


def joined(chains: Iterable[Chain]) -> Chain:
    """Return the chain of a batch of messages: of each function, the most of any of them."""
    most: dict[str, int] = {}
    for chain in chains:
        for name, count in chain:
            most[name] = max(count, most.get(name, 0))
    return tuple(most.items())
