"""An ordinary ASGI application: servers of other makers run it as it is, with processes of their own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

BIN = Path(sys.executable).parent
APPLICATION = "gfmd_kg_api.asgi:app"
SERVERS = {
    "uvicorn": [BIN / "uvicorn", APPLICATION, "--workers", "2", "--log-level", "error", "--port"],
    "granian": [BIN / "granian", "--interface", "asgi", APPLICATION, "--workers", "2", "--no-log", "--port"],
}
QUESTION = "/queries/theme-elements?format=csv&lang=fr"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _running(name: str, root: Path, **settings: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    port = _free_port()
    process = subprocess.Popen(
        [*map(str, SERVERS[name]), str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "GFMD_KG_ROOT": str(root), **settings},
    )
    try:
        yield f"http://127.0.0.1:{port}", process
    finally:
        process.terminate()
        try:
            process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def _ready(address: str) -> bool:
    try:
        return httpx.get(f"{address}/ready", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


@pytest.mark.parametrize("name", SERVERS)
def test_another_server_gives_the_same_answers(name: str, service, server: str, until):
    root = service.layout.root
    with _running(name, root) as (address, process):
        until(lambda: process.poll() is not None or _ready(address))
        assert process.poll() is None, process.communicate()[1]
        assert httpx.get(address + QUESTION).content == httpx.get(server + QUESTION).content
        answer = httpx.get(f"{address}/sparql", params={"query": "ASK { theme:drivers ?p ?o }"}, timeout=30)
        assert answer.json()["boolean"] is True
        tag = httpx.get(address + QUESTION).headers["etag"]
        assert httpx.get(address + QUESTION, headers={"If-None-Match": tag}).status_code == 304
        head = httpx.head(address + QUESTION)
        assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", tag)
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        assert not _ready(address), "no process of it goes on serving"


@pytest.mark.parametrize("name", SERVERS)
def test_what_it_cannot_start_with_is_said(name: str, tmp_path: Path):
    """Granian tells nothing of it unless it logs; uvicorn gives up by itself."""
    port = _free_port()
    command = [str(word) for word in SERVERS[name] if word not in ("--workers", "2", "--no-log")]
    process = subprocess.Popen(
        [*command, str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "GFMD_KG_ROOT": str(tmp_path)},
    )
    try:
        said, _ = process.communicate(timeout=30)
    finally:
        process.kill()
        process.wait()
    assert process.returncode != 0
    assert "No release is built in" in said
    assert "run 'gfmd-kg build' first" in said
