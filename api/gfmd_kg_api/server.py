"""The server: an application over the release in force, its query workers, the watch for the next release."""

from __future__ import annotations

import asyncio
import math
import os
import socket
import sys
from collections.abc import Callable
from functools import partial
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from gfmd_kg.catalogue.service import Service, dress
from gfmd_kg.paths import Layout
from gfmd_kg.store.disk import disk_folder
from gfmd_kg.store.opening import DISK, STORE_VARIABLE, Opened, Opening, open_engine
from gfmd_kg.store.pool import Limits, WorkerPool
from gfmd_kg_api.accesslog import AccessLog
from gfmd_kg_api.app import create_app, page_addresses
from gfmd_kg_api.cache import AnswerCache
from gfmd_kg_api.connections import BoundedProtocol, ConnectionLimits
from gfmd_kg_api.metrics import Measured, Metrics
from gfmd_kg_api.quick import QuickProtocol
from gfmd_kg_api.ratelimit import RateLimit
from gfmd_kg_api.reload import Current, Serving, Watcher
from gfmd_kg_api.routes.operations import Readiness
from gfmd_kg_api.routes.queries import MEDIA_TYPES
from gfmd_kg_api.settings import Settings
from gfmd_kg_api.warm import warm

MAX_HEAD = 96 * 1024
"""Bytes of request line and headers; the address alone may hold 64 kB, for SPARQL by GET."""
HEAD_SECONDS = 10.0
IDLE_SECONDS = 30.0
UNSENT = 512 * 1024 * 1024
"""Bytes of answers that clients have not taken, before further large ones are given up."""
_PATIENCE = 0.25
"""Seconds between listening and the work that nobody waits for: whoever waited for the start goes first."""


def serve(
    layout: Layout,
    settings: Settings,
    listener: socket.socket,
    opening: Opening,
    ready: Callable[[str], None],
) -> None:
    """Serve what is being opened, and each release that follows it, until told to stop.

    ``ready`` is told the version of the first one, before it is served.
    """
    metrics, readiness = Metrics(), Readiness()

    def made_of(opened: Opened) -> Serving:
        return _serving(dress(layout, opened), settings, metrics, readiness)

    current = Current(made_of(opening.take()))
    config = uvicorn.Config(
        _dressed(current, settings),
        http=_protocol(current, settings),  # type: ignore[arg-type]
        log_level="error",
        server_header=False,
        limit_concurrency=settings.connections,
        timeout_graceful_shutdown=math.ceil(settings.ending_seconds),
    )
    server = _Server(config, readiness, current)
    watcher = Watcher(
        layout.release,
        current,
        load=lambda: made_of(open_engine(layout, os.environ.get(STORE_VARIABLE))),
        tell=metrics.reloaded,
        switched=server.warm_from_thread,
        seen=opening.seen,
    )
    try:
        ready(current.version)
        watcher.start()
        server.run(sockets=[listener])
    finally:
        watcher.stop()
        current.close()


def _protocol(current: Current, settings: Settings) -> Callable[..., BoundedProtocol]:
    """Ahead of the application is ahead of a rate limit and a log, too: so not where these are wanted."""
    limits = ConnectionLimits(MAX_HEAD, HEAD_SECONDS, settings.client_connections, IDLE_SECONDS, UNSENT)
    if settings.client_requests or settings.access_log:
        return partial(BoundedProtocol, limits)
    return partial(QuickProtocol, current.find, limits)


def _dressed(current: Current, settings: Settings) -> ASGIApp:
    app: ASGIApp = current
    if settings.client_requests:
        app = RateLimit(app, settings.client_requests)
    return AccessLog(app, sys.stderr.write) if settings.access_log else app


class _Server(uvicorn.Server):
    """Warms the cache once it listens, and says that it is draining from the moment it is told to stop."""

    def __init__(self, config: uvicorn.Config, readiness: Readiness, current: Current) -> None:
        super().__init__(config)
        self._readiness = readiness
        self._current = current
        self._loop: asyncio.AbstractEventLoop | None = None
        self._warming: asyncio.Task[int] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen; a little later, start the query workers and warm the cache beside the first requests."""
        await super().startup(sockets)
        self._loop = asyncio.get_running_loop()
        self._loop.call_later(_PATIENCE, self._begin)

    def _begin(self) -> None:
        self._current.serving.begin()
        self._warm(self._current.serving)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop warming, then answer what has begun."""
        self._stop_warming()
        await super().shutdown(sockets)

    def warm_from_thread(self, serving: Serving) -> None:
        """Begin to warm the cache of what has come into force."""
        if self._loop:
            self._loop.call_soon_threadsafe(self._warm, serving)

    def _warm(self, serving: Serving) -> None:
        self._stop_warming()
        self._warming = asyncio.create_task(warm(serving.app, serving.pages))

    def _stop_warming(self) -> None:
        if self._warming:
            self._warming.cancel()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop."""
        self._readiness.draining = True
        super().handle_exit(sig, frame)


def _serving(service: Service, settings: Settings, metrics: Metrics, readiness: Readiness) -> Serving:
    limits = Limits(
        seconds=settings.query_seconds,
        memory_bytes=settings.query_bytes,
        queue=settings.queue,
        with_network=settings.queries_with_network,
    )
    data = disk_folder(service.release) if service.store == DISK else service.release.quads
    pool = WorkerPool(data, service.release.identity, service.prefixes, settings.workers, limits)
    app = create_app(service, pool, settings, metrics, readiness)
    cache = AnswerCache(Measured(app, metrics), settings.cache_bytes, MEDIA_TYPES)

    def begin() -> None:
        pool.begin()
        metrics.watch(cache, pool)

    def close() -> None:
        pool.close()
        service.engine.close()

    pages = page_addresses(service) if settings.cache_bytes else ()
    return Serving(service.release.version, cache, cache.find, begin, pool.await_worker, close, tuple(pages))
