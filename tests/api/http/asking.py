"""Requests as an application gets them, without a server."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

from starlette.requests import Request

Headers = Sequence[tuple[str, str]]


def request(
    target: str = "/", headers: Headers = (), method: str = "GET", root: str = "", body: Iterable[Any] = ()
) -> Request:
    """A request of ``target``, below the prefix ``root``; its body comes in the messages of ``body``.

    When they are all read, nothing more comes.
    """
    path, _, query = target.partition("?")
    messages = iter(body)

    async def receive() -> Any:
        for message in messages:
            return message
        return await asyncio.Event().wait()

    scope = {
        "type": "http",
        "method": method,
        "path": root + path,
        "raw_path": (root + path).encode(),
        "root_path": root,
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in headers],
        "server": ("localhost", 80),
        "scheme": "http",
    }
    return Request(scope, receive)
