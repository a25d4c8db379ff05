"""AWS Signature Version 4, from the side of who receives it.

(IAM user guide, reference_sigv-create-signed-request; and for the URLs that boto3 presigns in
us-east-1 still Version 2, S3 RESTAuthentication.) The key's name says who calls; the signature
proves it, so that nobody else on this machine can talk to a run. Secrets are real randomness, and
so are in no trace; the names of keys repeat with the seed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from warmstart.runtime.services.base import ServiceError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from warmstart.runtime.endpoint.http import HttpRequest

_ALGORITHM: Final = "AWS4-HMAC-SHA256"
_PARTS: Final = re.compile(
    r"AWS4-HMAC-SHA256\s+Credential=(?P<credential>[^,\s]+),\s*SignedHeaders=(?P<headers>[^,\s]+),"
    r"\s*Signature=(?P<signature>[0-9a-f]{64})"
)
_SECONDS: Final = re.compile(r"[0-9]{1,6}")
"""Of a presigned URL: 604,800 at most on AWS."""
_SKEW: Final = timedelta(minutes=15)
"""How far a client's clock may be off (S3's; the other services allow five minutes)."""


@dataclass(frozen=True, slots=True)
class Signature:
    """What a request says of who signed it."""

    access_key: str
    scope: tuple[str, str, str]
    """Date, region, service."""
    headers: tuple[str, ...]
    signature: str
    moment: str
    """When it was signed, as a date of the scope's form; in Version 2 when it expires, in seconds
    of the epoch."""
    presigned: bool
    expires: int | None = None
    """Of a presigned URL: how many seconds it is valid."""
    is_version_2: bool = False

    @property
    def service(self) -> str:
        """The name that the service signs with."""
        return self.scope[2]


def read(request: HttpRequest) -> Signature:
    """Return what a request says of its signature, which may stand in its query.

    Raises:
        ServiceError: it is not signed, or not in this way.
    """
    query = dict(request.query)
    if "AWSAccessKeyId" in query:
        return Signature(
            query["AWSAccessKeyId"], ("", "", "s3"), (), query.get("Signature", ""),
            query.get("Expires", ""), presigned=True, is_version_2=True,
        )  # fmt: skip
    expires: int | None = None
    if query.get("X-Amz-Algorithm") == _ALGORITHM:
        found = (
            query.get("X-Amz-Credential", ""),
            query.get("X-Amz-SignedHeaders", ""),
            query.get("X-Amz-Signature", ""),
        )
        moment, presigned = query.get("X-Amz-Date", ""), True
        said = query.get("X-Amz-Expires", "")
        expires = int(said) if _SECONDS.fullmatch(said) else 0
    else:
        match = _PARTS.fullmatch(request.headers.get("authorization", ""))
        if match is None:
            raise ServiceError(
                "MissingAuthenticationTokenException",
                "The request is not signed. Use the access key that this run prints or gives to its"
                " functions.",
                status=403,
            )
        found = match["credential"], match["headers"], match["signature"]
        moment, presigned = request.headers.get("x-amz-date", ""), False
    match found[0].split("/"):
        case [key, date, region, service, "aws4_request"]:
            return Signature(
                key, (date, region, service), tuple(found[1].split(";")), found[2], moment,
                presigned, expires,
            )  # fmt: skip
    raise ServiceError("IncompleteSignatureException", "The credential's scope is not complete.")


def check(
    request: HttpRequest,
    signature: Signature,
    secrets: Mapping[str, str],
    now: datetime,
    wall: datetime | None = None,
) -> None:
    """Make sure that the request was signed with the secret of the key that it names.

    ``wall`` is the machine's clock, by which it must have been signed just now: the run's own one
    stands still while a laptop sleeps. None in virtual time, where executables have another.

    Raises:
        ServiceError: no such key here, another secret, another body than was signed, too long ago,
            or a presigned URL that has expired.
    """
    secret = secrets.get(signature.access_key)
    if secret is None:
        raise ServiceError(
            "UnrecognizedClientException",
            "The security token included in the request is invalid: this run knows no access key"
            f" {signature.access_key}.",
            status=403,
        )
    signed = _signed_2 if signature.is_version_2 else _signed
    expected = signed(request, signature, secret)
    if not hmac.compare_digest(expected.encode(), signature.signature.encode()):
        raise ServiceError(
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided.",
            status=403,
        )
    if not signature.is_version_2 and "host" not in signature.headers:
        raise ServiceError(
            "SignatureDoesNotMatch", "'Host' must be a 'SignedHeader' in the request.", status=403
        )
    if signature.presigned:
        if not now.timestamp() <= _end(signature):
            raise ServiceError("AccessDenied", "Request has expired", status=403)
    elif wall is not None and abs(wall - _moment(signature)) > _SKEW:
        raise ServiceError(
            "RequestTimeTooSkewed" if signature.service == "s3" else "InvalidSignatureException",
            f"Signature expired: the request was signed at {signature.moment or 'no time'}, and it"
            f" is {wall:%Y%m%dT%H%M%SZ} now.",
            status=403,
        )
    said = _said_hash(request)
    if signature.service == "s3" and _HASH.fullmatch(said) and said != _hash(request):
        raise ServiceError(
            "XAmzContentSHA256Mismatch",
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
        )


def _end(signature: Signature) -> float:
    """Return until when a presigned URL is valid, in seconds of the epoch."""
    if signature.expires is not None:
        return _moment(signature).timestamp() + signature.expires
    try:
        return float(signature.moment)
    except ValueError:
        return 0.0


def _moment(signature: Signature) -> datetime:
    """Return when a request was signed; long ago where it does not say."""
    try:
        return datetime.strptime(signature.moment, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return datetime.fromtimestamp(0, UTC)


_HASH: Final = re.compile("[0-9a-f]{64}")


def _said_hash(request: HttpRequest) -> str:
    return request.headers.get("x-amz-content-sha256", "")


def _hash(request: HttpRequest) -> str:
    return hashlib.sha256(request.body).hexdigest()


_SUBRESOURCES: Final = frozenset(
    {"acl", "delete", "lifecycle", "location", "logging", "notification", "partNumber", "policy",
     "tagging", "uploadId", "uploads", "versionId", "versioning", "versions", "website",
     "response-cache-control", "response-content-disposition", "response-content-encoding",
     "response-content-language", "response-content-type", "response-expires"}
)  # fmt: skip
"""What of the query version 2 signs."""


def _signed_2(request: HttpRequest, signature: Signature, secret: str) -> str:
    query = dict(request.query)
    given = {**query, **request.headers}
    resource = "&".join(
        f"{key}={value}" if value else key
        for key, value in sorted(request.query)
        if key in _SUBRESOURCES
    )
    amazon = sorted(
        f"{key.lower()}:{value.strip()}"
        for key, value in (query | dict(request.headers)).items()
        if key.lower().startswith("x-amz-")
    )
    text = "\n".join(
        (
            request.method,
            given.get("content-md5", ""),
            given.get("content-type", ""),
            signature.moment,
            *amazon,
            request.raw_path + (f"?{resource}" if resource else ""),
        )
    )
    digest = hmac.digest(secret.encode(), text.encode(), "sha1")
    return base64.b64encode(digest).decode()


def _signed(request: HttpRequest, signature: Signature, secret: str) -> str:
    path = request.raw_path
    # All but S3 encode the path once more.
    canonical_path = path if signature.service == "s3" else quote(path, safe="/~")
    pairs = sorted(
        (quote(key, safe="-_.~"), quote(value, safe="-_.~"))
        for key, value in request.query
        if key != "X-Amz-Signature"
    )
    payload = ""
    if signature.service == "s3":  # The others go by the body alone.
        payload = "UNSIGNED-PAYLOAD" if signature.presigned else _said_hash(request)
    canonical = "\n".join(
        (
            request.method,
            canonical_path,
            "&".join(f"{key}={value}" for key, value in pairs),
            *(f"{n}:{' '.join(request.headers.get(n, '').split())}" for n in signature.headers),
            "",
            ";".join(signature.headers),
            payload or _hash(request),
        )
    )
    scope = "/".join((*signature.scope, "aws4_request"))
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    key = f"AWS4{secret}".encode()
    for part in (*signature.scope, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    text = f"{_ALGORITHM}\n{signature.moment}\n{scope}\n{digest}"
    return hmac.new(key, text.encode(), "sha256").hexdigest()
