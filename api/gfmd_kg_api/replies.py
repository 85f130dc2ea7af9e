"""Build responses: entity tags, conditional requests, media types."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

VARY = "Accept, Accept-Language"


def reply(
    request: Request,
    body: bytes,
    media_type: str,
    headers: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    """A response with a strong entity tag.

    304 if who reads it has these bytes already; what is posted is answered in full (RFC 9110, 13.1.2).
    """
    tag = f'"{hashlib.sha256(media_type.encode() + body).hexdigest()[:32]}"'
    fields = {"ETag": tag, "Vary": VARY, "Cache-Control": "no-cache", **(headers or {})}
    if status == 200 and request.method in ("GET", "HEAD") and _matches(request, tag):
        return Response(status_code=304, headers=fields)
    return Response(body, status, {**fields, "Content-Type": content_type(media_type)})


def content_type(media_type: str) -> str:
    """The media type, with the encoding where it is text."""
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type


def disposition(name: str) -> dict[str, str]:
    """Suggest a file name for what a browser would save."""
    return {"Content-Disposition": f'attachment; filename="{name}"'}


def _matches(request: Request, tag: str) -> bool:
    wanted = ",".join(request.headers.getlist("if-none-match"))
    return any(item.strip().removeprefix("W/") in (tag, "*") for item in wanted.split(",") if item.strip())
