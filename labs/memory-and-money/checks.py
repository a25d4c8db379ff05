"""What this lab shows, as checks over the trace of a run; its challenge; answers to its questions.

Figures are of warm calls: the one cold start of each function says nothing about its memory.
"""

from decimal import Decimal

from warmstart.runtime.pricing import PRICES
from warmstart.runtime.trace import CpuCharged, InvocationEnded, InvocationStarted

VCPU = 1_769
"""MB of memory that buy one vCPU (configuration-memory)."""
LIMITS = {"Thumbs": 200, "Prices": 400, "Report": 360}
"""The challenge: milliseconds a median call may take."""
CHEAPEST = {"Thumbs": 4.65, "Prices": 0.95, "Report": 3.05}
"""The challenge: US dollars that a million warm calls may cost, requests included."""
GB_SECOND = float(PRICES["Lambda duration, x86_64"].of(Decimal(1)))
REQUEST = float(PRICES["Lambda requests"].of(Decimal(1)))
"""US dollars."""


def check_every_call_is_answered(trace):
    """Every call is answered without an error or a time-out."""
    for event in trace:
        if isinstance(event, InvocationEnded):
            assert event.status == "success", (
                f"A call of {event.function} ended with {event.status}."
            )


def check_computing_takes_what_its_memory_allows(trace):
    """A millisecond of CPU takes 1,769 MB / memory, and never less than itself."""
    memory = {
        event.environment: event.memory_size
        for event in trace
        if isinstance(event, InvocationEnded)
    }
    for event in trace:
        if isinstance(event, CpuCharged) and event.phase == "invoke":
            share = min(1, memory[event.environment] / VCPU)
            assert abs(event.charged - event.cost / share) <= 2, (
                f"{event.name} cost {event.cost} µs at one vCPU and took {event.charged} µs "
                f"in {event.environment}."
            )


def check_waiting_is_billed(trace):
    """Prices is billed for at least the 300 ms that it waits, whatever its memory."""
    for event in warm(trace, "Prices"):
        assert event.billed >= 300_000, f"A call was billed {event.billed / 1000:.0f} ms only."


def challenge_in_time(trace):
    """Each median call is in time."""
    for function, limit in LIMITS.items():
        median = median_ms(trace, function)
        assert median <= limit, (
            f"The median call of {function} takes {median:,.0f} ms; {limit} ms are wanted."
        )


def challenge_cheapest(trace):
    """Each function costs as little as it can."""
    for function, limit in CHEAPEST.items():
        cost = dollars_a_million(trace, function)
        assert cost <= limit, (
            f"A million calls of {function} cost ${cost:,.2f}; ${limit:,.2f} are enough."
        )


def prices_at_work(trace):
    """Answer what share of its duration Prices computes, in percent."""
    ended = {event.request: event for event in warm(trace, "Prices")}
    charged = sum(
        event.charged for event in trace if isinstance(event, CpuCharged) and event.request in ended
    )
    return 100 * charged / sum(event.duration for event in ended.values())


def dearest(trace):
    """Answer which function's warm calls cost most."""
    return max(LIMITS, key=lambda function: dollars_a_million(trace, function)).lower()


def shortest_first(trace):
    """Answer the functions in the order of their median calls."""
    return [name.lower() for name in sorted(LIMITS, key=lambda name: median_ms(trace, name))]


def warm(trace, function):
    """Return the ends of a function's warm calls."""
    cold = {event.request for event in trace if isinstance(event, InvocationStarted) and event.cold}
    return [
        event
        for event in trace
        if isinstance(event, InvocationEnded)
        and event.function == function
        and event.request not in cold
    ]


def median_ms(trace, function):
    """Return the median duration of a function's warm calls: the lower one of an even number."""
    durations = sorted(event.duration / 1000 for event in warm(trace, function))
    return durations[(len(durations) - 1) // 2]


def dollars_a_million(trace, function):
    """Return what a million such warm calls would cost, duration and requests."""
    costs = [
        event.memory_size / 1024 * event.billed / 1_000_000 * GB_SECOND + REQUEST
        for event in warm(trace, function)
    ]
    return 1_000_000 * sum(costs) / len(costs)
