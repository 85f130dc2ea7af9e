"""What operators ask of the server, and what it does for clients that go or come in numbers."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

from gfmd_kg.namespaces import SOURCE_INFERENCE

RUNAWAY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"


def _figure(address: str, name: str) -> float:
    lines = httpx.get(f"{address}/metrics").text.splitlines()
    return float(next(line.split()[-1] for line in lines if line.startswith(name + " ")))


def _raw(address: str) -> socket.socket:
    host, port = address.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=30)


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
