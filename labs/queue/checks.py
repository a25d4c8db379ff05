"""What this lab shows, as checks over the trace of a run.

``check_`` functions hold at every value of every knob; ``challenge_`` functions hold once the
challenge is met; the others answer the lab's predictions.
"""

import json
from collections import Counter

from warmstart.runtime.trace import (
    BatchEnded,
    BatchStarted,
    HttpAnswered,
    InvocationEnded,
    InvocationRequested,
    InvocationStarted,
    ItemWritten,
    MessageDeleted,
    MessageMoved,
    MessageReceived,
    MessageReturned,
    MessageSent,
)

AT_ONCE = 1_000_000
"""Microseconds within which a customer has an answer, a cold start included."""
MOST_INVOCATIONS = 20
"""Of the worker, in the challenge: one for each message would be more than thirty."""
LONGEST = 10 * 60 * 1_000_000
"""Microseconds after which an order is late."""


# -- checks ---------------------------------------------------------------------------------------


def check_every_customer_is_answered_at_once(trace):
    """Every customer has a 202 within a second, whatever becomes of the order."""
    for event in trace:
        if isinstance(event, HttpAnswered):
            assert event.status == 202, f"A customer got a {event.status} at {seconds(event.at)}."
            assert event.duration <= AT_ONCE, (
                f"A customer waited {seconds(event.duration)} for the answer."
            )


def check_no_message_vanishes(trace):
    """Every message ends deleted, or among the dead letters."""
    left = {event.message for event in trace if isinstance(event, MessageSent)}
    for event in trace:
        if isinstance(event, MessageDeleted):
            left.discard(event.message)
    dead = dead_letters(trace)
    assert left == dead, (
        f"{len(left - dead)} messages were neither deleted nor moved to the dead-letter queue."
    )


def check_a_message_stays_hidden_for_its_visibility_timeout(trace):
    """A message comes back when its visibility timeout is over, and never before."""
    hidden_until = {}
    for event in trace:
        if isinstance(event, MessageReceived):
            hidden_until[event.message] = event.visible_at
        elif isinstance(event, MessageReturned):
            assert event.at == hidden_until[event.message], (
                f"A message came back at {seconds(event.at)} and was hidden until "
                f"{seconds(hidden_until[event.message])}."
            )


def check_dead_letters_were_received_equally_often(trace):
    """A message is moved to the dead-letter queue after maxReceiveCount receives, no matter why."""
    received = {}
    often = set()
    for event in trace:
        if isinstance(event, MessageReceived):
            received[event.message] = event.receive_count
        elif isinstance(event, MessageMoved) and event.reason == "max-receives":
            often.add(received[event.message])
    assert len(often) <= 1, f"Messages were moved after {sorted(often)} receives."


def check_a_batch_fails_as_a_whole_unless_told_otherwise(trace):
    """Of a batch either nothing fails or everything, unless the function reports what did."""
    size = {}
    for event in trace:
        if isinstance(event, BatchStarted):
            size[event.batch] = len(event.messages)
        elif isinstance(event, BatchEnded) and event.reason != "reported":
            assert len(event.failed) in (0, size[event.batch]), (
                f"{len(event.failed)} of {size[event.batch]} messages failed at "
                f"{seconds(event.at)}, and nobody had reported them."
            )


# -- the challenge --------------------------------------------------------------------------------


def challenge_every_good_order_is_packed(trace):
    """Every order that can be packed is packed."""
    missing = good_orders(trace) - set(parcels_by_order(trace))
    assert not missing, (
        f"{len(missing)} good orders were accepted and never packed: {listed(missing)}."
    )


def challenge_no_order_is_packed_twice(trace):
    """No order is packed twice."""
    twice = {order for order, count in parcels_by_order(trace).items() if count > 1}
    assert not twice, f"{len(twice)} orders were packed more than once: {listed(twice)}."


def challenge_only_broken_orders_are_dead_letters(trace):
    """The dead-letter queue holds every broken order, and no other."""
    dead = dead_orders(trace)
    broken = accepted(trace) - good_orders(trace)
    assert broken <= dead, (
        f"{listed(broken - dead)} was accepted, cannot be packed, and lies in no queue: "
        "it was deleted as if it had succeeded."
    )
    assert dead <= broken, (
        f"{len(dead - broken)} good orders lie in the dead-letter queue: {listed(dead - broken)}."
    )


def challenge_the_worker_takes_batches(trace):
    """The worker is invoked 20 times at most."""
    count = sum(
        isinstance(event, InvocationStarted) and event.function == "Worker" for event in trace
    )
    assert count <= MOST_INVOCATIONS, (
        f"The worker was invoked {count} times; {MOST_INVOCATIONS} should do."
    )


def challenge_no_order_is_late(trace):
    """Every parcel is on its way within ten minutes of the order."""
    placed = {order: at for order, at, _ in orders(trace)}
    late = {order for order, at in parcels(trace) if at - placed[order] > LONGEST}
    assert not late, f"{len(late)} orders were packed after more than ten minutes: {listed(late)}."


# -- predictions ----------------------------------------------------------------------------------


def sent_parcels(trace):
    """Return how many parcels the warehouse sent."""
    return len(parcels(trace))


def good_dead_letters(trace):
    """Return how many orders lie in the dead-letter queue although nothing is wrong with them."""
    return len(dead_orders(trace) & good_orders(trace))


def customers_saw(trace):
    """Answer what the customers saw: ``nothing``, ``errors`` or ``waits``."""
    answers = [event for event in trace if isinstance(event, HttpAnswered)]
    if any(event.status != 202 for event in answers):
        return "errors"
    return "waits" if any(event.duration > AT_ONCE for event in answers) else "nothing"


def first_message(trace):
    """Return in which order things happen to the first message; at the end what never does."""
    moments = moments_of_the_first(trace)
    names = ("received", "invoked", "answered", "visible")
    return [*sorted(moments, key=moments.get), *(name for name in names if name not in moments)]


# -- the moments that show them -------------------------------------------------------------------


def first_comes_back(trace):
    """Return when the first message is visible again; if never, when its first batch has ended."""
    message = first_sent(trace)
    for event in trace:
        if isinstance(event, MessageReturned) and event.message == message:
            return event.at
    return moments_of_the_first(trace).get("answered")


def second_parcel(trace):
    """Return when an order is packed a second time; if none is, when the last parcel is sent."""
    packed = set()
    for order, at in parcels(trace):
        if order in packed:
            return at
        packed.add(order)
    return parcels(trace)[-1][1] if packed else None


def good_order_dies(trace):
    """Return when the first good order goes to the dead-letter queue."""
    good = {root for order, _, root in orders(trace) if order in good_orders(trace)}
    for event in trace:
        if isinstance(event, MessageMoved) and event.to == "DeadOrders" and event.root in good:
            return event.at
    return None


def last_answer(trace):
    """Return when the last customer has an answer."""
    return [event for event in trace if isinstance(event, HttpAnswered)][-1].at


# -- reading a trace ------------------------------------------------------------------------------


def first_sent(trace):
    """Return the first message that was sent; None without any."""
    return next((event.message for event in trace if isinstance(event, MessageSent)), None)


def moments_of_the_first(trace):
    """Return when each thing happens to the first message, when it is received first."""
    message, batch, moments = first_sent(trace), None, {}
    for event in trace:
        if isinstance(event, MessageReceived) and event.message == message:
            moments.setdefault("received", event.at)
            moments.setdefault("visible", event.visible_at)
        elif isinstance(event, BatchStarted) and message in event.messages:
            moments.setdefault("invoked", event.at)
            batch = batch or event.batch
        elif isinstance(event, BatchEnded) and event.batch == batch:
            moments.setdefault("answered", event.at)
    return moments


def orders(trace):
    """Return every accepted order: its name, when it was accepted, and its root in the trace."""
    roots = {event.request: event.root for event in trace if isinstance(event, InvocationRequested)}
    return [
        (order, event.at, roots[event.request])
        for event in trace
        if isinstance(event, InvocationEnded)
        and event.function == "Accept"
        and event.status == "success"
        and (order := named_in(event.response))
    ]


def named_in(response):
    """Return the order that an answer of Accept names; None where it names none."""
    try:
        return json.loads(json.loads(response)["body"])["accepted"]
    except (TypeError, ValueError, KeyError):
        return None


def accepted(trace):
    """Return the names of the accepted orders."""
    return {order for order, _, _ in orders(trace)}


def good_orders(trace):
    """Return those of them that can be packed."""
    return {order for order in accepted(trace) if not order.startswith("broken")}


def parcels(trace):
    """Return the parcels that were sent: the order's name, and when."""
    return [
        (json.loads(event.key)["order"], event.at)
        for event in trace
        if isinstance(event, ItemWritten) and event.table == "Parcels"
    ]


def parcels_by_order(trace):
    """Return how many parcels each order became."""
    return Counter(order for order, _ in parcels(trace))


def dead_letters(trace):
    """Return the messages that are in the dead-letter queue at the end."""
    dead = set()
    for event in trace:
        if isinstance(event, MessageMoved):
            (dead.add if event.to == "DeadOrders" else dead.discard)(event.message)
        elif isinstance(event, MessageSent) and event.queue == "DeadOrders":
            dead.add(event.message)
    return dead


def dead_orders(trace):
    """Return the names of the orders whose messages are in the dead-letter queue at the end."""
    names = {root: order for order, _, root in orders(trace)}
    dead = dead_letters(trace)
    return {
        names[event.root]
        for event in trace
        if isinstance(event, MessageMoved | MessageSent) and event.message in dead
    }


def listed(names):
    """Return names as a sentence lists them, the first five of them."""
    some = sorted(names, key=lambda name: (len(name), name))
    return ", ".join(some[:5]) + (", …" if len(some) > 5 else "")


def seconds(at):
    """Return a moment or a duration as seconds with milliseconds."""
    return f"{at / 1_000_000:.3f} s"
