"""Every error of the project as a problem document (RFC 9457), and who gets a page instead."""

from __future__ import annotations

import asyncio
import json
import logging
from http import HTTPStatus
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.exceptions import HTTPException

from gfmd_kg import errors
from gfmd_kg.errors import GfmdError
from gfmd_kg_api.http import problems
from gfmd_kg_api.http.negotiation import NotAcceptableError
from gfmd_kg_api.http.problems import install, plain_problem, printable, problem, status_of

TYPES = "https://w3id.org/gfmd-kg/problem/"
CASES: list[tuple[GfmdError, int, str]] = [
    (errors.ParameterError("area", "x", "Wrong.", ["y"]), 400, "parameter"),
    (errors.QueryRefusedError("query", "x", "Wrong."), 400, "query"),
    (errors.CallError("port", "x", "Wrong."), 400, "call"),
    (errors.UnknownError("format", "x", "Wrong."), 400, "parameter"),
    (errors.UnknownError("lang", "x", "Wrong."), 400, "parameter"),
    (errors.UnknownError("query", "x", "Wrong."), 404, "unknown"),
    (NotAcceptableError("a/b", ["text/csv"]), 406, "not-acceptable"),
    (problems.BodyTooLargeError(5), 413, "too-large"),
    (problems.BodyTooSlowError(5), 408, "too-slow"),
    (problems.MediaTypeError("Wrong."), 415, "media-type"),
    (problems.TooManyQueriesError(1), 429, "too-many-queries"),
    (errors.EngineTimeoutError(5), 504, "timeout"),
    (errors.EngineBusyError("Busy."), 503, "busy"),
    (errors.NotIsolatedError("Off."), 503, "queries-off"),
    (errors.ResultTooLargeError(5, "rows"), 422, "result-too-large"),
    (errors.EngineError("Failed."), 502, "engine"),
    (errors.EndpointError("At http://user:secret@host failed."), 502, "engine"),
    (errors.DataError(["One fault."]), 500, "data"),
    (errors.ReleaseError("Gone."), 500, "internal"),
]


@pytest.mark.parametrize(("error", "status", "name"), CASES, ids=lambda case: type(case).__name__)
def test_every_error_has_its_status_and_type(error: GfmdError, status: int, name: str):
    assert status_of(error) == (status, name)
    content = problem(error)
    assert (content["status"], content["type"]) == (status, TYPES + name)
    assert content["title"] == HTTPStatus(status).phrase


def test_a_wrong_call_is_told_field_by_field():
    error = errors.ParameterError("area", "healt", "There is no such area.", ["asylum", "health"])
    assert problem(error) == {
        "type": TYPES + "parameter",
        "title": "Bad Request",
        "status": 400,
        "detail": "There is no such area.",
        "parameter": "area",
        "given": "healt",
        "allowed": ["asylum", "health"],
        "nearest": "health",
    }


def test_what_is_told_of_other_errors():
    assert problem(errors.EngineError("Failed."))["detail"] == "Failed."
    assert problem(errors.EndpointError("secret"))["detail"] == (
        "The SPARQL endpoint behind this server could not be reached or failed."
    )
    content = problem(NotAcceptableError("a/b", ["text/csv", "text/html"]))
    assert content["allowed"] == ["text/csv", "text/html"]
    assert "parameter" not in content
    assert str(problems.BodyTooLargeError(5)) == "The body of a request may hold 5 bytes at most."
    assert str(problems.BodyTooSlowError(2.5)) == "The body of a request may take 2.5 seconds to come."
    assert problems.BodyTooSlowError(2.5).seconds == 2.5
    for limit, words in ((1, "1 ad-hoc query at once"), (2, "2 ad-hoc queries at once")):
        assert words in str(problems.TooManyQueriesError(limit))
        assert problems.TooManyQueriesError(limit).limit == limit


def test_a_refusal_before_the_framework_is_a_problem_too():
    start, body = plain_problem(414, "too-large", "Too long, é.")
    assert json.loads(body["body"]) == {
        "type": TYPES + "too-large",
        "title": HTTPStatus(414).phrase,
        "status": 414,
        "detail": "Too long, é.",
    }
    assert "é".encode() in body["body"] and body["body"].endswith(b"}\n")
    assert start == {
        "type": "http.response.start",
        "status": 414,
        "headers": [
            (b"content-type", b"application/problem+json"),
            (b"content-length", str(len(body["body"])).encode()),
            (b"cache-control", b"no-store"),
            (b"access-control-allow-origin", b"*"),
        ],
    }
    assert body["type"] == "http.response.body"


def _ask(target: str, error: Exception | None = None, method: str = "GET", **headers: str) -> httpx.Response:
    app = FastAPI()

    def render(request: Any, content: dict[str, Any]) -> bytes:
        return f"<p>{content['detail']} {request.url.path}</p>".encode()

    def fail() -> None:
        assert error
        raise error

    app.get("/fails")(fail)
    app.get("/sparql")(fail)
    app.get("/sparql/more")(fail)
    install(app, render)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.request(method, target, headers=headers)

    return asyncio.run(ask())


@pytest.mark.parametrize(("error", "status", "name"), CASES, ids=lambda case: type(case).__name__)
def test_an_error_is_answered_with_its_problem(error: GfmdError, status: int, name: str):
    answer = _ask("/fails", error)
    assert answer.status_code == status
    assert answer.json() == problem(error)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    soon = status in (429, 503) and name != "queries-off"
    assert answer.headers.get("retry-after") == ("2" if soon else None)
    assert answer.content.endswith(b"}\n")


@pytest.mark.parametrize(
    ("target", "accept", "page"),
    [
        ("/fails", "text/html", True),
        ("/fails", "text/html;q=0.1, */*", True),
        ("/fails", "text/html;q=0", False),
        ("/fails", "*/*", False),
        ("/fails?format=html", "text/html", False),
        ("/fails?format=", "text/html", False),
        ("/sparql", "text/html", False),
        ("/sparql/more", "text/html", True),
    ],
)
def test_a_browser_gets_a_page(target: str, accept: str, page: bool):
    answer = _ask(target, errors.EngineBusyError("Busy é."), accept=accept)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert answer.headers["cache-control"] == "no-store"
    if page:
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.text == f"<p>Busy é. {target.partition('?')[0]}</p>"
    else:
        assert answer.headers["content-type"] == "application/problem+json"
        assert "Busy é." in answer.text, "not escaped"


def test_what_the_framework_refuses_is_a_problem():
    answer = _ask("/nowhere?x=1")
    assert (answer.status_code, answer.json()["type"]) == (404, TYPES + "unknown")
    assert answer.json()["detail"] == "There is nothing at /nowhere."
    answer = _ask("/fails", method="DELETE")
    assert (answer.status_code, answer.json()["type"]) == (405, TYPES + "method")
    assert answer.json()["detail"] == "DELETE is not allowed at /fails."
    assert answer.headers["allow"] == "GET"
    answer = _ask("/fails", HTTPException(418, "Short and stout.", {"X-Pot": "tea"}))
    assert (answer.status_code, answer.json()["type"]) == (418, TYPES + "call")
    assert answer.json()["detail"] == "Short and stout."
    assert answer.headers["x-pot"] == "tea"
    assert _ask("/nowhere").headers["cache-control"] == "no-store"


def test_a_fault_tells_nothing_and_is_logged(caplog: pytest.LogCaptureFixture):
    answer = _ask("/fails", RuntimeError("secret"))
    assert answer.status_code == 500
    assert answer.json() == {
        "type": TYPES + "internal",
        "title": "Internal Server Error",
        "status": 500,
        "detail": "The server failed; the fault is in its log.",
    }
    (record,) = [record for record in caplog.records if record.name == "gfmd_kg_api"]
    assert (record.levelno, record.getMessage()) == (logging.ERROR, "GET /fails failed")
    assert record.exc_info and str(record.exc_info[1]) == "secret"


@pytest.mark.parametrize(
    ("error", "logged"),
    [
        (errors.DataError(["a\nb\x1b"]), ["GET /fails: a\\nb\\x1b"]),
        (errors.EndpointError("down"), ["GET /fails: down"]),
        (errors.EngineError("failed"), []),
        (errors.ParameterError("a", "b", "c"), []),
    ],
)
def test_what_the_operator_must_know_is_logged(
    caplog: pytest.LogCaptureFixture, error: GfmdError, logged: list[str]
):
    _ask("/fails", error)
    assert [r.getMessage() for r in caplog.records if r.name == "gfmd_kg_api"] == logged


@pytest.mark.parametrize(
    ("text", "line"),
    [("plain é", "plain é"), ("a\nb\r\tc", "a\\nb\\r\\tc"), ("\x1b[1m", "\\x1b[1m"), ("\u2028", "\\u2028")],
)
def test_what_is_logged_is_one_line(text: str, line: str):
    assert printable(text) == line
