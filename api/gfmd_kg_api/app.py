"""The application: a factory that is handed its collaborators."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from starlette.types import ASGIApp

from gfmd_kg.catalogue.header import LANGUAGES
from gfmd_kg.catalogue.registry import Catalogue
from gfmd_kg.catalogue.service import Service
from gfmd_kg.store.engine import AdHocRunner
from gfmd_kg_api import errors
from gfmd_kg_api.envelope import Envelope
from gfmd_kg_api.metrics import Metrics
from gfmd_kg_api.openapi import describe_queries
from gfmd_kg_api.routes.exports import export_routes
from gfmd_kg_api.routes.operations import Readiness, operation_routes
from gfmd_kg_api.routes.queries import OFFERS, example_links, query_routes
from gfmd_kg_api.routes.sparql import sparql_routes
from gfmd_kg_api.routes.start import start_routes
from gfmd_kg_api.routes.terms import term_routes
from gfmd_kg_api.routes.things import thing_routes
from gfmd_kg_api.settings import Settings
from gfmd_kg_api.web.pages import Pages


class _Described(FastAPI):
    """Describes the canned queries, too, but only once it is asked: a start need not wait for that."""

    catalogue: Catalogue

    def build_middleware_stack(self) -> ASGIApp:
        """The framework's, in the envelope, which so surrounds the answer to an unexpected fault too."""
        return Envelope(super().build_middleware_stack())

    def openapi(self) -> dict[str, Any]:
        """The description of the API, kept once it is made."""
        if not self.openapi_schema:
            described = super().openapi()
            paths = {}
            for path, operations in described["paths"].items():
                paths[path] = operations
                if path == "/queries":
                    paths |= describe_queries(self.catalogue, OFFERS)
            self.openapi_schema = {**described, "paths": paths}
        return self.openapi_schema


def create_app(
    service: Service, runner: AdHocRunner, settings: Settings, metrics: Metrics, readiness: Readiness
) -> FastAPI:
    """The HTTP face of ``service``; ad-hoc SPARQL goes to ``runner``. Neither is closed here."""
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
    errors.install(app, pages)
    app.include_router(start_routes(service, pages))
    app.include_router(query_routes(service, pages, settings))
    app.include_router(sparql_routes(service, runner, pages, settings))
    app.include_router(thing_routes(service, pages))
    app.include_router(term_routes(service, pages))
    app.include_router(export_routes(service, pages))
    app.include_router(operation_routes(service, runner, pages, metrics, readiness))
    return app


def page_addresses(service: Service) -> Iterator[str]:
    """The addresses that the pages link to in every language: the catalogue, and each query's examples."""
    for lang in LANGUAGES:
        yield f"/queries?lang={lang}"
        for query in service.catalogue:
            for _, address in example_links(query, lang):
                yield address
