"""A body within its limits, and work for a client that is there."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine

import pytest
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


class _Asked:
    """A request whose client goes after so many looks; how often it was looked for."""

    def __init__(self, looks: int) -> None:
        self.looks, self.looked = looks, 0

    async def is_disconnected(self) -> bool:
        self.looked += 1
        return self.looked > self.looks


async def _take(seconds: float) -> str:
    await asyncio.sleep(seconds)
    return "done"


def _run(asked: _Asked, work: Coroutine[object, object, object]) -> object:
    async def run() -> object:
        return await run_while_connected(asked, work)  # type: ignore[arg-type]

    return asyncio.run(run())


def test_nobody_looks_for_the_client_of_short_work():
    asked = _Asked(0)
    assert _run(asked, _take(0)) == "done"
    assert asked.looked == 0


def test_long_work_ends_with_its_result_though_its_client_is_looked_for(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(requests, "LOOK_SECONDS", 0.01)
    asked = _Asked(1000)
    assert _run(asked, _take(0.3)) == "done"
    assert asked.looked > 1


def test_work_is_cancelled_once_the_client_has_gone(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(requests, "LOOK_SECONDS", 0.01)
    asked, ended = _Asked(3), []

    async def work() -> None:
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            ended.append("stopped")
            raise

    with pytest.raises(AbandonedError):
        _run(asked, work())
    assert (ended, asked.looked) == (["stopped"], 4)


def test_what_cancels_the_request_itself_is_not_taken_for_a_client_that_went():
    async def run() -> None:
        task = asyncio.create_task(run_while_connected(_Asked(1000), _take(10)))  # type: ignore[arg-type]
        await asyncio.sleep(0.1)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(run())


def test_a_fault_of_the_work_is_the_callers():
    async def work() -> None:
        raise LookupError("here")

    with pytest.raises(LookupError, match="here"):
        _run(_Asked(0), work())
