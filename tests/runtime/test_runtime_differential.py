"""The wire against moto: the same boto3 scripts, and the same answers, ids and times aside.

Each case is a script of boto3 calls; every answer and error of it is recorded, and the two records
are compared. Where moto does not do as AWS does, it says so: a field in ``ASIDE``, a whole case by
``wrong``, with what AWS answers. Those must really differ, so that no excuse outlives its reason.
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable, Collection
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from moto import mock_aws

from runtime import differential_cases as cases
from warmstart.runtime.endpoint.aws import AwsEndpoint
from warmstart.runtime.model import Model
from warmstart.runtime.services.base import Account, Caller
from warmstart.runtime.services.dynamodb import DynamoDb
from warmstart.runtime.services.eventbridge import EventBridge
from warmstart.runtime.services.s3 import S3
from warmstart.runtime.services.sns import Sns
from warmstart.runtime.services.sqs import Sqs

NAMES = ("sqs", "sns", "s3", "dynamodb", "events")
ONCE = Config(retries={"total_max_attempts": 1})


class Ours:
    """An endpoint in a thread of its own, and a client for each service."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.clients = self._do(self._start())

    def _do(self, work: Any) -> Any:
        done: Future[Any] = asyncio.run_coroutine_threadsafe(work, self._loop)
        return done.result(20)

    async def _start(self) -> dict[str, Any]:
        # The loop's clock began when the machine did.
        start = datetime.now(UTC) - timedelta(seconds=self._loop.time())
        self.account = Account(
            seed=1, start=start, region="us-east-1", emit=lambda _: None,
            model=Model(
                api_ms={"other": 0.0}, delivery_ms=0.0, notification_ms=0.0, transaction_ms=0.0,
                index_max_ms=0.0,
            ),
        )  # fmt: skip
        self.endpoint = AwsEndpoint(self.account)
        await self.endpoint.server.start()
        key = self.endpoint.grant("client", lambda: Caller("client", "root-1"))
        return {
            name: boto3.client(
                name, endpoint_url=self.endpoint.server.url, region_name="us-east-1", config=ONCE,
                aws_access_key_id=key.access_key, aws_secret_access_key=key.secret,
            )
            for name in NAMES
        }  # fmt: skip

    def empty(self) -> None:
        """Begin anew, with no resources at all."""

        async def work() -> None:
            account = self.account
            for service in (Sqs(account, []), Sns(account, []), S3(account, []),
                            DynamoDb(account, []), EventBridge(account, [], [], [])):  # fmt: skip
                account.add(service)

        self._do(work())

    def close(self) -> None:
        for client in self.clients.values():
            client.close()

        async def work() -> None:
            await self.endpoint.server.close()
            await self.account.close()
            tasks = asyncio.all_tasks() - {asyncio.current_task()}
            await asyncio.wait(tasks, timeout=5) if tasks else None

        self._do(work())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


# -- what is compared -----------------------------------------------------------------------------

IDS = {
    "MessageId", "ReceiptHandle", "RequestId", "SequenceNumber", "TableId", "UploadId", "EventId",
    "NextContinuationToken", "ContinuationToken", "NextToken", "HostId", "SenderId", "id", "sequencer", "Owner",
    "CreatedTimestamp", "LastModifiedTimestamp", "SentTimestamp", "Timestamp", "time", "Token",
    "ApproximateFirstReceiveTimestamp", "Signature", "SigningCertURL", "UnsubscribeURL", "Policy",
    "EffectiveDeliveryPolicy", "ArchiveArn",
}  # fmt: skip
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")

Answer = tuple[str, str, int, dict[str, Any]]
"""Service, operation, status, and what it says: ids and times taken out."""


def plain(value: Any) -> Any:
    """Return what is compared of an answer."""
    match value:
        case dict():
            return {
                key: "<id>" if key in IDS else plain(one)
                for key, one in value.items()
                if key != "ResponseMetadata"
            }
        case list():
            return [plain(one) for one in value]
        case datetime():
            return "<time>"
        case str():
            return _STAMP.sub("<time>", _UUID.sub("<uuid>", value))
    return value


def without(value: Any, fields: Collection[str]) -> Any:
    """Return a value without some fields, wherever they stand."""
    match value:
        case dict():
            return {k: without(one, fields) for k, one in value.items() if k not in fields}
        case list():
            return [without(one, fields) for one in value]
    return value


class Script:
    """What a case calls: the services' clients, whose answers are recorded."""

    def __init__(self, clients: dict[str, Any]) -> None:
        self._clients = clients
        self.record: list[Answer] = []

    def __getattr__(self, service: str) -> Recorded:
        return Recorded(service, self._clients[service], self.record)


class Recorded:
    """One service's client: a call that is refused is recorded, and gives nothing."""

    def __init__(self, service: str, client: Any, record: list[Answer]) -> None:
        self._service = service
        self._client = client
        self._record = record

    def __getattr__(self, operation: str) -> Callable[..., dict[str, Any]]:
        def call(**parameters: Any) -> dict[str, Any]:
            try:
                answer = getattr(self._client, operation)(**parameters)
            except ClientError as error:
                answer = {}
                said = dict(error.response)
            else:
                said = dict(answer)
                if "Body" in said:
                    said["Body"] = said["Body"].read()
            status = said["ResponseMetadata"]["HTTPStatusCode"]
            self._record.append((self._service, operation, status, plain(said)))
            return answer

        return call


Records = dict[str, tuple[list[Answer], list[Answer]]]


def played(case: cases.Case, clients: dict[str, Any]) -> list[Answer]:
    script = Script(clients)
    case.play(script)
    return script.record


@pytest.fixture(scope="module")
def records() -> Records:
    """What every case gets here, and from moto."""
    keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    motos = {
        name: boto3.client(name, region_name="us-east-1", config=ONCE, **keys) for name in NAMES
    }
    ours = Ours()
    found = {}
    for case in cases.CASES:
        ours.empty()
        here = played(case, ours.clients)
        with mock_aws():
            found[case.name] = here, played(case, motos)
    ours.close()
    return found


def compared(record: list[Answer]) -> list[Answer]:
    return [
        (service, operation, status, without(said, cases.ASIDE.get(service, ())))
        for service, operation, status, said in record
    ]


class TestDifferential:
    @pytest.mark.parametrize("case", cases.CASES, ids=lambda case: case.name)
    def test_moto_answers_the_same(self, case: cases.Case, records: Records) -> None:
        here, there = map(compared, records[case.name])
        if case.wrong is None:
            assert here == there
        else:
            assert here != there, f"moto is right now: {case.wrong}"

    def test_no_excuse_outlives_its_reason(self, records: Records) -> None:
        needed = set()
        for here, there in records.values():
            for ours, motos in zip(here, there, strict=False):
                service = ours[0]
                for field in cases.ASIDE.get(service, ()):
                    others = set(cases.ASIDE[service]) - {field}
                    if without(ours[3], others) != without(motos[3], others):
                        needed.add((service, field))
        assert needed == {
            (service, field) for service in cases.ASIDE for field in cases.ASIDE[service]
        }
