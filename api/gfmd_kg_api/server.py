"""Start the server: open the release, start the workers, listen."""

from __future__ import annotations

import os
import socket

import uvicorn

from gfmd_kg.catalogue.service import STORE_VARIABLE, open_service
from gfmd_kg.errors import CallError
from gfmd_kg.paths import Layout
from gfmd_kg.store.pool import Limits, WorkerPool
from gfmd_kg_api.app import create_app
from gfmd_kg_api.settings import read_settings

_TO_TRY = (
    "/queries/mechanisms-by-area?area=anti-trafficking&category=rcp",
    "/queries/coverage-matrix?format=html",
    "/doc/mechanism/rcm",
)


def run(layout: Layout, host: str, port: int) -> None:
    """Serve until told to stop.

    Raises ``CallError`` if the address is taken, ``ReleaseError`` if no release is built.
    """
    settings = read_settings()
    listener = _listen(host, port)
    service = open_service(layout, os.environ.get(STORE_VARIABLE))
    limits = Limits(seconds=settings.query_seconds)
    pool = WorkerPool(service.release.quads, service.prefixes, settings.workers, limits)
    try:
        app = create_app(service, pool, settings)
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", server_header=False))
        print(_greeting(host, listener.getsockname()[1], service.release.version), flush=True)
        server.run(sockets=[listener])
    finally:
        pool.close()
        service.engine.close()
        listener.close()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        detail = f"Cannot listen on {host}, port {port}: {error.strerror}. Choose another port."
        raise CallError("port", str(port), detail) from error
    listener.set_inheritable(False)
    return listener


def _greeting(host: str, port: int, version: str) -> str:
    address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    links = "\n".join(f"  {address}{path}" for path in _TO_TRY)
    return f"gfmd-kg, release {version}, on {address}/ (stop with Ctrl+C). Three to try:\n{links}"
