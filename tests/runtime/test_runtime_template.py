"""Reading SAM templates: what is taken, and what is refused with its line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from warmstart.errors import TemplateError
from warmstart.runtime.template import load, with_overrides

if TYPE_CHECKING:
    from pathlib import Path

WHOLE = """\
AWSTemplateFormatVersion: 2010-09-09
Transform: AWS::Serverless-2016-10-31
Description: two greetings
Parameters:
  Stage: {Type: String, Default: test}
  Memory: {Type: Number, Default: 512}
Globals:
  Function:
    Runtime: python3.13
    Timeout: 10
    Environment:
      Variables: {STAGE: !Ref Stage, REGION: !Ref AWS::Region}
Resources:
  Greet:
    Type: AWS::Serverless::Function
    Metadata:
      Warmstart:
        profile: java
        package_mb: 40
        imports: {reportlib: 400}
        calls: {app.render: 80}
    Properties:
      Handler: app.handler
      CodeUri: src/
      MemorySize: !Ref Memory
      Architectures: [arm64]
      ReservedConcurrentExecutions: 5
      VpcConfig: {SubnetIds: [subnet-1], SecurityGroupIds: [sg-1]}
      Environment:
        Variables:
          OTHER: !GetAtt Bye.Arn
          NAME: !Sub "${Stage}-${Bye}-${!Literal}"
          FLAG: true
  Bye:
    Type: AWS::Serverless::Function
    Properties: {Handler: app.handler, CodeUri: src, FunctionName: bye-fn}
Outputs:
  Arn: {Value: anything}
"""


@pytest.fixture
def write(tmp_path: Path) -> Any:
    (tmp_path / "src").mkdir()

    def write_(text: str) -> Path:
        path = tmp_path / "template.yaml"
        path.write_text(text)
        return path

    return write_


class TestReading:
    def test_a_whole_template(self, write: Any, tmp_path: Path) -> None:
        greet, bye = load(write(WHOLE)).functions.values()
        assert (greet.name, greet.handler, greet.runtime) == ("Greet", "app.handler", "python3.13")
        assert (greet.memory_size, greet.timeout, greet.architecture) == (512, 10, "arm64")
        assert greet.code == tmp_path / "src"
        assert greet.reserved_concurrency == 5
        assert greet.vpc
        assert dict(greet.environment) == {
            "STAGE": "test",
            "REGION": "us-east-1",
            "OTHER": "arn:aws:lambda:us-east-1:123456789012:function:bye-fn",
            "NAME": "test-bye-fn-${Literal}",
            "FLAG": "true",
        }
        assert (greet.costs.profile, greet.costs.package_mb) == ("java", 40)
        assert dict(greet.costs.imports) == {"reportlib": 400}
        assert dict(greet.costs.calls) == {"app.render": 80}
        assert (bye.name, bye.memory_size, bye.reserved_concurrency) == ("bye-fn", 128, None)

    def test_the_long_forms_of_intrinsics(self, write: Any) -> None:
        text = WHOLE.replace("!Ref Stage,", '{"Ref": Stage},').replace(
            "!GetAtt Bye.Arn", '{"Fn::GetAtt": [Bye, Arn]}'
        )
        assert load(write(text)).functions == load(write(WHOLE)).functions


class TestOverrides:
    def test_knobs_replace_values(self, write: Any) -> None:
        application = load(write(WHOLE))
        changed = with_overrides(
            application,
            {
                "Greet.MemorySize": 1024,
                "Greet.Metadata.Warmstart.profile": "python",
                "Greet.Metadata.Warmstart.imports.other.lib": 9,
                "Bye.Environment.Variables.MODE": "fast",
                "Parameters.Stage": "prod",
            },
        ).functions
        assert changed["Greet"].memory_size == 1024
        assert changed["Greet"].costs.profile == "python"
        assert dict(changed["Greet"].costs.imports) == {"reportlib": 400, "other.lib": 9}
        assert changed["Bye"].environment["MODE"] == "fast"
        assert changed["Bye"].environment["STAGE"] == "prod"
        assert application.functions["Greet"].memory_size == 512

    @pytest.mark.parametrize(
        ("key", "value", "complaint"),
        [
            ("Nobody.MemorySize", 512, "names no place"),
            ("Greet", 512, "names no place"),
            ("Parameters.Nothing", 1, "no parameter 'Nothing'"),
            ("Greet.MemorySize", 64, "must be 128 to 10240 MB"),
            ("Greet.MemorySize", "much", "must be a whole number"),
            ("Greet.Handler.More", 1, "no mapping"),
            ("Greet.Metadata.Warmstart.profile", "cobol", "no profile 'cobol'"),
        ],
    )
    def test_a_wrong_knob_is_refused(
        self, write: Any, key: str, value: Any, complaint: str
    ) -> None:
        with pytest.raises(TemplateError, match=complaint):
            load(write(WHOLE), {key: value})


class TestRefusals:
    @pytest.mark.parametrize(
        ("old", "new", "line", "complaint"),
        [
            ("Handler: app.handler\n", "Handler: app.handler\n      Layers: [x]\n", 24, "no layer"),
            ("Outputs:", "Macros:", 37, "Macros"),
            ("      MemorySize: !Ref Memory", "      MemorySize: 64", 25, "128 to 10240"),
            ("Timeout: 10", "Timeout: 901", 10, "1 to 900 s"),
            ("CodeUri: src/", "CodeUri: nowhere", 24, "nowhere"),
            ("Runtime: python3.13", "Runtime: nodejs22.x", 9, "nodejs22.x"),
            ("Executions: 5", "Executions: -1", 27, "must be 0 to 100000."),
            ("VpcConfig: {SubnetIds", "VpcConfig: {Subnets", 28, "Subnets"),
            ("[arm64]", "[arm64, x86_64]", 26, "list of one"),
            ("!Ref Stage,", "!Ref Nothing,", 12, "neither a parameter nor a resource"),
            ("!Ref Stage,", "!Ref Stgae,", 12, r"Did you mean Stage\?"),
            ("  Bye:\n    Type: AWS::Serverless::Function",
             "  Bye:\n    Type: AWS::Serverless::Fuction", 35,
             r"Did you mean AWS::Serverless::Function\? Supported"),
            ("!GetAtt Bye.Arn", "!GetAtt Bye.Name", 31, "Bye.Name"),
            ("!GetAtt Bye.Arn", "!Join [',', a]", 31, "function Join needs a list"),
            ("!GetAtt Bye.Arn", "!ImportValue x", 31, "function ImportValue"),
            ("!GetAtt Bye.Arn", "!If [Nope, a, b]", 31, "no condition 'Nope'"),
            ("!GetAtt Bye.Arn", "!FindInMap [A, b, c]", 31, "nothing at A.b.c"),
            ("          FLAG: true", "          AWS_REGION: x", 33, "sets AWS_REGION itself"),
            ("          FLAG: true", "          F: true", 33, "no environment variable named F"),
            ("          FLAG: true", "          AWS_LAMBDA_EXEC_WRAPPER: /opt/x", 33, "Wrapper"),
            ("          FLAG: true", "          NAME: x", 33, "stands here twice"),
            ("profile: java", "profile: cobol", 18, "cobol"),
            ("imports: {reportlib: 400}", "imports: {reportlib: much}", 20, "number from 0"),
            ("package_mb: 40", "package: 40", 19, "package"),
            ("Transform: AWS::Serverless-2016-10-31\n", "", 1, "Transform"),
            (", Default: test", "", 5, "no Default"),
            ("  Bye:\n    Type: AWS::Serverless::Function", "  Bye:\n    Type: AWS::Kinesis::Stream", 35,
             "Bye: Kinesis streams are not supported yet"),
            ("Description: two", "Description: {a: [", None, "not YAML"),
            ("    Metadata:", "\tMetadata:", 16, "this line with a tab"),
            ("      MemorySize: !Ref Memory", "      MemorySise: 128", 25, "Did you mean MemorySize"),
        ],
    )  # fmt: skip
    def test_it_names_the_line(
        self, write: Any, old: str, new: str, line: int | None, complaint: str
    ) -> None:
        assert WHOLE.count(old) >= 1
        with pytest.raises(TemplateError, match=complaint) as caught:
            load(write(WHOLE.replace(old, new, 1)))
        if line is not None:
            assert caught.value.line == line
        assert str(caught.value.path).endswith("template.yaml")

    @pytest.mark.parametrize(
        ("beside", "complaint"),
        [
            ("EphemeralStorage: {Size: 513}", "more than 512 MB"),
            ("ProvisionedConcurrencyConfig: {ProvisionedConcurrentExecutions: 1}", "provisioned"),
            ("Runtime: python3.11", "the runtime python3.11"),
            ("Runtime: provided.al2023", "the runtime provided.al2023"),
        ],
    )
    def test_what_snapstart_does_not_go_with(self, write: Any, beside: str, complaint: str) -> None:
        snap = "SnapStart: {ApplyOn: PublishedVersions}, AutoPublishAlias: live"
        with pytest.raises(TemplateError, match=f"SnapStart does not support {complaint}"):
            load(write(WHOLE.replace("FunctionName: bye-fn", f"{snap}, {beside}")))

    @pytest.mark.parametrize("name", ["TZ", "AWS_MAX_ATTEMPTS", "LAMBDA_MINE", "PYTHONPATH"])
    def test_variables_that_lambda_takes(self, write: Any, name: str) -> None:
        """Reserved are those that Lambda sets, and not all that begin as they do."""
        greet = load(write(WHOLE.replace("FLAG: true", f"{name}: x"))).functions["Greet"]
        assert greet.environment[name] == "x"

    @pytest.mark.parametrize(
        ("text", "complaint"),
        [
            ("- a\n", "mapping"),
            ("", "mapping"),
            ("a: &a [*a, *a]\n", "nested too deeply"),
            ("\x00", "not YAML"),
            ("Transform: AWS::Serverless-2016-10-31\n", "no resources"),
            ("# " + "x" * 1_000_001, "at most 1 MB"),
        ],
    )
    def test_what_is_no_template(self, write: Any, text: str, complaint: str) -> None:
        with pytest.raises(TemplateError, match=complaint):
            load(write(text))

    def test_a_template_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(TemplateError, match="cannot be read"):
            load(tmp_path / "none.yaml")
