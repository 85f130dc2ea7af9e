"""What strangers send may stand in the log, but neither moves a terminal's cursor nor begins a line."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from fastapi import FastAPI

from gfmd_kg.errors import DataError
from gfmd_kg_api.http import problems
from gfmd_kg_api.http.problems import printable
from gfmd_kg_api.web.pages import Pages

TRICKS = "a\x1b[2Jb\u2028c\nd\re\x9bf\u202eg"
ONE_LINE = TRICKS.replace("\n", "")
"""As a path: no route takes a line end."""
SHOWN = "a\\x1b[2Jb\\u2028c\\nd\\re\\x9bf\\u202eg"


def test_what_a_terminal_would_obey_is_escaped_and_letters_stay():
    assert printable(TRICKS) == SHOWN
    assert printable("Côte d’Ivoire, 日本") == "Côte d’Ivoire, 日本"


@pytest.mark.parametrize("fault", [DataError([TRICKS]), RuntimeError("any")])
def test_the_log_of_a_fault_has_one_line_for_its_request(fault: Exception, caplog: pytest.LogCaptureFixture):
    app = FastAPI()
    problems.install(app, Pages("x").problem)

    @app.get("/{rest:path}")
    def fail(rest: str) -> None:
        raise fault

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        pass

    path = f"/{ONE_LINE}"
    scope = {
        "type": "http",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [],
        "server": ("a", 80),
    }
    try:
        asyncio.run(app(scope, receive, send))
    except RuntimeError:  # the framework raises what it did not expect, once it is answered
        assert isinstance(fault, RuntimeError)
    (record,) = caplog.records
    assert f"GET /{printable(ONE_LINE)}" in record.getMessage()
    assert record.getMessage().isprintable()
