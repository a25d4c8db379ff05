"""What this lab shows, as checks over the trace of a run.

They go by facts alone: the bank's ledger and the deliveries, as DynamoDB wrote them, and what
became of the messages. A ``check_`` holds whatever the knobs, a ``challenge_`` once the challenge
is met; the others answer the lab's predictions.
"""

import json

from warmstart.runtime.trace import (
    InvocationEnded,
    InvocationRequested,
    ItemWritten,
    MessageDeleted,
    MessageMoved,
    MessageSent,
)

ORDERS = [f"order-{number}" for number in range(1, 5)]


# -- checks ---------------------------------------------------------------------------------------


def check_no_message_vanishes(trace):
    """Every message ends deleted, or among the dead letters."""
    left = sent(trace) - {event.message for event in trace if isinstance(event, MessageDeleted)}
    lost = left - dead_letters(trace)
    assert not lost, f"{len(lost)} messages were neither deleted nor moved."


def check_every_order_is_charged(trace):
    """Every order is charged, once or more often."""
    missing = [order for order in ORDERS if not charged(trace).get(order)]
    assert not missing, f"Never charged: {', '.join(missing)}."


def check_nothing_goes_out_unpaid(trace):
    """Nothing is delivered before it is charged."""
    paid = set()
    for event in writes(trace):
        if event.table == "BankLedger":
            paid.add(order_of(event))
        elif event.table == "Deliveries":
            assert order_of(event) in paid, f"{order_of(event)} went out before it was charged."


# -- the challenge --------------------------------------------------------------------------------


def challenge_charged_once(trace):
    """Every order is charged exactly once."""
    wrong = [f"{order} {times} times" for order, times in charged(trace).items() if times != 1]
    assert not wrong, f"Charged: {', '.join(wrong)}. Wanted: once each."


def challenge_delivered(trace):
    """Every order that is paid for is delivered."""
    missing = undelivered_orders(trace)
    assert not missing, f"Paid for and never delivered: {', '.join(missing)}. Wanted: none."


def challenge_no_dead_letters(trace):
    """No message ends in the dead-letter queue."""
    dead = len(dead_letters(trace))
    assert not dead, f"{dead} messages lie in the dead-letter queue. Wanted: none."


# -- predictions ----------------------------------------------------------------------------------


def charges(trace):
    """Answer how many charges the bank booked."""
    return sum(charged(trace).values())


def undelivered(trace):
    """Answer how many orders are paid for and not delivered."""
    return len(undelivered_orders(trace))


def dead(trace):
    """Answer how many messages lie in the dead-letter queue at the end."""
    return len(dead_letters(trace))


def course(trace):
    """Answer what happened around the first charge of order-1, in order; then what did not."""
    names = ["booked", "answered", "ended", "gone"]
    charges = [event for event in ledger(trace) if order_of(event) == "order-1"]
    if not charges:
        return names
    booked = charges[0]
    requests = requests_of(trace, booked.root)
    happened = ["booked"]
    for event in trace:
        if isinstance(event, InvocationEnded) and event.request in requests:
            happened.append("answered" if event.function == "Bank" else "ended")
        elif isinstance(event, MessageDeleted | MessageMoved) and event.root == booked.root:
            happened.append("gone")
    return list(dict.fromkeys([*happened, *names]))


def first_charge(trace):
    """Return when the bank books the first charge of order-1."""
    return next((event.at for event in ledger(trace) if order_of(event) == "order-1"), None)


def telling_charge(trace):
    """Return when an order is charged a second time; if none is, when the last charge is booked."""
    seen = set()
    for event in ledger(trace):
        if order_of(event) in seen:
            return event.at
        seen.add(order_of(event))
    return ledger(trace)[-1].at if seen else None


def given_up(trace):
    """Return when the last message of an order goes that is paid for and never delivered."""
    for order in undelivered_orders(trace):
        roots = {event.root for event in ledger(trace) if order_of(event) == order}
        gone = [
            event.at
            for event in trace
            if isinstance(event, MessageDeleted | MessageMoved) and event.root in roots
        ]
        if gone:
            return gone[-1]
    return None


def first_dead_letter(trace):
    """Return when the first message goes to the dead-letter queue."""
    return next((event.at for event in trace if isinstance(event, MessageMoved)), None)


# -- what the trace says --------------------------------------------------------------------------


def writes(trace):
    """Return everything written into tables, in order of time."""
    return [event for event in trace if isinstance(event, ItemWritten)]


def ledger(trace):
    """Return those of them that are charges, in the bank's ledger."""
    return [event for event in writes(trace) if event.table == "BankLedger"]


def order_of(event):
    """Return the order that an item of the ledger or of the deliveries belongs to."""
    return json.loads(event.key)["order"]


def charged(trace):
    """Return how often each order was charged."""
    times = {}
    for event in ledger(trace):
        times[order_of(event)] = times.get(order_of(event), 0) + 1
    return times


def undelivered_orders(trace):
    """Return the orders that were charged and not delivered."""
    out = {order_of(event) for event in writes(trace) if event.table == "Deliveries"}
    return [order for order in charged(trace) if order not in out]


def requests_of(trace, root):
    """Return the invocations that a message led to; they share its root."""
    return {
        event.request
        for event in trace
        if isinstance(event, InvocationRequested) and event.root == root
    }


def sent(trace):
    """Return the messages that the shop has sent."""
    return {
        event.message
        for event in trace
        if isinstance(event, MessageSent) and event.queue == "Orders"
    }


def dead_letters(trace):
    """Return the messages that were moved to the dead-letter queue."""
    return {event.message for event in trace if isinstance(event, MessageMoved)}
