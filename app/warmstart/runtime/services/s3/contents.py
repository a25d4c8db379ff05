"""What an object is made of: bytes and their checksums, headers, ranges, and conditions."""

from __future__ import annotations

import base64
import hashlib
import re
import zlib
from typing import TYPE_CHECKING, Any, Final

from warmstart.runtime.services.base import ServiceError
from warmstart.runtime.services.s3.bucket import Object, check_key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

METADATA_LIMIT: Final = 2_048
"""Bytes of user-defined metadata (UsingMetadata)."""
_HEADERS: Final = (
    "CacheControl", "ContentDisposition", "ContentEncoding", "ContentLanguage", "ContentType",
    "Expires", "WebsiteRedirectLocation",
)  # fmt: skip
"""What is kept with an object and sent with it."""
_REFUSED: Final = (
    "Tagging", "ObjectLockMode", "ObjectLockRetainUntilDate", "ObjectLockLegalHoldStatus",
    "SSECustomerAlgorithm", "SSECustomerKey", "VersionId", "PartNumber", "WriteOffsetBytes",
)  # fmt: skip
_MD5: Final = re.compile(r"[A-Za-z0-9+/]{22}==")
_CLASSES: Final = frozenset({
    "STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER",
    "DEEP_ARCHIVE", "GLACIER_IR", "EXPRESS_ONEZONE", "OUTPOSTS", "SNOW", "FSX_OPENZFS",
})  # fmt: skip
_CHECKSUMS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "ChecksumCRC32": lambda body: zlib.crc32(body).to_bytes(4, "big"),
    "ChecksumSHA1": lambda body: hashlib.sha1(body, usedforsecurity=False).digest(),
    "ChecksumSHA256": lambda body: hashlib.sha256(body).digest(),
}
"""Those that are checked; of the others the word is taken."""


def refuse(parameters: Mapping[str, Any], *, but: tuple[str, ...] = ()) -> None:
    """Refuse by name what is not supported here.

    Raises:
        ServiceError: NotImplemented.
    """
    for name in _REFUSED:
        if parameters.get(name) is not None and name not in but:
            raise ServiceError(
                "NotImplemented", f"The parameter {name} is not supported here.", status=501
            )


def headers_of(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a writer says about an object.

    Raises:
        ServiceError: too much metadata, or a storage class that there is not.
    """
    found = {name: parameters[name] for name in _HEADERS if parameters.get(name) is not None}
    encoding = str(found.get("ContentEncoding", "")).replace("aws-chunked", "").strip(", ")
    found.pop("ContentEncoding", None)
    if encoding:
        found["ContentEncoding"] = encoding
    found.setdefault("ContentType", "binary/octet-stream")
    metadata = dict(parameters.get("Metadata") or {})
    size = sum(len(k.encode()) + len(str(v).encode()) for k, v in metadata.items())
    if size > METADATA_LIMIT:
        raise ServiceError(
            "MetadataTooLarge",
            "Your metadata headers exceed the maximum allowed metadata size",
            fields={"Size": size, "MaxSizeAllowed": METADATA_LIMIT},
        )
    found["Metadata"] = metadata
    if parameters.get("StorageClass", "STANDARD") not in _CLASSES:
        raise ServiceError("InvalidStorageClass", "The storage class you specified is not valid")
    if parameters.get("StorageClass") not in {None, "STANDARD"}:
        found["StorageClass"] = parameters["StorageClass"]
    found["ServerSideEncryption"] = parameters.get("ServerSideEncryption") or "AES256"
    return found


def made(key: str, parameters: Mapping[str, Any], modified: datetime) -> Object:
    """Return the object that a request puts.

    Raises:
        ServiceError: a key that is too long, a body that is not what its checksums say.
    """
    check_key(key)
    body = parameters.get("Body") or b""
    body = body.encode() if isinstance(body, str) else bytes(body)
    digest = hashlib.md5(body, usedforsecurity=False)
    said = parameters.get("ContentMD5")
    if said is not None and not _MD5.fullmatch(said):
        raise ServiceError("InvalidDigest", "The Content-MD5 you specified was invalid.")
    if said is not None and said != base64.b64encode(digest.digest()).decode():
        raise ServiceError(
            "BadDigest", "The Content-MD5 you specified did not match what we received."
        )
    checksums = {
        name: value
        for name, value in parameters.items()
        if name.startswith("Checksum") and name != "ChecksumAlgorithm" and value is not None
    }
    for name, value in checksums.items():
        check = _CHECKSUMS.get(name)
        if check is not None and base64.b64encode(check(body)).decode() != value:
            kind = name.removeprefix("Checksum")
            raise ServiceError(
                "BadDigest", f"The {kind} you specified did not match the calculated checksum."
            )
    return Object(key, body, f'"{digest.hexdigest()}"', modified, headers_of(parameters), checksums)


def described(one: Object, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return what GetObject and HeadObject say of an object, the body aside."""
    found: dict[str, Any] = {
        "AcceptRanges": "bytes",
        "LastModified": one.modified,
        "ContentLength": len(one.body),
        "ETag": one.etag,
        **one.headers,
    }
    if parameters.get("ChecksumMode") == "ENABLED" and not parameters.get("Range"):
        found |= one.checksums
        if one.checksums:
            found["ChecksumType"] = "FULL_OBJECT"
    for name in ("CacheControl", "ContentDisposition", "ContentEncoding", "ContentLanguage",
                 "ContentType", "Expires"):  # fmt: skip
        asked = parameters.get(f"Response{name}")
        if asked is not None:
            found[name] = asked
    return found


_RANGE: Final = re.compile(r"bytes=(\d*)-(\d*)")


def part(one: Object, asked: str | None) -> tuple[int, int] | None:
    """Return the first byte of a range and the one behind its last; None for all of the object.

    Raises:
        ServiceError: InvalidRange.
    """
    match = _RANGE.fullmatch((asked or "").replace(" ", ""))
    if match is None or not any(match.groups()):
        return None  # What is no range, or several, is passed over.
    size, (first, last) = len(one.body), match.groups()
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1 if last else size)
        if last and int(last) < int(first):
            return None
    if start >= size or start == end:
        raise ServiceError(
            "InvalidRange",
            "The requested range is not satisfiable",
            416,
            fields={"ActualObjectSize": size, "RangeRequested": asked},
        )
    return start, end


# -- conditions (conditional-requests) ------------------------------------------------------------


def _among(etags: str, etag: str) -> bool:
    asked = [one.strip().removeprefix("W/").strip('"') for one in etags.split(",")]
    return "*" in asked or etag.strip('"') in asked


def _failed(condition: str) -> ServiceError:
    return ServiceError(
        "PreconditionFailed",
        "At least one of the pre-conditions you specified did not hold",
        412,
        fields={"Condition": condition},
    )


def check_read(one: Object, parameters: Mapping[str, Any], prefix: str = "") -> None:
    """Refuse to read an object that does not meet a request's conditions.

    Raises:
        ServiceError: PreconditionFailed (412), NotModified (304; for a copy's source 412).
    """
    match, none = parameters.get(f"{prefix}IfMatch"), parameters.get(f"{prefix}IfNoneMatch")
    since = parameters.get(f"{prefix}IfModifiedSince")
    before = parameters.get(f"{prefix}IfUnmodifiedSince")
    modified = one.modified.replace(microsecond=0)
    if match is not None and not _among(match, one.etag):
        raise _failed("If-Match")
    if match is None and before is not None and modified > before:
        raise _failed("If-Unmodified-Since")
    unchanged = none is not None and _among(none, one.etag)
    if unchanged or (none is None and since is not None and modified <= since):
        if prefix:
            raise _failed("x-amz-copy-source-If-None-Match")
        raise ServiceError("NotModified", "Not Modified", 304)


def check_write(one: Object | None, parameters: Mapping[str, Any], key: str) -> None:
    """Refuse to write where the object that is there does not meet the conditions.

    Raises:
        ServiceError: PreconditionFailed, or NoSuchKey where an ETag is asked of no object.
    """
    match, none = parameters.get("IfMatch"), parameters.get("IfNoneMatch")
    if none is not None:
        if none != "*":
            raise ServiceError(
                "NotImplemented",
                "A header you provided implies functionality that is not implemented",
                501,
                fields={"Header": "If-None-Match"},
            )
        if one is not None:
            raise _failed("If-None-Match")
    if match is not None:
        if one is None:
            raise ServiceError(
                "NoSuchKey", "The specified key does not exist.", 404, fields={"Key": key}
            )
        if not _among(match, one.etag):
            raise _failed("If-Match")
