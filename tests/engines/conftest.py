"""Servers of other makers, with the release in force published to them by the command."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NoReturn

import pytest
from tests.engines.servers import RUN, MissingError, Server

from gfmd_kg.catalogue.registry import Catalogue, load_queries
from gfmd_kg.catalogue.service import Service
from gfmd_kg.store.engine import QueryEngine
from gfmd_kg.store.engines.disk import open_disk
from gfmd_kg.store.engines.remote import RemoteEngine
from gfmd_kg.store.publishing.pointer import open_published

COMMAND = Path(sys.executable).parent / "gfmd-kg"


@pytest.fixture(scope="session")
def service(live_service: Service) -> Service:
    """The live release: other engines are held to all of it."""
    return live_service


@pytest.fixture(scope="session")
def server(live_server: str) -> str:
    """A server over the live release."""
    return live_server


def missing(error: MissingError) -> NoReturn:
    """Fail for a server that is not to be had, or go on without it if that was asked for."""
    if os.environ["TEST_ENGINES"] == "available":
        pytest.skip(f"not to be had here: {error}")
    pytest.fail(f"not to be had here, TEST_ENGINES=available goes on without: {error}", pytrace=False)


@pytest.fixture(scope="session")
def servers(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Server]]:
    """Starts a server by its name when it is first asked for, with the release in force."""
    started: dict[str, Server | MissingError] = {}
    with ExitStack() as stack:

        def get(name: str) -> Server:
            if name not in started:
                try:
                    started[name] = stack.enter_context(RUN[name](tmp_path_factory.mktemp(name)))
                    publish(started[name])
                except MissingError as error:
                    started[name] = error
            found = started[name]
            return missing(found) if isinstance(found, MissingError) else found

        yield get


def publish(server: Server) -> str:
    """Publish the release in force by the command; what it told."""
    call = [COMMAND, "publish", *server.publish]
    environment = {**os.environ, **server.environment}
    done = subprocess.run(call, env=environment, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    return done.stderr


@pytest.fixture(params=list(RUN))
def running(request: pytest.FixtureRequest, servers: Callable[[str], Server]) -> Server:
    """Each server in turn."""
    return servers(request.param)


@pytest.fixture(params=["disk", *RUN])
def elsewhere(
    request: pytest.FixtureRequest, service: Service, servers: Callable[[str], Server]
) -> Catalogue:
    """The catalogue over an engine that is not the store in memory."""
    engine: QueryEngine
    if request.param == "disk":
        engine = open_disk(service.release)
    else:
        remote = RemoteEngine(servers(request.param).query, timeout=60.0, total=60.0)
        engine = open_published(remote, service.release.version)
    return Catalogue(load_queries(service.layout.queries), engine, service.release.version)
