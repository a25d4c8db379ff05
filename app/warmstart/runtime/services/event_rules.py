"""A rule of an event bus: what it matches, whom it sends to, and how its schedule ticks."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any, Final

from warmstart.runtime import clock
from warmstart.runtime import trace as t
from warmstart.runtime.services import base, delivery, schedule, transform
from warmstart.runtime.services.base import Caller, ServiceError
from warmstart.runtime.services.patterns import Pattern
from warmstart.runtime.specs import RuleSpec, Target, arn

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from warmstart.runtime.services.base import Account

PAGE: Final = 100


class Rule:
    """A rule in place."""

    def __init__(self, account: Account, spec: RuleSpec) -> None:
        self.spec = spec
        bus = "" if spec.bus == "default" else f"{spec.bus}/"
        self.arn = arn(RuleSpec, f"{bus}{spec.name}", account.region)
        self.text = ""
        """The pattern as it was put, where a call did."""
        self._account = account
        self._pattern = None if spec.pattern is None else Pattern(spec.pattern)
        self._ticking: asyncio.Task[None] | None = None

    def matches(self, event: Mapping[str, Any]) -> bool:
        """Whether the rule is on, and its pattern wants this event."""
        return self.spec.enabled and self._pattern is not None and self._pattern.matches(event)

    def send(self, event: Mapping[str, Any], root: str) -> None:
        """Send an event to every target, each on its own."""
        for target in self.spec.targets:
            self._account.spawn(self._deliver(event, target, root))

    async def _deliver(self, event: Mapping[str, Any], target: Target, root: str) -> None:
        account = self._account
        await clock.sleep_us(round(1_000 * account.model.delivery_ms))
        parcel = delivery.Parcel(self.spec.name, str(event["id"]), root, target.arn)
        caller = Caller("events", root, cause=parcel.id)
        body = transform.payload(target, event, self.arn)

        async def hand_over() -> None:
            await account.deliver(target.arn, body, caller)

        async def give_up(error: ServiceError) -> str | None:
            said = {
                "ERROR_CODE": error.code,
                "ERROR_MESSAGE": error.message,
                "RULE_ARN": self.arn,
                "TARGET_ARN": target.arn,
            }
            return await delivery.to_queue(account, target.dead_letter, body, caller, said)

        pauses = self._pauses(target, str(event["id"]))
        await delivery.deliver(account, parcel, hand_over, pauses, give_up)

    def _pauses(self, target: Target, event: str) -> Iterator[float]:
        """Give growing pauses with jitter, as often and as long as the target's policy has it."""
        draw = self._account.draw("target", self.spec.name, target.id, event)
        spent = 0.0
        for attempt in range(target.maximum_retry_attempts):
            pause = min(600.0, 2.0**attempt) * draw.uniform(0.5, 1.0)
            spent += pause
            if spent > target.maximum_event_age:
                return
            yield pause

    # -- schedules --------------------------------------------------------------------------------

    def start(self) -> None:
        """Let the schedule run, if it has one and is enabled. No run waits for it."""
        if self.spec.schedule is not None and self.spec.enabled and self._ticking is None:
            when = read_schedule(self.spec.schedule)
            self._ticking = self._account.spawn(self._tick(when), counts=False)

    def stop(self) -> None:
        """Let it stand still."""
        if self._ticking is not None:
            self._ticking.cancel()
            self._ticking = None

    def enable(self, *, enabled: bool) -> None:
        """Turn the rule on or off."""
        self.spec = dataclasses.replace(self.spec, enabled=enabled)
        if enabled:
            self.start()
        else:
            self.stop()

    async def _tick(self, when: schedule.Schedule) -> None:
        account = self._account
        moment: datetime | None = account.now()
        while moment is not None and (moment := when.after(moment)) is not None:
            await clock.sleep_us(
                max(0, round((moment - account.now()).total_seconds() * 1_000_000))
            )
            key = account.new_id("event")
            event = {
                "version": "0",
                "id": key,
                "detail-type": "Scheduled Event",
                "source": "aws.events",
                "account": account.id,
                "time": moment.isoformat(timespec="seconds").replace("+00:00", "Z"),
                "region": account.region,
                "resources": [self.arn],
                "detail": {},
            }
            account.emit(
                t.EventPut(
                    clock.now_us(), self.spec.bus, key, key, "scheduler", None, "aws.events",
                    "Scheduled Event", len(json.dumps(event)), None,
                )
            )  # fmt: skip
            self.send(event, key)

    # -- how it looks -----------------------------------------------------------------------------

    def shown(self) -> dict[str, Any]:
        """Return it as the API shows it."""
        spec = self.spec
        said: dict[str, Any] = {
            "Name": spec.name,
            "Arn": self.arn,
            "State": "ENABLED" if spec.enabled else "DISABLED",
            "EventBusName": spec.bus,
        }
        if spec.pattern is not None:
            said["EventPattern"] = self.text or json.dumps(spec.pattern)
        if spec.schedule is not None:
            said["ScheduleExpression"] = spec.schedule
        return said


def read_schedule(expression: str) -> schedule.Schedule:
    """Read a schedule.

    Raises:
        ServiceError: it is none.
    """
    try:
        return schedule.parse(expression)
    except ValueError as error:
        raise ServiceError(
            "ValidationException", f"Parameter ScheduleExpression is not valid: {error}."
        ) from error


def target_of(said: Mapping[str, Any]) -> Target:
    """Return a target that ``PutTargets`` is given.

    Raises:
        ServiceError: what it is to get of an event is no JSON, or no path.
    """
    transformer = said.get("InputTransformer") or {}
    retry = said.get("RetryPolicy") or {}
    target = Target(
        id=said["Id"],
        arn=said["Arn"],
        input=said.get("Input"),
        input_path=said.get("InputPath"),
        input_paths=transformer.get("InputPathsMap") or {},
        input_template=transformer.get("InputTemplate"),
        maximum_retry_attempts=retry.get("MaximumRetryAttempts", 185),
        maximum_event_age=retry.get("MaximumEventAgeInSeconds", 86_400),
        dead_letter=(said.get("DeadLetterConfig") or {}).get("Arn"),
    )
    try:
        transform.check(target)
    except ValueError as error:
        raise ServiceError("ValidationException", str(error)) from error
    return target


def page(found: list[Any], parameters: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Return a page of a list: ``Limit`` (100) entries from ``NextToken`` on."""
    wrong = ServiceError("ValidationException", "Parameter NextToken is not valid.")
    return base.page(found, key, parameters, int(parameters.get("Limit") or PAGE), wrong)


def shown(target: Target) -> dict[str, Any]:
    """Return a target as ``ListTargetsByRule`` gives it."""
    said: dict[str, Any] = {"Id": target.id, "Arn": target.arn}
    if target.input is not None:
        said["Input"] = target.input
    if target.input_path is not None:
        said["InputPath"] = target.input_path
    if target.input_template is not None:
        said["InputTransformer"] = {
            "InputPathsMap": dict(target.input_paths),
            "InputTemplate": target.input_template,
        }
    if target.dead_letter is not None:
        said["DeadLetterConfig"] = {"Arn": target.dead_letter}
    return said
