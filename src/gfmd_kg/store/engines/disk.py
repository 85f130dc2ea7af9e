"""The release as a store on disk, which several processes open and share in the memory of the system."""

from __future__ import annotations

import errno
import shutil
import tempfile
from pathlib import Path

from pyoxigraph import RdfFormat, Store

from gfmd_kg.errors import EngineError, ReleaseError
from gfmd_kg.paths import locked
from gfmd_kg.release import Release
from gfmd_kg.store.engines.memory import EmbeddedEngine

SUFFIX = ".disk"
"""The store lies beside the folder of its release, which it is no part of, under the same name with this."""


def open_disk(release: Release) -> EmbeddedEngine:
    """Open the store of a release for reading; make it first if it is not there.

    Raises ``ReleaseError`` if it can neither be opened nor made; ``EngineError`` if this process may not make
    it, so that whoever waits for it can ask again once somebody else has.
    """
    path = disk_folder(release)
    try:
        if not path.is_dir():
            _make(release, path)
        return EmbeddedEngine(Store.read_only(str(path)))
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
    return release.folder.with_name(release.folder.name + SUFFIX)


def _make(release: Release, path: Path) -> None:
    with locked(path.parent / ".disk.lock"):
        if path.is_dir():  # another process was first
            return
        _tidy(path.parent)
        scratch = Path(tempfile.mkdtemp(prefix=".new-disk-", dir=path.parent))
        try:
            store = Store(str(scratch / "store"))
            store.bulk_load(path=str(release.quads), format=RdfFormat.N_QUADS)
            store.flush()
            del store  # closes it: only then may others open it
            (scratch / "store").rename(path)
        finally:
            shutil.rmtree(scratch)


def _tidy(folder: Path) -> None:
    for old in folder.glob(f"*{SUFFIX}"):
        if not (folder / old.name.removesuffix(SUFFIX)).is_dir():
            shutil.rmtree(old)
    for broken in folder.glob(".new-disk-*"):
        shutil.rmtree(broken)
