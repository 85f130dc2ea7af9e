"""A few worker processes for ad-hoc queries: one query each at a time, killed when it runs too long.

For the thread of one event loop. What would hold that up (a process that starts or is taken apart, a long
text that is looked at) is done in a thread.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import deque
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gfmd_kg.errors import (
    EngineBusyError,
    EngineError,
    EngineMemoryError,
    EngineTimeoutError,
    NoFormatError,
    NotInXmlError,
    NotIsolatedError,
    QueryRefusedError,
    ReleaseError,
    ResultTooLargeError,
)
from gfmd_kg.paths import require_unix
from gfmd_kg.store.engine import DatasetChoice, RawResult
from gfmd_kg.store.sandbox import guard
from gfmd_kg.store.sandbox.process import Reply, WorkerProcess


@dataclass(frozen=True)
class Limits:
    """What one ad-hoc query may take: seconds of wall clock, bytes of result, bytes of memory.

    ``waiting`` is how many seconds a query may wait for a free worker, ``queue`` how many may wait at once.
    ``with_network`` allows queries where the system offers no way to keep a worker from the network.
    """

    seconds: float = 10.0
    result_bytes: int = 32 * 1024 * 1024
    memory_bytes: int = 1024 * 1024 * 1024
    waiting: float = 2.0
    queue: int = 16
    with_network: bool = False


_LOG = logging.getLogger("gfmd_kg.store.sandbox.pool")
_START_SECONDS = 60.0
"""How long a worker may take to load the release."""
_PAUSE_SECONDS = 1.0
"""Between two attempts to start a worker that does not come up."""
_TELLING_SECONDS = 0.05
"""What is left of a running query's time to tell its asker that it was stopped."""
_LONG_TEXT = 1000
"""Characters; a text of so many is looked at within a millisecond, and may be while the others wait."""


class WorkerPool:
    """Implements ``AdHocRunner`` with ``size`` workers over the N-Quads file of a release or its store.

    Each checks that what it loads is the release ``identity``; as long as none can, queries are refused.
    They are not there before ``begin``, so that a server that starts need not share its processors with them.
    """

    def __init__(
        self,
        data: Path,
        identity: str,
        prefixes: Mapping[str, str],
        size: int = 2,
        limits: Limits | None = None,
    ) -> None:
        require_unix("Running SPARQL of your own")
        self._size = size
        self._data = data
        self._identity = identity
        self._trouble = ""
        self._prefixes = prefixes
        self.limits = limits or Limits()
        self._all: set[WorkerProcess] = set()
        self._idle: list[WorkerProcess] = []
        self._turns: deque[asyncio.Future[WorkerProcess | None]] = deque()
        self._beside: set[asyncio.Task[None]] = set()
        self._closed, self._settled = asyncio.Event(), asyncio.Event()
        self._network = "starting"
        self.busy = self.kills = self.refusals = 0
        """Workers that run a query now; workers killed so far; queries refused so far."""

    def begin(self) -> None:
        """Start the workers, if that has not been done."""
        missing, self._size = self._size, 0
        for _ in range(missing):
            self._do_beside(self._start())

    async def await_worker(self, seconds: float) -> bool:
        """Wait until the first worker is there; whether it is."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._settled.wait(), seconds)
        return self._settled.is_set()

    async def run(self, text: str, formats: Mapping[str, str], graphs: DatasetChoice) -> RawResult:
        """See ``AdHocRunner``."""
        if len(text) < _LONG_TEXT:
            checked = guard.check(text, self._prefixes)
        else:
            checked = await asyncio.to_thread(guard.check, text, self._prefixes)
        for iri in graphs.default:
            guard.check_graph(iri, "default-graph-uri")
        for iri in graphs.named:
            guard.check_graph(iri, "named-graph-uri")
        # SPARQL 1.1 Protocol, 2.1.4: the dataset of the request goes before that of the text
        chosen = graphs or checked.graphs
        request = {
            "text": checked.text,
            "formats": dict(formats),
            "default": chosen.default,
            "named": chosen.named,
            "max_bytes": self.limits.result_bytes,
            "seconds": self.limits.seconds,
        }
        while not (worker := await self._free_worker()).is_alive():
            self._replace(worker)
        if worker.network == "none" and not self.limits.with_network:
            self._hand_on(worker)
            raise NotIsolatedError(
                "Ad-hoc SPARQL is off here: this system offers no way to keep a query from the network, and "
                "whoever runs the server has not allowed queries without that. Canned queries go on."
            )
        header, body = await self._ask(worker, json.dumps(request).encode() + b"\n")
        if "refused" in header:
            raise QueryRefusedError("query", "", f"The query is malformed: {header['refused']}")
        if "failed" in header:
            _LOG.error("A query failed: %s", ascii(header["failed"]))
            raise EngineError("The engine could not answer the query.")
        if "memory" in header:
            raise EngineMemoryError(self.limits.memory_bytes)
        if "too_large" in header:
            raise ResultTooLargeError(header["too_large"], "bytes")
        if "not_in_xml" in header:
            raise NotInXmlError(*header["not_in_xml"])
        if "unwritten" in header:
            raise NoFormatError(header["unwritten"])
        return RawResult(body, header["kind"], checked.repeatable)

    def network(self) -> str:
        """How workers are cut off from the network; ``starting`` until one has said so."""
        return self._network

    async def close(self) -> None:
        """Stop every worker."""
        self._closed.set()
        workers, self._all = self._all, set()
        self._idle.clear()
        for worker in workers:
            worker.end()
        while self._turns:
            _give(self._turns.popleft(), None)
        await asyncio.gather(*self._beside, return_exceptions=True)
        await asyncio.to_thread(_reap, workers)

    async def _free_worker(self) -> WorkerProcess:
        if self._idle:
            return self._idle.pop()  # the one that worked last: what it needs is still at hand
        # the first worker is worth waiting for: a server that has just started is not busy
        starting = not (self._settled.is_set() or self._trouble)
        worker = None
        if len(self._turns) < self.limits.queue and not self._closed.is_set():
            worker = await self._next_worker(self.limits.seconds if starting else self.limits.waiting)
        if worker:
            return worker
        self.refusals += 1
        if self._trouble and not self._all:
            raise EngineBusyError(
                "No query worker could be started over this release; it is tried again. Canned queries go on."
            )
        raise EngineBusyError("All query workers are busy; try again in a few seconds.")

    async def _next_worker(self, seconds: float) -> WorkerProcess | None:
        """The worker that is free once all who wait already have theirs; ``None`` if none is in time."""
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[WorkerProcess | None] = loop.create_future()
        self._turns.append(turn)
        timer = loop.call_later(seconds, _give, turn, None)
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and (worker := turn.result()):
                self._hand_on(worker)
            raise
        finally:
            timer.cancel()
            with suppress(ValueError):
                self._turns.remove(turn)

    def _hand_on(self, worker: WorkerProcess) -> None:
        """Give a worker that is free to who waits longest."""
        while self._turns:
            if _give(self._turns.popleft(), worker):
                return
        self._idle.append(worker)

    async def _ask(self, worker: WorkerProcess, request: bytes) -> Reply:
        answered = False
        self.busy += 1
        try:
            reply = await worker.ask(request, self.limits.seconds - _TELLING_SECONDS)
            answered = True
        except TimeoutError:
            raise EngineTimeoutError(self.limits.seconds) from None
        except (OSError, ValueError) as error:
            if self._closed.is_set():
                raise EngineBusyError("The server ends, or changes to another release.") from None
            ending = await asyncio.to_thread(worker.ending)
            if ending == "memory":
                raise EngineMemoryError(self.limits.memory_bytes) from None
            _LOG.error("A query ended its worker: %s", ending)
            raise EngineError("The query ended its worker: the engine failed at it.") from error
        finally:
            self.busy -= 1
            if answered:
                self._hand_on(worker)
            else:  # also where its asker has gone
                self._replace(worker)
        return reply

    def _replace(self, worker: WorkerProcess) -> None:
        if worker not in self._all:  # done already, or all were stopped
            return
        self._all.remove(worker)
        if worker in self._idle:
            self._idle.remove(worker)
        self.kills += 1
        worker.end()
        self._do_beside(self._start(worker))

    def _do_beside(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)

    async def _start(self, ended: WorkerProcess | None = None) -> None:
        """Start a worker, and again if it does not come up; it is for use once it has loaded the release.

        ``ended`` is the one it replaces, whose asker need not wait until the system has taken it apart.
        """
        if ended:
            await asyncio.to_thread(ended.reap)
        while not self._closed.is_set() and not await self._came_up():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closed.wait(), _PAUSE_SECONDS)

    def _complain(self, reason: str) -> None:
        """Say once what is wrong, however often it is tried."""
        if reason != self._trouble and not self._closed.is_set():
            self._trouble = reason
            _LOG.error("A query worker could not be started, and is tried again: %s", ascii(reason))

    async def _came_up(self) -> bool:
        """Whether a worker was started, and is for use, or is no longer wanted."""
        try:
            worker = await asyncio.to_thread(
                WorkerProcess, self._data, self._identity, self.limits.memory_bytes
            )
        except OSError as error:  # no process or no file descriptor is to be had now
            self._complain(str(error))
            return False
        if self._closed.is_set():  # since the worker began
            worker.end()
            await asyncio.to_thread(worker.reap)
            return True
        self._all.add(worker)
        try:
            await worker.greet(_START_SECONDS, on_lost=self._replace)
        except (OSError, ValueError, ReleaseError) as error:
            if worker not in self._all:  # it was stopped
                return True
            self._all.remove(worker)
            reason = str(error) if isinstance(error, ReleaseError) else await asyncio.to_thread(worker.ending)
            worker.end()
            await asyncio.to_thread(worker.reap)
            self._complain(reason)
            return False
        self._trouble = ""
        self._network = worker.network
        self._settled.set()
        self._hand_on(worker)
        return True


def _give(turn: asyncio.Future[WorkerProcess | None], worker: WorkerProcess | None) -> bool:
    """Whether it was still waited for."""
    if turn.done():
        return False
    turn.set_result(worker)
    return True


def _reap(workers: set[WorkerProcess]) -> None:
    for worker in workers:
        worker.reap()
