"""What several tests share: the built release, a catalogue over it, and one real server."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from gfmd_kg.catalogue.service import Service, open_service
from gfmd_kg.paths import find_layout

# these fetch and start servers of other makers: "make test-engines"
collect_ignore = [] if os.environ.get("TEST_ENGINES") else ["engines"]

COMMAND = Path(sys.executable).parent / "gfmd-kg"


@pytest.fixture(scope="session")
def service() -> Service:
    """The real catalogue over the real release, in this process."""
    subprocess.run([COMMAND, "build"], check=True, capture_output=True, timeout=300)
    return open_service(find_layout())


@pytest.fixture(scope="session")
def server(service: Service) -> Iterator[str]:
    """The address of a real server process; ad-hoc queries are stopped after two seconds."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [COMMAND, "serve", "--port", str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "GFMD_KG_QUERY_SECONDS": "2"},
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(address, process)
        yield address
    finally:
        process.terminate()
        _, errors = process.communicate(timeout=20)
    assert "Traceback" not in errors, errors


def _wait(address: str, process: subprocess.Popen[str]) -> None:
    for _ in range(200):
        assert process.poll() is None, process.communicate()[1]
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=5) as answer:
                assert answer.status == 200
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("the server did not start within ten seconds")
