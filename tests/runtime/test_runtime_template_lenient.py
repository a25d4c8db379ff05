"""Templates as people have them: much is documentation here, some is not supported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from warmstart.errors import TemplateError, UnsupportedError
from warmstart.runtime import specs, web_specs

if TYPE_CHECKING:
    from pathlib import Path

ACCOUNT = "123456789012"

DECORATED = """\
Transform: [AWS::Serverless-2016-10-31]
Parameters:
  Mail: {Type: String}
  Vpc: {Type: "AWS::SSM::Parameter::Value<String>", Default: /net/vpc}
Globals:
  Function:
    Runtime: python3.13
    Tracing: Active
    AutoPublishAlias: live
    Tags: {owner: !Ref Mail}
    PermissionsBoundary: !ImportValue boundary
  HttpApi: {CorsConfiguration: {AllowOrigins: ["*"]}}
  Api: {TracingEnabled: true}
Resources:
  Key: {Type: AWS::KMS::Key, Properties: {KeyPolicy: !Transform {Name: AWS::Include}}}
  Logs: {Type: AWS::Logs::LogGroup, Properties: {RetentionInDays: 7}}
  Net: {Type: AWS::EC2::VPC, Properties: {CidrBlock: !Cidr [a, b, c]}}
  Alarm: {Type: AWS::CloudWatch::Alarm, Properties: {AlarmActions: [!Ref Nothing]}}
  Link: {Type: AWS::Serverless::Connector, Properties: {Source: {Id: Work}}}
  Role: {Type: AWS::IAM::Role, DeletionPolicy: Retain, Properties: {Path: !Ref Vpc}}
  Api:
    Type: AWS::Serverless::HttpApi
    Properties: {AccessLogSettings: {DestinationArn: !GetAtt Logs.Arn}, StageName: test}
  Queue:
    Type: AWS::SQS::Queue
    Properties: {KmsMasterKeyId: !Ref Key, RedriveAllowPolicy: {redrivePermission: denyAll}}
  Table:
    Type: AWS::DynamoDB::Table
    DeletionPolicy: Retain
    Properties:
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      DeletionProtectionEnabled: true
      TableClass: STANDARD
  Work:
    Type: AWS::Serverless::Function
    DeletionPolicy: Delete
    Metadata: {BuildMethod: python3.13, cfn_nag: {}}
    Properties:
      Handler: src/app.handler
      Role: !GetAtt Role.Arn
      DeploymentPreference: {Type: Canary10Percent5Minutes, Alarms: [!Ref Alarm]}
      Environment:
        Variables:
          KEY: !GetAtt Key.Arn
          KEY_ID: !GetAtt Key.KeyId
          ROLE: !GetAtt Role.Arn
          OWN_ROLE: !GetAtt WorkRole.Arn
          ALIAS: !Ref Work.Alias
          VERSION: !Ref Work.Version
          URL: !Sub "https://${ServerlessHttpApi}"
Outputs:
  Rest: {Value: !Sub "https://${ServerlessRestApi}.execute-api"}
  Zones: {Value: !GetAZs ""}
"""

AMBITIOUS = """\
Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]
Globals:
  Function: {Runtime: python3.13, Handler: app.handler}
Resources:
  Work:
    Type: AWS::Serverless::Function
    Properties:
      Layers: ["arn:aws:lambda:us-east-1:017000801446:layer:Tools:1", !Ref Libs]
      FunctionUrlConfig: {AuthType: NONE, InvokeMode: RESPONSE_STREAM}
      EventInvokeConfig: {DestinationConfig: {OnSuccess: {Type: SQS}}}
      Environment:
        Variables:
          REST: !Ref ServerlessRestApi
          SUBNET: !ImportValue subnet
          STREAM: !GetAtt Table.StreamArn
          HOST: !GetAtt Search.DomainEndpoint
          FEED: !GetAtt Feed.Arn
      Events:
        Rest: {Type: Api, Properties: {Path: /, Method: get, RequestModel: {Model: M}}}
        Feed: {Type: Kinesis, Properties: {Stream: !GetAtt Feed.Arn}}
        Web: {Type: HttpApi, Properties: {ApiId: !Ref Api, Path: /, Method: get}}
  Node:
    Type: AWS::Serverless::Function
    Properties: {Runtime: nodejs22.x, Events: {Tick: {Type: Schedule, Properties: {}}}}
  Image:
    Type: AWS::Serverless::Function
    Properties: {PackageType: Image, ImageConfig: {Command: [x]}}
  Libs:
    Type: AWS::Serverless::LayerVersion
    Metadata: {BuildMethod: python3.13}
    Properties: {ContentUri: libs}
  Api:
    Type: AWS::Serverless::HttpApi
    Properties:
      Auth: {DefaultAuthorizer: Jwt, Authorizers: {Jwt: {JwtConfiguration: {issuer: x}}}}
  Topic:
    Type: AWS::SNS::Topic
    Properties: {Subscription: [{Protocol: email, Endpoint: a@b.c}]}
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      StreamSpecification: {StreamViewType: NEW_IMAGE}
  Bucket: {Type: AWS::S3::Bucket, Properties: {VersioningConfiguration: {Status: Enabled}}}
  Feed: {Type: AWS::Kinesis::Stream}
  Search: {Type: AWS::OpenSearchService::Domain}
"""

LAYER = "arn:aws:lambda:us-east-1:017000801446:layer:Tools:1"
ITS_PACKAGES = "its packages can lie beside the code (pip install --target) or beside Warmstart"
REFUSED = [
    "1: The transform AWS::LanguageExtensions is not supported.",
    f"8: {LAYER} is a layer outside this template, which is not supported: {ITS_PACKAGES}.",
    "9: WorkUrl: response streaming (RESPONSE_STREAM) is not supported.",
    "10: OnSuccess without a Destination, for SAM to make, is not supported.",
    "14: The function ImportValue is not supported.",
    "15: Table.StreamArn cannot be looked up here.",
    "19: Models and request validation of REST APIs are not supported yet (RequestModel).",
    "20: Work's Feed: Kinesis streams are not supported yet.",
    "24: Node: the runtime nodejs22.x is not supported.",
    "27: Image: container images are not supported.",
    "31: The layer is not built, and building is not supported: libs has no folder python.",
    "35: Jwt: JWT authorizers are not supported.",
    "38: Subscriptions by email are not supported.",
    "44: Table has StreamSpecification, which is not supported.",
    "45: Versions of objects are not supported.",
    "46: Feed: Kinesis streams are not supported yet.",
    "47: Search: Resources of type AWS::OpenSearchService::Domain are not supported yet.",
]


@pytest.fixture
def read(read: Any, tmp_path: Path) -> Any:
    (tmp_path / "libs").mkdir()
    return read


class TestDocumentation:
    def test_it_is_taken_without_a_look_at_it(self, read: Any, tmp_path: Path) -> None:
        """Parameters and functions that stand only there are never asked for."""
        application = read(DECORATED)
        assert application.warnings == ()
        assert sorted(application.resources) == ["Api", "Queue", "Table"]
        work = application.functions["Work"]
        assert (work.code, work.handler) == (tmp_path, "src/app.handler")
        assert dict(work.environment) == {
            "KEY": f"arn:aws:kms:us-east-1:{ACCOUNT}:Key",
            "KEY_ID": "Key.KeyId",
            "ROLE": f"arn:aws:iam::{ACCOUNT}:role/Role",
            "OWN_ROLE": f"arn:aws:iam::{ACCOUNT}:role/WorkRole",
            "ALIAS": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:Work:live",
            "VERSION": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:Work:1",
            "URL": "https://ServerlessHttpApi",
        }


class TestParameters:
    def test_one_that_is_used_needs_a_value(self, read: Any) -> None:
        text = DECORATED.replace("KEY: !GetAtt Key.Arn", "MAIL: !Ref Mail")
        with pytest.raises(TemplateError, match="Mail has no Default, and no value") as caught:
            read(text, lenient=True)
        assert caught.value.line == 3
        found = read(text, overrides={"Parameters.Mail": "a@b.c"})
        assert found.functions["Work"].environment["MAIL"] == "a@b.c"

    def test_parameter_store_is_not_asked(self, read: Any) -> None:
        text = DECORATED.replace("KEY: !GetAtt Key.Arn", "VPC: !Ref Vpc")
        with pytest.raises(TemplateError, match="Vpc is in Parameter Store") as caught:
            read(text)
        assert caught.value.line == 4
        found = read(text, overrides={"Parameters.Vpc": "vpc-1"})
        assert found.functions["Work"].environment["VPC"] == "vpc-1"

    def test_one_that_is_not_there(self, read: Any) -> None:
        with pytest.raises(TemplateError, match=r"no parameter 'Mai'. It has: Mail, Vpc."):
            read(DECORATED, overrides={"Parameters.Mai": "x"})


class TestLeniently:
    def test_the_rest_of_it_is_there(self, read: Any, tmp_path: Path) -> None:
        application = read(AMBITIOUS, lenient=True)
        place = f"{tmp_path / 'template.yaml'}:"
        assert [warning.removeprefix(place) for warning in application.warnings] == REFUSED
        work = application.functions["Work"]
        assert list(application.functions) == ["Work"]
        assert dict(work.environment) == {
            "REST": "ServerlessRestApi",
            "SUBNET": "subnet",
            "STREAM": "Table.StreamArn",
            "HOST": "Search.DomainEndpoint",
            "FEED": f"arn:aws:kinesis:us-east-1:{ACCOUNT}:Feed",
        }
        assert work.layers == (tmp_path / "libs",)
        assert application.resources["Api"].routes == (
            web_specs.Route("GET /", f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:Work"),
        )
        assert application.resources["Topic"].subscriptions == ()
        assert not application.all(specs.RuleSpec)

    def test_each_of_these_is_refused_otherwise(self, read: Any) -> None:
        with pytest.raises(UnsupportedError, match="LanguageExtensions") as caught:
            read(AMBITIOUS)
        assert caught.value.hint == "Supported: AWS::Serverless-2016-10-31."
