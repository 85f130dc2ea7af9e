"""Every engine gives the same rows as the store in memory, and takes a release whole or not at all."""

from __future__ import annotations

import http.client
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from urllib.parse import quote

import pytest
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Triple, parse
from tests.engines.conftest import publish
from tests.engines.servers import STARTING, Server, free_port

from gfmd_kg.build.freeze import freeze
from gfmd_kg.catalogue.registry import Catalogue, load_queries
from gfmd_kg.catalogue.service import Service
from gfmd_kg.errors import EndpointError, OtherReleaseError
from gfmd_kg.paths import find_layout
from gfmd_kg.release import Release
from gfmd_kg.store.address import parse_address
from gfmd_kg.store.engines.remote import RemoteEngine
from gfmd_kg.store.publishing.pointer import open_published, release_in_force
from gfmd_kg.store.publishing.publish import Publisher
from gfmd_kg.store.publishing.writers import Graphs, GraphStore, Sender, Target, Update

COMMAND = Path(sys.executable).parent / "gfmd-kg"
QUERIES = sorted(load_queries(find_layout().queries))
EXAMPLES = [
    (name, number)
    for name, query in sorted(load_queries(find_layout().queries).items())
    for number in range(len(query.header.examples))
]
THING = NamedNode("https://w3id.org/gfmd-kg/id/mechanism/rcm")
NOTHING = {"thing": [NamedNode(THING.value + "-x")]}
PASSAGE = NamedNode("https://w3id.org/gfmd-kg/passage/grcp7-2017/annex-4-appendix-2.l655")


def test_there_are_examples():
    assert len(QUERIES) >= 30 and len(EXAMPLES) >= 50


@pytest.mark.parametrize("basis", ["source", "all"])
@pytest.mark.parametrize(("name", "number"), EXAMPLES)
def test_every_example_gives_the_same_rows(
    service: Service, elsewhere: Catalogue, name: str, number: int, basis: str
):
    params = service.catalogue.get(name).header.examples[number].params
    given = {key: [value] if isinstance(value, str) else value for key, value in params.items()}
    if basis != "source" and "basis" not in given:
        given |= {"basis": [basis], "lang": ["fr"]}
    here, there = service.catalogue.ask(name, given), elsewhere.ask(name, given)
    assert _rounded([asdict(row) for row in there.rows]) == _rounded([asdict(row) for row in here.rows])
    assert (there.sources, there.note, there.total) == (here.sources, here.note, here.total)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("members-of", {"mechanism": ["igad-rcp"], "as_of": ["2025"]}),
        ("members-of", {"mechanism": ["igad-rcp"], "as_of": ["2026-03-01"]}),
        ("mechanisms-of-state", {"state": ["sdn"], "as_of": ["2025"]}),
        ("mechanisms-of-state", {"state": ["eri"], "as_of": ["2015"]}),
    ],
)
def test_a_suspended_seat_counts_nowhere(
    service: Service, elsewhere: Catalogue, name: str, given: dict[str, list[str]]
):
    given = given | {"basis": ["all"]}
    here, there = service.catalogue.ask(name, given), elsewhere.ask(name, given)
    assert _rounded([asdict(row) for row in there.rows]) == _rounded([asdict(row) for row in here.rows])


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("describe", {"thing": [THING]}),
        ("describe", {"thing": [NamedNode("https://w3id.org/gfmd-kg/ontology#Mechanism")]}),
        ("exists", {"thing": [THING]}),
        ("exists", {"thing": [PASSAGE]}),
        ("exists", NOTHING),
        ("graphs", {"graph": [PASSAGE]}),
        ("graphs", {"graph": [NamedNode("https://w3id.org/gfmd-kg/graph/inference-source")]}),
        ("kind", {"start": [Literal("https://w3id.org/gfmd-kg/id/state/")]}),
        ("members", {"class": [NamedNode("https://w3id.org/gfmd-kg/ontology#Mechanism")]}),
        ("properties", {}),
        ("names", {}),
        ("values", {"property": [NamedNode("https://w3id.org/gfmd-kg/ontology#nameAsPrinted")]}),
        ("sources", {"graph": [PASSAGE]}),
        ("labels", {"thing": [THING]}),
    ],
)
def test_what_the_pages_ask_gives_the_same_rows(
    service: Service, elsewhere: Catalogue, name: str, values: Mapping[str, Sequence[NamedNode]]
):
    here, there = service.catalogue.lookup.run(name, values), elsewhere.lookup.run(name, values)
    assert there.variables == here.variables
    assert sorted(map(_named, there.rows)) == sorted(map(_named, here.rows))
    assert here.rows or values == NOTHING


def _rounded(value: object) -> object:
    """The rows with six digits of each quotient: one engine writes no more (docs/engines.md)."""
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, Mapping):
        return {key: _rounded(each) for key, each in value.items()}
    return [_rounded(each) for each in value] if isinstance(value, list | tuple) else value


def _named(row: object) -> str:
    """The row without the names of blank nodes, which mean nothing outside of their graph."""
    return re.sub(r"(?<=BlankNode value=)[^>]*", "", str(row))


def _get(address: str, path: str, accept: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=60)
    connection.request("GET", path, headers={"Accept": accept})
    response = connection.getresponse()
    found = response.status, response.read()
    connection.close()
    return found


@contextmanager
def serving(store: str) -> Iterator[str]:
    """A server of this project over ``store``."""
    port = free_port()
    process = subprocess.Popen(
        [COMMAND, "serve", "--port", str(port)],
        env={**os.environ, "GFMD_KG_STORE": store},
        stdout=subprocess.PIPE,
        text=True,
    )
    address = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + STARTING
    try:
        while not _ready(address):
            assert process.poll() is None, "the server ended"
            assert time.monotonic() < deadline, "the server did not come up"
            time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.communicate(timeout=30)


def _ready(address: str) -> bool:
    try:
        return _get(address, "/ready", "application/json")[0] == 200
    except OSError:
        return False


def test_the_server_gives_the_same_bodies(server: str, running: Server):
    ask = quote("ASK { mechanism:rcm gfmd:coversArea area:health }")
    with serving(running.query) as address:
        for path, accept in (
            ("/queries/mechanisms-by-area?area=anti-trafficking&category=rcp", "text/csv"),
            ("/queries/coverage-matrix", "application/json"),
            ("/doc/mechanism/rcm", "application/n-triples"),
            ("/passage/grcp7-2017/annex-4-appendix-2.l655", "application/n-quads"),
            (f"/sparql?query={ask}", "application/sparql-results+json"),
        ):
            status, body = _get(address, path, accept)
            wanted_status, wanted = _get(server, path, accept)
            assert status == wanted_status == 200, (path, body)
            assert sorted(body.splitlines()) == sorted(
                wanted.replace(server.encode(), address.encode()).splitlines()
            )
        health = json.loads(_get(address, "/health", "application/json")[1])
        assert health["store"] == f"endpoint, release {health['version']}"


def _quads(release: Release) -> list[Quad]:
    return list(parse(path=str(release.quads), format=RdfFormat.N_QUADS))


def _values(term: object) -> str:
    """What is compared of a term: engines may write a number or a truth value in another form of it."""
    if isinstance(term, Literal) and term.datatype.value.endswith("#decimal"):
        return f"decimal {float(term.value)}"
    return str(term)


def test_the_whole_release_is_read_back(service: Service, running: Server):
    engine = open_published(RemoteEngine(running.query, timeout=120, total=120), service.release.version)
    rows = engine.select("SELECT ?s ?p ?o ?g WHERE { GRAPH ?g { ?s ?p ?o } }").rows
    wanted = {
        tuple(map(_values, (quad.subject, quad.predicate, quad.object, quad.graph_name)))
        for quad in _quads(service.release)
    }
    found = {tuple(map(_values, row)) for row in rows}
    assert len(rows) == len(found)
    assert found == wanted


# The last tests publish another release; the first of the next engine begins with its own server.

LABELS = """PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT ?label WHERE { GRAPH ?g { <https://w3id.org/gfmd-kg/id/area/health> skos:prefLabel ?label } }"""


@pytest.fixture(scope="module")
def changed(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Release:
    """The release with other labels of one area, and without one passage."""
    found = []
    for quad in _quads(service.release):
        if quad.subject.value.endswith("/id/area/health") and quad.predicate.value.endswith("#prefLabel"):
            assert isinstance(quad.object, Literal)
            text = Literal(f"{quad.object.value}, changed", language=quad.object.language)
            found.append(Quad(quad.subject, quad.predicate, text, quad.graph_name))
        elif PASSAGE not in (quad.subject, quad.graph_name):
            found.append(quad)
    return freeze(found, b"", "changed", tmp_path_factory.mktemp("changed"))


def _publisher(running: Server, wrap: Callable[[Target], Target] = lambda target: target) -> Publisher:
    options = dict(zip(running.publish[::2], running.publish[1::2], strict=True))
    secret = tuple(running.environment.values())
    credentials = (secret[0], secret[1]) if secret else None
    pointer = (
        Update(Sender(parse_address(options["--update"]), credentials)) if "--update" in options else None
    )
    target: Target | None = pointer
    if "--graph-store" in options:
        target = GraphStore(Sender(parse_address(options["--graph-store"]), credentials))
    assert target is not None
    return Publisher(RemoteEngine(running.query, timeout=60, total=60), wrap(target), pointer)


class _Breaking:
    """Passes 600 graphs on, then half of one, and fails from then on."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._left = 600

    def put(self, graphs: Graphs) -> None:
        names = list(graphs)
        whole = {name: graphs[name] for name in names[: self._left]}
        self._target.put(whole)
        if len(whole) < len(names):
            part: Sequence[Triple] = graphs[names[len(whole)]]
            self._target.put({names[len(whole)]: part[: len(part) // 2]})
            raise EndpointError("the line is cut")
        self._left -= len(whole)

    def drop(self, graph: NamedNode) -> None:
        self._target.drop(graph)


def _labels(running: Server, version: str) -> set[str]:
    engine = open_published(RemoteEngine(running.query, timeout=60, total=60), version)
    return {str(row[0]) for row in engine.select(LABELS).rows}


def test_another_release_breaks_resumes_and_takes_over(service: Service, running: Server, changed: Release):
    first, second = service.release.version, changed.version
    old = _labels(running, first)
    new = {label[: label.rindex('"')] + ", changed" + label[label.rindex('"') :] for label in old}
    reader = open_published(RemoteEngine(running.query, timeout=60, total=60), first)
    seen: list[tuple[str, set[str]]] = []
    stopped = threading.Event()

    def read() -> None:
        while not stopped.is_set():
            seen.append((first, {str(row[0]) for row in reader.select(LABELS).rows}))
            for version in (first, second):
                try:
                    seen.append((version, _labels(running, version)))
                except OtherReleaseError:
                    continue

    thread = threading.Thread(target=read)
    thread.start()
    try:
        with pytest.raises(EndpointError, match="the line is cut"):
            _publisher(running, _Breaking).publish(changed)
        assert release_in_force(RemoteEngine(running.query)) == first
        outcome = _publisher(running).publish(changed)
    finally:
        stopped.set()
        thread.join()
    assert (outcome.before, outcome.kept) == (first, 600)
    assert release_in_force(RemoteEngine(running.query)) == second
    assert {version for version, _ in seen} >= {first}
    assert all(found == (old if version == first else new) for version, found in seen)
    assert _labels(running, second) == new
    there = Catalogue(
        load_queries(service.layout.queries),
        open_published(RemoteEngine(running.query, timeout=60, total=60), second),
        second,
    )
    assert there.ask("mechanisms-by-area", {"area": ["health"]}).total > 0
    told = publish(running)
    assert f"0 graphs sent, {len({quad.graph_name for quad in _quads(service.release)})} were there" in told
    assert _labels(running, first) == old, "the way back"
