"""CloudFormation's own functions, versions, aliases, mappings and URLs, read as SAM's are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from runtime.conftest import events_of
from warmstart.errors import TemplateError
from warmstart.runtime import specs
from warmstart.runtime.launch import ApiCall, Call, HttpCall, run
from warmstart.runtime.template import load
from warmstart.runtime.web_specs import FunctionUrlSpec

if TYPE_CHECKING:
    from pathlib import Path

ARN = "arn:aws:lambda:us-east-1:123456789012:function:worker"
QUEUE = "arn:aws:sqs:us-east-1:123456789012:Orders"
HOST = specs.host(FunctionUrlSpec, "Door", "us-east-1")
TEMPLATE = """\
AWSTemplateFormatVersion: "2010-09-09"
Resources:
  Orders: {Type: AWS::SQS::Queue}
  Role: {Type: AWS::IAM::Role}
  Work:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: worker
      Role: !GetAtt Role.Arn
      Runtime: python3.13
      Handler: index.handler
      MemorySize: 512
      TracingConfig: {Mode: Active}
      DeadLetterConfig: {TargetArn: !GetAtt Orders.Arn}
      Environment: {Variables: {SHOP: tea}}
      Code:
        ZipFile: |
          import os
          def handler(event, context):
              if "Records" in event:
                  print("took", event["Records"][0]["body"])
              return [os.environ["SHOP"], context.invoked_function_arn.split(":")[7:]]
  One: {Type: AWS::Lambda::Version, Properties: {FunctionName: !Ref Work}}
  Live:
    Type: AWS::Lambda::Alias
    Properties:
      FunctionName: !Ref Work
      FunctionVersion: !GetAtt One.Version
      Name: live
      ProvisionedConcurrencyConfig: {ProvisionedConcurrentExecutions: 1}
  Take:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {FunctionName: !Ref Live, EventSourceArn: !GetAtt Orders.Arn, BatchSize: 5}
  Door:
    Type: AWS::Lambda::Url
    Properties: {TargetFunctionArn: !GetAtt Work.Arn, Qualifier: live, AuthType: NONE}
  May:
    Type: AWS::Lambda::Permission
    Properties: {FunctionName: !Ref Work, Action: lambda:InvokeFunctionUrl, Principal: "*"}
"""


def write(folder: Path, text: str = TEMPLATE) -> Path:
    path = folder / "template.yaml"
    path.write_text(text)
    return path


class TestRead:
    def test_all_of_it_without_sam(self, tmp_path: Path) -> None:
        application = load(write(tmp_path))
        work = application.functions["Work"]
        assert (work.name, work.memory_size, work.dead_letter) == ("worker", 512, QUEUE)
        assert work.inline_code.startswith("import os\ndef handler")
        assert work.published
        assert work.aliases == (specs.Alias("live", "1", provisioned_concurrency=1),)
        assert work.sources == (
            specs.QueueSource(QUEUE, f"{ARN}:live", 5, logical_id="Take"),
        )  # fmt: skip
        assert application.all(FunctionUrlSpec) == [FunctionUrlSpec("Door", "Door", f"{ARN}:live")]
        assert application.warnings == ()

    def test_code_in_a_folder_as_sam_build_leaves_it(self, tmp_path: Path) -> None:
        (tmp_path / "Work").mkdir()
        text = TEMPLATE[: TEMPLATE.index("      Code:")] + "      Code: Work\n"
        assert load(write(tmp_path, text)).functions["Work"].code == tmp_path / "Work"

    def test_what_they_are_called_by(self, tmp_path: Path) -> None:
        names = {
            "AA": "!Ref One", "BB": "!Ref Live", "CC": "!GetAtt Live.AliasArn", "DD": "!Ref Door",
            "EE": "!GetAtt Door.FunctionUrl", "FF": "!GetAtt One.Version", "GG": "!Ref Work",
        }  # fmt: skip
        said = ", ".join(f"{name}: {value}" for name, value in names.items())
        work = load(write(tmp_path, TEMPLATE.replace("SHOP: tea", said))).functions["Work"]
        assert list(work.environment.values()) == [
            f"{ARN}:1", f"{ARN}:live", f"{ARN}:live", f"{ARN}:live", f"https://{HOST}/", "1",
            "worker",
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("old", "new", "line", "message"),
        [
            ("ZipFile: |", "S3Bucket: |", 17, "Work: code in a bucket is not supported."),
            ("ZipFile: |", "ImageUri: |", 17, "Work: container images are not supported."),
            ("      Code:\n        ZipFile: |", "      Tags:\n        A: |", 8, "Work has no Code."),
            ("MemorySize: 512", "Events: {}", 12, "Work has Events, which is not supported."),
            ("MemorySize: 512", "CodeUri: x", 12, "Work has CodeUri, which is not supported."),
            ("!GetAtt One.Version", '"2"', 28, "A template publishes version 1, and no 2."),
            ("!GetAtt One.Version", "$LATEST", 30,
             "Provisioned concurrency belongs to a version, and live names $LATEST."),
            ("Name: live", "RoutingConfig: {}", 29,
             "Live: a template has one version of a function, so an alias of two is not supported."),
            ("MemorySize: 512", "SnapStart: {ApplyOn: PublishedVersions}", 30,
             "SnapStart does not support provisioned concurrency."),
            ("FunctionName: !Ref Live", "FunctionName: other", 33,
             "Take: the template has no function 'other'."),
            ("EventSourceArn: !GetAtt Orders.Arn", "EventSourceArn: arn:aws:kinesis:a:1:stream/s",
             33, "Take: event source mappings of anything but SQS are not supported yet."),
            ("{FunctionName: !Ref Work}}", "{FunctionName: !Ref One}}", 23,
             "The function of One is made from itself."),
        ],
    )  # fmt: skip
    def test_what_is_refused(
        self, tmp_path: Path, old: str, new: str, line: int, message: str
    ) -> None:
        assert old in TEMPLATE
        path = write(tmp_path, TEMPLATE.replace(old, new))
        with pytest.raises(TemplateError) as caught:
            load(path)
        assert (caught.value.message, caught.value.line) == (message, line)

    def test_leniently_what_cannot_run_is_left_out(self, tmp_path: Path) -> None:
        text = TEMPLATE.replace("ZipFile: |", "S3Bucket: |")
        application = load(write(tmp_path, text), lenient=True)
        assert application.functions == {}
        assert application.warnings[0].endswith("Work: code in a bucket is not supported.")

    def test_sam_needs_its_transform(self, tmp_path: Path) -> None:
        text = "Resources: {Work: {Type: AWS::Serverless::Function}}\n"
        with pytest.raises(TemplateError, match=r"needs Transform: AWS::Serverless-2016-10-31\."):
            load(write(tmp_path, text))


class TestARun:
    def test_it_runs(self, tmp_path: Path) -> None:
        """Called as it is, by its alias, by its URL and by its queue."""
        send: dict[str, Any] = {"QueueUrl": "${Orders}", "MessageBody": "tea"}
        calls = [
            Call(0, "Work"), Call(1_000_000, "Work:live"), HttpCall(2_000_000, "Door"),
            ApiCall(3_000_000, "sqs", "SendMessage", send),
        ]  # fmt: skip
        result = run(write(tmp_path), calls, seed=1)
        said = [json.loads(outcome.payload) for outcome in result.outcomes[:3]]
        assert said == [["tea", []], ["tea", ["live"]], ["tea", ["live"]]]
        assert [e.version for e in events_of(result, "InvocationRequested")] == [
            "$LATEST", "1", "1", "1",
        ]  # fmt: skip
        assert "took tea" in [e.text for e in events_of(result, "LogLine")]
