"""What an expression is evaluated against: a state's input, its variables, the context object."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import random

    from warmstart.runtime.asl.values import Json


@dataclass(frozen=True, slots=True)
class Item:
    """The item of a Map's iteration, as the context object shows it."""

    index: int
    value: Json
    key: str | None = None
    """In a Map over an object."""

    def context(self) -> dict[str, Json]:
        """Return ``$$.Map``."""
        shown = {"Index": self.index, "Value": self.value}
        return {"Item": shown if self.key is None else {**shown, "Key": self.key}}


class Surroundings(Protocol):
    """What an execution lends to its expressions."""

    @property
    def random(self) -> random.Random:
        """The execution's random numbers."""

    def context(self, env: Env) -> dict[str, Json]:
        """Return the context object as the state sees it."""

    def now_ms(self) -> int:
        """Return the wall clock in milliseconds since 1970."""

    def new_uuid(self) -> str:
        """Return the next UUID, made of the execution's seed."""


class Env:
    """One state while it runs; ``data`` is what ``$`` stands for just then."""

    __slots__ = ("data", "entered_at", "error", "input", "item", "result", "retries", "run",
                 "state", "token", "variables")  # fmt: skip

    def __init__(
        self,
        run: Surroundings,
        state: str,
        data: Json,
        variables: Mapping[str, Json],
        *,
        entered_at: float = 0.0,
        item: Item | None = None,
    ) -> None:
        self.run = run
        self.state = state
        self.input = data
        """``$states.input``."""
        self.data = data
        self.variables = variables
        self.entered_at = entered_at
        self.item = item
        self.retries = 0
        self.token: str | None = None
        self.result: Json = NOTHING
        """``$states.result``, once there is one."""
        self.error: Json = NOTHING
        """``$states.errorOutput``, in a Catch."""

    def context(self) -> dict[str, Json]:
        """Return the context object."""
        return self.run.context(self)


class _Nothing:
    __slots__ = ()

    def __repr__(self) -> str:
        return "NOTHING"


NOTHING: Any = _Nothing()
"""No value at all, where null would be one."""

Evaluate = Callable[[Env], Any]
"""A compiled expression, path or template. Raises StatesError."""
