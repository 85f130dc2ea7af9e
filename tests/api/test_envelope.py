"""What surrounds every request, asked without a server."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from gfmd_kg_api.envelope import Envelope

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
    asyncio.run(Envelope(app)(scope, None, send))  # type: ignore[arg-type]
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


def test_head_is_asked_as_get_and_answered_without_a_body():
    sent, reached = _ask([], method="HEAD")
    assert reached == ["GET"]
    assert [message.get("body") for message in sent] == [None, b""]
    assert dict(sent[0]["headers"])[b"x-content-type-options"] == b"nosniff"
