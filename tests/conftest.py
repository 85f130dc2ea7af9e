"""What several tests share: the miniature and the live data, each built once a run, and servers over them.

Tests of the program ask the miniature of ``tests/fixtures``; ``live…`` fixtures are for those of the data.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from gfmd_kg.build.pipeline import build
from gfmd_kg.catalogue.service import Service, open_service
from gfmd_kg.paths import ROOT_VARIABLE, Layout

# these fetch and start servers of other makers: "make test-engines"
collect_ignore = [] if os.environ.get("TEST_ENGINES") else ["engines"]

Running = AbstractContextManager[tuple[str, subprocess.Popen[str]]]

TESTS = Path(__file__).parent
ROOT = TESTS.parent
MINIATURE = TESTS / "fixtures" / "miniature"
COMMAND = Path(sys.executable).parent / "gfmd-kg"

LIVE_FIXTURES = {"live", "live_service", "live_server"}
SERVER_FIXTURES = {"server", "serving", "live_server", "front", "fronted", "echo"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what starts servers and what needs a release, so that they can be left out."""
    for item in items:
        used = set(getattr(item, "fixturenames", ()))
        if used & SERVER_FIXTURES:
            item.add_marker("server")
        if used & LIVE_FIXTURES:
            item.add_marker("live")
        if "miniature" in used:
            item.add_marker("miniature")
    if (
        "PYTEST_XDIST_WORKER" in os.environ
    ):  # what is slow begins first, so that no core waits for it at the end
        items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def lay_out(root: Path) -> Layout:
    """A project tree in ``root``: the real ontology, shapes and queries with the miniature, all copied."""
    for source in (ROOT / "ontology", ROOT / "shapes", ROOT / "queries", MINIATURE / "data"):
        if not (root / source.name).exists():
            shutil.copytree(source, root / source.name)
    return Layout(root)


@contextmanager
def _alone(tmp_path_factory: pytest.TempPathFactory, name: str) -> Iterator[Path]:
    """A folder that all processes of this run share, while the others wait."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield shared / name


@pytest.fixture(scope="session")
def miniature(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    """The tree of the miniature with its release. It is shared: a test that changes something copies it."""
    with _alone(tmp_path_factory, "miniature") as folder:
        layout = lay_out(folder)
        build(layout)
    return layout


@pytest.fixture(autouse=True)
def _same_tree(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test of the program starts asks the miniature, too."""
    if "miniature" in request.fixturenames:
        monkeypatch.setenv(ROOT_VARIABLE, str(request.getfixturevalue("miniature").root))


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """A tree of the test's own, which it may spoil: the miniature, no release yet."""
    return lay_out(tmp_path / "tree")


@pytest.fixture
def built(miniature: Layout, tmp_path: Path) -> Layout:
    """A tree of the test's own with the release of the miniature."""
    return Layout(shutil.copytree(miniature.root, tmp_path / "tree"))


@pytest.fixture(scope="session")
def service(miniature: Layout) -> Service:
    """The catalogue over the miniature, in this process."""
    return open_service(miniature)


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    """The checkout itself with its release."""
    with _alone(tmp_path_factory, "live"):
        subprocess.run([COMMAND, "build"], check=True, capture_output=True, timeout=300)
    return Layout(ROOT)


@pytest.fixture(scope="session")
def live_service(live: Layout) -> Service:
    """The catalogue over the live release, in this process."""
    return open_service(live)


@pytest.fixture(scope="session")
def server(miniature: Layout) -> Iterator[str]:
    """The address of a server process over the miniature; ad-hoc queries are stopped after two seconds."""
    with _serving(miniature.root, GFMD_KG_QUERY_SECONDS="2") as (address, _):
        yield address


@pytest.fixture(scope="session")
def live_server(live: Layout) -> Iterator[str]:
    """The address of a server process over the live release."""
    with _serving(live.root, GFMD_KG_QUERY_SECONDS="2") as (address, _):
        yield address


@pytest.fixture
def serving(miniature: Layout) -> Callable[..., Running]:
    """A server of the test's own: ``with serving(SETTING="value") as (address, process)``.

    It serves the miniature, or the tree ``root``.
    """

    def start(root: Path | None = None, port: int = 0, **settings: str) -> Running:
        return _serving(root or miniature.root, port, **settings)

    return start


@pytest.fixture
def until() -> Callable[..., None]:
    """Wait until a condition holds; fails if it does not come about."""
    return _until


@contextmanager
def _serving(root: Path, port: int = 0, **settings: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The one place where a server is started: over the tree ``root``, with ``settings`` as environment."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [COMMAND, "serve", "--port", str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, ROOT_VARIABLE: str(root), **settings},
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
