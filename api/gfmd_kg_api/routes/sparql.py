"""The SPARQL endpoint: SPARQL 1.1 Protocol (W3C recommendation of 21 March 2013), query operation only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from urllib.parse import parse_qsl

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from gfmd_kg.catalogue.rdf import RDF_FORMATS, write_rdf
from gfmd_kg.catalogue.service import Service
from gfmd_kg.decoding import decode
from gfmd_kg.errors import CallError, EncodingError, GfmdError, NoFormatError, QueryRefusedError, UnknownError
from gfmd_kg.store.engine import BOOLEAN, GRAPH, SOLUTIONS, AdHocRunner, DatasetChoice
from gfmd_kg_api.describe.dataset import describe_service
from gfmd_kg_api.http.negotiation import (
    HTML,
    NotAcceptableError,
    accepted,
    choose_accepted,
    choose_format,
    requested_language,
)
from gfmd_kg_api.http.problems import MediaTypeError, TooManyQueriesError, respond
from gfmd_kg_api.http.requests import read_body, read_fields, run_while_connected
from gfmd_kg_api.http.responses import content_type, reply
from gfmd_kg_api.settings import Settings
from gfmd_kg_api.web.pages import Pages

_SRJ, _SRX = "application/sparql-results+json", "application/sparql-results+xml"
_CSV, _TSV = "text/csv", "text/tab-separated-values"
_JSONLD, _RDFXML = "application/ld+json", "application/rdf+xml"
_TURTLE, _NT = "text/turtle", "application/n-triples"

# What a client may accept, and what the engine is asked to write for it. Clients of old ask for the general
# media types of JSON and XML; they get them, with the same bytes.
_BOOLEAN = {_SRJ: _SRJ, "application/json": _SRJ, _SRX: _SRX, "application/xml": _SRX, "text/xml": _SRX}
_SOLUTIONS = {**_BOOLEAN, _CSV: _CSV, _TSV: _TSV}
_GRAPH = {_TURTLE: _TURTLE, _NT: _NT, _JSONLD: _JSONLD, _RDFXML: _RDFXML, "application/json": _JSONLD}

# Names for ``?format=``: the project's own, then those that SPARQLWrapper sends.
_BOOLEAN_NAMES = {"json": _SRJ, "srj": _SRJ, "xml": _SRX, "srx": _SRX}
_SOLUTION_NAMES = {**_BOOLEAN_NAMES, "csv": _CSV, "tsv": _TSV}
_GRAPH_NAMES = {
    **{"turtle": _TURTLE, "nt": _NT, "jsonld": _JSONLD, "rdfxml": _RDFXML},
    **{
        "json": _JSONLD,
        "json-ld": _JSONLD,
        "xml": _RDFXML,
        "rdf": _RDFXML,
        "rdf+xml": _RDFXML,
        "n3": _TURTLE,
    },
}
# For each kind of result: the query forms that have it, what may be accepted, what may be named.
_BY_KIND: dict[str, tuple[str, Mapping[str, str], Mapping[str, str]]] = {
    SOLUTIONS: ("SELECT", _SOLUTIONS, _SOLUTION_NAMES),
    BOOLEAN: ("ASK", _BOOLEAN, _BOOLEAN_NAMES),
    GRAPH: ("CONSTRUCT and DESCRIBE", _GRAPH, _GRAPH_NAMES),
}
MEDIA_TYPES = frozenset([*_SOLUTIONS, *_GRAPH])
"""All that an answer may be by ``Accept``."""
_PATH = "/sparql"
_LONG = 256 * 1024
"""Bytes of a result whose tag takes too long to work out while the others wait."""
MAX_ASKED = 1024
"""Characters of what names a format; for more, what is chosen is not kept."""
_FORM_TYPE, _QUERY_TYPE = "application/x-www-form-urlencoded", "application/sparql-query"
_UPDATE_TYPE = "application/sparql-update"
_EXAMPLE = """SELECT ?mechanism ?passage WHERE {
  GRAPH ?passage { ?mechanism gfmd:coversArea area:anti-trafficking }
}"""

Pairs = Sequence[tuple[str, str]]


class Asking:
    """The addresses that have ad-hoc queries here now, at most ``limit`` each. For one thread, the loop's."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._now: Counter[str] = Counter()

    @contextmanager
    def one(self, request: Request) -> Iterator[None]:
        """Count a query of this client until it is done. Raises ``TooManyQueriesError``."""
        address = request.client.host if request.client else ""
        if self._now[address] >= self._limit:
            raise TooManyQueriesError(self._limit)
        self._now[address] += 1
        try:
            yield
        finally:
            self._now[address] -= 1
            if not self._now[address]:
                del self._now[address]


class SparqlEndpoint:
    """``GET`` and ``POST /sparql``; ``describe_endpoint`` says what they take and give."""

    def __init__(self, service: Service, runner: AdHocRunner, pages: Pages, settings: Settings) -> None:
        self._service = service
        self._runner = runner
        self._pages = pages
        self._settings = settings
        self._asking = Asking(settings.queries_of_a_client)

    def routes(self) -> APIRouter:
        """The endpoint as a route of the framework."""
        router = APIRouter()
        router.add_route(_PATH, self.answer, methods=["GET", "POST"], name="sparql", include_in_schema=False)
        return router

    def ahead_of(self, app: ASGIApp) -> ASGIApp:
        """``app``, with queries answered before they reach it: its way to a route takes as long as many."""

        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http" or not _is_query(scope):
                await app(scope, receive, send)
                return
            request = Request(scope, receive)
            try:
                response = await self.answer(request)
            except Exception as error:
                await respond(request, error, self._pages.problem)(scope, receive, send)
                if not isinstance(error, GfmdError):
                    raise
            else:
                await response(scope, receive, send)

        return answer

    async def answer(self, request: Request) -> Response:
        """The result of the query; without one, what the endpoint is."""
        if request.method == "POST":
            pairs = _posted(request, await read_body(request, self._settings.body_bytes))
        else:
            pairs = read_fields(request)
            if not any(name in ("query", "update") for name, _ in pairs):
                return await run_in_threadpool(self._introduce, request)
        with self._asking.one(request):
            return await run_while_connected(request, self._run(request, pairs))

    async def _run(self, request: Request, pairs: Pairs) -> Response:
        text = _query_text(pairs)
        wanted = dict(pairs).get("format")
        if wanted is None and request.method == "POST":
            wanted = request.query_params.get("format")
        accept = "" if wanted else accepted(request)
        media_types = _media_types(wanted, accept)
        graphs = DatasetChoice(
            default=tuple(value for name, value in pairs if name == "default-graph-uri"),
            named=tuple(value for name, value in pairs if name == "named-graph-uri"),
        )
        formats = {kind: _BY_KIND[kind][1][media_type] for kind, media_type in media_types.items()}
        try:
            result = await self._runner.run(text, formats, graphs)
        except NoFormatError as error:
            _choose(wanted, accept, error.kind)  # which raises what the asker can mend
            raise
        media_type = media_types[result.kind]
        if not result.repeatable:  # no tag: whoever keeps it would give it again
            headers = {"Cache-Control": "no-store", "Content-Type": content_type(media_type)}
            return Response(result.body, headers=headers)
        if len(result.body) < _LONG:
            return reply(request, result.body, media_type)
        return await run_in_threadpool(reply, request, result.body, media_type)

    def _introduce(self, request: Request) -> Response:
        service, pages = self._service, self._pages
        lang = requested_language(request)
        rdf = {name: choice.media_type for name, choice in RDF_FORMATS.items() if choice.rdf}
        choice = choose_format(request, {**rdf, "html": HTML})
        if choice == "html":
            body = pages.render(
                request, "sparql.html", example=_EXAMPLE, formats=[*_SOLUTION_NAMES, *_GRAPH_NAMES]
            )
            return reply(request, body, HTML, {"Content-Language": lang})
        quads = describe_service(str(request.url_for("sparql")), service.release)
        return reply(request, write_rdf(quads, RDF_FORMATS[choice], service.prefixes), rdf[choice])


def _media_types(wanted: str | None, accept: str) -> Mapping[str, str]:
    """The media type for each kind of result that may be given."""
    few = len(wanted or "") + len(accept) <= MAX_ASKED
    return _media_types_kept(wanted, accept) if few else _media_types_of(wanted, accept)


def _media_types_of(wanted: str | None, accept: str) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for kind in _BY_KIND:
        with suppress(UnknownError, NotAcceptableError):
            found[kind] = _choose(wanted, accept, kind)
    return found


_media_types_kept = lru_cache(maxsize=1024)(_media_types_of)


def _choose(wanted: str | None, accept: str, kind: str) -> str:
    """The media type for a result of this kind. Raises ``UnknownError`` or ``NotAcceptableError``."""
    forms, offered, names = _BY_KIND[kind]
    if wanted is None:
        return choose_accepted(accept, {offer: offer for offer in offered})
    if wanted not in names:
        raise UnknownError("format", wanted, f"The format '{wanted}' is not offered for {forms}.", names)
    return names[wanted]


def _is_query(scope: Scope) -> bool:
    """Whether this is a query, written as most write it; the route is there for all others."""
    if scope["path"] != scope.get("root_path", "") + _PATH:
        return False
    method: str = scope["method"]
    return method == "POST" or (method == "GET" and b"query=" in scope["query_string"])


def _posted(request: Request, body: bytes) -> Pairs:
    media_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if media_type == _UPDATE_TYPE:
        raise QueryRefusedError(
            "query", "", "SPARQL Update is not run here; this endpoint only answers queries."
        )
    if media_type not in (_FORM_TYPE, _QUERY_TYPE):
        raise MediaTypeError(
            f"A query is posted as {_QUERY_TYPE} or {_FORM_TYPE}, not as '{media_type or 'nothing'}'."
        )
    try:
        text = decode(body)
        if media_type == _QUERY_TYPE:
            return [*read_fields(request), ("query", text)]
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=100)
    except EncodingError as error:
        raise QueryRefusedError("query", "", f"The query cannot be read: {error.reason}.") from None
    except UnicodeDecodeError:
        raise QueryRefusedError("query", "", "The query is not valid UTF-8.") from None
    except ValueError:
        raise CallError("query", "", "The form has too many fields.") from None


def _query_text(pairs: Pairs) -> str:
    if any(name == "update" for name, _ in pairs):
        raise QueryRefusedError("update", "", "SPARQL Update is not run here; send a 'query'.", ("query",))
    queries = [value for name, value in pairs if name == "query"]
    if len(queries) != 1:
        raise QueryRefusedError("query", "", f"Exactly one 'query' is expected; {len(queries)} came.")
    return queries[0]
