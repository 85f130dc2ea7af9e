"""Three replicas behind HAProxy as in ``deploy/``: one dies, one stalls, no answer is lost."""

from __future__ import annotations

import http.client
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from tests.engines.conftest import missing, publish
from tests.engines.servers import MissingError, Server, debian, free_port, run_oxigraph, stop, wait_for
from tests.engines.test_engines import serving

CONFIGURATION = Path(__file__).parents[2] / "deploy" / "haproxy.cfg"
CLIENTS = 4
SECONDS = 5.0
"""How long the load goes on after each fault."""
AREAS = (
    "anti-trafficking",
    "asylum-and-refugees",
    "health",
    "border-management",
    "labour-migration",
    "remittances",
)


@contextmanager
def balanced(folder: Path, replicas: list[Server]) -> Iterator[str]:
    """HAProxy over ``replicas``; where it listens."""
    listen = f"127.0.0.1:{free_port()}"
    addresses = {
        f"REPLICA_{number}": replica.query.removeprefix("http://").removesuffix("/query")
        for number, replica in enumerate(replicas, 1)
    }
    paths = {"LISTEN": listen, "QUERY_PATH": "/query", "CHECK_PATH": "/query?query=ASK%7B%7D"}
    command = debian("haproxy", "haproxy")
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(
            [command.path, "-db", "-f", CONFIGURATION],
            env={**command.environment, **paths, **addresses},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_for(f"http://{listen}/query", process, folder / "output")
        yield f"http://{listen}/query"
    finally:
        stop(process)


@pytest.fixture
def replicas(tmp_path: Path) -> Iterator[list[Server]]:
    """Three replicas that hold the release in force."""
    with ExitStack() as stack:
        found = []
        for number in range(3):
            (tmp_path / str(number)).mkdir()
            try:
                found.append(stack.enter_context(run_oxigraph(tmp_path / str(number))))
            except MissingError as error:
                missing(error)
            publish(found[-1])
        yield found


class _Load:
    """Asks canned questions without end, each on a connection of its own; keeps what was not answered."""

    def __init__(self, address: str) -> None:
        self._host = address.removeprefix("http://")
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=[number]) for number in range(CLIENTS)]
        self.failed: list[str] = []
        self.slowest = 0.0
        self.answered = 0

    def _ask(self, client: int) -> None:
        number = 0
        while not self._stopped.is_set():
            number += 1
            area = AREAS[(number + client) % len(AREAS)]
            path = f"/queries/mechanisms-by-area?area={area}&limit={number % 50 + 1}&lang=en"
            began = time.monotonic()
            try:
                connection = http.client.HTTPConnection(self._host, timeout=60)
                connection.request("GET", path, headers={"Accept": "application/json"})
                response = connection.getresponse()
                body = response.read()
                connection.close()
            except (OSError, http.client.HTTPException) as error:
                self.failed.append(f"{path}: {error!r}")
                continue
            self.slowest = max(self.slowest, time.monotonic() - began)
            if response.status == 200:
                self.answered += 1
            else:
                self.failed.append(f"{path}: {response.status} {body[:200]!r}")

    def __enter__(self) -> _Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join()


def test_one_replica_dies_and_one_stalls_and_no_answer_is_lost(
    tmp_path: Path, replicas: list[Server], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("GFMD_KG_CACHE_MB", "0")  # or else most questions would not reach the replicas
    (tmp_path / "balancer").mkdir()
    try:
        balancer = balanced(tmp_path / "balancer", replicas)
        # twice, so that an answer that breaks off midway, which HAProxy cannot repeat, is asked for again
        with balancer as address, serving(f"{address} {address}") as server, _Load(server) as load:
            time.sleep(SECONDS)
            quiet = load.answered
            replicas[0].process.kill()
            time.sleep(SECONDS)
            killed = load.answered
            replicas[1].process.send_signal(signal.SIGSTOP)
            time.sleep(SECONDS + 5)
            stalled = load.answered
    except MissingError as error:
        missing(error)
    print(
        f"replicas: {quiet} answers from three, {killed - quiet} after one was killed, "
        f"{stalled - killed} after another was stopped, "
        f"{len(load.failed)} lost, slowest {load.slowest:.1f} s",
        file=sys.stderr,
    )
    assert load.failed == []
    assert 0 < quiet < killed < stalled
    assert load.slowest < 10


def test_the_balancer_lets_nothing_but_queries_through(tmp_path: Path):
    with ExitStack() as stack:
        try:
            (tmp_path / "replica").mkdir()
            replica = stack.enter_context(run_oxigraph(tmp_path / "replica"))
            address = stack.enter_context(balanced(tmp_path, [replica] * 3))
        except MissingError as error:
            missing(error)
        host = address.removeprefix("http://").removesuffix("/query")
        for method, path, status in (
            ("POST", "/update", 403),
            ("PUT", "/store?default", 405),
            ("DELETE", "/query", 405),
            ("GET", "/store?default", 403),
            ("GET", "/query?query=ASK%7B%7D", 200),
        ):
            connection = http.client.HTTPConnection(host, timeout=10)
            connection.request(method, path, body=b"" if method != "GET" else None)
            response = connection.getresponse()
            response.read()
            connection.close()
            assert (method, path, response.status) == (method, path, status)
