"""What several tests share: the built release, a catalogue over it, and one real server."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
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
    with _serving(GFMD_KG_QUERY_SECONDS="2") as (address, _):
        yield address


@pytest.fixture
def serving(service: Service) -> Callable[..., AbstractContextManager[tuple[str, subprocess.Popen[str]]]]:
    """A server of the test's own: ``with serving(SETTING="value") as (address, process)``."""
    return _serving


@pytest.fixture
def until() -> Callable[..., None]:
    """Wait until a condition holds; fails if it does not come about."""
    return _until


@contextmanager
def _serving(
    root: Path | None = None, port: int = 0, **settings: str
) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [COMMAND, "serve", "--port", str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **({"GFMD_KG_ROOT": str(root)} if root else {}), **settings},
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _until(lambda: process.poll() is not None or _alive(address))
        assert process.poll() is None, process.communicate()[1]
        yield address, process
    finally:
        process.terminate()
        _, errors = process.communicate(timeout=30)
    assert "Traceback" not in errors, errors


def _alive(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/ready", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _until(condition: Callable[[], object], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(0.05)
