"""Ad-hoc SPARQL that nobody asked before: through guard, route, pipe and worker, against bare engines."""

from __future__ import annotations

import http.client
import json
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median
from urllib.parse import quote, urlsplit

from pyoxigraph import QueryResultsFormat, QuerySolutions, Store

from bench.cached import PROCESSES, ceiling
from bench.load import CONNECTIONS, Request, against, alternate, faultless, press, rates
from bench.plan import Plan
from bench.processes import Server, serving
from bench.rows import Row, at_least, at_most, ratio
from bench.uncached import RESULTS, oxigraph
from gfmd_kg.catalogue.schemes import find_scheme
from gfmd_kg.catalogue.service import Service, open_service
from gfmd_kg.paths import find_layout
from gfmd_kg.store.engines.loading import load_checked

_TEXTS = (
    "SELECT ?area WHERE {{ <{0}> <https://w3id.org/gfmd-kg/ontology#coversArea> ?area }} LIMIT {1}",
    "SELECT ?p ?o WHERE {{ <{0}> ?p ?o }} LIMIT {1}",
    "SELECT ?g ?s WHERE {{ GRAPH ?g {{ ?s ?p <{0}> }} }} LIMIT {1}",
)
"""About a thing, as researchers begin; the limit makes each text a new one."""
_SETTINGS = {"GFMD_KG_CACHE_MB": "0", "GFMD_KG_CLIENT_QUERIES": str(CONNECTIONS)}
_ROUNDS = 300


def measure(plan: Plan) -> Iterator[Row]:
    """Throughput of two processes against ``oxigraph serve``; then what stands around the engine."""
    service = open_service(find_layout())
    texts = _texts(service)
    asked = [_by_get("/sparql", text) for text in texts]
    bare = [_by_get("/query", text) for text in texts]
    with serving({**_SETTINGS, PROCESSES: "2"}) as ours, oxigraph(service.release.quads) as theirs:
        loads = alternate(
            {
                "ours": lambda: press(ours.address, asked, 2 * plan.seconds),
                "oxigraph": lambda: press(theirs.address, bare, 2 * plan.seconds),
            },
            plan.rounds,
        )
    faultless(loads)
    detail = f"{against(rates(loads['ours']), rates(loads['oxigraph']), ' /s')}; {len(texts)} texts"
    name = "ad-hoc SPARQL never asked before, two processes, against oxigraph serve"
    yield at_least(name, ratio(rates(loads["ours"]), rates(loads["oxigraph"])), 0.25, detail)
    yield _layer(service, asked, texts)


def _layer(service: Service, asked: Sequence[Request], texts: Sequence[str]) -> Row:
    """One connection, one query after the other: ours, a bare callable, and the engine in this process."""
    store = Store()
    load_checked(store, service.release.quads, service.release.identity)
    with tempfile.TemporaryDirectory() as folder, serving(_SETTINGS) as ours:
        body, prepared = Path(folder) / "body", Path(folder) / "answers.json"
        body.write_bytes(_answer(store, texts[0]))
        path = asked[0].path.partition("?")[2]
        prepared.write_text(json.dumps({path: (200, [], str(body))}), encoding="utf-8")
        with ceiling(prepared) as theirs:
            seconds = alternate(
                {
                    "ours": lambda: _each(ours, [request.path for request in asked[:_ROUNDS]]),
                    "ceiling": lambda: _each(theirs, [asked[0].path] * _ROUNDS),
                    "engine": lambda: _each_in_process(store, texts[:_ROUNDS]),
                },
                5,
            )
    added = median(
        1000 * (one - two - three)
        for one, two, three in zip(seconds["ours"], seconds["ceiling"], seconds["engine"], strict=True)
    )
    parts = [f"{1000 * median(seconds[name]):.2f}" for name in ("ours", "ceiling", "engine")]
    detail = f"an answer {parts[0]} ms, of a bare callable {parts[1]} ms, in the engine {parts[2]} ms"
    return at_most(
        "what guard, routing and pipe add to an ad-hoc query, one connection", added, 0.4, detail, " ms"
    )


def _texts(service: Service) -> list[str]:
    names = ("mechanism", "area", "state", "organisation", "theme", "meeting")
    things = [
        node.value for name in names for node in service.catalogue.lookup.members(find_scheme(name)).values()
    ]
    return [text.format(thing, limit) for limit in range(100, 130) for thing in things for text in _TEXTS]


def _by_get(path: str, text: str) -> Request:
    return Request(f"{path}?query={quote(text, safe='')}", {"Accept": RESULTS})


def _answer(store: Store, text: str) -> bytes:
    found = store.query(text)
    assert isinstance(found, QuerySolutions)
    content = found.serialize(format=QueryResultsFormat.JSON)
    assert content is not None
    return content


def _each(server: Server, paths: Sequence[str]) -> float:
    """The median of the seconds of each answer, on one connection."""
    host = urlsplit(server.address).netloc
    connection = http.client.HTTPConnection(host, timeout=60)
    try:
        return median(_timed(lambda path=path: _get(connection, path)) for path in paths)  # type: ignore[misc]
    finally:
        connection.close()


def _each_in_process(store: Store, texts: Sequence[str]) -> float:
    return median(_timed(lambda text=text: _answer(store, text)) for text in texts)  # type: ignore[misc]


def _get(connection: http.client.HTTPConnection, path: str) -> None:
    connection.request("GET", path, headers={"Accept": RESULTS})
    with connection.getresponse() as answer:
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status}")


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
