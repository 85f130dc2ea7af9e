"""Read the body of a request, within a limit."""

from __future__ import annotations

from starlette.requests import Request

from gfmd_kg_api.errors import BodyTooLargeError


async def read_body(request: Request, limit: int) -> bytes:
    """The body, of ``limit`` bytes at most; stops reading and raises ``BodyTooLargeError`` beyond."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise BodyTooLargeError(limit)
    return bytes(body)
