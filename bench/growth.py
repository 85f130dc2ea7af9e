"""What becomes of answers as the data grows: questions about one thing, and lists that grow with it."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median

from pyoxigraph import Store

from bench.plan import Plan
from bench.releases import SCRATCH, copied
from bench.rows import Row, at_most, ratio
from gfmd_kg.catalogue.model import CannedQuery
from gfmd_kg.catalogue.registry import Catalogue, load_queries
from gfmd_kg.gc_tuning import tune_gc
from gfmd_kg.paths import Layout, find_layout
from gfmd_kg.release import Release, current_release
from gfmd_kg.store.engines.loading import load_checked
from gfmd_kg.store.engines.memory import EmbeddedEngine

POINTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "areas-by-mechanism": ("mechanism", ("sacm", "rcm", "colombo-process", "midsa", "bali-process")),
    "mechanism-profile": ("mechanism", ("sacm", "rcm", "colombo-process", "midsa", "bali-process")),
    "members-of": ("mechanism", ("5-plus-5-dialogue", "colombo-process", "rcm", "midsa", "igc")),
    "guiding-questions": ("roundtable", ("gfmd-2017-rt-1.1", "gfmd-2017-rt-1.2", "gfmd-2017-rt-2.1")),
    "evidence": ("subject", ("mechanism/sacm", "mechanism/rcm", "mechanism/midsa", "mechanism/igc")),
}
"""Questions about one thing, whose answers do not grow with the data. The first thing of each is asked about
before the clock runs, so that the members of its scheme are known, as in a server that has run a while. A
first pass reads from disk what the following ones find in memory; it is told apart."""
LISTINGS: dict[str, dict[str, list[str]]] = {
    "mechanisms-by-area": {"area": ["anti-trafficking"]},
    "practices": {},
    "survey-respondents": {},
}
"""Questions whose rows grow as the data does."""
TIMES = 5
POINT_FACTOR, LINEAR_FACTOR = 3.0, 2.0
THOUSAND = 1000
_LONG = 10_000_000
"""Statements of a graph whose listings take minutes, and are timed once."""
_FREE = 24 * 1024**3
"""Bytes of disk that the thousandfold graph and its store need between them."""


@dataclass(frozen=True)
class Side:
    """A graph of one size, ready to be asked."""

    engine: EmbeddedEngine
    release: Release
    queries: dict[str, CannedQuery]

    def fresh(self) -> Catalogue:
        """A catalogue that knows no label or source yet, as for a new question."""
        return Catalogue(self.queries, self.engine, self.release.version)

    @property
    def statements(self) -> int:
        """How large the graph is."""
        return int(self.release.statistics()["statements"])


def measure(plan: Plan) -> Iterator[Row]:
    """Every size against the real one, in turn."""
    tune_gc()  # as every process of the project does
    base = _load(find_layout())
    for times in plan.sizes:
        yield from _compare(f"{times} times the data", base, _load(copied(times)))
    if plan.thousand:
        yield from _thousand()
    else:
        yield Row("1000 times the data", "not measured: ask for it with --thousand", f"≤ {POINT_FACTOR:g}")


def _compare(name: str, base: Side, larger: Side) -> Iterator[Row]:
    size = f"{larger.statements:,} statements".replace(",", " ")
    (first, first_larger), *passes = zip(_passes(base), _passes(larger), strict=True)
    factors = {
        query: ratio([two[query] for _, two in passes], [one[query] for one, _ in passes]) for query in POINTS
    }
    worst = max(factors, key=lambda query: factors[query])
    each = "; ".join(
        f"{query} {_middle(passes, 0, query):.1f} → {_middle(passes, 1, query):.1f} ms" for query in POINTS
    )
    yield at_most(
        f"questions about one thing, {name} ({size})", factors[worst], POINT_FACTOR, f"worst {worst}: {each}"
    )
    each = ", ".join(f"{query} {first[query]:.1f} → {first_larger[query]:.1f} ms" for query in POINTS)
    yield Row(f"the same the first time, {name}", each)
    rounds = TIMES if larger.statements < _LONG else 1
    listed = {query: [_listed_in_turn(base, larger, query) for _ in range(rounds)] for query in LISTINGS}
    factors = {
        query: median((ms / rows) / (base_ms / base_rows) for (base_ms, base_rows), (ms, rows) in found)
        for query, found in listed.items()
    }
    worst = max(factors, key=lambda query: factors[query])
    each = "; ".join(
        f"{query} {found[0][1][1]} rows {median(ms for _, (ms, _) in found):.0f} ms"
        for query, found in listed.items()
    )
    yield at_most(
        f"listings, {name}: time of a row against that on the real data",
        factors[worst],
        LINEAR_FACTOR,
        f"worst {worst}: {each}",
    )


def _middle(passes: Sequence[tuple[dict[str, float], dict[str, float]]], side: int, query: str) -> float:
    return median(each[side][query] for each in passes)


def _listed_in_turn(base: Side, larger: Side, query: str) -> tuple[tuple[float, int], tuple[float, int]]:
    # the short answer several times: the first finds what it needs driven out of the processor's caches by
    # the long one before it, and a pause of the machine counts for much in what takes milliseconds
    _listed(base, query)
    milliseconds, rows = zip(*(_listed(base, query) for _ in range(TIMES)), strict=True)
    return (median(milliseconds), rows[0]), _listed(larger, query)


def _listed(side: Side, query: str) -> tuple[float, int]:
    return _milliseconds(side.fresh(), query, LISTINGS[query])


def _passes(side: Side) -> Iterator[dict[str, float]]:
    """Mean milliseconds of each question in one pass and ``TIMES`` more.

    All catalogues are prepared before the first pass: what they read would drive out of memory what the
    passes need.
    """
    prepared = [{query: side.fresh() for query in POINTS} for _ in range(1 + TIMES)]
    for catalogues in prepared:
        for query, (param, things) in POINTS.items():
            catalogues[query].ask(query, {param: [things[0]]})
    for catalogues in prepared:
        yield {
            query: mean(_milliseconds(catalogues[query], query, {param: [thing]})[0] for thing in things[1:])
            for query, (param, things) in POINTS.items()
        }


def _milliseconds(catalogue: Catalogue, query: str, given: dict[str, list[str]]) -> tuple[float, int]:
    """Time and rows of one answer."""
    started = time.perf_counter()
    rows = catalogue.ask(query, given).total
    return 1000 * (time.perf_counter() - started), rows


def _thousand() -> Iterator[Row]:
    """The thousandfold graph in a store on disk, against the real graph in one."""
    name = f"{THOUSAND} times the data, both in a store on disk"
    free = shutil.disk_usage(SCRATCH.parent).free
    if free < _FREE:
        yield Row(name, f"not measured: {_FREE / 1e9:.0f} GB of disk are needed, {free / 1e9:.0f} are free")
        return
    base = _load_on_disk(find_layout(), SCRATCH / "disk-1")
    yield from _compare(name, base, _load_on_disk(copied(THOUSAND), SCRATCH / f"disk-{THOUSAND}"))


def _load(layout: Layout) -> Side:
    release = current_release(layout.release, check=False)
    return Side(EmbeddedEngine.load(release.quads, release.identity), release, load_queries(layout.queries))


def _load_on_disk(layout: Layout, folder: Path) -> Side:
    release = current_release(layout.release, check=False)
    place = folder / release.identity[:12]
    if not place.is_dir():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        unfinished = folder / "unfinished"
        store = Store(str(unfinished))
        load_checked(store, release.quads, release.identity)
        store.optimize()
        del store
        unfinished.rename(place)
    return Side(EmbeddedEngine(Store.read_only(str(place))), release, load_queries(layout.queries))
