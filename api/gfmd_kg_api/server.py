"""Start the server: open the release, start the workers, listen, watch for the next release."""

from __future__ import annotations

import os
import socket
from types import FrameType

import uvicorn

from gfmd_kg.catalogue.service import STORE_VARIABLE, open_service
from gfmd_kg.errors import CallError
from gfmd_kg.paths import Layout
from gfmd_kg.store.pool import Limits, WorkerPool
from gfmd_kg_api.app import create_app
from gfmd_kg_api.cache import AnswerCache
from gfmd_kg_api.metrics import Measured, Metrics
from gfmd_kg_api.reload import Current, Serving, Watcher
from gfmd_kg_api.routes.operations import Readiness
from gfmd_kg_api.settings import Settings, read_settings

MAX_HEADERS = 96 * 1024
"""Bytes of request line and headers; the address alone may hold 64 kB, for SPARQL by GET."""

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
    metrics, readiness = Metrics(), Readiness()

    def load() -> Serving:
        return _open(layout, settings, metrics, readiness)

    try:
        current = Current(load())
    except BaseException:
        listener.close()
        raise
    watcher = Watcher(layout.release, current, load, metrics.reloaded)
    try:
        config = uvicorn.Config(
            current,
            log_level="warning",
            server_header=False,
            limit_concurrency=settings.connections,
            h11_max_incomplete_event_size=MAX_HEADERS,
        )
        print(_greeting(host, listener.getsockname()[1], current.version), flush=True)
        watcher.start()
        _Server(config, readiness).run(sockets=[listener])
    finally:
        watcher.stop()
        current.close()
        listener.close()


class _Server(uvicorn.Server):
    """Says that it is draining from the moment it is told to stop."""

    def __init__(self, config: uvicorn.Config, readiness: Readiness) -> None:
        super().__init__(config)
        self._readiness = readiness

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop."""
        self._readiness.draining = True
        super().handle_exit(sig, frame)


def _open(layout: Layout, settings: Settings, metrics: Metrics, readiness: Readiness) -> Serving:
    service = open_service(layout, os.environ.get(STORE_VARIABLE))
    limits = Limits(seconds=settings.query_seconds)
    pool = WorkerPool(service.release.quads, service.prefixes, settings.workers, limits)
    app = create_app(service, pool, settings, metrics, readiness)
    cache = AnswerCache(Measured(app, metrics), settings.cache_bytes)
    metrics.watch(cache, pool)

    def close() -> None:
        pool.close()
        service.engine.close()

    return Serving(service.release.version, cache, close)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
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
