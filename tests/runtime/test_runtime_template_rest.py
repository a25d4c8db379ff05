"""REST APIs in templates: what SAM makes of events and of AWS::Serverless::Api, and refusals."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from runtime.conftest import Bench, events_of
from warmstart.errors import TemplateError, UnsupportedError
from warmstart.runtime.launch import HttpCall
from warmstart.runtime.specs import FunctionSpec, arn
from warmstart.runtime.web_specs import RestApiSpec, RestAuthorizer, RestMethod

if TYPE_CHECKING:
    pass

WORK, GUARD = (arn(FunctionSpec, name, "us-east-1") for name in ("Work", "Guard"))
TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {Runtime: python3.13, Handler: app.handler}
  Api:
    OpenApiVersion: 3.0.1
    Cors: "'*'"
Resources:
  Shop:
    Type: AWS::Serverless::Api
    Properties:
      Name: shop
      StageName: v1
      Variables: {table: t, size: 3}
      BinaryMediaTypes: [image~1png]
      EndpointConfiguration: {Type: REGIONAL}
      Cors: {AllowOrigin: "'https://a.b'", AllowHeaders: "'x-key'", AllowCredentials: true}
      Auth:
        DefaultAuthorizer: Token
        AddDefaultAuthorizerToCorsPreflight: false
        Authorizers:
          Token:
            FunctionArn: !GetAtt Guard.Arn
            Identity: {Header: x-key, ValidationExpression: "k.+", ReauthorizeEvery: 0}
          Request:
            FunctionPayloadType: REQUEST
            FunctionArn: !GetAtt Guard.Arn
            Identity: {Headers: [x-key], QueryStrings: [q]}
  Guard: {Type: AWS::Serverless::Function}
  Work:
    Type: AWS::Serverless::Function
    Properties:
      Environment:
        Variables:
          AA: !Sub "https://${Shop}.execute-api.${AWS::Region}.amazonaws.com/${Shop.Stage}/"
          BB: !Sub "https://${ServerlessRestApi}.execute-api.${AWS::Region}.amazonaws.com/Prod/"
          CC: !Ref Shop.Stage
          DD: !GetAtt ServerlessRestApi.RootResourceId
      Events:
        Get: {Type: Api, Properties: {RestApiId: !Ref Shop, Path: "/a/{id}", Method: get}}
        Put:
          Type: Api
          Properties:
            {RestApiId: !Ref Shop, Path: "/a/{id}", Method: PUT, TimeoutInMillis: 50,
             Auth: {Authorizer: Request}}
        All:
          Type: Api
          Properties:
            RestApiId: !Ref Shop
            Path: /{proxy+}
            Method: any
            Auth: {Authorizer: NONE}
        Hello: {Type: Api, Properties: {Path: /hello, Method: get}}
        Any: {Type: Api, Properties: {Path: /, Method: ANY}}
Outputs:
  Url: {Value: !Sub "https://${ServerlessRestApi}.execute-api.${AWS::Region}.amazonaws.com/Prod/"}
"""


class TestApis:
    def test_an_api_with_all_there_is(self, read: Any) -> None:
        (shop, _) = read(TEMPLATE).all(RestApiSpec)
        token = RestAuthorizer("Token", GUARD, "TOKEN", ("method.request.header.x-key",), "k.+", 0)
        sources = ("method.request.header.x-key", "method.request.querystring.q")
        request = RestAuthorizer("Request", GUARD, "REQUEST", sources)
        cors = [
            ("Access-Control-Allow-Headers", "x-key"),
            ("Access-Control-Allow-Origin", "https://a.b"),
            ("Access-Control-Allow-Credentials", "true"),
        ]
        allow = "Access-Control-Allow-Methods"
        assert shop == RestApiSpec(
            "Shop", "shop",
            (
                RestMethod("/a/{id}", "GET", WORK, token),
                RestMethod("/a/{id}", "PUT", WORK, request, 50),
                RestMethod("/{proxy+}", "ANY", WORK),
                RestMethod("/a/{id}", "OPTIONS", mocked=(*cors, (allow, "GET,OPTIONS,PUT"))),
                RestMethod(
                    "/{proxy+}", "OPTIONS",
                    mocked=(*cors, (allow, "DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT")),
                ),
            ),
            "v1", {"table": "t", "size": "3"}, ("image/png",),
        )  # fmt: skip

    def test_the_one_that_sam_makes(self, read: Any) -> None:
        """It has the stage Prod, and of the rest what Globals say."""
        made = read(TEMPLATE).resources["ServerlessRestApi"]
        assert (made.name, made.stage) == ("ServerlessRestApi", "Prod")
        assert [(m.method, m.path, m.function) for m in made.methods] == [
            ("GET", "/hello", WORK), ("ANY", "/", WORK), ("OPTIONS", "/hello", ""),
            ("OPTIONS", "/", ""),
        ]  # fmt: skip
        assert made.methods[-1].mocked[0] == ("Access-Control-Allow-Origin", "*")

    def test_what_names_them(self, read: Any) -> None:
        host = "execute-api.us-east-1.amazonaws.com"
        assert dict(read(TEMPLATE).functions["Work"].environment) == {
            "AA": f"https://shop.{host}/v1/",
            "BB": f"https://ServerlessRestApi.{host}/Prod/",
            "CC": "v1",
            "DD": "serverlessrestapiroot",
        }


def changed(old: str, new: str) -> tuple[str, int]:
    """Return the template with something changed, and the line that is new (1-based)."""
    assert old in TEMPLATE
    text = TEMPLATE.replace(old, new, 1)
    return text, text[: text.index(new.splitlines()[-1].strip())].count("\n") + 1


NAME, DEFAULT, PATH = "Name: shop", "DefaultAuthorizer: Token", "Path: /{proxy+}"


class TestRefusals:
    @pytest.mark.parametrize(
        ("old", "new", "message"),
        [
            (NAME, "DefinitionUri: api.yaml", "OpenAPI definitions"),
            (NAME, "DefinitionBody: {openapi: 3.0.1}", "OpenAPI definitions"),
            (NAME, "Models: {}", "Models and request validation"),
            (NAME, "CacheClusterEnabled: true", "Caching"),
            (NAME, "MethodSettings: [{CachingEnabled: true}]", "Caching"),
            (NAME, "CanarySetting: {PercentTraffic: 1}", "Canary deployments"),
            (NAME, "Domain: {DomainName: a.b}", "Custom domains"),
            (DEFAULT, "ApiKeyRequired: true", "API keys"),
            (DEFAULT, "UsagePlan: {}", "Usage plans"),
            (DEFAULT, "DefaultAuthorizer: AWS_IAM", "IAM authorizers"),
            ("Token:\n", "Token:\n            UserPoolArn: x", "Cognito authorizers"),
            (PATH, f"{PATH}\n            RequestModel: {{Model: M}}", "Models and request"),
            (
                PATH, f"{PATH}\n            RequestParameters: [{{m.r.h.x: {{Required: true}}}}]",
                "Request validation",
            ),
            ("RestApiId: !Ref Shop\n", "RestApiId: Other\n", "no REST API 'Other'"),
        ],
    )  # fmt: skip
    def test_what_is_not_built_yet(self, read: Any, old: str, new: str, message: str) -> None:
        text, line = changed(old, new if new.endswith("\n") or "\n" not in old else f"{new}\n")
        with pytest.raises(UnsupportedError, match=message) as caught:
            read(text)
        assert caught.value.line == line
        (warning,) = read(text, lenient=True).warnings
        assert message in warning

    @pytest.mark.parametrize(
        ("old", "new", "message"),
        [
            ("StageName: v1", "StageName: v-1", "'v-1' is no name for a stage"),
            ("Cors: \"'*'\"", 'Cors: "*"', r"Cors is \*, which API Gateway takes for no text"),
            ('"k.+"', '"("', "is no regular expression"),
            (
                "Identity: {Headers: [x-key], QueryStrings: [q]}", "Identity: {}",
                "Request keeps its answers",
            ),
            ("Method: any", "Method: fetch", "Method is 'fetch'"),
            (PATH, 'Path: "/{proxy+}/x"', "A greedy parameter ends its path"),
            (PATH, "Path: x", "must begin with a slash"),
            ("Authorizer: Request", "Authorizer: Nobody", "no authorizer 'Nobody'"),
            ("Path: /, Method: ANY", "Path: /hello, Method: GET", "GET /hello is there twice"),
        ],
    )  # fmt: skip
    def test_what_is_wrong(self, read: Any, old: str, new: str, message: str) -> None:
        text, line = changed(old, new)
        with pytest.raises(TemplateError, match=message) as caught:
            read(text)
        assert caught.value.line == line

    def test_a_stage_has_a_name(self, read: Any) -> None:
        with pytest.raises(TemplateError, match="Shop has no StageName"):
            read(TEMPLATE.replace("      StageName: v1\n", ""))


class TestARun:
    def test_hello_world(self, bench: Bench) -> None:
        """What `sam init` writes, asked for over its API: without the stage, which is known."""
        code = (
            "import json\n"
            "def handler(event, context):\n"
            "    return {'statusCode': 200, 'body': json.dumps({'message': event['path']})}\n"
        )
        hello = {"Type": "Api", "Properties": {"Path": "/hello", "Method": "get"}}
        bench.function("Hello", code, Timeout=3, Events={"Hello": hello})
        calls = [HttpCall(0, "ServerlessRestApi", path="/hello"), HttpCall(1, "ServerlessRestApi")]
        result = bench.run(calls)
        found, missing = result.outcomes
        assert (found.status_code, json.loads(found.payload)) == (200, {"message": "/hello"})
        assert missing.status_code == 403
        assert [(e.path, e.route, e.source) for e in events_of(result, "HttpAnswered")] == [
            ("/Prod/", "-", "rest-api"), ("/Prod/hello", "GET /hello", "rest-api"),
        ]  # fmt: skip
        (asked,) = events_of(result, "InvocationRequested")
        assert (asked.source, asked.cause) == ("rest-api", asked.root)
