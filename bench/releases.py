"""Releases to measure on: the real one, and copies of it in folders that look like a checkout."""

from __future__ import annotations

from pathlib import Path

from bench.processes import ROOT
from bench.synthetic import freeze_copies
from gfmd_kg.paths import Layout, find_layout
from gfmd_kg.release import Release, current_release

SCRATCH = ROOT / "bench" / ".scratch"
_SHARED = ("ontology", "shapes", "queries", "data")


def real_release() -> Release:
    """The release that is built; raises ``ReleaseError`` if none is."""
    return current_release(find_layout().release)


def copied(times: int) -> Layout:
    """The layout of the graph that is ``times`` as large; made once, and kept for later runs."""
    real = real_release()
    layout = sibling(f"x{times}")
    freeze_copies(real, times, layout.release)
    return layout


def sibling(name: str) -> Layout:
    """A folder that shares all but the release with this checkout."""
    root = SCRATCH / name
    (root / "release").mkdir(parents=True, exist_ok=True)
    for shared in _SHARED:
        link = root / shared
        if not link.is_symlink():
            link.symlink_to(Path("..") / ".." / ".." / shared, target_is_directory=True)
    return Layout(root)
