"""One S3 bucket and its objects, and how operations find them."""

from __future__ import annotations

import bisect
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from warmstart.runtime.services.base import ServiceError
from warmstart.runtime.specs import BucketSpec, arn

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from warmstart.runtime.services.base import Account
    from warmstart.runtime.specs import Notification

OWNER: Final = {"ID": "75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a"}
"""Who owns every bucket and object."""
KEY_LIMIT: Final = 1_024
"""Bytes of a key in UTF-8 (object-keys)."""
_NAME: Final = re.compile(r"(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9](?:[a-z0-9-]|\.(?!\.)){1,61}[a-z0-9]")


@dataclass(frozen=True, slots=True)
class Object:
    """One object."""

    key: str
    body: bytes = field(repr=False)
    etag: str
    """With its quotation marks."""
    modified: datetime
    headers: Mapping[str, Any]
    """``ContentType``, ``CacheControl``, …, and ``Metadata``, by boto3's names."""
    checksums: Mapping[str, str]
    """``ChecksumCRC32``, …: what the writer gave, in base 64."""
    parts: int = 0
    """Of a multipart upload."""


@dataclass(slots=True, eq=False)
class Upload:
    """A multipart upload under way."""

    key: str
    headers: Mapping[str, Any]
    begun: datetime
    parts: dict[int, Object] = field(default_factory=dict)


class Bucket:
    """One bucket."""

    def __init__(self, account: Account, spec: BucketSpec) -> None:
        self.name = spec.name
        self.arn = arn(BucketSpec, spec.name, account.region)
        self.created = account.now()
        self.notifications: tuple[tuple[str, Notification], ...] = tuple(
            (account.new_id("notification"), one) for one in spec.notifications
        )
        """With the id of each."""
        self.uploads: dict[str, Upload] = {}
        self._keys: list[str] = []
        self._objects: dict[str, Object] = {}

    def __len__(self) -> int:
        return len(self._keys)

    def find(self, key: str) -> Object | None:
        """Return an object; None where there is none."""
        return self._objects.get(key)

    def get(self, key: str) -> Object:
        """Return an object.

        Raises:
            ServiceError: NoSuchKey.
        """
        found = self._objects.get(key)
        if found is None:
            raise ServiceError(
                "NoSuchKey", "The specified key does not exist.", 404, fields={"Key": key}
            )
        return found

    def put(self, one: Object) -> None:
        """Take an object; the one with its key is gone."""
        if one.key not in self._objects:
            bisect.insort(self._keys, one.key)
        self._objects[one.key] = one

    def delete(self, key: str) -> bool:
        """Delete an object; return whether there was one."""
        if self._objects.pop(key, None) is None:
            return False
        del self._keys[bisect.bisect_left(self._keys, key)]
        return True

    def walk(self, prefix: str, after: str) -> Iterator[Object]:
        """Go through the objects with a prefix in the order of keys (UTF-8), behind a key."""
        start = max(bisect.bisect_left(self._keys, prefix), bisect.bisect_right(self._keys, after))
        for key in self._keys[start:]:
            if not key.startswith(prefix):
                return
            yield self._objects[key]


class Buckets:
    """Every bucket there is, by name."""

    def __init__(self, account: Account, specs: Iterable[BucketSpec]) -> None:
        self.account = account
        self.all: dict[str, Bucket] = {spec.name: Bucket(account, spec) for spec in specs}
        self.written = 0
        """Objects written and deleted, for sequencers."""

    def find(self, parameters: Mapping[str, Any]) -> Bucket:
        """Return the bucket that a request names.

        Raises:
            ServiceError: NoSuchBucket.
        """
        name = str(parameters.get("Bucket"))
        if name not in self.all:
            raise ServiceError(
                "NoSuchBucket", "The specified bucket does not exist", 404,
                fields={"BucketName": name},
            )  # fmt: skip
        return self.all[name]

    def create(self, parameters: Mapping[str, Any]) -> Bucket:
        """Make a bucket, or return the one with the name where AWS does so.

        Raises:
            ServiceError: no valid name, a region that is not this one, or it exists.
        """
        name, region = str(parameters.get("Bucket")), self.account.region
        if not _NAME.fullmatch(name):
            raise ServiceError(
                "InvalidBucketName", "The specified bucket is not valid.",
                fields={"BucketName": name},
            )  # fmt: skip
        said = parameters.get("CreateBucketConfiguration") or {}
        _check_region(region, said.get("LocationConstraint"))
        if name in self.all:
            if region == "us-east-1":  # There, and only there, one may make it again.
                return self.all[name]
            raise ServiceError(
                "BucketAlreadyOwnedByYou",
                "Your previous request to create the named bucket succeeded and you already own"
                " it.",
                409,
                fields={"BucketName": name},
            )
        bucket = self.all[name] = Bucket(self.account, BucketSpec("", name))
        return bucket


def _check_region(region: str, asked: str | None) -> None:
    if region == "us-east-1":
        if asked == region:
            raise ServiceError(
                "InvalidLocationConstraint", "The specified location-constraint is not valid",
                fields={"LocationConstraint": asked},
            )  # fmt: skip
        if asked is None:
            return
    elif asked == region:
        return
    raise ServiceError(
        "IllegalLocationConstraintException",
        f"The {asked or 'unspecified'} location constraint is incompatible for the region specific"
        " endpoint this request was sent to.",
    )


def check_key(key: str) -> None:
    """Refuse a key that is too long."""
    size = len(key.encode(errors="surrogatepass"))
    if size > KEY_LIMIT:
        raise ServiceError(
            "KeyTooLongError", "Your key is too long",
            fields={"Size": size, "MaxSizeAllowed": KEY_LIMIT},
        )  # fmt: skip
