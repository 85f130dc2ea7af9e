"""The files of the data are laid out as the formatter lays them out, with the prefixes of the project."""

from __future__ import annotations

from pathlib import Path

import pytest

from gfmd_kg.build.format import canonical
from gfmd_kg.namespaces import load_prefixes

ROOT = Path(__file__).parents[2]
PREFIXES = load_prefixes(ROOT / "ontology" / "prefixes.ttl")
FILES = sorted((ROOT / "data").rglob("*.trig"))


def test_there_are_files():
    assert len(FILES) > 30


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT / "data")))
def test_a_file_is_in_the_canonical_layout(path: Path):
    text = path.read_text(encoding="utf-8")
    assert canonical(text, path, PREFIXES) == text


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT / "data")))
def test_a_file_uses_the_prefixes_of_the_project(path: Path):
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("@prefix"):
            _, name, iri, _ = line.split()
            assert PREFIXES[name.removesuffix(":")] == iri.strip("<>")
