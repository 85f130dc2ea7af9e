"""Load over HTTP by ``wrk``: one thread, 16 connections, requests in a fixed order, rounds in turn."""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TypeVar
from urllib.parse import urlsplit

T = TypeVar("T")
CONNECTIONS = 16
MISSING = "wrk is not on PATH: install it (on Debian and Ubuntu: apt-get install wrk) and run again."
_SCRIPT = """
local at = 0
local requests = { %s }
request = function()
  at = at %% #requests + 1
  return requests[at]
end
done = function(summary, latency, rates)
  local e = summary.errors
  io.write(string.format('\\n{"requests": %%d, "micros": %%d, "p50": %%d, "p99": %%d, "failed": %%d}\\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    e.connect + e.read + e.write + e.status + e.timeout))
end
"""


@dataclass(frozen=True)
class Load:
    """One round: requests per second, latencies in milliseconds, answers that failed, cores that wrk took."""

    rate: float
    p50: float
    p99: float
    failed: int
    cores: float


@dataclass(frozen=True)
class Request:
    """One request of a round."""

    path: str
    headers: Mapping[str, str]
    body: str = ""


def find_wrk() -> str | None:
    """The load generator, if it is installed."""
    return shutil.which("wrk")


def press(address: str, requests: Sequence[Request], seconds: int) -> Load:
    """Send ``requests`` in turn, over and over, for ``seconds``."""
    host = urlsplit(address).netloc
    listed = ",\n".join(_lua(_raw(request, host)) for request in requests)
    with tempfile.NamedTemporaryFile("w", suffix=".lua", encoding="utf-8") as script:
        script.write(_SCRIPT % listed)
        script.flush()
        command = [find_wrk() or "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "60s"]
        before = _children_seconds()
        done = subprocess.run(
            [*command, "-s", script.name, address], capture_output=True, text=True, check=True, timeout=300
        )
    spent = _children_seconds() - before
    found = json.loads(done.stdout.strip().splitlines()[-1])
    return Load(
        rate=found["requests"] / (found["micros"] / 1e6),
        p50=found["p50"] / 1000,
        p99=found["p99"] / 1000,
        failed=found["failed"],
        cores=spent / seconds,
    )


def _children_seconds() -> float:
    """Processor time of children that have ended; servers under load have not."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def alternate(subjects: Mapping[str, Callable[[], T]], rounds: int) -> dict[str, list[T]]:
    """Measure each subject in turn, ``rounds`` times; every other round runs backwards."""
    found: dict[str, list[T]] = {name: [] for name in subjects}
    for number in range(rounds):
        names = list(subjects)
        for name in names if number % 2 == 0 else reversed(names):
            found[name].append(subjects[name]())
    return found


def faultless(loads: Mapping[str, Sequence[Load]]) -> None:
    """A figure with failed answers in it is no figure: ``RuntimeError``."""
    for name, rounds in loads.items():
        failed = sum(load.failed for load in rounds)
        if failed:
            raise RuntimeError(f"{name}: {failed} answers failed; nothing is measured so.")


def rates(loads: Sequence[Load]) -> list[float]:
    """Requests per second of each round."""
    return [load.rate for load in loads]


def tails(loads: Sequence[Load]) -> list[float]:
    """The 99th percentile of each round, in milliseconds."""
    return [load.p99 for load in loads]


def against(ours: Sequence[float], theirs: Sequence[float], unit: str) -> str:
    """The medians behind a ratio, in words."""
    return f"{_figure(median(ours))} against {_figure(median(theirs))}{unit}"


def _figure(value: float) -> str:
    return f"{value:,.0f}".replace(",", " ") if value >= 100 else f"{value:.3g}"


def _raw(request: Request, host: str) -> bytes:
    body = request.body.encode()
    headers = {"Host": host, **request.headers}
    if body:
        headers["Content-Length"] = str(len(body))
    method = "POST" if body else "GET"
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"{method} {request.path} HTTP/1.1\r\n{head}\r\n".encode() + body


def _lua(data: bytes) -> str:
    return '"' + "".join(chr(byte) if _plain(byte) else f"\\{byte:03d}" for byte in data) + '"'


def _plain(byte: int) -> bool:
    return 0x20 <= byte < 0x7F and byte not in b'"\\'
