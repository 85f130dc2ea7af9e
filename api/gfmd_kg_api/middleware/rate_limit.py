"""At most so many requests a minute from one address (429, RFC 6585, section 4)."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send

from gfmd_kg_api.http.problems import plain_problem

REMEMBERED = 10_000
"""Addresses; the one seen longest ago is forgotten first."""


class RateLimit:
    """ASGI middleware: each address has a bucket of ``per_minute`` requests that refills steadily."""

    def __init__(self, app: ASGIApp, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._app = app
        self._per_minute = per_minute
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, or say when to come again."""
        wait = self._wait(scope["client"][0]) if scope["type"] == "http" and scope.get("client") else 0.0
        if not wait:
            await self._app(scope, receive, send)
            return
        seconds = math.ceil(wait)
        detail = f"One address may send {self._per_minute} requests a minute; try again in {seconds} s."
        start, body = plain_problem(429, "too-many-requests", detail)
        start["headers"].append((b"retry-after", str(seconds).encode()))
        await send(start)
        await send(body)

    def _wait(self, address: str) -> float:
        """Seconds until the address may send again; 0 if it may now, which takes one from its bucket."""
        now = self._clock()
        left, seen = self._buckets.pop(address, (float(self._per_minute), now))
        left = min(float(self._per_minute), left + (now - seen) * self._per_minute / 60)
        if len(self._buckets) >= REMEMBERED:
            self._buckets.popitem(last=False)
        self._buckets[address] = (left - 1 if left >= 1 else left, now)
        return 0.0 if left >= 1 else (1 - left) * 60 / self._per_minute
