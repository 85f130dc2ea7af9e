"""Read a release: an immutable N-Quads file whose digest is its identity, with what is known of it.

A release lies in ``release/{first digits of its identity}/``; the pointer ``release/current`` names the one
in force. ``gfmd_kg.build.freeze`` writes them.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gfmd_kg.errors import ReleaseError

QUADS = "gfmd-kg.nq"
STATISTICS = "statistics.json"
VALIDATION = "validation.nt"
MANIFEST = "release.json"
POINTER = "current"

NAME_LENGTH = 16
"""How many digits of the digest name the folder of a release."""
_NAME = re.compile(r"[0-9a-f]{16}")
_DIGEST = re.compile(r"[0-9a-f]{64}")

Pointer = tuple[str, int] | None
"""What the pointer says and when it was written, in nanoseconds; ``None`` if there is none."""

_PIECE = 64 * 1024 * 1024


@dataclass(frozen=True)
class Release:
    """One release on disk. ``identity`` is the SHA-256 (hex) of its N-Quads file."""

    folder: Path
    identity: str
    inputs: str

    @property
    def quads(self) -> Path:
        return self.folder / QUADS

    @property
    def version(self) -> str:
        """The short form of the identity that answers and file names carry."""
        return self.identity[:12]

    def statistics(self) -> dict[str, Any]:
        """Counts of statements, graphs and things, as frozen with the release."""
        content: dict[str, Any] = json.loads((self.folder / STATISTICS).read_text(encoding="utf-8"))
        return content


def current_release(folder: Path, *, check: bool = True) -> Release:
    """The release in force; ``check`` recomputes its digest. Raises ``ReleaseError``."""
    try:
        name = (folder / POINTER).read_text(encoding="utf-8").strip()
        release = _read_release(folder, name)
    except FileNotFoundError as error:
        raise ReleaseError(f"No release is built in {folder}: run 'gfmd-kg build' first.") from error
    except (OSError, ValueError, RecursionError) as error:
        raise unreadable(folder, error) from error
    if check:
        check_digest(release)
    return release


def _read_release(folder: Path, name: str) -> Release:
    """The release in the folder ``name``; ``ValueError`` unless its manifest is that of one of this name."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"'{name[:40]}' is not the name of a release")
    manifest = json.loads((folder / name / MANIFEST).read_text(encoding="utf-8"))
    match manifest:
        case {"identity": str(identity), "inputs": str(inputs)} if _DIGEST.fullmatch(identity):
            if identity[:NAME_LENGTH] != name:
                raise ValueError(f"{MANIFEST} names another digest than its folder")
            return Release(folder / name, identity, inputs)
    raise ValueError(f"{MANIFEST} names no digest and inputs")


def check_digest(release: Release) -> None:
    """Raise ``ReleaseError`` unless the statements on disk are those that the release is named by."""
    try:
        digest = _sha256(release.quads)
    except OSError as error:
        raise unreadable(release.folder.parent, error) from error
    if digest != release.identity:
        raise ReleaseError(f"The release {release.version} is damaged: its digest is {digest[:12]}.")


def _sha256(path: Path) -> str:
    """SHA-256 (hex) of a file, in few pieces: before each, another thread may have to be waited for."""
    total = hashlib.sha256()
    with path.open("rb", buffering=0) as file:
        while piece := file.read(_PIECE):
            total.update(piece)
    return total.hexdigest()


def unreadable(folder: Path, error: Exception) -> ReleaseError:
    """What is told of a release in ``folder`` that cannot be read."""
    return ReleaseError(f"The release in {folder} cannot be read ({error}): run 'gfmd-kg build' again.")


def read_pointer(folder: Path) -> Pointer:
    """The pointer to the release in force as it is now."""
    pointer = folder / POINTER
    try:
        # whatever it holds: one that is no text is another than before, and told as damaged when it is opened
        return pointer.read_bytes().decode("utf-8", "replace").strip(), pointer.stat().st_mtime_ns
    except OSError:
        return None
