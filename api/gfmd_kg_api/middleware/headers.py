"""Headers of every answer, limits on what names it: address and host, reading from other sites' scripts."""

from __future__ import annotations

import re
from collections.abc import Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gfmd_kg_api.http.problems import plain_problem

_HOST = re.compile(rb"(?:[A-Za-z0-9._-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")
"""What may stand in the addresses that answers hold (RFC 3986, 3.2.2, without percent-encoding)."""

MAX_ADDRESS = 64 * 1024
"""Bytes of path and query string; a SPARQL query by GET must fit."""

HEADERS = {
    "Vary": "Accept, Accept-Language, Accept-Encoding",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Content-Language, ETag, Link, X-Total-Count",
}
_RAW = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
_ALLOWED = [
    (b"access-control-allow-methods", b"GET, HEAD, POST"),
    (b"access-control-allow-headers", b"*"),
]


class ResponseHeaders:
    """ASGI middleware; what is refused here gets them, too. Answers OPTIONS for other sites' scripts."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection; anything but HTTP goes through untouched."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message["headers"])
                there = {name for name, _ in headers}
                headers += [pair for pair in _RAW if pair[0] not in there]
                message = {**message, "headers": headers}
            await send(message)

        if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > MAX_ADDRESS:
            await _refuse(with_headers, 414, "too-large", f"An address may hold {MAX_ADDRESS} bytes at most.")
        elif not _one_host(scope["headers"]):
            await _refuse(with_headers, 400, "http", "A request has one Host header: a name or an address.")
        elif scope["method"] == "OPTIONS":
            await with_headers({"type": "http.response.start", "status": 204, "headers": _ALLOWED})
            await with_headers({"type": "http.response.body", "body": b""})
        else:
            await self._app(scope, receive, with_headers)


def _one_host(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether the host is named once and well (RFC 9112, 3.2); HTTP/1.0 need not name one."""
    hosts = [value for name, value in headers if name == b"host"]
    return not hosts or (len(hosts) == 1 and _HOST.fullmatch(hosts[0]) is not None)


async def _refuse(send: Send, status: int, name: str, detail: str) -> None:
    for message in plain_problem(status, name, detail):
        await send(message)
