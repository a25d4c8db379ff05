"""What a template says to people, to IAM or to a deployment, and not to this runtime.

Nobody is refused here for want of a permission, no key encrypts, no network is closed, logs are not
kept, nothing is deployed step by step. A template that says such things means the same without
them, so they are taken, whatever they hold, and left out before the template is read: a function
that is not supported may stand in an IAM policy. docs/lab-authoring.md lists them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from warmstart.runtime.template.cfn import Section

if TYPE_CHECKING:
    from collections.abc import Callable, Container

ATTRIBUTES: Final = (
    "Type", "Properties", "Metadata", "DependsOn", "Condition", "DeletionPolicy",
    "UpdateReplacePolicy", "CreationPolicy", "UpdatePolicy",
)  # fmt: skip
"""What may stand beside a resource's properties."""

_SERVICES: Final = (
    "AWS::IAM::", "AWS::KMS::", "AWS::CloudWatch::", "AWS::CodeDeploy::", "AWS::XRay::",
    "AWS::ApplicationInsights::", "AWS::ResourceGroups::", "AWS::Budgets::",
)  # fmt: skip
_TYPES: Final = {
    "AWS::Serverless::Connector",
    "AWS::Lambda::Permission", "AWS::Lambda::LayerVersionPermission",
    "AWS::Lambda::CodeSigningConfig",
    "AWS::SQS::QueuePolicy", "AWS::SQS::QueueInlinePolicy", "AWS::SNS::TopicPolicy",
    "AWS::SNS::TopicInlinePolicy", "AWS::S3::BucketPolicy", "AWS::Events::EventBusPolicy",
    "AWS::Logs::LogGroup", "AWS::Logs::MetricFilter", "AWS::Logs::ResourcePolicy",
    "AWS::Logs::QueryDefinition", "AWS::ApiGateway::Account", "AWS::RDS::DBSubnetGroup",
    "AWS::EC2::VPC", "AWS::EC2::Subnet", "AWS::EC2::RouteTable", "AWS::EC2::Route",
    "AWS::EC2::SubnetRouteTableAssociation", "AWS::EC2::InternetGateway",
    "AWS::EC2::VPCGatewayAttachment", "AWS::EC2::NatGateway", "AWS::EC2::EIP",
    "AWS::EC2::VPCEndpoint", "AWS::EC2::FlowLog", "AWS::EC2::SecurityGroup",
    "AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress",
}  # fmt: skip

_FUNCTION: Final = (
    "Policies", "Role", "RolePath", "PermissionsBoundary", "AssumeRolePolicyDocument", "Tags",
    "PropagateTags", "Tracing", "DeploymentPreference", "KmsKeyArn",
    "SourceKMSKeyArn", "CodeSigningConfigArn", "VersionDescription", "AutoPublishCodeSha256",
    "AutoPublishAliasAllProperties", "RuntimeManagementConfig",
)  # fmt: skip
_STATE_MACHINE: Final = (
    "Role", "RoleArn", "RolePath", "Policies", "PermissionsBoundary", "Logging",
    "LoggingConfiguration", "Tracing", "TracingConfiguration", "Tags", "PropagateTags",
    "EncryptionConfiguration", "DeploymentPreference",
)  # fmt: skip
_HTTP_API: Final = (
    "Description", "CorsConfiguration", "AccessLogSettings", "DefaultRouteSettings",
    "RouteSettings", "FailOnWarnings", "Tags", "PropagateTags",
)  # fmt: skip
_REST_API: Final = (
    "Description", "AccessLogSetting", "AlwaysDeploy", "EndpointConfiguration", "FailOnWarnings",
    "MinimumCompressionSize", "OpenApiVersion", "SecurityPolicy", "EndpointAccessMode", "Mode",
    "TracingEnabled", "Tags", "PropagateTags",
)  # fmt: skip
PROPERTIES: Final[dict[str, tuple[str, ...]]] = {
    "AWS::Serverless::Function": _FUNCTION,
    "AWS::Lambda::Function": (
        "Role", "Tags", "TracingConfig", "KmsKeyArn", "CodeSigningConfigArn",
        "RuntimeManagementConfig",
    ),
    "AWS::Lambda::Version": ("Description", "CodeSha256"),
    "AWS::Lambda::Alias": ("Description",),
    "AWS::Serverless::LayerVersion": (
        "LayerName", "Description", "CompatibleRuntimes", "CompatibleArchitectures",
        "RetentionPolicy", "LicenseInfo", "PublishLambdaVersion",
    ),
    "AWS::Serverless::HttpApi": _HTTP_API,
    "AWS::Serverless::Api": _REST_API,
    "AWS::Serverless::StateMachine": _STATE_MACHINE,
    "AWS::StepFunctions::StateMachine": _STATE_MACHINE,
    "AWS::Serverless::SimpleTable": (
        "ProvisionedThroughput", "SSESpecification", "PointInTimeRecoverySpecification", "Tags",
    ),
    "AWS::DynamoDB::Table": (
        "ProvisionedThroughput", "PointInTimeRecoverySpecification", "SSESpecification",
        "DeletionProtectionEnabled", "TableClass", "ContributorInsightsSpecification",
        "ResourcePolicy", "Tags",
    ),
    "AWS::SQS::Queue": (
        "SqsManagedSseEnabled", "KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds",
        "RedriveAllowPolicy", "Tags",
    ),
    "AWS::SNS::Topic": (
        "DisplayName", "KmsMasterKeyId", "SignatureVersion", "TracingConfig",
        "DeliveryStatusLogging", "Tags",
    ),
    "AWS::S3::Bucket": (
        "PublicAccessBlockConfiguration", "BucketEncryption", "OwnershipControls", "AccessControl",
        "LifecycleConfiguration", "CorsConfiguration", "LoggingConfiguration",
        "MetricsConfigurations", "Tags",
    ),
    "AWS::Events::EventBus": ("Description", "KmsKeyIdentifier", "Policy", "Tags"),
    "AWS::Events::Rule": ("Description", "RoleArn", "Tags"),
    "AWS::Events::Archive": ("Description", "KmsKeyIdentifier"),
    "AWS::Lambda::EventSourceMapping": ("KmsKeyArn", "MetricsConfig", "LoggingConfig", "Tags"),
}  # fmt: skip
"""By type of resource: the properties that are left out."""

_GLOBALS: Final = {
    "Function": _FUNCTION,
    "HttpApi": _HTTP_API,
    "Api": _REST_API,
}
"""By section of Globals; the sections of what is not supported say nothing by themselves."""
_IDLE_GLOBALS: Final = {"SimpleTable", "StateMachine", "LayerVersion", "WebSocketApi"}


def is_documentation(kind: str) -> bool:
    """Say whether resources of this type are taken and mean nothing here."""
    return kind in _TYPES or kind.startswith(_SERVICES)


def without(document: Section) -> Section:
    """Return a template without what is documentation; the types of such resources stay."""
    return _each(document, _top)


def _top(key: str, section: Section) -> Section:
    match key:
        case "Globals":
            return _globals(section)
        case "Resources":
            return _each(section, _resource)
    return section


def _globals(section: Section) -> Section:
    kept = _dropped(section, _IDLE_GLOBALS)
    return _each(kept, lambda name, value: _dropped(value, _GLOBALS.get(name, ())))


def _resource(_name: str, resource: Section) -> Section:
    kind = str(resource.get("Type"))
    if is_documentation(kind):
        return _dropped(resource, {"Properties", "Metadata"})
    said = PROPERTIES.get(kind, ())
    return _each(resource, lambda key, value: _dropped(value, said if key == "Properties" else ()))


def _each(section: Section, change: Callable[[str, Section], Section]) -> Section:
    found = Section(section.line)
    for key, value in section.items():
        changed = change(key, value) if isinstance(value, Section) else value
        found.put(key, changed, section.line_of(key))
    return found


def _dropped(section: Section, keys: Container[str]) -> Section:
    found = Section(section.line)
    for key, value in section.items():
        if key not in keys:
            found.put(key, value, section.line_of(key))
    return found
