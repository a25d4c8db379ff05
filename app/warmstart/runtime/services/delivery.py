"""Handing an event to a target, again and again where it must be, and to a dead-letter queue last.

SNS and EventBridge share it: a target that refuses an event for what it is (it does not exist, the
event is not valid) is not asked again; one that is throttled or at fault is, later and later.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from warmstart.runtime import clock
from warmstart.runtime import trace as t
from warmstart.runtime.services.base import ServiceError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from warmstart.runtime.services.base import Account, Caller

_US = 1_000_000
_THROTTLED = 429


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is to be delivered, by whom and where to, for the trace."""

    by: str
    """The topic or rule."""
    event: str
    root: str
    to: str
    """The target's ARN."""

    @property
    def id(self) -> str:
        """The delivery's id."""
        return t.delivery(self.event, self.to)


async def deliver(
    account: Account,
    parcel: Parcel,
    hand_over: Callable[[], Awaitable[Any]],
    pauses: Iterable[float],
    dead_letter: Callable[[ServiceError], Awaitable[str | None]],
) -> None:
    """Hand an event over, or give it up.

    Args:
        account: the account.
        parcel: what it is.
        hand_over: hands it to the target; raises ServiceError where that does not take it.
        pauses: the seconds before each further attempt; when they are used up, it is given up.
        dead_letter: gives it to the dead-letter queue, and returns that queue's ARN if it has one.
    """
    rest = iter(pauses)
    attempt = 0
    while True:
        attempt += 1
        try:
            await hand_over()
        except ServiceError as error:
            again = error.status >= 500 or error.status == _THROTTLED  # noqa: PLR2004 — HTTP's
            pause = next(rest, None) if again else None
            given = await dead_letter(error) if pause is None else None
            account.emit(
                t.EventFailed(
                    clock.now_us(), parcel.by, parcel.event, parcel.root, parcel.to, attempt,
                    error.code, None if pause is None else round(pause * _US), given,
                )
            )  # fmt: skip
            if pause is None:
                return
            await clock.sleep_us(round(pause * _US))
        else:
            account.emit(
                t.EventDelivered(
                    clock.now_us(), parcel.by, parcel.event, parcel.root, parcel.to, attempt
                )
            )
            return


async def to_queue(
    account: Account, arn: str | None, body: str, caller: Caller, attributes: dict[str, str]
) -> str | None:
    """Send what was given up to a dead-letter queue; return its ARN, or None where it is lost."""
    if arn is None:
        return None
    said = {
        name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
    }
    try:
        await account.call(
            "sqs",
            "SendMessage",
            {"QueueUrl": arn.rpartition(":")[2], "MessageBody": body, "MessageAttributes": said},
            caller,
        )
    except ServiceError:
        return None
    return arn
