"""What this lab shows, as checks over the trace of a run.

A function whose name begins with ``check_`` is a check: its docstring's first line is its title,
and an assertion's sentence is what is shown when it does not hold. The others answer the lab's
predictions.
"""

import base64
import json

from warmstart.labs.figures import figures_of
from warmstart.runtime.trace import (
    CpuCharged,
    EnvironmentCreated,
    EnvironmentShutdown,
    InitStarted,
    InvocationEnded,
    InvocationRequested,
    InvocationStarted,
    InvocationThrottled,
    ProvisionedConcurrencyChanged,
)

LIMIT_MS = 300
"""The challenge."""
PAUSE = 60_000_000
"""A minute in microseconds: a stretch without calls that is longer is the pause."""

LONGEST_IDLE = 10 * 60_000_000
"""How long this model keeps an idle environment at most."""


def check_every_call_is_answered(trace):
    """Every call is answered without an error, a time-out or a throttle."""
    for event in trace:
        assert not isinstance(event, InvocationThrottled), (
            f"A call was throttled at {seconds(event.at)}: no environment was to be had."
        )
        if isinstance(event, InvocationEnded):
            assert event.status == "success", (
                f"A call ended with {event.status} at {seconds(event.at)} in {event.environment}: "
                f"{event.error.error_type}: {event.error.error_message}"
            )


def check_one_call_at_a_time(trace):
    """An environment serves one call at a time."""
    busy = {}
    for event in trace:
        if isinstance(event, InvocationStarted):
            assert event.environment not in busy, (
                f"{event.environment} took a second call at {seconds(event.at)} while it was busy."
            )
            busy[event.environment] = event.request
        elif isinstance(event, InvocationEnded):
            busy.pop(event.environment, None)


def check_cold_calls_wait_for_init(trace):
    """A call is cold exactly when an environment is initialised for it."""
    initialised_for = {
        event.request for event in trace if isinstance(event, InitStarted) and event.phase == "init"
    }
    for event in trace:
        if isinstance(event, InvocationStarted):
            assert event.cold == (event.request in initialised_for), (
                f"The call at {seconds(event.at)} in {event.environment} is marked "
                f"{'cold' if event.cold else 'warm'}, and its environment says otherwise."
            )


def check_calls_together_need_an_environment_each(trace):
    """Calls that arrive together are served by as many environments."""
    arrivals = {}
    for event in trace:
        if isinstance(event, InvocationRequested):
            arrivals.setdefault(event.at, set()).add(event.request)
    together = max(arrivals.values(), key=len)
    served = {
        event.environment
        for event in trace
        if isinstance(event, InvocationStarted) and event.request in together
    }
    assert len(served) == len(together), (
        f"{len(together)} calls arrived together, and {len(served)} environments served them."
    )


def check_idle_environments_go(trace):
    """No environment is kept idle for more than ten minutes."""
    idle_since = {}
    for event in trace:
        if isinstance(event, InvocationEnded):
            idle_since[event.environment] = event.at
        elif isinstance(event, InvocationStarted) and event.environment in idle_since:
            idle = event.at - idle_since[event.environment]
            assert idle <= LONGEST_IDLE, (
                f"{event.environment} was kept for {idle / 60_000_000:.0f} min without a call."
            )


def check_an_environment_imports_once(trace):
    """No environment pays for the import of reportlib twice."""
    paid = set()
    for event in trace:
        if isinstance(event, EnvironmentCreated | EnvironmentShutdown):
            paid = {part for part in paid if part[0] != event.environment}
        elif is_the_import(event):
            part = (event.environment, event.name)
            assert part not in paid, (
                f"{event.environment} paid for the import again at {seconds(event.at)}."
            )
            paid.add(part)


def challenge_p99(trace):
    """The p99 is under 300 ms."""
    p99 = figures_of(trace).p99_ms
    assert p99 < LIMIT_MS, f"The p99 is {p99:,.0f} ms; less than {LIMIT_MS} ms is wanted."


def challenge_nothing_is_kept_ready(trace):
    """No concurrency is provisioned."""
    for event in trace:
        assert not isinstance(event, ProvisionedConcurrencyChanged), (
            f"{event.function} has a provisioned concurrency of {event.requested}; 0 is wanted."
        )


def challenge_receipts_are_made(trace):
    """Every caller gets its receipt, six of them as PDFs."""
    answers = [
        json.loads(event.response or "null")
        for event in trace
        if isinstance(event, InvocationEnded)
    ]
    documents = [
        answer
        for answer in answers
        if isinstance(answer, dict) and answer.get("type") == "application/pdf"
    ]
    assert len(documents) == 6, f"{len(documents)} PDFs were made; 6 are wanted."
    for answer in documents:
        assert base64.b64decode(answer["body"]).startswith(b"%PDF-"), "One of them is no PDF."
    assert len(answers) == 40, f"{len(answers)} callers got an answer; 40 are wanted."


def found_after_the_pause(trace):
    """Answer what the first call after the pause finds: ``warm`` or ``cold``."""
    _, after = around_the_pause(trace)
    for event in trace:
        if isinstance(event, InvocationStarted) and event.request == after[0]:
            return "cold" if event.cold else "warm"
    return "cold"


def waits_for_the_import(trace):
    """Answer which calls wait for the import: ``cold`` when INIT pays, else ``first-pdf``."""
    phases = {event.phase for event in trace if is_the_import(event)}
    return "first-pdf" if "invoke" in phases else "cold"


def around_the_pause(trace):
    """Return the requests made before and after the first long stretch without any."""
    before, after = [], []
    last = 0
    for event in trace:
        if isinstance(event, InvocationRequested):
            target = after if after or event.at - last > PAUSE else before
            target.append(event.request)
            last = event.at
    assert after, "There is no pause in this run."
    return before, after


def is_the_import(event):
    """Tell whether an event charges for the import of reportlib."""
    return (
        isinstance(event, CpuCharged)
        and event.cause == "import"
        and event.name.startswith("reportlib.")
    )


def seconds(at):
    """Return a moment as seconds with milliseconds."""
    return f"{at / 1_000_000:.3f} s"
