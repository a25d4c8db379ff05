"""REST APIs over virtual time: resources, events, answers, authorizers, what is paid."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent

from runtime.webapis import GUARD, WORK, Functions, answered, asked
from warmstart.runtime.metrics import metrics
from warmstart.runtime.pricing import bill
from warmstart.runtime.services.rest_api import RestApi
from warmstart.runtime.services.web import WebRequest, WebResponse
from warmstart.runtime.trace import Header, HttpAnswered, InvocationRequested, Trace, TraceEvent
from warmstart.runtime.web_specs import RestApiSpec, RestAuthorizer, RestMethod

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warmstart.runtime.invoke import Answer
ARN = "arn:aws:execute-api:us-east-1:123456789012"
BROKEN = b'{"message": "Internal server error"}'


def method(key: str, **more: Any) -> RestMethod:
    name, path = key.split(" ")
    return RestMethod(path, name, WORK, **more)


def ask(
    functions: Functions, requests: Sequence[WebRequest], *methods: RestMethod,
    pause: float = 0, **spec: Any,
) -> tuple[list[WebResponse], list[TraceEvent]]:  # fmt: skip
    api = RestApiSpec("Api", "api", methods or (method("ANY /{proxy+}"),), **spec)
    return asked(RestApi, api, functions, list(requests), pause)


def get(path: str, *fields: tuple[str, str]) -> WebRequest:
    return WebRequest("GET", path, (), fields)


class TestResources:
    @pytest.mark.parametrize(
        ("verb", "path", "route"),
        [
            ("GET", "/Prod/pets/dog/1", "GET /pets/dog/1"),
            ("GET", "/Prod/pets/dog/1/", "GET /pets/dog/1"),
            ("GET", "/Prod/pets/dog/2", "GET /pets/dog/{id}"),
            ("GET", "/Prod/pets/cat/2", "GET /pets/{kind}/{id}"),
            ("GET", "/Prod/pets/cat/2/3", "ANY /pets/{proxy+}"),
            ("GET", "/Prod/pets", "ANY /{proxy+}"),
            ("PUT", "/Prod/", "ANY /"),
            ("PUT", "/Prod", "ANY /"),
            ("POST", "/Prod/pets/dog/1", "-"),
        ],
    )
    def test_the_most_particular_wins_and_has_the_method_or_has_not(
        self, verb: str, path: str, route: str
    ) -> None:
        keys = ("ANY /{proxy+}", "ANY /pets/{proxy+}", "GET /pets/{kind}/{id}", "ANY /",
                "GET /pets/dog/{id}", "GET /pets/dog/1")  # fmt: skip
        _, events = ask(Functions(), [WebRequest(verb, path)], *map(method, keys))
        assert [(e.route, e.path) for e in events if e.kind == "HttpAnswered"] == [(route, path)]

    @pytest.mark.parametrize(
        ("path", "body", "kind"),
        [
            (
                "/Prod/b",
                b'{"message":"Missing Authentication Token"}',
                "MissingAuthenticationToken",
            ),
            ("/a", b'{"message":"Forbidden"}', "Forbidden"),
        ],
    )
    def test_what_is_not_there_is_forbidden(self, path: str, body: bytes, kind: str) -> None:
        (answer,), _ = ask(Functions(), [get(path)], method("GET /a"))
        assert (answer.status, answer.body) == (403, body)
        assert dict(answer.headers)["x-amzn-ErrorType"] == f"{kind}Exception"


class TestEvents:
    REQUEST = WebRequest(
        "POST", "/v1/orders/7%20%C3%BC", [("a", "1"), ("a", "2"), ("b", "x y")],
        [("Content-Type", "application/json"), ("X-Key", "k"), ("x-key", "l"), ("User-Agent", "me"),
         ("Content-Length", "8")],
        b'{"n": 1}',
    )  # fmt: skip

    def test_the_function_sees_what_was_sent(self) -> None:
        functions = Functions()
        ask(
            functions, [self.REQUEST], method("POST /orders/{order-id}"),
            stage="v1", variables={"table": "t"},
        )  # fmt: skip
        raw = functions.seen[0][1]
        event = APIGatewayProxyEvent(raw)
        assert (event.resource, event.path) == ("/orders/{order-id}", "/orders/7%20%C3%BC")
        assert event.path_parameters == {"order-id": "7%20%C3%BC"}
        assert event.query_string_parameters == {"a": "2", "b": "x y"}
        assert event.multi_value_query_string_parameters == {"a": ["1", "2"], "b": ["x y"]}
        context = event.request_context
        assert raw["multiValueHeaders"] == {
            "Host": [context.domain_name], "Content-Type": ["application/json"],
            "X-Key": ["k", "l"], "User-Agent": ["me"],
        }  # fmt: skip
        assert raw["headers"]["X-Key"] == "l"
        assert (event.json_body, event.is_base64_encoded) == ({"n": 1}, False)
        assert event.stage_variables == {"table": "t"}
        assert (context.stage, context.path) == ("v1", "/v1/orders/7%20%C3%BC")
        assert (context.http_method, context.resource_path) == ("POST", "/orders/{order-id}")
        assert (context.identity.source_ip, context.identity.user_agent) == ("127.0.0.1", "me")
        assert context.request_time == "05/Jan/2026:09:00:00 +0000"
        assert context.api_id == str(context.domain_name).partition(".")[0]
        assert len(context.resource_id) == 6

    def test_what_is_not_there_is_null(self) -> None:
        functions = Functions()
        ask(functions, [get("/Prod")], method("GET /"))
        nulls = [name for name, value in functions.seen[0][1].items() if value is None]
        assert nulls == [
            "queryStringParameters", "multiValueQueryStringParameters", "pathParameters",
            "stageVariables", "body",
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("kinds", "media_type", "body"),
        [
            ((), "image/png", "\ufffd\ufffd"),
            (("image/png",), "image/png; q=1", "if8="),
            (("image/*",), "IMAGE/PNG", "if8="),
            (("image/*",), "text/plain", "\ufffd\ufffd"),
            (("*/*",), "", "if8="),
        ],
    )
    def test_which_bodies_are_encoded(
        self, kinds: tuple[str, ...], media_type: str, body: str
    ) -> None:
        functions = Functions()
        request = WebRequest("PUT", "/Prod/a", (), [("content-type", media_type)], b"\x89\xff")
        ask(functions, [request], binary_types=kinds)
        event = functions.seen[0][1]
        assert (event["body"], event["isBase64Encoded"]) == (body, body == "if8=")

    def test_more_than_ten_megabytes_are_refused(self) -> None:
        request = WebRequest("PUT", "/Prod/a", (), (), bytes(10_485_761))
        (answer,), _ = ask(Functions(), [request])
        assert (answer.status, answer.body) == (
            413, b"HTTP content length exceeded 10485760 bytes.",
        )  # fmt: skip


class TestAnswers:
    @pytest.mark.parametrize(
        ("said", "status", "body"),
        [
            ({"statusCode": 204}, 204, b""),
            ({"statusCode": "201", "body": "made"}, 201, b"made"),
            ({}, 200, b""),
            ({"body": "YWI=", "isBase64Encoded": True}, 200, b"YWI="),
            ({"statusCode": 200, "body": {"a": 1}}, 502, BROKEN),
            ({"statusCode": "x"}, 502, BROKEN),
            ({"statusCode": 99}, 502, BROKEN),
            ({"statusCode": 200, "message": "hi"}, 502, BROKEN),
            ({"statusCode": 200, "multiValueHeaders": {"a": "b"}}, 502, BROKEN),
            ({"statusCode": 200, "headers": {"a": {}}}, 502, BROKEN),
            ({"statusCode": 200, "headers": {"a": "b\nc"}}, 502, BROKEN),
            ("text", 502, BROKEN),
            (None, 502, BROKEN),
        ],
    )
    def test_what_the_client_gets(self, said: Any, status: int, body: bytes) -> None:
        functions = Functions({WORK: answered(json.dumps(said))})
        (answer,), _ = ask(functions, [get("/Prod/a")])
        assert (answer.status, answer.body) == (status, body)
        assert ("content-type", "application/json") in answer.headers

    @pytest.mark.parametrize(
        ("answer", "status"),
        [
            (answered("{}", function_error="Unhandled"), 502),
            (answered("{}", status_code=429), 500),
            (answered("{}", status_code=413), 500),
        ],
    )
    def test_functions_that_fail(self, answer: Answer, status: int) -> None:
        (got,), _ = ask(Functions({WORK: answer}), [get("/Prod/a")])
        assert (got.status, got.body) == (status, BROKEN)

    def test_headers_of_both_kinds_are_merged(self) -> None:
        said = {
            "headers": {"X-One": "1", "Content-Type": "text/html", "WWW-Authenticate": "Basic"},
            "multiValueHeaders": {"x-one": ["1", "2"], "Set-Cookie": ["a=1", "b=2"]},
        }
        (answer,), _ = ask(Functions({WORK: answered(json.dumps(said))}), [get("/Prod/a")])
        assert answer.headers[:-1] == [
            ("Content-Type", "text/html"), ("x-amzn-Remapped-WWW-Authenticate", "Basic"),
            ("x-one", "1"), ("x-one", "2"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"),
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("accept", "text", "status", "body"),
        [
            ("image/png,*/*", "if8=", 200, b"\x89\xff"),
            ("*/*,image/png", "if8=", 200, b"if8="),
            ("image/png", "?", 500, BROKEN),
        ],
    )
    def test_base64_is_decoded_for_who_accepts_it_first(
        self, accept: str, text: str, status: int, body: bytes
    ) -> None:
        functions = Functions({WORK: answered(json.dumps({"body": text, "isBase64Encoded": True}))})
        request = get("/Prod/a", ("Accept", accept))
        (answer,), _ = ask(functions, [request], binary_types=("image/png",))
        assert (answer.status, answer.body) == (status, body)

    def test_after_29_seconds_the_client_is_told_so(self) -> None:
        (answer,), events = ask(Functions(seconds=30), [get("/Prod/a")])
        assert (answer.status, answer.body) == (504, b'{"message": "Endpoint request timed out"}')
        assert events[-1].at == 29_000_000

    def test_a_mock_answers_by_itself(self) -> None:
        mock = RestMethod("/a", "OPTIONS", mocked=(("Access-Control-Allow-Origin", "*"),))
        functions = Functions()
        (answer,), _ = ask(functions, [WebRequest("OPTIONS", "/Prod/a")], mock)
        assert (answer.status, functions.seen) == (200, [])
        assert ("Access-Control-Allow-Origin", "*") in answer.headers


def policy(*statements: tuple[str, str], **more: Any) -> Answer:
    found = [
        {"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource}
        for effect, resource in statements
    ]
    return answered(json.dumps({"principalId": "u", "policyDocument": {"Statement": found}} | more))


GUARDED = RestAuthorizer("Guard", GUARD)
TOKEN = ("authorization", "t")


class TestAuthorizers:
    def test_a_token_is_asked_about_once_in_five_minutes(self) -> None:
        context = {"n": 1, "yes": True, "name": "me"}
        functions = Functions({GUARD: policy(("Allow", "*"), context=context)})
        requests = [get("/Prod/a", TOKEN)] * 4
        ask(functions, requests, method("GET /a", authorizer=GUARDED), pause=120)
        asked_for = [event for name, event in functions.seen if name == GUARD]
        assert len(asked_for) == 2
        arn = asked_for[0]["methodArn"]
        assert asked_for[0] == {"type": "TOKEN", "methodArn": arn, "authorizationToken": "t"}
        assert arn.startswith(f"{ARN}:")
        assert arn.endswith("/Prod/GET/a")
        assert functions.seen[1][1]["requestContext"]["authorizer"] == {
            "n": "1", "yes": "true", "name": "me", "principalId": "u", "integrationLatency": 0,
        }  # fmt: skip
        assert [caller.source for caller in functions.callers[:2]] == ["authorizer", "rest-api"]

    def test_a_policy_that_is_kept_is_held_against_every_method(self) -> None:
        """The trap of caching: what one method was allowed for refuses the next."""
        functions = Functions({GUARD: policy(("Allow", f"{ARN}:*/Prod/GET/a"))})
        methods = (method(f"GET /{name}", authorizer=GUARDED) for name in "ab")
        answers, _ = ask(functions, [get("/Prod/a", TOKEN), get("/Prod/b", TOKEN)], *methods)
        assert answers[1].status == 403
        assert answers[1].body == b'{"Message":"User is not authorized to access this resource"}'
        assert [name for name, _ in functions.seen].count(GUARD) == 1

    @pytest.mark.parametrize(
        ("fields", "answer", "status", "body"),
        [
            ([], policy(("Allow", "*")), 401, b'{"message":"Unauthorized"}'),
            ([("Authorization", "bad")], policy(("Allow", "*")), 401, b'{"message":"Unauthorized"}'),
            (
                [TOKEN], policy(("Allow", "*"), ("Deny", "*/GET/?")), 403,
                b'{"Message":"User is not authorized to access this resource with an explicit deny"}',
            ),
            (
                [TOKEN], answered('{"errorMessage": "Unauthorized"}', function_error="Unhandled"), 401,
                b'{"message":"Unauthorized"}',
            ),
            (
                [TOKEN], answered('{"errorMessage": "x"}', function_error="Unhandled"), 500,
                b'{"message":null}',
            ),
            ([TOKEN], answered("{}", status_code=429), 500, b'{"message":null}'),
            ([TOKEN], answered("null"), 500, b'{"message":null}'),
            ([TOKEN], policy(("Allow", "*"), context={"a": []}), 500, b'{"message":null}'),
        ],
    )  # fmt: skip
    def test_who_is_not_let_in(
        self, fields: list[tuple[str, str]], answer: Answer, status: int, body: bytes
    ) -> None:
        functions = Functions({GUARD: answer})
        guard = replace(GUARDED, validation="t+")
        (got,), _ = ask(functions, [get("/Prod/a", *fields)], method("GET /a", authorizer=guard))
        assert (got.status, got.body) == (status, body)
        assert WORK not in [name for name, _ in functions.seen]

    def test_one_that_takes_too_long_has_failed(self) -> None:
        functions = Functions({GUARD: policy(("Allow", "*"))}, seconds=40)
        (got,), _ = ask(functions, [get("/Prod/a", TOKEN)], method("GET /a", authorizer=GUARDED))
        assert (got.status, got.body) == (500, b'{"message":null}')

    def test_the_whole_request_may_be_asked_about(self) -> None:
        sources = ("method.request.header.x-key", "method.request.querystring.q",
                   "stageVariables.v", "context.identity.sourceIp")  # fmt: skip
        guard = RestAuthorizer("Guard", GUARD, "REQUEST", sources)
        functions = Functions({GUARD: policy(("Allow", "*"))})
        request = WebRequest("GET", "/Prod/a", [("q", "1")], [("X-Key", "k")])
        ask(functions, [request], method("GET /a", authorizer=guard), variables={"v": "1"})
        event = functions.seen[0][1]
        assert (event["type"], event["httpMethod"], event["pathParameters"]) == (
            "REQUEST",
            "GET",
            {},
        )
        assert event["headers"]["X-Key"] == "k"
        assert "body" not in event
        assert functions.seen[1][0] == WORK


class TestWhatIsCounted:
    def test_whom_no_function_is_asked_about_pays_nothing(self) -> None:
        """A 403 of the function's own is paid for; and metrics have the names of REST APIs."""
        _, events = ask(Functions(), [get("/Prod/a"), get("/Prod/b")], method("GET /a"))
        answered, refused = (event for event in events if isinstance(event, HttpAnswered))
        answered = replace(answered, at=1_500_000, status=403, duration=1_000_000)
        asked_at = InvocationRequested(
            500_000 + 100_000, "r-1", "work", 2, "rest-api", answered.id, cause=answered.id
        )
        trace = Trace(Header(1, "2026-01-05T09:00:00Z"))
        for event in (asked_at, answered, replace(refused, at=1_500_000)):
            trace.append(event)
        found = {
            metric.name: metric.whole.sum
            for metric in metrics(trace)
            if (metric.namespace, metric.resource) == ("AWS/ApiGateway", "api")
        }
        assert found == {
            "Count": 2, "4XXError": 2, "5XXError": 0, "Latency": 1_000, "IntegrationLatency": 900,
        }  # fmt: skip
        assert [(c.resource, c.item, c.quantity) for c in bill(trace).charges] == [
            ("api", "REST API requests", 1)
        ]


class TestPowertools:
    def test_its_resolver_works_unmodified(self) -> None:
        app = APIGatewayRestResolver(strip_prefixes=["/api"])

        @app.get("/orders/<order>")
        def order(order: str) -> dict[str, Any]:
            return {"order": order, "q": app.current_event.get_query_string_value("q")}

        @app.get("/page")
        def page() -> Response[str]:
            return Response(200, "text/html", "<p>", cookies=[], headers={"X-A": ["1", "2"]})

        class Handler(Functions):
            async def __call__(self, function: str, payload: str, caller: Any) -> Answer:
                context: Any = None
                return answered(json.dumps(app.resolve(json.loads(payload), context)))

        requests = [
            WebRequest("GET", "/Prod/api/orders/7", [("q", "1")]), get("/Prod/api/page"),
            get("/Prod/api/nothing"),
        ]  # fmt: skip
        order_, page_, missing = ask(Handler(), requests)[0]
        assert (order_.status, json.loads(order_.body)) == (200, {"order": "7", "q": "1"})
        assert [value for name, value in page_.headers if name == "X-A"] == ["1", "2"]
        assert missing.status == 404
