"""Where the project's files lie: in a checkout, or inside the installed wheel.

A checkout is recognised by its ``ontology`` and ``data`` folders beside ``src``; a wheel carries the
shared files and its release in ``gfmd_kg/share``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


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
    """The checkout this package lies in, or the files that its wheel carries."""
    here = Path(__file__).resolve().parent
    checkout = here.parent.parent
    if (checkout / "ontology").is_dir() and (checkout / "data").is_dir():
        return Layout(checkout)
    return Layout(here / "share")
