"""What this lab shows, as functions over the trace of a run."""

from warmstart.runtime.trace import InvocationRequested, InvocationStarted, InvocationThrottled


def check_nobody_is_queued(trace):
    """A call is served or turned away at once; none is queued."""
    asked = {event.request for event in trace if isinstance(event, InvocationRequested)}
    kinds = InvocationStarted | InvocationThrottled
    settled = {event.request for event in trace if isinstance(event, kinds)}
    assert asked == settled, f"{len(asked - settled)} calls were neither served nor turned away."


def challenge_everybody_is_served(trace):
    """Everybody is served."""
    turned_away = sum(isinstance(event, InvocationThrottled) for event in trace)
    assert not turned_away, f"{turned_away} calls got a 429; it should be none."


def second_rush(trace):
    """Answer what the second rush meets: ``warm``, ``cold`` or ``nobody``."""
    asked = [event for event in trace if isinstance(event, InvocationRequested)]
    second = {event.request for event in asked if event.at == asked[-1].at}
    started = [event for event in trace if isinstance(event, InvocationStarted)]
    cold = [event.cold for event in started if event.request in second]
    return "nobody" if not cold else "cold" if any(cold) else "warm"
