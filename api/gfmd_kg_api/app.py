"""Put the application together: the routes over one release, and what surrounds them."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from starlette.types import ASGIApp

from gfmd_kg.catalogue.header import LANGUAGES
from gfmd_kg.catalogue.registry import Catalogue
from gfmd_kg.catalogue.service import Service, create_service
from gfmd_kg.paths import Layout
from gfmd_kg.store.engine import AdHocRunner
from gfmd_kg.store.engines.disk import disk_folder
from gfmd_kg.store.engines.open import DISK, STORE_VARIABLE, Opened, open_engine
from gfmd_kg.store.sandbox.pool import Limits, WorkerPool
from gfmd_kg_api.describe.openapi import describe_endpoint, describe_queries
from gfmd_kg_api.http import problems
from gfmd_kg_api.middleware.access_log import AccessLog
from gfmd_kg_api.middleware.cache import AnswerCache
from gfmd_kg_api.middleware.forwarded import Forwarded
from gfmd_kg_api.middleware.headers import ResponseHeaders
from gfmd_kg_api.middleware.metrics import Measured, Metrics
from gfmd_kg_api.middleware.rate_limit import RateLimit
from gfmd_kg_api.routes.exports import export_routes
from gfmd_kg_api.routes.operations import operation_routes
from gfmd_kg_api.routes.queries import OFFERS, example_links, query_routes
from gfmd_kg_api.routes.sparql import MEDIA_TYPES as SPARQL_MEDIA_TYPES
from gfmd_kg_api.routes.sparql import SparqlEndpoint
from gfmd_kg_api.routes.start import start_routes
from gfmd_kg_api.routes.terms import term_routes
from gfmd_kg_api.routes.things import thing_routes
from gfmd_kg_api.serving.reload import ReleaseApp
from gfmd_kg_api.settings import Settings
from gfmd_kg_api.web.pages import Pages


class _Described(FastAPI):
    """Describes canned queries and SPARQL, too, but only once it is asked: a start need not wait for that."""

    catalogue: Catalogue

    def openapi(self) -> dict[str, Any]:
        """The description of the API, kept once it is made."""
        if not self.openapi_schema:
            described = super().openapi()
            paths = {}
            for path, operations in described["paths"].items():
                paths[path] = operations
                if path == "/queries":
                    paths |= describe_queries(self.catalogue, OFFERS) | describe_endpoint()
            self.openapi_schema = {**described, "paths": paths}
        return self.openapi_schema


def create_app(service: Service, runner: AdHocRunner, settings: Settings, metrics: Metrics) -> ASGIApp:
    """The routes over ``service``; ad-hoc SPARQL goes to ``runner``. Neither is closed here."""
    app = _Described(
        title="gfmd-kg",
        summary="Inter-state consultation mechanisms on migration, each statement with its source",
        version=service.release.version,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    app.catalogue = service.catalogue
    pages = Pages(service.release.version)
    endpoint = SparqlEndpoint(service, runner, pages, settings)
    problems.install(app, pages.problem)
    app.include_router(start_routes(service, pages))
    app.include_router(query_routes(service, pages, settings))
    app.include_router(endpoint.routes())
    app.include_router(thing_routes(service, pages))
    app.include_router(term_routes(service, pages))
    app.include_router(export_routes(service, pages))
    app.include_router(operation_routes(service, runner, pages, metrics))
    return endpoint.ahead_of(app)


def load_release_app(layout: Layout, opened: Opened, settings: Settings, metrics: Metrics) -> ReleaseApp:
    """The application over an open release, with its query workers and its cache."""
    service = create_service(layout, opened)
    limits = Limits(
        seconds=settings.query_seconds,
        memory_bytes=settings.query_bytes,
        queue=settings.queue,
        with_network=settings.queries_with_network,
    )
    data = disk_folder(service.release) if service.store == DISK else service.release.quads
    pool = WorkerPool(data, service.release.identity, service.prefixes, settings.workers, limits)
    app = ResponseHeaders(create_app(service, pool, settings, metrics))
    cache = AnswerCache(Measured(app, metrics), settings.cache_bytes, {*OFFERS.values(), *SPARQL_MEDIA_TYPES})

    def begin() -> None:
        pool.begin()
        metrics.watch(cache, pool)

    async def close() -> None:
        await pool.close()
        await asyncio.to_thread(service.engine.close)

    pages = tuple(page_addresses(service)) if settings.cache_bytes else ()
    return ReleaseApp(service.release.version, cache, begin, pool.await_worker, close, pages)


def open_release_app(layout: Layout, settings: Settings, metrics: Metrics) -> ReleaseApp:
    """The application over the release that is in force now. Raises as ``open_engine`` does."""
    opened = open_engine(layout, os.environ.get(STORE_VARIABLE))
    return load_release_app(layout, opened, settings, metrics)


def surround(app: ASGIApp, settings: Settings) -> ASGIApp:
    """``app`` behind what knows of no release: the log, the limit of requests, the proxy."""
    if settings.client_requests:
        app = RateLimit(app, settings.client_requests)
    app = Forwarded(app, settings.root_path, settings.trusted_proxies)
    return AccessLog(app, sys.stderr.write) if settings.access_log else app


def page_addresses(service: Service) -> Iterator[str]:
    """The addresses that the pages link to in every language: the catalogue, and each query's examples."""
    for lang in LANGUAGES:
        yield f"/queries?lang={lang}"
        for query in service.catalogue:
            for _, address in example_links(query, lang):
                yield address
