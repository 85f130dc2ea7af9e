"""Answers that are kept leave as soon as the head of a request is read, without a task of their own.

An ASGI application is called in a task for each request, and its answer checked and joined header by
header. For an answer whose bytes lie ready that is most of the work. So the protocol asks the cache first;
whatever is not plain (another method, a body, a request that waits behind another, a server that is full)
goes the usual way.
"""

from __future__ import annotations

from typing import Any

import httptools

from gfmd_kg_api.cache import Find
from gfmd_kg_api.connections import BoundedProtocol, ConnectionLimits

_STATUS_LINES = {200: b"HTTP/1.1 200 OK\r\n", 304: b"HTTP/1.1 304 Not Modified\r\n"}
_OF_A_BODY = frozenset([b"content-length", b"transfer-encoding", b"expect", b"upgrade"])


class QuickProtocol(BoundedProtocol):
    """HTTP/1.1 that gives what ``find`` finds ahead of the application."""

    def __init__(self, find: Find, limits: ConnectionLimits, *args: Any, **kwargs: Any) -> None:
        super().__init__(limits, *args, **kwargs)
        self._find = find
        self._answered = False

    def on_headers_complete(self) -> None:
        """Answer now, or let the application do it."""
        answer = self._ready_answer()
        if answer is None:
            super().on_headers_complete()
            return
        self._head_ended()
        self._answered = True
        self.transport.writelines(answer)
        self.on_response_complete()

    def on_body(self, body: bytes) -> None:
        """A request that is answered has none."""
        if not self._answered:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """The end of a request."""
        if self._answered:
            self._answered = False
        else:
            super().on_message_complete()

    def _ready_answer(self) -> tuple[bytes, bytes] | None:
        if (
            self.parser.get_method() != b"GET"
            or self.parser.get_http_version() != "1.1"
            or not self.parser.should_keep_alive()
            or (self.cycle is not None and not self.cycle.response_complete)
            or self.flow.write_paused
            or self.transport.is_closing()
            or self.is_full()
            or any(name in _OF_A_BODY for name, _ in self.headers)
        ):
            return None
        url = httptools.parse_url(self.url)
        found = self._find(url.path, url.query or b"", self.headers)
        if found is None:
            return None
        status, head, body = found
        date = b"".join([b"%b: %b\r\n" % pair for pair in self.server_state.default_headers])
        return b"".join([_STATUS_LINES[status], date, head]), body
