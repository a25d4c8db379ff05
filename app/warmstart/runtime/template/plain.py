"""CloudFormation's own forms of what SAM has: functions, versions, aliases.

A function is read as an ``AWS::Serverless::Function`` that says the same; what only differs by its
name is renamed, with its line. (CloudFormation template reference: aws-resource-lambda-function,
-version, -alias.) A template publishes version 1 of a function, as SAM's ``AutoPublishAlias`` does
here, and no other: there is one state of its code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from warmstart.runtime.specs import LATEST, Alias
from warmstart.runtime.template.cfn import Reader, Section

if TYPE_CHECKING:
    from collections.abc import Mapping

FUNCTION: Final = "AWS::Lambda::Function"
VERSION: Final = "AWS::Lambda::Version"
ALIAS: Final = "AWS::Lambda::Alias"
URL: Final = "AWS::Lambda::Url"
FIRST: Final = "1"
"""The version that is published."""
_SAME: Final = (
    "FunctionName", "Description", "Handler", "Runtime", "PackageType", "MemorySize", "Timeout",
    "Architectures", "Environment", "EphemeralStorage", "ReservedConcurrentExecutions", "VpcConfig",
    "Layers", "SnapStart", "LoggingConfig", "RecursiveLoop",
)  # fmt: skip
_RENAMED: Final[Mapping[str, str]] = {"DeadLetterConfig": "DeadLetterQueue"}
_MOST: Final = 100_000


def properties(said: Reader) -> Reader | None:
    """Return a function's properties under SAM's names.

    None: its code is not to be had, and the template is read leniently.
    """
    said.only(("Code", *_SAME, *_RENAMED))
    found = Section(said.values.line)
    for key, value in said.values.items():
        if key != "Code":
            found.put(_RENAMED.get(key, key), value, said.line(key))
    has_code = _put_code(said, found)
    return Reader(said.path, found, said.what, said.notes) if has_code else None


def _put_code(said: Reader, found: Section) -> bool:
    line = said.line("Code")
    if not isinstance(said.values.get("Code"), Section):
        folder = said.take("Code", str, "")
        if not folder:
            raise said.error(
                "Code", f"{said.what} has no Code.", "Write a folder, or ZipFile with Python."
            )
        found.put("CodeUri", folder, line)
        return True
    code = said.section("Code")
    code.only(("ZipFile", "ImageUri", "S3Bucket", "S3Key", "S3ObjectVersion"))
    if "ImageUri" in code.values:
        found.put("PackageType", "Image", code.line("ImageUri"))
    elif "ZipFile" in code.values:
        found.put("InlineCode", code.take("ZipFile", str, ""), code.line("ZipFile"))
    else:
        code.refuse(
            "S3Bucket", f"{said.what}: code in a bucket is not supported.",
            "Give the template as it was before `aws cloudformation package`, or what `sam build`"
            " wrote: its Code names a folder.",
        )  # fmt: skip
        return False
    return True


def alias(said: Reader) -> Alias:
    """Read an ``AWS::Lambda::Alias``."""
    said.only(
        ("FunctionName", "FunctionVersion", "Name", "ProvisionedConcurrencyConfig", "RoutingConfig")
    )
    if "RoutingConfig" in said.values:
        said.refuse(
            "RoutingConfig",
            f"{said.what}: a template has one version of a function, so an alias of two is not"
            " supported.",
            "Publish a second one with PublishVersion, and set weights with UpdateAlias.",
        )  # fmt: skip
    number = said.take("FunctionVersion", str, "")
    if number not in {FIRST, LATEST}:
        raise said.error(
            "FunctionVersion", f"A template publishes version {FIRST}, and no {number or 'other'}.",
            "Name it by !GetAtt and the Version of an AWS::Lambda::Version.",
        )  # fmt: skip
    name = said.take("Name", str, "")
    if not name:
        raise said.error("Name", f"{said.what} has no Name.")
    provisioned = said.section("ProvisionedConcurrencyConfig")
    provisioned.only(("ProvisionedConcurrentExecutions",))
    count = provisioned.within("ProvisionedConcurrentExecutions", 0, (0, _MOST))
    if count and number == LATEST:
        raise provisioned.error(
            "ProvisionedConcurrentExecutions",
            f"Provisioned concurrency belongs to a version, and {name} names {LATEST}.",
        )
    return Alias(name, number, provisioned_concurrency=count)


def check_version(said: Reader) -> None:
    """Read an ``AWS::Lambda::Version``, of which there is nothing to know but that it is there."""
    said.only(("FunctionName", "ProvisionedConcurrencyConfig"))
    if "ProvisionedConcurrencyConfig" in said.values:
        said.refuse(
            "ProvisionedConcurrencyConfig",
            f"{said.what}: provisioned concurrency of a version is not supported.",
            "That of an alias is.",
        )
