"""Answers that nobody reads, and several requests on one connection: what waits, waits in nginx."""

from __future__ import annotations

import socket
import subprocess
import time
from contextlib import ExitStack, suppress
from http.client import HTTPResponse
from pathlib import Path

import httpx
import pytest
from tests.deploy.proxy import Front, await_end, request

KEPT = "/queries/coverage-matrix?lang=en"
LARGE = "/queries/practices?basis=all&format=csv"
RUNAWAY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"


def _memory(process: subprocess.Popen[str]) -> int:
    """Bytes in memory, the workers left out."""
    return int(Path(f"/proc/{process.pid}/statm").read_text(encoding="ascii").split()[1]) * 4096


def _stalled(front: Front, sent: bytes) -> socket.socket:
    """A client that reads nothing."""
    host, port = front.address.removeprefix("http://").split(":")
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.settimeout(30)
    client.connect((host, int(port)))
    client.sendall(sent)
    return client


def test_unread_answers_wait_in_nginx(front, serving, until):
    export = "/export/gfmd-kg.nq"
    with serving() as (address, process), front(address) as nginx, ExitStack() as stack:
        size = len(httpx.get(address + export).content)
        httpx.get(nginx.address + export)
        before = _memory(process)
        for number in range(1, 31):  # each with an address of its own, so that none is given what is kept
            stack.enter_context(_stalled(nginx, request(f"{export}?number={number}")))
            until(lambda waiting=number: _written(nginx.folder) > waiting * size)
        assert httpx.get(nginx.address + KEPT).status_code == 200
        assert _memory(process) - before < 30 * size / 4


def _written(folder: Path) -> int:
    """Bytes of files that nginx has open or keeps for answers."""
    total = 0
    for file in (folder / "answers").rglob("*"):
        with suppress(FileNotFoundError):
            total += file.stat().st_size
    return total


@pytest.mark.parametrize("path", ["/large/30000000", "/large/60000", "/sparql"])
def test_a_client_that_does_not_read_is_given_up(hasty: Front, path: str):
    with _stalled(hasty, request(path)) as client:
        time.sleep(2.5)
        begun = time.monotonic()
        seconds, received = await_end(client)
    assert seconds < 3 and time.monotonic() - begun < 3
    assert len(received) < 10_000_000


def test_a_client_that_reads_slowly_gets_everything(hasty: Front):
    size = 20_000_000
    with hasty.connect() as connection:
        for _ in (1, 2):  # on one connection, which stays
            connection.sendall(request(f"/large/{size}"))
            got, head = 0, b""
            while b"\r\n\r\n" not in head:
                head += connection.recv(1)
            while got < size:
                got += len(connection.recv(min(1_000_000, size - got), socket.MSG_WAITALL))
                time.sleep(0.05)
            assert got == size


def test_the_next_request_waits_until_an_answer_is_taken(hasty: Front):
    before = hasty.asked("/large/7")
    with _stalled(hasty, request("/large/5000000") + request("/large/7")) as client:
        time.sleep(0.5)
        assert hasty.asked("/large/7") == before
        found = _answers(client, ["GET", "GET"])
        assert [len(body) for _, _, body in found] == [5_000_000, 7]


class _Stream:
    """A stream for ``HTTPResponse`` that stays open, with what was read ahead, for the next."""

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
        answer = HTTPResponse(stream, method=method)  # type: ignore[arg-type]
        answer.begin()
        fields = {name.lower(): text for name, text in answer.getheaders()}
        found.append((answer.status, fields, answer.read()))
    return found


def test_answers_come_in_the_order_of_the_requests(fronted: Front):
    tag = httpx.get(fronted.address + KEPT, headers={"Accept-Encoding": "identity"}).headers["etag"]
    with fronted.connect() as connection:
        connection.sendall(
            request(KEPT)
            + request("/health")
            + request(KEPT)
            + request(KEPT, f"If-None-Match: {tag}")
            + request(KEPT, method="HEAD")
            + request("/sparql?query=ASK%7B%7D")
            + request(KEPT, "Content-Length: 5")
            + b"12345"
            + request(KEPT)
        )
        found = _answers(connection, ["GET", "GET", "GET", "GET", "HEAD", "GET", "GET", "GET"])
    assert [status for status, _, _ in found] == [200, 200, 200, 304, 200, 200, 200, 200]
    bodies = [body for _, _, body in found]
    assert bodies[0] == bodies[2] == bodies[6] == bodies[7] != b""
    assert b'"status"' in bodies[1] and b'"boolean"' in bodies[5]
    assert (bodies[3], bodies[4]) == (b"", b"")
    assert found[4][1]["content-length"] == str(len(bodies[0]))


@pytest.mark.parametrize(("lines", "version"), [(("Connection: close",), "1.1"), ((), "1.0")])
def test_a_connection_that_is_to_end_ends(fronted: Front, lines: tuple[str, ...], version: str):
    for _ in range(2):
        received = fronted.say(request(KEPT, *lines, version=version))
        assert received.startswith(b"HTTP/1.1 200 OK\r\n")
        assert b"\r\nConnection: close\r\n" in received


def test_a_client_that_reads_many_answers_slowly_gets_every_byte(fronted: Front):
    whole = httpx.get(fronted.address + LARGE, headers={"Accept-Encoding": "identity"}).content
    with _stalled(fronted, request(LARGE) * 20) as connection:
        found = _answers(connection, ["GET"] * 20)
    assert {body for _, _, body in found} == {whole}


def test_a_slow_answer_behind_a_kept_one_is_not_lost(fronted: Front):
    query = httpx.QueryParams({"query": RUNAWAY})
    with fronted.connect() as connection:
        connection.sendall(request(KEPT) + request(f"/sparql?{query}"))
        found = _answers(connection, ["GET", "GET"])
    assert [status for status, _, _ in found] == [200, 504]


def test_a_connection_is_not_held_by_what_is_norequest(hasty: Front):
    with hasty.connect() as connection:
        connection.sendall(request("/steady"))
        _answers(connection, ["GET"])
        connection.sendall(b"\r\n")
        seconds, received = await_end(connection)
    assert seconds < 3
    assert received == b""


def test_an_idle_connection_is_ended(hasty: Front):
    with hasty.connect() as connection:
        connection.sendall(request("/steady"))
        _answers(connection, ["GET"])
        assert 0.5 < await_end(connection)[0] < 3
