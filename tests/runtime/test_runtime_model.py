"""The model's arithmetic, Lambda's own errors and the bill."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from warmstart.errors import UsageError
from warmstart.runtime import report
from warmstart.runtime.model import Model, Profile, drawing
from warmstart.runtime.pricing import PRICES, bill
from warmstart.runtime.trace import (
    ConditionFailed,
    EnvironmentCreated,
    EventPut,
    EventQueued,
    FunctionError,
    Header,
    HttpAnswered,
    InvocationEnded,
    InvocationThrottled,
    ItemsRead,
    ItemWritten,
    MessageDeleted,
    MessageReceived,
    MessageSent,
    ObjectCreated,
    ObjectRead,
    ProvisionedConcurrencyChanged,
    RestoreEnded,
    RunEnded,
    SnapshotTaken,
    TopicPublished,
    Trace,
)

R = "6a441488-ddfb-46e5-9371-ada71f72a8eb"


class TestCpu:
    @pytest.mark.parametrize(
        ("memory", "took"), [(1769, 80_000), (10_240, 80_000), (128, 1_105_625), (884, 160_090)]
    )
    def test_cpu_is_linear_in_memory_up_to_one_vcpu(self, memory: int, took: int) -> None:
        assert Model().charged_us(80_000, memory, full_cpu=False) == took

    def test_full_cpu_ignores_memory(self) -> None:
        assert Model().charged_us(80_000, 128, full_cpu=True) == 80_000


class TestDraws:
    def test_each_purpose_draws_its_own_numbers(self) -> None:
        assert drawing(1, "init", "a/1").random() == drawing(1, "init", "a/1").random()
        assert drawing(1, "init", "a/1").random() != drawing(2, "init", "a/1").random()
        assert drawing(1, "init", "a/1").random() != drawing(1, "init", "a/2").random()

    @pytest.mark.parametrize("profile", Model().profiles)
    def test_init_stays_within_the_profiles_range(self, profile: str) -> None:
        costs = Model().profiles[profile]
        draws = [Model().init_ms(profile, drawing(seed, profile)) for seed in range(200)]
        assert costs.init_low_ms <= min(draws) < max(draws) <= costs.init_high_ms


class TestSettings:
    def test_json_round_trip(self) -> None:
        model = replace(Model(), vpc_max_ms=10_000, profiles={"python": Profile(1, 2, 3)})
        assert Model.from_json(model.to_json()) == model

    def test_an_unknown_setting_is_refused(self) -> None:
        with pytest.raises(UsageError, match="no setting 'speed'"):
            Model.from_json({"speed": 1})


class TestErrorsOfLambdasOwn:
    def test_a_timeout(self) -> None:
        assert report.timeout_error(R, 3) == FunctionError(
            "Sandbox.Timedout", f"RequestId: {R} Error: Task timed out after 3.00 seconds"
        )

    @pytest.mark.parametrize(
        ("status", "reason"),
        [
            (0, "Runtime exited without providing a reason"),
            (3, "Runtime exited with error: exit status 3"),
            (-9, "Runtime exited with error: signal: killed"),
            (-11, "Runtime exited with error: signal: segmentation fault"),
            (-10, "Runtime exited with error: signal: signal 10"),
        ],
    )
    def test_how_a_process_ended(self, status: int, reason: str) -> None:
        error = report.exit_error(R, status, out_of_memory=False)
        assert error == FunctionError("Runtime.ExitError", f"RequestId: {R} Error: {reason}")

    @pytest.mark.parametrize(
        ("duration", "init", "billed"),
        [(1, None, 1_000), (1_000, None, 1_000), (1_001, None, 2_000), (600, 700, 2_000)],
    )
    def test_billed_duration_is_rounded_up_once_init_included(
        self, duration: int, init: int | None, billed: int
    ) -> None:
        assert report.billed(duration, init) == billed


class TestBill:
    def test_a_hand_worked_bill(self) -> None:
        """Two calls of 1.5 s at 512 MB and one of 1 s at 1 GB on Arm.

        x86: 2 x 1.5 s x 0.5 GB = 1.5 GB-s x 0.0000166667 = 0.00002500005, and 2 x 0.0000002.
        Arm: 1 s x 1 GB = 1 GB-s x 0.0000133334, and 0.0000002.
        """
        trace = Trace(Header(seed=1, epoch="2026-01-05T09:00:00Z"))
        for function, architecture, memory, billed in (
            ("a", "x86_64", 512, 1_500_000),
            ("a", "x86_64", 512, 1_500_000),
            ("b", "arm64", 1024, 1_000_000),
        ):
            name = f"{function}/1"
            trace.append(
                EnvironmentCreated(
                    0, name, function, "$LATEST", "on-demand", architecture, memory, "python"
                )
            )
            trace.append(
                InvocationEnded(
                    0, R, name, function, "success", 1, billed, None, memory, 39, None, "1", 1
                )
            )
        trace.append(InvocationThrottled(0, R, "a", "reason"))
        found = bill(trace)
        assert [(row.resource, row.item, row.quantity, row.amount) for row in found.charges] == [
            ("a", "Lambda requests", 2, Decimal("0.0000004")),
            ("a", "Lambda duration, x86_64", Decimal("1.5"), Decimal("0.00002500005")),
            ("b", "Lambda requests", 1, Decimal("0.0000002")),
            ("b", "Lambda duration, arm64", 1, Decimal("0.0000133334")),
        ]
        assert found.amount == Decimal("0.00002500005") + Decimal("0.0000133334") + Decimal(
            "0.0000006"
        )

    def test_each_service_is_billed_by_what_it_counts(self) -> None:
        """Ten messages or 64 KB make a request to SQS; what SNS puts into a queue makes none."""
        trace = Trace(Header(seed=1, epoch="2026-01-05T09:00:00Z"))
        trace.append(HttpAnswered(0, "shop", "i", "i", "GET", "/", "GET /", 200, 1))
        for at, count, size, source in (
            (1, 11, 10, "a/1"),
            (2, 1, 65_537, "a/1"),
            (3, 1, 9, "sns"),
        ):
            for number in range(count):
                message = f"{at}-{number}"
                trace.append(MessageSent(at, "q", message, "r", source, None, None, size, 0))
        for number in range(11):
            trace.append(MessageReceived(4, "q", f"1-{number}", "r", "w", 1, 9))
        trace.append(MessageDeleted(5, "q", "1-0", "r"))
        trace.append(MessageSent(6, "q.fifo", "m", "r", "client", None, "g", 1, 0))
        trace.append(TopicPublished(7, "t", "m", "r", "a/1", None, 65_537))
        trace.append(TopicPublished(7, "t.fifo", "m", "r", "a/1", None, 1))
        for source, replay in (("shop", None), ("aws.events", None), ("shop", "again")):
            trace.append(EventPut(8, "bus", "e", "r", "a/1", None, source, "Sold", 10, replay))
        trace.append(ObjectCreated(9, "b", "k", "Put", 1, "e", "a/1", None, "r"))
        trace.append(ObjectRead(9, "b", "k", 1, "a/1", None, "r"))
        trace.append(ItemWritten(9, "items", "{}", "put", None, "a/1", None, "r", 2.0, 1_500))
        trace.append(ConditionFailed(9, "items", "{}", "put", "a/1", None, "r", 1.0))
        trace.append(ItemsRead(9, "items", None, "GetItem", "a/1", None, "r", 0.5, 1, 1))
        found = bill(trace)
        assert [(row.resource, row.item, row.quantity) for row in found.charges] == [
            ("shop", "HTTP API requests", 1),
            ("q", "SQS requests, standard", 2 + 2 + 2 + 1),
            ("q.fifo", "SQS requests, FIFO", 1),
            ("t", "SNS publishes, standard", 2),
            ("bus", "EventBridge custom events", 1),
            ("b", "S3 writes, standard", 1),
            ("b", "S3 reads, standard", 1),
            ("items", "DynamoDB writes, on demand", 3),
            ("items", "DynamoDB reads, on demand", Decimal("0.5")),
        ]
        assert found.amount * 1_000_000 == Decimal(1) + 2 * Decimal("0.5") + 1 + 3 * Decimal(
            "0.625"
        ) + Decimal("0.0625") + 7 * Decimal("0.4") + Decimal("0.5") + Decimal("5.4")

    def test_an_event_past_256_kb_is_more_than_one_request(self) -> None:
        trace = Trace(Header(seed=1, epoch="2026-01-05T09:00:00Z"))
        for number, size in enumerate((262_144, 262_145, 1_048_576)):
            trace.append(EventQueued(number, R, f"f{number}", size, "client", R))
        assert [(row.resource, row.item, row.quantity) for row in bill(trace).charges] == [
            ("f1", "Lambda requests", 1),
            ("f2", "Lambda requests", 12),
        ]

    def test_provisioned_concurrency_is_paid_by_five_minutes_and_by_use(self) -> None:
        """Two environments of 1 GB for 301 s are 2 x 600 GB-s; a call in one of them is cheaper."""
        trace = Trace(Header(seed=1, epoch="2026-01-05T09:00:00Z"))
        kinds = ("provisioned-concurrency", "x86_64"), ("provisioned-concurrency", "arm64")
        for name, (kind, architecture) in zip("ab", kinds, strict=True):
            trace.append(
                EnvironmentCreated(0, f"{name}/1", name, "1", kind, architecture, 1024, "python")
            )
            trace.append(ProvisionedConcurrencyChanged(0, name, "1", "IN_PROGRESS", 2, 0))
            trace.append(ProvisionedConcurrencyChanged(0, name, "1", "READY", 2, 2))
        for name in "ab":
            trace.append(
                InvocationEnded(
                    1, R, f"{name}/1", name, "success", 1, 500_000, None, 1024, 39, None, "1", 1
                )
            )
        trace.append(RunEnded(301_000_000, "completed"))
        found = bill(trace)
        assert [(row.resource, row.item, row.quantity) for row in found.charges] == [
            ("a", "Lambda requests", 1),
            ("a", "Lambda duration, provisioned x86_64", Decimal("0.5")),
            ("b", "Lambda requests", 1),
            ("b", "Lambda duration, provisioned arm64", Decimal("0.5")),
            ("a", "Lambda provisioned concurrency, x86_64", 1_200),
            ("b", "Lambda provisioned concurrency, arm64", 1_200),
        ]
        assert found.unpriced == ()

    def test_snapstart_pays_for_each_restore_and_three_hours_at_least(self) -> None:
        trace = Trace(Header(seed=1, epoch="2026-01-05T09:00:00Z"))
        for name in ("a/0", "a/1"):
            trace.append(
                EnvironmentCreated(0, name, "a", "1", "snap-start", "x86_64", 512, "python")
            )
        trace.append(SnapshotTaken(0, "a/0", "a", "1", 9))
        trace.append(RestoreEnded(1, "a/1", R, "success", 9, 2_000, None))
        trace.append(
            InvocationEnded(
                2, R, "a/1", "a", "success", 1, 998_000, None, 512, 39, None, "1", 1, 9, 2_000
            )
        )
        trace.append(RunEnded(10_000_000, "completed"))
        found = bill(trace)
        assert [(row.item, row.quantity) for row in found.charges] == [
            ("Lambda SnapStart restores", Decimal("0.5")),
            ("Lambda requests", 1),
            ("Lambda duration, x86_64", Decimal("0.5")),
            ("Lambda SnapStart cache", 5_400),
        ]
        assert found.unpriced == ()
        trace.append(RunEnded(4 * 3_600_000_000, "completed"))
        assert bill(trace).charges[-1].quantity == 7_200
        java = Trace(trace.header)
        for event in trace:
            created = isinstance(event, EnvironmentCreated)
            java.append(replace(event, profile="java") if created else event)
        assert [row.item for row in bill(java).charges] == [
            "Lambda requests", "Lambda duration, x86_64",
        ]  # fmt: skip

    def test_the_init_of_a_version_published_in_the_run_is_billed(self) -> None:
        """What the template publishes is there when the run begins: that INIT was earlier."""
        trace = Trace(Header(seed=1, epoch="2026-01-05T09:00:00Z"))
        for number in "12":
            trace.append(
                EnvironmentCreated(
                    0, f"a/{number}", "a", number, "snap-start", "arm64", 512, "java"
                )
            )
        trace.append(SnapshotTaken(0, "a/1", "a", "1", 1_999_001))
        trace.append(SnapshotTaken(1_999_001, "a/2", "a", "2", 1_999_001))
        (charge,) = bill(trace).charges
        assert (charge.item, charge.quantity) == ("Lambda duration, arm64", 1)

    def test_every_price_has_a_source_and_a_date(self) -> None:
        hosts = {price.source.split("/")[2] for price in PRICES.values()}
        assert hosts == {"aws.amazon.com", "pricing.us-east-1.amazonaws.com"}  # Nobody else's.
        assert all(price.as_of.year >= 2026 for price in PRICES.values())
