"""The ASGI application that a server runs: ``uvicorn gfmd_kg_api.asgi:app``.

Nothing is opened at import. When the server starts the application (ASGI, lifespan protocol), the release in
force is opened; while it runs, each release that follows takes over; when it stops, everything is closed.
"""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

from starlette.types import ASGIApp, Receive, Scope, Send

from gfmd_kg.errors import GfmdError
from gfmd_kg.gc_tuning import tune_gc
from gfmd_kg.paths import find_layout
from gfmd_kg.store.engines.open import STORE_VARIABLE, Opening
from gfmd_kg_api.settings import read_settings

if TYPE_CHECKING:
    from gfmd_kg_api.serving.reload import ActiveRelease, ReleaseApp

_PATIENCE = 0.25
"""Seconds between the start and the work that nobody waits for: whoever waited for the start goes first."""


class Application:
    """Opens the release when it is started; ``gfmd_kg_api.app`` says what answers."""

    def __init__(self) -> None:
        self._app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Start and stop (lifespan), or answer."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif self._app is None:
            raise RuntimeError("The server did not start the application: switch on its lifespan protocol.")
        else:
            await self._app(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            running = _Running()
        except GfmdError as error:
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        self._app = running.app
        running.start()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await running.stop()
        await send({"type": "lifespan.shutdown.complete"})


class _Running:
    """The application while it runs: the release in force, the watch for the next, its cache being warmed."""

    def __init__(self) -> None:
        tune_gc()
        layout, settings = find_layout(), read_settings()
        opening = Opening(layout, os.environ.get(STORE_VARIABLE))
        # meanwhile, because it takes longer than the release does
        from gfmd_kg_api.app import load_release_app, open_release_app, surround  # noqa: PLC0415
        from gfmd_kg_api.middleware.metrics import Metrics  # noqa: PLC0415
        from gfmd_kg_api.serving.reload import ActiveRelease, Watcher  # noqa: PLC0415

        metrics = Metrics()
        self._active: ActiveRelease = ActiveRelease(
            load_release_app(layout, opening.take(), settings, metrics)
        )
        self._watcher = Watcher(
            layout.release,
            self._active,
            load=lambda: open_release_app(layout, settings, metrics),
            on_event=metrics.reloaded,
            on_switch=self._warm,
            seen=opening.seen,
        )
        self.app = surround(self._active, settings)
        self._warming: asyncio.Task[int] | None = None

    def start(self) -> None:
        """Watch for the next release; a little later start the query workers and warm the cache."""
        self._watcher.start()
        asyncio.get_running_loop().call_later(_PATIENCE, self._begin)

    async def stop(self) -> None:
        """End what runs beside the answers, and close the release."""
        if self._warming:
            self._warming.cancel()
        await self._watcher.stop()
        await self._active.close()

    def _begin(self) -> None:
        self._active.active.begin()
        self._warm(self._active.active)

    def _warm(self, release: ReleaseApp) -> None:
        from gfmd_kg_api.serving.warm import warm  # noqa: PLC0415  (no start waits for it)

        if self._warming:
            self._warming.cancel()
        self._warming = asyncio.create_task(warm(release.app, release.pages))


app = Application()
