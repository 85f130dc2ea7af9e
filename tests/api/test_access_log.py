"""A line for each answer, without what may tell of a person."""

from __future__ import annotations

import json

import httpx


def test_the_access_log_holds_no_question(serving):
    with serving(GFMD_KG_ACCESS_LOG="1") as (address, process):
        httpx.get(f"{address}/queries/practices", params={"text": "secret"})
        httpx.get(f"{address}/queries/none")
        process.terminate()
        lines = [json.loads(line) for line in process.stderr if line.startswith("{")]
    asked = [(line["method"], line["path"], line["status"]) for line in lines if "queries" in line["path"]]
    assert asked == [("GET", "/queries/practices", 200), ("GET", "/queries/none", 404)]
    assert all(set(line) == {"time", "method", "path", "status", "bytes", "ms"} for line in lines)
    assert "secret" not in json.dumps(lines)
