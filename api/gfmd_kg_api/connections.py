"""Connections that cannot be held or filled without end.

uvicorn bounds neither the bytes of a request's head nor the time that it may take, and all connections
together, not those of one client. This protocol does; what it refuses it answers, and closes.
"""

from __future__ import annotations

from asyncio import TimerHandle, Transport
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_REFUSALS = {
    408: b"The head of the request did not come in time.\n",
    429: b"Too many connections from this address.\n",
    431: b"The head of the request is too large.\n",
}
_PHRASES = {408: b"Request Timeout", 429: b"Too Many Requests", 431: b"Request Header Fields Too Large"}


@dataclass
class ConnectionLimits:
    """``head_bytes`` and ``head_seconds`` for request line and headers; ``per_client`` connections at once.

    ``open`` counts the connections of each client address, for all protocols that share these limits.
    """

    head_bytes: int
    head_seconds: float
    per_client: int
    open: Counter[str] = field(default_factory=Counter)


class BoundedProtocol(HttpToolsProtocol):
    """HTTP/1.1 within ``limits``."""

    def __init__(self, limits: ConnectionLimits, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._limits = limits
        self._address: str | None = None
        self._head = self._waiting = 0
        self._deadline: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Count the connection to its client, or refuse it."""
        super().connection_made(transport)
        address = self.client[0] if self.client else ""
        if self._limits.open[address] >= self._limits.per_client:
            self._refuse(429)
            return
        self._address = address
        self._limits.open[address] += 1
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Give the place back."""
        self._head_ended()
        if self._address is not None:
            self._limits.open[self._address] -= 1
            if not self._limits.open[self._address]:
                del self._limits.open[self._address]
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what came; refuse a head that is too large already and has not ended."""
        if self.transport.is_closing():
            return
        self._waiting += len(data)
        if self.timeout_keep_alive_task is not None:  # ends now; a request has to come in time
            self._expect_head()
        super().data_received(data)
        if self._deadline is None:
            self._waiting = 0
        elif self._waiting > self._limits.head_bytes:
            self._refuse(431)

    def on_message_begin(self) -> None:
        """A further request of a connection that is kept alive begins."""
        super().on_message_begin()
        self._expect_head()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Refuse a head that came in one piece and is too large."""
        self._head += len(name) + len(value)
        if self._head + len(self.url) > self._limits.head_bytes:
            self._refuse(431)
            raise ValueError("head too large")  # ends the parser, which then asks for the connection to close
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is there in time."""
        self._head_ended()
        self._unset_keepalive_if_required()  # set, if an answer left at once in the same piece of data
        super().on_headers_complete()

    def _expect_head(self) -> None:
        self._head = 0
        if self._deadline is None:
            self._deadline = self.loop.call_later(self._limits.head_seconds, self._refuse, 408)

    def _head_ended(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _refuse(self, status: int) -> None:
        self._head_ended()
        if self.cycle is not None and not self.cycle.response_complete:
            self.transport.close()  # words of its own would stand in the answer that is under way
        elif not self.transport.is_closing():
            body = _REFUSALS[status]
            head = b"HTTP/1.1 %d %s\r\n" % (status, _PHRASES[status])
            fields = b"content-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\n" % len(body)
            self.transport.write(head + fields + b"connection: close\r\n\r\n" + body)
            self.transport.close()
