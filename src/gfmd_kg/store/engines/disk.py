"""The release as a store on disk, which several processes open and share in the memory of the system.

The store lies in a folder named by the digest of its release, with a marker that is written once the checked
statements are in it: the digest, the form of the store, and which files they made. Whoever opens it looks
at the marker first.
"""

from __future__ import annotations

import errno
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from pyoxigraph import Store

from gfmd_kg.errors import EngineError, ReleaseError
from gfmd_kg.paths import locked
from gfmd_kg.release import NAME_LENGTH, Release
from gfmd_kg.store.engines.loading import load_checked
from gfmd_kg.store.engines.memory import EmbeddedEngine

SUFFIX = ".disk"
"""The store lies beside the folder of its release, which it is no part of, under the same name with this."""

_STORE, _MARKER = "store", "release.json"
_FORM = 2
"""What a store holds besides the graphs: since 2 their merge, in the default graph. Others are made again."""
_CHANGING = frozenset(["LOCK", "LOG"])
"""Files that the engine writes without a change of what it holds."""


def open_checked(folder: Path, identity: str) -> Store:
    """The store in ``folder``, for reading. Raises ``ReleaseError`` for another release's, or ``OSError``."""
    if not _belongs(folder, identity):
        raise ReleaseError(f"The store in {folder} is not that of release {identity[:12]}, or not whole.")
    return Store.read_only(str(folder / _STORE))


def _belongs(folder: Path, identity: str) -> bool:
    """Whether the marker says so. The engine has checksums of its own for what it reads in the files."""
    try:
        marker = json.loads((folder / _MARKER).read_text(encoding="utf-8"))
        return bool(marker == _marker(folder / _STORE, identity))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return False


def _marker(store: Path, identity: str) -> dict[str, Any]:
    files = {path.name: path.stat().st_size for path in store.iterdir() if path.name not in _CHANGING}
    return {"identity": identity, "form": _FORM, "files": files}


def open_disk(release: Release) -> EmbeddedEngine:
    """Open the store of a release for reading; make it first if it is not there, or not that of the release.

    Raises ``ReleaseError`` if it can neither be opened nor made; ``EngineError`` if this process may not make
    it, so that whoever waits for it can ask again once somebody else has.
    """
    path = disk_folder(release)
    try:
        if not _belongs(path, release.identity):
            _make(release, path)
        return EmbeddedEngine(open_checked(path, release.identity))
    except OSError as error:
        if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
            raise EngineError(
                f"The store of release {release.version} is not there, and nothing may be written to "
                f"{path.parent}: make it with 'GFMD_KG_STORE=disk gfmd-kg queries' as the user who builds."
            ) from error
        raise ReleaseError(
            f"The store of release {release.version} cannot be opened or made in {path.parent}: {error}"
        ) from error


def disk_folder(release: Release) -> Path:
    """Where the store of a release lies, or will."""
    return release.folder.with_name(release.identity[:NAME_LENGTH] + SUFFIX)


def _make(release: Release, path: Path) -> None:
    with locked(path.parent / ".disk.lock"):
        if _belongs(path, release.identity):  # another process was first
            return
        _tidy(path.parent)
        scratch = Path(tempfile.mkdtemp(prefix=".new-disk-", dir=path.parent))
        try:
            made = scratch / "made"
            made.mkdir()
            store = Store(str(made / _STORE))
            load_checked(store, release.quads, release.identity)
            store.flush()
            del store  # closes it: only then may others open it
            marker = _marker(made / _STORE, release.identity)
            (made / _MARKER).write_text(json.dumps(marker) + "\n", encoding="utf-8")
            if path.exists():
                path.rename(scratch / "spoilt")
            made.rename(path)
        finally:
            shutil.rmtree(scratch)


def _tidy(folder: Path) -> None:
    for old in folder.glob(f"*{SUFFIX}"):
        if not (folder / old.name.removesuffix(SUFFIX)).is_dir():
            shutil.rmtree(old)
    for broken in folder.glob(".new-disk-*"):
        shutil.rmtree(broken)
