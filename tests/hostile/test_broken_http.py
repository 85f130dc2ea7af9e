"""What is no HTTP, or two requests in one: refused by nginx, and nothing of it reaches the application."""

from __future__ import annotations

import os
import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.deploy.proxy import Front, assert_problem, parsed

HEADS = int(os.environ.get("HOSTILE_HEADS", "150"))
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
POST = b"POST /x HTTP/1.1\r\nHost: a\r\n"
NO_CHUNK = b"\r\n\r\n0\r\n\r\n"
BROKEN = {
    "two hosts": b"GET /x HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "no host": b"GET /x HTTP/1.1\r\n\r\n",
    "a host that is none": b"GET /x HTTP/1.1\r\nHost: x y\r\n\r\n",
    "a host with a path": b"GET /x HTTP/1.1\r\nHost: a/b\r\n\r\n",
    "options of everything": b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
    "both lengths": POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked" + NO_CHUNK + SMUGGLED,
    "both lengths, turned": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 5" + NO_CHUNK + SMUGGLED,
    "two lengths": POST + b"Content-Length: 0\r\nContent-Length: 37\r\n\r\n" + SMUGGLED,
    "the same length twice": POST + b"Content-Length: 1\r\nContent-Length: 1\r\n\r\nx",
    "a list of lengths": POST + b"Content-Length: 0, 37\r\n\r\n" + SMUGGLED,
    "a negative length": POST + b"Content-Length: -1\r\n\r\n",
    "a signed length": POST + b"Content-Length: +5\r\n\r\n12345",
    "an unknown encoding": POST + b"Transfer-Encoding: xchunked" + NO_CHUNK + SMUGGLED,
    "two encodings": POST + b"Transfer-Encoding: chunked, identity" + NO_CHUNK + SMUGGLED,
    "chunks in HTTP/1.0": b"POST /x HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked" + NO_CHUNK + SMUGGLED,
    "a blank before the colon": POST + b"Content-Length : 37\r\n\r\n" + SMUGGLED,
    "a broken chunk": POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n" + SMUGGLED,
    "another version": b"GET /x HTTP/9.9\r\n\r\n",
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 no HTTP at all\r\n\r\n",
    "a control character": b"GET /x\x01 HTTP/1.1\r\nHost: a\r\n\r\n",
    "a null in a header": b"GET /x HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n",
    "climbing out": b"GET /../../x HTTP/1.1\r\nHost: a\r\n\r\n",
    "an encoded null": b"GET /x%00 HTTP/1.1\r\nHost: a\r\n\r\n",
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_refused_and_reaches_nobody(told: Front, tally, name: str):
    before = told.asked("/x") + told.asked("/smuggled") + told.asked("*")
    answer = parsed(told.say(BROKEN[name]))
    tally(answer.status_code)
    status = {"an unknown encoding": 501, "two encodings": 501, "another version": 505}.get(name, 400)
    assert_problem(answer, status, "http")
    assert told.asked("/x") + told.asked("/smuggled") + told.asked("*") == before


LINES = [
    *(b"Content-Length: 4", b"Content-Length: 0", b"Content-Length:4 ", b"Content-length: 0x4"),
    *(b"Transfer-Encoding: chunked", b"Transfer-Encoding:\tchunked", b"Transfer-Encoding: Chunked, x"),
    *(b"Transfer_Encoding: chunked", b"X: y\r\n Transfer-Encoding: chunked", b"Connection: Content-Length"),
    *(b"Connection: close, Transfer-Encoding", b"Expect: 100-continue", b"Trailer: Host", b"TE: trailers"),
    *(b"Host: b", b"X: y\nContent-Length: 4", b"X: y\rContent-Length: 4", b"\x00: y", b"Upgrade: h2c"),
]


def test_heads_made_up_at_random_are_no_request_that_nginx_did_not_see(front, echo: str, tally):
    """Whatever nginx takes for a body is no request for the application either."""
    times = {"client_header_timeout 10s": "client_header_timeout 300ms"}
    times |= {"client_body_timeout 10s": "client_body_timeout 300ms"}
    times |= {"keepalive_timeout 5s": "keepalive_timeout 300ms"}
    rng = random.Random(2017)
    tries = [rng.sample(LINES, rng.randint(1, 4)) for _ in range(HEADS)]
    with front(echo, times) as nginx, ThreadPoolExecutor(16) as beside:

        def attack(number: int) -> int:
            head = b"\r\n".join([b"POST /x HTTP/1.1", b"Host: a", *tries[number], b"", b""])
            inner = b"GET /inner/%04d HTTP/1.1\r\nHost: a\r\n\r\n" % number
            return nginx.say(head + b"%x\r\n" % len(inner) + inner + b"\r\n0\r\n\r\n").count(b"HTTP/1.1 200 ")

        answers = list(beside.map(attack, range(HEADS)))
        reached = [nginx.asked(f"/inner/{number:04}") for number in range(HEADS)]
    for lines, seen, inner in zip(tries, answers, reached, strict=True):
        tally(200 if seen else 400)
        assert inner <= max(0, seen - 1), lines  # nginx itself answered it as a second request
    assert sum(answers) > HEADS / 10
