"""Message attributes of SQS and SNS: which are well formed. The two share rules, not words.

(sqs-message-metadata, sns-message-attributes: names of letters, digits and ``_-.``, types that
begin with String, Number or Binary, a value that is not empty.)
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAME: Final = re.compile(r"(?!\.|.*\.\.|.*\.$)[A-Za-z0-9_.-]{1,256}")
_TYPE: Final = re.compile(r"(String|Number|Binary)(\..{1,249})?")


@dataclass(frozen=True, slots=True)
class Words:
    """How a service says what is wrong, with ``{name}`` and ``{type}`` to fill in."""

    name: str
    type: str
    empty: str
    number: str


SQS: Final = Words(
    "Message (user) attributes name can only contain upper and lower score characters, digits,"
    " periods, hyphens and underscores.",
    "Type for parameter MessageAttributes.Attribute_name.DataType must be prefixed with"
    ' "String", "Binary", or "Number", but was: {type}',
    "Message (user) attribute '{name}' must contain a non-empty value of type '{type}'.",
    "Can't cast the value of message (user) attribute '{name}' to a number.",
)
SNS: Final = Words(
    "Invalid message attribute name '{name}'. Can only include alphanumeric characters, hyphens,"
    " underscores, or dots.",
    "The message attribute '{name}' has an invalid message attribute type, the set of supported"
    " type prefixes is Binary, Number, and String.",
    "The message attribute '{name}' must contain non-empty message attribute value for message"
    " attribute type '{type}'.",
    "Could not cast message attribute '{name}' value to number.",
)


def size(attributes: Mapping[str, Mapping[str, Any]]) -> int:
    """Return the bytes that a message's attributes count for: names, types and values."""
    total = 0
    for name, value in attributes.items():
        said = value.get("StringValue")
        raw = said.encode() if said is not None else bytes(value.get("BinaryValue", b""))
        total += len(name.encode()) + len(str(value.get("DataType", "")).encode()) + len(raw)
    return total


def wrong(attributes: Mapping[str, Mapping[str, Any]], words: Words) -> str | None:
    """Return what is wrong with a message's attributes, in a service's words; None for nothing."""
    for name, value in attributes.items():
        said = str(value.get("DataType", ""))
        found = _wrong(name, said, value, words)
        if found is not None:
            return found.format(name=name, type=said)
    return None


def _wrong(name: str, said: str, value: Mapping[str, Any], words: Words) -> str | None:
    type_ = _TYPE.fullmatch(said)
    if not _NAME.fullmatch(name) or name.lower().startswith(("aws.", "amazon.")):
        return words.name
    if type_ is None:
        return words.type
    if not value.get("BinaryValue" if type_[1] == "Binary" else "StringValue"):
        return words.empty
    if type_[1] == "Number":
        try:
            finite = Decimal(value["StringValue"]).is_finite()
        except InvalidOperation:
            finite = False
        return None if finite else words.number
    return None
