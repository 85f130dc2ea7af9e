"""At most so many requests a minute from one address."""

from __future__ import annotations

import asyncio

import httpx

from gfmd_kg_api.middleware.rate_limit import RateLimit


def test_too_many_requests_a_minute(serving):
    with serving(GFMD_KG_CLIENT_REQUESTS="60") as (address, _), httpx.Client() as client:
        answers = [client.get(f"{address}/ready") for _ in range(70)]
        refused = [answer for answer in answers if answer.status_code == 429]
        assert refused
        assert refused[-1].headers["content-type"] == "application/problem+json"
        assert refused[-1].json()["title"] == "Too Many Requests"
        assert int(refused[-1].headers["retry-after"]) == 1


def test_a_bucket_refills_and_each_address_has_its_own():
    now = [0.0]
    statuses: list[int] = []

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message):
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    limited = RateLimit(app, 2, lambda: now[0])

    def ask(address: str) -> int:
        asyncio.run(limited({"type": "http", "client": (address, 1)}, None, send))  # type: ignore[arg-type]
        return statuses[-1]

    assert [ask("a"), ask("a"), ask("a"), ask("b")] == [200, 200, 429, 200]
    now[0] = 31.0
    assert [ask("a"), ask("a")] == [200, 429]
