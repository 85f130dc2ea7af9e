"""Connections that take too long, hold too much, or come too often; several processes on one port."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from gfmd_kg_api.ratelimit import RateLimit

COMMAND = Path(sys.executable).parent / "gfmd-kg"
RUNAWAY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"


def _alive(address: str) -> bool:
    try:
        return httpx.get(f"{address}/health", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def _figure(address: str, name: str) -> float:
    lines = httpx.get(f"{address}/metrics").text.splitlines()
    return float(next(line.split()[-1] for line in lines if line.startswith(name + " ")))


def _raw(address: str) -> socket.socket:
    host, port = address.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=30)


def test_a_head_that_grows_without_end_is_refused(serving):
    with serving() as (address, _), _raw(address) as connection:
        connection.sendall(b"GET /queries HTTP/1.1\r\nHost: a\r\nX: ")
        with pytest.raises(ConnectionError):
            for _ in range(200):  # 2 MB, twenty times the limit
                connection.sendall(b"y" * 10_000)
                time.sleep(0.005)
        assert _alive(address)


def test_a_head_in_one_piece_that_is_too_large_is_refused(serving):
    with serving() as (address, _), _raw(address) as connection:
        connection.sendall(b"GET /queries HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 120_000 + b"\r\n\r\n")
        assert connection.recv(4096).startswith(b"HTTP/1.1 431 ")


def test_a_head_that_does_not_end_is_given_up(serving):
    with serving() as (address, _), _raw(address) as connection:
        begun = time.monotonic()
        connection.sendall(b"GET /queries HTTP/1.1\r\nHost: a\r\nX-Slow: ")
        assert connection.recv(4096).startswith(b"HTTP/1.1 408 ")
        assert 8 < time.monotonic() - begun < 15


def test_one_address_cannot_take_every_connection(serving, until):
    with serving(GFMD_KG_CLIENT_CONNECTIONS="5") as (address, _):
        held = [_raw(address) for _ in range(5)]
        try:
            with _raw(address) as sixth:
                assert sixth.recv(4096).startswith(b"HTTP/1.1 429 ")
        finally:
            for connection in held:
                connection.close()
        until(lambda: _alive(address))


def test_a_client_that_goes_away_frees_its_worker_within_a_second(serving, until):
    with serving() as (address, _):
        assert httpx.get(f"{address}/sparql", params={"query": "ASK {}"}).status_code == 200
        with _raw(address) as connection:
            query = httpx.QueryParams({"query": RUNAWAY})
            connection.sendall(f"GET /sparql?{query} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
            until(lambda: _figure(address, "gfmd_kg_workers_busy") == 1)
        gone = time.monotonic()
        until(lambda: _figure(address, "gfmd_kg_worker_kills_total") == 1, seconds=5)
        assert time.monotonic() - gone < 1.5  # the second, and room for a busy machine
        assert httpx.get(f"{address}/sparql", params={"query": "ASK {}"}, timeout=30).status_code == 200


def test_more_queries_than_may_wait_are_refused_at_once(serving):
    with serving(GFMD_KG_WORKERS="1", GFMD_KG_QUEUE="1", GFMD_KG_QUERY_SECONDS="3") as (address, _):
        held = [_raw(address) for _ in range(2)]
        for connection in held:
            query = httpx.QueryParams({"query": RUNAWAY})
            connection.sendall(f"GET /sparql?{query} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
            time.sleep(0.3)
        begun = time.monotonic()
        answer = httpx.get(f"{address}/sparql", params={"query": "ASK {}"})
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
        assert time.monotonic() - begun < 1
        for connection in held:
            connection.close()


def test_too_many_requests_a_minute(serving):
    with serving(GFMD_KG_CLIENT_REQUESTS="60") as (address, _), httpx.Client() as client:
        answers = [client.get(f"{address}/ready") for _ in range(70)]
        refused = [answer for answer in answers if answer.status_code == 429]
        assert refused
        assert refused[-1].headers["content-type"] == "application/problem+json"
        assert refused[-1].json()["title"] == "Too Many Requests"
        assert int(refused[-1].headers["retry-after"]) == 1


def test_a_bucket_refills_and_each_address_has_its_own():
    import asyncio

    now = [0.0]
    statuses: list[int] = []

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message):
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    limited = RateLimit(app, 2, lambda: now[0])

    def ask(address: str) -> int:
        asyncio.run(limited({"type": "http", "client": (address, 1)}, None, send))  # type: ignore[arg-type]
        return statuses[-1]

    assert [ask("a"), ask("a"), ask("a"), ask("b")] == [200, 200, 429, 200]
    now[0] = 31.0
    assert [ask("a"), ask("a")] == [200, 429]


def test_the_access_log_holds_no_question(serving):
    with serving(GFMD_KG_ACCESS_LOG="1") as (address, process):
        httpx.get(f"{address}/queries/practices", params={"text": "secret"})
        httpx.get(f"{address}/queries/none")
        process.terminate()
        lines = [json.loads(line) for line in process.stderr if line.startswith("{")]
    asked = [(line["method"], line["path"], line["status"]) for line in lines if "queries" in line["path"]]
    assert asked == [("GET", "/queries/practices", 200), ("GET", "/queries/none", 404)]
    assert all(set(line) == {"time", "method", "path", "status", "bytes", "ms"} for line in lines)
    assert "secret" not in json.dumps(lines)


def _children(process: subprocess.Popen[str]) -> list[int]:
    found = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="ascii")
    return [int(number) for number in found.split()]


def test_several_processes_share_a_port_and_one_that_dies_is_replaced(serving, until):
    with serving(GFMD_KG_PROCESSES="2") as (address, process):
        first = _children(process)
        assert len(first) == 2
        time.sleep(5.5)  # one that lives shorter is taken for one that cannot start
        os.kill(first[0], signal.SIGKILL)
        until(lambda: len(_children(process)) == 2 and _children(process) != first)
        until(lambda: _alive(address))
        assert {_alive(address) for _ in range(20)} == {True}
        process.terminate()
        assert process.wait(20) == 0
        assert not _lives(first[1])


def _lives(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def test_processes_end_with_the_one_that_watches_them(serving, until):
    with serving(GFMD_KG_PROCESSES="2") as (_, process):
        children = _children(process)
        process.kill()
        until(lambda: not any(_lives(child) for child in children))


def test_a_port_that_is_taken_is_told(serving):
    with serving() as (address, _):
        port = address.rpartition(":")[2]
        for processes in ("1", "2"):
            found = subprocess.run(
                [COMMAND, "serve", "--port", port],
                check=False,
                capture_output=True,
                text=True,
                timeout=60,
                env={**os.environ, "GFMD_KG_PROCESSES": processes},
            )
            assert found.returncode == 2
            assert f"Cannot listen on 127.0.0.1, port {port}" in found.stderr
