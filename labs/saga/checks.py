"""What this lab shows, as checks over the trace of a run.

They go by facts alone: the bank's ledger, the reservations and the shipments, as DynamoDB wrote
them, and how each execution ended. What a state or a function is called does not matter to them.
A ``check_`` holds whatever the knobs, a ``challenge_`` once the challenge is met; the others answer
the lab's predictions.
"""

import json
from collections import Counter

from warmstart.runtime.trace import ExecutionEvent, ItemWritten

DONE = ("charged", "reserved", "shipped")
UNDONE = {"refunded": "charged", "released": "reserved", "cancelled": "shipped"}
TABLES = {"Reservations": ("reserved", "released"), "Shipments": ("shipped", "cancelled")}
LAST_EVENTS = ("ExecutionSucceeded", "ExecutionFailed", "ExecutionAborted", "ExecutionTimedOut")


def check_every_execution_ends(trace):
    """Every execution comes to an end."""
    ended = {event.execution for event in executions(trace) if event.type in LAST_EVENTS}
    for event in executions(trace):
        if event.type == "ExecutionStarted":
            assert event.execution in ended, f"{event.execution} did not end within the run."


def check_undone_in_reverse(trace):
    """What is undone is undone in reverse order."""
    for order, facts in by_order(trace).items():
        undone = [UNDONE[what] for what in facts if what in UNDONE]
        done = [what for what in facts if what in undone]
        assert first_of(undone) == first_of(done)[::-1], (
            f"{order} was {', '.join(first_of(done))}, and undone in the order "
            f"{', '.join(first_of(undone))}."
        )


def check_nothing_is_undone_that_was_not_done(trace):
    """Nothing is given back that was not there."""
    for order, facts in by_order(trace).items():
        left = Counter()
        for what in facts:
            if what in UNDONE:
                left[UNDONE[what]] -= 1
                assert left[UNDONE[what]] >= 0, f"{order} was {what} without being {UNDONE[what]}."
            else:
                left[what] += 1


def check_no_parcel_without_payment(trace):
    """No parcel leaves without a charge."""
    for order, facts in by_order(trace).items():
        if "shipped" in facts:
            before = facts[: facts.index("shipped")]
            assert "charged" in before, f"{order} was shipped before it was charged."


def challenge_complete_or_undone(trace):
    """Every order ends complete or fully undone."""
    for order, facts in by_order(trace).items():
        left = remaining(facts)
        complete = all(left[what] == 1 for what in DONE)
        undone = not any(left.values())
        assert complete or undone, (
            f"{order} ends {described(left)}. Wanted: charged, reserved and shipped once each, or "
            "nothing of it."
        )


def challenge_no_double_charge(trace):
    """No order is charged twice, not even for a while."""
    for order, facts in by_order(trace).items():
        charges = facts.count("charged")
        assert charges <= 1, f"{order} was charged {charges} times. Wanted: once at most."


def challenge_first_order_completes(trace):
    """The order with nothing wrong is complete."""
    left = remaining(by_order(trace).get("order-fine", []))
    assert left == dict.fromkeys(DONE, 1), (
        f"order-fine ends {described(left) or 'undone'}. Wanted: charged, reserved, shipped."
    )


def challenge_ends_as_it_says(trace):
    """An execution succeeds if its order is complete, and else fails as OrderCancelled."""
    facts = by_order(trace)
    for event in executions(trace):
        if event.type not in LAST_EVENTS:
            continue
        shipped = remaining(facts.get(event.execution, []))["shipped"] > 0
        said = event.details.get("error", "success")
        wanted = "success" if shipped else "OrderCancelled"
        assert said == wanted, f"{event.execution} ended with {said}. Wanted: {wanted}."


def charges(trace):
    """Answer how many charges the bank booked."""
    return sum(facts.count("charged") for facts in by_order(trace).values())


def money_kept(trace):
    """Answer how many charges stay with the bank for orders without a parcel."""
    left = [remaining(facts) for facts in by_order(trace).values()]
    return sum(each["charged"] for each in left if not each["shipped"])


def course(trace):
    """Answer what happened to the last order until its end, in order; then what did not."""
    names = ["charged", "reserved", "released", "refunded"]
    happened = [what for what in by_order(trace).get(last_order(trace), []) if what in names]
    return first_of([*happened, "end", *names])


def ending(trace):
    """Answer how the last execution ended: ``complete``, ``cancelled`` or ``broken``."""
    last = [event for event in executions(trace) if event.type in LAST_EVENTS][-1]
    if last.type == "ExecutionSucceeded":
        return "complete"
    return "cancelled" if last.details.get("error") == "OrderCancelled" else "broken"


def way_back(trace):
    """Return when a step of the last order is undone first; if none is, when its execution ends."""
    done = set()
    for at, order, what in written(trace):
        if order == last_order(trace):
            if UNDONE.get(what) in done:
                return at
            done.add(what)
    return last_end(trace)


def last_end(trace):
    """Return when the last execution ends."""
    return [event for event in executions(trace) if event.type in LAST_EVENTS][-1].at


def telling_charge(trace):
    """Return when an order is charged a second time; if none is, when the last charge is booked."""
    booked = [(at, order) for at, order, what in written(trace) if what == "charged"]
    charged = set()
    for at, order in booked:
        if order in charged:
            return at
        charged.add(order)
    return booked[-1][0] if booked else None


def money_stays(trace):
    """Return when an execution ends whose charge stays with the bank although nobody ships."""
    facts = by_order(trace)
    for event in executions(trace):
        left = remaining(facts.get(event.execution, []))
        if event.type in LAST_EVENTS and left["charged"] and not left["shipped"]:
            return event.at
    return None


def executions(trace):
    """Return the events of all executions."""
    return [event for event in trace if isinstance(event, ExecutionEvent)]


def last_order(trace):
    """Return the order whose execution started last."""
    started = [event for event in executions(trace) if event.type == "ExecutionStarted"]
    return started[-1].execution


def by_order(trace):
    """Return for each order what was done and undone, in order of time."""
    found = {}
    for _, order, fact in written(trace):
        found.setdefault(order, []).append(fact)
    return {order: without_repeats(facts) for order, facts in found.items()}


def written(trace):
    """Return what the tables say was done and undone, in order of time: when, the order, what."""
    return [
        (event.at, json.loads(event.key)["order"], fact)
        for event in trace
        if isinstance(event, ItemWritten) and (fact := fact_of(event))
    ]


def fact_of(event):
    """Return what a write to a table means: ``charged``, ``released``, …; else None."""
    if event.table == "BankLedger":
        entry = json.loads(event.key)["entry"]
        return "charged" if entry.startswith("charge#") else "refunded"
    if event.table in TABLES:
        put, deleted = TABLES[event.table]
        return deleted if event.operation == "delete" else put
    return None


def without_repeats(facts):
    """Leave out what changes nothing: putting what is there already, deleting what is not."""
    there, kept = set(), []
    for what in facts:
        if what in ("reserved", "shipped"):
            if what in there:
                continue
            there.add(what)
        elif what in ("released", "cancelled"):
            if UNDONE[what] not in there:
                continue
            there.discard(UNDONE[what])
        kept.append(what)
    return kept


def remaining(facts):
    """Return how often each step is done and not undone."""
    left = Counter(dict.fromkeys(DONE, 0))
    for what in facts:
        left[UNDONE.get(what, what)] += -1 if what in UNDONE else 1
    return left


def described(left):
    """Return what is left of an order in words: ``charged 3 times, reserved``."""
    words = [
        what if times == 1 else f"{what} {times} times" for what, times in left.items() if times
    ]
    return ", ".join(words)


def first_of(facts):
    """Return facts in the order in which each first occurs."""
    return list(dict.fromkeys(facts))
