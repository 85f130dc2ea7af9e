"""One worker process and the pipes to it, as an event loop sees them: nothing waits, but where it is said.

The loop is told once of the pipe from the worker, and of the one to it only while that is full: a short
query costs two system calls, no thread and no other task.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from gfmd_kg.errors import ReleaseError

_CHUNK = 1 << 16
"""Bytes read at once: as many as a pipe holds (pipe(7))."""
_ENDING_SECONDS = 2.0
"""How long a worker whose output has ended may take to be gone."""
_LAST_WORDS = 2000
"""Bytes of what a worker said before it ended."""
_HANDED_ON = re.compile(r"PATH|HOME|TZ|LANG|LC_[A-Z]+|LD_LIBRARY_PATH|PYTHON(HOME|PATH|USERBASE)")
"""What a worker gets of the environment: enough to find its interpreter and modules, and no password."""

_MALLOC = {"GLIBC_TUNABLES": "glibc.malloc.tcache_count=127"}
"""An engine takes and frees much at once: with 127 pieces of a size at hand, not 7 (glibc manual, memory
allocation tunables), a short query costs a worker a sixth less."""

Reply = tuple[dict[str, Any], bytes]
"""The header of an answer and what follows it."""


class WorkerProcess:
    """A worker that answers one request at a time. Making one takes its time, and needs no loop."""

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
            env=_MALLOC | {name: value for name, value in os.environ.items() if _HANDED_ON.fullmatch(name)},
        )
        assert self._process.stdin and self._process.stdout
        self._input, self._output = self._process.stdin.fileno(), self._process.stdout.fileno()
        for descriptor in (self._input, self._output):
            os.set_blocking(descriptor, False)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._reply: asyncio.Future[Reply] | None = None
        self._header: dict[str, Any] | None = None
        self._received = bytearray()
        self._unsent = memoryview(b"")
        self._on_lost: Callable[[WorkerProcess], None] = lambda _: None
        self.network = "starting"

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    async def greet(self, seconds: float, on_lost: Callable[[WorkerProcess], None]) -> None:
        """Wait for the first line, which comes once the release is loaded: how the network was left.

        Should it end, or say anything, while it is not asked, ``on_lost`` is told. Raises ``ReleaseError`` if
        it has another release, or none; else as ``ask``.
        """
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._output, self._read)
        self._on_lost = on_lost
        said, _ = await self.ask(b"", seconds)
        if "unfit" in said:
            raise ReleaseError(said["unfit"])
        self.network = str(said["network"])

    async def ask(self, request: bytes, seconds: float) -> Reply:
        """Send a request and wait for its answer.

        After a ``TimeoutError``, an ``OSError`` (it ended), a ``ValueError`` (what came is no answer) or when
        this is cancelled the worker is unusable.
        """
        if self._loop is None:
            raise OSError("the worker ended")
        reply: asyncio.Future[Reply] = self._loop.create_future()
        self._reply = reply
        timer = self._loop.call_later(seconds, _expire, reply)
        try:
            self._send(memoryview(request))
            return await reply
        finally:
            timer.cancel()
            self._reply = None

    def is_alive(self) -> bool:
        """Whether it can be asked: it has not ended, nor said anything unasked."""
        return self._loop is not None and self._process.poll() is None

    def ending(self) -> str:
        """What it ended of by itself, or ``memory``. Waits until it has."""
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
        """Stop it at once; ``reap`` must follow."""
        self._let_go()
        self._process.kill()
        self._fail(OSError("the worker was ended"))

    def reap(self) -> None:
        """Wait until the system has taken it apart and its memory is free. May be done twice."""
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe:
                pipe.close()

    def _send(self, unsent: memoryview) -> None:
        assert self._loop
        if unsent:
            with suppress(BlockingIOError):
                unsent = unsent[os.write(self._input, unsent) :]
        if unsent and not self._unsent:
            self._loop.add_writer(self._input, self._send_rest)
        elif self._unsent and not unsent:
            self._loop.remove_writer(self._input)
        self._unsent = unsent

    def _send_rest(self) -> None:
        try:
            self._send(self._unsent)
        except OSError as error:
            self._let_go()
            self._fail(error)

    def _read(self) -> None:
        try:
            data = os.read(self._output, _CHUNK)
        except BlockingIOError:
            return
        if data and self._reply and not self._reply.done():
            self._received += data
            try:
                self._take(self._reply)
            except (AttributeError, TypeError, ValueError) as error:
                self._let_go()
                self._fail(ValueError(f"the worker wrote what is no answer: {error}"))
            return
        self._let_go()
        if self._reply:
            self._fail(OSError("the worker ended"))
        else:
            self._on_lost(self)

    def _take(self, reply: asyncio.Future[Reply]) -> None:
        """Hand the answer over once it is whole."""
        received = self._received
        if self._header is None:
            line, end, _ = received.partition(b"\n")
            if not end:
                return
            self._header = json.loads(line.decode())
            del received[: len(line) + 1]
        length = self._header.get("length", 0)
        if len(received) > length:
            raise ValueError("more came than was announced")
        if len(received) == length:
            reply.set_result((self._header, bytes(received)))
            self._header, self._received = None, bytearray()

    def _fail(self, error: Exception) -> None:
        if self._reply and not self._reply.done():
            self._reply.set_exception(error)

    def _let_go(self) -> None:
        """Have the loop forget the pipes, which may be closed after that."""
        if self._loop:
            self._loop.remove_reader(self._output)
            self._loop.remove_writer(self._input)
            self._loop = None


def _expire(reply: asyncio.Future[Reply]) -> None:
    if not reply.done():
        reply.set_exception(TimeoutError())
