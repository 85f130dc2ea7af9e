"""Read the body of a request within limits; work for a client only as long as it is there."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request

from gfmd_kg.errors import AbandonedError, CallError
from gfmd_kg_api.http.problems import BodyTooLargeError, BodyTooSlowError

BODY_SECONDS = 10.0
"""How long a body may take to come."""
PATIENCE_SECONDS = 0.03
"""How long work goes on before anyone looks whether its client is still there."""
LOOK_SECONDS = 0.2
"""How often the connection is looked at after that."""

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


async def run_while_connected(request: Request, work: Awaitable[Result]) -> Result:
    """What ``work`` gives. It is cancelled once the client has gone: ``AbandonedError``.

    Nobody looks for the client before ``PATIENCE_SECONDS``: most work is done by then.
    """
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task
    watching: asyncio.Task[None] | None = None
    is_disconnected = False

    async def watch() -> None:
        nonlocal is_disconnected
        while not await request.is_disconnected():
            await asyncio.sleep(LOOK_SECONDS)
        is_disconnected = True
        task.cancel()

    def begin() -> None:
        nonlocal watching
        watching = loop.create_task(watch())

    timer = loop.call_later(PATIENCE_SECONDS, begin)
    try:
        return await work
    except asyncio.CancelledError:
        if is_disconnected and not task.uncancel():  # nobody else has cancelled it
            raise AbandonedError("The asker has gone.") from None
        raise
    finally:
        timer.cancel()
        if watching:
            watching.cancel()
