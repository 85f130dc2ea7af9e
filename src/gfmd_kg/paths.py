"""Where the project's files lie: in a checkout, or inside the installed wheel.

A checkout is recognised by its ``ontology`` and ``data`` folders beside ``src``; a wheel carries the
shared files and its release in ``gfmd_kg/share``.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

ROOT_VARIABLE = "GFMD_KG_ROOT"
"""Environment variable: the folder of another project tree."""


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
