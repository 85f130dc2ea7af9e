"""Start the servers that are compared, wait for them, measure what they hold, and stop them by their id."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gfmd_kg.paths import ROOT_VARIABLE

ROOT = Path(__file__).resolve().parent.parent
PEERS = ROOT / "bench" / ".peers" / "bin"
COMMAND = Path(sys.executable).parent / "gfmd-kg"
MIB = 1024 * 1024
_LOOK_SECONDS, _REST = 0.5, 0.1
"""How often a starting server is looked at, and the share of a processor below which it rests."""
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Server:
    """A running server: its address, and the process that was started."""

    address: str
    pid: int


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(
    command: Sequence[str | Path],
    port: int,
    ready: str = "/",
    settings: Mapping[str, str] | None = None,
    seconds: float = 600.0,
) -> Iterator[Server]:
    """Run a server until the block ends; begins once ``ready`` answers with any status."""
    process = subprocess.Popen(
        [str(part) for part in command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env=environment(settings),
    )
    try:
        address = f"http://127.0.0.1:{port}"
        await_answer(address + ready, process, seconds)
        yield Server(address, process.pid)
    finally:
        process.terminate()
        try:
            process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


@contextmanager
def serving(settings: Mapping[str, str] | None = None, root: Path | None = None) -> Iterator[Server]:
    """The project's server over the real release, or over the release in ``root``."""
    port = free_port()
    with running(serve_command(port), port, "/ready", {**(settings or {}), **release_in(root)}) as server:
        settle(server)
        yield server


def settle(server: Server, seconds: float = 60.0) -> None:
    """Wait until a server that has just started rests: its workers load and its cache is warmed meanwhile."""
    end = time.monotonic() + seconds
    spent = -1.0
    while time.monotonic() < end:
        now = sum(processor_seconds(pid) or 0.0 for pid in [server.pid, *descendants(server.pid)])
        if 0 <= now - spent <= _REST * _LOOK_SECONDS:
            return
        spent = now
        time.sleep(_LOOK_SECONDS)


def serve_command(port: int) -> list[str | Path]:
    """How the project's server is started."""
    return [COMMAND, "serve", "--port", str(port)]


def release_in(root: Path | None) -> dict[str, str]:
    """The setting that lets the server take its release from another folder than the checkout."""
    return {ROOT_VARIABLE: str(root)} if root else {}


def environment(settings: Mapping[str, str] | None = None) -> dict[str, str]:
    """This environment without any setting of the project but ``settings``."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GFMD_KG_")}
    return kept | dict(settings or {})


def await_answer(address: str, process: subprocess.Popen[bytes], seconds: float = 600.0) -> bytes:
    """The first answer of a server that is starting, asked for every two milliseconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            errors = process.stderr.read().decode() if process.stderr else ""
            raise RuntimeError(f"A server ended before it answered: {errors[-2000:]}")
        try:
            with urllib.request.urlopen(address, timeout=60) as answer:
                return bytes(answer.read())
        except urllib.error.HTTPError as error:
            if error.code != 503:  # not ready yet
                return error.read()
        except OSError:
            pass
        time.sleep(0.002)
    raise RuntimeError(f"{address} did not answer within {seconds:.0f} seconds.")


def fetch(address: str, headers: Mapping[str, str] | None = None) -> tuple[dict[str, str], bytes]:
    """Headers (names in lower case) and body of an answer of status 200."""
    request = urllib.request.Request(address, headers=dict(headers or {}))
    with urllib.request.urlopen(request, timeout=60) as answer:
        return {name.lower(): value for name, value in answer.headers.items()}, answer.read()


def descendants(pid: int) -> list[int]:
    """The children of a process and theirs."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*"):
        try:
            children = (task / "children").read_text().split()
        except OSError:  # the thread has ended since
            continue
        for child in children:
            found += [int(child), *descendants(int(child))]
    return found


def memory(pid: int) -> dict[str, float]:
    """``Rss`` and ``Pss`` of a process in MiB (proc(5), smaps_rollup)."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    fields = {line.split(":")[0]: line.split()[1] for line in lines[1:]}
    return {name: int(fields[name]) * 1024 / MIB for name in ("Rss", "Pss")}


def processor_seconds(pid: int) -> float | None:
    """Processor time that a process has used; ``None`` if it is gone (proc(5), stat, fields 14 and 15)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / _TICKS
