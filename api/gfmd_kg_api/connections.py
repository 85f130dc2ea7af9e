"""Connections that cannot be held or filled without end.

uvicorn bounds neither the bytes of a request's head nor the time that it may take, nor what waits for a
client that does not read its answer; and all connections together, not those of one client. This protocol
does; what it refuses it answers with a problem document, and closes.
"""

from __future__ import annotations

from asyncio import TimerHandle, Transport
from collections import Counter
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gfmd_kg_api.errors import plain_problem


def _refusal(status: int, name: str, detail: str, fields: bytes = b"") -> bytes:
    start, body = plain_problem(status, name, detail)
    lines = b"".join(b"%b: %b\r\n" % pair for pair in start["headers"])
    first = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n".encode()
    return first + lines + fields + b"connection: close\r\n\r\n" + bytes(body["body"])


_LATER = b"retry-after: 2\r\n"
_REFUSALS = {
    400: _refusal(400, "http", "The request is not valid HTTP."),
    408: _refusal(408, "too-slow", "The head of the request did not come in time."),
    429: _refusal(429, "too-many-connections", "Too many connections from this address.", _LATER),
    431: _refusal(431, "too-large", "The head of the request is too large."),
    503: _refusal(503, "busy", "The server has as many connections as it takes; try again later.", _LATER),
}


@dataclass
class ConnectionLimits:
    """``head_bytes`` and ``head_seconds`` for request line and headers; ``per_client`` connections at once.

    ``idle_seconds`` is how long a client may take nothing of an answer that waits for it, ``unsent_bytes``
    how much may wait for all clients together, before the one for whom most waits is given up.
    ``open`` counts the connections of each client address, ``slow`` holds those whose answer waits, for all
    protocols that share these limits.
    """

    head_bytes: int
    head_seconds: float
    per_client: int
    idle_seconds: float
    unsent_bytes: int
    open: Counter[str] = field(default_factory=Counter)
    slow: set[BoundedProtocol] = field(default_factory=set)


class BoundedProtocol(HttpToolsProtocol):
    """HTTP/1.1 within ``limits``."""

    def __init__(self, limits: ConnectionLimits, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._limits = limits
        self._address: str | None = None
        self._head = self._waiting = 0
        self._deadline: TimerHandle | None = None
        self._taking: TimerHandle | None = None
        self._deferred: tuple[Any, Any] | None = None
        self._held = False

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
        self._taken()
        if self._address is not None:
            self._limits.open[self._address] -= 1
            if not self._limits.open[self._address]:
                del self._limits.open[self._address]
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """The client is slower than its answer: watch that it takes it, or give it up for all others."""
        super().pause_writing()
        slow = self._limits.slow
        slow.add(self)
        self._expect_taking()
        while len(slow) > 1 and sum(each.unsent() for each in slow) > self._limits.unsent_bytes:
            max(slow, key=BoundedProtocol.unsent).give_up()

    def resume_writing(self) -> None:
        """The client has taken its answer: the next request may begin."""
        self._taken()
        super().resume_writing()
        held, self._held = self._held, False
        if self.transport.is_closing():
            self._expect_last()
        elif self._deferred is not None:
            deferred, self._deferred = self._deferred, None
            super()._start_asgi_task(*deferred)
        elif held:
            self.flow.resume_reading()
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def on_response_complete(self) -> None:
        """Read no further request before the client has taken this answer."""
        super().on_response_complete()
        if self.transport.is_closing():
            self._expect_last()
        elif self.flow.write_paused and self._deferred is None:
            self._held = True
            self.flow.pause_reading()
            self._unset_keepalive_if_required()

    def timeout_keep_alive_handler(self) -> None:
        """No further request has come: end the connection, in time even if some of the last answer waits."""
        super().timeout_keep_alive_handler()
        self._expect_last()

    def _start_asgi_task(self, cycle: Any, app: Any) -> None:
        """Begin to answer, or wait with a request that came before the answer to the last one was taken."""
        if self.flow.write_paused:
            self._deferred = cycle, app
        else:
            super()._start_asgi_task(cycle, app)

    def give_up(self) -> None:
        """End the connection at once, whatever waits for its client."""
        self._taken()
        self.transport.abort()

    def unsent(self) -> int:
        """Bytes that the client has not taken yet."""
        return self.transport.get_write_buffer_size()

    def _expect_taking(self) -> None:
        before = self.unsent()

        def look() -> None:
            if self.unsent() < before:
                self._expect_taking()
            else:
                self.give_up()

        self._taking = self.loop.call_later(self._limits.idle_seconds, look)

    def _expect_last(self) -> None:
        """Watch a connection that closes: too little for a pause may wait, and would for ever."""
        if self._taking is None and self.unsent():
            self._limits.slow.add(self)
            self._expect_taking()

    def _taken(self) -> None:
        self._limits.slow.discard(self)
        if self._taking is not None:
            self._taking.cancel()
            self._taking = None

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
        """The head is there in time; answer it, unless the server is full."""
        self._head_ended()
        if self.is_full() and (self.cycle is None or self.cycle.response_complete):
            self._refuse(503)
            raise ValueError("full")  # ends the parser, as above
        self._unset_keepalive_if_required()  # set, if an answer left at once in the same piece of data
        super().on_headers_complete()

    def is_full(self) -> bool:
        """Whether all connections together, or the requests under way, are as many as may be."""
        limit = self.limit_concurrency
        return limit is not None and (len(self.connections) >= limit or len(self.tasks) >= limit)

    def send_400_response(self, msg: str) -> None:
        """Refuse what the parser does not understand; what was refused already stays as it is."""
        self._refuse(400)

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
            self.transport.write(_REFUSALS[status])
            self.transport.close()
        self._expect_last()
