"""Function URLs: events, answers, who may call, other origins; and what SAM templates say of them."""

from __future__ import annotations

import asyncio
import http.client
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from aws_lambda_powertools.event_handler import LambdaFunctionUrlResolver
from aws_lambda_powertools.utilities.data_classes import LambdaFunctionUrlEvent
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from runtime.conftest import Bench, events_of
from runtime.webapis import WORK, Functions, answered, asked
from warmstart.errors import TemplateError
from warmstart.runtime import specs
from warmstart.runtime.endpoint.aws import AwsEndpoint
from warmstart.runtime.endpoint.web import WebServer
from warmstart.runtime.launch import HttpCall
from warmstart.runtime.metrics import metrics
from warmstart.runtime.model import Model
from warmstart.runtime.pricing import bill
from warmstart.runtime.services.base import Account, Caller
from warmstart.runtime.services.function_url import FunctionUrl
from warmstart.runtime.services.web import Signer, WebRequest, WebResponse
from warmstart.runtime.template import load
from warmstart.runtime.trace import Header, Trace, TraceEvent
from warmstart.runtime.web_specs import Cors, FunctionUrlSpec

if TYPE_CHECKING:
    from pathlib import Path

    from warmstart.runtime.invoke import Answer
GET = WebRequest("GET", "/a")
HOST = specs.host(FunctionUrlSpec, "WorkUrl", "us-east-1")
BROKEN = b"Internal Server Error"
THROTTLED = (
    '{"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded","Type":"User",'
    '"message":"Rate Exceeded."}'
)


def ask(
    functions: Functions, *requests: WebRequest, **spec: Any
) -> tuple[list[WebResponse], list[TraceEvent]]:
    url = FunctionUrlSpec("WorkUrl", "WorkUrl", **({"function": WORK} | spec))
    return asked(FunctionUrl, url, functions, list(requests))


class TestEvents:
    REQUEST = WebRequest(
        "POST", "/orders/7%20%C3%BC", [("a", "1"), ("a", "2"), ("b", "x y")],
        [("Content-Type", "application/json"), ("Cookie", "c=1; d=2"), ("User-Agent", "me")],
        b'{"n": 1}',
    )  # fmt: skip

    def test_the_function_sees_what_was_sent(self) -> None:
        functions = Functions()
        (answer,), _ = ask(functions, self.REQUEST)
        raw = functions.seen[0][1]
        event = LambdaFunctionUrlEvent(raw)
        assert (event.version, event.route_key) == ("2.0", "$default")
        assert event.raw_path == "/orders/7%20%C3%BC"  # Where an HTTP API has decoded it.
        assert event.raw_query_string == "a=1&a=2&b=x%20y"
        assert event.query_string_parameters == {"a": "1,2", "b": "x y"}
        assert (event.cookies, event.json_body) == (["c=1", "d=2"], {"n": 1})
        assert event.headers["host"] == HOST
        context = event.request_context
        assert (context.domain_name, context.api_id) == (HOST, HOST.partition(".")[0])
        assert (context.account_id, context.stage, context.route_key) == (
            "anonymous", "$default", "$default",
        )  # fmt: skip
        assert (context.http.method, context.http.user_agent) == ("POST", "me")
        assert context.http.path == event.raw_path
        assert context.time == "05/Jan/2026:09:00:00 +0000"
        assert context.request_id == functions.callers[0].invocation
        assert dict(answer.headers)["x-amzn-RequestId"] == context.request_id
        assert not {"authorizer", "authentication"} & set(raw["requestContext"])

    def test_a_form_is_base64(self) -> None:
        functions = Functions()
        form = [("content-type", "application/x-www-form-urlencoded")]
        ask(functions, WebRequest("POST", "/", (), form, b"a=1"))
        event = LambdaFunctionUrlEvent(functions.seen[0][1])
        assert (event.is_base64_encoded, event.decoded_body) == (True, "a=1")

    def test_the_resolver_of_powertools_takes_it_and_is_understood(self) -> None:
        app = LambdaFunctionUrlResolver()

        @app.post("/orders/<number>")
        def order(number: str) -> dict[str, Any]:
            return {"number": number, "said": app.current_event.json_body}

        functions = Functions()
        request = WebRequest("POST", "/orders/7", (), self.REQUEST.fields, self.REQUEST.body)
        ask(functions, request)
        said = app.resolve(functions.seen[0][1], None)
        (answer,), _ = ask(Functions({WORK: answered(json.dumps(said))}), request)
        assert (answer.status, json.loads(answer.body)) == (200, {"number": "7", "said": {"n": 1}})


class TestAnswers:
    @pytest.mark.parametrize(
        ("said", "status", "kind", "body"),
        [
            ({"ok": 1}, 200, "application/json", b'{"ok": 1}'),
            ({"body": "x"}, 200, "application/json", b'{"body": "x"}'),
            ("hello", 200, "application/json", b"hello"),
            ([1, True], 200, "application/json", b"[1, true]"),
            (None, 200, "application/json", b"null"),
            ({"statusCode": 201, "body": "made"}, 201, "application/json", b"made"),
            ({"statusCode": "418", "body": "tea"}, 418, "application/json", b"tea"),
            ({"statusCode": 200, "headers": {"Content-Type": "text/html"}}, 200, "text/html", b""),
            ({"statusCode": 200, "body": "if8=", "isBase64Encoded": True}, 200,
             "application/json", b"\x89\xff"),
            ({"statusCode": "many"}, 502, "application/json", BROKEN),
            ({"statusCode": 200, "headers": {"a": "b\nc"}}, 502, "application/json", BROKEN),
        ],
    )  # fmt: skip
    def test_what_the_client_gets(self, said: Any, status: int, kind: str, body: bytes) -> None:
        (answer,), _ = ask(Functions({WORK: answered(json.dumps(said))}), GET)
        told = dict(answer.headers)
        assert (answer.status, told["content-type"], answer.body) == (status, kind, body)
        assert told["X-Amzn-Trace-Id"].startswith("Root=1-695b7d90-")

    def test_cookies_go_out_one_by_one(self) -> None:
        said = {"statusCode": 200, "cookies": ["a=1; Secure", "b=2"]}
        (answer,), _ = ask(Functions({WORK: answered(json.dumps(said))}), GET)
        assert [v for n, v in answer.headers if n == "set-cookie"] == ["a=1; Secure", "b=2"]

    @pytest.mark.parametrize(
        ("answer", "status", "body", "kind"),
        [
            (answered('{"errorType": "E"}', function_error="Unhandled"), 502, BROKEN, None),
            (answered('{"Reason":"R"}', status_code=429, error_code="TooManyRequestsException"), 429,
             b'{"Reason":"R"}', "TooManyRequestsException"),
            (answered('{"Message":"M"}', status_code=413, error_code="RequestTooLargeException"), 413,
             b'{"Message":"M"}', "RequestTooLargeException"),
        ],
    )  # fmt: skip
    def test_what_goes_wrong(
        self, answer: Answer, status: int, body: bytes, kind: str | None
    ) -> None:
        (got,), _ = ask(Functions({WORK: answer}), GET)
        assert (got.status, got.body) == (status, body)
        assert dict(got.headers).get("x-amzn-ErrorType") == kind


class TestWhoMayCall:
    def test_who_does_not_sign_is_forbidden(self) -> None:
        functions = Functions()
        (answer,), events = ask(functions, GET, auth="AWS_IAM")
        assert (answer.status, functions.seen) == (403, [])
        assert json.loads(answer.body)["Message"].startswith("Forbidden. ")
        assert dict(answer.headers)["x-amzn-ErrorType"] == "AccessDeniedException"
        assert [e.status for e in events if e.kind == "HttpAnswered"] == [403]

    def test_the_function_is_told_who_signed(self) -> None:
        functions = Functions()
        signed = WebRequest("GET", "/", signer=lambda: Signer("ASIAKEY", "Work/1"))
        ask(functions, signed, auth="AWS_IAM")
        context = LambdaFunctionUrlEvent(functions.seen[0][1]).request_context
        assert context.account_id == "123456789012"
        iam = context.authorizer.iam
        assert (iam.access_key, iam.caller_id) == ("ASIAKEY", "AROAKEY:Work-1")
        assert iam.user_arn == "arn:aws:sts::123456789012:assumed-role/warmstart/Work-1"

    def test_a_signature_counts_at_its_address(self) -> None:
        """What botocore signs for Lambda is let in; unsigned, for SQS or by a stranger, not."""
        functions, answers = Functions(), []

        def work(url: str, key: Credentials) -> None:
            stranger = Credentials("ASIASTRANGER", key.secret_key)
            liar = Credentials(key.access_key, "guessed")
            for who, service in (
                (key, "lambda"), (None, ""), (key, "sqs"), (stranger, "lambda"), (liar, "lambda"),
            ):  # fmt: skip
                request = AWSRequest("POST", f"{url}/a%20b?c=d%2Fe", data=b"{}")
                if who is not None:
                    SigV4Auth(who, service, "us-east-1").add_auth(request)
                sent = request.prepare()
                connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=10)
                connection.request("POST", "/a%20b?c=d%2Fe", b"{}", dict(sent.headers))
                response = connection.getresponse()
                answers.append((response.status, response.headers["x-amzn-ErrorType"]))
                response.read()
                connection.close()

        async def run() -> None:
            account = Account(
                seed=1, start=datetime.now(UTC), region="us-east-1", model=Model(),
                emit=lambda _: None,
            )  # fmt: skip
            endpoint = AwsEndpoint(account)
            key = endpoint.grant("client", lambda: Caller("client", "root"))
            spec = FunctionUrlSpec("WorkUrl", "WorkUrl", WORK, auth="AWS_IAM")
            web = WebServer(FunctionUrl(account, spec, functions), endpoint)
            await web.server.start()
            try:
                await asyncio.to_thread(work, web.url, Credentials(key.access_key, key.secret))
            finally:
                await web.server.close()

        asyncio.run(run())
        assert answers == [
            (200, None), (403, "AccessDeniedException"), (403, "InvalidSignatureException"),
            (403, "UnrecognizedClientException"), (403, "SignatureDoesNotMatch"),
        ]  # fmt: skip
        assert len(functions.seen) == 1


class TestOrigins:
    CORS = Cors(("https://a.b",), ("GET", "PUT"), ("x-key",), ("x-made",), True, 300)
    PREFLIGHT = (("Access-Control-Request-Method", "PUT"),)

    def test_a_preflight_is_answered_without_the_function_or_a_signature(self) -> None:
        functions = Functions()
        mine, other = (
            WebRequest("OPTIONS", "/", (), [*self.PREFLIGHT, ("Origin", origin)])
            for origin in ("https://a.b", "https://c.d")
        )
        answers, _ = ask(functions, mine, other, cors=self.CORS, auth="AWS_IAM")
        assert functions.seen == []
        assert [answer.status for answer in answers] == [200, 200]
        assert list(answers[0].headers[:-1]) == [
            ("access-control-allow-origin", "https://a.b"),
            ("access-control-allow-credentials", "true"),
            ("access-control-expose-headers", "x-made"), ("vary", "Origin"),
            ("access-control-allow-methods", "GET,PUT"),
            ("access-control-allow-headers", "x-key"), ("access-control-max-age", "300"),
        ]  # fmt: skip
        assert [name for name, _ in answers[1].headers] == ["x-amzn-RequestId"]

    def test_an_answer_has_what_was_set_over_what_the_function_says(self) -> None:
        said = {"statusCode": 200, "headers": {"Access-Control-Allow-Origin": "*", "x-own": "1"}}
        functions = Functions({WORK: answered(json.dumps(said))})
        request = WebRequest("GET", "/", (), [("origin", "https://e.f")])
        (answer,), _ = ask(functions, request, cors=Cors(("*",)))
        allowed = [v for n, v in answer.headers if n.lower() == "access-control-allow-origin"]
        assert (allowed, dict(answer.headers)["x-own"]) == (["*"], "1")
        (open_,), _ = ask(functions, WebRequest("OPTIONS", "/", (), self.PREFLIGHT))
        assert dict(open_.headers)["access-control-allow-origin"] == "*"  # The function's own.


class TestMeasured:
    def test_its_metrics_are_lambda_s_and_it_costs_nothing_itself(self) -> None:
        failed = answered("{}", function_error="Unhandled")
        failing = Functions({f"{WORK}:live": failed}, seconds=0.25)
        _, events = ask(failing, GET, function=f"{WORK}:live")
        (told,) = [e for e in events if e.kind == "HttpAnswered"]
        assert (told.route, told.source) == ("work:live", "function-url")
        trace = Trace(Header(1, "2026-01-05T09:00:00Z", "us-east-1"), events)
        assert [(m.namespace, m.resource, m.name, m.whole.sum) for m in metrics(trace)] == [
            ("AWS/Lambda", "work", "Url4xxCount", 0), ("AWS/Lambda", "work", "Url5xxCount", 1),
            ("AWS/Lambda", "work", "UrlRequestCount", 1),
            ("AWS/Lambda", "work", "UrlRequestLatency", 250),
        ]  # fmt: skip
        assert bill(trace).charges == ()


TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {Runtime: python3.13, Handler: app.handler}
Resources:
  Work:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: worker
      AutoPublishAlias: live
      Environment:
        Variables:
          OWN: !GetAtt WorkUrl.FunctionUrl
          ARN: !Ref WorkUrl
      FunctionUrlConfig:
        AuthType: AWS_IAM
        InvokeMode: BUFFERED
        Cors: {AllowOrigins: ["*"], AllowMethods: [GET], MaxAge: 60}
"""


class TestTemplates:
    def read(self, folder: Path, text: str = TEMPLATE) -> Any:
        (folder / "template.yaml").write_text(text)
        return load(folder / "template.yaml")

    def test_a_url_is_a_resource_of_its_own(self, tmp_path: Path) -> None:
        application = self.read(tmp_path)
        arn = specs.arn(specs.FunctionSpec, "worker", "us-east-1")
        assert application.all(FunctionUrlSpec) == [
            FunctionUrlSpec(
                "WorkUrl", "WorkUrl", f"{arn}:live", "AWS_IAM",
                Cors(("*",), methods=("GET",), max_age=60),
            )
        ]  # fmt: skip
        assert application.functions["Work"].environment == {
            "OWN": f"https://{HOST}/", "ARN": f"{arn}:live",
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("change", "line", "message"),
        [
            (("BUFFERED", "RESPONSE_STREAM"), 16,
             "WorkUrl: response streaming (RESPONSE_STREAM) is not supported."),
            (("        AuthType: AWS_IAM\n", ""), 15, "WorkUrl has no AuthType."),
            (("AWS_IAM", "JWT"), 15, "AuthType is 'JWT', and must be NONE or AWS_IAM."),
            (("MaxAge", "MaximumAge"), 17, "Cors has MaximumAge, which is not supported."),
            (("Ref WorkUrl", "Ref WorkURL"), 13,
             "'WorkURL' is neither a parameter nor a resource."),
            (("WorkUrl.FunctionUrl", "WorkUrl.Url"), 12, "There is no resource 'WorkUrl'."),
            (("Resources:\n", "Resources:\n  WorkUrl: {Type: AWS::IAM::Role}\n"), 15,
             "SAM calls the function URL WorkUrl, as another resource is."),
        ],
    )  # fmt: skip
    def test_what_is_wrong_is_said(
        self, tmp_path: Path, change: tuple[str, str], line: int, message: str
    ) -> None:
        with pytest.raises(TemplateError) as caught:
            self.read(tmp_path, TEMPLATE.replace(*change))
        assert (caught.value.message, caught.value.line) == (message, line)

    def test_a_run(self, bench: Bench) -> None:
        """The id that the event tells is the invocation's, and the reserved concurrency throttles."""
        code = (
            "def handler(event, context):\n"
            "    assert event['requestContext']['requestId'] == context.aws_request_id\n"
            "    return event['requestContext']['authorizer']['iam']['userArn']\n"
        )
        config = {"AuthType": "AWS_IAM"}
        bench.function("Work", code, FunctionUrlConfig=config)
        bench.function("Shut", code, FunctionUrlConfig=config, ReservedConcurrentExecutions=0)
        result = bench.run([HttpCall(0, "WorkUrl", source="shop"), HttpCall(1, "ShutUrl")])
        assert [(o.status_code, o.payload) for o in result.outcomes] == [
            (200, "arn:aws:sts::123456789012:assumed-role/warmstart/shop"),
            (429, THROTTLED),
        ]  # fmt: skip
        assert [(e.api, e.route, e.source) for e in events_of(result, "HttpAnswered")] == [
            ("ShutUrl", "Shut:$LATEST", "function-url"), ("WorkUrl", "Work:$LATEST", "function-url"),
        ]  # fmt: skip
