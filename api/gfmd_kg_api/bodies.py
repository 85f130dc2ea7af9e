"""Read the body of a request, within limits."""

from __future__ import annotations

import asyncio

from starlette.requests import ClientDisconnect, Request

from gfmd_kg.errors import AbandonedError
from gfmd_kg_api.errors import BodyTooLargeError, BodyTooSlowError

SECONDS = 10.0
"""How long a body may take to come."""


async def read_body(request: Request, limit: int) -> bytes:
    """The body, of ``limit`` bytes at most; stops reading and raises ``BodyTooLargeError`` beyond.

    Raises ``BodyTooSlowError`` if it is not there in time, ``AbandonedError`` if its sender has gone.
    """
    try:
        async with asyncio.timeout(SECONDS):
            return await _read(request, limit)
    except TimeoutError:
        raise BodyTooSlowError(SECONDS) from None
    except ClientDisconnect:
        raise AbandonedError("The asker has gone before all of its question was there.") from None


async def _read(request: Request, limit: int) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise BodyTooLargeError(limit)
    return bytes(body)
