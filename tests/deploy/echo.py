"""An ASGI application that tells what it was sent, to see what nginx makes of a request.

It answers with the request, but ``/large/N`` with N bytes, ``/slow/S`` after S seconds, ``/error/STATUS``
with a problem document. ``/keep/DIRECTIVE`` has that for a Cache-Control and counts; ``/steady`` has one tag
for ever, ``/clock`` a new one for each answer. ``/counts`` says how often each path was asked.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from typing import Any

asked: Counter[str] = Counter()
"""By path; ``gone`` are clients that did not wait for a slow answer, ``unchanged`` answers of status 304."""


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer a request; anything but HTTP is let go."""
    if scope["type"] != "http":
        return
    body = await _read(receive)
    asked[scope["path"]] += 1
    first, _, rest = scope["path"][1:].partition("/")
    if first == "slow":
        try:
            await asyncio.wait_for(_read(receive), float(rest))
            asked["gone"] += 1
        except TimeoutError:
            pass
    status, headers, content = _answer(scope, first, rest, body)
    headers = {"cache-control": "no-cache", "content-type": "application/json", **headers}
    headers["content-length"] = str(len(content))
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else content})


def _answer(scope: dict[str, Any], first: str, rest: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
    sent = [(name.decode(), value.decode("latin-1")) for name, value in scope["headers"]]
    number = asked[scope["path"]]
    if first == "steady" and dict(sent).get("if-none-match") == '"steady"':
        asked["unchanged"] += 1
        return 304, {"etag": '"steady"'}, b""
    told = {
        "method": scope["method"],
        "path": scope["raw_path"].decode("latin-1"),
        "query": scope["query_string"].decode("latin-1"),
        "headers": sent,
        "body": body.decode("latin-1"),
    }
    problem = {"content-type": "application/problem+json"}
    return {
        "large": lambda: (200, {}, b"x" * int(rest)),
        "slow": lambda: (200, {}, b"late"),
        "error": lambda: (int(rest), problem, b'{"of": "the application"}'),
        "keep": lambda: (200, {"cache-control": rest, "etag": '"kept"'}, str(number).encode()),
        "steady": lambda: (200, {"etag": '"steady"'}, b"always the same"),
        "clock": lambda: (200, {"etag": f'"{number}"'}, str(time.time()).encode()),
        "counts": lambda: (200, {"cache-control": "no-store"}, json.dumps(asked).encode()),
    }.get(first, lambda: (200, {"etag": '"told"'}, json.dumps(told).encode()))()


async def _read(receive: Any) -> bytes:
    """The body; or, once that was read, nothing when the client has gone."""
    body = b""
    while (message := await receive())["type"] == "http.request":
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    return body
