"""What surrounds every request, asked without a server."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from gfmd_kg_api.middleware.headers import MAX_ADDRESS, ResponseHeaders

Headers = list[tuple[bytes, bytes]]


def _ask(headers: Headers, method: str = "GET", path: bytes = b"/") -> tuple[list[dict[str, Any]], list[str]]:
    """The messages that are sent, and the methods that reach the application."""
    sent: list[dict[str, Any]] = []
    reached: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        reached.append(scope["method"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"content"})

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": method, "raw_path": path, "query_string": b"", "headers": headers}
    asyncio.run(ResponseHeaders(app)(scope, None, send))  # type: ignore[arg-type]
    return sent, reached


@pytest.mark.parametrize(
    "hosts",
    [[b"a", b"a"], [b"a", b"b"], [b""], [b"a b"], [b"a/b"], [b"<x>"], [b"a:b"], [b"a\r\nb"], [b"[::1"]],
)
def test_a_request_has_one_well_formed_host(hosts: list[bytes]):
    sent, reached = _ask([(b"host", host) for host in hosts])
    assert sent[0]["status"] == 400
    assert reached == []


@pytest.mark.parametrize("hosts", [[], [b"a"], [b"a.example:8000"], [b"127.0.0.1:1"], [b"[::1]:8000"]])
def test_a_host_that_may_be_named_passes(hosts: list[bytes]):
    sent, reached = _ask([(b"host", host) for host in hosts])
    assert sent[0]["status"] == 200
    assert reached == ["GET"]


@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
@pytest.mark.parametrize("host", [b"a", b"a b"])
def test_every_answer_says_what_it_varies_by_and_bears_its_headers(method: str, host: bytes):
    sent, _ = _ask([(b"host", host)], method=method)
    headers = dict(sent[0]["headers"])
    assert headers[b"vary"] == b"Accept, Accept-Language, Accept-Encoding"
    assert headers[b"x-content-type-options"] == b"nosniff"


def test_an_address_of_the_limit_passes_and_one_byte_more_is_refused():
    assert _ask([], path=b"/" + b"x" * (MAX_ADDRESS - 1))[0][0]["status"] == 200
    sent, reached = _ask([], path=b"/" + b"x" * MAX_ADDRESS)
    assert (sent[0]["status"], reached) == (414, [])
