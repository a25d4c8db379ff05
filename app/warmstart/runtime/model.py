"""What the run assumes: AWS's documented rules, and the figures AWS does not publish.

Every field says which it is. "Documented" names the page of the AWS Lambda developer guide (or
another source) the number stands on; "Model" marks a figure that is not published or could not be
confirmed, to be shown to the learner as an assumption and changed at will
(``dataclasses.replace``). Costs are milliseconds of CPU time at one vCPU unless said otherwise.
"""

from __future__ import annotations

import random
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from warmstart.errors import UsageError


@dataclass(frozen=True, slots=True)
class Profile:
    """How a language runtime starts. Model, all of it."""

    init_low_ms: float
    """The fastest INIT of an empty function."""
    init_high_ms: float
    """The slowest one; a run draws between the two, near the low end more often."""
    memory_mb: int
    """What the runtime itself occupies."""


def _profiles() -> dict[str, Profile]:
    return {
        "go": Profile(80, 120, 28),
        "rust": Profile(80, 120, 18),
        "node": Profile(200, 500, 66),
        "python": Profile(300, 700, 38),
        "dotnet": Profile(700, 3_000, 62),
        "java": Profile(3_000, 10_000, 110),
    }


def _api_ms() -> dict[str, float]:
    return {
        "dynamodb": 5.0,
        "sqs": 8.0,
        "sns": 12.0,
        "events": 15.0,
        "s3": 20.0,
        "lambda": 5.0,
        "stepfunctions": 20.0,
        "other": 10.0,
    }


@dataclass(frozen=True, slots=True)
class Model:
    """The rules and assumptions of one run."""

    account_concurrency: int = 1_000
    """Documented (configuration-concurrency): invocations in flight, all functions together."""

    min_unreserved_concurrency: int = 100
    """Documented (configuration-concurrency): what reservations must leave to the others."""

    scaling_environments: int = 1_000
    """Documented (scaling-behavior): new environments a function gets per ``scaling_period_s``,
    refilled continuously and not saved up."""

    scaling_period_s: float = 10.0
    """Documented (scaling-behavior)."""

    requests_per_concurrency: int = 10
    """Documented (lambda-concurrency, gettingstarted-limits): synchronous requests a second for
    each unit of concurrency, be it the account's, reserved or provisioned. Model: a second's worth
    may come at once."""

    recursive_invocations: int = 16
    """Documented (invocation-recursion), as an approximate figure: how often a function is invoked
    in one chain of requests before Lambda takes it for a loop and stops it."""

    init_timeout_s: float = 10.0
    """Documented (lambda-runtime-environment): INIT past it is cut, and runs again inside the
    first invocation, under the function's timeout."""

    init_long_s: int = 130
    """Documented (lambda-runtime-environment): the limit of INIT with provisioned concurrency or
    SnapStart, or the function's timeout if that is longer (at most 900 s)."""

    restore_timeout_s: float = 10.0
    """Documented (snapstart-runtime-hooks): restoring and the hooks after it."""

    vcpu_mb: int = 1_769
    """Documented (configuration-memory): memory that buys one vCPU; less buys less, linearly, and
    more does nothing for single-threaded code."""

    init_full_cpu: bool = True
    """Model: whether the INIT phase gets a full vCPU whatever the memory (measurements by others
    say so). Code that INIT runs again inside an invocation never does."""

    idle_min_s: float = 300.0
    """Model: the shortest time an environment is kept after its last invocation."""

    idle_max_s: float = 600.0
    """Model: the longest one; each environment draws its own, evenly."""

    profiles: dict[str, Profile] = field(default_factory=_profiles)
    """Model: INIT cost and memory by runtime profile."""

    package_ms_per_mb: float = 4.0
    """Model: what each MB of the deployment package adds to INIT."""

    vpc_max_ms: float = 100.0
    """Model: what a VPC may add to INIT, drawn evenly from 0. Since network interfaces are shared
    (2019) it is small; 10,000 shows how it was before."""

    provisioned_at_start: bool = True
    """Model: whether the provisioned concurrency that a template asks for is there when the run
    starts, as it is some minutes after a deployment; else it is asked for at the start."""

    provisioned_min_s: float = 60.0
    """Model: the shortest time from asking for provisioned concurrency until it is ready, INIT not
    counted ("a minute or two": provisioned-concurrency)."""

    provisioned_max_s: float = 120.0
    """Model: the longest; each request draws its own, evenly."""

    restore_min_ms: float = 100.0
    """Model: the fastest restore from a snapshot; AWS says "sub-second"."""

    restore_max_ms: float = 400.0
    """Model: the slowest; each restore draws its own, evenly. It is not billed."""

    restore_runtime_ms: float = 10.0
    """Model: what loading the runtime after a restore costs; this and the hooks are billed."""

    async_ms: float = 20.0
    """Model: how long an asynchronous event waits in Lambda's queue before its first attempt."""

    async_backoff: float = 2.0
    """Model: by what the pause grows between attempts that are throttled, from the documented 1 s
    to the documented 5 min."""

    throttled_batch_s: float = 1.0
    """Model: the pause before an event source mapping offers a throttled batch again; it doubles,
    until the messages' visibility timeout is over (documented: services-sqs-errorhandling)."""

    handler_ms: float = 10.0
    """Model: what each invocation costs besides the declared calls."""

    handler_jitter: float = 0.15
    """Model: ``handler_ms`` varies by so much of itself, up and down, evenly."""

    api_ms: dict[str, float] = field(default_factory=_api_ms)
    """Model: how long a call of a service takes within the region, by boto3's name of it."""

    api_jitter: float = 0.2
    """Model: ``api_ms``, and what a database takes, varies by so much of itself, up and down,
    evenly."""

    notification_ms: float = 1_000.0
    """Model: how long S3 takes until a destination has an event; AWS says "typically in seconds"
    (S3, EventNotifications)."""

    transaction_ms: float = 10.0
    """Model: how long a DynamoDB transaction has its items to itself."""

    index_min_ms: float = 10.0
    """Model: the least time until a global secondary index of DynamoDB shows a write."""

    index_max_ms: float = 100.0
    """Model: the most; each change draws its own, evenly, and follows the one before it. AWS says
    "within a fraction of a second" (DynamoDB, GSI). With 0 an index is consistent at once."""

    ttl_min_s: float = 60.0
    """Model: the shortest time from an item's expiry to its deletion by DynamoDB."""

    ttl_max_s: float = 172_800.0
    """Model: the longest one; each item draws its own, evenly. AWS says "within a few days"
    (DynamoDB, howitworks-ttl)."""

    delivery_ms: float = 15.0
    """Model: how long a topic or bus takes until a subscriber or target has an event."""

    connect_ms: float = 30.0
    """Model: how long it takes to open a connection to a database or proxy: TCP, TLS, log-in."""

    refuse_ms: float = 2.0
    """Model: how long it takes to be refused one."""

    query_ms: float = 5.0
    """Model: how long a statement takes."""

    proxy_ms: float = 3.0
    """Model: what a proxy adds to a statement."""

    compute_limit_s: float = 10.0
    """Warmstart's own: real seconds one INIT or invocation may compute in all before it is killed;
    the run then records a timeout at its virtual deadline."""

    pause_limit: int = 20_000
    """Warmstart's own: pauses (sleeps, charges, milliseconds spent looking at a clock) of one INIT
    or invocation before it is killed in the same way: a loop of them takes a second or two, and
    always ends after the same one, which a limit in real time cannot promise."""

    max_environments: int = 500
    """Warmstart's own: environments alive at once; each is a process of this machine."""

    real_memory_mb: int = 2_048
    """Warmstart's own: what a handler may allocate at most, whatever its memory size."""

    log_lines: int = 1_000
    """Warmstart's own: lines of output kept per INIT or invocation; a line says what was cut."""

    log_line_chars: int = 4_000
    """Warmstart's own: characters kept of one line of output."""

    def measured(self) -> Model:
        """Return the model for real time, where costs are what they are: none of them modelled."""
        return replace(
            self,
            profiles={name: Profile(0, 0, own.memory_mb) for name, own in self.profiles.items()},
            package_ms_per_mb=0.0,
            vpc_max_ms=0.0,
            handler_ms=0.0,
            restore_min_ms=0.0,
            restore_max_ms=0.0,
            restore_runtime_ms=0.0,
            async_ms=0.0,
            api_ms=dict.fromkeys(self.api_ms, 0.0),
            connect_ms=0.0,
            refuse_ms=0.0,
            query_ms=0.0,
            proxy_ms=0.0,
        )

    def cpu_share(self, memory_mb: int) -> float:
        """Return the vCPU that single-threaded code gets at this memory: above 0, at most 1."""
        return min(1.0, memory_mb / self.vcpu_mb)

    def charged_us(self, cost_us: int, memory_mb: int, *, full_cpu: bool) -> int:
        """Return how long ``cost_us`` of CPU time takes at this memory, in whole microseconds."""
        return cost_us if full_cpu else round(cost_us / self.cpu_share(memory_mb))

    def init_ms(self, profile: str, draw: random.Random) -> float:
        """Draw what the language runtime itself costs in one INIT."""
        costs = self.profiles[profile]
        span = costs.init_high_ms - costs.init_low_ms
        if not span:
            return costs.init_low_ms
        mode = costs.init_low_ms + 0.3 * span
        return draw.triangular(costs.init_low_ms, costs.init_high_ms, mode)

    def to_json(self) -> dict[str, Any]:
        """Return the model as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Model:
        """Read what ``to_json`` gave; what is absent has its default.

        Raises:
            UsageError: a setting the model does not have.
        """
        known = {item.name for item in fields(cls)}
        unknown = sorted(set(values) - known)
        if unknown:
            raise UsageError(
                f"The model has no setting {unknown[0]!r}.",
                hint=f"It has: {', '.join(sorted(known))}.",
            )
        settings = dict(values)
        if "profiles" in settings:
            settings["profiles"] = {
                name: Profile(**profile) for name, profile in settings["profiles"].items()
            }
        return cls(**settings)


def drawing(seed: int, *parts: str | int) -> random.Random:
    """Return the random numbers for one purpose, named by ``parts``.

    Each purpose has its own, so that changing one knob (more memory, say) does not shift what
    everything else draws: two runs with the same seed differ in the knob's effect alone.
    """
    return random.Random("/".join(map(str, (seed, *parts))))
