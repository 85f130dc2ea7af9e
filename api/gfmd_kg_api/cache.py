"""Answers given before are given again before the framework routes the request.

The release is immutable, so an answer with an entity tag stays true as long as the application serves it.
What is kept is bounded in bytes; the least recently used goes first. The key holds all that an answer
depends on: path, query string, ``Accept`` and ``Accept-Language`` (RFC 9110, section 12.5) in one form for
all that choose alike, and whether it is compressed. Answers that name the host of the server are not kept.
"""

from __future__ import annotations

import gzip
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable
from functools import lru_cache

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gfmd_kg_api.negotiation import best_language, canonical_accept

KEPT = (
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
MAX_BODY = 4 * 1024 * 1024
"""Bytes; a larger answer is not kept."""
MAX_ASKED = 1024
"""Bytes of a query string, or of a header that the answer depends on; of longer ones nothing is kept."""
WORTH_COMPRESSING = 1024
_COMPRESSIBLE = (b"text/", b"application/json", b"application/sparql-results", b"application/ld+json")
_READING = ("GET", "HEAD")
_ASKED = frozenset([b"accept", b"accept-language", b"accept-encoding", b"if-none-match"])
_DROPPED = frozenset([b"content-length", b"content-type", b"content-encoding"])

Key = tuple[bytes, bytes, str, str]
Headers = list[tuple[bytes, bytes]]
Find = Callable[[bytes, bytes, Headers], tuple[int, bytes, bytes] | None]
"""From path, query string and headers to status, head and body, see ``AnswerCache.find``."""
_NOTHING: Message = {"type": "http.response.body", "body": b""}


class _Kept:
    """One answer as the two messages that give it, and the message that says that a client has it already."""

    def __init__(self, headers: Headers, body: bytes, tag: bytes) -> None:
        self.size = len(body) + 3 * sum(len(name) + len(value) for name, value in headers) + 512
        self.tag = tag
        self.start: Message = {"type": "http.response.start", "status": 200, "headers": headers}
        self.body: Message = {"type": "http.response.body", "body": body}
        rest = [(name, value) for name, value in headers if name not in _DROPPED]
        self.unchanged: Message = {"type": "http.response.start", "status": 304, "headers": rest}
        self.head, self.head_unchanged = _fields(headers), _fields(rest)


class AnswerCache:
    """ASGI middleware that keeps answers in at most ``max_bytes`` bytes; 0 keeps none.

    ``media_types`` are all that ``app`` may choose from by ``Accept``.
    """

    def __init__(self, app: ASGIApp, max_bytes: int, media_types: Collection[str]) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._accepted = _remembered(lambda text: canonical_accept(text, media_types))
        self._language = _remembered(best_language)
        self._kept: OrderedDict[tuple[Key, bool], _Kept] = OrderedDict()
        self.bytes = self.hits = self.misses = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from what is kept, or ask the application and keep its answer."""
        if (
            scope["type"] != "http"
            or not scope["raw_path"].startswith(KEPT)
            or scope["method"] not in _READING
        ):
            await self._app(scope, receive, send)
            return
        key, condition = self._read(scope["raw_path"], scope["query_string"], scope["headers"])
        kept = self._kept.get(key)
        if kept is None:
            kept = await self._ask(key, scope, receive, send)
            if kept is None:
                return
        else:
            self.hits += 1
            self._kept.move_to_end(key)
        if condition and _matches(condition, kept.tag):
            await send(kept.unchanged)
            await send(_NOTHING)
        else:
            await send(kept.start)
            await send(kept.body if scope["method"] == "GET" else _NOTHING)

    def find(self, path: bytes, query: bytes, headers: Headers) -> tuple[int, bytes, bytes] | None:
        """Status, lines of the head, and body of an answer to GET that is kept."""
        if not path.startswith(KEPT):
            return None
        key, condition = self._read(path, query, headers)
        kept = self._kept.get(key)
        if kept is None:
            return None
        self.hits += 1
        self._kept.move_to_end(key)
        if condition and _matches(condition, kept.tag):
            return 304, kept.head_unchanged, b""
        return 200, kept.head, kept.body["body"]

    def _read(
        self, path: bytes, query: bytes, headers: Iterable[tuple[bytes, bytes]]
    ) -> tuple[tuple[Key, bool], bytes | None]:
        """What the answer depends on, and the entity tags that the client has."""
        found: dict[bytes, bytes] = {}
        for name, value in headers:
            if name in _ASKED:
                found[name] = found[name] + b"," + value if name in found else value
        accept, language = found.get(b"accept", b""), found.get(b"accept-language", b"")
        encoding = found.get(b"accept-encoding", b"")
        small = b"gzip" in encoding and b"gzip;q=0" not in encoding.replace(b" ", b"")
        if _names(query, b"format="):  # what the address asks for goes before what the headers ask for
            accept = b""
        if _names(query, b"lang="):
            language = b""
        key = ((path, query, self._accepted(accept), self._language(language)), small)
        return key, found.get(b"if-none-match")

    async def _ask(self, key: tuple[Key, bool], scope: Scope, receive: Receive, send: Send) -> _Kept | None:
        """What the application answers, kept; ``None`` if it is not to be kept and was sent as it came."""
        self.misses += 1
        messages: list[Message] = []
        # the condition is answered here, for the plain and the compressed form alike
        plain = [(name, value) for name, value in scope["headers"] if name != b"if-none-match"]

        async def collect(message: Message) -> None:
            messages.append(message)

        async def forward() -> None:
            for message in messages:
                reading = message["type"] == "http.response.body" and scope["method"] == "HEAD"
                await send({**message, "body": b""} if reading else message)

        try:
            await self._app({**scope, "method": "GET", "headers": plain}, receive, collect)
        except Exception:
            await forward()  # the framework answers a fault of its own, and then raises it
            raise
        kept = _kept(messages, small=key[1])
        if kept is None:
            await forward()
            return None
        if kept.size <= min(MAX_BODY, self._max_bytes) and len(scope["query_string"]) <= MAX_ASKED:
            other = self._kept.pop(key, None)  # asked for twice at once
            self.bytes += kept.size - (other.size if other else 0)
            self._kept[key] = kept
            while self.bytes > self._max_bytes:
                _, oldest = self._kept.popitem(last=False)
                self.bytes -= oldest.size
        return kept


def _remembered(choose: Callable[[str], str]) -> Callable[[bytes], str]:
    """``choose`` for a header as it came; what it chose is kept for the headers that come again."""
    kept = lru_cache(maxsize=1024)(choose)

    def chosen(raw: bytes) -> str:
        text = raw.decode("latin-1")
        return kept(text) if len(text) <= MAX_ASKED else choose(text)

    return chosen


def _fields(headers: Headers) -> bytes:
    """The lines of a head, with the empty one that ends it."""
    return b"".join(b"%b: %b\r\n" % pair for pair in headers) + b"\r\n"


def _names(query: bytes, field: bytes) -> bool:
    return query.startswith(field) or b"&" + field in query


def _kept(messages: list[Message], *, small: bool) -> _Kept | None:
    if not messages or messages[0].get("status") != 200:
        return None
    headers: Headers = list(messages[0]["headers"])
    fields = dict(headers)
    tag = fields.get(b"etag")
    if tag is None:
        return None
    body = b"".join(message.get("body", b"") for message in messages[1:])
    headers = [(name, value) for name, value in headers if name not in (b"vary", b"etag", b"content-length")]
    if (
        small
        and len(body) >= WORTH_COMPRESSING
        and fields.get(b"content-type", b"").startswith(_COMPRESSIBLE)
    ):
        body = gzip.compress(body, compresslevel=6, mtime=0)
        tag = tag[:-1] + b'-gzip"'
        headers.append((b"content-encoding", b"gzip"))
    vary = fields.get(b"vary", b"")
    headers += [
        (b"vary", vary + b", Accept-Encoding" if vary else b"Accept-Encoding"),
        (b"etag", tag),
        (b"content-length", str(len(body)).encode()),
    ]
    return _Kept(headers, body, tag)


def _matches(condition: bytes, tag: bytes) -> bool:
    """Whether ``If-None-Match`` names the tag, weakly compared (RFC 9110, section 13.1.2)."""
    if condition == tag:
        return True
    wanted = (item.strip().removeprefix(b"W/") for item in condition.split(b","))
    return any(item in (tag, b"*") for item in wanted)
