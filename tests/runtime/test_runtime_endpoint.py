"""The endpoint in real time: who is let in, what is refused, what boto3 gets."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.client import HTTPMessage
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import time_machine
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials as BotoCredentials
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from warmstart.runtime.endpoint import chunked, http, signature
from warmstart.runtime.endpoint.aws import AwsEndpoint, Credentials
from warmstart.runtime.endpoint.http import HttpRequest
from warmstart.runtime.model import Model
from warmstart.runtime.services.base import Account, Caller, ServiceError
from warmstart.runtime.services.dynamodb import DynamoDb
from warmstart.runtime.services.sqs import Sqs
from warmstart.runtime.specs import QueueSpec, TableSpec
from warmstart.runtime.trace import ApiCalled

if TYPE_CHECKING:
    from collections.abc import Callable

    from warmstart.runtime.trace import TraceEvent


class Desk:
    """An endpoint with one queue, and a client for it in a thread."""

    def __init__(self) -> None:
        self.events: list[TraceEvent] = []
        self.account = Account(
            seed=1, start=datetime.now(UTC), region="us-east-1",
            model=Model(api_ms={"other": 0.0}), emit=self.events.append,
        )  # fmt: skip
        self.account.add(Sqs(self.account, [QueueSpec("Q", "q")]))
        self.account.add(DynamoDb(self.account, [TableSpec("U", "users", {"id": "S"}, "id")]))
        self.endpoint = AwsEndpoint(self.account)

    @property
    def here(self) -> str:
        return f"127.0.0.1:{self.endpoint.server.port}"

    def client(self, name: str, key: Credentials, config: Config | None = None) -> Any:
        return boto3.client(
            name,
            config=config or Config(retries={"total_max_attempts": 1}),
            endpoint_url=self.endpoint.server.url,
            region_name="us-east-1",
            aws_access_key_id=key.access_key,
            aws_secret_access_key=key.secret,
        )


def at_desk(work: Callable[[Desk, Credentials], None]) -> Desk:
    """Do blocking work against a running endpoint."""

    async def run() -> Desk:
        desk = Desk()
        complaints: list[Any] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, what: complaints.append(what))
        await desk.endpoint.server.start()
        key = desk.endpoint.grant("client", lambda: Caller("client", "root-1"))
        try:
            await asyncio.to_thread(work, desk, key)
        finally:
            await desk.endpoint.server.close()
        assert complaints == []
        return desk

    return asyncio.run(run())


def code(call: Callable[[], Any]) -> tuple[int, str]:
    with pytest.raises(ClientError) as caught:
        call()
    response = caught.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"]


class TestBoto:
    def test_what_is_sent_is_received(self) -> None:
        attributes = {
            "text": {"DataType": "String", "StringValue": "ключ"},
            "raw": {"DataType": "Binary", "BinaryValue": bytes(range(256))},
        }

        def work(desk: Desk, key: Credentials) -> None:
            sqs = desk.client("sqs", key)
            url = sqs.get_queue_url(QueueName="q")["QueueUrl"]
            assert url == "https://sqs.us-east-1.amazonaws.com/123456789012/q"
            sent = sqs.send_message(QueueUrl=url, MessageBody="мир", MessageAttributes=attributes)
            (got,) = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
            assert (got["Body"], got["MessageAttributes"]) == ("мир", attributes)
            assert got["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]

        desk = at_desk(work)
        calls = [event for event in desk.events if isinstance(event, ApiCalled)]
        assert [(c.operation, c.source, c.root, c.status) for c in calls] == [
            (name, "client", "root-1", 200)
            for name in ("GetQueueUrl", "SendMessage", "ReceiveMessage")
        ]

    def test_errors_have_the_form_of_each_protocol(self) -> None:
        def work(desk: Desk, key: Credentials) -> None:
            sqs = desk.client("sqs", key)
            with pytest.raises(sqs.exceptions.QueueDoesNotExist):
                sqs.get_queue_url(QueueName="nobody")
            for call in (
                lambda: desk.client("ssm", key).get_parameter(Name="x"),
                lambda: desk.client("sns", key).list_topics(),
                lambda: desk.client("s3", key).put_object(Bucket="b", Key="k", Body=b"x"),
                lambda: desk.client("lambda", key).invoke(FunctionName="f"),
                lambda: desk.client("ec2", key).describe_instances(),
            ):
                assert code(call) == (501, "NotImplemented")

        at_desk(work)

    def test_what_no_service_expects_is_an_error_and_no_end(self) -> None:
        def work(desk: Desk, key: Credentials) -> None:
            loose = Config(parameter_validation=False)
            sqs, tables = (desk.client(name, key, config=loose) for name in ("sqs", "dynamodb"))
            for call in (
                lambda: tables.create_table(
                    TableName="abc", AttributeDefinitions=[{}], KeySchema=[]
                ),
                lambda: sqs.send_message_batch(QueueUrl="q", Entries=[{"MessageBody": "x"}]),
            ):
                assert code(call)[0] == 400
            desk.account.add(Broken())
            status, name = code(lambda: desk.client("sns", key).list_topics())
            assert (status, name) == (500, "InternalFailure")
            assert desk.client("sqs", key).list_queues()["QueueUrls"]

        at_desk(work)

    def test_what_is_refused_is_named_whatever_its_protocol(self) -> None:
        """Each asks in a protocol of its own, the services that are not here too."""

        def work(desk: Desk, key: Credentials) -> None:
            for service, asked, name in (
                ("dynamodb", "update_table", "dynamodb:UpdateTable"),
                ("ec2", "describe_instances", "ec2:DescribeInstances"),
                ("cloudwatch", "list_metrics", "cloudwatch:ListMetrics"),
            ):
                said = {"TableName": "users"} if service == "dynamodb" else {}
                with pytest.raises(ClientError, match=f"{name} is not supported here"):
                    getattr(desk.client(service, key), asked)(**said)
            with pytest.raises(ClientError, match="s3:SelectObjectContent is not supported here"):
                desk.client("s3", key).select_object_content(
                    Bucket="b", Key="k", Expression="e", ExpressionType="SQL",
                    InputSerialization={"JSON": {"Type": "LINES"}},
                    OutputSerialization={"JSON": {}},
                )  # fmt: skip

        at_desk(work)

    def test_who_asks_first_is_told_to_go_on_in_words(self) -> None:
        """The AWS CLI reads a status line of three parts, or takes what follows for the answer."""

        def work(desk: Desk, _: Credentials) -> None:
            head = f"PUT /b/k HTTP/1.1\r\nHost: {desk.here}\r\nContent-Length: 1\r\n"
            with socket.create_connection(("127.0.0.1", desk.endpoint.server.port), 5) as link:
                link.sendall(f"{head}Expect: 100-continue\r\n\r\n".encode())
                assert link.recv(4096) == b"HTTP/1.1 100 Continue\r\n\r\n"

        at_desk(work)


class Broken:
    name = "sns"

    @property
    def operations(self) -> dict[str, Any]:
        async def fail(parameters: dict[str, Any], caller: Caller) -> dict[str, Any]:
            raise ZeroDivisionError

        return {"ListTopics": fail}


class TestWhoIsLetIn:
    def test_nobody_without_a_key_of_this_run(self) -> None:
        def work(desk: Desk, key: Credentials) -> None:
            forged = Credentials(key.access_key, "guess")
            stranger = Credentials("AKIAIOSFODNN7EXAMPLE", key.secret)
            assert code(desk.client("sqs", forged).list_queues) == (403, "SignatureDoesNotMatch")
            assert code(desk.client("sqs", stranger).list_queues) == (
                403,
                "UnrecognizedClientException",
            )
            desk.endpoint.revoke(key)
            assert code(desk.client("sqs", key).list_queues)[0] == 403

        at_desk(work)

    @pytest.mark.parametrize(
        ("request_", "status"),
        [
            (b"GET / HTTP/1.1\r\nHost: HERE\r\n\r\n", b"403"),
            (b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", b"421"),
            (b"GET / HTTP/1.1\r\n\r\n", b"400"),
            (b"POST / HTTP/1.1\r\nHost: HERE\r\nContent-Length: 99999999\r\n\r\n", b"413"),
            (b"POST / HTTP/1.1\r\nHost: HERE\r\nX: " + b"y" * 200_000 + b"\r\n\r\n", b"431"),
            (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc", b"400"),
            (b"NONSENSE\r\n\r\n", b"400"),
            (b"GET http://evil.example/ HTTP/1.1\r\nHost: HERE\r\n\r\n", b"400"),
            (b"CONNECT HERE HTTP/1.1\r\nHost: HERE\r\n\r\n", b"400"),
            (b"GET //[ HTTP/1.1\r\nHost: HERE\r\n\r\n", b"403"),
            (b"GET /?AWSAccessKeyId=KEY&Signature=%C3%A9 HTTP/1.1\r\nHost: HERE\r\n\r\n", b"403"),
            (
                b"GET /?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=KEY/1/2/s3/aws4_request"
                b"&X-Amz-Expires=" + b"9" * 5_000 + b" HTTP/1.1\r\nHost: HERE\r\n\r\n",
                b"403",
            ),
        ],
    )
    def test_what_is_no_request_of_ours(self, request_: bytes, status: bytes) -> None:
        def work(desk: Desk, key: Credentials) -> None:
            here = f"127.0.0.1:{desk.endpoint.server.port}".encode()
            sent = request_.replace(b"HERE", here).replace(b"KEY", key.access_key.encode())
            answer = said(desk, sent)
            assert answer.split(b" ", 2)[1] == status

        at_desk(work)

    def test_what_was_signed_and_changed_or_kept(self) -> None:
        def work(desk: Desk, key: Credentials) -> None:
            now = datetime.now(UTC)
            hello = request_of(key, "s3", now, b"hello")
            assert refusal(desk, hello, now) == ""
            forged = replace(hello, body=b"HELLO")
            assert refusal(desk, forged, now) == "XAmzContentSHA256Mismatch"
            batch = request_of(key, "sqs", now, b"{}")
            assert refusal(desk, replace(batch, body=b"[]"), now) == "SignatureDoesNotMatch"
            late = now + timedelta(hours=1)
            assert refusal(desk, hello, late) == "RequestTimeTooSkewed"
            assert refusal(desk, batch, late) == "InvalidSignatureException"
            assert refusal(desk, batch, None) == ""
            anywhere = request_of(key, "sqs", now, b"{}", host=False)
            assert refusal(desk, anywhere, now) == "SignatureDoesNotMatch"

        at_desk(work)

    def test_who_is_refused_shifts_no_ids(self) -> None:
        def ids(strangers: int) -> list[str]:
            found = []

            def work(desk: Desk, key: Credentials) -> None:
                for _ in range(strangers):
                    said(desk, f"GET / HTTP/1.1\r\nHost: {desk.here}\r\n\r\n".encode())
                answer = desk.client("sqs", key).list_queues()
                found.append(answer["ResponseMetadata"]["RequestId"])

            at_desk(work)
            return found

        assert ids(0) == ids(2)

    def test_whoever_comes_takes_the_place_of_who_asks_for_nothing(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(http, "CONNECTIONS", 3)

        def work(desk: Desk, key: Credentials) -> None:
            mine = desk.client("sqs", key)
            with contextlib.ExitStack() as stack:
                for number in range(12):
                    link = socket.create_connection(("127.0.0.1", desk.endpoint.server.port))
                    stack.enter_context(link).sendall(b"GET / HT" if number % 2 else b"")
                    assert mine.list_queues()["QueueUrls"]

        at_desk(work)

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(st.binary(max_size=200), min_size=1, max_size=8))
    def test_rubbish_ends_a_connection_and_nothing_else(self, rubbish: list[bytes]) -> None:
        def work(desk: Desk, key: Credentials) -> None:
            for piece in rubbish:
                said(desk, piece)
                said(desk, b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n" + piece)
            assert desk.client("sqs", key).list_queues()["QueueUrls"]

        at_desk(work)


class TestItsEnd:
    def test_who_takes_no_answer_is_dropped(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(http, "SECONDS_TO_TAKE", 0.01)

        async def run() -> int:
            asked = asyncio.Event()

            async def answer(_request: HttpRequest) -> http.HttpResponse:
                asked.set()
                return http.HttpResponse(200, bytes(20_000_000))

            server = http.HttpServer(answer)
            await server.start()
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n\r\n".encode())
            writer.transport.pause_reading()
            await asked.wait()
            await asyncio.wait(list(server._open))
            writer.transport.resume_reading()
            got = b""
            with contextlib.suppress(ConnectionError):
                got = await reader.read()
            writer.close()
            await server.close()
            return len(got)

        assert asyncio.run(run()) < 20_000_000

    def test_what_is_under_way_ends_without_a_complaint(self) -> None:
        async def run() -> list[Any]:
            complaints: list[Any] = []
            asyncio.get_running_loop().set_exception_handler(
                lambda _, what: complaints.append(what)
            )
            server = Desk().endpoint.server
            await server.start()
            links = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(2)]
            links[1][1].write(b"POST / HTTP/1.1\r\nContent-Le")
            while len(asyncio.all_tasks()) < 3:  # noqa: ASYNC110 - it does not tell who has come
                await asyncio.sleep(0)
            await server.close()
            assert asyncio.all_tasks() == {asyncio.current_task()}
            for reader, writer in links:
                with contextlib.suppress(ConnectionError):
                    assert await reader.read() == b""
                writer.close()
            return complaints

        assert asyncio.run(run()) == []


class TestChunks:
    @pytest.mark.parametrize(
        ("sent", "meant"),
        [
            (
                b"3;chunk-signature=0\r\nabc\r\nA\r\n0123456789\r\n0\r\nx-amz-trailer: 1\r\n",
                b"abc0123456789",
            ),
            (b"0\r\n\r\n", b""),
            (b"1\r\na\r\n" * 50_000 + b"0\r\n", b"a" * 50_000),
            (b"", None),
            (b"3\r\nabc\r\n", None),
            (b"4\r\nabc", None),
            (b"2\r\nabc\r\n0\r\n", None),
            (b"-1\r\n\r\n0\r\n", None),
            (b"0x1\r\na\r\n0\r\n", None),
        ],
    )
    def test_a_body_in_pieces(self, sent: bytes, meant: bytes | None) -> None:
        asked = HttpRequest("PUT", "/b/k", {"content-encoding": "aws-chunked"}, sent)
        assert chunked.plain(replace(asked, headers={})).body == sent
        if meant is not None:
            assert chunked.plain(asked).body == meant
        else:
            with pytest.raises(ServiceError, match="IncompleteBody"):
                chunked.plain(asked)


def request_of(
    key: Credentials, service: str, when: datetime, body: bytes, *, host: bool = True
) -> HttpRequest:
    """Return a request as botocore signs it, at some time, for some host."""
    sent = AWSRequest("PUT", "http://here/b/k", data=body)
    signer = (S3SigV4Auth if service == "s3" else SigV4Auth)(
        BotoCredentials(key.access_key, key.secret), service, "us-east-1"
    )
    if not host:
        signer.headers_to_sign = lambda _: only
    only = HTTPMessage()
    only["x-amz-date"] = f"{when:%Y%m%dT%H%M%SZ}"
    with time_machine.travel(when, tick=False):
        signer.add_auth(sent)
    headers = {name.lower(): value for name, value in sent.headers.items()}
    return HttpRequest("PUT", "/b/k", {"host": "here", **headers}, body)


def refusal(desk: Desk, request: HttpRequest, wall: datetime | None) -> str:
    """Return the code with which a request is refused at some time; empty where it is let in."""
    try:
        signed = signature.read(request)
        signature.check(request, signed, desk.endpoint._secrets, desk.account.start, wall)
    except ServiceError as error:
        return error.code
    return ""


def said(desk: Desk, request: bytes) -> bytes:
    """Send bytes and hang up; return the first of what came back."""
    with socket.create_connection(("127.0.0.1", desk.endpoint.server.port), timeout=5) as link:
        link.sendall(request)
        link.shutdown(socket.SHUT_WR)
        try:
            return link.recv(4096)
        except ConnectionError:
            return b""
