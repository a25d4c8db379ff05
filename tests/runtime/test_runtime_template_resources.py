"""Templates with more than functions: what each resource becomes, and what calls what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from warmstart.errors import TemplateError
from warmstart.runtime import specs, web_specs
from warmstart.runtime.template import load

if TYPE_CHECKING:
    from pathlib import Path

SHOP = """\
Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage: {Type: String, Default: test, AllowedValues: [test, prod]}
  Zones: {Type: CommaDelimitedList, Default: "a, b"}
Mappings:
  Sizes: {test: {memory: 256}, prod: {memory: 1024}}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  NotProd: !Not [!Condition IsProd]
Globals:
  Function:
    Runtime: python3.13
    Handler: app.handler
    CodeUri: src
    MemorySize: !FindInMap [Sizes, !Ref Stage, memory]
Resources:
  Orders:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Join ["-", [orders, !Ref Stage]]
      VisibilityTimeout: 60
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3}
  Dead: {Type: AWS::SQS::Queue}
  OnlyProd: {Type: AWS::SQS::Queue, Condition: IsProd}
  Placed:
    Type: AWS::SNS::Topic
    Properties: {TopicName: placed}
  ToOrders:
    Type: AWS::SNS::Subscription
    Properties:
      TopicArn: !Ref Placed
      Protocol: sqs
      Endpoint: !GetAtt Orders.Arn
      RawMessageDelivery: true
      FilterPolicy: {kind: [order]}
  Bus: {Type: AWS::Events::EventBus, Properties: {Name: shop}}
  Images:
    Type: AWS::S3::Bucket
    Properties: {BucketName: !Sub "images-${AWS::AccountId}"}
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions:
        - {AttributeName: pk, AttributeType: S}
        - {AttributeName: sk, AttributeType: N}
      KeySchema: [{AttributeName: pk, KeyType: HASH}, {AttributeName: sk, KeyType: RANGE}]
      BillingMode: PAY_PER_REQUEST
      TimeToLiveSpecification: {AttributeName: expires, Enabled: true}
      GlobalSecondaryIndexes:
        - IndexName: by-sk
          KeySchema: [{AttributeName: sk, KeyType: HASH}]
          Projection: {ProjectionType: KEYS_ONLY}
      LocalSecondaryIndexes:
        - IndexName: by-none
          KeySchema: [{AttributeName: pk, KeyType: HASH}]
          Projection: {ProjectionType: INCLUDE, NonKeyAttributes: [x]}
  Libs: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: src}}
  Api:
    Type: AWS::Serverless::HttpApi
    Properties:
      Auth:
        DefaultAuthorizer: Guard
        Authorizers:
          Guard:
            FunctionArn: !GetAtt Work.Arn
            AuthorizerPayloadFormatVersion: 2.0
            EnableSimpleResponses: true
            Identity: {Headers: [X-Key], ReauthorizeEvery: 60}
  Flow:
    Type: AWS::Serverless::StateMachine
    Properties:
      Type: EXPRESS
      Definition: {StartAt: A, States: {A: {Type: Task, Resource: "${Work}", End: true}}}
      DefinitionSubstitutions: {Work: !GetAtt Work.Arn}
      Events:
        Nightly: {Type: Schedule, Properties: {Schedule: cron(0 2 * * ? *)}}
  Work:
    Type: AWS::Serverless::Function
    Properties:
      Layers: [!Ref Libs]
      AutoPublishAlias: live
      ProvisionedConcurrencyConfig: {ProvisionedConcurrentExecutions: 5}
      EventInvokeConfig:
        MaximumRetryAttempts: 1
        DestinationConfig: {OnFailure: {Type: SQS, Destination: !GetAtt Dead.Arn}}
      DeadLetterQueue: {Type: SQS, TargetArn: !GetAtt Dead.Arn}
      Environment:
        Variables:
          QUEUE: !Ref Orders
          ONLY: !If [IsProd, yes-it-is, !Ref AWS::NoValue]
          ZONE: !Select [1, !Ref Zones]
          FLOW: !Ref Flow
      Policies: [SQSSendMessagePolicy: {QueueName: x}]
      Events:
        FromQueue:
          Type: SQS
          Properties:
            Queue: !GetAtt Orders.Arn
            BatchSize: 5
            FunctionResponseTypes: [ReportBatchItemFailures]
            FilterCriteria: {Filters: [{Pattern: '{"body": {"kind": ["order"]}}'}]}
        FromTopic: {Type: SNS, Properties: {Topic: !Ref Placed}}
        FromBus:
          Type: EventBridgeRule
          Properties: {EventBusName: !Ref Bus, Pattern: {source: [shop]}}
        Uploads:
          Type: S3
          Properties:
            Bucket: !Ref Images
            Events: s3:ObjectCreated:*
            Filter: {S3Key: {Rules: [{Name: suffix, Value: .png}]}}
        Get: {Type: HttpApi, Properties: {ApiId: !Ref Api, Method: get, Path: "/orders/{id}"}}
        Open:
          Type: HttpApi
          Properties: {ApiId: !Ref Api, Method: POST, Path: /orders, Auth: {Authorizer: NONE}}
        Else: {Type: HttpApi, Properties: {}}
  Permission: {Type: AWS::Lambda::Permission, Properties: {Action: lambda:InvokeFunction}}
"""
SQS, FUNCTION = (
    "arn:aws:sqs:us-east-1:123456789012:",
    "arn:aws:lambda:us-east-1:123456789012:function:",
)


@pytest.fixture
def read(tmp_path: Path) -> Any:
    (tmp_path / "src").mkdir()

    def read_(text: str, **settings: Any) -> Any:
        path = tmp_path / "template.yaml"
        path.write_text(text)
        return load(path, **settings)

    return read_


class TestResources:
    def test_what_each_becomes(self, read: Any, tmp_path: Path) -> None:
        found = read(SHOP).resources
        assert found["Orders"] == specs.QueueSpec(
            "Orders", "orders-test", visibility_timeout=60, dead_letter=f"{SQS}Dead",
            max_receive_count=3,
        )  # fmt: skip
        assert "OnlyProd" not in found
        assert found["Table"].indexes == (
            specs.IndexSpec("by-sk", "sk", None, "KEYS_ONLY"),
            specs.IndexSpec("by-none", "pk", None, "INCLUDE", ("x",), local=True),
        )
        assert (found["Table"].hash_key, found["Table"].range_key) == ("pk", "sk")
        assert found["Table"].ttl_attribute == "expires"
        assert found["Images"].name == "images-123456789012"
        assert f'"Resource": "{FUNCTION}Work"' in found["Flow"].definition
        assert found["Flow"].type == "EXPRESS"

    def test_what_calls_what(self, read: Any) -> None:
        application = read(SHOP)
        found, live = application.resources, f"{FUNCTION}Work:live"
        to_queue, to_function = found["Placed"].subscriptions
        assert {to_queue.endpoint, to_function.endpoint} == {f"{SQS}orders-test", live}
        (notification,) = found["Images"].notifications
        assert (notification.target, notification.suffix) == (live, ".png")
        rules = [r for r in found.values() if isinstance(r, specs.RuleSpec)]
        assert [(r.bus, r.pattern, r.schedule) for r in rules] == [
            ("default", None, "cron(0 2 * * ? *)"),
            ("shop", {"source": ["shop"]}, None),
        ]
        get, post = found["Api"].routes
        assert (get.key, post.key) == ("GET /orders/{id}", "POST /orders")
        assert post.authorizer is None
        assert get.authorizer == web_specs.Authorizer(
            "Guard", f"{FUNCTION}Work", ("$request.header.X-Key",), simple_responses=True,
            cache_ttl=60,
        )  # fmt: skip
        assert [r.key for r in found["ServerlessHttpApi"].routes] == ["$default"]
        (source,) = application.functions["Work"].sources
        assert source == specs.QueueSource(
            f"{SQS}orders-test", f"{FUNCTION}Work:live", 5, 0, report_batch_item_failures=True,
            filters=({"body": {"kind": ["order"]}},), logical_id="WorkFromQueue",
        )  # fmt: skip

    def test_a_function_with_all_that_stands_beside_it(self, read: Any, tmp_path: Path) -> None:
        work = read(SHOP).functions["Work"]
        assert work.memory_size == 256
        assert work.layers == (tmp_path / "src",)
        assert work.aliases == (specs.Alias("live", "1", provisioned_concurrency=5),)
        assert work.invoke_config == specs.AsyncConfig(1, on_failure=f"{SQS}Dead")
        assert work.dead_letter == f"{SQS}Dead"
        assert dict(work.environment) == {
            "QUEUE": "https://sqs.us-east-1.amazonaws.com/123456789012/orders-test",
            "ZONE": "b",
            "FLOW": "arn:aws:states:us-east-1:123456789012:stateMachine:Flow",
        }

    def test_a_parameter_turns_a_condition(self, read: Any) -> None:
        application = read(SHOP, overrides={"Parameters.Stage": "prod"})
        assert "OnlyProd" in application.resources
        assert application.functions["Work"].environment["ONLY"] == "yes-it-is"
        assert application.functions["Work"].memory_size == 1024


class TestRefusals:
    @pytest.mark.parametrize(
        ("old", "new", "complaint"),
        [
            ("Default: test, Allowed", "Default: other, Allowed", "AllowedValues"),
            ("!Equals [!Ref Stage, prod]", "!Condition NotProd", "asks for itself"),
            ("QueueName: !Join", "FifoQueue: true\n      QueueName: !Join", "ends in .fifo"),
            ("VisibilityTimeout: 60", "VisibilityTimeout: 43201", "0 to 43200 s"),
            ("VisibilityTimeout: 60", "VisibilityTimeout: 2", "less than Function timeout: 3 sec"),
            ("BatchSize: 5", "BatchSize: 100", "MaximumBatchingWindowInSeconds"),
            ('["order"]}}\'', "[]}}'", "no valid pattern"),
            ("Schedule: cron(0 2 * * ? *)", "Schedule: daily", "no schedule"),
            ("Pattern: {source: [shop]}}", "Pattern: {source: [shop]}, InputPath: detail}",
             "Invalid InputPath"),
            ("Pattern: {source: [shop]}}", "Pattern: {source: [shop]}, Input: x}", "not a valid JSON"),
            ("cron(0 2 * * ? *)}}", "cron(0 2 * * ? *)}}\n        X: {Type: Kinesis}", "Kinesis"),
            ('{BucketName: !Sub "i', '{VersioningConfiguration: {Status: Enabled}, BucketName: !Sub "i',
             "Versions of objects"),
            ("AutoPublishAlias: live\n", "Description: x\n", "an alias"),
            ("DefaultAuthorizer: Guard", "DefaultAuthorizer: Nobody", "no authorizer 'Nobody'"),
            ("PayloadFormatVersion: 2.0", "PayloadFormatVersion: latest", "must be '1.0' or '2.0'"),
            ("[{AttributeName: pk, KeyType: HASH},", "[{AttributeName: zz, KeyType: HASH},", "zz"),
            ("{kind: [order]}", "{kind: [{nope: 1}]}", "no valid pattern"),
            ("QUEUE: !Ref Orders", "QUEUE: !GetAtt Orders.Size", "Orders.Size"),
            ("Projection: {ProjectionType: KEYS", "Projektion: {ProjectionType: KEYS", "has Projektion"),
            ("{AttributeName: expires, ", "{Atribute: x, AttributeName: expires, ", "has Atribute"),
            ('{BucketName: !Sub "i',
             '{NotificationConfiguration: {QueueConfigurations: [{Filtr: 1}]}, BucketName: !Sub "i',
             "QueueConfigurations has Filtr"),
            ("Permission: {Type: AWS::Lambda",
             "R: {Type: AWS::Events::Rule, Properties: {Targets: [{Sqs: 1}]}}\n  Q: {Type: AWS::Lambda",
             "Targets has Sqs"),
            ("Protocol: sqs", "Protocol: email", "Subscriptions by email are not supported"),
            ("Permission: {Type: AWS::Lambda", "P: {Type: AWS::EC2::Instance}\n  Q: {Type: AWS::Lambda",
             "AWS::EC2::Instance are not supported"),
        ],
    )  # fmt: skip
    def test_it_says_what_is_wrong(self, read: Any, old: str, new: str, complaint: str) -> None:
        assert SHOP.count(old) == 1
        with pytest.raises(TemplateError, match=complaint) as caught:
            read(SHOP.replace(old, new))
        assert caught.value.line is not None

    @pytest.mark.parametrize(
        ("wrong", "line", "complaint"),
        [
            ('"End" true', 4, "The state machine is not JSON: Expecting ':' delimiter"),
            ('"Next": "B"', 4, "Missing 'Next' target: B at /States/A/Next of the state machine"),
        ],
    )
    def test_where_in_its_own_file_a_state_machine_is_wrong(
        self, read: Any, tmp_path: Path, wrong: str, line: int, complaint: str
    ) -> None:
        flow = '{"StartAt": "A",\n "States": {\n  "A": {"Type": "Pass",\n   WRONG}}}'
        (tmp_path / "flow.asl.json").write_text(flow.replace("WRONG", wrong))
        definition = "Definition: {StartAt: A, States: {A: {Type: Task"
        start = SHOP.index(definition)
        inline = SHOP[start : SHOP.index("\n", start)]
        with pytest.raises(TemplateError, match=complaint) as caught:
            read(SHOP.replace(inline, "DefinitionUri: flow.asl.json"))
        assert (caught.value.path, caught.value.line) == (tmp_path / "flow.asl.json", line)

    def test_leniently_what_is_unknown_is_a_warning(self, read: Any) -> None:
        text = SHOP.replace("VisibilityTimeout: 60", "VisibilityTimeout: 60\n      Odd: 1")
        text += "  Server: {Type: AWS::EC2::Instance}\n"
        application = read(text, lenient=True)
        lines = text.splitlines()
        odd = next(n for n, line in enumerate(lines, 1) if "Odd: 1" in line)
        place = application.path
        assert application.warnings == (
            f"{place}:{odd}: Orders has Odd, which is not supported.",
            f"{place}:{len(lines)}: Server: Resources of type AWS::EC2::Instance are not supported yet.",
        )
        assert "Orders" in application.resources
