"""Work for a client only as long as it is there."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request

LOOK_SECONDS = 0.2
"""How often the connection is looked at while the work goes on."""

Result = TypeVar("Result")


async def run_while_present(
    request: Request, work: Callable[[Callable[[], bool]], Result], limiter: CapacityLimiter
) -> Result:
    """Run ``work`` in a thread of ``limiter``; what it is handed tells it whether the client has gone."""
    gone = threading.Event()

    async def watch() -> None:
        while not await request.is_disconnected():
            await asyncio.sleep(LOOK_SECONDS)
        gone.set()

    watching = asyncio.create_task(watch())
    try:
        return await to_thread.run_sync(work, gone.is_set, limiter=limiter)
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
