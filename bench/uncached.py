"""Canned answers that are worked out anew, against engines that answer the bare query text."""

from __future__ import annotations

import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from bench.cached import PROCESSES
from bench.load import Request, against, alternate, faultless, press, rates
from bench.plan import Plan
from bench.processes import PEERS, Server, free_port, running, serving
from bench.questions import Question, distinct_questions
from bench.rows import Row, at_least, at_most, ratio
from gfmd_kg.catalogue.formats import find_answer_format
from gfmd_kg.catalogue.registry import Catalogue, load_queries
from gfmd_kg.catalogue.service import Service, open_service
from gfmd_kg.paths import find_layout
from gfmd_kg.store.engine import QueryEngine, Solutions

RESULTS = "application/sparql-results+json"
SIMPLE = ("areas-by-mechanism", "recommendations", "recurrent-recommendations")
"""What rdflib-endpoint is asked: with most other queries one answer alone takes it minutes."""


class Timed:
    """A ``QueryEngine`` that adds up the seconds its engine takes."""

    def __init__(self, engine: QueryEngine) -> None:
        self._engine = engine
        self.seconds = 0.0

    def select(self, text: str) -> Solutions:
        """See ``QueryEngine``."""
        started = time.perf_counter()
        try:
            return self._engine.select(text)
        finally:
            self.seconds += time.perf_counter() - started

    def close(self) -> None:
        """See ``QueryEngine``."""
        self._engine.close()


def measure(plan: Plan) -> Iterator[Row]:
    """Throughput against both peers, then what the layer around the engine costs."""
    service = open_service(find_layout())
    questions = distinct_questions(service.catalogue)
    settings = {"GFMD_KG_CACHE_MB": "0", PROCESSES: "2"}
    with serving(settings) as ours:
        _warm(ours, questions)
        yield _against_oxigraph(plan, ours, service, questions)
        yield _against_rdflib(plan, ours, service, questions)
    yield from layer(service, questions)


def layer(service: Service, questions: Sequence[Question]) -> Iterator[Row]:
    """What labels, sources, folding and dressing add to the time that the engine takes for the same texts."""
    engine = Timed(service.engine)
    catalogue = Catalogue(load_queries(service.layout.queries), engine, service.release.version)
    writer = find_answer_format("json")
    around: list[float] = []
    writing: list[float] = []
    fetched: list[float] = []
    for again in (False, True):
        for question in questions:
            engine.seconds = 0.0
            started = time.perf_counter()
            answer = catalogue.ask(question.query.id, question.given)
            asked = time.perf_counter()
            writer.write(answer, {})
            if again:
                around.append(1000 * (asked - started - engine.seconds))
                writing.append(1000 * (time.perf_counter() - asked))
                fetched.append(1000 * engine.seconds)
    detail = f"median of {len(questions)} questions; mean {sum(around) / len(around):.2f} ms"
    yield at_most("the layer around the engine, per answer", median(around), 0.5, detail, " ms")
    yield Row(
        "the engine itself, per answer",
        f"{median(fetched):.2f} ms (mean {sum(fetched) / len(fetched):.2f} ms)",
    )
    yield Row(
        "writing JSON, per answer", f"{median(writing):.2f} ms (mean {sum(writing) / len(writing):.2f} ms)"
    )


def _warm(ours: Server, questions: Sequence[Question]) -> None:
    """Labels and sources are kept for good once looked up; ask each question once, as a day of use would."""
    for question in questions:
        with urllib.request.urlopen(ours.address + question.path, timeout=60) as answer:
            answer.read()


def _against_oxigraph(plan: Plan, ours: Server, service: Service, questions: Sequence[Question]) -> Row:
    texts = [question.text(service.catalogue) for question in questions]
    asked = [Request(question.path, {}) for question in questions]
    bare = [_post("/query", text) for text in texts]
    with oxigraph(service.release.quads) as theirs:
        loads = alternate(
            {
                "ours": lambda: press(ours.address, asked, 2 * plan.seconds),
                "oxigraph": lambda: press(theirs.address, bare, 2 * plan.seconds),
            },
            plan.rounds,
        )
    faultless(loads)
    detail = f"{against(rates(loads['ours']), rates(loads['oxigraph']), ' /s')}; {len(questions)} questions"
    name = "never asked before, against oxigraph serve with the bare text"
    return at_least(name, ratio(rates(loads["ours"]), rates(loads["oxigraph"])), 0.6, detail)


def _against_rdflib(plan: Plan, ours: Server, service: Service, questions: Sequence[Question]) -> Row:
    """One request at a time for both: rdflib holds the interpreter's lock, and gains nothing from more."""
    first = {question.query.id: question for question in reversed(questions)}
    chosen = [first[query] for query in SIMPLE]
    asked = [Request(question.path, {}) for question in chosen]
    bare = [_post("/", question.text(service.catalogue)) for question in chosen]
    with _rdflib(service.release.quads) as theirs:
        seconds = alternate(
            {"ours": lambda: _one_by_one(ours, asked), "rdflib": lambda: _one_by_one(theirs, bare)},
            plan.rounds,
        )
    faster = ratio(seconds["rdflib"], seconds["ours"])
    times = against([1000 * s for s in seconds["ours"]], [1000 * s for s in seconds["rdflib"]], " ms")
    detail = f"{times} for one answer of each of the {len(chosen)} queries that it answers within seconds"
    return at_least("never asked before, against rdflib-endpoint with the bare text", faster, 15, detail)


def _post(path: str, text: str) -> Request:
    return Request(path, {"Content-Type": "application/sparql-query", "Accept": RESULTS}, text)


@contextmanager
def oxigraph(quads: Path) -> Iterator[Server]:
    """``oxigraph serve`` with the statements of a release, in memory, merged in its default graph."""
    port = free_port()
    with running([PEERS / "oxigraph", "serve", "--bind", f"127.0.0.1:{port}"], port) as server:
        request = urllib.request.Request(
            f"{server.address}/store", quads.read_bytes(), {"Content-Type": "application/n-quads"}
        )
        with urllib.request.urlopen(request, timeout=120) as answer:
            answer.read()
        merging = urllib.request.Request(
            f"{server.address}/update",
            b"INSERT { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o } }",
            {"Content-Type": "application/sparql-update"},
        )
        with urllib.request.urlopen(merging, timeout=120) as answer:
            answer.read()
        yield server


@contextmanager
def _rdflib(quads: Path) -> Iterator[Server]:
    port = free_port()
    script = Path(__file__).with_name("rdflib_peer.py")
    with running([PEERS / "python", script, str(port), quads], port) as server:
        yield server


def _one_by_one(server: Server, requests: Sequence[Request]) -> float:
    """Seconds until each request in turn is answered."""
    started = time.monotonic()
    for each in requests:
        data = each.body.encode() or None
        request = urllib.request.Request(server.address + each.path, data, dict(each.headers))
        with urllib.request.urlopen(request, timeout=300) as answer:
            answer.read()
    return time.monotonic() - started
