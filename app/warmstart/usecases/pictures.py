"""The pictures of a note: which file an address means.

An address counts from the note's own folder, as markdown has it; then from the folders above it up
to the vault's, and from the folder where Obsidian puts what is pasted. A deck of Anki's has its
pictures in the home. Nothing is fetched from the web.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from warmstart.errors import NoteError
from warmstart.notes.links import is_picture
from warmstart.resources import bundled
from warmstart.text import safe
from warmstart.usecases.sources import COURSE, LABS, file_of

if TYPE_CHECKING:
    from warmstart.usecases.workspace import Workspace

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]+:", re.IGNORECASE)
_BESIDE: Final = ("attachments", "assets", "images", "media", "files")
"""Folders beside a note, or above it, in which pictures are looked for too."""


@dataclass(frozen=True, slots=True)
class PictureFolders:
    """Where the pictures of one note may lie, the likeliest folder first."""

    folders: tuple[Path, ...]

    def find(self, address: str) -> Path:
        """Return the file that an address in the note means.

        Raises:
            NoteError: it lies on the web, is no picture, or is not there; says so.
        """
        shown = safe(address)
        if _SCHEME.match(address) and not Path(address).is_absolute():
            raise NoteError(f"This picture lies on the web, at {shown}.")
        if not is_picture(address):
            raise NoteError(f"{shown} is no picture.")
        for folder in self.folders:
            try:
                path = folder / address
                if path.is_file():
                    return path
            except (OSError, ValueError):
                continue
        where = f" It was looked for in {self.folders[0]}." if self.folders else ""
        raise NoteError(f"The picture {shown} is not there.{where}")


def picture_folders(workspace: Workspace, note_id: int) -> PictureFolders:
    """Return where the pictures of a note may lie."""
    with workspace.store.read() as tx:
        stored = next((note for note in tx.notes.all() if note.id == note_id), None)
    if stored is None:
        return PictureFolders(())
    media = (stored.front_matter.get("raw") or {}).get("anki")
    said = media.get("media") if isinstance(media, dict) else None
    if said and Path(str(said)).name == str(said):
        return PictureFolders((workspace.home.media / str(said),))
    return PictureFolders(_folders(stored.path))


def _folders(key: str) -> tuple[Path, ...]:
    for prefix, name in ((COURSE, "content"), (LABS, "labs")):
        if key.startswith(prefix):
            return ((bundled(name) / key.removeprefix(prefix)).parent,)
    own = Path(file_of(key)).parent
    vault = next((folder for folder in (own, *own.parents) if (folder / ".obsidian").is_dir()), own)
    above = [folder for folder in (own, *own.parents) if folder.is_relative_to(vault)]
    beside = [folder / name for folder in above for name in (*_BESIDE, _attachments(vault)) if name]
    return tuple(dict.fromkeys([*above, *beside]))


def _attachments(vault: Path) -> str:
    """Return the folder that Obsidian is set to put pictures in; empty where it is not."""
    try:
        said = json.loads((vault / ".obsidian" / "app.json").read_text(encoding="utf-8"))
        return str(said["attachmentFolderPath"]).removeprefix("./")
    except (OSError, ValueError, KeyError, TypeError):
        return ""
