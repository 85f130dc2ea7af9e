"""What nginx refuses itself: addresses of the operators, and faults; with a problem document each."""

from __future__ import annotations

import json
import re
import socket
from contextlib import suppress

import httpx
import pytest
from tests.deploy.proxy import Front, assert_problem, parsed

SPELLINGS = [
    *("/metrics", "/%6detrics", "/%6D%65trics", "//metrics", "/./metrics", "/metrics?x=1", "/metrics#x"),
    *("/x/../metrics", "/x/%2e%2e/metrics", "/%2fmetrics", "/%2e/metrics", "http://a/metrics"),
    *("/kg/metrics", "/kg//metrics", "/kg/%6detrics"),
]
OTHERS = ["/metrics%00", "/metrics\\", "/%256detrics", "/METRICS", "/metrics/", "/x;/metrics/."]


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_figures_are_the_operators(fronted: Front, method: str, spelling: str):
    request = f"{method} {spelling} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    answer = fronted.say(request.encode(), source="127.0.0.9")
    assert answer.startswith(b"HTTP/1.1 403 "), answer
    assert b"gfmd_kg_requests" not in answer


@pytest.mark.parametrize("spelling", OTHERS)
def test_no_other_spelling_gives_figures(fronted: Front, spelling: str):
    request = f"GET {spelling} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    answer = fronted.say(request.encode(), source="127.0.0.9")
    assert re.match(rb"HTTP/1.1 40[034] ", answer), answer
    assert b"gfmd_kg_requests" not in answer


def test_an_operator_gets_figures(fronted: Front):
    answer = httpx.get(f"{fronted.address}/metrics")
    assert answer.status_code == 200
    assert "gfmd_kg_requests" in answer.text


def test_problems_of_the_application_pass_untouched(told: Front):
    for status in (400, 403, 405, 408, 413, 414, 429, 500, 502, 503, 504):
        answer = httpx.get(f"{told.address}/error/{status}")
        assert (answer.status_code, answer.content) == (status, b'{"of": "the application"}')
        assert answer.headers["content-type"] == "application/problem+json"


def test_without_the_application_there_is_a_problem_document(front):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))  # taken, and nobody listens
        with front(f"http://127.0.0.1:{probe.getsockname()[1]}") as nginx:
            for path in ("/queries", "/sparql"):
                assert_problem(httpx.get(nginx.address + path), 502, "busy")


def test_an_application_that_takes_too_long(front, echo: str):
    with front(echo, {"proxy_read_timeout 15s": "proxy_read_timeout 1s"}) as nginx:
        assert_problem(httpx.get(f"{nginx.address}/slow/5"), 504, "timeout")


def test_an_application_that_is_full(front, echo: str):
    with front(echo, {"max_conns=100": "max_conns=1"}) as nginx, nginx.connect() as held:
        held.sendall(b"GET /slow/5 HTTP/1.1\r\nHost: a\r\n\r\n")
        found = [httpx.get(f"{nginx.address}/place") for _ in range(2)]
        assert_problem(found[-1], 502, "busy")


@pytest.mark.parametrize("asked", ["TRACE /", "CONNECT /"])
def test_a_method_that_nginx_refuses(told: Front, asked: str):
    answer = told.say(f"{asked} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
    assert_problem(parsed(answer), 405, "method")


def test_a_question_stands_in_no_log(front, echo: str):
    errors = {"error.log info": "error.log crit"}
    with front(echo, errors) as nginx:
        httpx.get(f"{nginx.address}/place?text=secret")
        httpx.get(f"{nginx.address}/error/502?text=secret")
        nginx.say(b"GET /" + b"x" * 80_000 + b"?secret HTTP/1.1\r\n\r\n")
        with suppress(httpx.HTTPError):
            httpx.get(f"{nginx.address}/slow/9?text=secret", timeout=0.5)
        lines = nginx.log()
        said = (nginx.folder / "error.log").read_text(encoding="utf-8")
    assert [(line["method"], line["path"], line["status"]) for line in lines[:2]] == [
        ("GET", "/place", 200),
        ("GET", "/error/502", 502),
    ]
    assert all(
        set(line) == {"time", "method", "path", "status", "bytes", "seconds", "cache"} for line in lines
    )
    assert "secret" not in json.dumps(lines) + said
    assert "127.0.0.1" not in json.dumps(lines) + said
