"""Change from one release to the next between two requests, without dropping any."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send

from gfmd_kg.errors import EngineError, GfmdError, OtherReleaseError
from gfmd_kg.release import Pointer, read_pointer
from gfmd_kg_api.http.problems import printable

_SETTLING_SECONDS = 30.0
"""How long a new release may wait for its first query worker; ad-hoc queries would, after that."""
LOG = logging.getLogger("gfmd_kg_api.serving.reload")


@dataclass(frozen=True)
class ReleaseApp:
    """An application over one release.

    ``begin`` starts what may come after its first answers, ``settled`` waits so many seconds for it at most,
    ``close`` frees what it holds after the last. ``pages`` are addresses worth asking before anyone else.
    """

    version: str
    app: ASGIApp
    begin: Callable[[], None]
    settled: Callable[[float], Awaitable[bool]]
    close: Callable[[], Awaitable[None]]
    pages: tuple[str, ...] = ()


class ActiveRelease:
    """The ASGI application of the release in force. A request stays with the one that it began with.

    For one thread, the loop's.
    """

    def __init__(self, first: ReleaseApp) -> None:
        self._active = first
        self._running: dict[int, int] = {}
        self._retired: list[ReleaseApp] = []

    @property
    def active(self) -> ReleaseApp:
        """What is in force now."""
        return self._active

    @property
    def version(self) -> str:
        """The release served now."""
        return self._active.version

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request to the application that is in force as it begins."""
        active = self._active
        key = id(active)
        self._running[key] = self._running.get(key, 0) + 1
        try:
            await active.app(scope, receive, send)
        finally:
            self._running[key] -= 1

    def switch(self, following: ReleaseApp) -> None:
        """Put ``following`` in force. What was goes at a later ``tidy``, once its requests are answered."""
        self._retired.append(self._active)
        self._active = following

    async def tidy(self) -> None:
        """Close what was in force before and has no request left, and free its memory."""
        if await self._close_retired():
            gc.collect()  # an application is full of circles, and garbage is looked for rarely

    async def _close_retired(self) -> int:
        done = [retired for retired in self._retired if not self._running.get(id(retired))]
        for retired in done:
            self._retired.remove(retired)
            self._running.pop(id(retired), None)
            await retired.close()
        return len(done)

    async def close(self) -> None:
        """Close everything, for the end of the process."""
        for each in (*self._retired, self._active):
            await each.close()
        self._retired.clear()


class Watcher:
    """Looks every ``seconds`` for another release in force, and loads it beside the old, in a thread."""

    def __init__(
        self,
        folder: Path,
        active: ActiveRelease,
        *,
        load: Callable[[], ReleaseApp],
        on_event: Callable[[str], None],
        on_switch: Callable[[ReleaseApp], None],
        seen: Pointer,
        seconds: float = 1.0,
    ) -> None:
        self._folder = folder
        self._active = active
        self._load = load
        self._on_event = on_event
        self._on_switch = on_switch
        self._seconds = seconds
        self._seen = seen
        self._waiting = ""
        self._stopped = asyncio.Event()
        self._looking: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look."""
        self._looking = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """Look no more; waits for a load that is under way."""
        self._stopped.set()
        if self._looking:
            await self._looking

    def _wait(self, error: GfmdError) -> None:
        """Say once why the new release cannot be asked for yet; it is tried again at the next look."""
        if str(error) != self._waiting:
            self._waiting = str(error)
            LOG.warning("The new release has to wait, %s stays in force: %s", self._active.version, error)

    async def _run(self) -> None:
        while not await self._is_stopped_within(self._seconds):
            try:
                await self._look_once()
            except Exception:  # whatever it is: the next release must be noticed all the same
                LOG.exception("Looking for a new release failed; %s stays in force.", self._active.version)

    async def _is_stopped_within(self, seconds: float) -> bool:
        try:
            return await asyncio.wait_for(self._stopped.wait(), seconds)
        except TimeoutError:
            return False

    async def _look_once(self) -> None:
        await self._active.tidy()
        found = await asyncio.to_thread(read_pointer, self._folder)
        if found is None or found == self._seen:
            return
        try:
            following = await asyncio.to_thread(self._load)
        except (OtherReleaseError, EngineError) as error:
            self._wait(error)
            return
        except Exception as error:  # what lies there may be anything; it is refused once, and told once
            self._seen = found
            self._on_event("refused")
            LOG.error(  # noqa: TRY400  (a trace only where the sentence does not say it all)
                "The new release is refused, %s stays in force: %s",
                self._active.version,
                printable(str(error)),
                exc_info=None if isinstance(error, GfmdError) else error,
            )
            return
        self._seen, self._waiting = found, ""
        if following.version == self._active.version:
            await following.close()
            return
        following.begin()
        await following.settled(_SETTLING_SECONDS)
        LOG.warning("Release %s takes over from %s.", following.version, self._active.version)
        self._active.switch(following)
        self._on_event("done")
        self._on_switch(following)
