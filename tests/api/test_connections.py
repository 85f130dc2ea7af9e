"""Connections that take too long, hold too much, or come too often; several processes on one port."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
import uvicorn

from gfmd_kg.namespaces import SOURCE_INFERENCE
from gfmd_kg_api.connections import BoundedProtocol, ConnectionLimits
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


def _assert_problem(answer: bytes, status: int, name: str) -> None:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert b"\r\ncontent-type: application/problem+json\r\n" in head
    assert b"\r\ncontent-length: %d\r\n" % len(body) in head
    content = json.loads(body)
    assert (content["status"], content["type"].rpartition("/")[2]) == (status, name)


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
        _assert_problem(connection.recv(4096), 431, "too-large")


def test_a_head_that_does_not_end_is_given_up(serving):
    with serving() as (address, _), _raw(address) as connection:
        begun = time.monotonic()
        connection.sendall(b"GET /queries HTTP/1.1\r\nHost: a\r\nX-Slow: ")
        _assert_problem(connection.recv(4096), 408, "too-slow")
        assert 8 < time.monotonic() - begun < 15


def test_one_address_cannot_take_every_connection(serving, until):
    with serving(GFMD_KG_CLIENT_CONNECTIONS="5") as (address, _):
        held = [_raw(address) for _ in range(5)]
        try:
            with _raw(address) as sixth:
                answer = sixth.recv(4096)
                _assert_problem(answer, 429, "too-many-connections")
                assert b"\r\nretry-after: 2\r\n" in answer
        finally:
            for connection in held:
                connection.close()
        until(lambda: _alive(address))


def test_what_is_no_http_is_told_so(serving):
    with serving() as (address, _), _raw(address) as connection:
        connection.sendall(b"\x16\x03\x01 no HTTP at all\r\n\r\n")
        _assert_problem(connection.recv(4096), 400, "http")


def test_a_full_server_says_when_to_come_again(serving):
    with serving(GFMD_KG_CONNECTIONS="3") as (address, _):
        held = [_raw(address) for _ in range(3)]
        try:
            held[-1].sendall(b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n")
            answer = held[-1].recv(4096)
            _assert_problem(answer, 503, "busy")
            assert b"\r\nretry-after: 2\r\n" in answer
        finally:
            for connection in held:
                connection.close()


LONG = b"x" * 30_000_000


class _Sized:
    """An application that answers each path with as many bytes as it names, and counts what it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    async def __call__(self, scope, receive, send):
        if scope["type"] == "http":
            self.asked += 1
            body = LONG[: int(scope["path"][1:])]
            headers = [(b"content-length", str(len(body)).encode())]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": body})


@contextmanager
def _bounded(limits: ConnectionLimits, app: _Sized) -> Iterator[str]:
    """The address of a server in this process, whose sockets hold little."""
    config = uvicorn.Config(
        app,
        http=partial(BoundedProtocol, limits),
        log_level="critical",
        timeout_graceful_shutdown=1,
    )
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8192)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(20)


def _stalled(address: str, *sizes: int) -> socket.socket:
    """A client that asks for answers of these sizes at once, and reads nothing."""
    host, port = address.removeprefix("http://").split(":")
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.settimeout(30)
    client.connect((host, int(port)))
    client.sendall(b"".join(b"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n" % size for size in sizes))
    return client


@pytest.mark.parametrize("size", [len(LONG), 60_000])
def test_a_client_that_does_not_read_is_given_up(until, size: int):
    limits = ConnectionLimits(10_000, 10.0, 10, idle_seconds=0.5, unsent_bytes=10**9)
    with _bounded(limits, _Sized()) as address, _stalled(address, size):
        until(lambda: bool(limits.slow), seconds=10)
        until(lambda: not limits.slow and not limits.open, seconds=10)


def test_a_client_that_reads_slowly_gets_everything(until):
    limits, app = ConnectionLimits(10_000, 10.0, 10, idle_seconds=3, unsent_bytes=10**9), _Sized()
    with _bounded(limits, app) as address, _raw(address) as connection:
        for asked in (1, 2):  # on one connection, which stays
            connection.sendall(b"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n" % len(LONG))
            got = 0
            while got < len(LONG):
                got += len(connection.recv(min(2_000_000, len(LONG) - got), socket.MSG_WAITALL))
                time.sleep(0.05)
            connection.settimeout(0.2)
            with suppress(TimeoutError):  # the rest: as many bytes as the head had
                got += len(connection.recv(1000))
            connection.settimeout(30)
            assert len(LONG) < got < len(LONG) + 500
            assert app.asked == asked
        until(lambda: not limits.slow)


def test_the_next_request_waits_until_an_answer_is_taken(until):
    limits, app = ConnectionLimits(10_000, 10.0, 10, idle_seconds=60, unsent_bytes=10**9), _Sized()
    with _bounded(limits, app) as address, _stalled(address, 5_000_000, 7, 9) as client:
        until(lambda: bool(limits.slow), seconds=5)
        client.sendall(b"GET /11 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        time.sleep(0.5)
        assert app.asked == 1
        got = bytearray()
        while data := client.recv(1_000_000):
            got += data
        bodies = [part.partition(b"\r\n\r\n")[2] for part in bytes(got).split(b"HTTP/1.1 200 OK\r\n")[1:]]
        assert [len(body) for body in bodies] == [5_000_000, 7, 9, 11]


def test_long_answers_that_nobody_reads_are_bounded_together():
    limits = ConnectionLimits(10_000, 10.0, 10, idle_seconds=60, unsent_bytes=2 * len(LONG))
    with _bounded(limits, _Sized()) as address:
        small = _stalled(address, 1_000_000)
        held = [_stalled(address, len(LONG)) for _ in range(4)]
        ended = 0
        try:
            while ended < 3:  # two long answers and a small one are more than may wait
                readable, _, _ = select.select(held, [], [], 20)
                assert readable, "none was given up"
                for client in readable:
                    with suppress(ConnectionError):
                        if client.recv(1_000_000):
                            continue
                    held.remove(client)
                    client.close()
                    ended += 1
            got = 0
            while got < 1_000_000:
                got += len(small.recv(1_000_000))
        finally:
            for client in (small, *held):
                client.close()


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
    limits = {"GFMD_KG_WORKERS": "1", "GFMD_KG_QUEUE": "1", "GFMD_KG_CLIENT_QUERIES": "9"}
    with serving(GFMD_KG_QUERY_SECONDS="3", **limits) as (address, _):
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


@pytest.mark.parametrize("processes", ["1", "2"])
@pytest.mark.parametrize(
    ("store", "status", "word"),
    [("nonsense", 2, "GFMD_KG_STORE"), ("http://127.0.0.1:9/sparql", 3, "could not be reached")],
)
def test_a_store_that_cannot_be_asked_is_told_once(
    service, processes: str, store: str, status: int, word: str
):
    found = subprocess.run(
        [COMMAND, "serve", "--port", "0"],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "GFMD_KG_PROCESSES": processes, "GFMD_KG_STORE": store},
    )
    assert (found.returncode, found.stdout) == (status, "")
    assert found.stderr.count(word) == 1
    assert "Traceback" not in found.stderr


def test_the_keyboard_stops_the_server_and_lets_a_query_end(service, until):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [COMMAND, "serve", "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "GFMD_KG_QUERY_SECONDS": "60"},
    )
    address = f"http://127.0.0.1:{port}"
    # long enough to be running when the interrupt comes, short enough to end
    slow = "SELECT (COUNT(*) AS ?n) { ?a a gfmd:SourcePassage . ?b a gfmd:SourcePassage . ?c a gfmd:Region }"
    try:
        with ThreadPoolExecutor(1) as beside:
            until(lambda: _ready(address))
            begun = beside.submit(httpx.get, f"{address}/sparql", params={"query": slow}, timeout=90)
            until(lambda: _figure(address, "gfmd_kg_workers_busy") == 1)
            os.killpg(process.pid, signal.SIGINT)  # as a terminal does to all of its foreground group
            assert begun.result().status_code == 200
        _, said = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert (process.returncode, said.strip()) == (130, ""), "neither the server nor a worker complains"


def _ready(address: str) -> bool:
    try:
        return httpx.get(f"{address}/ready", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


@contextmanager
def _hanging() -> Iterator[tuple[str, list[str], threading.Event]]:
    """An endpoint that says that it holds a release, and then nothing until the event; what it holds back."""
    held: list[str] = []
    released = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            opening = "InferenceRun" in body or "current" in body
            if not opening:
                held.append(body)
                released.wait(30)
                held.remove(body)
            rows = (
                [{"graph": {"type": "uri", "value": SOURCE_INFERENCE.value}}]
                if "InferenceRun" in body
                else []
            )
            self.send_response(200 if opening else 503)
            self.send_header("Content-Type", "application/sparql-results+json")
            self.end_headers()
            with suppress(OSError):
                found = {"head": {"vars": ["graph"] if rows else ["set"]}, "results": {"bindings": rows}}
                self.wfile.write(json.dumps(found).encode())

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/sparql", held, released
    finally:
        released.set()
        server.shutdown()
        server.server_close()
        thread.join(10)


def test_health_is_told_though_every_thread_waits_for_an_engine(serving, until):
    limits = httpx.Limits(max_connections=50)
    with (
        _hanging() as (store, held, released),
        serving(GFMD_KG_STORE=store, GFMD_KG_CACHE_MB="0") as (address, _),
        httpx.Client(base_url=address, limits=limits, timeout=60) as client,
        ThreadPoolExecutor(45) as beside,
    ):
        asked = [beside.submit(client.get, f"/queries/mechanisms?offset={number}") for number in range(45)]
        until(lambda: len(held) == 40)  # as many as there are threads
        begun = time.monotonic()
        statuses = [client.get(path).status_code for path in ("/health", "/ready", "/metrics")]
        took, waiting = time.monotonic() - begun, len(held)
        released.set()
        assert statuses == [200, 200, 200]
        assert took < 2
        assert waiting == 40
        assert {each.result().status_code for each in asked} == {502}
