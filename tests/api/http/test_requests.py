"""A body within its limits, and work for a client that is there."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable

import pytest
from anyio import CapacityLimiter
from tests.api.http.asking import request

from gfmd_kg.errors import AbandonedError
from gfmd_kg_api.http import requests
from gfmd_kg_api.http.problems import BodyTooLargeError, BodyTooSlowError
from gfmd_kg_api.http.requests import read_body, run_while_connected


def _chunks(*parts: bytes) -> list[dict[str, object]]:
    return [
        {"type": "http.request", "body": part, "more_body": number < len(parts)}
        for number, part in enumerate(parts, 1)
    ]


def test_a_body_of_the_limit_is_read_whole():
    assert asyncio.run(read_body(request(body=_chunks(b"abc", b"", b"de")), 5)) == b"abcde"
    assert asyncio.run(read_body(request(body=_chunks(b"")), 0)) == b""


def test_a_byte_more_is_refused_before_the_rest_is_read():
    messages = iter(_chunks(b"abc", b"def", b"never"))
    with pytest.raises(BodyTooLargeError) as caught:
        asyncio.run(read_body(request(body=messages), 5))
    assert caught.value.limit == 5
    assert next(messages)["body"] == b"never"


def test_a_body_that_breaks_off_is_abandoned():
    with pytest.raises(AbandonedError, match="gone before all of its question was there"):
        asyncio.run(read_body(request(body=[_chunks(b"a", b"b")[0], {"type": "http.disconnect"}]), 5))


def test_a_body_that_does_not_come_is_given_up(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(requests, "BODY_SECONDS", 0.05)
    with pytest.raises(BodyTooSlowError) as caught:
        asyncio.run(read_body(request(body=_chunks(b"a", b"b")[:1]), 5))
    assert caught.value.seconds == 0.05


def _run(gone: Callable[[], bool], work: Callable[[Callable[[], bool]], object]) -> object:
    class Asked:
        async def is_disconnected(self) -> bool:
            return gone()

    async def run() -> object:
        return await run_while_connected(Asked(), work, CapacityLimiter(1))  # type: ignore[arg-type]

    return asyncio.run(run())


def test_work_ends_with_its_result_though_the_client_stays():
    caller = threading.get_ident()
    disconnected, thread = _run(lambda: False, lambda gone: (gone(), threading.get_ident()))  # type: ignore[misc]
    assert disconnected is False
    assert thread != caller


def test_work_is_told_once_the_client_has_gone(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(requests, "LOOK_SECONDS", 0.01)
    looked: list[bool] = []

    def gone() -> bool:
        looked.append(len(looked) >= 3)
        return looked[-1]

    def work(disconnected: Callable[[], bool]) -> bool:
        end = time.monotonic() + 10
        while not disconnected() and time.monotonic() < end:
            time.sleep(0.005)
        return disconnected()

    assert _run(gone, work) is True
    assert looked == [False, False, False, True]


def test_work_takes_a_place_of_its_limiter():
    async def run() -> int:
        limiter = CapacityLimiter(3)
        asked = request()
        return await run_while_connected(asked, lambda gone: limiter.borrowed_tokens, limiter)

    assert asyncio.run(run()) == 1


def test_a_fault_of_the_work_is_the_callers():
    def work(gone: Callable[[], bool]) -> object:
        raise LookupError("here")

    with pytest.raises(LookupError, match="here"):
        _run(lambda: False, work)
