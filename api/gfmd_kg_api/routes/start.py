"""The first page."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gfmd_kg.catalogue.service import Service
from gfmd_kg_api.http.negotiation import HTML, requested_language
from gfmd_kg_api.http.responses import reply
from gfmd_kg_api.routes.queries import example_links, grouped
from gfmd_kg_api.web.pages import Pages

_SHOWN = ("mechanisms-by-area", "coverage-gaps", "practices", "survey-recommenders", "evidence")
"""The queries whose first example stands on the page."""


def start_routes(service: Service, pages: Pages) -> APIRouter:
    """``/``."""
    router = APIRouter()

    @router.get("/", include_in_schema=False)
    def start(request: Request) -> Response:
        lang = requested_language(request)
        examples = [example_links(service.catalogue.get(name), lang)[0] for name in _SHOWN]
        body = pages.render(request, "start.html", examples=examples, groups=grouped(service.catalogue))
        return reply(request, body, HTML, {"Content-Language": lang})

    return router
