"""Multipart uploads: a large object in parts, whole only once it is completed (mpuoverview)."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any, Final

from warmstart.runtime.services.base import ServiceError
from warmstart.runtime.services.s3 import contents
from warmstart.runtime.services.s3.bucket import Bucket, Buckets, Object, Upload, check_key
from warmstart.runtime.services.s3.objects import source_of, store

if TYPE_CHECKING:
    from warmstart.runtime.services.base import Caller

SMALLEST: Final = 5_242_880
"""Bytes of a part, the last one aside (qfacts)."""
PARTS: Final = 10_000
_RANGE: Final = re.compile(r"bytes=(\d{1,15})-(\d{1,15})")


async def create(buckets: Buckets, parameters: dict[str, Any], _: Caller) -> dict[str, Any]:
    """Begin an upload."""
    bucket, key = buckets.find(parameters), str(parameters["Key"])
    contents.refuse(parameters)
    check_key(key)
    id_ = buckets.account.new_id("upload").replace("-", "")
    headers = contents.headers_of(parameters)
    bucket.uploads[id_] = Upload(key, headers, buckets.account.now())
    return {
        "Bucket": bucket.name,
        "Key": key,
        "UploadId": id_,
        "ServerSideEncryption": headers["ServerSideEncryption"],
    }


def _upload(buckets: Buckets, parameters: dict[str, Any]) -> tuple[Bucket, Upload]:
    bucket = buckets.find(parameters)
    upload = bucket.uploads.get(str(parameters["UploadId"]))
    if upload is None or upload.key != parameters["Key"]:
        raise ServiceError(
            "NoSuchUpload",
            "The specified upload does not exist. The upload ID may be invalid, or the upload may"
            " have been aborted or completed.",
            404,
            fields={"UploadId": parameters["UploadId"]},
        )
    return bucket, upload


async def upload_part(buckets: Buckets, parameters: dict[str, Any], _: Caller) -> dict[str, Any]:
    """Take a part; one with its number is replaced."""
    _bucket, upload = _upload(buckets, parameters)
    number = _number(parameters)
    contents.refuse(parameters, but=("PartNumber",))
    one = upload.parts[number] = contents.made(upload.key, parameters, buckets.account.now())
    return {
        "ETag": one.etag,
        "ServerSideEncryption": upload.headers["ServerSideEncryption"],
        **one.checksums,
    }


def _number(parameters: dict[str, Any]) -> int:
    number = int(parameters["PartNumber"])
    if not 1 <= number <= PARTS:
        raise ServiceError(
            "InvalidArgument", f"Part number must be an integer between 1 and {PARTS}, inclusive",
            fields={"ArgumentName": "partNumber", "ArgumentValue": number},
        )  # fmt: skip
    return number


async def copy_part(buckets: Buckets, parameters: dict[str, Any], _: Caller) -> dict[str, Any]:
    """Take a part from an object that is there, or from a range of its bytes."""
    _bucket, upload = _upload(buckets, parameters)
    number = _number(parameters)
    contents.refuse(parameters, but=("PartNumber",))
    _source, one = source_of(buckets, parameters)
    contents.check_read(one, parameters, "CopySource")
    asked = parameters.get("CopySourceRange")
    start, end = (0, len(one.body)) if asked is None else _copied(one, str(asked))
    now = buckets.account.now()
    part = upload.parts[number] = contents.made(upload.key, {"Body": one.body[start:end]}, now)
    return {
        "CopyPartResult": {"ETag": part.etag, "LastModified": now},
        "ServerSideEncryption": upload.headers["ServerSideEncryption"],
    }


def _copied(one: Object, asked: str) -> tuple[int, int]:
    """Return where a copied range begins and ends; it has to be within its source."""
    match = _RANGE.fullmatch(asked)
    if match is None:
        raise ServiceError(
            "InvalidArgument",
            "The x-amz-copy-source-range value must be of the form bytes=first-last where first and"
            " last are the zero-based offsets of the first and last bytes to copy",
            fields={"ArgumentName": "x-amz-copy-source-range", "ArgumentValue": asked},
        )
    first, last = int(match[1]), int(match[2])
    if not first <= last < len(one.body):
        raise ServiceError(
            "InvalidArgument",
            f"Range specified is not valid for source object of size: {len(one.body)}",
            fields={"ArgumentName": "x-amz-copy-source-range", "ArgumentValue": asked},
        )
    return first, last + 1


async def complete(buckets: Buckets, parameters: dict[str, Any], caller: Caller) -> dict[str, Any]:
    """Put the parts together."""
    bucket, upload = _upload(buckets, parameters)
    asked = (parameters.get("MultipartUpload") or {}).get("Parts") or []
    numbers = [int(one["PartNumber"]) for one in asked]
    if not asked:
        raise ServiceError("InvalidRequest", "You must specify at least one part")
    if numbers != sorted(set(numbers)):
        raise ServiceError(
            "InvalidPartOrder",
            "The list of parts was not in ascending order. Parts must be ordered by part number.",
        )
    parts = []
    for said, number in zip(asked, numbers, strict=True):
        part = upload.parts.get(number)
        if part is None or part.etag.strip('"') != str(said.get("ETag")).strip('"'):
            raise ServiceError(
                "InvalidPart",
                "One or more of the specified parts could not be found.  The part may not have been"
                " uploaded, or the specified entity tag may not match the part's entity tag.",
            )
        parts.append(part)
    for part in parts[:-1]:
        if len(part.body) < SMALLEST:
            raise ServiceError(
                "EntityTooSmall",
                "Your proposed upload is smaller than the minimum allowed size",
                fields={"ProposedSize": len(part.body), "MinSizeAllowed": SMALLEST},
            )
    contents.check_write(bucket.find(upload.key), parameters, upload.key)
    # The ETag of several parts is no hash of the object, and says how many they were.
    digests = b"".join(bytes.fromhex(part.etag.strip('"')) for part in parts)
    whole = hashlib.md5(digests, usedforsecurity=False).hexdigest()
    one = Object(
        upload.key, b"".join(part.body for part in parts), f'"{whole}-{len(parts)}"',
        buckets.account.now(), upload.headers, {}, len(parts),
    )  # fmt: skip
    del bucket.uploads[str(parameters["UploadId"])]
    store(buckets, bucket, one, "CompleteMultipartUpload", caller)
    region = buckets.account.region
    return {
        "Location": f"https://{bucket.name}.s3.{region}.amazonaws.com/{upload.key}",
        "Bucket": bucket.name,
        "Key": upload.key,
        "ETag": one.etag,
        "ServerSideEncryption": upload.headers["ServerSideEncryption"],
    }


async def abort(buckets: Buckets, parameters: dict[str, Any], _caller: Caller) -> dict[str, Any]:
    """Give an upload up."""
    bucket, _ = _upload(buckets, parameters)
    del bucket.uploads[str(parameters["UploadId"])]
    return {}


async def list_parts(buckets: Buckets, parameters: dict[str, Any], _: Caller) -> dict[str, Any]:
    """List the parts that are there."""
    bucket, upload = _upload(buckets, parameters)
    after, limit = int(parameters.get("PartNumberMarker") or 0), parameters.get("MaxParts") or 1_000
    numbers = sorted(number for number in upload.parts if number > after)
    parts = [
        {
            "PartNumber": number,
            "LastModified": upload.parts[number].modified,
            "ETag": upload.parts[number].etag,
            "Size": len(upload.parts[number].body),
        }
        for number in numbers[:limit]
    ]
    return {
        "Bucket": bucket.name,
        "Key": upload.key,
        "UploadId": parameters["UploadId"],
        "PartNumberMarker": after,
        "NextPartNumberMarker": parts[-1]["PartNumber"] if parts else 0,
        "MaxParts": limit,
        "IsTruncated": len(numbers) > limit,
        "Parts": parts,
        "StorageClass": upload.headers.get("StorageClass", "STANDARD"),
    }


async def list_uploads(buckets: Buckets, parameters: dict[str, Any], _: Caller) -> dict[str, Any]:
    """List the uploads under way, in the order of their keys."""
    bucket, prefix = buckets.find(parameters), parameters.get("Prefix") or ""
    uploads = sorted(bucket.uploads.items(), key=lambda pair: (pair[1].key, pair[1].begun))
    return {
        "Bucket": bucket.name,
        "KeyMarker": "",
        "UploadIdMarker": "",
        **({"Prefix": prefix} if prefix else {}),
        "MaxUploads": 1_000,
        "IsTruncated": False,
        "Uploads": [
            {"UploadId": id_, "Key": one.key, "Initiated": one.begun, "StorageClass": "STANDARD"}
            for id_, one in uploads
            if one.key.startswith(prefix)
        ],
    }
