"""Amazon S3: buckets and objects, and what buckets tell others.

``bucket`` holds objects, ``contents`` knows what one is made of; ``objects``, ``listing``,
``multipart`` and ``notifications`` are the operations. Buckets have no versions.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from warmstart.runtime.services.base import ServiceError
from warmstart.runtime.services.s3 import listing, multipart, notifications, objects
from warmstart.runtime.services.s3.bucket import OWNER, Buckets

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from warmstart.runtime.services.base import Account, Caller, Operation
    from warmstart.runtime.specs import BucketSpec


class S3:
    """The service."""

    name = "s3"

    def __init__(self, account: Account, specs: Iterable[BucketSpec]) -> None:
        buckets = Buckets(account, specs)
        operations = {
            "CreateBucket": _create_bucket,
            "DeleteBucket": _delete_bucket,
            "HeadBucket": _head_bucket,
            "ListBuckets": _list_buckets,
            "GetBucketLocation": _location,
            "GetBucketVersioning": _versioning,
            "GetBucketNotificationConfiguration": notifications.get_configuration,
            "PutBucketNotificationConfiguration": notifications.put_configuration,
            "PutObject": objects.put_object,
            "GetObject": objects.get_object,
            "HeadObject": objects.head_object,
            "GetObjectTagging": objects.get_tagging,
            "CopyObject": objects.copy_object,
            "DeleteObject": objects.delete_object,
            "DeleteObjects": objects.delete_objects,
            "ListObjectsV2": listing.list_objects_v2,
            "ListObjects": listing.list_objects,
            "CreateMultipartUpload": multipart.create,
            "UploadPart": multipart.upload_part,
            "UploadPartCopy": multipart.copy_part,
            "CompleteMultipartUpload": multipart.complete,
            "AbortMultipartUpload": multipart.abort,
            "ListParts": multipart.list_parts,
            "ListMultipartUploads": multipart.list_uploads,
        }
        self._operations: Mapping[str, Operation] = {
            name: functools.partial(operation, buckets) for name, operation in operations.items()
        }

    @property
    def operations(self) -> Mapping[str, Operation]:
        """What it can do."""
        return self._operations


async def _create_bucket(buckets: Buckets, parameters: dict[str, Any], _: Caller) -> dict[str, Any]:
    bucket = buckets.create(parameters)
    return {"Location": f"/{bucket.name}"}


async def _delete_bucket(buckets: Buckets, parameters: dict[str, Any], _: Caller) -> dict[str, Any]:
    bucket = buckets.find(parameters)
    if len(bucket):
        raise ServiceError(
            "BucketNotEmpty", "The bucket you tried to delete is not empty", 409,
            fields={"BucketName": bucket.name},
        )  # fmt: skip
    del buckets.all[bucket.name]
    return {}


async def _head_bucket(buckets: Buckets, parameters: dict[str, Any], _: Caller) -> dict[str, Any]:
    buckets.find(parameters)
    return {"BucketRegion": buckets.account.region}


async def _list_buckets(buckets: Buckets, parameters: dict[str, Any], _: Caller) -> dict[str, Any]:
    prefix = parameters.get("Prefix") or ""
    found = [
        {"Name": one.name, "CreationDate": one.created}
        for name, one in sorted(buckets.all.items())
        if name.startswith(prefix)
    ]
    return {"Buckets": found, "Owner": OWNER}


async def _location(buckets: Buckets, parameters: dict[str, Any], _: Caller) -> dict[str, Any]:
    buckets.find(parameters)
    region = buckets.account.region
    return {} if region == "us-east-1" else {"LocationConstraint": region}


async def _versioning(buckets: Buckets, parameters: dict[str, Any], _: Caller) -> dict[str, Any]:
    buckets.find(parameters)
    return {}  # Never turned on, and so without a status.
