"""The embedded engine and a SPARQL endpoint elsewhere give the same answers, and fail alike."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from pyoxigraph import Literal, NamedNode

from gfmd_kg.catalogue.registry import Catalogue, load_queries
from gfmd_kg.errors import EngineError, EngineTimeoutError
from gfmd_kg.store.remote import RemoteEngine


def test_the_embedded_engine_gives_typed_terms(service):
    found = service.engine.select(
        "SELECT ?n ?p ?none { GRAPH ?p { ?a <https://w3id.org/gfmd-kg/ontology#coversArea> ?b } "
        "BIND(1 AS ?n) OPTIONAL { ?a <http://x/> ?none } } LIMIT 1"
    )
    assert found.variables == ("n", "p", "none")
    ((number, passage, nothing),) = found.rows
    assert isinstance(number, Literal) and number.value == "1"
    assert isinstance(passage, NamedNode)
    assert nothing is None


def test_a_faulty_query_of_the_project_is_told(service):
    with pytest.raises(EngineError):
        service.engine.select("SELECT * {")
    with pytest.raises(EngineError):
        service.engine.select("ASK {}")


def test_every_example_is_answered_alike_by_an_endpoint_elsewhere(service, server: str):
    remote = RemoteEngine(f"{server}/sparql")
    there = Catalogue(load_queries(service.layout.queries), remote, service.release.version)
    for query in service.catalogue:
        for example in query.header.examples:
            given = {
                name: [value] if isinstance(value, str) else value for name, value in example.params.items()
            }
            here, elsewhere = service.catalogue.ask(query.id, given), there.ask(query.id, given)
            assert here.rows == elsewhere.rows, query.id
            assert (here.sources, here.note, here.total) == (
                elsewhere.sources,
                elsewhere.note,
                elsewhere.total,
            )


@contextmanager
def _endpoint(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(65536)
                answer(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/sparql"
    thread.join(timeout=5)


def test_an_endpoint_that_is_not_there():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(EngineError, match="could not be reached"):
        RemoteEngine(f"http://127.0.0.1:{port}/sparql").select("SELECT * {}")


def test_an_endpoint_that_does_not_answer():
    waiting = threading.Event()
    with _endpoint(lambda _: waiting.wait(10)) as address, pytest.raises(EngineTimeoutError):
        try:
            RemoteEngine(address, timeout=1).select("SELECT * {}")
        finally:
            waiting.set()


@pytest.mark.parametrize(
    "reply",
    [
        b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello",
        b'HTTP/1.1 200 OK\r\nContent-Length: 27\r\nConnection: close\r\n\r\n{"head":{},"boolean": true}',
        b"",
    ],
)
def test_an_endpoint_that_answers_nonsense(reply: bytes):
    with _endpoint(lambda connection: connection.sendall(reply)) as address, pytest.raises(EngineError):
        RemoteEngine(address).select("SELECT * {}")
