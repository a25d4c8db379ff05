"""A definition, parsed: frozen dataclasses whose paths, templates and expressions are compiled.

``at`` is where something stands in the document, as the keys and indexes from its top; ``document``
turns that into a line when somebody asks.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from warmstart.runtime.asl.env import NOTHING, Env, Evaluate
from warmstart.runtime.asl.paths import Reference

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from warmstart.runtime.asl.resources import Resource
    from warmstart.runtime.asl.values import Json

At = tuple[str | int, ...]
Language = Literal["JSONPath", "JSONata"]
ROOT = Reference("$", ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A field that holds a value, or says where it comes from."""

    field: str
    """As it is written: Seconds, SecondsPath, …"""
    text: str
    """The path or expression; the value as JSON where it is a literal."""
    kind: Literal["literal", "path", "expression"]
    evaluate: Evaluate


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrier:
    """Which errors are tried again, and when."""

    errors: tuple[str, ...]
    interval: int = 1
    """Seconds before the first retry."""
    attempts: int = 3
    backoff: float = 2.0
    most: int | None = None
    """MaxDelaySeconds."""
    jitter: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Catcher:
    """Which errors lead to which state."""

    errors: tuple[str, ...]
    next: str
    result_path: Reference | None = ROOT
    output: Evaluate | None = None
    assign: Evaluate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What all states have."""

    name: str
    at: At
    language: Language
    next: str | None = None
    """None where the state ends its machine."""
    input_path: Evaluate | None = None
    """None for "$", which most have."""
    output_path: Evaluate | None = None
    output: Evaluate | None = None
    assign: Evaluate | None = None
    comment: str = ""

    @property
    def type(self) -> str:
        """The type as AWS names it, and its events."""
        return type(self).__name__

    @property
    def within(self) -> tuple[Machine, ...]:
        """The machines inside it: a Parallel's branches, a Map's processor."""
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Working(State):
    """What Pass, Task, Parallel and Map share."""

    parameters: Evaluate | None = None
    """Parameters, or Arguments."""
    result_selector: Evaluate | None = None
    result_path: Reference | None = ROOT
    """None where the result is discarded."""
    retry: tuple[Retrier, ...] = ()
    catch: tuple[Catcher, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass(Working):
    """Hands data on."""

    result: Json = NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Task(Working):
    """Lets somebody else do the work."""

    resource: Resource
    timeout: Setting | None = None
    heartbeat: Setting | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One of a Choice's rules."""

    holds: Callable[[Env], bool]
    next: str
    output: Evaluate | None = None
    assign: Evaluate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice(State):
    """Goes where the first rule that holds points; ``next`` is its Default."""

    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait(State):
    """Waits for so long, or until then."""

    until: Setting


@dataclass(frozen=True, slots=True, kw_only=True)
class Succeed(State):
    """Ends its machine well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fail(State):
    """Ends its machine with an error."""

    error: Setting | None = None
    cause: Setting | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parallel(Working):
    """Runs its branches side by side."""

    branches: tuple[Machine, ...] = ()

    @property
    def within(self) -> tuple[Machine, ...]:
        """Its branches."""
        return self.branches


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Where a distributed Map reads its items."""

    resource: Resource
    config: Mapping[str, Json]
    parameters: Evaluate
    most_items: Setting | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Batcher:
    """How a distributed Map groups its items."""

    most_items: Setting | None = None
    most_bytes: Setting | None = None
    batch_input: Evaluate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """How a distributed Map gives its children's results, and where it writes them."""

    resource: Resource | None = None
    """None where they are the state's result."""
    parameters: Evaluate | None = None
    config: Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Map(Working):
    """Runs its processor once for each item."""

    processor: Machine
    distributed: bool = False
    express: bool = False
    """Whether the children of a distributed Map are Express executions."""
    label: str | None = None
    items: Setting | None = None
    item_selector: Evaluate | None = None
    max_concurrency: Setting | None = None
    tolerated_count: Setting | None = None
    tolerated_percentage: Setting | None = None
    reader: Reader | None = None
    batcher: Batcher | None = None
    writer: Writer | None = None

    @property
    def within(self) -> tuple[Machine, ...]:
        """Its processor."""
        return (self.processor,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """States, and where they start: a whole definition, a branch, or a Map's processor."""

    at: At
    start: str
    states: Mapping[str, State] = field(default_factory=dict)
    instant: bool = False
    """Whether nothing in it can ever wait, so that it needs no task of its own."""
    timeout: int | None = None
    """TimeoutSeconds of the whole execution; only at the top."""
    comment: str = ""
    language: Language = "JSONPath"
