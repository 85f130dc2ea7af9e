"""What an operator can set."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network

from gfmd_kg.errors import CallError

Network = IPv4Network | IPv6Network

ROOT_PATH_VARIABLE = "GFMD_KG_ROOT_PATH"
PROCESSES_VARIABLE = "GFMD_KG_PROCESSES"
_LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
_ROOT_PATH = re.compile(r"(?:/[A-Za-z0-9._~-]+)*")
_TO_WAIT_AND_SEND = 5.0
"""Seconds that an ad-hoc query may take besides its limit: to wait for a worker, and to be sent."""


@dataclass(frozen=True)
class Settings:
    """Counts, unless said otherwise.

    ``page_rows``: rows of a page unless asked otherwise; ``body_bytes``: largest body of a request.
    ``workers``: processes for ad-hoc SPARQL; ``queue``: queries that may wait for one; ``client_queries``:
    how many one address may ask at once, 0 for one fewer than workers; ``query_seconds``: wall-clock limit of
    one; ``query_bytes``: memory of a worker; ``queries_with_network``: whether any are run where the system
    offers no way to keep a worker from the network.
    ``cache_bytes``: bytes of answers kept in memory; ``connections``: how many may be open at once;
    ``client_requests``: how many one address may send in a minute, 0 for any number; ``processes``: server
    processes on one port; ``access_log``: whether each answer gets a line.
    ``root_path``: the prefix under which a proxy shows the application, without a slash at its end;
    ``trusted_proxies``: where ``X-Forwarded-…`` is believed from.
    """

    page_rows: int = 1000
    body_bytes: int = 64 * 1024
    workers: int = 2
    queue: int = 16
    client_queries: int = 0
    query_seconds: float = 10.0
    query_bytes: int = 1024 * 1024 * 1024
    cache_bytes: int = 64 * 1024 * 1024
    connections: int = 1000
    client_requests: int = 0
    processes: int = 1
    access_log: bool = False
    root_path: str = ""
    trusted_proxies: tuple[Network, ...] = _LOOPBACK
    queries_with_network: bool = False

    @property
    def queries_of_a_client(self) -> int:
        """How many ad-hoc queries one address may have at once: unless set, a worker is left to others."""
        return self.client_queries or max(1, self.workers - 1)

    @property
    def ending_seconds(self) -> int:
        """How long a process that is told to stop may take to answer what has begun."""
        return math.ceil(self.query_seconds + _TO_WAIT_AND_SEND)


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Settings from the variables ``GFMD_KG_…``; ``CallError`` for a wrong one."""
    found = os.environ if environment is None else environment
    return Settings(
        workers=int(_number(found, "GFMD_KG_WORKERS", 2, 1, 64)),
        queue=int(_number(found, "GFMD_KG_QUEUE", 16, 0, 1000)),
        client_queries=int(_number(found, "GFMD_KG_CLIENT_QUERIES", 0, 0, 10_000)),
        query_seconds=_number(found, "GFMD_KG_QUERY_SECONDS", 10.0, 0.1, 600.0),
        query_bytes=int(_number(found, "GFMD_KG_QUERY_MEMORY_MB", 1024, 256, 1024 * 1024) * 1024 * 1024),
        cache_bytes=int(_number(found, "GFMD_KG_CACHE_MB", 64.0, 0.0, 65536.0) * 1024 * 1024),
        connections=int(_number(found, "GFMD_KG_CONNECTIONS", 1000, 1, 100_000)),
        client_requests=int(_number(found, "GFMD_KG_CLIENT_REQUESTS", 0, 0, 10_000_000)),
        processes=int(_number(found, PROCESSES_VARIABLE, 1, 1, 64)),
        access_log=bool(_number(found, "GFMD_KG_ACCESS_LOG", 0, 0, 1)),
        root_path=check_root_path(found.get(ROOT_PATH_VARIABLE, ""), ROOT_PATH_VARIABLE),
        trusted_proxies=_networks(found, "GFMD_KG_TRUSTED_PROXIES"),
        queries_with_network=bool(_number(found, "GFMD_KG_ALLOW_QUERIES_WITH_NETWORK", 0, 0, 1)),
    )


def check_root_path(text: str, name: str) -> str:
    """A prefix such as ``/kg``, without a slash at its end; ``CallError`` with field ``name``."""
    path = text.rstrip("/")
    if not is_root_path(path):
        raise CallError(name, text, f"{name} is a path like /kg: slashes, letters, digits and . _ ~ -")
    return path


def is_root_path(text: str) -> bool:
    """Whether the text can stand before every path of the application; an empty one is none."""
    return _ROOT_PATH.fullmatch(text) is not None and not {".", ".."} & set(text.split("/"))


def _number(found: Mapping[str, str], name: str, default: float, low: float, high: float) -> float:
    text = found.get(name)
    if text is None:
        return default
    try:
        value = float(text)
    except ValueError:
        value = low - 1
    if not low <= value <= high:
        raise CallError(name, text, f"{name} is a number from {low:g} to {high:g}.")
    return value


def _networks(found: Mapping[str, str], name: str) -> tuple[Network, ...]:
    text = found.get(name)
    if text is None:
        return _LOOPBACK
    try:
        return tuple(ip_network(word) for word in re.split(r"[\s,]+", text) if word)
    except ValueError:
        detail = f"{name} lists addresses or networks, such as 127.0.0.1, 10.0.0.0/8; empty for none."
        raise CallError(name, text, detail) from None
