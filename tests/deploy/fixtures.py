"""What the tests of ``deploy/`` and the hostile ones share: nginx in front of the server, or of an echo."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from pathlib import Path

import pytest
from tests.deploy.proxy import HASTY, Front, find_nginx, fronting


@pytest.fixture
def front(tmp_path: Path) -> Callable[..., AbstractContextManager[Front]]:
    """nginx of the test's own: ``with front(upstream, {"text": "other text"}) as nginx``."""
    numbers = count()
    return lambda upstream, changes=None: fronting(tmp_path / f"nginx{next(numbers)}", upstream, changes)


@pytest.fixture(scope="session")
def fronted(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """nginx as it is configured, in front of the server that the tests share."""
    with fronting(tmp_path_factory.mktemp("nginx"), server) as nginx:
        yield nginx


@contextmanager
def echoing() -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """An application on plain uvicorn that tells what it was sent: its address, and its process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--http", "httptools", "--ws", "none", "--no-access-log", "--log-level", "error"]
    command = ["-m", "uvicorn", "--app-dir", str(Path(__file__).parent), "echo:app", "--port", str(port)]
    process = subprocess.Popen([sys.executable, *command, *options])
    address = f"http://127.0.0.1:{port}"
    try:
        end = time.monotonic() + 30
        while not _answers(f"{address}/counts"):
            assert process.poll() is None and time.monotonic() < end, "the echo does not start"
            time.sleep(0.05)
        yield address, process
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture(scope="session")
def echo() -> Iterator[str]:
    """The address of an echo that several tests share."""
    find_nginx()  # without it nobody asks
    with echoing() as (address, _):
        yield address


@pytest.fixture(scope="session")
def told(echo: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """nginx as it is configured, in front of the echo."""
    with fronting(tmp_path_factory.mktemp("told"), echo) as nginx:
        yield nginx


@pytest.fixture(scope="session")
def hasty(echo: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """nginx that waits for a second only, in front of the echo."""
    with fronting(tmp_path_factory.mktemp("hasty"), echo, HASTY) as nginx:
        yield nginx


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5):
            return True
    except OSError:
        return False
