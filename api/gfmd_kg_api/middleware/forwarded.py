"""Where the application is mounted and who asks, as a proxy tells it.

``X-Forwarded-For``, ``-Proto``, ``-Host`` and ``-Prefix`` are believed from trusted addresses only; from
elsewhere they change nothing. Everything after this reads the ASGI scope and knows of no proxy.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from ipaddress import ip_address

from starlette.types import ASGIApp, Receive, Scope, Send

from gfmd_kg_api.settings import Network, is_root_path

_FOR, _PROTO = b"x-forwarded-for", b"x-forwarded-proto"
_HOST, _PREFIX = b"x-forwarded-host", b"x-forwarded-prefix"
_NAMES = frozenset([_FOR, _PROTO, _HOST, _PREFIX])
_SCHEMES = (b"http", b"https")


class Forwarded:
    """ASGI middleware: ``root_path`` is the prefix when no header names one."""

    def __init__(self, app: ASGIApp, root_path: str, trusted: Collection[Network]) -> None:
        self._app = app
        self._root_path = root_path
        self._trusts = lru_cache(1024)(lambda address: _is_in(address, trusted))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection; anything but HTTP goes through untouched."""
        if scope["type"] == "http":
            told = {name: value for name, value in scope["headers"] if name in _NAMES}
            client = scope.get("client")
            # a server behind a socket of the file system has no address of its proxy, and no other clients
            if told and self._trusts(client[0] if client else ""):
                scope = _as_told(scope, told)
            if self._root_path and not scope.get("root_path"):
                scope = _mounted(scope, self._root_path)
        await self._app(scope, receive, send)


def _as_told(scope: Scope, told: dict[bytes, bytes]) -> Scope:
    changed = dict(scope)
    address = told.get(_FOR, b"").rpartition(b",")[2].strip().decode("latin-1")
    if _is_address(address):
        changed["client"] = (address, 0)
    if told.get(_PROTO) in _SCHEMES:
        changed["scheme"] = told[_PROTO].decode()
    if _HOST in told:
        kept = [(name, value) for name, value in scope["headers"] if name != b"host"]
        changed["headers"] = [*kept, (b"host", told[_HOST])]  # checked like any other host
    prefix = told.get(_PREFIX, b"").decode("latin-1").rstrip("/")
    return _mounted(changed, prefix) if prefix and is_root_path(prefix) else changed


def _mounted(scope: Scope, prefix: str) -> Scope:
    """The scope with its paths below ``prefix``, as ASGI wants them; a proxy may have cut it off or not."""
    path = scope["path"]
    if path == prefix or path.startswith(prefix + "/"):
        return {**scope, "root_path": prefix}
    raw = scope.get("raw_path") or path.encode()
    return {**scope, "root_path": prefix, "path": prefix + path, "raw_path": prefix.encode() + raw}


def _is_in(address: str, networks: Collection[Network]) -> bool:
    return not address or (
        _is_address(address) and any(ip_address(address) in network for network in networks)
    )


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
