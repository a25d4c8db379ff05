"""What this lab shows, as checks over a run's trace; its challenge; answers to its questions."""

from collections import defaultdict

from warmstart.runtime.trace import (
    ConnectionOpened,
    ConnectionRefused,
    InvocationEnded,
    InvocationRequested,
    InvocationThrottled,
    StatementEnded,
)

DATABASE = "Database"
MAX_CONNECTIONS = 100
"""What the template's parameter group says."""
SECOND = 1_000_000
RUSH_S = 3
A_FEW = 0.05
"""Of all calls."""


def check_the_database_keeps_to_its_limit(trace):
    """Never are more than 100 connections open."""
    for event in trace:
        if isinstance(event, ConnectionOpened) and event.database == DATABASE:
            assert event.open <= MAX_CONNECTIONS, f"There are {event.open} connections."


def check_nobody_is_refused_while_there_is_room(trace):
    """A connection is refused only while all 100 are taken."""
    for event in trace:
        if isinstance(event, ConnectionRefused):
            assert event.open == MAX_CONNECTIONS, f"Refused at {event.open} connections."


def check_a_call_fails_only_where_it_got_no_connection(trace):
    """Every call that fails was refused a connection."""
    refused = {event.request for event in trace if isinstance(event, ConnectionRefused)}
    for event in trace:
        if isinstance(event, InvocationEnded) and event.status != "success":
            assert event.request in refused, f"A call of {event.function} failed for no reason."


def check_a_function_is_throttled_only_at_its_ceiling(trace):
    """A call is throttled only while its function has as many in flight as it ever has."""
    most, throttled_at, function = defaultdict(int), defaultdict(set), {}
    in_flight = defaultdict(int)
    for event in trace:
        match event:
            case InvocationRequested():
                function[event.request] = event.function
                in_flight[event.function] += 1
            case InvocationThrottled():
                in_flight[event.function] -= 1
                throttled_at[event.function].add(in_flight[event.function])
            case InvocationEnded():
                in_flight[event.function] -= 1
                continue
            case _:
                continue
        most[event.function] = max(most[event.function], in_flight[event.function])
    for name, found in throttled_at.items():
        # The call that is throttled has been counted before it was.
        assert found == {most[name] - 1}, f"{name} is throttled with {min(found)} in flight."


def challenge_throttles(trace):
    """Nobody is throttled."""
    count = sum(isinstance(event, InvocationThrottled) for event in trace)
    assert count == 0, f"{count} calls are throttled, and none should be."


def challenge_connections(trace):
    """Nobody is refused a connection."""
    count = sum(isinstance(event, ConnectionRefused) for event in trace)
    assert count == 0, f"The database refuses {count} connections, and should refuse none."


def throttled(trace):
    """Answer how many are throttled: nobody, a few, or many."""
    asked = sum(isinstance(event, InvocationRequested) for event in trace)
    count = sum(isinstance(event, InvocationThrottled) for event in trace)
    if count == 0:
        return "nobody"
    return "few" if count <= A_FEW * asked else "many"


def failed_percent(trace):
    """Answer how many of a hundred calls that a function took failed."""
    ended = [event for event in trace if isinstance(event, InvocationEnded)]
    return 100 * sum(event.status != "success" for event in ended) / len(ended)


def working(trace):
    """Answer how many connections execute a statement, on average, after the first second."""
    start, end = SECOND, RUSH_S * SECOND
    total = 0
    for event in trace:
        if isinstance(event, StatementEnded) and event.database == DATABASE:
            since = event.at - event.duration + event.waited
            total += max(0, min(event.at, end) - max(since, start))
    return total / (end - start)


def first_throttle(trace):
    """Return when the first call is throttled."""
    return next((event.at for event in trace if isinstance(event, InvocationThrottled)), None)


def first_refusal(trace):
    """Return when the database refuses the first connection."""
    return next((event.at for event in trace if isinstance(event, ConnectionRefused)), None)
