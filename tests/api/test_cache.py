"""Answers given again: the same bytes, the same headers, compressed or not."""

from __future__ import annotations

import asyncio
import gzip

import httpx
import pytest
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gfmd_kg_api.middleware.cache import AnswerCache

PATH = "/queries/coverage-matrix?lang=en"


def test_an_answer_given_again_is_the_same(server: str):
    first, again = httpx.get(server + PATH), httpx.get(server + PATH)
    assert first.content == again.content
    assert {**first.headers, "date": ""} == {**again.headers, "date": ""}
    assert "Accept-Encoding" in again.headers["vary"]


def test_a_compressed_answer_has_its_own_tag_and_the_same_content(server: str):
    plain = httpx.get(server + PATH, headers={"Accept-Encoding": "identity"})
    small = httpx.get(server + PATH, headers={"Accept-Encoding": "gzip"})
    assert small.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert small.content == plain.content
    assert int(small.headers["content-length"]) < int(plain.headers["content-length"]) / 4
    assert small.headers["etag"] != plain.headers["etag"]


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_a_client_that_has_it_is_told_so(server: str, encoding: str):
    tag = httpx.get(server + PATH, headers={"Accept-Encoding": encoding}).headers["etag"]
    for condition in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        answer = httpx.get(server + PATH, headers={"Accept-Encoding": encoding, "If-None-Match": condition})
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == tag
        assert answer.headers["x-content-type-options"] == "nosniff"
    answer = httpx.get(server + PATH, headers={"Accept-Encoding": encoding, "If-None-Match": '"other"'})
    assert answer.status_code == 200


def test_format_and_language_are_told_apart(server: str):
    address = f"{server}/queries/theme-elements"
    answers = [
        httpx.get(address, headers={"Accept": accept, "Accept-Language": language})
        for accept in ("application/json", "text/csv", "text/html")
        for language in ("en", "fr")
        for _ in range(2)
    ]
    assert len({answer.content for answer in answers}) == 6
    assert [answer.content for answer in answers[::2]] == [answer.content for answer in answers[1::2]]


def test_an_error_is_not_kept(server: str):
    for _ in range(2):
        assert httpx.get(f"{server}/queries/theme-elements?theme=none").status_code == 400


class _Counting:
    def __init__(self, size: int = 1000) -> None:
        self.asked = 0
        self.size = size

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked += 1
        await asyncio.sleep(0)  # as if it took its time
        body = scope["query_string"].ljust(self.size)
        await Response(body, headers={"ETag": f'"{self.asked}"'})(scope, receive, send)


async def _nothing() -> dict[str, str]:
    return {"type": "http.request"}


def _get(cache: AnswerCache, query: str, *headers: tuple[bytes, bytes]) -> list[dict]:
    return asyncio.run(_ask(cache, query, *headers))


async def _ask(cache: AnswerCache, query: str, *headers: tuple[bytes, bytes]) -> list[dict]:
    sent: list[dict] = []

    async def send(message: dict) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/queries/x",
        "raw_path": b"/queries/x",
        "query_string": query.encode(),
        "headers": list(headers),
    }
    await asyncio.sleep(0)  # lets another question come between
    await cache(scope, _nothing, send)  # type: ignore[arg-type]
    return sent


def test_what_is_kept_is_bounded_and_the_least_used_goes_first():
    app = _Counting()
    cache = AnswerCache(app, max_bytes=4000, media_types=())
    _get(cache, "a"), _get(cache, "b"), _get(cache, "a"), _get(cache, "c")
    assert cache.bytes <= 4000
    assert (app.asked, cache.hits) == (3, 1)
    _get(cache, "a")
    assert app.asked == 3
    _get(cache, "b")
    assert app.asked == 4


def test_without_room_nothing_is_kept():
    app = _Counting()
    cache = AnswerCache(app, max_bytes=0, media_types=())
    assert _get(cache, "a")[1]["body"] == _get(cache, "a")[1]["body"]
    assert (app.asked, cache.bytes) == (2, 0)


def test_a_refused_compression_is_respected():
    cache = AnswerCache(_Counting(5000), max_bytes=100_000, media_types=())
    small = _get(cache, "a", (b"accept-encoding", b"br, gzip"))
    plain = _get(cache, "a", (b"accept-encoding", b"gzip; q=0, br"))
    assert plain[1]["body"] == b"a".ljust(5000)
    assert small[1]["body"] == plain[1]["body"]  # no media type that is known to compress well


def test_text_is_compressed():
    class Text(_Counting):
        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            await Response("x" * 5000, headers={"ETag": '"t"'}, media_type="text/plain")(scope, receive, send)

    sent = _get(AnswerCache(Text(), 100_000, ()), "a", (b"accept-encoding", b"gzip"))
    assert gzip.decompress(sent[1]["body"]) == b"x" * 5000


def test_one_question_asked_twice_at_once_is_counted_once():
    app = _Counting()
    cache = AnswerCache(app, max_bytes=100_000, media_types=())

    async def both() -> None:
        await asyncio.gather(_ask(cache, "a"), _ask(cache, "a"))

    asyncio.run(both())
    assert app.asked == 2
    once = AnswerCache(_Counting(), max_bytes=100_000, media_types=())
    _get(once, "a")
    assert cache.bytes == once.bytes


def test_an_answer_to_a_long_query_string_is_not_kept():
    app = _Counting()
    cache = AnswerCache(app, max_bytes=100_000, media_types=())
    for _ in range(2):
        _get(cache, "a" * 9000)
    assert (app.asked, cache.bytes) == (2, 0)


class _Untouched(_Counting):
    """An application that knows nothing of conditions, HEAD or compression."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["method"] == "GET"
        assert b"if-none-match" not in dict(scope["headers"])
        self.asked += 1
        headers = [(b"etag", b'"t"'), (b"content-type", b"text/plain"), (b"content-length", b"4")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"no", "more_body": True})
        await send({"type": "http.response.body", "body": b"pe"})


KEPT_OR_NOT = pytest.mark.parametrize(
    ("path", "size"), [(b"/queries/a", 100_000), (b"/queries/a", 0), (b"/export/a", 100_000)]
)


def _sent(cache: AnswerCache, path: bytes, method: str, *headers: tuple[bytes, bytes]) -> list[dict]:
    scope = {
        "type": "http",
        "method": method,
        "path": path.decode(),
        "raw_path": path,
        "query_string": b"",
        "headers": list(headers),
    }
    sent: list[dict] = []

    async def send(message: dict) -> None:
        sent.append(message)

    asyncio.run(cache(scope, _nothing, send))  # type: ignore[arg-type]
    return sent


@KEPT_OR_NOT
def test_head_has_the_headers_of_get_and_no_body(path: bytes, size: int):
    cache = AnswerCache(_Untouched(), size, ())
    for _ in range(2):
        get, head = _sent(cache, path, "GET"), _sent(cache, path, "HEAD")
        assert get[0] == head[0]
        assert b"".join(message["body"] for message in get[1:]) == b"nope"
        assert b"".join(message["body"] for message in head[1:]) == b""


@KEPT_OR_NOT
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_condition_is_decided_for_every_answer_with_a_tag(path: bytes, size: int, method: str):
    cache = AnswerCache(_Untouched(), size, ())
    for _ in range(2):
        sent = _sent(cache, path, method, (b"if-none-match", b'W/"t"'))
        assert (sent[0]["status"], dict(sent[0]["headers"])) == (304, {b"etag": b'"t"'})
        assert b"".join(message["body"] for message in sent[1:]) == b""
        assert _sent(cache, path, method, (b"if-none-match", b'"u"'))[0]["status"] == 200


def test_what_is_posted_is_handed_on_as_it_is():
    seen: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"etag", b'"t"')]})
        await send({"type": "http.response.body", "body": b"yes"})

    sent = _sent(AnswerCache(app, 100_000, ()), b"/sparql", "POST", (b"if-none-match", b'"t"'))
    assert (sent[0]["status"], sent[1]["body"]) == (200, b"yes")
    assert seen[0]["method"] == "POST"


@pytest.mark.parametrize(("query", "asked"), [(b"query=ASK%7B%7D", 1), (b"", 2), (b"format=turtle", 2)])
def test_an_answer_of_the_endpoint_is_kept_but_not_what_it_says_of_itself(query: bytes, asked: int):
    app = _Untouched()
    cache = AnswerCache(app, 100_000, ())
    scope = {"type": "http", "method": "GET", "path": "/sparql", "raw_path": b"/sparql", "headers": []}

    async def send(message: dict) -> None:
        pass

    for _ in range(2):
        asyncio.run(cache({**scope, "query_string": query}, _nothing, send))  # type: ignore[arg-type]
    assert app.asked == asked


def test_two_prefixes_are_told_apart():
    app = _Untouched()
    cache = AnswerCache(app, 100_000, ())
    scope = {"type": "http", "method": "GET", "query_string": b"", "headers": []}

    async def send(message: dict) -> None:
        pass

    for root in ("", "/kg", "", "/kg"):
        path = f"{root}/queries"
        place = {"root_path": root, "path": path, "raw_path": path.encode()}
        asyncio.run(cache({**scope, **place}, _nothing, send))  # type: ignore[arg-type]
    assert app.asked == 2
