"""Kept answers leave ahead of the application: the same as from it, and in the same order."""

from __future__ import annotations

import itertools
import socket
import time
from http.client import HTTPResponse
from urllib.parse import quote

import httpx
import pytest

PATH = "/queries/coverage-matrix?lang=en"
LARGE = "/queries/practices?basis=all&format=csv"


def _raw(address: str) -> socket.socket:
    host, port = address.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=30)


def _request(path: str, *lines: str, method: str = "GET", version: str = "1.1") -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/{version}", "Host: a", *lines, "", ""]).encode()


class _Stream:
    """A socket and stream for ``HTTPResponse`` that stays open, with what was read ahead, for the next."""

    def __init__(self, connection: socket.socket) -> None:
        self._stream = connection.makefile("rb")

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)

    def makefile(self, _: str) -> _Stream:
        return self

    def close(self) -> None:
        pass


def _answers(connection: socket.socket, methods: list[str]) -> list[tuple[int, dict[str, str], bytes]]:
    stream = _Stream(connection)
    found = []
    for method in methods:
        answer = HTTPResponse(stream, method=method)
        answer.begin()
        fields = {name.lower(): text for name, text in answer.getheaders()}
        found.append((answer.status, fields, answer.read()))
    return found


def test_it_is_the_answer_of_the_application(server: str, serving):
    with serving(GFMD_KG_CACHE_MB="0") as (other, _):
        for path, encoding in itertools.product([PATH, LARGE], ["identity", "gzip"]):
            headers = {"Accept-Encoding": encoding}
            slow = httpx.get(other + path, headers=headers)
            first, quick = (httpx.get(server + path, headers=headers) for _ in range(2))
            assert first.status_code == quick.status_code == slow.status_code == 200
            assert first.content == quick.content == slow.content
            assert _fields(first) == _fields(quick)
            of_the_form = {"content-length", "content-encoding", "vary", "etag"}
            assert {name: text for name, text in _fields(quick).items() if name not in of_the_form} == {
                name: text for name, text in _fields(slow).items() if name not in of_the_form
            }


def _fields(answer: httpx.Response) -> dict[str, str]:
    assert answer.headers["date"]
    return {name: text for name, text in answer.headers.items() if name != "date"}


def test_answers_come_in_the_order_of_the_requests(server: str):
    httpx.get(server + PATH, headers={"Accept-Encoding": "identity"})
    tag = httpx.get(server + PATH, headers={"Accept-Encoding": "identity"}).headers["etag"]
    with _raw(server) as connection:
        connection.sendall(
            _request(PATH)
            + _request("/health")  # from the application, which takes its time
            + _request(PATH)
            + _request(PATH, f"If-None-Match: {tag}")
            + _request(PATH, method="HEAD")
            + _request("/health")
            + _request(PATH, "Content-Length: 5")
            + b"12345"
            + _request(PATH)
        )
        found = _answers(connection, ["GET", "GET", "GET", "GET", "HEAD", "GET", "GET", "GET"])
    assert [status for status, _, _ in found] == [200, 200, 200, 304, 200, 200, 200, 200]
    bodies = [body for _, _, body in found]
    assert bodies[0] == bodies[2] == bodies[6] == bodies[7] != b""
    assert bodies[1].startswith(b"{") and bodies[1] != bodies[0]
    assert (bodies[3], bodies[4]) == (b"", b"")
    assert found[4][1]["content-length"] == str(len(bodies[0]))


@pytest.mark.parametrize(("lines", "version"), [(("Connection: close",), "1.1"), ((), "1.0")])
def test_a_connection_that_is_to_end_ends(server: str, lines: tuple[str, ...], version: str):
    for _ in range(2):
        with _raw(server) as connection:
            connection.sendall(_request(PATH, *lines, version=version))
            received = b""
            while data := connection.recv(1 << 16):
                received += data
            assert received.startswith(b"HTTP/1.1 200 OK\r\n")
            assert b"\r\nconnection: close\r\n" in received


def test_a_client_that_reads_slowly_gets_every_byte(server: str):
    whole = httpx.get(server + LARGE, headers={"Accept-Encoding": "identity"}).content
    with _raw(server) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(_request(LARGE) * 20)
        found = _answers(connection, ["GET"] * 20)
    assert {body for _, _, body in found} == {whole}
    assert httpx.get(f"{server}/ready").status_code == 200


def test_a_slow_answer_behind_a_kept_one_is_not_lost(serving):
    runaway = quote("SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }")
    with serving(GFMD_KG_QUERY_SECONDS="7") as (address, _):
        httpx.get(f"{address}/sparql?query=ASK%7B%7D", timeout=60)
        httpx.get(address + PATH, headers={"Accept-Encoding": "identity"})
        with _raw(address) as connection:
            connection.sendall(_request(PATH) + _request(f"/sparql?query={runaway}"))
            found = _answers(connection, ["GET", "GET"])
    assert [status for status, _, _ in found] == [200, 504]


def test_a_connection_is_not_held_by_what_is_no_request(server: str):
    with _raw(server) as connection:
        connection.sendall(_request(PATH))
        _answers(connection, ["GET"])
        connection.sendall(b"\r\n")
        began = time.monotonic()
        assert connection.recv(4096).startswith(b"HTTP/1.1 408 ")
        assert time.monotonic() - began < 15
