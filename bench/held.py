"""Memory of each process of a server over the real release."""

from __future__ import annotations

import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from bench.plan import Plan
from bench.processes import Server, descendants, fetch, memory, serving
from bench.rows import Row, at_most

MAX_MIB = 120.0
_COUNT = "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }"
_CALM_SECONDS = 1.0


def measure(_: Plan) -> Iterator[Row]:
    """After every kind of answer was given, and the workers have loaded."""
    with serving() as server:
        _use(server)
        yield _row("the server process", server.pid)
        for number, pid in enumerate(descendants(server.pid), 1):
            yield _row(f"{_what(pid)} {number}", pid)


def _use(server: Server) -> None:
    for path in (
        "/queries/coverage-matrix?format=json",
        "/queries/practices?format=csv",
        "/doc/mechanism/rcm",
    ):
        fetch(server.address + path)
    for _ in range(8):
        request = urllib.request.Request(f"{server.address}/sparql?query={quote(_COUNT)}")
        with urllib.request.urlopen(request, timeout=60) as answer:
            answer.read()
    time.sleep(_CALM_SECONDS)


def _what(pid: int) -> str:
    command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    return "query worker" if "worker" in command else "child process"


def _row(name: str, pid: int) -> Row:
    found = memory(pid)
    return at_most(
        f"memory of {name}", found["Rss"], MAX_MIB, f"resident; PSS {found['Pss']:.0f} MiB", " MiB"
    )
