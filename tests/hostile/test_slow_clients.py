"""Slow, half-sent and oversized requests: nginx bears them, and the application does not notice."""

from __future__ import annotations

import select
import time
from contextlib import ExitStack

import httpx
import pytest
from tests.deploy.proxy import HALF_BODY, Front, assert_problem, await_end, parsed, request

KEPT = "/queries/coverage-matrix?lang=en"


@pytest.mark.parametrize("sent", [b"", b"G", b"GET /half HTTP/1.1\r\nHost: a\r\nX-Slow: "])
def test_a_head_that_does_not_end_is_given_up(hasty: Front, sent: bytes):
    with hasty.connect() as connection:
        connection.sendall(sent)
        seconds, received = await_end(connection)
    assert 0.5 < seconds < 3
    assert received == b""
    assert hasty.asked("/half") == 0


def test_a_head_that_drips_is_given_up(hasty: Front):
    begun = time.monotonic()
    with hasty.connect() as connection, pytest.raises(ConnectionError):
        for byte in b"GET /drip HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 1000:
            connection.sendall(bytes([byte]))
            time.sleep(0.05)
    assert time.monotonic() - begun < 4
    assert hasty.asked("/drip") == 0


def test_a_head_that_grows_without_end_is_refused(fronted: Front):
    with fronted.connect() as connection:
        connection.sendall(b"GET /queries HTTP/1.1\r\nHost: a\r\nX: ")
        sent = 0
        while not select.select([connection], [], [], 0.005)[0]:
            connection.sendall(b"y" * 10_000)
            sent += 10_000
            assert sent < 400_000
        assert_problem(parsed(connection.recv(1 << 16)), 431, "too-large")


@pytest.mark.parametrize(
    ("head", "status", "name"),
    [
        (b"X: " + b"y" * 120_000 + b"\r\n", 431, "too-large"),
        (b"X: " + b"y" * 300_000 + b"\r\n", 431, "too-large"),
        (b"".join(b"A%d: b\r\n" % number for number in range(30_000)), 431, "too-large"),
    ],
)
def test_a_head_that_is_too_large_is_refused(fronted: Front, head: bytes, status: int, name: str):
    answer = fronted.say(b"GET /queries HTTP/1.1\r\nHost: a\r\n" + head + b"\r\n")
    assert_problem(parsed(answer), status, name)


@pytest.mark.parametrize("size", [65_550, 300_000])
def test_an_address_that_is_too_long_is_refused(fronted: Front, size: int):
    answer = fronted.say(request(f"/queries?text={'x' * size}", "Connection: close"))
    assert_problem(parsed(answer), 414, "too-large")


def test_a_long_query_in_the_address_is_answered(fronted: Front):
    query = httpx.QueryParams({"query": f"ASK {{ }} #{'x' * 65_000}"})
    answer = parsed(fronted.say(request(f"/sparql?{query}", "Connection: close")))
    assert (answer.status_code, answer.json()["boolean"]) == (200, True)


def test_half_a_request_holds_nobody_else_up(fronted: Front):
    with ExitStack() as stack:
        held = [stack.enter_context(fronted.connect()) for _ in range(150)]
        for connection in held[:50]:
            connection.sendall(b"GET /queries HTTP/1.1\r\nHost: a\r\nX-Slow: ")
        for connection in held[50:100]:
            connection.sendall(HALF_BODY)
        begun = time.monotonic()
        assert httpx.get(fronted.address + KEPT).status_code == 200
        assert httpx.get(f"{fronted.address}/ready").status_code == 200
        assert time.monotonic() - begun < 2


def test_half_a_body_is_given_up_and_never_reaches_the_application(hasty: Front):
    with hasty.connect() as connection:
        connection.sendall(HALF_BODY)
        seconds, received = await_end(connection)
    assert 0.5 < seconds < 3
    assert received == b""
    assert hasty.asked("/sparql") == 0


def test_a_body_that_drips_does_not_hold_the_application(hasty: Front):
    with hasty.connect() as connection:
        connection.sendall(HALF_BODY.replace(b"/sparql", b"/drips").replace(b"100", b"10"))
        for _ in range(6):
            time.sleep(0.3)
            assert hasty.asked("/drips") == 0
            connection.sendall(b"x")
        connection.sendall(b"x")
        assert connection.recv(4096).startswith(b"HTTP/1.1 200 ")
    assert hasty.asked("/drips") == 1


@pytest.mark.parametrize("size", [65_537, 300_000, 5_000_000])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_is_too_large_is_refused(told: Front, size: int, chunked: bool):
    if chunked:
        body = b"%x\r\n" % size + b"A" * size + b"\r\n0\r\n\r\n"
        length = b"Transfer-Encoding: chunked"
    else:
        body, length = b"A" * size, b"Content-Length: %d" % size
    head = b"POST /sized HTTP/1.1\r\nHost: a\r\nContent-Type: application/sparql-query\r\n"
    assert_problem(parsed(told.say(head + length + b"\r\n\r\n" + body)), 413, "too-large")
    assert told.asked("/sized") == 0


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_as_large_as_may_be_is_passed_on(fronted: Front, chunked: bool):
    text = b"ASK {} #".ljust(65_536, b"x")
    content = iter([text[:30_000], text[30_000:]]) if chunked else text
    answer = httpx.post(
        f"{fronted.address}/sparql", content=content, headers={"Content-Type": "application/sparql-query"}
    )
    assert (answer.status_code, answer.json()["boolean"]) == (200, True)
