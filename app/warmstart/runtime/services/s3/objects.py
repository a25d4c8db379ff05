"""PutObject, GetObject, HeadObject, CopyObject, DeleteObject and DeleteObjects."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from warmstart.runtime import clock
from warmstart.runtime import trace as t
from warmstart.runtime.services.base import ServiceError
from warmstart.runtime.services.s3 import contents
from warmstart.runtime.services.s3.bucket import check_key
from warmstart.runtime.services.s3.notifications import Happened, tell

if TYPE_CHECKING:
    from warmstart.runtime.services.base import Caller
    from warmstart.runtime.services.s3.bucket import Bucket, Buckets, Object

DELETE_LIMIT: Final = 1_000
_SELF: Final = (
    "This copy request is illegal because it is trying to copy an object to itself without changing"
    " the object's metadata, storage class, website redirect location or encryption attributes."
)


def store(buckets: Buckets, bucket: Bucket, one: Object, operation: str, caller: Caller) -> None:
    """Put an object in its place, and tell whom the bucket tells."""
    bucket.put(one)
    buckets.account.emit(
        t.ObjectCreated(
            clock.now_us(), bucket.name, one.key, operation, len(one.body), one.etag.strip('"'),
            caller.source, caller.request, caller.root,
        )
    )  # fmt: skip
    tell(buckets, bucket, Happened(f"ObjectCreated:{operation}", one.key, one), caller)


async def put_object(
    buckets: Buckets, parameters: dict[str, Any], caller: Caller
) -> dict[str, Any]:
    """Write an object."""
    bucket, key = buckets.find(parameters), str(parameters["Key"])
    contents.refuse(parameters)
    one = contents.made(key, parameters, buckets.account.now())
    contents.check_write(bucket.find(key), parameters, key)
    store(buckets, bucket, one, "Put", caller)
    return written(one)


def written(one: Object) -> dict[str, Any]:
    """Return what the writer of an object is told."""
    found = {"ETag": one.etag, "ServerSideEncryption": one.headers["ServerSideEncryption"]}
    if one.checksums:
        found |= {**one.checksums, "ChecksumType": "FULL_OBJECT"}
    return found


async def get_object(
    buckets: Buckets, parameters: dict[str, Any], caller: Caller
) -> dict[str, Any]:
    """Read an object, or a range of its bytes (then 206)."""
    bucket = buckets.find(parameters)
    contents.refuse(parameters)
    one = bucket.get(str(parameters["Key"]))
    contents.check_read(one, parameters)
    result = _ranged(one, parameters)
    buckets.account.emit(
        t.ObjectRead(
            clock.now_us(), bucket.name, one.key, len(result["Body"]), caller.source,
            caller.request, caller.root,
        )
    )  # fmt: skip
    return result


def _ranged(one: Object, parameters: dict[str, Any]) -> dict[str, Any]:
    result = {**contents.described(one, parameters), "Body": one.body}
    part = contents.part(one, parameters.get("Range"))
    if part is not None:
        start, end = part
        result |= {
            "Body": one.body[start:end],
            "ContentLength": end - start,
            "ContentRange": f"bytes {start}-{end - 1}/{len(one.body)}",
            "ResponseMetadata": {"HTTPStatusCode": 206},
        }
    return result


async def head_object(buckets: Buckets, parameters: dict[str, Any], _: Caller) -> dict[str, Any]:
    """Describe an object."""
    bucket = buckets.find(parameters)
    contents.refuse(parameters)
    one = bucket.get(str(parameters["Key"]))
    contents.check_read(one, parameters)
    result = _ranged(one, parameters)
    del result["Body"]
    return result


async def get_tagging(buckets: Buckets, parameters: dict[str, Any], _: Caller) -> dict[str, Any]:
    """Say that an object has no tags, as none has here: the AWS CLI asks before it copies parts."""
    contents.refuse(parameters)
    buckets.find(parameters).get(str(parameters["Key"]))
    return {"TagSet": []}


async def copy_object(
    buckets: Buckets, parameters: dict[str, Any], caller: Caller
) -> dict[str, Any]:
    """Copy an object, with its headers or with new ones."""
    bucket, key = buckets.find(parameters), str(parameters["Key"])
    contents.refuse(parameters)
    check_key(key)
    source, one = source_of(buckets, parameters)
    contents.check_read(one, parameters, "CopySource")
    contents.check_write(bucket.find(key), parameters, key)
    anew = parameters.get("MetadataDirective") == "REPLACE"
    if source is bucket and one.key == key and not anew and not parameters.get("StorageClass"):
        raise ServiceError("InvalidRequest", _SELF)
    headers = contents.headers_of(parameters) if anew else dict(one.headers)
    if parameters.get("StorageClass"):
        headers["StorageClass"] = parameters["StorageClass"]
    copied = replace(one, key=key, modified=buckets.account.now(), headers=headers)
    store(buckets, bucket, copied, "Copy", caller)
    return {
        "CopyObjectResult": {
            "ETag": copied.etag, "LastModified": copied.modified, **copied.checksums
        },
        "ServerSideEncryption": headers["ServerSideEncryption"],
    }  # fmt: skip


def source_of(buckets: Buckets, parameters: dict[str, Any]) -> tuple[Bucket, Object]:
    """Return what a copy is made of: its bucket and the object.

    Raises:
        ServiceError: there is none, or a version of it is asked for.
    """
    said = parameters["CopySource"]
    if isinstance(said, dict):  # As boto3's method takes it; on the wire it is one text.
        said = f"{said['Bucket']}/{said['Key']}"
    path, _, version = str(said).partition("?versionId=")
    contents.refuse({"VersionId": version or None})
    name, _, key = unquote(path).removeprefix("/").partition("/")
    bucket = buckets.find({"Bucket": name})
    return bucket, bucket.get(key)


async def delete_object(
    buckets: Buckets, parameters: dict[str, Any], caller: Caller
) -> dict[str, Any]:
    """Delete an object; where there is none, nothing happens, and nothing is refused."""
    bucket, key = buckets.find(parameters), str(parameters["Key"])
    contents.refuse(parameters)
    if parameters.get("IfMatch") is not None:
        contents.check_write(bucket.find(key), {"IfMatch": parameters["IfMatch"]}, key)
    _remove(buckets, bucket, key, caller)
    return {}


async def delete_objects(
    buckets: Buckets, parameters: dict[str, Any], caller: Caller
) -> dict[str, Any]:
    """Delete up to 1,000 objects."""
    bucket = buckets.find(parameters)
    asked = parameters["Delete"]
    keys = [one["Key"] for one in asked.get("Objects") or ()]
    for one in asked.get("Objects") or ():
        contents.refuse(one)
    if not 1 <= len(keys) <= DELETE_LIMIT:
        raise ServiceError(
            "MalformedXML",
            "The XML you provided was not well-formed or did not validate against our published"
            " schema",
        )
    for key in keys:
        _remove(buckets, bucket, key, caller)
    return {} if asked.get("Quiet") else {"Deleted": [{"Key": key} for key in keys]}


def _remove(buckets: Buckets, bucket: Bucket, key: str, caller: Caller) -> None:
    if bucket.delete(key):
        buckets.account.emit(
            t.ObjectRemoved(
                clock.now_us(), bucket.name, key, caller.source, caller.request, caller.root
            )
        )
        tell(buckets, bucket, Happened("ObjectRemoved:Delete", key), caller)
