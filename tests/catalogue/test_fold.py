"""Rows are made of what an engine gives, if it gives what was asked for."""

from __future__ import annotations

import pytest

from gfmd_kg.catalogue.rows import fold
from gfmd_kg.errors import EngineError
from gfmd_kg.store.engine import Solutions


def test_an_engine_that_gives_other_columns_has_failed(service):
    header = service.catalogue.get("mechanisms").header
    with pytest.raises(EngineError, match="lacks what the query selects: mechanism, "):
        fold(Solutions(("set",), ()), header)
