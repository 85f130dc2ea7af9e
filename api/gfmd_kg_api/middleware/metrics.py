"""What operators measure, in the text format of Prometheus."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import cache

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gfmd_kg.store.sandbox.pool import WorkerPool
from gfmd_kg_api.middleware.cache import AnswerCache

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_PLACES = frozenset(
    [
        *("queries", "sparql", "doc", "id", "passage", "note", "reference", "graph"),
        *("ontology", "shapes", "vocabularies", "export"),
    ]
)


class Metrics:
    """Counts of one server process; they outlive a change of release."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "gfmd_kg_requests",
            "Requests that the application answered",
            ["place", "status"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "gfmd_kg_request_seconds", "Time to the end of the answer", ["place"], registry=self._registry
        )
        self._counted = cache(
            lambda place, status: (self._requests.labels(place, str(status)), self._seconds.labels(place))
        )
        self._reloads = Counter("gfmd_kg_reloads", "Changes of release", ["outcome"], registry=self._registry)
        self._state = _State()
        self._registry.register(self._state)

    def watch(self, cache: AnswerCache, pool: WorkerPool) -> None:
        """Report on these two from now on; their counts begin anew with a release."""
        self._state.watched = (cache, pool)

    def reloaded(self, outcome: str) -> None:
        """Count a change of release: ``done`` or ``refused``."""
        self._reloads.labels(outcome).inc()

    def answered(self, path: str, status: int, seconds: float) -> None:
        """Count one request under the first part of its path."""
        first = path.lstrip("/").partition("/")[0]  # the path of "OPTIONS *" has no slash
        place = first if first in _PLACES else "other"
        number, times = self._counted(place, status)
        number.inc()
        times.observe(seconds)

    def text(self) -> bytes:
        """All figures as Prometheus reads them."""
        return generate_latest(self._registry)


class Measured:
    """ASGI middleware that counts and times what reaches the application."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection; anything but HTTP goes through untouched."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.monotonic(), 500

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            self._metrics.answered(scope["path"], status, time.monotonic() - started)


class _State(Collector):
    def __init__(self) -> None:
        self.watched: tuple[AnswerCache, WorkerPool] | None = None

    def collect(self) -> Iterator[Metric]:
        """The figures of the moment."""
        if self.watched is None:
            return
        cache, pool = self.watched
        yield CounterMetricFamily("gfmd_kg_cache_hits", "Answers given again", value=cache.hits)
        yield CounterMetricFamily("gfmd_kg_cache_misses", "Answers worked out", value=cache.misses)
        yield GaugeMetricFamily("gfmd_kg_cache_bytes", "Bytes of answers kept", value=cache.bytes)
        yield GaugeMetricFamily("gfmd_kg_workers_busy", "Workers that run an ad-hoc query", value=pool.busy)
        yield CounterMetricFamily("gfmd_kg_worker_kills", "Workers killed and replaced", value=pool.kills)
        yield CounterMetricFamily(
            "gfmd_kg_queue_refusals", "Ad-hoc queries refused because all were busy", value=pool.refusals
        )
