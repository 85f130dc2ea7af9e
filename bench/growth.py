"""What becomes of answers as the data grows: questions about one thing, and lists that grow with it."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median

from pyoxigraph import RdfFormat, Store

from bench.plan import Plan
from bench.releases import SCRATCH, copied
from bench.rows import Row, at_most
from gfmd_kg.build.release import Release, current_release
from gfmd_kg.catalogue.registry import Catalogue, load_queries
from gfmd_kg.garbage import collect_rarely
from gfmd_kg.paths import Layout, find_layout
from gfmd_kg.store.embedded import EmbeddedEngine

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
TIMES = 3
POINT_FACTOR, LINEAR_FACTOR = 3.0, 2.0
THOUSAND = 1000
_LONG = 10_000_000
"""Statements of a graph whose listings take minutes, and are timed once."""
_FREE = 24 * 1024**3
"""Bytes of disk that the thousandfold graph and its store need between them."""


@dataclass(frozen=True)
class Timing:
    """Milliseconds of each question about one thing, and of its first time; of each listing, and its rows."""

    statements: int
    points: dict[str, float]
    first: dict[str, float]
    listings: dict[str, tuple[float, int]]


def measure(plan: Plan) -> Iterator[Row]:
    """Every size against the real one."""
    collect_rarely()  # as every process of the project does
    base = _time(find_layout())
    for times in plan.sizes:
        yield from _compare(f"{times} times the data", base, _time(copied(times)))
    if plan.thousand:
        yield from _thousand()
    else:
        yield Row("1000 times the data", "not measured: ask for it with --thousand", f"≤ {POINT_FACTOR:g}")


def _compare(name: str, base: Timing, found: Timing) -> Iterator[Row]:
    factors = {query: found.points[query] / base.points[query] for query in found.points}
    worst = max(factors, key=lambda query: factors[query])
    size = f"{found.statements:,} statements".replace(",", " ")
    each = "; ".join(f"{query} {base.points[query]:.1f} → {ms:.1f} ms" for query, ms in found.points.items())
    yield at_most(
        f"questions about one thing, {name} ({size})", factors[worst], POINT_FACTOR, f"worst {worst}: {each}"
    )
    each = ", ".join(f"{query} {base.first[query]:.1f} → {ms:.1f} ms" for query, ms in found.first.items())
    yield Row(f"the same the first time, {name}", each)
    per_row = {
        query: (ms / rows) / (base.listings[query][0] / base.listings[query][1])
        for query, (ms, rows) in found.listings.items()
    }
    worst = max(per_row, key=lambda query: per_row[query])
    each = "; ".join(f"{query} {rows} rows {ms:.0f} ms" for query, (ms, rows) in found.listings.items())
    yield at_most(
        f"listings, {name}: time of a row against that on the real data",
        per_row[worst],
        LINEAR_FACTOR,
        f"worst {worst}: {each}",
    )


def _time(layout: Layout) -> Timing:
    release = current_release(layout.release, check=False)
    return _ask(layout, EmbeddedEngine.load(release.quads), release)


def _ask(layout: Layout, engine: EmbeddedEngine, release: Release) -> Timing:
    queries = load_queries(layout.queries)

    def fresh() -> Catalogue:
        return Catalogue(queries, engine, release.version)

    listings: dict[str, list[float]] = {}
    rows: dict[str, int] = {}
    statements = release.statistics()["statements"]
    first, *points = _passes(fresh)
    for _ in range(TIMES if statements < _LONG else 1):
        for query, given in LISTINGS.items():
            spent, rows[query] = _milliseconds(fresh(), query, given)
            listings.setdefault(query, []).append(spent)
    return Timing(
        statements=statements,
        points={query: median(each[query] for each in points) for query in POINTS},
        first=first,
        listings={query: (median(times), rows[query]) for query, times in listings.items()},
    )


def _passes(fresh: Callable[[], Catalogue]) -> list[dict[str, float]]:
    """Mean milliseconds of each question in one pass and ``TIMES`` more.

    Each has a new catalogue, so that labels and sources are looked up as for a new question. All are
    prepared before the first pass: what they read would drive out of memory what the passes need.
    """
    prepared = [{query: fresh() for query in POINTS} for _ in range(1 + TIMES)]
    for catalogues in prepared:
        for query, (param, things) in POINTS.items():
            catalogues[query].ask(query, {param: [things[0]]})
    return [
        {
            query: mean(_milliseconds(catalogues[query], query, {param: [thing]})[0] for thing in things[1:])
            for query, (param, things) in POINTS.items()
        }
        for catalogues in prepared
    ]


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
    base = _time_on_disk(find_layout(), SCRATCH / "disk-1")
    yield from _compare(name, base, _time_on_disk(copied(THOUSAND), SCRATCH / f"disk-{THOUSAND}"))


def _time_on_disk(layout: Layout, folder: Path) -> Timing:
    release = current_release(layout.release, check=False)
    place = folder / release.identity[:12]
    if not place.is_dir():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        store = Store(str(place))
        store.bulk_load(path=str(release.quads), format=RdfFormat.N_QUADS)
        store.optimize()
        del store
    engine = EmbeddedEngine(Store.read_only(str(place)))
    return _ask(layout, engine, release)
