"""Change from one release to the next between two requests, without dropping any."""

from __future__ import annotations

import gc
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send

from gfmd_kg.build.release import Seen, look
from gfmd_kg.errors import EngineError, GfmdError, OtherReleaseError
from gfmd_kg_api.cache import Find, Headers
from gfmd_kg_api.errors import printable

_SETTLING_SECONDS = 30.0
"""How long a new release may wait for its first query worker; ad-hoc queries would, after that."""
LOG = logging.getLogger("gfmd_kg_api.reload")


@dataclass(frozen=True)
class Serving:
    """An application over one release.

    ``begin`` starts what may come after its first answers, ``settled`` waits so many seconds for it at most,
    ``close`` frees what it holds after the last.
    ``find`` gives what it has answered before; ``pages`` are addresses worth asking before anyone else does.
    """

    version: str
    app: ASGIApp
    find: Find
    begin: Callable[[], None]
    settled: Callable[[float], bool]
    close: Callable[[], None]
    pages: tuple[str, ...] = ()


class Current:
    """The ASGI application of the moment. A request stays with the one that it began with."""

    def __init__(self, serving: Serving) -> None:
        self._serving = serving
        self._running: dict[int, int] = {}
        self._retired: list[Serving] = []
        self._lock = threading.Lock()

    @property
    def serving(self) -> Serving:
        """What is in force now."""
        return self._serving

    @property
    def version(self) -> str:
        """The release served now."""
        return self._serving.version

    def find(self, path: bytes, query: bytes, headers: Headers) -> tuple[int, bytes, bytes] | None:
        """What is kept of the application in force."""
        return self._serving.find(path, query, headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request to the application that is in force as it begins."""
        serving = self._serving
        key = id(serving)
        self._running[key] = self._running.get(key, 0) + 1
        try:
            await serving.app(scope, receive, send)
        finally:
            self._running[key] -= 1

    def switch(self, serving: Serving) -> None:
        """Put ``serving`` in force.

        What was goes at a later ``tidy``, once its requests are answered: one may have taken it up in this
        moment, and not be counted yet.
        """
        with self._lock:
            self._retired.append(self._serving)
            self._serving = serving

    def tidy(self) -> None:
        """Close what was in force before and has no request left, and free its memory."""
        if self._close_retired():
            gc.collect()  # an application is full of circles, and garbage is looked for rarely

    def _close_retired(self) -> int:
        with self._lock:
            done = [serving for serving in self._retired if not self._running.get(id(serving))]
            for serving in done:
                self._retired.remove(serving)
                self._running.pop(id(serving), None)
                serving.close()
        return len(done)

    def close(self) -> None:
        """Close everything, for the end of the process."""
        with self._lock:
            for serving in (*self._retired, self._serving):
                serving.close()
            self._retired.clear()


class Watcher:
    """A thread that looks every ``seconds`` for another release in force, and loads it beside the old."""

    def __init__(
        self,
        folder: Path,
        current: Current,
        *,
        load: Callable[[], Serving],
        tell: Callable[[str], None],
        switched: Callable[[Serving], None],
        seen: Seen,
        seconds: float = 1.0,
    ) -> None:
        self._folder = folder
        self._current = current
        self._load = load
        self._tell = tell
        self._switched = switched
        self._seconds = seconds
        self._seen = seen
        self._waiting = ""
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="reload", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more; waits for a load that is under way."""
        self._stopped.set()
        self._thread.join()

    def _wait(self, error: GfmdError) -> None:
        """Say once why the new release cannot be asked for yet; it is tried again at the next look."""
        if str(error) != self._waiting:
            self._waiting = str(error)
            LOG.warning("The new release has to wait, %s stays in force: %s", self._current.version, error)

    def _run(self) -> None:
        while not self._stopped.wait(self._seconds):
            try:
                self._look_once()
            except Exception:  # whatever it is: the next release must be noticed all the same
                LOG.exception("Looking for a new release failed; %s stays in force.", self._current.version)

    def _look_once(self) -> None:
        self._current.tidy()
        found = look(self._folder)
        if found is None or found == self._seen:
            return
        try:
            serving = self._load()
        except (OtherReleaseError, EngineError) as error:
            self._wait(error)
            return
        except Exception as error:  # what lies there may be anything; it is refused once, and told once
            self._seen = found
            self._tell("refused")
            LOG.error(  # noqa: TRY400  (a trace only where the sentence does not say it all)
                "The new release is refused, %s stays in force: %s",
                self._current.version,
                printable(str(error)),
                exc_info=None if isinstance(error, GfmdError) else error,
            )
            return
        self._seen, self._waiting = found, ""
        if serving.version == self._current.version:
            serving.close()
            return
        serving.begin()
        serving.settled(_SETTLING_SECONDS)
        LOG.warning("Release %s takes over from %s.", serving.version, self._current.version)
        self._current.switch(serving)
        self._tell("done")
        self._switched(serving)
