"""A small project tree of its own: the real ontology, shapes and rules, with data that a test can spoil."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from gfmd_kg.paths import Layout

ROOT = Path(__file__).parents[2]


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """A copy of everything that a release is built from; no release yet."""
    for name in ("ontology", "shapes", "queries", "data"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return Layout(tmp_path)
