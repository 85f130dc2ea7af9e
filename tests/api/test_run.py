"""The server as it is started: one process or several, its ends, what it cannot start with."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

COMMAND = Path(sys.executable).parent / "gfmd-kg"


def _alive(address: str) -> bool:
    try:
        return httpx.get(f"{address}/health", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def _figure(address: str, name: str) -> float:
    lines = httpx.get(f"{address}/metrics").text.splitlines()
    return float(next(line.split()[-1] for line in lines if line.startswith(name + " ")))


def _children(process: subprocess.Popen[str]) -> list[int]:
    """The server processes that uvicorn has started."""
    found = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="ascii").split()
    return [int(number) for number in found if b"spawn_main" in _command(number)]


def _command(number: str) -> bytes:
    try:
        return Path(f"/proc/{number}/cmdline").read_bytes()
    except OSError:  # it has ended meanwhile
        return b""


def test_several_processes_share_a_port_and_one_that_dies_is_replaced(serving, until):
    with serving(GFMD_KG_PROCESSES="2") as (address, process):
        first = _children(process)
        assert len(first) == 2
        os.kill(first[0], signal.SIGKILL)
        until(lambda: len(_children(process)) == 2 and _children(process) != first)
        until(lambda: _alive(address))
        assert {_alive(address) for _ in range(20)} == {True}
        process.terminate()
        assert process.wait(20) == 0
        assert not _lives(first[1])


def _lives(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


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


@pytest.mark.server
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


@pytest.mark.server
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
    slow = (
        "SELECT (COUNT(*) AS ?n) { ?a a gfmd:SDGTarget . ?b a gfmd:SDGTarget . ?c a gfmd:Region . "
        "?d a gfmd:Basis }"
    )
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
    assert (process.returncode, said.strip()) == (0, ""), "neither the server nor a worker complains"


def _ready(address: str) -> bool:
    try:
        return httpx.get(f"{address}/ready", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False
