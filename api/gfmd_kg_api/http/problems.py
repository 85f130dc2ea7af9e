"""Every error becomes a problem document (RFC 9457), here and nowhere else; a browser gets a page."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message

from gfmd_kg.errors import (
    CallError,
    DataError,
    EndpointError,
    EngineBusyError,
    EngineError,
    EngineMemoryError,
    EngineTimeoutError,
    GfmdError,
    NotInXmlError,
    NotIsolatedError,
    ParameterError,
    QueryRefusedError,
    ResultTooLargeError,
    UnknownError,
)
from gfmd_kg_api.http.addresses import route_path
from gfmd_kg_api.http.negotiation import HTML, NotAcceptableError, parse_weighted

PROBLEM = "application/problem+json"
TYPES = "https://w3id.org/gfmd-kg/problem/"
_LOG = logging.getLogger("gfmd_kg_api")


class BodyTooLargeError(GfmdError):
    """The body of a request passes the limit of ``limit`` bytes."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        super().__init__(f"The body of a request may hold {limit} bytes at most.")


class BodyTooSlowError(GfmdError):
    """The body of a request did not come within ``seconds``."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(f"The body of a request may take {seconds:g} seconds to come.")


class TooManyQueriesError(GfmdError):
    """One address asks more ad-hoc queries at once than the ``limit``."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        super().__init__(
            f"One address may have {limit} ad-hoc {'query' if limit == 1 else 'queries'} at once, running or "
            "waiting; try again once one is answered."
        )


class MediaTypeError(GfmdError):
    """The body of a request is of a media type that is not understood."""


def status_of(error: GfmdError) -> tuple[int, str]:
    """HTTP status and short name of the problem type."""
    table: tuple[tuple[type[GfmdError], int, str], ...] = (
        (ParameterError, 400, "parameter"),
        (QueryRefusedError, 400, "query"),
        (NotAcceptableError, 406, "not-acceptable"),
        (BodyTooLargeError, 413, "too-large"),
        (BodyTooSlowError, 408, "too-slow"),
        (MediaTypeError, 415, "media-type"),
        (TooManyQueriesError, 429, "too-many-queries"),
        (EngineTimeoutError, 504, "timeout"),
        (EngineBusyError, 503, "busy"),
        (EngineMemoryError, 503, "memory"),
        (NotIsolatedError, 503, "queries-off"),
        (
            ResultTooLargeError,
            422,
            "result-too-large",
        ),  # the request is well formed, its result is not servable
        (NotInXmlError, 422, "not-in-xml"),
        (EngineError, 502, "engine"),
        (DataError, 500, "data"),
    )
    if isinstance(error, UnknownError):
        return (400, "parameter") if error.field in ("format", "lang") else (404, "unknown")
    for kind, status, name in table:
        if isinstance(error, kind):
            return status, name
    return (400, "call") if isinstance(error, CallError) else (500, "internal")


def problem(error: GfmdError) -> dict[str, Any]:
    """The problem document of an error of the project."""
    status, name = status_of(error)
    content = _document(status, name, str(error))
    if isinstance(error, CallError):
        content["detail"] = error.detail
        content |= {"parameter": error.field, "given": error.given, "allowed": list(error.allowed)}
        content["nearest"] = error.nearest
        if error.nearest_label:
            content["nearest_label"] = error.nearest_label
    if isinstance(error, EndpointError):
        content["detail"] = "The SPARQL endpoint behind this server could not be reached or failed."
    if isinstance(error, NotAcceptableError):
        content["allowed"] = list(error.offered)
    return content


def plain_problem(status: int, name: str, detail: str) -> tuple[Message, Message]:
    """The two ASGI messages of a problem document, for what is refused before the framework."""
    body = json.dumps(_document(status, name, detail), ensure_ascii=False).encode() + b"\n"
    headers = [
        (b"content-type", PROBLEM.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"access-control-allow-origin", b"*"),
    ]
    start = {"type": "http.response.start", "status": status, "headers": headers}
    return start, {"type": "http.response.body", "body": body}


RenderPage = Callable[[Request, dict[str, Any]], bytes]
"""The page that shows a problem document to a person."""


def respond(request: Request, error: Exception, render: RenderPage) -> Response:
    """The answer to a request that ended with ``error``; what only the operator can mend is logged."""
    if not isinstance(error, GfmdError):
        _LOG.error("%s failed", printable(_asked(request)), exc_info=error)
        content = _document(500, "internal", "The server failed; the fault is in its log.")
        return _response(request, content, render)
    content = problem(error)
    soon = isinstance(error, EngineBusyError | TooManyQueriesError)
    if content["status"] == 500 or isinstance(error, EndpointError):
        _LOG.error("%s: %s", printable(_asked(request)), printable(str(error)))
    return _response(request, content, render, {"Retry-After": "2"} if soon else {})


def install(app: FastAPI, render: RenderPage) -> None:
    """Answer every error of the project and of the framework with a problem document, or with its page."""

    async def own(request: Request, error: Exception) -> Response:
        return respond(request, error, render)

    async def framework(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        name = {404: "unknown", 405: "method"}.get(error.status_code, "call")
        details = {
            404: f"There is nothing at {request.scope['path']}.",
            405: f"{request.method} is not allowed at {request.scope['path']}.",
        }
        detail = details.get(error.status_code, str(error.detail))
        return _response(request, _document(error.status_code, name, detail), render, error.headers or {})

    app.add_exception_handler(GfmdError, own)
    app.add_exception_handler(HTTPException, framework)
    app.add_exception_handler(Exception, own)


def _response(
    request: Request, content: dict[str, Any], render: RenderPage, headers: Mapping[str, str] | None = None
) -> Response:
    status = int(content["status"])
    fields = {"Cache-Control": "no-store", **(headers or {})}
    if _wants_page(request):
        body = render(request, content)
        return Response(body, status, {**fields, "Content-Type": "text/html; charset=utf-8"})
    text = json.dumps(content, ensure_ascii=False).encode() + b"\n"
    return Response(text, status, {**fields, "Content-Type": PROBLEM})


def printable(text: str) -> str:
    """``text`` as one line that a terminal only shows: control characters and line ends are escaped."""
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii") for letter in text
    )


def _asked(request: Request) -> str:
    return f"{request.method} {request.scope['path']}"


def _document(status: int, name: str, detail: str) -> dict[str, Any]:
    return {"type": TYPES + name, "title": HTTPStatus(status).phrase, "status": status, "detail": detail}


def _wants_page(request: Request) -> bool:
    if request.query_params.get("format") is not None or route_path(request) == "/sparql":
        return False
    ranges = dict(parse_weighted(request.headers.get("accept", "")))
    return ranges.get(HTML, 0.0) > 0.0
