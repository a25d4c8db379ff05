"""Asynchronous invocation: Lambda's own queue of events, its retries, and where events end.

Rules are those of the Lambda developer guide (invocation-async-error-handling,
invocation-async-configuring, invocation-async-retain-records): two retries after function errors,
one minute and two minutes later; throttles and system errors are retried for as long as the event
may grow old, a second later to begin with and five minutes at most. An event that is given up goes
to the dead-letter queue as it is, and a record of it to the destination for failures; so does,
without any attempt, the event of a function whose reserved concurrency is 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from warmstart.runtime import chains, clock
from warmstart.runtime import trace as t
from warmstart.runtime.invocation import Invocation
from warmstart.runtime.invoke import EVENT_LIMIT, OK, RECURSIVE, THROTTLED
from warmstart.runtime.jsontext import dumped, parsed
from warmstart.runtime.services.base import Caller, ServiceError

if TYPE_CHECKING:
    from warmstart.runtime.fleet import Fleet
    from warmstart.runtime.invoke import Answer, Lambda
    from warmstart.runtime.services.base import Account
    from warmstart.runtime.specs import AsyncConfig
    from warmstart.runtime.versions import Target

RETRY_DELAYS: Final = (60, 120)
"""Seconds before the first and the second retry after a function error."""
FIRST_PAUSE: Final = 1
"""Seconds before the next attempt after a throttle or a system error."""
LONGEST_PAUSE: Final = 300
_US: Final = 1_000_000
_ERROR_CHARS: Final = 1_024
"""Of an error message, what a dead-letter queue gets."""


@dataclass(slots=True)
class _Event:
    """One event in the queue."""

    request: str
    function: str
    """The name."""
    arn: str
    """As it was invoked."""
    qualifier: str | None
    payload: str
    caller: Caller
    root: str
    born: int
    client_context: str | None
    attempts: int = 0
    """Those that ran."""
    throttles: int = 0
    """Attempts in a row that did not run."""
    answer: Answer | None = None
    """What the last attempt gave."""


class EventQueue:
    """The events on their way to the functions of one account."""

    def __init__(self, account: Account, functions: Lambda, fleet: Fleet) -> None:
        self._account = account
        self._lambda = functions
        self._fleet = fleet

    async def put(
        self,
        function: str,
        payload: str,
        caller: Caller,
        qualifier: str | None = None,
        client_context: str | None = None,
    ) -> str:
        """Take an event for a function (by name or ARN); return its request id.

        Raises:
            ServiceError: no such function, or no such event.
        """
        self._lambda.check(payload, EVENT_LIMIT)
        target = self._lambda.functions.resolve(function, qualifier)
        request, name = self._lambda.new_request(), target.version.spec.name
        event = _Event(
            request, name, target.arn, target.qualifier, payload or "{}", caller,
            caller.root or request, clock.now_us(), client_context,
        )  # fmt: skip
        self._account.emit(
            t.EventQueued(
                event.born, request, name, t.size(payload), caller.source, event.root,
                caller.behind,
            )
        )  # fmt: skip
        self._account.spawn(self._process(event))
        return request

    async def _process(self, event: _Event) -> None:
        await clock.sleep_us(round(1_000 * self._account.model.async_ms))
        while True:
            try:
                target = self._lambda.functions.resolve(event.function, event.qualifier)
            except ServiceError:
                return  # The alias is gone, and its events with it.
            config = self._lambda.functions.config(target)
            if self._fleet.reserved(event.function) == 0:
                await self._give_up(event, target, config, "ZeroReservedConcurrency")
                return
            delay = await self._attempt(event, target, config)
            if delay is None:
                return
            left = event.born + config.maximum_event_age * _US - clock.now_us()
            await clock.sleep_us(max(0, min(delay, left)))
            if delay >= left:
                await self._give_up(event, target, config, "EventAgeExceeded")
                return

    async def _attempt(self, event: _Event, target: Target, config: AsyncConfig) -> int | None:
        """Invoke the function once; return the microseconds to the next attempt, None for none."""
        call = Invocation(
            event.request, event.payload, target.arn, event.root, event.client_context,
            chain=event.caller.chain,
        )  # fmt: skip
        answer = event.answer = await self._lambda.attempt(
            target, call, event.caller.source, "Event"
        )
        if answer.error_code == RECURSIVE:
            await self._give_up(event, target, config, "RetriesExhausted")
            return None
        reason: t.RetryReason = "error"
        if answer.refused:
            seconds = FIRST_PAUSE * self._account.model.async_backoff**event.throttles
            delay = round(min(LONGEST_PAUSE, seconds) * _US)
            event.throttles += 1
            reason = "throttled"
        else:
            event.attempts += 1
            event.throttles = 0
            if answer.function_error is None:
                if config.on_success:
                    record = self._record(event, target, "Success")
                    await self._send(event, config.on_success, record, "on-success")
                return None
            if event.attempts > config.maximum_retry_attempts:
                await self._give_up(event, target, config, "RetriesExhausted")
                return None
            delay = RETRY_DELAYS[event.attempts - 1] * _US
        self._account.emit(
            t.EventRetried(
                clock.now_us(), event.request, event.function, event.root, reason,
                event.attempts, delay,
            )
        )  # fmt: skip
        return delay

    async def _give_up(
        self, event: _Event, target: Target, config: AsyncConfig, condition: t.Condition
    ) -> None:
        self._account.emit(
            t.EventDropped(
                clock.now_us(), event.request, event.function, event.root, condition,
                event.attempts,
            )
        )  # fmt: skip
        if chains.times(event.caller.chain, event.function) > (
            self._account.model.recursive_invocations
        ):
            return  # It was given up for that before, and has come back from where it was sent.
        dead_letter = target.version.spec.dead_letter
        if dead_letter:
            await self._send(event, dead_letter, event.payload, "dead-letter")
        if config.on_failure:
            record = self._record(event, target, condition)
            await self._send(event, config.on_failure, record, "on-failure")

    def _record(self, event: _Event, target: Target, condition: t.Condition) -> str:
        """Return what a destination gets (invocation-async-retain-records)."""
        now = self._account.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        record: dict[str, Any] = {
            "version": "1.0",
            "timestamp": now,
            "requestContext": {
                "requestId": event.request,
                "functionArn": self._lambda.functions.arn(event.function, target.qualifier),
                "condition": condition,
                "approximateInvokeCount": event.attempts,
            },
            "requestPayload": _said(event.payload),
        }
        answer = event.answer
        if answer is not None and not answer.refused:
            record["responseContext"] = {
                "statusCode": OK,
                "executedVersion": answer.version,
                **({"functionError": answer.function_error} if answer.function_error else {}),
            }
            record["responsePayload"] = _said(answer.payload)
        return dumped(record)

    async def _send(self, event: _Event, arn: str, body: str, sent_as: t.SentAs) -> None:
        """Send a body on; what is not taken is lost, and the trace says so."""
        chain = chains.longer(event.caller.chain, event.function)
        caller = Caller("lambda", event.root, cause=event.request, chain=chain)
        service = arn.split(":")[2]
        error_code = None
        try:
            if sent_as == "dead-letter":
                await self._dead_letter(event, service, arn, caller)
            elif service == "events":
                await self._put_event(event, arn, body, sent_as, caller)
            else:
                await self._account.deliver(arn, body, caller)
        except ServiceError as error:
            error_code = error.code
        self._account.emit(
            t.EventSent(
                clock.now_us(), event.request, event.function, event.root, arn, sent_as, error_code
            )
        )

    async def _dead_letter(self, event: _Event, service: str, arn: str, caller: Caller) -> None:
        """Send the event as it is, and in attributes why it was given up."""
        answer = event.answer
        message = ""
        if answer is not None:
            told = parsed(answer.payload)
            message = str(told.get("errorMessage") or told.get("message") or "")
        attributes = {
            "RequestID": {"DataType": "String", "StringValue": event.request},
            "ErrorCode": {
                "DataType": "Number",
                "StringValue": str(answer.status_code if answer else THROTTLED),
            },
            "ErrorMessage": {
                "DataType": "String",
                "StringValue": _plain(message[:_ERROR_CHARS]) or "Rate Exceeded.",
            },
        }
        call = self._account.call
        if service == "sns":
            asked = {"TopicArn": arn, "Message": event.payload, "MessageAttributes": attributes}
            await call("sns", "Publish", asked, caller)
            return
        name = arn.rpartition(":")[2]
        url = (await call("sqs", "GetQueueUrl", {"QueueName": name}, caller))["QueueUrl"]
        asked = {"QueueUrl": url, "MessageBody": event.payload, "MessageAttributes": attributes}
        await call("sqs", "SendMessage", asked, caller)

    async def _put_event(
        self, event: _Event, arn: str, record: str, sent_as: t.SentAs, caller: Caller
    ) -> None:
        outcome = "Success" if sent_as == "on-success" else "Failure"
        entry = {
            "Source": "lambda",
            "DetailType": f"Lambda Function Invocation Result - {outcome}",
            "Resources": [event.arn, arn],
            "Detail": record,
            "EventBusName": arn,
        }
        await self._account.call("events", "PutEvents", {"Entries": [entry]}, caller)


def _said(payload: str) -> Any:
    """Return what a payload says; one that says nothing, being no JSON to others, as a text."""
    try:
        return parsed(payload)
    except ValueError:
        return payload


def _plain(text: str) -> str:
    return text.encode(errors="replace").decode()
