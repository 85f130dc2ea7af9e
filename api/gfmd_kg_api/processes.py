"""Several server processes on one port: the system deals connections out between their listeners."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from types import FrameType

SHORT_LIFE = 5.0
"""Seconds: a process that ends sooner could not start, and would not the next time."""
_TO_END = 2.0
"""Seconds that a process has to end itself, once its own time to answer what has begun is over."""


class Supervisor:
    """Keeps ``count`` processes of ``command`` alive until this process is told to stop.

    Each then has ``ending_seconds`` to answer what has begun, and is killed soon after that.
    """

    def __init__(
        self, command: Sequence[str], count: int, ending_seconds: float, tell: Callable[[str], object]
    ) -> None:
        self._command = list(command)
        self._ending_seconds = ending_seconds
        self._tell = tell
        self._stopping = threading.Event()
        self._children = [self._start() for _ in range(count)]

    def run(self) -> int:
        """Watch until SIGINT or SIGTERM; returns an exit status, 1 if a process could not start."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop)
        failed = False
        while not failed and not self._stopping.wait(0.2):
            failed = not self._replace_dead()
        self._end()
        return 1 if failed else 0

    def _start(self) -> tuple[subprocess.Popen[bytes], float]:
        # a group of its own: the keyboard's interrupt reaches this process alone, which passes it on
        child = subprocess.Popen(  # noqa: S603  (the command is the project's own)
            self._command, start_new_session=True, stdin=subprocess.PIPE
        )
        return child, time.monotonic()

    def _replace_dead(self) -> bool:
        for index, (child, born) in enumerate(self._children):
            if child.poll() is None:
                continue
            if time.monotonic() - born < SHORT_LIFE:
                self._tell(f"A server process ended with status {child.returncode} as it started.")
                return False
            self._tell(
                f"Server process {child.pid} ended with status {child.returncode}; another takes over."
            )
            self._children[index] = self._start()
        return True

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._stopping.set()

    def _end(self) -> None:
        for child, _ in self._children:
            child.terminate()
        end = time.monotonic() + self._ending_seconds + _TO_END
        for child, _ in self._children:
            try:
                child.wait(max(0.0, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def command_of_one(root: str, host: str, port: int) -> list[str]:
    """The command line of one process of several."""
    return [sys.executable, "-m", "gfmd_kg_api.starting", root, host, str(port)]
