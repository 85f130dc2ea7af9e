"""Start nginx on loopback with ``deploy/nginx.conf``, in front of a server of the test."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

CONFIGURATION = Path(__file__).parents[2] / "deploy" / "nginx.conf"
UNPACKED = Path(sys.executable).parent / "nginx"
"""Where ``tests/deploy/get-nginx`` puts it on a machine that has none."""
HALF_BODY = (
    b"POST /sparql HTTP/1.1\r\nHost: a\r\nContent-Type: application/sparql-query\r\n"
    b"Content-Length: 100\r\n\r\nASK"
)
HASTY = {
    "client_header_timeout 10s": "client_header_timeout 1s",
    "client_body_timeout 10s": "client_body_timeout 1s",
    "send_timeout 30s": "send_timeout 1s",
    "keepalive_timeout 5s": "keepalive_timeout 1s",
}
"""Shorter times in place of those that a test would have to wait for."""
AS_MANY_AS_COME = {"rate=50r/s": "rate=10000r/s"}
"""All clients of a test have one address; the limit of requests has a test of its own."""


@dataclass(frozen=True)
class Front:
    """A running nginx: where it listens, and the folder that holds its files."""

    address: str
    folder: Path

    def connect(self, source: str = "127.0.0.1") -> socket.socket:
        """A bare connection from an address of this machine."""
        host, port = self.address.removeprefix("http://").split(":")
        return socket.create_connection((host, int(port)), timeout=30, source_address=(source, 0))

    def say(self, sent: bytes, source: str = "127.0.0.1") -> bytes:
        """All that comes back on a connection of its own, even if nginx reads only a part of what is sent."""
        with self.connect(source) as connection:
            with suppress(ConnectionError):
                connection.sendall(sent)
            return await_end(connection)[1]

    def asked(self, path: str) -> int:
        """How often the echo behind it was asked for a path."""
        answer = parsed(self.say(request("/counts", "Connection: close")))
        return int(answer.json().get(path, 0))

    def log(self) -> list[dict[str, Any]]:
        """The lines of its access log."""
        text = (self.folder / "access.log").read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines()]


def find_nginx() -> Path:
    """The command, installed or unpacked; the test is skipped if there is none."""
    found = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if found:
        return Path(found)
    if not UNPACKED.is_file():
        pytest.skip("nginx is not to be had here, so what faces strangers was not tested")
    return UNPACKED


def configured(folder: Path, upstream: str, port: int, changes: Mapping[str, str]) -> str:
    """The configuration for a test; each text to be replaced must be there, so that none is missed."""
    text = CONFIGURATION.read_text(encoding="utf-8")
    elsewhere = {name: folder / name for name in ("fastcgi", "uwsgi", "scgi")}
    moved = {
        "user www-data;": "user root;" if os.geteuid() == 0 else "",
        "worker_processes auto;": "worker_processes 1;",
        "worker_rlimit_nofile 16384;": "",  # may be more than a test is allowed
        "/run/nginx.pid": str(folder / "pid"),
        "/var/log/nginx/error.log crit": f"{folder / 'error.log'} info",
        "/var/log/nginx/gfmd-kg.log brief buffer=64k flush=5s": f"{folder / 'access.log'} brief",
        "/var/lib/nginx": str(folder),
        "http {\n": "http {\n"
        + "".join(f"    {name}_temp_path {path};\n" for name, path in elsewhere.items()),
        "127.0.0.1:8000": upstream.removeprefix("http://"),
        "listen 80 default_server;": f"listen 127.0.0.1:{port};",
    }
    for old, new in {**moved, **changes}.items():
        assert old in text, f"deploy/nginx.conf has no '{old}'"
        text = text.replace(old, new)
    return text


@contextmanager
def fronting(folder: Path, upstream: str, changes: Mapping[str, str] | None = None) -> Iterator[Front]:
    """nginx in front of ``upstream``, with each text of ``changes`` replaced in its configuration."""
    command = find_nginx()
    folder.mkdir(parents=True, exist_ok=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    file, errors = folder / "nginx.conf", folder / "error.log"
    file.write_text(configured(folder, upstream, port, {**AS_MANY_AS_COME, **(changes or {})}))
    process = subprocess.Popen(
        [command, "-e", "stderr", "-p", folder, "-c", file, "-g", "daemon off;"],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        _await_start(process, port)
        yield Front(f"http://127.0.0.1:{port}", folder)
    finally:
        process.terminate()
        _, said = process.communicate(timeout=30)
    found = [line for line in errors.read_text(errors="replace").splitlines() if _is_fault(line)]
    assert not found, found
    assert not said, said


def _is_fault(line: str) -> bool:
    return any(f"[{level}]" in line for level in ("crit", "alert", "emerg"))


def _await_start(process: subprocess.Popen[str], port: int) -> None:
    end = time.monotonic() + 30
    while True:
        assert process.poll() is None, process.communicate()[1]
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except OSError:
            assert time.monotonic() < end, "nginx does not listen"
            time.sleep(0.02)
        else:
            return


def assert_problem(answer: httpx.Response, status: int, name: str) -> None:
    """It is a problem document of nginx itself, with the headers that every answer has."""
    assert answer.status_code == status
    content = answer.json()
    assert (content["status"], content["type"]) == (status, f"https://w3id.org/gfmd-kg/problem/{name}")
    assert content["title"]
    assert content["detail"].endswith(".")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers.get("retry-after") == ("2" if status in (429, 502, 503) else None)


def await_end(connection: socket.socket) -> tuple[float, bytes]:
    """Seconds until the other side ends the connection, and what came before."""
    begun, received = time.monotonic(), b""
    with suppress(ConnectionResetError):
        while data := connection.recv(1 << 16):
            received += data
    return time.monotonic() - begun, received


def request(path: str, *lines: str, method: str = "GET", version: str = "1.1") -> bytes:
    """The head of a request."""
    return "\r\n".join([f"{method} {path} HTTP/{version}", "Host: a", *lines, "", ""]).encode()


def parsed(raw: bytes) -> httpx.Response:
    """The first answer of a connection, as the client library would give it."""
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    return httpx.Response(int(first.split()[1]), headers=pairs, content=body)
