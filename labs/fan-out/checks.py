"""What this lab shows, as checks over the trace of a run.

They go by what a customer and the world outside can see: when an answer came, and what was done
for an order. A ``check_`` holds whatever the knobs, a ``challenge_`` once the challenge is met; the
others answer the lab's predictions.
"""

import json
from collections import Counter

from warmstart.runtime.trace import (
    EventDelivered,
    EventDropped,
    EventFailed,
    EventFiltered,
    EventRetried,
    HttpAnswered,
    InvocationEnded,
    InvocationRequested,
    ItemWritten,
    MessageMoved,
    TopicPublished,
)

SECOND = 1_000_000
MINUTE = 60 * SECOND
WORK = ("mail", "stock", "analytics")
AT_ONCE = SECOND
"""Microseconds within which a customer has an answer, in the challenge."""
SOON = 5 * SECOND
"""Microseconds within which those who are not concerned have done their work."""
PAUSES = [MINUTE, 2 * MINUTE]
"""Microseconds between the attempts of an asynchronous invocation that fails."""


# -- checks ---------------------------------------------------------------------------------------


def check_every_customer_has_an_answer(trace):
    """Every customer has an answer within 30 seconds, be it an error."""
    for event in answers(trace):
        assert event.duration <= 30 * SECOND, (
            f"A customer waited {seconds(event.duration)}, until {seconds(event.at)}."
        )


def check_a_caller_outlives_what_it_calls(trace):
    """An invocation that waits for another one ends after it."""
    ended = {event.request: event.at for event in trace if isinstance(event, InvocationEnded)}
    for event in trace:
        if isinstance(event, InvocationRequested) and event.invocation_type == "RequestResponse":
            caller = event.cause
            assert caller not in ended or ended[event.request] <= ended[caller], (
                f"{event.function} ended at {seconds(ended[event.request])}, and who waited for it "
                f"{seconds(ended[event.request] - ended[caller])} before."
            )


def check_every_subscription_gets_its_own_copy(trace):
    """Every message that is published reaches all three subscriptions, or is filtered out there."""
    published = [event.message for event in trace if isinstance(event, TopicPublished)]
    kinds = EventDelivered | EventFiltered | EventFailed
    reached = {message: set() for message in published}
    for event in trace:
        if isinstance(event, kinds) and event.event in reached:
            reached[event.event].add(event.to)
    for message, targets in reached.items():
        assert len(targets) == 3, (
            f"Message {message[:8]} reached {len(targets)} subscriptions of 3."
        )


def check_lambda_tries_an_event_three_times(trace):
    """An event whose function fails is tried again after one and two minutes; then it is gone."""
    pauses = {}
    for event in trace:
        if isinstance(event, EventRetried):
            pauses.setdefault(event.request, []).append(event.delay)
        elif isinstance(event, EventDropped):
            assert pauses.get(event.request) == PAUSES, (
                f"An event of {event.function} was given up at {seconds(event.at)} after "
                f"{event.attempts} attempts."
            )


# -- the challenge --------------------------------------------------------------------------------


def challenge_every_customer_has_an_answer_at_once(trace):
    """Every customer has an answer within a second, and it is no error."""
    wrong = [event for event in answers(trace) if event.status >= 400]
    assert not wrong, f"{len(wrong)} of {len(answers(trace))} customers got an error."
    longest = max(event.duration for event in answers(trace))
    assert longest <= AT_ONCE, f"A customer waited {seconds(longest)}; wanted: a second at most."


def challenge_the_others_do_not_notice(trace):
    """Stock and analytics have done their work for every order within five seconds."""
    for what in ("stock", "analytics"):
        missing = [
            order
            for order, placed in orders(trace).items()
            if done(trace, order, what, by=placed + SOON) == 0
        ]
        assert not missing, (
            f"After five seconds {what} had done nothing for {len(missing)} orders: "
            f"{', '.join(missing)}."
        )


def challenge_every_mail_is_sent(trace):
    """In the end the mail of every order is sent."""
    missing = [order for order in orders(trace) if done(trace, order, "mail") == 0]
    assert not missing, (
        f"The mail of {len(missing)} orders was never sent: {', '.join(missing)}."
        f"{whereabouts(trace, missing)}"
    )


def challenge_everything_is_done_once(trace):
    """Nothing is done twice for an order."""
    twice = sorted(key for key, count in work(trace).items() if count > 1)
    assert not twice, f"Done more than once: {', '.join(f'{w} of {o}' for o, w in twice[:5])}."


# -- predictions ----------------------------------------------------------------------------------


def first_wait(trace):
    """Return how long the first customer waits, in milliseconds."""
    return answers(trace)[0].duration / 1_000


def order_of_ends(trace):
    """Return the functions in the order in which they end their work on the first order.

    Who has no part in it comes last.
    """
    ended = [event.function.lower() for event in ends(trace)]
    return list(dict.fromkeys((*ended, "mail", "stock", "analytics")))


def customers_with_an_error(trace):
    """Return how many customers get an error."""
    return sum(event.status >= 400 for event in answers(trace))


def mailbox(trace):
    """Answer what a customer with an error has got by mail: ``nothing`` or ``confirmation``."""
    wrong = failed_orders(trace)
    if not wrong:
        return "nobody"
    return "confirmation" if done(trace, wrong[-1], "mail") else "nothing"


# -- the moments that show them -------------------------------------------------------------------


def first_answer(trace):
    """Return when the first customer has an answer."""
    return answers(trace)[0].at


def last_end(trace):
    """Return when the last of those ends who work on the first order."""
    return ends(trace)[-1].at


def first_error(trace):
    """Return when the first customer gets an error."""
    return min((event.at for event in answers(trace) if event.status >= 400), default=None)


def first_wrong_mail(trace):
    """Return when a mail is sent for an order whose customer gets an error."""
    wrong = failed_orders(trace)
    sent = [at for key, at in written(trace) if key["what"] == "mail" and key["order"] in wrong]
    return min(sent, default=None)


# -- reading a trace ------------------------------------------------------------------------------


def answers(trace):
    """Return the answers to the customers, in the order in which they asked."""
    found = [event for event in trace if isinstance(event, HttpAnswered)]
    return sorted(found, key=lambda event: event.at - event.duration)


def orders(trace):
    """Return when each order was placed, by its number: the customers are numbered from 1."""
    return {
        str(number): event.at - event.duration
        for number, event in enumerate(answers(trace), start=1)
    }


def ends(trace):
    """Return the ends of the invocations that work on the first order."""
    root = answers(trace)[0].root
    mine = {
        event.request
        for event in trace
        if isinstance(event, InvocationRequested) and event.root == root
    }
    return [
        event for event in trace if isinstance(event, InvocationEnded) and event.request in mine
    ]


def failed_orders(trace):
    """Return the orders whose customers get an error."""
    pairs = zip(orders(trace), answers(trace), strict=True)
    return [order for order, event in pairs if event.status >= 400]


def whereabouts(trace, missing):
    """Say what became of the orders that nobody got done: given up by Lambda, or dead letters."""
    root = {order: event.root for order, event in zip(orders(trace), answers(trace), strict=True)}
    roots = {root[order] for order in missing}
    dropped = {event.root for event in trace if isinstance(event, EventDropped)} & roots
    dead = {event.root for event in trace if isinstance(event, MessageMoved)} & roots
    said = f" Lambda gave up {len(dropped)} of them after three attempts." if dropped else ""
    return said + (f" {len(dead)} of them are dead letters." if dead else "")


def work(trace):
    """Return how often each thing was done for each order."""
    return Counter((key["order"], key["what"]) for key, _ in written(trace))


def done(trace, order, what, by=None):
    """Return how often something was done for an order, until a moment."""
    return sum(
        key == {"order": order, "what": what} and (by is None or at <= by)
        for key, at in written(trace)
    )


def written(trace):
    """Return what was done outside, and when."""
    return [
        (json.loads(event.key), event.at)
        for event in trace
        if isinstance(event, ItemWritten) and event.table == "Done"
    ]


def seconds(at):
    """Return a moment or a duration as seconds with milliseconds."""
    return f"{at / 1_000_000:.3f} s"
