"""The ceiling: a plain ASGI callable on the same uvicorn that gives the same answers, and does nothing else.

Takes a port and a JSON file: for each query string a list of status, headers and the file of the body.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import uvicorn
from starlette.types import Message, Receive, Scope, Send


class Ceiling:
    """Gives each query string the answer that was prepared for it."""

    def __init__(self, answers: dict[bytes, tuple[Message, Message]]) -> None:
        self._answers = answers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; anything but HTTP is let go."""
        if scope["type"] == "http":
            start, body = self._answers[scope["query_string"]]
            await send(start)
            await send(body)


def read_answers(plan: Path) -> dict[bytes, tuple[Message, Message]]:
    """The prepared messages by query string."""
    return {
        query.encode(): (
            {
                "type": "http.response.start",
                "status": status,
                "headers": [(name.encode(), value.encode()) for name, value in headers],
            },
            {"type": "http.response.body", "body": Path(body).read_bytes()},
        )
        for query, (status, headers, body) in json.loads(plan.read_text(encoding="utf-8")).items()
    }


def main(port: str, plan: str) -> None:
    """Serve until told to stop."""
    app = Ceiling(read_answers(Path(plan)))
    uvicorn.run(app, port=int(port), log_level="warning", server_header=False, limit_concurrency=1000)


if __name__ == "__main__":
    main(*sys.argv[1:])
