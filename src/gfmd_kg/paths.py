"""Where the project's files lie: in a checkout, or inside the installed wheel.

A checkout is recognised by its ``ontology`` and ``data`` folders beside ``src``; a wheel carries the
shared files and its release in ``gfmd_kg/share``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gfmd_kg.errors import PlatformError

ROOT_VARIABLE = "GFMD_KG_ROOT"
"""Environment variable: the folder that holds ontology, shapes, queries and release."""


@dataclass(frozen=True)
class Layout:
    """The folders of one project tree. ``data`` is absent in a wheel, which only carries a release."""

    root: Path

    @property
    def ontology(self) -> Path:
        return self.root / "ontology"

    @property
    def shapes(self) -> Path:
        return self.root / "shapes"

    @property
    def queries(self) -> Path:
        return self.root / "queries"

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def release(self) -> Path:
        return self.root / "release"

    @property
    def prefixes(self) -> Path:
        return self.ontology / "prefixes.ttl"


def find_layout() -> Layout:
    """The tree that ``GFMD_KG_ROOT`` names, the checkout this package lies in, or the files of its wheel."""
    named = os.environ.get(ROOT_VARIABLE)
    if named:
        return Layout(Path(named).absolute())
    here = Path(__file__).resolve().parent
    checkout = here.parent.parent
    if (checkout / "ontology").is_dir() and (checkout / "data").is_dir():
        return Layout(checkout)
    return Layout(here / "share")


def require_unix(what: str) -> None:
    """Raise ``PlatformError`` on a system without the locks, limits and signals that ``what`` needs."""
    try:
        import fcntl  # noqa: F401, PLC0415  (there on every Unix system, and nowhere else)
    except ImportError:
        raise PlatformError(f"{what} needs a Unix system: Linux, macOS, or WSL on Windows.") from None


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Let one process at a time into the block; the lock goes with the process, killed or not.

    Raises ``PlatformError`` where the system has no such locks.
    """
    require_unix("Writing a release")
    import fcntl  # noqa: PLC0415  (what only reads needs no lock, and works without)

    with file.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
