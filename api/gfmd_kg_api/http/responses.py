"""Build responses: entity tags, media types, file names."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response


def reply(
    request: Request,
    body: bytes,
    media_type: str,
    headers: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    """A response with a strong entity tag. What it varies by is said for all in ``middleware.headers``."""
    tag = f'"{hashlib.sha256(media_type.encode() + body).hexdigest()[:32]}"'
    fields = {"ETag": tag, "Cache-Control": "no-cache", **(headers or {})}
    return Response(body, status, {**fields, "Content-Type": content_type(media_type)})


def content_type(media_type: str) -> str:
    """The media type, with the encoding where it is text."""
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type


def disposition(name: str) -> dict[str, str]:
    """Suggest a file name for what a browser would save."""
    return {"Content-Disposition": f'attachment; filename="{name}"'}
