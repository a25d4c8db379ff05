"""Anki packages, .apkg and .colpkg: a ZIP archive with a collection and its media.

Three generations are about, told apart by ``meta`` (``proto/anki/import_export.proto``) or, where
it is missing, by the names inside: ``collection.anki2`` and ``collection.anki21`` are SQLite, the
media as they are, their names in JSON; ``collection.anki21b`` and its media are compressed with
zstd, their names in protobuf. A package may come from anybody: every size is bounded while it is
read, not by what the archive says, and a name never leaves the folder it is meant for.
"""

from __future__ import annotations

import io
import json
import sys
import tempfile
import zipfile
import zlib
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from warmstart.anki import wire
from warmstart.anki.collection import read_collection
from warmstart.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from warmstart.anki.model import Collection

PACKAGE_SUFFIXES: Final = frozenset({".apkg", ".colpkg"})

MAX_PACKAGE: Final = 500_000_000
"""Bytes of the file itself."""
MAX_COLLECTION: Final = 1_000_000_000
"""Bytes of the database, unpacked."""
MAX_MEDIUM: Final = 100_000_000
"""Bytes of one picture or sound, unpacked."""
MAX_MEDIA: Final = 1_000_000_000
"""Bytes of all of them."""
MAX_MEDIA_FILES: Final = 200_000
_MAX_MAP: Final = 64_000_000
_CHUNK: Final = 1 << 20
_MAX_NAME: Final = 255  # bytes: what file systems take

_PLAYED: Final = (".mp3", ".ogg", ".oga", ".opus", ".wav", ".m4a", ".flac", ".mp4", ".webm")

_PACKED: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_FAILURES: Final = (
    *(zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError),
)
"""What zipfile raises for a damaged member, besides RuntimeError for an encrypted one."""

_NEWEST: Final = 3
_COLLECTIONS: Final = {1: "collection.anki2", 2: "collection.anki21", _NEWEST: "collection.anki21b"}
_AGAIN: Final = "Export the deck again in Anki, or download it again."


class Package:
    """An opened package: its collection, and its media to be read one by one."""

    def __init__(self, data: bytes) -> None:
        """Open a package.

        Raises:
            InputError: it is no package, damaged, too large, or of a later Anki.
        """
        if len(data) > MAX_PACKAGE:
            raise _too_large("The package", MAX_PACKAGE)
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise InputError(
                "This is not an Anki package: it is no ZIP archive, or a damaged one.", hint=_AGAIN
            ) from error
        self._names = frozenset(self._zip.namelist())
        self._version = self._generation()
        self.collection: Collection = self._collection()
        self._media = self._media_names()

    @property
    def media_names(self) -> tuple[str, ...]:
        """The names of the media that can be kept, in the order of the package."""
        return tuple(name for _, name in self._media)

    def media(self) -> Iterator[tuple[str, bytes]]:
        """Yield (name, content) of each medium; a name is a plain file name.

        Raises:
            InputError: one is damaged, or they are too large.
        """
        left = MAX_MEDIA
        for member, name in self._media:
            limit = min(MAX_MEDIUM, left)
            what = f"The picture or sound {name!r}"
            if limit == left:
                what = "The package's pictures and sounds together"
            content = self._read(member, limit, what, packed=self._version == _NEWEST)
            left -= len(content)
            yield name, content

    def _generation(self) -> int:
        """Return which of the three generations this is."""
        if "meta" in self._names:
            try:
                meta = wire.fields(self._read("meta", _CHUNK, "The package's description"))
            except ValueError as error:
                raise InputError("The package's description is damaged.", hint=_AGAIN) from error
            version = wire.number(meta, 1)
            if version > _NEWEST:
                raise InputError(
                    "This package was written by an Anki that is too new to be read here.",
                    hint='Export it again with "Support older Anki versions" ticked.',
                )
            if version in _COLLECTIONS:
                return version
        for version in sorted(_COLLECTIONS, reverse=True):
            if _COLLECTIONS[version] in self._names:
                return version
        raise InputError("There is no collection of Anki's in this archive.", hint=_AGAIN)

    def _collection(self) -> Collection:
        name = _COLLECTIONS[self._version]
        if name not in self._names:
            raise InputError(f"The package is damaged: {name} is missing.", hint=_AGAIN)
        with tempfile.TemporaryDirectory(prefix="warmstart-") as folder:
            path = Path(folder, "collection.db")
            with path.open("wb") as file:
                chunks = self._chunks(name, packed=self._version == _NEWEST)
                for chunk in _bounded(chunks, MAX_COLLECTION, "The collection in this package"):
                    file.write(chunk)
            return read_collection(path)

    def _media_names(self) -> list[tuple[str, str]]:
        """Return the media as (member of the archive, file name), unfit names left out."""
        if "media" not in self._names:
            return []
        data = self._read(
            "media", _MAX_MAP, "The package's list of media", packed=self._version == _NEWEST
        )
        try:
            named = _protobuf_media(data) if self._version == _NEWEST else _json_media(data)
        except (ValueError, RecursionError) as error:
            raise InputError("The package's list of media is damaged.", hint=_AGAIN) from error
        fit = [(member, name) for member, name in named if member in self._names and is_plain(name)]
        return list({name: (member, name) for member, name in fit}.values())[:MAX_MEDIA_FILES]

    def _read(self, member: str, limit: int, what: str, *, packed: bool = False) -> bytes:
        return b"".join(_bounded(self._chunks(member, packed=packed), limit, what))

    def _chunks(self, member: str, *, packed: bool) -> Iterator[bytes]:
        if self._zip.getinfo(member).compress_type not in _PACKED:
            raise _damaged(member)  # the other methods can take memory without end
        try:
            with self._zip.open(member) as file:
                yield from _unpacked(file) if packed else iter(lambda: file.read(_CHUNK), b"")
        except _FAILURES as error:
            raise _damaged(member) from error
        except RuntimeError as error:  # what zipfile raises for an encrypted member
            raise InputError("The package is encrypted.", hint=_AGAIN) from error


def _unpacked(file: BinaryIO | Any) -> Iterator[bytes]:
    """Yield the content of a zstd stream in pieces of bounded size."""
    zstd = _zstd()
    decompressor = zstd.ZstdDecompressor()
    try:
        while not decompressor.eof:
            data = file.read(_CHUNK) if decompressor.needs_input else b""
            if not data and decompressor.needs_input:
                raise _damaged(file.name)
            yield decompressor.decompress(data, max_length=_CHUNK)
    except zstd.ZstdError as error:
        raise _damaged(file.name) from error


def _zstd() -> Any:
    """Return the standard library's module, or for Python before 3.14 its backport."""
    name = "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd"
    try:
        return import_module(name)
    except ImportError as error:
        raise InputError(
            f"This package is compressed with zstd, and Python's module {name} is not installed.",
            hint='Export it again with "Support older Anki versions" ticked.',
        ) from error


def _bounded(chunks: Iterator[bytes], limit: int, what: str) -> Iterator[bytes]:
    for chunk in chunks:
        limit -= len(chunk)
        if limit < 0:
            raise _too_large(what)
        yield chunk


def is_plain(name: str) -> bool:
    """Whether ``name`` is the name of a file in a folder, and nothing that leads elsewhere."""
    return (
        name not in ("", ".", "..")
        and not any(c in '/\\:*?"<>|' or not c.isprintable() for c in name)
        and len(name.encode("utf-8", "replace")) <= _MAX_NAME
    )


def is_sound(name: str) -> bool:
    """Whether a file is one that Anki plays: ``[sound:name]`` stands for it in a field."""
    return name.lower().endswith(_PLAYED)


def _json_media(data: bytes) -> list[tuple[str, str]]:
    found = json.loads(data)
    if not isinstance(found, dict):
        raise ValueError("no object")  # noqa: TRY004 the caller has one sentence for all damage
    return [(str(key), str(name)) for key, name in found.items()]


def _protobuf_media(data: bytes) -> list[tuple[str, str]]:
    """Return the entries of ``MediaEntries``: the n-th is the member named n."""
    entries = wire.fields(data).get(1, [])
    return [
        (str(place), wire.text(wire.fields(entry), 1))
        for place, entry in enumerate(entries)
        if isinstance(entry, bytes)
    ]


def _too_large(what: str, limit: int | None = None) -> InputError:
    size = f"larger than {limit // 10**6} MB" if limit else "too large when unpacked"
    return InputError(f"{what} is {size}.", hint="Export fewer decks, or leave out the media.")


def _damaged(member: str) -> InputError:
    return InputError(f"The package is damaged: {member} cannot be unpacked.", hint=_AGAIN)
