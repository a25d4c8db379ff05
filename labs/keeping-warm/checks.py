"""What this lab shows, as checks over a run's trace; its challenge; answers to its questions."""

import json

from warmstart.labs.figures import latencies, percentile
from warmstart.runtime import pricing
from warmstart.runtime.trace import (
    EnvironmentCreated,
    EnvironmentShutdown,
    InvocationEnded,
    InvocationRequested,
    InvocationStarted,
    ProvisionedConcurrencyChanged,
    RestoreStarted,
)

HOURS_A_MONTH = 30 * 24
LIMIT_MS = 100
LIMIT_USD = 50
"""The challenge."""


def check_every_customer_is_answered(trace):
    """Every customer gets a total."""
    for event in customers(trace):
        assert event.status == "success", f"A checkout ended with {event.status}."
        answer = json.loads(event.response or "null")
        assert isinstance(answer, dict), "A customer was answered as if it were a ping."
        assert json.loads(answer["body"])["cents"] > 0, "An order costs nothing."


def check_nobody_waits_while_an_environment_is_idle(trace):
    """A new environment is made for a customer only when none that has served one is free."""
    idle = set()
    for event in trace:
        match event:
            case EnvironmentCreated(initialization_type="provisioned-concurrency"):
                pass
            case EnvironmentCreated(environment=name):
                assert not idle, f"{name} was made at {event.at / 1e6:.3f} s; {min(idle)} was idle."
            case InvocationEnded(environment=name):
                idle.add(name)
            case InvocationStarted(environment=name) | EnvironmentShutdown(environment=name):
                idle.discard(name)


def check_what_is_provisioned_is_paid_by_the_minute(trace):
    """Provisioned concurrency is on the bill, used or not, and nothing of it without."""
    asked = any(isinstance(event, ProvisionedConcurrencyChanged) for event in trace)
    paid = sum(
        charge.amount
        for charge in pricing.bill(trace).charges
        if charge.item.startswith("Lambda provisioned concurrency")
    )
    assert (paid > 0) == asked, f"It costs ${paid}."


def challenge_p99(trace):
    """The slowest in a hundred waits less than 100 ms."""
    waits = latencies(trace)
    p99 = percentile(sorted(waits[event.request] for event in customers(trace)), 99) / 1000
    assert p99 < LIMIT_MS, f"The p99 is {p99:,.0f} ms; less than {LIMIT_MS} ms is wanted."


def challenge_bill(trace):
    """A month costs less than 50 dollars."""
    bill = month(trace)
    assert bill < LIMIT_USD, f"A month comes to ${bill:,.2f}; less than ${LIMIT_USD} is wanted."


def waited(trace):
    """Answer how many customers waited for an environment: for INIT, or for a restore."""
    restored = {event.request for event in trace if isinstance(event, RestoreStarted)}
    real = {event.request for event in customers(trace)}
    return sum(
        (event.cold or event.request in restored) and event.request in real
        for event in trace
        if isinstance(event, InvocationStarted)
    )


def month(trace):
    """Answer what a month of such hours costs, thirty days of them, in US dollars.

    A snapshot is paid for by three hours at least, and this run is one.
    """
    return HOURS_A_MONTH * sum(
        float(charge.amount) / (3 if charge.item == "Lambda SnapStart cache" else 1)
        for charge in pricing.bill(trace).charges
    )


def customers(trace):
    """Return the ends of the invocations that customers waited for, without the pings."""
    asked = {
        event.request
        for event in trace
        if isinstance(event, InvocationRequested) and event.invocation_type == "RequestResponse"
    }
    return [
        event for event in trace if isinstance(event, InvocationEnded) and event.request in asked
    ]
