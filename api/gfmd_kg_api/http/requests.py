"""Read the body of a request within limits; work for a client only as long as it is there."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar
from urllib.parse import parse_qsl

from anyio import CapacityLimiter, to_thread
from starlette.requests import ClientDisconnect, Request

from gfmd_kg.errors import AbandonedError, CallError
from gfmd_kg_api.http.problems import BodyTooLargeError, BodyTooSlowError

BODY_SECONDS = 10.0
"""How long a body may take to come."""
LOOK_SECONDS = 0.2
"""How often the connection is looked at while the work goes on."""

Result = TypeVar("Result")


def read_fields(request: Request) -> list[tuple[str, str]]:
    """The fields of the query string. Raises ``CallError`` if one is not UTF-8: it would find nothing."""
    text = request.scope["query_string"].decode("latin-1")
    try:
        return parse_qsl(text, keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        detail = "The address cannot be read: what follows '?' is not UTF-8; write é as %C3%A9."
        raise CallError("address", "", detail) from None


async def read_body(request: Request, limit: int) -> bytes:
    """The body, of ``limit`` bytes at most; stops reading and raises ``BodyTooLargeError`` beyond.

    Raises ``BodyTooSlowError`` if it is not there in time, ``AbandonedError`` if its sender has gone.
    """
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await _read(request, limit)
    except TimeoutError:
        raise BodyTooSlowError(BODY_SECONDS) from None
    except ClientDisconnect:
        raise AbandonedError("The asker has gone before all of its question was there.") from None


async def _read(request: Request, limit: int) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise BodyTooLargeError(limit)
    return bytes(body)


async def run_while_connected(
    request: Request, work: Callable[[Callable[[], bool]], Result], limiter: CapacityLimiter
) -> Result:
    """Run ``work`` in a thread of ``limiter``; what it is handed tells it whether the client has gone."""
    disconnected = threading.Event()

    async def watch() -> None:
        while not await request.is_disconnected():
            await asyncio.sleep(LOOK_SECONDS)
        disconnected.set()

    watching = asyncio.create_task(watch())
    try:
        return await to_thread.run_sync(work, disconnected.is_set, limiter=limiter)
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
