"""Where the time goes: the stages of one answer, of a start and of a build, measured one by one."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from bench.processes import environment
from gfmd_kg.build.freeze import frozen_bytes, scopes
from gfmd_kg.build.load import load_all
from gfmd_kg.catalogue.registry import load_queries
from gfmd_kg.paths import find_layout
from gfmd_kg.release import current_release
from gfmd_kg.store.engines.memory import EmbeddedEngine

T = TypeVar("T")
Stage = tuple[str, float]
"""A name and seconds."""


def start_stages() -> Iterator[Stage]:
    """What a server does before it answers."""
    yield "Python itself", _import_seconds("pass")
    yield "importing the command line", _import_seconds("import gfmd_kg.cli.main")
    yield (
        "importing the server after it",
        _import_seconds("import gfmd_kg.cli.main, uvicorn, gfmd_kg_api.app")
        - _import_seconds("import gfmd_kg.cli.main"),
    )
    layout = find_layout()
    found, seconds = timed(lambda: current_release(layout.release))
    yield "checking the digest of the release", seconds
    yield (
        "loading the release into the engine",
        timed(lambda: EmbeddedEngine.load(found.quads, found.identity))[1],
    )
    yield "reading the canned queries", timed(lambda: load_queries(layout.queries))[1]


def build_stages() -> Iterator[Stage]:
    """What a build does."""
    from gfmd_kg.build.reason import infer  # noqa: PLC0415  (slow to import, and counted apart)
    from gfmd_kg.build.validate import qc_faults, validate  # noqa: PLC0415

    layout = find_layout()
    yield (
        "importing rdflib, owlrl and pySHACL",
        _import_seconds("import gfmd_kg.build.reason, gfmd_kg.build.validate"),
    )
    quads, seconds = timed(lambda: load_all(layout))
    yield "parsing", seconds
    rules = timed(lambda: qc_faults(quads, layout))[1]
    yield "shapes, with pySHACL", timed(lambda: validate(quads, layout))[1] - rules
    yield "rules of queries/qc", rules
    inferred, seconds = timed(lambda: infer(quads))
    yield "reasoning, OWL 2 RL", seconds
    everything = [*quads, *inferred, *scopes(quads)]
    yield "canonical form and sorting", timed(lambda: frozen_bytes(everything))[1]


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """What ``work`` returns, and the seconds it took."""
    started = time.perf_counter()
    found = work()
    return found, time.perf_counter() - started


def _import_seconds(program: str) -> float:
    runs = []
    for _ in range(3):
        command = [sys.executable, "-c", program]
        runs.append(timed(lambda command=command: subprocess.run(command, check=True, env=environment()))[1])  # type: ignore[misc]
    return sorted(runs)[1]
