"""Ask the questions that the pages link to, so that their answers are kept before anyone comes."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.types import ASGIApp, Message

SCRIPT = {b"accept": b"*/*"}
BROWSER = {b"accept": b"text/html,*/*;q=0.8", b"accept-encoding": b"gzip, deflate, br"}
"""What clients say that they take, as far as an answer depends on it."""


async def warm(app: ASGIApp, addresses: Iterable[str]) -> int:
    """GET each address (path and query string) of ``app`` as a script and as a browser would.

    Returns how many answered 200. Failures are left to whoever asks the same later.
    """
    good = 0
    for address in addresses:
        for wanted in (BROWSER, SCRIPT):
            good += await _get(app, address, wanted) == 200
    return good


async def _get(app: ASGIApp, address: str, wanted: dict[bytes, bytes]) -> int:
    path, _, query = address.partition("?")
    status = 0

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]

    await app(
        {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": query.encode(),
            "headers": [(b"host", b"localhost"), *wanted.items()],
            "client": None,
            "server": None,
        },
        receive,
        send,
    )
    return status
