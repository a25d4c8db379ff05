"""A message of a topic: what SNS takes, whom it is for, and how each subscription sees it."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from warmstart.runtime.services import message_attributes
from warmstart.runtime.services.base import ServiceError
from warmstart.runtime.services.patterns import filter_policy_matches

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from warmstart.runtime.services.base import Account
    from warmstart.runtime.specs import Subscription, TopicSpec

MESSAGE_LIMIT: Final = 262_144
_SUBJECT: Final = re.compile(r"[^\x00-\x1f\x7f]{1,100}")


@dataclass(slots=True, eq=False)
class Message:
    """A message on its way."""

    id: str
    topic: str
    body: str
    bodies: Mapping[str, str]
    """By protocol, of a message with a structure."""
    subject: str | None
    attributes: Mapping[str, Mapping[str, Any]]
    moment: datetime
    group: str | None
    deduplication: str | None
    region: str
    sequence: str | None = None

    @classmethod
    def read(
        cls, account: Account, topic: str, said: Mapping[str, Any], deduplication: str | None
    ) -> Message:
        """Return the message that ``check`` has found well formed."""
        body = said["Message"]
        bodies = json.loads(body) if said.get("MessageStructure") == "json" else {}
        return cls(
            account.new_id("sns message"), topic, bodies.get("default", body), bodies,
            said.get("Subject"), said.get("MessageAttributes") or {}, account.now(),
            said.get("MessageGroupId"), deduplication, account.region,
        )  # fmt: skip

    def wanted_by(self, to: Subscription) -> bool:
        """Whether a subscription's filter policy lets it through."""
        if not to.filter_policy:
            return True
        if to.filter_scope == "MessageBody":
            return filter_policy_matches(to.filter_policy, self.body, "MessageBody")
        texts = {name: v for name, v in self.attributes.items() if "StringValue" in v}
        return filter_policy_matches(to.filter_policy, texts, "MessageAttributes")

    def for_subscription(self, to: Subscription, key: str) -> str:
        """Return what a queue gets as its body, or a function as its event."""
        body = self.bodies.get(to.protocol, self.body)
        if to.protocol == "sqs" and to.raw:
            return body
        stamp = self.moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        certificate = f"https://sns.{self.region}.amazonaws.com/SimpleNotificationService-1.pem"
        leave = f"https://sns.{self.region}.amazonaws.com/?Action=Unsubscribe&SubscriptionArn={key}"
        function = to.protocol == "lambda"
        said: dict[str, Any] = {
            "Type": "Notification",
            "MessageId": self.id,
            **({} if self.sequence is None else {"SequenceNumber": self.sequence}),
            "TopicArn": self.topic,
            **({"Subject": self.subject} if self.subject is not None or function else {}),
            "Message": body,
            "Timestamp": stamp,
            "SignatureVersion": "1",
            "Signature": "EXAMPLE",
            ("SigningCertUrl" if function else "SigningCertURL"): certificate,
            ("UnsubscribeUrl" if function else "UnsubscribeURL"): leave,
        }
        shown = {name: _shown(value) for name, value in self.attributes.items()}
        if shown or function:
            said["MessageAttributes"] = shown
        if not function:
            return json.dumps(said, ensure_ascii=False)
        record = {
            "EventSource": "aws:sns",
            "EventVersion": "1.0",
            "EventSubscriptionArn": key,
            "Sns": said,
        }
        return json.dumps({"Records": [record]}, ensure_ascii=False)


def size(said: Mapping[str, Any]) -> int:
    """Return the bytes that a message counts for, its attributes included."""
    body = len(str(said.get("Message", "")).encode(errors="surrogatepass"))
    return body + message_attributes.size(said.get("MessageAttributes") or {})


def check(spec: TopicSpec, said: Mapping[str, Any]) -> None:
    """Refuse a message that SNS does not take.

    Raises:
        ServiceError: as SNS says it.
    """
    body, subject = said.get("Message"), said.get("Subject")
    if not body:
        raise invalid("Empty message")
    if size(said) > MESSAGE_LIMIT:
        raise invalid("Message too long")
    if subject is not None and not _SUBJECT.fullmatch(subject):
        raise invalid("Subject")
    wrong = message_attributes.wrong(said.get("MessageAttributes") or {}, message_attributes.SNS)
    if wrong is not None:
        raise ServiceError("ParameterValueInvalid", wrong)
    structure = said.get("MessageStructure")
    if structure == "json":
        try:
            bodies = json.loads(body)
        except ValueError as error:
            raise invalid("Message Structure - JSON message body failed to parse") from error
        if not isinstance(bodies, dict) or "default" not in bodies:
            raise invalid("Message Structure - No default entry in JSON message body")
    elif structure:
        raise invalid("MessageStructure")
    if spec.fifo:
        if said.get("MessageGroupId") is None:
            raise invalid("The MessageGroupId parameter is required for FIFO topics")
        if not said.get("MessageDeduplicationId") and not spec.content_based_deduplication:
            raise invalid(
                "The topic should either have ContentBasedDeduplication enabled or"
                " MessageDeduplicationId provided explicitly"
            )


def _shown(value: Mapping[str, Any]) -> dict[str, str]:
    text = value.get("StringValue")
    if text is None:
        text = base64.b64encode(bytes(value.get("BinaryValue", b""))).decode()
    return {"Type": str(value["DataType"]), "Value": text}


def invalid(what: str) -> ServiceError:
    """Return the error for a parameter that SNS does not take."""
    return ServiceError("InvalidParameter", f"Invalid parameter: {what}")
