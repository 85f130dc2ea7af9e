"""Canned answers while strangers' queries run away, and what becomes of those queries."""

from __future__ import annotations

import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median
from urllib.parse import urlencode

from bench.cached import PATHS
from bench.load import CONNECTIONS, Load, Request, against, faultless, press, tails
from bench.plan import Plan
from bench.processes import Server, descendants, processor_seconds, serving
from bench.questions import distinct_questions
from bench.rows import Row, at_most, ratio
from gfmd_kg.catalogue.service import open_service
from gfmd_kg.paths import find_layout

LIMIT = 3.0
"""Seconds that an ad-hoc query may take in these runs."""
AT_ONCE = 8
GRACE = 0.1
QUERIES = (
    "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    "SELECT (COUNT(*) AS ?n) { ?a (!rdf:nil|^!rdf:nil)+ ?b . ?b (!rdf:nil)+ ?c }",
    "SELECT ?a ?d { ?a ?b ?c . ?d ?e ?f } ORDER BY ?f ?c",
    "SELECT (COUNT(*) AS ?n) { ?a (<urn:x>|!<urn:x>)* ?b . ?c ?d ?e }",
)
_SAMPLE_SECONDS = 0.5
_IDLE_SHARE = 0.1


@dataclass(frozen=True)
class Ending:
    """How a runaway ended: status, and seconds from sending to answer."""

    status: int
    seconds: float


def measure(plan: Plan) -> Iterator[Row]:
    """Quiet and troubled rounds in turn, for answers asked before and for answers worked out anew."""
    endings: list[Ending] = []
    spent: list[float] = []
    cached = [Request(PATHS["JSON, {} kB"], {})]
    catalogue = open_service(find_layout()).catalogue
    fresh = [Request(question.path, {}) for question in distinct_questions(catalogue)]
    kinds: tuple[tuple[str, list[Request], dict[str, str]], ...] = (
        ("asked before", cached, {}),
        ("never asked before", fresh, {"GFMD_KG_CACHE_MB": "0"}),
    )
    for name, requests, settings in kinds:
        limits = {"GFMD_KG_QUERY_SECONDS": str(LIMIT), "GFMD_KG_CLIENT_QUERIES": str(AT_ONCE)}
        with serving({**limits, **settings}) as server:
            press(server.address, requests, 2 * plan.seconds)
            quiet: list[Load] = []
            troubled: list[Load] = []
            for _ in range(plan.rounds):
                quiet.append(press(server.address, requests, plan.seconds))
                troubled.append(_troubled(server, requests, plan.seconds, endings))
                spent.append(_still_spent(server))
        faultless({f"{name}, quiet": quiet, f"{name}, beside runaways": troubled})
        detail = against(tails(troubled), tails(quiet), f" ms; {CONNECTIONS} connections")
        yield at_most(
            f"p99 of answers {name} beside {AT_ONCE} runaways, against the quiet p99",
            ratio(tails(troubled), tails(quiet)),
            2.0,
            detail,
        )
    yield from _ended(endings, spent)


def _troubled(server: Server, requests: list[Request], seconds: int, endings: list[Ending]) -> Load:
    threads = [
        threading.Thread(target=_run_away, args=(server, QUERIES[number % len(QUERIES)], endings))
        for number in range(AT_ONCE)
    ]
    for thread in threads:
        thread.start()
    time.sleep(0.2)
    try:
        return press(server.address, requests, seconds)
    finally:
        for thread in threads:
            thread.join()


def _run_away(server: Server, query: str, endings: list[Ending]) -> None:
    data = urlencode({"query": query}).encode()
    request = urllib.request.Request(f"{server.address}/sparql", data)
    started = time.monotonic()
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            answer.read()
            status = answer.status
    except urllib.error.HTTPError as error:
        error.read()
        status = error.code
    endings.append(Ending(status, time.monotonic() - started))


def _still_spent(server: Server) -> float:
    """Share of a processor that the children still use once every runaway has its answer.

    New workers load the release first; that is waited for.
    """
    time.sleep(1.0)
    before = {pid: processor_seconds(pid) or 0.0 for pid in descendants(server.pid)}
    time.sleep(_SAMPLE_SECONDS)
    after = {pid: processor_seconds(pid) or 0.0 for pid in before}
    return sum(max(0.0, after[pid] - before[pid]) for pid in before) / _SAMPLE_SECONDS


def _ended(endings: list[Ending], spent: list[float]) -> Iterator[Row]:
    statuses = sorted({ending.status for ending in endings})
    counted = ", ".join(f"{sum(e.status == status for e in endings)} × {status}" for status in statuses)
    proper = set(statuses) <= {503, 504}
    yield Row(f"how {len(endings)} runaways ended", counted, "503 or 504", proper)
    worst = max(endings, key=lambda ending: ending.seconds)
    middle = median(ending.seconds for ending in endings if ending.status == worst.status)
    yield at_most(
        f"seconds from sending a runaway to its end, limit {LIMIT:g} s",
        worst.seconds,
        LIMIT + GRACE,
        f"the slowest, a {worst.status}; median of those {middle:.2f} s",
        " s",
    )
    yield at_most(
        "share of a processor that workers use after that", max(spent), _IDLE_SHARE, "the worst of all rounds"
    )
