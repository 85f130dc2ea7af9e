"""A pool on an event loop of its own, for tests that ask from threads and look inside."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Mapping
from pathlib import Path
from typing import Any, TypeVar

from gfmd_kg.store.engine import DatasetChoice, RawResult
from gfmd_kg.store.sandbox.pool import Limits, WorkerPool
from gfmd_kg.store.sandbox.process import WorkerProcess

Result = TypeVar("Result")


class Pool:
    """``WorkerPool`` as it looks from a thread: each call waits for what it gives."""

    def __init__(
        self,
        data: Path,
        identity: str,
        prefixes: Mapping[str, str],
        size: int = 2,
        limits: Limits | None = None,
    ) -> None:
        self.pool = WorkerPool(data, identity, prefixes, size, limits)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()

    @property
    def workers(self) -> set[WorkerProcess]:
        """All there are now, also those that are not for use yet."""
        return set(self.pool._all)

    @property
    def idle(self) -> int:
        """How many have nothing to do."""
        return len(self.pool._idle)

    def begin(self) -> None:
        """See ``WorkerPool``."""
        self._loop.call_soon_threadsafe(self.pool.begin)

    def await_worker(self, seconds: float) -> bool:
        """See ``WorkerPool``."""
        return self._wait(self.pool.await_worker(seconds))

    def run(self, text: str, formats: Mapping[str, str], graphs: DatasetChoice) -> RawResult:
        """See ``WorkerPool``."""
        return self._wait(self.pool.run(text, formats, graphs))

    def cancelled(self, text: str, formats: Mapping[str, str], seconds: float) -> bool:
        """Run a query and cancel it after so many seconds; whether it was still running."""

        async def run() -> bool:
            running = asyncio.create_task(self.pool.run(text, formats, DatasetChoice()))
            await asyncio.sleep(seconds)
            cancelled = running.cancel()
            await asyncio.wait([running])
            return cancelled

        return self._wait(run())

    def close(self) -> None:
        """End the pool, and then the loop."""
        self._wait(self.pool.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _wait(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(120)
