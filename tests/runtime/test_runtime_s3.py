"""S3: objects, ranges, conditions, listings, parts, and what buckets tell others."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from aws_lambda_powertools.utilities.data_classes import S3Event, S3EventBridgeNotificationEvent
from hypothesis import example, given, settings
from hypothesis import strategies as st

from warmstart.runtime.clock import VirtualTimeLoop
from warmstart.runtime.model import Model
from warmstart.runtime.services.base import Account, Caller, ServiceError
from warmstart.runtime.services.s3 import S3
from warmstart.runtime.services.sns import Sns
from warmstart.runtime.services.sqs import Sqs
from warmstart.runtime.specs import (
    BucketSpec,
    BusSpec,
    FunctionSpec,
    Notification,
    QueueSpec,
    Subscription,
    TopicSpec,
    arn,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from warmstart.runtime.trace import TraceEvent

CALLER = Caller("client", "root-1")
START = datetime(2026, 1, 5, 9, tzinfo=UTC)
REGION = "us-east-1"
FUNCTION = arn(FunctionSpec, "thumb", REGION)
BUS = arn(BusSpec, "default", REGION)
QUEUE = arn(QueueSpec, "q", REGION)
TOPIC = arn(TopicSpec, "t", REGION)
PHOTOS = BucketSpec(
    "Photos", "photos",
    (
        Notification(("s3:ObjectCreated:*",), FUNCTION, prefix="in/", suffix=".jpg"),
        Notification(("s3:ObjectRemoved:*",), QUEUE),
        Notification(("s3:ObjectCreated:Copy",), TOPIC),
        Notification(("s3:*",), "eventbridge", prefix=""),
    ),
)  # fmt: skip


class Desk:
    """An account with two buckets and somebody to tell; operations by name, of the bucket ``b``."""

    def __init__(self) -> None:
        self.events: list[TraceEvent] = []
        self.account = Account(
            seed=1, start=START, region=REGION, model=Model(), emit=self.events.append
        )
        self.s3 = S3(self.account, [PHOTOS, BucketSpec("B", "b")])
        self.sqs = Sqs(self.account, [QueueSpec("Q", "q"), QueueSpec("F", "f.fifo", fifo=True)])
        subscriptions = (Subscription("sqs", QUEUE),)
        self.account.add(Sns(self.account, [TopicSpec("T", "t", subscriptions=subscriptions)]))
        self.account.add(self.sqs)
        self.got: list[tuple[float, str, dict[str, Any]]] = []
        for target in (FUNCTION, BUS):
            self.account.takes(target, self._taker(target))

    def _taker(self, target: str) -> Callable[[str, Caller], Coroutine[Any, Any, None]]:
        async def take(payload: str, caller: Caller) -> None:
            assert caller == Caller("s3", "root-1")
            at = asyncio.get_running_loop().time()
            self.got.append((at, target, json.loads(payload)))

        return take

    def __getattr__(self, operation: str) -> Callable[..., Coroutine[Any, Any, dict[str, Any]]]:
        async def call(key: str | None = None, **parameters: Any) -> dict[str, Any]:
            if key is not None:
                parameters["Key"] = key
            return await self.s3.operations[operation]({"Bucket": "b", **parameters}, CALLER)

        return call

    async def body(self, key: str, **parameters: Any) -> bytes:
        return (await self.GetObject(key, **parameters))["Body"]

    async def queued(self) -> list[Any]:
        url = f"{self.sqs.base_url}/q"
        said = {"QueueUrl": url, "MaxNumberOfMessages": 10}
        found = await self.account.call("sqs", "ReceiveMessage", said, CALLER)
        return [json.loads(message["Body"]) for message in found.get("Messages", ())]


def run(work: Callable[[Desk], Coroutine[Any, Any, Any]]) -> Any:
    async def with_desk() -> Any:
        return await work(Desk())

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(with_desk())


async def refused(call: Coroutine[Any, Any, Any]) -> tuple[int, str]:
    with pytest.raises(ServiceError) as caught:
        await call
    return caught.value.status, caught.value.code


class TestObjects:
    def test_what_is_put_is_got_with_what_was_said_of_it(self) -> None:
        async def work(desk: Desk) -> None:
            put = await desk.PutObject(
                "k", Body=b"hello", ContentType="text/plain", Metadata={"by": "me"},
                CacheControl="no-store", ContentEncoding="aws-chunked,gzip",
            )  # fmt: skip
            assert put["ETag"] == f'"{hashlib.md5(b"hello").hexdigest()}"'
            got = await desk.GetObject("k")
            said = {
                "Body": b"hello", "ContentType": "text/plain", "Metadata": {"by": "me"},
                "CacheControl": "no-store", "ContentEncoding": "gzip", "ContentLength": 5,
                "ETag": put["ETag"], "LastModified": START,
            }  # fmt: skip
            assert {name: got[name] for name in said} == said
            head = await desk.HeadObject("k")
            assert head == {name: value for name, value in got.items() if name != "Body"}
            other = await desk.GetObject("k", ResponseContentType="text/html")
            assert other["ContentType"] == "text/html"
            await desk.DeleteObject("k")
            await desk.DeleteObject("k")
            assert await refused(desk.GetObject("k")) == (404, "NoSuchKey")
            assert [event.kind for event in desk.events] == [
                "ObjectCreated", "ObjectRead", "ObjectRead", "ObjectRemoved",
            ]  # fmt: skip

        run(work)

    @pytest.mark.parametrize(
        ("asked", "part", "where"),
        [
            ("bytes=0-3", b"0123", "bytes 0-3/10"),
            ("bytes=7-", b"789", "bytes 7-9/10"),
            ("bytes=-2", b"89", "bytes 8-9/10"),
            ("bytes=5-99", b"56789", "bytes 5-9/10"),
            ("bytes=-99", b"0123456789", "bytes 0-9/10"),
            ("lines=1-2", b"0123456789", None),
            ("bytes=4-2", b"0123456789", None),
        ],
    )
    def test_ranges(self, asked: str, part: bytes, where: str | None) -> None:
        async def work(desk: Desk) -> None:
            await desk.PutObject("k", Body=b"0123456789")
            got = await desk.GetObject("k", Range=asked)
            assert (got["Body"], got.get("ContentRange")) == (part, where)
            status = got.get("ResponseMetadata", {}).get("HTTPStatusCode", 200)
            assert status == (200 if where is None else 206)
            for beyond in ("bytes=10-", "bytes=-0"):
                assert await refused(desk.GetObject("k", Range=beyond)) == (416, "InvalidRange")

        run(work)

    def test_conditions(self) -> None:
        async def work(desk: Desk) -> None:
            etag = (await desk.PutObject("k", Body=b"1", IfNoneMatch="*"))["ETag"]
            failed = (412, "PreconditionFailed")
            assert await refused(desk.PutObject("k", Body=b"2", IfNoneMatch="*")) == failed
            assert await refused(desk.PutObject("k", Body=b"2", IfMatch='"x"')) == failed
            assert await refused(desk.PutObject("no", IfMatch=etag)) == (404, "NoSuchKey")
            assert await refused(desk.PutObject("k", IfNoneMatch=etag)) == (501, "NotImplemented")
            assert await refused(desk.GetObject("k", IfMatch='"x"')) == failed
            assert await refused(desk.GetObject("k", IfNoneMatch=etag)) == (304, "NotModified")
            hour = timedelta(hours=1)
            assert await refused(desk.GetObject("k", IfModifiedSince=START)) == (304, "NotModified")
            assert await refused(desk.GetObject("k", IfUnmodifiedSince=START - hour)) == failed
            assert await desk.body("k", IfMatch=etag, IfUnmodifiedSince=START - hour) == b"1"
            assert await desk.body("k", IfNoneMatch='"x"', IfModifiedSince=START) == b"1"
            await desk.PutObject("k", Body=b"3", IfMatch=etag)
            assert await desk.body("k") == b"3"
            assert await refused(desk.DeleteObject("k", IfMatch=etag)) == failed

        run(work)

    def test_copies(self) -> None:
        async def work(desk: Desk) -> None:
            await desk.PutObject("a b/ü", Body=b"1", ContentType="text/plain", Metadata={"m": "1"})
            await desk.CopyObject("c", CopySource="b/a%20b/%C3%BC")
            assert (await desk.HeadObject("c"))["Metadata"] == {"m": "1"}
            await desk.CopyObject("d", CopySource="/b/c", MetadataDirective="REPLACE")
            assert (await desk.HeadObject("d"))["ContentType"] == "binary/octet-stream"
            assert await desk.body("d") == b"1"
            assert await refused(desk.CopyObject("c", CopySource="b/c")) == (400, "InvalidRequest")
            assert await refused(desk.CopyObject("c", CopySource="b/no")) == (404, "NoSuchKey")
            assert await refused(desk.CopyObject("c", CopySource="no/c")) == (404, "NoSuchBucket")

        run(work)

    def test_what_is_refused(self) -> None:
        async def work(desk: Desk) -> None:
            crc = base64.b64encode(b"\0\0\0\0").decode()
            assert await refused(desk.PutObject("k", Body=b"1", ChecksumCRC32=crc)) == (
                400,
                "BadDigest",
            )
            assert await refused(
                desk.PutObject("k", Body=b"1", ContentMD5="1B2M2Y8AsgTpgAmY7PhCfg==")
            ) == (
                400,
                "BadDigest",
            )
            assert await refused(desk.PutObject("k", ContentMD5="x")) == (400, "InvalidDigest")
            assert await refused(desk.PutObject("k", StorageClass="X")) == (
                400,
                "InvalidStorageClass",
            )
            assert await refused(desk.PutObject("k" * 1025)) == (400, "KeyTooLongError")
            assert await refused(desk.PutObject("k", Metadata={"k": "v" * 2048})) == (
                400,
                "MetadataTooLarge",
            )
            assert await refused(desk.PutObject("k", Tagging="a=b")) == (501, "NotImplemented")
            assert await refused(desk.GetObject("k", VersionId="1")) == (501, "NotImplemented")
            for name in ("ab", "A-B", "a..b", "192.168.1.1", "-ab"):
                assert await refused(desk.CreateBucket(Bucket=name)) == (400, "InvalidBucketName")
            await desk.PutObject("k")
            assert await refused(desk.DeleteBucket()) == (409, "BucketNotEmpty")
            assert await refused(desk.DeleteObjects(Delete={"Objects": []})) == (
                400,
                "MalformedXML",
            )
            deleted = await desk.DeleteObjects(Delete={"Objects": [{"Key": "k"}, {"Key": "no"}]})
            assert deleted == {"Deleted": [{"Key": "k"}, {"Key": "no"}]}
            await desk.DeleteBucket()
            assert await refused(desk.HeadBucket()) == (404, "NoSuchBucket")

        run(work)


class TestParts:
    def test_a_part_may_be_copied_from_an_object_or_a_range_of_it(self) -> None:
        async def work(desk: Desk) -> None:
            await desk.PutObject("k", Body=b"0123456789")
            up = {"UploadId": (await desk.CreateMultipartUpload("big"))["UploadId"]}
            source = {"PartNumber": 1, "CopySource": "b/k", **up}
            for asked in ("bytes=5-", "bytes=5-10", "bytes=5-4"):
                copied = desk.UploadPartCopy("big", CopySourceRange=asked, **source)
                assert await refused(copied) == (400, "InvalidArgument")
            part = await desk.UploadPartCopy("big", CopySourceRange="bytes=2-4", **source)
            parts = [{"PartNumber": 1, "ETag": part["CopyPartResult"]["ETag"]}]
            await desk.CompleteMultipartUpload("big", MultipartUpload={"Parts": parts}, **up)
            assert await desk.body("big") == b"234"

        run(work)

    def test_a_large_object_comes_in_parts(self) -> None:
        async def work(desk: Desk) -> None:
            id_ = (await desk.CreateMultipartUpload("big", ContentType="text/plain"))["UploadId"]
            up = {"UploadId": id_}
            large, small = b"a" * 5_242_880, b"b"
            parts = []
            for number, body in ((2, small), (1, small), (1, large)):
                etag = (await desk.UploadPart("big", PartNumber=number, Body=body, **up))["ETag"]
                parts.append({"PartNumber": number, "ETag": etag})
            assert await refused(desk.GetObject("big")) == (404, "NoSuchKey")
            listed = await desk.ListParts("big", **up)
            assert [(p["PartNumber"], p["Size"]) for p in listed["Parts"]] == [
                (1, 5_242_880),
                (2, 1),
            ]
            last, old, first = parts
            for said, code in (
                ([last, first], "InvalidPartOrder"), ([old, last], "InvalidPart"), ([], "InvalidRequest"),
            ):  # fmt: skip
                done = desk.CompleteMultipartUpload("big", MultipartUpload={"Parts": said}, **up)
                assert await refused(done) == (400, code)
            done = await desk.CompleteMultipartUpload(
                "big", MultipartUpload={"Parts": [first, last]}, **up
            )
            sums = b"".join(bytes.fromhex(p["ETag"].strip('"')) for p in (first, last))
            assert done["ETag"] == f'"{hashlib.md5(sums).hexdigest()}-2"'
            assert await desk.body("big", Range="bytes=5242879-") == b"ab"
            assert await refused(desk.ListParts("big", **up)) == (404, "NoSuchUpload")

        run(work)

    def test_parts_are_not_small_but_for_the_last(self) -> None:
        async def work(desk: Desk) -> None:
            up = {"UploadId": (await desk.CreateMultipartUpload("k"))["UploadId"]}
            parts = [
                {
                    "PartNumber": n,
                    "ETag": (await desk.UploadPart("k", PartNumber=n, Body=b"x", **up))["ETag"],
                }
                for n in (1, 2)
            ]
            done = desk.CompleteMultipartUpload("k", MultipartUpload={"Parts": parts}, **up)
            assert await refused(done) == (400, "EntityTooSmall")
            assert len((await desk.ListMultipartUploads())["Uploads"]) == 1
            await desk.AbortMultipartUpload("k", **up)
            assert (await desk.ListMultipartUploads())["Uploads"] == []

        run(work)


class TestLists:
    @settings(max_examples=60, deadline=None)
    @example({"b", "ba"}, "b", "b", 1)  # What a page ends with looks like a common prefix.
    @given(
        st.sets(st.text("ab/", min_size=1, max_size=5), max_size=15),
        st.text("ab/", max_size=2), st.sampled_from(["", "/", "b"]), st.integers(1, 4),
    )  # fmt: skip
    def test_pages_together_are_all_that_there_is(
        self, keys: set[str], prefix: str, delimiter: str, page: int
    ) -> None:
        async def work(desk: Desk) -> None:
            for key in keys:
                await desk.PutObject(key)
            want, groups = [], []
            for key in sorted(k for k in keys if k.startswith(prefix)):
                cut = key.find(delimiter, len(prefix)) if delimiter else -1
                if cut < 0:
                    want.append(key)
                elif key[: cut + 1] not in groups:
                    groups.append(key[: cut + 1])
            for operation, token, given_ in (
                ("ListObjectsV2", "NextContinuationToken", "ContinuationToken"),
                ("ListObjects", "NextMarker", "Marker"),
            ):
                found, common, after = [], [], {}
                while True:
                    got = await getattr(desk, operation)(
                        Prefix=prefix, Delimiter=delimiter, MaxKeys=page, **after
                    )
                    assert len(got["Contents"]) + len(got["CommonPrefixes"]) <= page
                    found += [one["Key"] for one in got["Contents"]]
                    common += [one["Prefix"] for one in got["CommonPrefixes"]]
                    if not got["IsTruncated"]:
                        break
                    # The older one gives a marker only where there is a delimiter.
                    after = {given_: got.get(token) or found[-1]}
                assert (found, common) == (want, groups)

        run(work)

    def test_where_to_begin_and_how_keys_are_written(self) -> None:
        async def work(desk: Desk) -> None:
            for key in ("a", "b c", "d"):
                await desk.PutObject(key)
            listed = await desk.ListObjectsV2(StartAfter="a", EncodingType="url", MaxKeys=1)
            assert [one["Key"] for one in listed["Contents"]] == ["b%20c"]
            assert (listed["KeyCount"], listed["IsTruncated"]) == (1, True)
            nothing = await desk.ListObjectsV2(MaxKeys=0)
            assert (nothing["KeyCount"], nothing["IsTruncated"]) == (0, False)
            assert await refused(desk.ListObjectsV2(ContinuationToken="é")) == (
                400,
                "InvalidArgument",
            )

        run(work)


class TestNotifications:
    def test_a_function_is_told_in_s3s_own_words(self) -> None:
        async def work(desk: Desk) -> None:
            photos = {"Bucket": "photos"}
            for key in ("in/an ü.jpg", "in/a.png", "out/a.jpg"):
                await desk.PutObject(key, Body=b"jpeg", **photos)
            await desk.account.work.done()
            ((at, _, event),) = [got for got in desk.got if got[1] == FUNCTION]
            assert at == 1.0
            record = next(S3Event(event).records)
            assert record.event_name == "ObjectCreated:Put"
            assert record.s3.bucket.name == S3Event(event).bucket_name == "photos"
            assert record.s3.get_object.key == "in/an+%C3%BC.jpg"
            assert S3Event(event).object_key == "in/an ü.jpg"
            assert (record.s3.get_object.size, record.s3.get_object.etag) == (
                4, hashlib.md5(b"jpeg").hexdigest(),
            )  # fmt: skip
            assert record.event_time == "2026-01-05T09:00:00.000Z"
            assert {e.kind for e in desk.events} == {"ObjectCreated", "EventDelivered"}

        run(work)

    def test_a_bus_gets_events_of_its_own_form(self) -> None:
        async def work(desk: Desk) -> None:
            await desk.PutObject("a b", Body=b"x", Bucket="photos")
            await desk.DeleteObject("a b", Bucket="photos")
            await desk.account.work.done()
            made, gone = (S3EventBridgeNotificationEvent(e) for _, to, e in desk.got if to == BUS)
            assert (made.detail_type, made.source) == ("Object Created", "aws.s3")
            assert (made.detail.object.key, made.detail.object.size) == ("a b", 1)
            assert (made.detail.reason, made.detail.bucket.name) == ("PutObject", "photos")
            assert (gone.detail.reason, gone.detail.deletion_type) == (
                "DeleteObject", "Permanently Deleted",
            )  # fmt: skip
            assert gone.detail.object.size is None
            assert made.detail.object.sequencer < gone.detail.object.sequencer

        run(work)

    def test_queues_and_topics_are_told_too(self) -> None:
        async def work(desk: Desk) -> None:
            await desk.PutObject("a", Bucket="photos")
            await desk.CopyObject("c", CopySource="photos/a", Bucket="photos")
            await desk.DeleteObject("a", Bucket="photos")
            await desk.account.work.done()
            removed, copied = sorted(await desk.queued(), key=lambda body: "Subject" in body)
            assert removed["Records"][0]["eventName"] == "ObjectRemoved:Delete"
            assert set(removed["Records"][0]["s3"]["object"]) == {"key", "sequencer"}
            assert copied["Subject"] == "Amazon S3 Notification"
            assert json.loads(copied["Message"])["Records"][0]["eventName"] == "ObjectCreated:Copy"

        run(work)

    def test_a_new_destination_is_tested_first(self) -> None:
        async def work(desk: Desk) -> None:
            said = {
                "QueueConfigurations": [
                    {
                        "Id": "mine", "QueueArn": QUEUE, "Events": ["s3:ObjectCreated:*"],
                        "Filter": {"Key": {"FilterRules": [{"Name": "Prefix", "Value": "in/"}]}},
                    }
                ],
                "EventBridgeConfiguration": {},
            }  # fmt: skip
            await desk.PutBucketNotificationConfiguration(NotificationConfiguration=said)
            assert await desk.GetBucketNotificationConfiguration() == said
            await desk.PutObject("in/x")
            await desk.account.work.done()
            test, real = await desk.queued()
            assert (test["Event"], test["Bucket"]) == ("s3:TestEvent", "b")
            assert real["Records"][0]["s3"]["configurationId"] == "mine"

        run(work)

    def test_what_cannot_be_told(self) -> None:
        async def work(desk: Desk) -> None:
            def says(*some: tuple[str, str, str]) -> Coroutine[Any, Any, Any]:
                return desk.PutBucketNotificationConfiguration(
                    NotificationConfiguration={
                        "QueueConfigurations": [
                            {
                                "QueueArn": target, "Events": [event],
                                "Filter": {"Key": {"FilterRules": [{"Name": "suffix", "Value": suffix}]}},
                            }
                            for target, event, suffix in some
                        ]
                    }
                )  # fmt: skip

            every = "s3:ObjectCreated:*"
            for some in (
                [(arn(QueueSpec, "no", REGION), every, "")],
                [(arn(QueueSpec, "f.fifo", REGION), every, "")],
                [(QUEUE, "s3:ObjectPainted", "")],
                [(QUEUE, every, ".jpg"), (QUEUE, "s3:ObjectCreated:Put", "b.jpg")],
            ):
                assert await refused(says(*some)) == (400, "InvalidArgument")
            await says((QUEUE, every, ".jpg"), (QUEUE, every, ".png"))

        run(work)
