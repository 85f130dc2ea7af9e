"""The body of a request: whole, too large, too slow, broken off."""

from __future__ import annotations

import asyncio

import pytest
from starlette.requests import Request

from gfmd_kg.errors import AbandonedError
from gfmd_kg_api.http.problems import BodyTooLargeError, BodyTooSlowError
from gfmd_kg_api.http.requests import read_body


def _read(*messages: dict[str, object], limit: int = 10) -> bytes:
    waiting = list(messages)

    async def receive() -> dict[str, object]:
        if not waiting:
            await asyncio.sleep(60)
        return waiting.pop(0)

    request = Request({"type": "http", "method": "POST", "headers": []}, receive)
    return asyncio.run(read_body(request, limit))


def _piece(content: bytes, *, more: bool) -> dict[str, object]:
    return {"type": "http.request", "body": content, "more_body": more}


def test_a_body_in_pieces_is_whole():
    assert _read(_piece(b"abc", more=True), _piece(b"def", more=False)) == b"abcdef"


def test_a_body_of_the_limit_is_taken_and_one_byte_more_is_refused():
    assert _read(_piece(b"x" * 10, more=False)) == b"x" * 10
    with pytest.raises(BodyTooLargeError) as caught:
        _read(_piece(b"x" * 10, more=True), _piece(b"x", more=True))
    assert caught.value.limit == 10


def test_a_body_that_does_not_come_is_given_up(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("gfmd_kg_api.http.requests.BODY_SECONDS", 0.05)
    with pytest.raises(BodyTooSlowError, match=r"0\.05 seconds"):
        _read(_piece(b"abc", more=True))


def test_a_sender_that_goes_is_no_fault_of_the_server():
    with pytest.raises(AbandonedError):
        _read(_piece(b"abc", more=True), {"type": "http.disconnect"})
