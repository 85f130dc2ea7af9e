"""One client that wants it all, and clients that go: the others are answered meanwhile."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import httpx
import pytest
from tests.deploy.proxy import HALF_BODY, assert_problem, request

RUNAWAY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"


def test_one_client_cannot_take_every_connection(front, echo: str, until):
    with front(echo, {"connections 200": "connections 5"}) as nginx:
        with ExitStack() as stack:
            for _ in range(5):
                stack.enter_context(nginx.connect()).sendall(HALF_BODY.replace(b"/sparql", b"/half"))
            time.sleep(0.2)
            assert_problem(httpx.get(f"{nginx.address}/place"), 429, "too-many-requests")
            assert_problem(httpx.get(f"{nginx.address}/sparql"), 429, "too-many-requests")
            with _from("127.0.0.2") as other:
                assert other.get(f"{nginx.address}/place").status_code == 200
        until(lambda: httpx.get(f"{nginx.address}/place").status_code == 200)


def test_a_network_of_ipv6_is_one_client(front, echo: str):
    believed = "http {\n    set_real_ip_from 127.0.0.1;\n    real_ip_header X-Test-Client;\n"
    with front(echo, {"http {\n": believed, "connections 200": "connections 1"}) as nginx:

        def status(client: str) -> int:
            return httpx.get(f"{nginx.address}/place", headers={"X-Test-Client": client}).status_code

        with nginx.connect() as held:
            held.sendall(HALF_BODY.replace(b"Host: a", b"Host: a\r\nX-Test-Client: 2001:db8:0:1::1"))
            time.sleep(0.2)
            assert status("2001:db8:0:1:ffff::2") == 429
            assert status("2001:db8:0:2::1") == 200
            assert status("192.0.2.1") == 200


def test_too_many_requests(front, echo: str):
    with front(echo, {"rate=10000r/s": "rate=50r/s"}) as nginx, httpx.Client() as client:
        answers = [client.get(f"{nginx.address}/steady") for _ in range(400)]
        assert [answer.status_code for answer in answers[:200]] == [200] * 200
        refused = [answer for answer in answers if answer.status_code != 200]
        assert len(refused) > 50
        assert_problem(refused[-1], 429, "too-many-requests")
        with _from("127.0.0.2") as other:
            assert other.get(f"{nginx.address}/steady").status_code == 200
        time.sleep(0.1)
        assert client.get(f"{nginx.address}/steady").status_code == 200


@contextmanager
def _from(address: str) -> Iterator[httpx.Client]:
    """A client of another address of this machine."""
    with httpx.Client(transport=httpx.HTTPTransport(local_address=address), timeout=30) as client:
        yield client


def _figure(address: str, name: str) -> float:
    lines = httpx.get(f"{address}/metrics").text.splitlines()
    return float(next(line.split()[-1] for line in lines if line.startswith(name + " ")))


def test_runaways_of_one_client_leave_a_worker_for_the_others(front, serving, until, tally):
    with serving(GFMD_KG_QUERY_SECONDS="4") as (address, _), front(address) as nginx:
        ask = {"params": {"query": "ASK {}"}}
        assert httpx.get(f"{nginx.address}/sparql", **ask, timeout=30).status_code == 200

        def run_away() -> int:
            return httpx.post(f"{nginx.address}/sparql", data={"query": RUNAWAY}, timeout=30).status_code

        with ThreadPoolExecutor(10) as beside, _from("127.0.0.2") as other:
            first = beside.submit(run_away)
            until(lambda: _figure(address, "gfmd_kg_workers_busy") == 1)
            refused = [beside.submit(run_away) for _ in range(9)]
            for _ in range(10):
                begun = time.monotonic()
                answer = other.get(f"{nginx.address}/sparql", **ask)
                tally(answer.status_code)
                assert answer.status_code == 200
                assert time.monotonic() - begun < 1
            assert {each.result() for each in refused} == {429}
            assert first.result() == 504
            for each in (first, *refused):
                tally(each.result())


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_query_of_a_client_that_goes_is_stopped_within_a_second(front, serving, until, method: str):
    query = str(httpx.QueryParams({"query": RUNAWAY}))
    if method == "GET":
        sent = request(f"/sparql?{query}")
    else:
        form = "Content-Type: application/x-www-form-urlencoded"
        sent = request("/sparql", form, f"Content-Length: {len(query)}", method="POST") + query.encode()
    with serving(GFMD_KG_QUERY_SECONDS="30") as (address, _), front(address) as nginx:
        with nginx.connect() as connection:
            connection.sendall(sent)
            until(lambda: _figure(address, "gfmd_kg_workers_busy") == 1)
        gone = time.monotonic()
        until(lambda: _figure(address, "gfmd_kg_worker_kills_total") == 1, seconds=5)
        assert time.monotonic() - gone < 1.5  # the second, and room for a busy machine
        answer = httpx.get(f"{nginx.address}/sparql", params={"query": "ASK {}"}, timeout=30)
        assert answer.status_code == 200
