"""A release goes into an endpoint beside others, whole or not at all, and is read back the same."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from answers import ask, questions
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, parse
from tests.store.endpoint import Endpoint, endpoint

from gfmd_kg.build.freeze import freeze
from gfmd_kg.catalogue.registry import Catalogue, load_queries
from gfmd_kg.catalogue.service import Service
from gfmd_kg.errors import EndpointError, ReleaseError
from gfmd_kg.paths import ROOT_VARIABLE, Layout
from gfmd_kg.release import Release, current_release
from gfmd_kg.store.address import parse_address
from gfmd_kg.store.engines.remote import RemoteEngine
from gfmd_kg.store.publishing.graph_sets import GraphSet
from gfmd_kg.store.publishing.pointer import open_published, release_in_force
from gfmd_kg.store.publishing.publish import Publisher
from gfmd_kg.store.publishing.writers import GraphStore, Sender, Update

COMMAND = Path(sys.executable).parent / "gfmd-kg"


@pytest.fixture
def held() -> Iterator[Endpoint]:
    with endpoint() as served:
        yield served


@pytest.fixture(scope="module")
def small(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Release:
    """A release of 35 graphs, the register and the ontology with its blank nodes among them."""
    names = dict.fromkeys(sorted(str(quad.graph_name) for quad in _quads(service.release)))
    kept = {name for name in names if "/graph/" in name} | set(list(names)[:35])
    quads = [quad for quad in _quads(service.release) if str(quad.graph_name) in kept]
    return freeze(quads, b"", "small", tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="module")
def changed(small: Release, tmp_path_factory: pytest.TempPathFactory) -> Release:
    """Like ``small``, with another label of one area."""
    return freeze(changed_quads(small), b"", "changed", tmp_path_factory.mktemp("changed"))


def changed_quads(release: Release) -> list[Quad]:
    area, label = (
        NamedNode("https://w3id.org/gfmd-kg/id/area/health"),
        "http://www.w3.org/2004/02/skos/core#prefLabel",
    )
    found = []
    for quad in _quads(release):
        if quad.subject == area and quad.predicate.value == label and isinstance(quad.object, Literal):
            text = Literal(f"{quad.object.value}, changed", language=quad.object.language)
            found.append(Quad(quad.subject, quad.predicate, text, quad.graph_name))
        else:
            found.append(quad)
    return found


def _quads(release: Release) -> list[Quad]:
    return list(parse(path=str(release.quads), format=RdfFormat.N_QUADS))


def _publisher(held: Endpoint, way: str = "graph store and update") -> Publisher:
    update = Update(Sender(parse_address(held.update), held.credentials))
    store = GraphStore(Sender(parse_address(held.graph_store), held.credentials))
    engine = RemoteEngine(held.query)
    if way == "update":
        return Publisher(engine, update, update)
    return Publisher(engine, store, None if way == "graph store" else update)


EVERYTHING = "SELECT ?s ?p ?o ?g WHERE { GRAPH ?g { ?s ?p ?o } }"
LABELS = """PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT ?label WHERE { GRAPH ?g { <https://w3id.org/gfmd-kg/id/area/health> skos:prefLabel ?label } }"""


def _labels(held: Endpoint, version: str) -> set[str]:
    rows = open_published(RemoteEngine(held.query), version).select(LABELS).rows
    return {str(row[0]) for row in rows}


@pytest.mark.parametrize("way", ["update", "graph store", "graph store and update"])
def test_a_release_is_read_back_as_it_is(held: Endpoint, small: Release, way: str):
    outcome = _publisher(held, way).publish(small)
    assert (outcome.sent, outcome.kept, outcome.before) == (35, 0, None)
    rows = open_published(RemoteEngine(held.query), small.version).select(EVERYTHING).rows
    wanted = {(quad.subject, quad.predicate, quad.object, quad.graph_name) for quad in _quads(small)}
    assert len(rows) == len(wanted)
    assert set(rows) == wanted
    names = {str(graph) for graph in held.store.named_graphs()}
    assert all("/gfmd-kg/release/" in name for name in names)
    again = _publisher(held, way).publish(small)
    assert (again.sent, again.kept, again.before) == (0, 35, small.version)


@pytest.mark.parametrize("way", ["update", "graph store"])
def test_two_releases_lie_side_by_side_until_one_is_dropped(
    held: Endpoint, small: Release, changed: Release, tmp_path: Path, way: str
):
    third = freeze(_quads(small)[:-1], b"", "third", tmp_path)
    publisher = _publisher(held, way)
    publisher.publish(small)
    reader = open_published(RemoteEngine(held.query), small.version)
    before = reader.select(LABELS)
    assert publisher.publish(changed).before == small.version
    assert reader.select(LABELS) == before, "who began with a release goes on with it"
    assert _labels(held, changed.version) == {
        f'"{row[0].value}, changed"@{row[0].language}' for row in before.rows
    }
    with pytest.raises(ReleaseError, match=f"holds release {changed.version}, here {small.version}"):
        _labels(held, small.version)
    assert publisher.publish(third, drop_old=True).dropped == (small.version,)
    with pytest.raises(EndpointError, match=f"does not hold release {small.version}"):
        reader.select(LABELS)
    assert not [g for g in held.store.named_graphs() if g.value.startswith(GraphSet(small.version).iri)]
    back = publisher.publish(changed)
    assert (back.sent, back.before) == (0, third.version)


def test_nothing_more_is_dropped_once_another_publisher_has_switched(
    held: Endpoint, small: Release, changed: Release, tmp_path: Path
):
    third, fourth = (freeze(_quads(small)[:-n], b"", str(n), tmp_path / str(n)) for n in (1, 2))
    for release in (small, changed):
        _publisher(held).publish(release)

    class Interrupted(Publisher):
        def _switch(self, graphs: GraphSet, before: str | None) -> None:
            super()._switch(graphs, before)
            _publisher(held).publish(fourth)  # another publisher, between the switch and the dropping

    whole = _publisher(held)
    publisher = Interrupted(whole._engine, whole._target, whole._pointer)
    with pytest.raises(EndpointError, match="Another release came into force meanwhile"):
        publisher.publish(third, drop_old=True)
    held_sets = {name.value.split("/release/")[1][:12] for name in held.store.named_graphs()}
    assert {release.version for release in (small, changed, third, fourth)} <= held_sets


def test_a_broken_transfer_changes_nothing_and_goes_on(held: Endpoint, small: Release, changed: Release):
    publisher = _publisher(held)
    publisher.publish(small)
    held.changes.clear()
    held.breaks_at = 20
    with pytest.raises(EndpointError):
        publisher.publish(changed)
    assert release_in_force(RemoteEngine(held.query)) == small.version
    assert _labels(held, small.version)
    complete = held.changes[1:19]
    held.changes.clear()
    held.breaks_at = None
    outcome = publisher.publish(changed)
    assert (outcome.sent, outcome.kept) == (17, 18)
    assert not set(complete) & set(held.changes)
    assert release_in_force(RemoteEngine(held.query)) == changed.version


def test_a_graph_that_loses_a_statement_stops_the_switch(held: Endpoint, small: Release):
    publisher = _publisher(held)
    put = GraphStore.put

    class Lossy(GraphStore):
        def put(self, graphs: object) -> None:
            put(self, {graph: triples[:-1] for graph, triples in graphs.items()})

    lossy = Lossy(Sender(parse_address(held.graph_store), None))
    with pytest.raises(EndpointError, match="of 35 graphs did not arrive whole"):
        Publisher(RemoteEngine(held.query), lossy).publish(small)
    assert release_in_force(RemoteEngine(held.query)) is None
    assert publisher.publish(small).sent == 35


def test_readers_never_see_a_mixture(held: Endpoint, small: Release, changed: Release):
    publisher = _publisher(held)
    publisher.publish(small)
    old = _labels(held, small.version)
    seen: list[set[str]] = []
    stopped = threading.Event()

    def read() -> None:
        while not stopped.is_set():
            for version in (small.version, changed.version):
                try:
                    seen.append({version} | _labels(held, version))
                except ReleaseError:
                    continue

    reader = threading.Thread(target=read)
    reader.start()
    publisher.publish(changed)
    stopped.set()
    reader.join()
    new = _labels(held, changed.version)
    assert seen and not old & new
    assert all(found in ({small.version} | old, {changed.version} | new) for found in seen)


def test_an_endpoint_without_pointer_is_taken_as_it_is(held: Endpoint, small: Release):
    engine = RemoteEngine(held.query)
    with pytest.raises(ReleaseError, match="holds no release"):
        open_published(engine, small.version)
    held.store.bulk_load(path=str(small.quads), format=RdfFormat.N_QUADS)
    assert open_published(engine, small.version) is engine


def test_the_command_publishes_and_the_catalogue_reads(held: Endpoint, service: Service):
    held.credentials = ("writer", "s3cr3t")
    environment = {**os.environ, "GFMD_KG_PUBLISH_USER": "writer", "GFMD_KG_PUBLISH_PASSWORD": "s3cr3t"}
    call = [COMMAND, "publish", "--to", held.query, "--update", held.update]
    done = subprocess.run(call, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{service.release.version}\n"
    assert f"Release {service.release.version} is in force." in done.stderr
    environment = {**os.environ, "GFMD_KG_STORE": f"http://127.0.0.1:9/ {held.query}"}
    call = [COMMAND, "ask", "mechanisms-by-area", "area=anti-trafficking", "--format", "csv"]
    remote = subprocess.run(call, env=environment, capture_output=True, timeout=60, check=True)
    local = subprocess.run(call, capture_output=True, timeout=60, check=True)
    assert remote.stdout == local.stdout
    engine = open_published(RemoteEngine(held.query), service.release.version)
    there = Catalogue(load_queries(service.layout.queries), engine, service.release.version)
    for question, _ in questions():
        assert ask(there, question).rows == ask(service.catalogue, question).rows, question


@pytest.mark.usefixtures("miniature")
@pytest.mark.parametrize(
    ("arguments", "environment", "status", "told"),
    [
        (["--to", "ftp://h/s"], {}, 2, "--to: an endpoint's address is"),
        (["--to", "http://me:s3cr3t@127.0.0.1:9/s"], {}, 2, "go into GFMD_KG_PUBLISH_USER"),
        (["--to", "http://127.0.0.1:9/s"], {"GFMD_KG_PUBLISH_USER": "me"}, 2, "are set together"),
        (["--to", "http://127.0.0.1:9/s"], {}, 3, "could not be reached"),
        ([], {}, 2, "Missing option '--to'"),
    ],
)
def test_a_wrong_call_is_told(arguments: list[str], environment: dict[str, str], status: int, told: str):
    call = [COMMAND, "publish", *arguments]
    done = subprocess.run(
        call, env={**os.environ, **environment}, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == status, done.stderr
    assert told in done.stderr
    assert "s3cr3t" not in done.stdout + done.stderr


@pytest.mark.usefixtures("miniature")
def test_wrong_credentials_and_unencrypted_ways_are_told(held: Endpoint):
    held.credentials = ("writer", "right")
    environment = {**os.environ, "GFMD_KG_PUBLISH_USER": "writer", "GFMD_KG_PUBLISH_PASSWORD": "wr0ng"}
    call = [COMMAND, "publish", "--to", held.query, "--graph-store", held.graph_store]
    done = subprocess.run(call, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 3
    assert "status 401, user and password are missing or wrong" in done.stderr
    assert "wr0ng" not in done.stderr
    far = [COMMAND, "publish", "--to", "http://endpoint.invalid/sparql"]
    done = subprocess.run(far, env=environment, capture_output=True, text=True, timeout=90, check=False)
    assert done.returncode == 3
    assert "without encryption" in done.stderr and "wr0ng" not in done.stderr


def _health(address: str) -> dict[str, str]:
    with urllib.request.urlopen(f"{address}/health", timeout=5) as answer:
        found: dict[str, str] = json.load(answer)
    return found


@pytest.mark.server
def test_the_server_tells_what_the_endpoint_holds_and_waits_for_it(held: Endpoint, built: Layout):
    """The next release is built here first and published then: the server goes over when both are there."""
    old = current_release(built.release)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, ROOT_VARIABLE: str(built.root), "GFMD_KG_STORE": held.query}
    start = [COMMAND, "serve", "--port", str(port)]
    done = subprocess.run(start, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "The endpoint holds no release: put one there with 'gfmd-kg publish'." in done.stderr
    publish = [COMMAND, "publish", "--to", held.query, "--update", held.update]
    subprocess.run(publish, env=environment, capture_output=True, timeout=120, check=True)
    server = subprocess.Popen(
        start, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _until(lambda: _health(address)["store"] == f"endpoint, release {old.version}")
        new = freeze(changed_quads(old), b"", "changed", built.release)
        time.sleep(3)
        assert _health(address)["version"] == old.version
        subprocess.run(publish, env=environment, capture_output=True, timeout=120, check=True)
        _until(lambda: _health(address)["store"] == f"endpoint, release {new.version}")
    finally:
        server.terminate()
        _, errors = server.communicate(timeout=20)
    waiting = (
        f"The new release has to wait, {old.version} stays in force: The endpoint holds release {old.version}"
    )
    assert errors.count(waiting) == 1, errors


def _until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while True:
        with contextlib.suppress(OSError):
            if condition():
                return
        assert time.monotonic() < deadline, "it did not come to pass in time"
        time.sleep(0.1)
