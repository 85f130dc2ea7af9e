"""What surrounds every request: HEAD, limits on the address, security headers, reading from other sites."""

from __future__ import annotations

import re
from collections.abc import Iterable

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gfmd_kg_api.errors import plain_problem

_HOST = re.compile(rb"(?:[A-Za-z0-9._-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")
"""What may stand in the addresses that answers hold (RFC 3986, 3.2.2, without percent-encoding)."""

MAX_ADDRESS = 64 * 1024
"""Bytes of path and query string; a SPARQL query by GET must fit."""

SECURITY = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Content-Language, ETag, Link, X-Total-Count",
}
_ALLOWED = [
    (b"access-control-allow-methods", b"GET, HEAD, POST"),
    (b"access-control-allow-headers", b"*"),
]


class Envelope:
    """ASGI middleware; answers HEAD with the headers of GET, and OPTIONS for other sites' scripts."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection; anything but HTTP goes through untouched."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        head = scope["method"] == "HEAD"

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY.items():
                    headers.setdefault(name, value)
            elif head and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        if len(scope.get("raw_path", b"")) + len(scope["query_string"]) > MAX_ADDRESS:
            await _refuse(dressed, 414, "too-large", f"An address may hold {MAX_ADDRESS} bytes at most.")
        elif not _one_host(scope["headers"]):
            await _refuse(dressed, 400, "http", "A request has one Host header, with a name or an address.")
        elif scope["method"] == "OPTIONS":
            await dressed({"type": "http.response.start", "status": 204, "headers": _ALLOWED})
            await dressed({"type": "http.response.body", "body": b""})
        else:
            await self._app({**scope, "method": "GET"} if head else scope, receive, dressed)


def _one_host(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether the host is named once and well (RFC 9112, 3.2); HTTP/1.0 need not name one."""
    hosts = [value for name, value in headers if name == b"host"]
    return not hosts or (len(hosts) == 1 and _HOST.fullmatch(hosts[0]) is not None)


async def _refuse(send: Send, status: int, name: str, detail: str) -> None:
    for message in plain_problem(status, name, detail):
        await send(message)
