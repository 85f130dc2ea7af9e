"""The ontology, the vocabularies and the shapes: each as a table of its terms, or as RDF."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache

from fastapi import APIRouter
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, RdfFormat, parse
from starlette.requests import Request
from starlette.responses import Response

from gfmd_kg.catalogue.rdf import RDF_FORMATS, statements_of, write_rdf
from gfmd_kg.catalogue.service import Service
from gfmd_kg.namespaces import BASE, ONTOLOGY_GRAPH, VOCABULARIES_GRAPH, local_name
from gfmd_kg_api.describe.openapi import describe_resource
from gfmd_kg_api.http.negotiation import HTML, choose_format, requested_language
from gfmd_kg_api.http.responses import reply
from gfmd_kg_api.web.pages import Pages, with_format

OFFERS = {"html": HTML, **{name: choice.media_type for name, choice in RDF_FORMATS.items() if choice.rdf}}
_LABELS = (
    "http://www.w3.org/2004/02/skos/core#prefLabel",
    "http://www.w3.org/2000/01/rdf-schema#label",
)
_DEFINITIONS = (
    "http://www.w3.org/2004/02/skos/core#definition",
    "http://www.w3.org/2000/01/rdf-schema#comment",
    "http://www.w3.org/ns/shacl#message",
)


def term_routes(service: Service, pages: Pages) -> APIRouter:
    """``/ontology``, ``/vocabularies`` and ``/shapes``."""
    router = APIRouter(tags=["terms"])
    lookup = service.catalogue.lookup

    @cache
    def ontology() -> tuple[Quad, ...]:
        return tuple(
            quad for quad in statements_of([ONTOLOGY_GRAPH], lookup) if quad.graph_name == ONTOLOGY_GRAPH
        )

    @cache
    def vocabularies() -> tuple[Quad, ...]:
        found = statements_of([VOCABULARIES_GRAPH], lookup)
        return tuple(quad for quad in found if quad.graph_name == VOCABULARIES_GRAPH)

    @cache
    def shapes() -> tuple[Quad, ...]:
        return tuple(
            quad
            for path in sorted(service.layout.shapes.glob("*.ttl"))
            for quad in parse(path=str(path), format=RdfFormat.TURTLE)
        )

    def add(name: str, summary: str, content: Callable[[], tuple[Quad, ...]]) -> None:
        @router.get(
            f"/{name}",
            summary=summary,
            response_class=Response,
            name=name,
            openapi_extra=describe_resource(OFFERS),
        )
        def answer(request: Request) -> Response:
            lang = requested_language(request)
            choice = choose_format(request, OFFERS)
            if choice != "html":
                body = write_rdf(map(_plain, content()), RDF_FORMATS[choice], service.prefixes)
                return reply(request, body, OFFERS[choice])
            body = pages.render(
                request,
                "terms.html",
                name=name,
                rows=_rows(content(), lang),
                downloads=[(each, with_format(request, each)) for each in OFFERS if each != "html"],
            )
            return reply(request, body, HTML, {"Content-Language": lang})

    add("ontology", "The classes and properties, with their definitions", ontology)
    add("vocabularies", "The SKOS concepts, with their definitions", vocabularies)
    add("shapes", "The SHACL shapes that the data is held to", shapes)
    return router


def _plain(quad: Quad) -> Quad:
    return Quad(quad.subject, quad.predicate, quad.object, DefaultGraph())


def _rows(quads: Iterable[Quad], lang: str) -> list[dict[str, str]]:
    labels: dict[str, dict[str, str]] = {}
    definitions: dict[str, dict[str, str]] = {}
    for quad in quads:
        subject, value = quad.subject, quad.object
        if not (
            isinstance(subject, NamedNode) and isinstance(value, Literal) and subject.value.startswith(BASE)
        ):
            continue
        if quad.predicate.value in _LABELS:
            labels.setdefault(subject.value, {})[value.language or ""] = value.value
        elif quad.predicate.value in _DEFINITIONS:
            definitions.setdefault(subject.value, {})[value.language or ""] = value.value
    return [
        {
            "iri": iri,
            "id": local_name(iri),
            "label": _in(labels[iri], lang),
            "definition": _in(definitions.get(iri, {}), lang),
        }
        for iri in sorted(labels)
    ]


def _in(texts: dict[str, str], lang: str) -> str:
    return texts.get(lang) or texts.get("en") or next(iter(texts.values()), "")
