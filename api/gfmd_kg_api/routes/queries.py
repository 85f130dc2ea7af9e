"""The catalogue and the answers of canned queries."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gfmd_kg.catalogue.formats import ANSWER_FORMATS
from gfmd_kg.catalogue.model import Answer, CannedQuery
from gfmd_kg.catalogue.notes import write_readings
from gfmd_kg.catalogue.rdf import RDF_FORMATS, statements_behind, write_rdf
from gfmd_kg.catalogue.service import Service
from gfmd_kg_api.describe.openapi import describe_resource
from gfmd_kg_api.http.addresses import address
from gfmd_kg_api.http.negotiation import HTML, choose_format, choose_language, requested_language
from gfmd_kg_api.http.paging import page_links
from gfmd_kg_api.http.requests import read_fields
from gfmd_kg_api.http.responses import disposition, reply
from gfmd_kg_api.settings import Settings
from gfmd_kg_api.web.pages import Pages, with_format

RDF_ANSWERS = {name: choice for name, choice in RDF_FORMATS.items() if name not in ANSWER_FORMATS}
OFFERS: dict[str, str] = {
    **{name: choice.media_type for name, choice in ANSWER_FORMATS.items()},
    "html": HTML,
    **{name: choice.media_type for name, choice in RDF_ANSWERS.items()},
}
_CATALOGUE_OFFERS = {"json": "application/json", "html": HTML}
_FILES = ("xlsx", "parquet")


def query_routes(service: Service, pages: Pages, settings: Settings) -> APIRouter:
    """``/queries``, and what it lists."""
    router = APIRouter(tags=["canned queries"])
    catalogue = service.catalogue

    @router.get(
        "/queries",
        summary="The catalogue of canned queries",
        response_class=Response,
        openapi_extra=describe_resource(_CATALOGUE_OFFERS),
    )
    def listing(request: Request) -> Response:
        choice = choose_format(request, _CATALOGUE_OFFERS)
        lang = requested_language(request)
        if choice == "html":
            body = pages.render(request, "catalogue.html", groups=grouped(catalogue))
            return reply(request, body, HTML, {"Content-Language": lang})
        entries = [_entry(request, service, query, lang) for query in catalogue]
        content = {"queries": entries, "lang": lang, "version": catalogue.version}
        return reply(request, _json(content), "application/json", {"Content-Language": lang})

    # one route for all: ``describe_queries`` says what each takes and gives, once that is asked for
    answers = _Answers(service, pages, settings)
    router.add_route("/queries/{name}", answers.answer, methods=["GET"], include_in_schema=False)

    return router


def grouped(queries: Any) -> list[tuple[str, list[CannedQuery]]]:
    """The queries by their first tag."""
    groups: dict[str, list[CannedQuery]] = {}
    for query in queries:
        groups.setdefault(query.header.tags[0], []).append(query)
    return sorted(groups.items())


def example_links(query: CannedQuery, lang: str) -> list[tuple[str, str]]:
    """Title and path of each example of a query."""
    return [
        (
            example.title.in_language(lang),
            f"/queries/{query.id}?" + urlencode([*_pairs(example.params), ("lang", lang)]),
        )
        for example in query.header.examples
    ]


def _entry(request: Request, service: Service, query: CannedQuery, lang: str) -> dict[str, Any]:
    """What a program needs to know to ask a query."""
    header = query.header
    parameters = []
    for name, param in header.params.items():
        entry: dict[str, Any] = {
            "name": name,
            "type": param.type,
            "required": param.required,
            "repeatable": param.repeatable,
            "description": param.description.in_language(lang),
        }
        choices = service.catalogue.choices(query, name, lang)
        if choices:
            entry["allowed"] = [
                {"value": word, "label": item.label if item else word} for word, item in choices
            ]
        parameters.append(entry)
    return {
        "id": query.id,
        "title": header.title.in_language(lang),
        "description": header.description.in_language(lang),
        "tags": header.tags,
        "parameters": parameters,
        "columns": list(query.columns),
        "examples": [
            {"title": title, "href": address(request, path)} for title, path in example_links(query, lang)
        ],
        "href": address(request, f"/queries/{query.id}"),
    }


class _Answers:
    """What the routes of the canned queries share."""

    def __init__(self, service: Service, pages: Pages, settings: Settings) -> None:
        self._service = service
        self._pages = pages
        self._settings = settings

    def answer(self, request: Request) -> Response:
        """The answer of the query that the path names, or the form to ask it."""
        query = self._service.catalogue.get(request.path_params["name"])
        choice = choose_format(request, OFFERS)
        given = _given(request, self._settings)
        lang = requested_language(request)
        if choice == "html" and not _asked(query, given):
            page = self._page(request, query, lang, None, {})
            return reply(request, page, HTML, {"Content-Language": lang})
        found = self._service.catalogue.ask(query.id, given)
        links = page_links(request, found)
        headers = {"Content-Language": found.lang, "X-Total-Count": str(found.total), "Link": _link(links)}
        if choice == "html":
            return reply(request, self._page(request, query, lang, found, links), HTML, headers)
        if choice in RDF_ANSWERS:
            quads = statements_behind(found, self._service.catalogue.lookup)
            body = write_rdf(quads, RDF_ANSWERS[choice], self._service.prefixes)
            return reply(request, body, RDF_ANSWERS[choice].media_type, headers)
        writer = ANSWER_FORMATS[choice]
        if choice in _FILES:
            headers |= disposition(f"{query.id}.{writer.ending}")
        return reply(request, writer.write(found, links), writer.media_type, headers)

    def _page(
        self, request: Request, query: CannedQuery, lang: str, found: Answer | None, links: Mapping[str, str]
    ) -> bytes:
        return self._pages.render(
            request,
            "query.html",
            query=query,
            answer=found,
            readings=write_readings(found) if found else None,
            fields=_fields(query, self._service, request, lang, found),
            kept_fields=_kept_fields(request),
            columns=[(name, column.label.in_language(lang)) for name, column in query.header.columns.items()],
            pages=[(name, href) for name, href in links.items() if name in ("first", "prev", "next")],
            downloads=[(name, with_format(request, name)) for name in OFFERS if name != "html"],
            examples=example_links(query, lang),
        )


def _given(request: Request, settings: Settings) -> dict[str, list[str]]:
    """The query string as the catalogue takes it; an empty field of a page's form is no value."""
    from_page = request.query_params.get("format") == "html"
    given: dict[str, list[str]] = {}
    for name, value in read_fields(request):
        if name != "format" and not (from_page and value == ""):
            given.setdefault(name, []).append(value)
    given.setdefault("lang", [choose_language(request)])
    given.setdefault("limit", [str(settings.page_rows)])
    return given


def _asked(query: CannedQuery, given: Mapping[str, object]) -> bool:
    return all(name in given for name, param in query.header.params.items() if param.required)


def _fields(
    query: CannedQuery, service: Service, request: Request, lang: str, found: Answer | None
) -> list[dict[str, Any]]:
    """What the form shows; a name that was read stands as the value that it was read as."""
    fields = []
    for name, param in query.header.params.items():
        choices = service.catalogue.choices(query, name, lang)
        labelled = [(word, item.label if item else word) for word, item in choices]
        asked = request.query_params.getlist(name)
        given = found.parameters[name] if found and name in found.read_as else asked
        fields.append(
            {
                "name": name,
                "required": param.required,
                "description": param.description.in_language(lang),
                "choices": sorted(labelled, key=lambda choice: choice[1].casefold()) if labelled else [],
                "given": given,
                "several": max(param.minimum, len(given)) > 1,
            }
        )
    return fields


def _kept_fields(request: Request) -> list[tuple[str, str]]:
    """What the address of a page asks for besides the parameters of its query, for its form to ask again.

    Not from which row on: another question begins with its first.
    """
    return [
        (name, value)
        for name in ("basis", "document", "limit")
        for value in request.query_params.getlist(name)
    ]


def _pairs(params: Mapping[str, str | list[str]]) -> list[tuple[str, str]]:
    return [
        (name, word)
        for name, value in params.items()
        for word in ([value] if isinstance(value, str) else value)
    ]


def _link(links: Mapping[str, str]) -> str:
    return ", ".join(f'<{href}>; rel="{name}"' for name, href in links.items())


def _json(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False, indent=1).encode() + b"\n"
