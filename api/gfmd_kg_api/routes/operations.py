"""What operators and programmers need: health, readiness, figures, the API described, the style sheet."""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gfmd_kg.catalogue.service import Service
from gfmd_kg.store.engine import AdHocRunner
from gfmd_kg_api.http.negotiation import HTML, requested_language
from gfmd_kg_api.http.responses import reply
from gfmd_kg_api.middleware.metrics import MEDIA_TYPE, Metrics
from gfmd_kg_api.web.pages import Pages, style


def operation_routes(service: Service, runner: AdHocRunner, pages: Pages, metrics: Metrics) -> APIRouter:
    """``/health``, ``/ready``, ``/metrics``, ``/openapi.json``, ``/docs`` and ``/style.css``.

    The first three wait for no thread: they answer even if every one is held up by an engine.
    """
    router = APIRouter(tags=["operations"])
    statements = service.release.statistics()["statements"]

    @router.get("/health", summary="Whether the server lives, and the release it serves")
    async def health(request: Request) -> Response:
        content = {
            "status": "ok",
            "version": service.release.version,
            "statements": statements,
            "store": service.store,
            "query_workers_network": runner.network(),
        }
        return _fresh(content)

    @router.get(
        "/ready",
        summary="Whether the server takes requests",
        responses={503: {"description": "The server is starting."}},
    )
    async def ready(request: Request) -> Response:
        takes = runner.network() != "starting"
        return _fresh({"ready": takes}, 200 if takes else 503)

    @router.get(
        "/metrics",
        summary="Figures for Prometheus",
        response_class=Response,
        responses={200: {"content": {"text/plain": {}}}},
    )
    async def figures(request: Request) -> Response:
        return Response(metrics.text(), 200, {"Cache-Control": "no-store"}, MEDIA_TYPE)

    @router.get("/openapi.json", include_in_schema=False)
    def openapi(request: Request) -> Response:
        root: str = request.scope.get("root_path", "")
        described = request.app.openapi()
        if root:
            described = {**described, "servers": [{"url": root}]}
        content = json.dumps(described, ensure_ascii=False).encode()
        return reply(request, content, "application/json")

    @router.get("/docs", include_in_schema=False)
    def docs(request: Request) -> Response:
        lang = requested_language(request)
        body = pages.render(request, "docs.html", operations=_operations(request.app.openapi()))
        return reply(request, body, HTML, {"Content-Language": lang})

    @router.get("/style.css", include_in_schema=False)
    def sheet(request: Request) -> Response:
        return reply(request, style(), "text/css")

    return router


def _fresh(content: dict[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(content) + "\n", status, {"Cache-Control": "no-store"}, "application/json")


def _operations(schema: dict[str, Any]) -> list[tuple[str, str, str, list[dict[str, Any]]]]:
    return [
        (method.upper(), path, operation["summary"], operation.get("parameters", []))
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]
