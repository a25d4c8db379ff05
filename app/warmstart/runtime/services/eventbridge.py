"""Amazon EventBridge: buses, rules by pattern and by schedule, targets, archives and replays.

Rules are those of the user guide (eb-events, eb-rules, eb-rule-retry-policy, eb-archive): an event
goes to every target of every rule that matches it, each on its own, retried for 24 hours with
growing pauses unless the target says otherwise.
"""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any, Final

from warmstart.runtime import clock
from warmstart.runtime import trace as t
from warmstart.runtime.jsontext import parsed
from warmstart.runtime.services import archives
from warmstart.runtime.services.base import Caller, Operation, ServiceError
from warmstart.runtime.services.event_rules import Rule, page, read_schedule, shown, target_of
from warmstart.runtime.services.patterns import InvalidPattern, Pattern
from warmstart.runtime.specs import BusSpec, RuleSpec, arn

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from warmstart.runtime.services.base import Account
    from warmstart.runtime.specs import ArchiveSpec

BATCH_LIMIT: Final = 10
ENTRY_LIMIT: Final = 262_144
"""Bytes of a PutEvents request (eb-putevents)."""
TARGET_LIMIT: Final = 5


class EventBridge:
    """The service."""

    name = "events"

    def __init__(
        self,
        account: Account,
        buses: Iterable[BusSpec],
        rules: Iterable[RuleSpec],
        kept: Iterable[ArchiveSpec] = (),
    ) -> None:
        self._account = account
        self._buses: dict[str, dict[str, Rule]] = {}
        for bus in ("default", *(spec.name for spec in buses)):
            self._add_bus(bus)
        self.archives = archives.Archives(account, self.put, lambda bus: bus in self._buses)
        for archive in kept:
            self.archives.add(archive)
        self._waiting = [rule for rule in rules if self._put_rule(rule)]

    def start(self) -> None:
        """Set the schedules going; needs a running loop."""
        for spec in self._waiting:
            self._buses[spec.bus][spec.name].start()
        self._waiting = []

    @property
    def operations(self) -> Mapping[str, Operation]:
        """What it can do."""
        return {
            "PutEvents": self._put_events,
            "TestEventPattern": self._test_pattern,
            "CreateEventBus": self._create_bus,
            "DeleteEventBus": self._delete_bus,
            "DescribeEventBus": self._describe_bus,
            "ListEventBuses": self._list_buses,
            "PutRule": self._put_rule_call,
            "DeleteRule": self._delete_rule,
            "DescribeRule": self._describe_rule,
            "ListRules": self._list_rules,
            "ListRuleNamesByTarget": self._list_by_target,
            "EnableRule": self._enable,
            "DisableRule": self._disable,
            "PutTargets": self._put_targets,
            "RemoveTargets": self._remove_targets,
            "ListTargetsByRule": self._list_targets,
            **self.archives.operations,
        }

    # -- buses ------------------------------------------------------------------------------------

    def _add_bus(self, name: str) -> str:
        self._buses[name] = {}
        key = arn(BusSpec, name, self._account.region)

        async def take(payload: str, caller: Caller) -> None:
            said = parsed(payload)
            known = {"source", "detail-type", "detail", "resources", "time", "id"}
            self.put(name, {k: v for k, v in said.items() if k in known}, caller)

        self._account.takes(key, take)
        return key

    def _bus(self, said: object) -> str:
        name = str(said or "default").rpartition("/")[2]
        if name not in self._buses:
            raise _missing(f"Event bus {name} does not exist.")
        return name

    async def _create_bus(self, parameters: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        name = parameters["Name"]
        if name in self._buses:
            raise ServiceError(
                "ResourceAlreadyExistsException", f"Event bus {name} already exists."
            )
        return {"EventBusArn": self._add_bus(name)}

    async def _delete_bus(self, parameters: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        name = parameters["Name"]
        if name == "default":
            raise ServiceError("ValidationException", "Cannot delete event bus default.")
        if self._buses.get(name):
            raise ServiceError(
                "ValidationException", "Event bus can't be deleted since it has rules."
            )
        self._buses.pop(name, None)
        return {}

    async def _describe_bus(self, parameters: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        name = self._bus(parameters.get("Name"))
        return {"Name": name, "Arn": arn(BusSpec, name, self._account.region)}

    async def _list_buses(self, parameters: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        prefix = parameters.get("NamePrefix") or ""
        found = [
            {"Name": name, "Arn": arn(BusSpec, name, self._account.region)}
            for name in self._buses
            if name.startswith(prefix)
        ]
        return page(found, parameters, "EventBuses")

    # -- events -----------------------------------------------------------------------------------

    async def _put_events(self, parameters: dict[str, Any], caller: Caller) -> dict[str, Any]:
        entries = parameters.get("Entries") or []
        if not 1 <= len(entries) <= BATCH_LIMIT:
            bound = (
                f"less than or equal to {BATCH_LIMIT}" if entries else "greater than or equal to 1"
            )
            raise ServiceError(
                "ValidationException",
                "1 validation error detected: Value at 'entries' failed to satisfy constraint:"
                f" Member must have length {bound}",
            )
        if sum(map(_entry_size, entries)) > ENTRY_LIMIT:
            raise ServiceError(
                "ValidationException", "Total size of the entries in the request is over the limit."
            )
        answers: list[dict[str, Any]] = []
        for entry in entries:
            wrong = _wrong(entry)
            bus = str(entry.get("EventBusName") or "default").rpartition("/")[2]
            if wrong is not None:
                answers.append({"ErrorCode": wrong[0], "ErrorMessage": wrong[1]})
            elif bus in self._buses:
                answers.append({"EventId": self.put(bus, _event(entry), caller)})
            else:  # AWS takes it, and nobody ever sees it.
                answers.append({"EventId": self._account.new_id("event")})
        failed = sum("ErrorCode" in answer for answer in answers)
        return {"FailedEntryCount": failed, "Entries": answers}

    def put(
        self, bus: str, said: Mapping[str, Any], caller: Caller, *, replay: str | None = None
    ) -> str:
        """Put an event on a bus, and send it to whom it concerns; return its id.

        ``said`` has ``source``, ``detail-type`` and ``detail``; what else it lacks is filled in.
        """
        account = self._account
        moment = said.get("time") or account.now().isoformat(timespec="seconds")
        event = {
            "version": "0",
            "id": said.get("id") or account.new_id("event"),
            "detail-type": said["detail-type"],
            "source": said["source"],
            "account": account.id,
            "time": str(moment).replace("+00:00", "Z"),
            "region": account.region,
            "resources": list(said.get("resources") or ()),
            "detail": said["detail"],
        }
        if replay is not None:
            event["replay-name"] = replay
        account.emit(
            t.EventPut(
                clock.now_us(), bus, event["id"], caller.root, caller.source, caller.request,
                event["source"], event["detail-type"], len(json.dumps(event).encode()), replay,
                caller.cause,
            )
        )  # fmt: skip
        if replay is None:
            self.archives.keep(bus, event)
        for rule in self._buses[bus].values():
            if rule.matches(event):
                rule.send(event, caller.root)
        return str(event["id"])

    async def _test_pattern(self, parameters: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        pattern = _pattern(parameters["EventPattern"])
        try:
            event = json.loads(parameters["Event"])
        except ValueError as error:
            raise ServiceError("ValidationException", "Parameter Event is not valid.") from error
        return {"Result": pattern.matches(event)}

    # -- rules ------------------------------------------------------------------------------------

    def _put_rule(self, spec: RuleSpec) -> bool:
        """Put a rule of the template in place; whether it has a schedule to start."""
        self._buses.setdefault(spec.bus, {})[spec.name] = Rule(self._account, spec)
        return spec.schedule is not None

    def _rule(self, parameters: Mapping[str, Any], key: str = "Name") -> Rule:
        bus = self._bus(parameters.get("EventBusName"))
        rule = self._buses[bus].get(parameters[key])
        if rule is None:
            raise _missing(f"Rule {parameters[key]} does not exist on EventBus {bus}.")
        return rule

    async def _put_rule_call(self, parameters: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        bus, name = self._bus(parameters.get("EventBusName")), parameters["Name"]
        pattern, expression = parameters.get("EventPattern"), parameters.get("ScheduleExpression")
        if not pattern and not expression:
            raise ServiceError(
                "ValidationException",
                "Parameter(s) EventPattern or ScheduleExpression must be specified.",
            )
        if pattern:
            _pattern(pattern)
        if expression:
            if bus != "default":
                raise ServiceError(
                    "ValidationException",
                    "ScheduleExpression is supported only on the default event bus.",
                )
            read_schedule(expression)
        known = self._buses[bus].get(name)
        if known is not None:
            known.stop()
        spec = RuleSpec(
            logical_id="",
            name=name,
            bus=bus,
            pattern=json.loads(pattern) if pattern else None,
            schedule=expression or None,
            enabled=parameters.get("State", "ENABLED") != "DISABLED",
            targets=known.spec.targets if known is not None else (),
        )
        rule = self._buses[bus][name] = Rule(self._account, spec)
        rule.text = pattern or ""
        rule.start()
        return {"RuleArn": rule.arn}

    async def _delete_rule(self, parameters: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        bus = self._bus(parameters.get("EventBusName"))
        rule = self._buses[bus].get(parameters["Name"])
        if rule is not None:
            if rule.spec.targets:
                raise ServiceError(
                    "ValidationException", "Rule can't be deleted since it has targets."
                )
            rule.stop()
            del self._buses[bus][parameters["Name"]]
        return {}

    async def _describe_rule(self, parameters: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        return {**self._rule(parameters).shown(), "CreatedBy": self._account.id}

    async def _list_rules(self, parameters: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        bus = self._bus(parameters.get("EventBusName"))
        prefix = parameters.get("NamePrefix") or ""
        rules = [r.shown() for n, r in sorted(self._buses[bus].items()) if n.startswith(prefix)]
        return page(rules, parameters, "Rules")

    async def _list_by_target(self, parameters: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        wanted, bus = parameters["TargetArn"], self._bus(parameters.get("EventBusName"))
        names = [
            name
            for name, rule in sorted(self._buses[bus].items())
            if any(target.arn == wanted for target in rule.spec.targets)
        ]
        return page(names, parameters, "RuleNames")

    async def _enable(self, parameters: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        self._rule(parameters).enable(enabled=True)
        return {}

    async def _disable(self, parameters: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        self._rule(parameters).enable(enabled=False)
        return {}

    async def _put_targets(self, parameters: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        rule = self._rule(parameters, "Rule")
        new = {said["Id"]: target_of(said) for said in parameters["Targets"]}
        targets = {target.id: target for target in rule.spec.targets} | new
        if len(targets) > TARGET_LIMIT:
            raise ServiceError(
                "LimitExceededException",
                "The requested resource exceeds the maximum number allowed.",
            )
        rule.spec = dataclasses.replace(rule.spec, targets=tuple(targets.values()))
        return {"FailedEntryCount": 0, "FailedEntries": []}

    async def _remove_targets(self, parameters: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        rule = self._rule(parameters, "Rule")
        gone = set(parameters["Ids"])
        left = tuple(target for target in rule.spec.targets if target.id not in gone)
        rule.spec = dataclasses.replace(rule.spec, targets=left)
        return {"FailedEntryCount": 0, "FailedEntries": []}

    async def _list_targets(self, parameters: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        targets = [shown(target) for target in self._rule(parameters, "Rule").spec.targets]
        return page(targets, parameters, "Targets")


def _event(entry: Mapping[str, Any]) -> dict[str, Any]:
    moment = entry.get("Time")
    return {
        "source": entry["Source"],
        "detail-type": entry["DetailType"],
        "detail": parsed(entry["Detail"]),
        "resources": entry.get("Resources") or [],
        "time": None if moment is None else moment.isoformat(timespec="seconds"),
    }


def _wrong(entry: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return code and sentence of what is wrong with an entry; None where nothing is."""
    for name in ("Source", "DetailType", "Detail"):
        if not entry.get(name):
            text = f"Parameter {name} is not valid. Reason: {name} is a required argument."
            return "InvalidArgument", text
    if str(entry["Source"]).startswith("aws."):
        return (
            "NotAuthorizedForSourceException",
            f"Not authorized for the source: {entry['Source']}.",
        )
    try:
        detail = parsed(entry["Detail"])
    except ValueError:
        detail = None
    return None if isinstance(detail, dict) else ("MalformedDetail", "Detail is malformed.")


def _entry_size(entry: Mapping[str, Any]) -> int:
    """Return what an entry counts (eb-putevent-size): 14 bytes for a time, and its texts."""
    texts = [entry.get("Source"), entry.get("DetailType"), entry.get("Detail")]
    texts += entry.get("Resources") or []
    size = sum(len(str(text).encode(errors="surrogatepass")) for text in texts if text)
    return size + (14 if entry.get("Time") else 0)


def _pattern(text: str) -> Pattern:
    try:
        return Pattern(text)
    except InvalidPattern as error:
        raise ServiceError(
            "InvalidEventPatternException", f"Event pattern is not valid. Reason: {error}"
        ) from error


def _missing(sentence: str) -> ServiceError:
    return ServiceError("ResourceNotFoundException", sentence)
