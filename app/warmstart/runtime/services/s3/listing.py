"""ListObjectsV2 and its older sister: keys in order, what they have in common, a page at a time."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from warmstart.runtime.services.base import ServiceError
from warmstart.runtime.services.s3.bucket import OWNER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from warmstart.runtime.services.base import Caller
    from warmstart.runtime.services.s3.bucket import Bucket, Buckets, Object

PAGE: Final = 1_000


async def list_objects_v2(
    buckets: Buckets, parameters: dict[str, Any], _: Caller
) -> dict[str, Any]:
    """List a page of a bucket."""
    bucket, token = buckets.find(parameters), parameters.get("ContinuationToken")
    after = _read(token) if token is not None else parameters.get("StartAfter") or ""
    found, last = _page(bucket, parameters, after, skip=token is not None)
    result = {**found, "KeyCount": len(found["Contents"]) + len(found["CommonPrefixes"])}
    for name in ("ContinuationToken", "StartAfter"):
        if parameters.get(name) is not None:
            result[name] = parameters[name]
    if last is not None:
        result["NextContinuationToken"] = base64.urlsafe_b64encode(last.encode()).decode()
    return result


async def list_objects(buckets: Buckets, parameters: dict[str, Any], _: Caller) -> dict[str, Any]:
    """List a page of a bucket, as programs did before there was version 2."""
    bucket, marker = buckets.find(parameters), parameters.get("Marker") or ""
    found, last = _page(bucket, parameters, marker, skip=True)
    contents = [{**one, "Owner": OWNER} for one in found["Contents"]]
    result = {**found, "Contents": contents, "Marker": marker}
    if last is not None and parameters.get("Delimiter"):
        result["NextMarker"] = _shown(parameters, last)
    return result


def _read(token: str) -> str:
    try:
        return base64.urlsafe_b64decode(token).decode()
    except (binascii.Error, ValueError) as error:
        raise ServiceError(
            "InvalidArgument", "The continuation token provided is incorrect",
            fields={"ArgumentName": "continuation-token"},
        ) from error  # fmt: skip


def _page(
    bucket: Bucket, parameters: Mapping[str, Any], after: str, *, skip: bool
) -> tuple[dict[str, Any], str | None]:
    """Return a page, and the key or common prefix that it ends with if more follows.

    ``skip``: what follows ``after`` and has it in common was on the page before.
    """
    prefix, delimiter = parameters.get("Prefix") or "", parameters.get("Delimiter") or ""
    asked = parameters.get("MaxKeys")
    limit = PAGE if asked is None else min(PAGE, int(asked))
    if limit < 0:
        raise ServiceError("InvalidArgument", "Argument maxKeys must be an integer between 0 and"
                           " 2147483647")  # fmt: skip
    objects: list[Object] = []
    common: list[str] = []
    last, more = after, False
    done = after if skip and _group(after, prefix, delimiter) == after else None
    for one in bucket.walk(prefix, after):
        if done is not None and one.key.startswith(done):
            continue
        group = _group(one.key, prefix, delimiter)
        if len(objects) + len(common) == limit:
            more = limit > 0
            break
        if group is None:
            objects.append(one)
            last = one.key
        else:
            common.append(group)
            last = done = group
    result: dict[str, Any] = {
        "IsTruncated": more,
        "Contents": [_described(one, parameters) for one in objects],
        "Name": bucket.name,
        "Prefix": _shown(parameters, prefix),
        "MaxKeys": PAGE if asked is None else int(asked),
        "CommonPrefixes": [{"Prefix": _shown(parameters, one)} for one in common],
    }
    if delimiter:
        result["Delimiter"] = _shown(parameters, delimiter)
    if parameters.get("EncodingType"):
        result["EncodingType"] = parameters["EncodingType"]
    return result, last if more else None


def _group(key: str, prefix: str, delimiter: str) -> str | None:
    """Return what a key has in common with others: all up to the first delimiter after a prefix."""
    cut = key.find(delimiter, len(prefix)) if delimiter else -1
    return key[: cut + len(delimiter)] if cut >= 0 else None


def _shown(parameters: Mapping[str, Any], text: str) -> str:
    # XML knows no control characters; so boto3 asks for keys to be encoded, and takes them apart.
    return quote(text, safe="/*-._") if parameters.get("EncodingType") == "url" else text


def _described(one: Object, parameters: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "Key": _shown(parameters, one.key),
        "LastModified": one.modified,
        "ETag": one.etag,
        "Size": len(one.body),
        "StorageClass": one.headers.get("StorageClass", "STANDARD"),
    }
    if one.checksums:
        found["ChecksumAlgorithm"] = [
            name.removeprefix("Checksum") for name in one.checksums if name != "ChecksumType"
        ]
        found["ChecksumType"] = "FULL_OBJECT"
    return found
