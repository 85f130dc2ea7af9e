"""Counts that a researcher asks for in SPARQL are those of things, not of the passages that speak of them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from gfmd_kg.paths import ROOT_VARIABLE, Layout

COMMAND = Path(sys.executable).parent / "gfmd-kg"
COUNTS = [
    ("SELECT (COUNT(?m) AS ?n) { ?m a gfmd:Mechanism }", 55),
    ("SELECT (COUNT(?a) AS ?n) { ?a a gfmd:AreaOfActivity }", 17),
    ("SELECT (COUNT(?e) AS ?n) { ?e a gfmd:CompactElement }", 24),
]


@pytest.mark.parametrize(("query", "number"), COUNTS)
def test_a_thing_counts_once_at_the_endpoint(live_server: str, query: str, number: int):
    answer = httpx.get(f"{live_server}/sparql", params={"query": query})
    assert answer.json()["results"]["bindings"][0]["n"]["value"] == str(number)


@pytest.mark.parametrize("store", ["", "disk"])
def test_a_thing_counts_once_on_the_command_line(live: Layout, store: str):
    query, number = COUNTS[0]
    done = subprocess.run(
        [COMMAND, "sparql", query],
        env={**os.environ, ROOT_VARIABLE: str(live.root), "GFMD_KG_STORE": store},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.split() == ["n", str(number)]
