"""Things and passages: what the graph says of one IRI, as a page or as RDF."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from pyoxigraph import BlankNode, Literal, NamedNode, Quad
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gfmd_kg.catalogue.model import Item, Source
from gfmd_kg.catalogue.naming import neighbours
from gfmd_kg.catalogue.rdf import RDF_FORMATS, statements_about, statements_of, write_rdf
from gfmd_kg.catalogue.service import Service
from gfmd_kg.errors import UnknownError
from gfmd_kg.namespaces import BASE, REGISTER, THING, local_name, split_thing
from gfmd_kg_api.describe.openapi import describe_redirect, describe_resource
from gfmd_kg_api.http.addresses import address, path_of
from gfmd_kg_api.http.negotiation import HTML, choose_format, requested_language
from gfmd_kg_api.http.responses import reply
from gfmd_kg_api.web.pages import Pages, with_format

OFFERS = {"html": HTML, **{name: choice.media_type for name, choice in RDF_FORMATS.items()}}

_THING = {
    "kind": "Kind of thing, such as mechanism, area or practice.",
    "slug": "Slug of the thing within its kind.",
}
_PLACE = {
    "document": "Slug of the document.",
    "place": "Place of the passage in the document, as in the IRI of its graph.",
}
_NAME = {"name": "Name of the graph, as in its IRI."}


def thing_routes(service: Service, pages: Pages) -> APIRouter:
    """``/id/…``, ``/doc/…``, and the graphs: ``/passage/…``, ``/note/…``,
    ``/reference/…``, ``/graph/…``."""
    router = APIRouter(tags=["things"])
    lookup = service.catalogue.lookup

    @router.get(
        "/id/{kind}/{slug}",
        summary="See other: the document about a thing",
        status_code=303,
        openapi_extra=describe_redirect(_THING),
    )
    def identify(request: Request) -> Response:
        node = _known(**request.path_params)
        return RedirectResponse(address(request, path_of(node.value)), 303, {"Cache-Control": "no-cache"})

    @router.get(
        "/doc/{kind}/{slug}",
        summary="What the graph says of a thing",
        response_class=Response,
        openapi_extra=describe_resource(OFFERS, path=_THING),
    )
    def document(request: Request) -> Response:
        node = _known(**request.path_params)
        return _show(request, node, statements_about(node, lookup))

    def add_graph(place: str, summary: str, path: Mapping[str, str]) -> None:
        @router.get(
            f"/{place}",
            summary=summary,
            response_class=Response,
            name=place.split("/", maxsplit=1)[0],
            openapi_extra=describe_resource(OFFERS, path=path),
        )
        def graph(request: Request) -> Response:
            return _graph(request, place.format(**request.path_params))

    add_graph("passage/{document}/{place}", "What one passage states", _PLACE)
    add_graph("note/{name}", "What one editorial note states", _NAME)
    add_graph("reference/{name}", "What one public reference states", _NAME)
    add_graph("graph/{name}", "One of the graphs that the build makes", _NAME)

    def _graph(request: Request, path: str) -> Response:
        iri = BASE + path
        quads = statements_of([NamedNode(iri)], lookup) if _plain(path) else []
        if not quads:
            raise UnknownError("graph", path, f"There is no graph '{path}'.")
        source = lookup.sources([iri]).get(iri, Source(iri, basis=""))
        return _show(request, NamedNode(iri), quads, source)

    def _known(kind: str, slug: str) -> NamedNode:
        iri = f"{THING}{kind}/{slug}"
        if split_thing(iri) and lookup.exists(NamedNode(iri)):
            return NamedNode(iri)
        name = f"{kind}/{slug}"
        raise UnknownError("thing", name, f"No statement speaks of '{name}'.", neighbours(name, lookup))

    def _show(request: Request, node: NamedNode, quads: list[Quad], source: Source | None = None) -> Response:
        lang = requested_language(request)
        choice = choose_format(request, OFFERS)
        fields = {"Link": f'<{node.value}>; rel="canonical"'}
        if choice != "html":
            body = write_rdf(quads, RDF_FORMATS[choice], service.prefixes)
            return reply(request, body, OFFERS[choice], fields)
        own, others = _tables(node, quads, lang, passage=source is not None)
        title = source.short() if source else lookup.items([node.value], lang)[node.value].label
        body = pages.render(
            request,
            "thing.html",
            title=title,
            iri=node.value,
            passage=source,
            rows=own,
            inverse=others,
            downloads=[(name, with_format(request, name)) for name in OFFERS if name != "html"],
        )
        return reply(request, body, HTML, {**fields, "Content-Language": lang})

    def _tables(
        node: NamedNode, quads: list[Quad], lang: str, *, passage: bool
    ) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        stated = [quad for quad in quads if quad.graph_name != REGISTER or node in (quad.subject, REGISTER)]
        terms = [term for quad in stated for term in (quad.subject, quad.predicate, quad.object)]
        items = lookup.items((term.value for term in terms if isinstance(term, NamedNode)), lang)
        sources = lookup.sources(_graph_of(quad) for quad in stated)
        own: list[dict[str, Any]] = []
        others: list[dict[str, Any]] = []
        for quad in stated:
            if passage and quad.graph_name == REGISTER != node:
                continue  # the head of the page says it
            row = _row(quad, items, sources)
            (own if passage or quad.subject == node else others).append(row)
        return sorted(own, key=_by_words), sorted(others, key=_by_words)

    return router


def _row(quad: Quad, items: Mapping[str, Item], sources: Mapping[str, Source]) -> dict[str, Any]:
    value, graph = quad.object, _graph_of(quad)
    source = sources.get(graph)
    return {
        "subject": _item(quad.subject, items),
        "property": items[quad.predicate.value].label,
        "item": _item(value, items) if not isinstance(value, Literal) else None,
        "text": value.value if isinstance(value, Literal) else "",
        "lang": value.language if isinstance(value, Literal) else None,
        "graph": graph,
        "source": source.short() if source else local_name(graph),
        "locator": (source.locator if source else None) or "",
    }


def _item(term: NamedNode | BlankNode | object, items: Mapping[str, Item]) -> Item:
    return items[term.value] if isinstance(term, NamedNode) else Item("", str(term), None)


def _by_words(row: Mapping[str, Any]) -> tuple[str, str, str, str]:
    value = row["item"].label if row["item"] else row["text"]
    return row["property"], row["subject"].label, value, row["graph"]


def _graph_of(quad: Quad) -> str:
    return quad.graph_name.value if isinstance(quad.graph_name, NamedNode) else BASE


def _plain(word: str) -> bool:
    return word.isascii() and all(letter.isalnum() or letter in "/._-" for letter in word)
