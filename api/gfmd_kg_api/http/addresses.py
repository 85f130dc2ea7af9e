"""Addresses on this server: the one place that makes them from a path or an IRI.

Each begins with the prefix under which the application is mounted (ASGI ``root_path``).
"""

from __future__ import annotations

from urllib.parse import quote

from starlette.requests import Request

from gfmd_kg.namespaces import BASE, GRAPH, NOTE, PASSAGE, REFERENCE, THING


def address(request: Request, path: str) -> str:
    """The address of a path of the application, such as ``/queries``; other sites' addresses stay."""
    return str(request.scope.get("root_path", "")) + path if path.startswith("/") else path


def route_path(request: Request) -> str:
    """The path within the application, without the prefix under which that is mounted."""
    return str(request.scope["path"]).removeprefix(request.scope.get("root_path", ""))


def path_of(iri: str) -> str:
    """Where this server shows an IRI of the project; any other IRI is its own address."""
    if iri.startswith(THING):
        return "/doc/" + quote(iri[len(THING) :])
    if iri.startswith((PASSAGE, NOTE, GRAPH, REFERENCE)):
        return "/" + quote(iri[len(BASE) :])
    for page in ("ontology", "vocabularies", "shapes"):
        if iri == BASE + page or iri.startswith(f"{BASE}{page}#"):
            return "/" + iri[len(BASE) :]
    return iri if iri.startswith(("http://", "https://")) else ""
