"""Answers given before are given again before the framework routes the request.

The release is immutable, so an answer with an entity tag stays true as long as the application serves it.
What is kept is bounded in bytes; the least recently used goes first. The key holds all that an answer
depends on: prefix, path, query string, ``Accept`` and ``Accept-Language`` (RFC 9110, section 12.5) in one
form for all that choose alike, and whether it is compressed. Answers that name the host of the server are
not kept.

This is the one place that decides on conditional requests (RFC 9110, section 13), HEAD and compression, for
answers that are kept and for all others.
"""

from __future__ import annotations

import gzip
from collections import OrderedDict
from collections.abc import Callable, Collection
from functools import lru_cache

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gfmd_kg_api.http.negotiation import best_language, canonical_accept

CACHEABLE_PATHS = (
    b"/queries",
    b"/doc/",
    b"/ontology",
    b"/shapes",
    b"/vocabularies",
    b"/passage/",
    b"/note/",
    b"/reference/",
    b"/graph/",
    b"/style.css",
    b"/docs",
)
"""How the paths begin whose answers hold no address of the server."""
_ENDPOINT = b"/sparql"
"""Its answers to queries are kept, too; without a query it describes itself, address included."""
MAX_BODY = 4 * 1024 * 1024
"""Bytes; a larger answer is not kept."""
MAX_ASKED = 1024
"""Bytes of a header that the answer depends on; with a longer one nothing is kept."""
MAX_QUERY_STRING = 8 * 1024
"""Bytes; most SPARQL by GET fits."""
WORTH_COMPRESSING = 1024
_COMPRESSIBLE = (b"text/", b"application/json", b"application/sparql-results", b"application/ld+json")
_READING = ("GET", "HEAD")
_ASKED = frozenset([b"accept", b"accept-language", b"accept-encoding", b"if-none-match"])
_OF_A_BODY = frozenset([b"content-length", b"content-type", b"content-encoding"])
_NO_BODY: Message = {"type": "http.response.body", "body": b""}

Key = tuple[str, bytes, bytes, str, str, bool]
Headers = list[tuple[bytes, bytes]]


class CachedResponse:
    """One answer as the two messages that give it, and the message that says that a client has it already."""

    __slots__ = ("body", "size", "start", "tag", "unchanged")

    def __init__(self, headers: Headers, body: bytes, tag: bytes) -> None:
        self.size = len(body) + 3 * sum(len(name) + len(value) for name, value in headers) + 512
        self.tag = tag
        self.start: Message = {"type": "http.response.start", "status": 200, "headers": headers}
        self.body: Message = {"type": "http.response.body", "body": body}
        self.unchanged = _not_modified(headers)


class AnswerCache:
    """ASGI middleware that keeps answers in at most ``max_bytes`` bytes; 0 keeps none.

    ``media_types`` are all that ``app`` may choose from by ``Accept``.
    """

    def __init__(self, app: ASGIApp, max_bytes: int, media_types: Collection[str]) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._accepted = _remembered(lambda text: canonical_accept(text, media_types))
        self._language = _remembered(best_language)
        self._kept: OrderedDict[Key, CachedResponse] = OrderedDict()
        self.bytes = self.hits = self.misses = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from what is kept, or ask the application and keep its answer."""
        if scope["type"] != "http" or scope["method"] not in _READING:
            await self._app(scope, receive, send)
            return
        asked = _asked(scope["headers"])
        key = self._key(scope, asked)
        found = None
        if key is not None:
            found = self._kept.get(key)
            if found is None:
                found = await self._ask(key, scope, receive, send)
                if found is None:
                    return
            else:
                self.hits += 1
                self._kept.move_to_end(key)
        if found is None:
            await self._app(_plain(scope), receive, _conditional(send, scope["method"], asked))
        elif _is_unchanged(asked, found.tag):
            await send(found.unchanged)
            await send(_NO_BODY)
        else:
            await send(found.start)
            await send(found.body if scope["method"] == "GET" else _NO_BODY)

    def _key(self, scope: Scope, asked: dict[bytes, bytes]) -> Key | None:
        """What the answer depends on; ``None`` if it is not to be kept."""
        root: str = scope.get("root_path", "")
        path: bytes = scope.get("raw_path") or scope["path"].encode()
        query: bytes = scope["query_string"]
        local = path.removeprefix(root.encode()) if root else path
        if not local.startswith(CACHEABLE_PATHS) and not (local == _ENDPOINT and b"query=" in query):
            return None
        if len(query) > MAX_QUERY_STRING:
            return None
        # what the address asks for goes before what the headers ask for
        accept = b"" if _names(query, b"format=") else asked.get(b"accept", b"")
        language = b"" if _names(query, b"lang=") else asked.get(b"accept-language", b"")
        return root, path, query, self._accepted(accept), self._language(language), _takes_gzip(asked)

    async def _ask(self, key: Key, scope: Scope, receive: Receive, send: Send) -> CachedResponse | None:
        """What the application answers, kept; ``None`` if it is not to be kept and was sent as it came."""
        self.misses += 1
        messages: list[Message] = []
        forward = _conditional(send, scope["method"], _asked(scope["headers"]))

        async def collect(message: Message) -> None:
            messages.append(message)

        try:
            await self._app(_plain(scope), receive, collect)
        except Exception:  # the framework answers a fault of its own, and then raises it
            for message in messages:
                await forward(message)
            raise
        made = _made(messages, small=key[-1])
        if made is None:
            for message in messages:
                await forward(message)
            return None
        if made.size <= min(MAX_BODY, self._max_bytes):
            other = self._kept.pop(key, None)  # asked for twice at once
            self.bytes += made.size - (other.size if other else 0)
            self._kept[key] = made
            while self.bytes > self._max_bytes:
                _, oldest = self._kept.popitem(last=False)
                self.bytes -= oldest.size
        return made


def _asked(headers: Headers) -> dict[bytes, bytes]:
    """The fields that an answer depends on, each once (RFC 9110, section 5.3)."""
    found: dict[bytes, bytes] = {}
    for name, value in headers:
        if name in _ASKED:
            found[name] = found[name] + b"," + value if name in found else value
    return found


def _plain(scope: Scope) -> Scope:
    """The request as the application gets it: a GET without a condition."""
    headers = [(name, value) for name, value in scope["headers"] if name != b"if-none-match"]
    return {**scope, "method": "GET", "headers": headers}


def _conditional(send: Send, method: str, asked: dict[bytes, bytes]) -> Send:
    """Send what comes as it is; without a body to HEAD, and not to a client that has it already."""
    without_body = method == "HEAD"

    async def answer(message: Message) -> None:
        nonlocal without_body
        if message["type"] == "http.response.start":
            tag = dict(message["headers"]).get(b"etag")
            if tag is not None and message["status"] == 200 and _is_unchanged(asked, tag):
                without_body = True
                message = _not_modified(message["headers"])
        elif without_body and message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return answer


def _not_modified(headers: Headers) -> Message:
    rest = [(name, value) for name, value in headers if name not in _OF_A_BODY]
    return {"type": "http.response.start", "status": 304, "headers": rest}


def _remembered(choose: Callable[[str], str]) -> Callable[[bytes], str]:
    """``choose`` for a header as it came; what it chose is kept for the headers that come again."""
    kept = lru_cache(maxsize=1024)(choose)

    def chosen(raw: bytes) -> str:
        text = raw.decode("latin-1")
        return kept(text) if len(text) <= MAX_ASKED else choose(text)

    return chosen


def _names(query: bytes, field: bytes) -> bool:
    return query.startswith(field) or b"&" + field in query


def _takes_gzip(asked: dict[bytes, bytes]) -> bool:
    encoding = asked.get(b"accept-encoding", b"")
    return b"gzip" in encoding and b"gzip;q=0" not in encoding.replace(b" ", b"")


def _made(messages: list[Message], *, small: bool) -> CachedResponse | None:
    if not messages or messages[0].get("status") != 200:
        return None
    headers: Headers = list(messages[0]["headers"])
    fields = dict(headers)
    tag = fields.get(b"etag")
    if tag is None:
        return None
    body = b"".join(message.get("body", b"") for message in messages[1:])
    headers = [(name, value) for name, value in headers if name not in (b"etag", b"content-length")]
    content_type = fields.get(b"content-type", b"")
    if small and len(body) >= WORTH_COMPRESSING and content_type.startswith(_COMPRESSIBLE):
        body = gzip.compress(body, compresslevel=6, mtime=0)
        tag = tag[:-1] + b'-gzip"'
        headers.append((b"content-encoding", b"gzip"))
    headers += [(b"etag", tag), (b"content-length", str(len(body)).encode())]
    return CachedResponse(headers, body, tag)


def _is_unchanged(asked: dict[bytes, bytes], tag: bytes) -> bool:
    """Whether ``If-None-Match`` names the tag, weakly compared (RFC 9110, section 13.1.2)."""
    condition = asked.get(b"if-none-match")
    if condition is None:
        return False
    if condition == tag:
        return True
    wanted = (item.strip().removeprefix(b"W/") for item in condition.split(b","))
    return any(item in (tag, b"*") for item in wanted)
