"""What calls what: SAM's ``Events``, and the resources that tie others together.

An event of a function becomes what SAM makes of it: an event source mapping, a subscription, a
rule, a notification, a route. They are gathered in a ``Wiring`` and put where they belong at the
end, because a template may name a resource before it describes it.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from typing import TYPE_CHECKING, Any, ClassVar, Final, cast

from warmstart.runtime import specs, web_specs
from warmstart.runtime.template import plain, resources
from warmstart.runtime.template.apis import HttpApis
from warmstart.runtime.template.intrinsics import DEFAULT_API, DEFAULT_REST_API
from warmstart.runtime.template.rest_apis import RestApis

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from warmstart.runtime.template.cfn import Reader


APIS: Final = ("AWS::Serverless::HttpApi", "AWS::Serverless::Api")


class Wiring:
    """What is to be added to functions, topics, buckets and APIs."""

    def __init__(self, region: str, defaults: Reader) -> None:
        self.region = region
        self.sources: dict[str, list[specs.QueueSource]] = defaultdict(list)
        """By the function's ARN."""
        self.subscriptions: dict[str, list[specs.Subscription]] = defaultdict(list)
        """By the topic's ARN."""
        self.notifications: dict[str, list[specs.Notification]] = defaultdict(list)
        """By the bucket's name."""
        self.rules: list[specs.RuleSpec] = []
        self.http_apis = HttpApis(defaults)
        self.rest_apis = RestApis(defaults)
        self._places: dict[str, Reader] = {}
        """Where each event source mapping stands, by its logical id."""
        self._named: list[tuple[Reader, str, str]] = []
        """Who names a function, under which key, and its ARN."""
        self._published: dict[str, list[tuple[Reader, specs.Alias]]] = defaultdict(list)
        """The aliases of a function, by its ARN; none for one of which there is but a version."""

    # -- SAM's events -----------------------------------------------------------------------------

    def events(self, properties: Reader, owner: str, arn: str, *, function: bool) -> None:
        """Read the ``Events`` of a function or state machine; ``owner`` is its logical id."""
        section = properties.section("Events")
        for name in section.values:
            event = section.section(name)
            event.only(("Type", "Properties"))
            kind = event.take("Type", str, "")
            read = (self._FUNCTION if function else self._MACHINE).get(kind)
            if read is None:
                known = ", ".join(self._FUNCTION if function else self._MACHINE)
                later, instead = _LATER.get(kind, (f"Events of type {kind}", f"{known} are."))
                event.refuse("Type", f"{owner}'s {name}: {later} are not supported yet.", instead)
                continue
            read(self, event.section("Properties"), f"{owner}{name}", arn)

    def _sqs(self, said: Reader, name: str, arn: str) -> None:
        said.only(
            ("Queue", "BatchSize", "MaximumBatchingWindowInSeconds", "FunctionResponseTypes",
             "ScalingConfig", "FilterCriteria", "Enabled")
        )  # fmt: skip
        self.sources[arn].append(queue_source(said, "Queue", arn, name))
        self._places[name] = said

    def _sns(self, said: Reader, name: str, arn: str) -> None:
        said.only(("Topic", "FilterPolicy", "FilterPolicyScope", "RedrivePolicy", "Region"))
        found = dataclasses.replace(
            resources.subscription(said, name), protocol="lambda", endpoint=arn
        )
        self.subscriptions[said.take("Topic", str, "")].append(found)

    def _rule(self, said: Reader, name: str, arn: str) -> None:
        said.only(
            ("Pattern", "EventBusName", "Input", "InputPath", "InputTransformer", "RetryPolicy",
             "DeadLetterConfig", "RuleName", "State", "Target")
        )  # fmt: skip
        pattern = said.plain("Pattern")
        resources.check_pattern(said, "Pattern", pattern or {})
        bus = said.take("EventBusName", str, "default").rpartition("/")[2]
        self._add_rule(said, name, arn, pattern=pattern, bus=bus)

    def _schedule(self, said: Reader, name: str, arn: str) -> None:
        said.only(
            ("Schedule", "ScheduleExpression", "Input", "Name", "Description", "State", "Enabled",
             "RetryPolicy", "DeadLetterConfig", "RoleArn")
        )  # fmt: skip
        key = "ScheduleExpression" if "ScheduleExpression" in said.values else "Schedule"
        expression = said.take(key, str, "")
        resources.check_schedule(said, key, expression)
        self._add_rule(said, name, arn, schedule=expression)

    def _add_rule(self, said: Reader, name: str, arn: str, **what: Any) -> None:
        enabled = said.choice("State", "ENABLED", ("ENABLED", "DISABLED")) == "ENABLED"
        enabled = enabled and said.flag("Enabled", default=True)
        own = said.take("RuleName", str, "") or said.take("Name", str, name)
        target = resources.target(said, id_=f"{name}Target", arn=arn)
        self.rules.append(specs.RuleSpec(name, own, enabled=enabled, targets=(target,), **what))

    def _s3(self, said: Reader, _name: str, arn: str) -> None:
        said.only(("Bucket", "Events", "Filter"))
        notification = specs.Notification(
            tuple(said.texts("Events")), arn, *resources.filter_rules(said.section("Filter"))
        )
        self.notifications[said.take("Bucket", str, "")].append(notification)

    def _http_api(self, said: Reader, _name: str, arn: str) -> None:
        self.http_apis.event(said, arn)

    def _api(self, said: Reader, _name: str, arn: str) -> None:
        self.rest_apis.event(said, arn)

    _MACHINE: ClassVar[dict[str, Any]] = {
        "EventBridgeRule": _rule,
        "CloudWatchEvent": _rule,
        "Schedule": _schedule,
    }
    """By type of event: what reads it, for state machines and functions alike."""
    _FUNCTION: ClassVar[dict[str, Any]] = {
        "SQS": _sqs,
        "SNS": _sns,
        "S3": _s3,
        "HttpApi": _http_api,
        "Api": _api,
        **_MACHINE,
    }
    """For functions."""

    def api(self, logical_id: str) -> web_specs.HttpApiSpec | web_specs.RestApiSpec:
        """Return an API of the template, with the routes that have been read so far."""
        spec = self.http_apis.spec(logical_id) or self.rest_apis.spec(logical_id)
        assert spec is not None
        return spec

    # -- resources that tie others together -------------------------------------------------------

    def mapping(self, properties: Reader, logical_id: str) -> None:
        """Read an ``AWS::Lambda::EventSourceMapping``."""
        source = properties.take("EventSourceArn", str, "")
        if not source.startswith("arn:aws:sqs:"):
            properties.refuse(
                "EventSourceArn",
                f"{logical_id}: event source mappings of anything but SQS are not supported yet.",
            )
            return
        properties.only(
            ("FunctionName", "EventSourceArn", "BatchSize", "MaximumBatchingWindowInSeconds",
             "FunctionResponseTypes", "ScalingConfig", "FilterCriteria", "Enabled")
        )  # fmt: skip
        arn = self.function_arn(properties, "FunctionName")
        self.sources[arn].append(queue_source(properties, "EventSourceArn", arn, logical_id))
        self._places[logical_id] = properties

    def subscription(self, properties: Reader, logical_id: str) -> None:
        """Read an ``AWS::SNS::Subscription``."""
        properties.only(resources.SUBSCRIPTION)
        if resources.delivers(properties):
            found = resources.subscription(properties, logical_id)
            self.subscriptions[properties.take("TopicArn", str, "")].append(found)

    def function_arn(self, said: Reader, key: str) -> str:
        """Return the ARN of the function, or alias, that is named in one of Lambda's three ways."""
        name = said.take(key, str, "").removeprefix(f"{specs.ACCOUNT}:function:")
        arn = name if name.startswith("arn:") else specs.arn(specs.FunctionSpec, name, self.region)
        self._named.append((said, key, arn))
        return arn

    def publish(self, said: Reader, alias: specs.Alias | None) -> None:
        """Take an ``AWS::Lambda::Alias``; or an ``AWS::Lambda::Version``, without any."""
        known = self._published[self.function_arn(said, "FunctionName")]
        if alias is None:
            plain.check_version(said)
        else:
            known.append((said, alias))

    # -- putting it where it belongs --------------------------------------------------------------

    def functions(
        self, found: dict[str, specs.FunctionSpec], others: Mapping[str, specs.Resource]
    ) -> dict[str, specs.FunctionSpec]:
        """Return the functions with their event source mappings from the queues in ``others``."""
        visible = {
            specs.arn(specs.QueueSpec, spec.name, self.region): spec.visibility_timeout
            for spec in others.values()
            if isinstance(spec, specs.QueueSpec)
        }

        self._check_named(found.values())

        def one(spec: specs.FunctionSpec) -> specs.FunctionSpec:
            own = specs.arn(specs.FunctionSpec, spec.name, self.region)
            sources = tuple(
                source
                for arn, some in self.sources.items()
                for source in some
                if arn == own or arn.startswith(f"{own}:")
            )
            for source in sources:
                self._check_visibility(source, spec, visible.get(source.queue))
            aliases = list(spec.aliases)
            for place, alias in self._published.get(own, ()):
                if spec.snap_start and alias.provisioned_concurrency:
                    raise place.error(
                        "ProvisionedConcurrencyConfig",
                        "SnapStart does not support provisioned concurrency.",
                    )
                aliases.append(alias)
            published = spec.published or own in self._published
            return dataclasses.replace(
                spec, sources=sources, aliases=tuple(aliases), published=published
            )

        return {key: one(spec) for key, spec in found.items()}

    def _check_named(self, found: Iterable[specs.FunctionSpec]) -> None:
        known = {specs.arn(specs.FunctionSpec, spec.name, self.region) for spec in found}
        for place, key, arn in self._named:
            own = ":".join(arn.split(":")[:7])
            if own not in known:
                name = own.rpartition(":")[2]
                place.refuse(key, f"{place.what}: the template has no function {name!r}.")

    def _check_visibility(
        self, source: specs.QueueSource, function: specs.FunctionSpec, visibility: int | None
    ) -> None:
        """Refuse, as Lambda does, a function that may run on while its messages show again.

        (services-sqs-configure: validated when a mapping is created or updated.)
        """
        if visibility is not None and visibility < function.timeout:
            place = self._places[source.logical_id]
            raise place.error(
                "Queue" if "Queue" in place.values else "EventSourceArn",
                f"Queue visibility timeout: {visibility} seconds is less than"
                f" Function timeout: {function.timeout} seconds, which Lambda refuses.",
                f"Raise the queue's VisibilityTimeout, or lower the Timeout of {function.name}.",
            )

    def resources(self, found: dict[str, specs.Resource]) -> dict[str, specs.Resource]:
        """Return the other resources with subscriptions, notifications and routes; and rules."""
        wired = {key: self._wired(spec) for key, spec in found.items()}
        implicit = (self.http_apis.spec(DEFAULT_API), self.rest_apis.spec(DEFAULT_REST_API))
        wired |= {spec.logical_id: spec for spec in implicit if spec is not None}
        return wired | {rule.logical_id: rule for rule in self.rules}

    def _wired(self, spec: specs.Resource) -> specs.Resource:
        match spec:
            case specs.TopicSpec():
                arn = specs.arn(specs.TopicSpec, spec.name, self.region)
                more: Any = (*spec.subscriptions, *self.subscriptions.pop(arn, ()))
                return dataclasses.replace(spec, subscriptions=more)
            case specs.BucketSpec():
                more = (*spec.notifications, *self.notifications.pop(spec.name, ()))
                return dataclasses.replace(spec, notifications=more)
            case web_specs.HttpApiSpec() | web_specs.RestApiSpec():
                return self.api(spec.logical_id)
        return spec


def queue_source(said: Reader, key: str, function: str, logical_id: str) -> specs.QueueSource:
    """Read what an SQS event source mapping says, in either of its forms.

    ``key`` is where the queue stands, ``function`` the ARN of what is invoked.
    """
    queue = said.take(key, str, "")
    fifo = queue.endswith(".fifo")
    window = said.within("MaximumBatchingWindowInSeconds", 0, (0, 300), "s")
    size = said.within("BatchSize", 10, (1, 10 if fifo else 10_000))
    if size > 10 and window < 1:  # noqa: PLR2004 — services-sqs-configure
        raise said.error(
            "BatchSize",
            "A batch of more than 10 needs MaximumBatchingWindowInSeconds of at least 1.",
        )
    responses = said.texts("FunctionResponseTypes")
    scaling, criteria = said.section("ScalingConfig"), said.section("FilterCriteria")
    scaling.only(("MaximumConcurrency",))
    criteria.only(("Filters",))
    patterns = []
    for one in criteria.sections("Filters"):
        one.only(("Pattern",))
        text = one.take("Pattern", str, "")
        resources.check_pattern(one, "Pattern", text)
        patterns.append(cast("Any", _json(one, text)))
    limited = "MaximumConcurrency" in scaling.values
    return specs.QueueSource(
        queue=queue,
        function=function,
        batch_size=size,
        maximum_batching_window=window,
        report_batch_item_failures="ReportBatchItemFailures" in responses,
        maximum_concurrency=scaling.within("MaximumConcurrency", 2, (2, 1_000))
        if limited
        else None,
        filters=tuple(patterns),
        enabled=said.flag("Enabled", default=True),
        logical_id=logical_id,
    )


def _json(said: Reader, text: str) -> Any:
    import json

    try:
        return json.loads(text)
    except ValueError as error:
        raise said.error("Pattern", f"Pattern is not JSON: {error}.") from error


_LATER: Final = {
    "Kinesis": ("Kinesis streams", ""),
    "DynamoDB": ("Streams of tables", ""),
    "ScheduleV2": ("Schedules of EventBridge Scheduler", "Events of type Schedule are."),
}
"""By type of event, what is known and not built yet, and what is there instead, if anything."""
