"""The embedded engine and a SPARQL endpoint elsewhere give the same answers, and fail alike."""

from __future__ import annotations

import base64
import contextlib
import socket
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from answers import ask, questions
from pyoxigraph import Literal, NamedNode

from gfmd_kg.catalogue.registry import Catalogue, load_queries
from gfmd_kg.errors import CallError, EndpointError, EngineError, EngineTimeoutError
from gfmd_kg.store.address import parse_address, parse_addresses
from gfmd_kg.store.engines.remote import TRIES, RemoteEngine


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


def test_every_question_is_answered_alike_by_an_endpoint_elsewhere(service, server: str):
    remote = RemoteEngine(f"{server}/sparql")
    there = Catalogue(load_queries(service.layout.queries), remote, service.release.version)
    for question, _ in questions():
        here, elsewhere = ask(service.catalogue, question), ask(there, question)
        assert here.rows == elsewhere.rows, question
        assert (here.sources, here.note, here.total) == (
            elsewhere.sources,
            elsewhere.note,
            elsewhere.total,
        )


ANSWER = b'{"head": {"vars": ["n"]}, "results": {"bindings": [{"n": {"type": "literal", "value": "1"}}]}}'


def _reply(body: bytes, status: str = "200 OK", length: int | None = None) -> Callable[[socket.socket], None]:
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body) if length is None else length}\r\n"
    return lambda connection: connection.sendall(head.encode() + b"Connection: close\r\n\r\n" + body)


def _drip(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    with contextlib.suppress(OSError):
        for _ in range(40):
            connection.sendall(b" ")
            time.sleep(0.1)


@contextmanager
def _endpoint(answer: Callable[[socket.socket], None]) -> Iterator[tuple[str, list[bytes]]]:
    """The address of something that answers each request by ``answer``, and the requests it got."""
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        stopped = threading.Event()

        def serve() -> None:
            while not stopped.is_set():
                with contextlib.suppress(TimeoutError):
                    connection, _ = listener.accept()
                    with connection:
                        connection.settimeout(5)
                        asked.append(connection.recv(65536))
                        answer(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/sparql", asked
        finally:
            stopped.set()
            thread.join(timeout=10)


def _nowhere() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}/sparql"


def test_an_endpoint_that_is_not_there():
    address = _nowhere()
    with pytest.raises(EndpointError) as caught:
        RemoteEngine(address).select("SELECT * {}")
    assert (
        str(caught.value) == f"No SPARQL endpoint answered: {address} could not be reached "
        "([Errno 111] Connection refused)."
    )


@pytest.mark.parametrize("slow", [lambda _: time.sleep(1.5), _drip])
def test_an_endpoint_that_does_not_answer_in_time(slow: Callable[[socket.socket], None]):
    began = time.monotonic()
    with _endpoint(slow) as (address, _), pytest.raises(EngineTimeoutError) as caught:
        RemoteEngine(address, timeout=0.5).select("SELECT * {}")
    assert 0.5 <= caught.value.seconds <= 1.0
    assert time.monotonic() - began < 6


def _pour(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    with contextlib.suppress(OSError):
        for _ in range(1000):
            connection.sendall(b" " * 10_000)


def test_an_answer_without_end_is_given_up_and_another_replica_asked():
    with _endpoint(_pour) as (endless, _), _endpoint(_reply(ANSWER)) as (good, _):
        with pytest.raises(EndpointError, match="answered with more than 100000 bytes"):
            RemoteEngine(endless, max_bytes=100_000).select("SELECT * {}")
        engine = RemoteEngine(f"{endless} {good}", max_bytes=100_000)
        assert [row[0].value for row in engine.select("SELECT * {}").rows] == ["1"]


BROKEN: dict[str, Callable[[socket.socket], None]] = {
    "says nothing": lambda _: None,
    "internal error": _reply(b"", "500 Oh"),
    "bad gateway": _reply(b"", "502 Bad Gateway"),
    "too many requests": _reply(b"", "429 Too Many Requests"),
    "no JSON": _reply(b"hello"),
    "cut JSON": _reply(ANSWER[:-20]),
    "cut body": _reply(ANSWER[:-20], length=len(ANSWER)),
    "slow": lambda _: time.sleep(1.5),
}


@pytest.mark.parametrize("name", BROKEN)
def test_another_replica_answers_for_a_broken_one(name: str):
    with _endpoint(BROKEN[name]) as (broken, asked), _endpoint(_reply(ANSWER)) as (good, answered):
        engine = RemoteEngine(f"{broken} {good}", timeout=1)
        assert [row[0].value for row in engine.select("SELECT * {}").rows] == ["1"]
        assert engine.select("SELECT * {}").variables == ("n",)
    assert len(asked) == 1, "the one that answered is asked first"
    assert len(answered) == 2


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_endpoint_alone_is_an_error(name: str):
    with _endpoint(BROKEN[name]) as (address, asked), pytest.raises(EngineError) as caught:
        RemoteEngine(address, timeout=1).select("SELECT * {}")
    assert len(asked) == 1
    assert isinstance(caught.value, EngineTimeoutError) == (name == "slow")


@pytest.mark.parametrize(
    "reply",
    [_reply(b"", "400 Bad Request"), _reply(b"", "403 Forbidden"), _reply(b'{"head":{},"boolean": true}')],
)
def test_a_refusal_is_not_tried_elsewhere(reply: Callable[[socket.socket], None]):
    with (
        _endpoint(reply) as (first, _),
        _endpoint(_reply(ANSWER)) as (second, asked),
        pytest.raises(EndpointError),
    ):
        RemoteEngine(f"{first},{second}").select("SELECT * {}")
    assert not asked


def test_tries_and_time_are_bounded():
    with _endpoint(_reply(b"", "503 No")) as (address, asked), pytest.raises(EndpointError):
        RemoteEngine(" ".join([address] * 9)).select("SELECT * {}")
    assert len(asked) == TRIES
    waiting = threading.Event()
    began = time.monotonic()
    with _endpoint(lambda _: waiting.wait(10)) as (address, _), pytest.raises(EngineTimeoutError):
        try:
            RemoteEngine(" ".join([address] * 9), timeout=0.5, total=0.8).select("SELECT * {}")
        finally:
            took = time.monotonic() - began
            waiting.set()
    assert 0.8 <= took < 1.5


def test_credentials_are_sent_and_never_told():
    secret = "s3cr3t"
    with _endpoint(_reply(b"", "503 No")) as (address, asked), pytest.raises(EndpointError) as caught:
        given = address.replace("http://", f"http://reader:{secret}@") + f"?key={secret}"
        RemoteEngine(given).select("SELECT * {}")
    told = "".join(traceback.format_exception(caught.value)) + repr(parse_address(given))
    assert base64.b64encode(f"reader:{secret}".encode()) in asked[0]
    assert f"?key={secret}".encode() in asked[0]
    assert secret not in told and "reader" not in told


@pytest.mark.parametrize(
    "text",
    [
        "",
        " , ",
        "ftp://me:s3cr3t@host/sparql",
        "file:///s3cr3t",
        "me:s3cr3t@host",
        "http://me:s3cr3t@host:port/",
        "http://me:s3cr3t@[::1/",
        "http:///s3cr3t",
        "http://host/a#s3cr3t",
    ],
)
def test_an_address_that_is_none_is_refused_without_repeating_it(text: str):
    with pytest.raises(CallError) as caught:
        parse_addresses(text)
    assert "s3cr3t" not in "".join(traceback.format_exception(caught.value))


def test_addresses_are_parted_by_spaces_and_commas():
    found = parse_addresses("http://a/sparql, https://u%40x:p@[::1]:9/s?x=1\nhttp://b ")
    assert [str(address) for address in found] == ["http://a/sparql", "https://[::1]:9/s", "http://b"]
    assert found[1].url == "https://[::1]:9/s?x=1"
    assert found[1].credentials == ("u@x", "p")


def test_no_redirect_is_followed():
    with _endpoint(_reply(ANSWER)) as (elsewhere, asked):
        moved = b"HTTP/1.1 302 Found\r\nLocation: %b\r\nContent-Length: 0\r\n\r\n" % elsewhere.encode()
        with _endpoint(lambda connection: connection.sendall(moved)) as (address, _):
            secret = address.replace("http://", "http://user:password@")
            with pytest.raises(EndpointError, match="refused a query with status 302"):
                RemoteEngine(secret).select("SELECT * {}")
    assert asked == []
