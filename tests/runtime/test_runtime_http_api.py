"""HTTP APIs over virtual time: routes, both payload formats, authorizers, what comes back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from aws_lambda_powertools.utilities.data_classes import (
    APIGatewayProxyEvent,
    APIGatewayProxyEventV2,
)

from runtime.webapis import GUARD, WORK, Functions, answered, asked
from warmstart.runtime.services.http_api import HttpApi
from warmstart.runtime.services.web import WebRequest, WebResponse
from warmstart.runtime.web_specs import Authorizer, HttpApiSpec, Route

if TYPE_CHECKING:
    from warmstart.runtime.invoke import Answer
    from warmstart.runtime.trace import TraceEvent


def ask(
    functions: Functions, requests: list[WebRequest], *routes: Route, pause: float = 0
) -> tuple[list[WebResponse], list[TraceEvent]]:
    return asked(HttpApi, HttpApiSpec("Api", "api", routes), functions, requests, pause)


class TestRoutes:
    @pytest.mark.parametrize(
        ("method", "path", "route"),
        [
            ("GET", "/pets/dog/1", "GET /pets/dog/1"),
            ("GET", "/pets/dog/2", "GET /pets/dog/{id}"),
            ("GET", "/pets/cat/2", "GET /pets/{proxy+}"),
            ("POST", "/pets/cat/2", "ANY /{proxy+}"),
            ("POST", "/", "$default"),
        ],
    )
    def test_the_most_particular_wins(self, method: str, path: str, route: str) -> None:
        """The developer guide's own example."""
        keys = ("$default", "ANY /{proxy+}", "GET /pets/{proxy+}", "GET /pets/dog/{id}",
                "GET /pets/dog/1")  # fmt: skip
        _, events = ask(Functions(), [WebRequest(method, path)], *(Route(k, WORK) for k in keys))
        assert [e.route for e in events if e.kind == "HttpAnswered"] == [route]

    @pytest.mark.parametrize(
        ("path", "status"),
        [("/dev/pets/1", 200), ("/dev", 200), ("/pets/1", 404), ("/developers", 404)],
    )
    def test_the_address_begins_with_a_stage_that_has_a_name(self, path: str, status: int) -> None:
        functions = Functions()
        spec = HttpApiSpec("Api", "api", (Route("$default", WORK),), stage="dev")
        answers, _ = asked(HttpApi, spec, functions, [WebRequest("GET", path)], 0)
        assert answers[0].status == status
        told = [(event["rawPath"], event["requestContext"]["stage"]) for _, event in functions.seen]
        assert told == ([(path, "dev")] if status == 200 else [])

    def test_what_no_route_takes_is_not_found(self) -> None:
        answers, _ = ask(Functions(), [WebRequest("GET", "/b")], Route("GET /a", WORK))
        assert (answers[0].status, answers[0].body) == (404, b'{"message":"Not Found"}')


class TestEvents:
    REQUEST = WebRequest(
        "POST", "/orders/7 ü", [("a", "1"), ("a", "2"), ("b", "x y")],
        [("Content-Type", "application/json"), ("cookie", "c=1; d=2"), ("x-key", "k")],
        b'{"n": 1}',
    )  # fmt: skip

    def test_version_2(self) -> None:
        functions = Functions()
        ask(functions, [self.REQUEST], Route("POST /orders/{id}", WORK))
        event = APIGatewayProxyEventV2(functions.seen[0][1])
        assert (event.route_key, event.raw_path) == ("POST /orders/{id}", "/orders/7 ü")
        assert event.raw_query_string == "a=1&a=2&b=x%20y"
        assert (event.query_string_parameters, event.cookies) == (
            {"a": "1,2", "b": "x y"}, ["c=1", "d=2"],
        )  # fmt: skip
        assert (event.path_parameters, event.json_body) == ({"id": "7 ü"}, {"n": 1})
        assert event.request_context.http.method == "POST"
        assert event.request_context.time == "05/Jan/2026:09:00:00 +0000"

    def test_version_1(self) -> None:
        functions = Functions({WORK: answered('{"statusCode": 201, "body": "made"}')})
        route = Route("POST /orders/{id}", WORK, payload_format="1.0")
        answers, _ = ask(functions, [self.REQUEST], route)
        event = APIGatewayProxyEvent(functions.seen[0][1])
        assert (event.resource, event.path) == ("/orders/{id}", "/orders/7 ü")
        assert event.multi_value_query_string_parameters == {"a": ["1", "2"], "b": ["x y"]}
        assert (answers[0].status, answers[0].body) == (201, b"made")

    @pytest.mark.parametrize(
        ("media_type", "encoded"),
        [
            ("text/plain", False), ("text/csv; charset=utf-8", False), ("Application/JSON", False),
            ("application/json; charset=utf-8", False), ("application/xml", False),
            ("application/javascript", False), (None, True), ("", True), ("image/png", True),
            ("application/x-www-form-urlencoded", True), ("application/problem+json", True),
            ("application/octet-stream", True), ("multipart/form-data; boundary=text/plain", True),
        ],
    )  # fmt: skip
    def test_which_bodies_are_encoded(self, media_type: str | None, encoded: bool) -> None:
        functions = Functions()
        headers = [] if media_type is None else [("content-type", media_type)]
        ask(functions, [WebRequest("POST", "/", (), headers, b"a=1")], Route("$default", WORK))
        event = functions.seen[0][1]
        assert (event["body"], event["isBase64Encoded"]) == (
            ("YT0x", True) if encoded else ("a=1", False)
        )

    def test_text_that_is_none_is_encoded(self) -> None:
        functions = Functions()
        request = WebRequest("POST", "/", (), [("content-type", "text/plain")], b"\x89\xff")
        ask(functions, [request], Route("$default", WORK))
        event = functions.seen[0][1]
        assert (event["body"], event["isBase64Encoded"]) == ("if8=", True)


class TestAnswers:
    @pytest.mark.parametrize(
        ("answer", "status", "body"),
        [
            (answered('{"statusCode": 204}'), 204, b""),
            (answered('"text"'), 200, b"text"),
            (answered('{"a": [1]}'), 200, b'{"a": [1]}'),
            (
                answered('{"statusCode": 200, "isBase64Encoded": true, "body": "if8="}'),
                200,
                b"\x89\xff",
            ),
            (answered('{"statusCode": "x"}'), 500, b'{"message":"Internal Server Error"}'),
            (
                answered("{}", function_error="Unhandled"),
                500,
                b'{"message":"Internal Server Error"}',
            ),
            (answered("{}", status_code=429), 429, b'{"message":"Too Many Requests"}'),
        ],
    )
    def test_what_the_client_gets(self, answer: Answer, status: int, body: bytes) -> None:
        answers, _ = ask(
            Functions({WORK: answer}), [WebRequest("GET", "/")], Route("$default", WORK)
        )
        assert (answers[0].status, answers[0].body) == (status, body)

    def test_after_thirty_seconds_the_client_is_told_no(self) -> None:
        functions = Functions(seconds=31)
        answers, events = ask(functions, [WebRequest("GET", "/")], Route("$default", WORK))
        assert answers[0].status == 503
        assert events[-1].at == 30_000_000


class TestAuthorizers:
    def test_an_answer_is_kept_as_long_as_it_says(self) -> None:
        guard = Authorizer("Guard", GUARD, ("$request.header.x-key",), simple_responses=True,
                           cache_ttl=60)  # fmt: skip
        allowed = answered('{"isAuthorized": true, "context": {"who": "me"}}')
        functions = Functions({GUARD: allowed})
        request = WebRequest("GET", "/", (), [("x-key", "k")])
        route = Route("GET /", WORK, authorizer=guard)
        answers, _ = ask(functions, [request] * 4, route, pause=25)
        assert [a.status for a in answers] == [200] * 4
        assert [name for name, _ in functions.seen].count(GUARD) == 2
        context = functions.seen[1][1]["requestContext"]["authorizer"]
        assert context == {"lambda": {"who": "me"}}

    @pytest.mark.parametrize(("more", "asked"), [((), 1), (("$context.routeKey",), 2)])
    def test_an_answer_holds_for_all_routes_unless_the_route_is_a_source(
        self, more: tuple[str, ...], asked: int
    ) -> None:
        guard = Authorizer("Guard", GUARD, ("$request.header.x-key", *more), simple_responses=True,
                           cache_ttl=60)  # fmt: skip
        functions = Functions({GUARD: answered('{"isAuthorized": true}')})
        requests = [WebRequest("GET", path, (), [("x-key", "k")]) for path in ("/a", "/b", "/a")]
        routes = [Route(f"GET {path}", WORK, authorizer=guard) for path in ("/a", "/b")]
        answers, _ = ask(functions, requests, *routes)
        assert [a.status for a in answers] == [200] * 3
        assert [name for name, _ in functions.seen].count(GUARD) == asked

    @pytest.mark.parametrize(
        ("headers", "answer", "status"),
        [
            ({}, '{"isAuthorized": true}', 401),
            ({"x-key": "k"}, '{"isAuthorized": false}', 403),
            ({"x-key": "k"}, '{"isAuthorized": "yes"}', 403),
            ({"x-key": "k"}, '{"nothing": 1}', 500),
        ],
    )
    def test_who_is_not_let_in(self, headers: dict[str, str], answer: str, status: int) -> None:
        guard = Authorizer("Guard", GUARD, ("$request.header.x-key",), simple_responses=True)
        functions = Functions({GUARD: answered(answer)})
        route = Route("GET /", WORK, authorizer=guard)
        answers, _ = ask(functions, [WebRequest("GET", "/", (), list(headers.items()))], route)
        assert answers[0].status == status
        assert WORK not in [name for name, _ in functions.seen]

    def test_policies_are_understood(self) -> None:
        policy = {"principalId": "u", "policyDocument": {"Statement": [{"Effect": "Allow"}]}}
        guard = Authorizer("Guard", GUARD, ("$request.querystring.key",), payload_format="1.0")
        functions = Functions({GUARD: answered(json.dumps(policy))})
        route = Route("GET /", WORK, authorizer=guard)
        answers, _ = ask(functions, [WebRequest("GET", "/", [("key", "k")])], route)
        assert answers[0].status == 200
        assert functions.seen[0][1]["version"] == "1.0"
