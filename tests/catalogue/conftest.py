"""The catalogue over an invented graph."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.catalogue.invented import QUERY, TRIG, Engine

from gfmd_kg.catalogue.registry import Catalogue, load_queries


@pytest.fixture
def invented(tmp_path: Path) -> Catalogue:
    """One canned query, ``all-there-is``, with a column of every type."""
    (tmp_path / "queries" / "topic").mkdir(parents=True)
    (tmp_path / "queries" / "topic" / "all-there-is.rq").write_text(QUERY, encoding="utf-8")
    return Catalogue(load_queries(tmp_path / "queries"), Engine(TRIG), "v1")
