"""A few worker processes for ad-hoc queries: one query each at a time, killed when it runs too long."""

from __future__ import annotations

import json
import logging
import os
import queue
import re
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gfmd_kg.errors import (
    AbandonedError,
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
_ENDING_SECONDS = 2.0
"""How long a worker whose output has ended may take to be gone."""
_LAST_WORDS = 2000
"""Bytes of what a worker said before it ended."""
_LOOK_SECONDS = 0.2
"""How often a running query looks whether its asker is still there."""


_HANDED_ON = re.compile(r"PATH|HOME|TZ|LANG|LC_[A-Z]+|LD_LIBRARY_PATH|PYTHON(HOME|PATH|USERBASE)")
"""What a worker gets of the environment: enough to find its interpreter and modules, and no password."""


class _Worker:
    """One child process and the pipes to it."""

    def __init__(self, data: Path, identity: str, memory: int) -> None:
        command = [sys.executable, "-m", "gfmd_kg.store.sandbox.worker", str(data), identity, str(memory)]
        # a group of its own: the keyboard's interrupt is for the process that may let it end its query;
        # no session of its own, whose processes the system would weigh apart from the server's (sched(7))
        self._process = subprocess.Popen(  # noqa: S603  (the command is the project's own)
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            process_group=0,
            env={name: value for name, value in os.environ.items() if _HANDED_ON.fullmatch(name)},
        )
        assert self._process.stdout
        self._output = select.poll()  # where select would fail: any number of descriptors may be open
        self._output.register(self._process.stdout, select.POLLIN)
        self.network = "starting"

    def greet(self, seconds: float) -> None:
        """Wait for the first line, which comes once the release is loaded: how the network was left.

        Raises ``ReleaseError`` if it is another release, or none.
        """
        line = bytearray()
        deadline = time.monotonic() + seconds
        while not line.endswith(b"\n"):
            self._read(line, deadline)
        said = json.loads(line)
        if "unfit" in said:
            raise ReleaseError(said["unfit"])
        self.network = str(said["network"])

    def ask(
        self, request: Mapping[str, Any], seconds: float, gone: Callable[[], bool]
    ) -> tuple[dict[str, Any], bytes]:
        """Send a request and wait for its answer.

        After a ``TimeoutError``, ``OSError`` or ``AbandonedError`` the worker is unusable.
        """
        assert self._process.stdin and self._process.stdout
        deadline = time.monotonic() + seconds
        self._process.stdin.write(json.dumps(request).encode() + b"\n")
        buffer = bytearray()
        while b"\n" not in buffer:
            self._read(buffer, deadline, gone)
        line, _, rest = bytes(buffer).partition(b"\n")
        header: dict[str, Any] = json.loads(line)
        body = bytearray(rest)
        while len(body) < header.get("length", 0):
            self._read(body, deadline, gone)
        return header, bytes(body)

    def _read(self, buffer: bytearray, deadline: float, gone: Callable[[], bool] = lambda: False) -> None:
        assert self._process.stdout
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            if self._output.poll(1000 * min(left, _LOOK_SECONDS)):
                break
            if gone():
                raise AbandonedError("The asker has gone.")
        data = os.read(self._process.stdout.fileno(), 1 << 16)
        if not data:
            raise OSError("the worker ended")
        buffer += data

    def is_alive(self) -> bool:
        """Whether it has not ended by itself, or by somebody else."""
        return self._process.poll() is None

    def ending(self) -> str:
        """What it ended of by itself, or ``memory``."""
        assert self._process.stderr
        try:
            status = self._process.wait(_ENDING_SECONDS)
        except subprocess.TimeoutExpired:
            return "it wrote what is no answer"
        said = self._process.stderr.read(_LAST_WORDS) or b""
        # what allocators say before they abort; a system that is short of memory kills
        if status == -signal.SIGKILL or b"memory allocation of" in said or b"bad_alloc" in said:
            return "memory"
        return f"status {status}, {said.decode(errors='replace')!a}"

    def end(self) -> None:
        """Stop it at once; ``kill`` must follow, which waits until its memory is free."""
        self._process.kill()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe:
                pipe.close()


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
        self._idle: queue.Queue[_Worker] = queue.Queue()
        self._all: set[_Worker] = set()
        self._lock = threading.Lock()
        self._closed, self._settled = threading.Event(), threading.Event()
        self._network = "starting"
        self._waiting = threading.Semaphore(self.limits.queue)
        self.busy = self.kills = self.refusals = 0
        """Workers that run a query now; workers killed so far; queries refused so far."""

    def begin(self) -> None:
        """Start the workers, if that has not been done."""
        with self._lock:
            missing, self._size = self._size, 0
        for _ in range(missing):
            self._start_beside()

    def await_worker(self, seconds: float) -> bool:
        """Wait until the first worker is there; whether it is."""
        return self._settled.wait(seconds)

    def run(
        self,
        text: str,
        formats: Mapping[str, str],
        graphs: DatasetChoice,
        gone: Callable[[], bool] | None = None,
    ) -> RawResult:
        """See ``AdHocRunner``."""
        checked = guard.check(text, self._prefixes)
        request = {
            "text": checked.text,
            "formats": dict(formats),
            "default": [guard.check_graph(iri, "default-graph-uri") for iri in graphs.default],
            "named": [guard.check_graph(iri, "named-graph-uri") for iri in graphs.named],
            "has_from": checked.has_from,
            "max_bytes": self.limits.result_bytes,
            "seconds": self.limits.seconds,
        }
        while not (worker := self._free_worker()).is_alive():
            self._replace(worker)
        if worker.network == "none" and not self.limits.with_network:
            self._idle.put(worker)
            raise NotIsolatedError(
                "Ad-hoc SPARQL is off here: this system offers no way to keep a query from the network, and "
                "whoever runs the server has not allowed queries without that. Canned queries go on."
            )
        header, body = self._ask(worker, request, gone or (lambda: False))
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
        return RawResult(body, header["kind"])

    def _free_worker(self) -> _Worker:
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            pass
        # the first worker is worth waiting for: a server that has just started is not busy
        starting = not (self._settled.is_set() or self._trouble)
        patience = self.limits.seconds if starting else self.limits.waiting
        if self._waiting.acquire(blocking=False):
            try:
                return self._idle.get(timeout=patience)
            except queue.Empty:
                pass
            finally:
                self._waiting.release()
        self.refusals += 1
        if self._trouble and not self._all:
            raise EngineBusyError(
                "No query worker could be started over this release; it is tried again. Canned queries go on."
            )
        raise EngineBusyError("All query workers are busy; try again in a few seconds.")

    def network(self) -> str:
        """How workers are cut off from the network; ``starting`` until one has said so."""
        return self._network

    def close(self) -> None:
        """Stop every worker."""
        with self._lock:
            self._closed.set()
            workers, self._all = self._all, set()
        for worker in workers:
            worker.kill()

    def _ask(
        self, worker: _Worker, request: Mapping[str, Any], gone: Callable[[], bool]
    ) -> tuple[dict[str, Any], bytes]:
        self._count(1)
        try:
            result = worker.ask(request, self.limits.seconds - _TELLING_SECONDS, gone)
        except AbandonedError:
            self._replace(worker)
            raise
        except TimeoutError:
            self._replace(worker)
            raise EngineTimeoutError(self.limits.seconds) from None
        except (OSError, ValueError) as error:
            ending = worker.ending()
            self._replace(worker)
            if ending == "memory":
                raise EngineMemoryError(self.limits.memory_bytes) from None
            _LOG.error("A query ended its worker: %s", ending)
            raise EngineError("The query ended its worker: the engine failed at it.") from error
        finally:
            self._count(-1)
        self._idle.put(worker)
        return result

    def _count(self, change: int) -> None:
        with self._lock:
            self.busy += change

    def _replace(self, worker: _Worker) -> None:
        with self._lock:
            self._all.discard(worker)
            self.kills += 1
        worker.end()
        self._start_beside(worker)

    def _start_beside(self, ended: _Worker | None = None) -> None:
        threading.Thread(target=self._start, args=[ended], name="query worker starts", daemon=True).start()

    def _start(self, ended: _Worker | None) -> None:
        """Start a worker, and again if it does not come up; it is for use once it has loaded the release.

        ``ended`` is the one it replaces, whose asker need not wait until the system has taken it apart.
        """
        if ended:
            ended.kill()
        while not self._came_up():
            if self._closed.wait(_PAUSE_SECONDS):
                return

    def _complain(self, reason: str) -> None:
        """Say once what is wrong, however often it is tried."""
        if reason != self._trouble and not self._closed.is_set():
            self._trouble = reason
            _LOG.error("A query worker could not be started, and is tried again: %s", ascii(reason))

    def _came_up(self) -> bool:
        """Whether a worker was started, and is for use, or is no longer wanted."""
        try:
            worker = _Worker(self._data, self._identity, self.limits.memory_bytes)
        except OSError as error:  # no process or no file descriptor is to be had now
            self._complain(str(error))
            return False
        with self._lock:
            if self._closed.is_set():  # perhaps since the worker began
                worker.kill()
                return True
            self._all.add(worker)
        try:
            worker.greet(_START_SECONDS)
        except (OSError, ValueError, ReleaseError) as error:
            with self._lock:
                if self._closed.is_set():  # which has ended it
                    return True
                self._all.discard(worker)
            reason = str(error) if isinstance(error, ReleaseError) else worker.ending()
            worker.kill()
            self._complain(reason)
            return False
        self._trouble = ""
        self._network = worker.network
        self._idle.put(worker)
        self._settled.set()
        return True
