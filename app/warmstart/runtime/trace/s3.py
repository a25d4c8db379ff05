"""What happens in S3's buckets; what they tell others is ``EventDelivered`` and its kin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from warmstart.runtime.trace.base import Event


@dataclass(frozen=True, slots=True)
class ObjectCreated(Event):
    """An object was written, whole."""

    kind: ClassVar[str] = "ObjectCreated"

    bucket: str
    key: str
    operation: str
    """Put, Copy or CompleteMultipartUpload."""
    size: int
    etag: str
    source: str
    request: str | None
    root: str


@dataclass(frozen=True, slots=True)
class ObjectRead(Event):
    """Somebody got an object, or a part of it."""

    kind: ClassVar[str] = "ObjectRead"

    bucket: str
    key: str
    size: int
    """Bytes that were sent."""
    source: str
    request: str | None
    root: str


@dataclass(frozen=True, slots=True)
class ObjectRemoved(Event):
    """An object was deleted."""

    kind: ClassVar[str] = "ObjectRemoved"

    bucket: str
    key: str
    source: str
    request: str | None
    root: str


BucketEvent = ObjectCreated | ObjectRead | ObjectRemoved
