"""Downloads of the whole release, and what the dataset says of itself."""

from __future__ import annotations

import json
import threading

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gfmd_kg.catalogue.rdf import RDF_FORMATS, RdfChoice, write_rdf, write_release
from gfmd_kg.catalogue.service import Service
from gfmd_kg.errors import UnknownError
from gfmd_kg_api.describe.dataset import describe_dataset
from gfmd_kg_api.describe.openapi import describe_download, describe_resource
from gfmd_kg_api.http.addresses import address
from gfmd_kg_api.http.negotiation import HTML, choose_format, requested_language
from gfmd_kg_api.http.responses import disposition, reply
from gfmd_kg_api.web.pages import Pages

FILES = {f"gfmd-kg.{choice.ending}": choice for choice in RDF_FORMATS.values()}
_LISTING_OFFERS = {"json": "application/json", "html": HTML}
_VOID_OFFERS = {name: choice.media_type for name, choice in RDF_FORMATS.items() if choice.rdf}


class _Dumps:
    """The whole release in each format, made when first asked for."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._made: dict[str, bytes] = {}
        self._lock = threading.Lock()

    def get(self, choice: RdfChoice) -> bytes:
        """The bytes of one dump; several requests at once make it once."""
        with self._lock:
            if choice.name not in self._made:
                content = write_release(self._service.release, choice, self._service.prefixes)
                self._made[choice.name] = content
            return self._made[choice.name]


def export_routes(service: Service, pages: Pages) -> APIRouter:
    """``/export``, ``/export/{name}`` and ``/.well-known/void``."""
    router = APIRouter(tags=["exports"])
    dumps = _Dumps(service)

    @router.get(
        "/export",
        summary="The downloads on offer",
        response_class=Response,
        openapi_extra=describe_resource(_LISTING_OFFERS),
    )
    def listing(request: Request) -> Response:
        lang = requested_language(request)
        exports = [
            {
                "name": name,
                "media_type": choice.media_type,
                "passages": choice.graphs,
                "href": address(request, f"/export/{name}"),
            }
            for name, choice in FILES.items()
        ]
        if choose_format(request, _LISTING_OFFERS) == "html":
            body = pages.render(request, "exports.html", exports=exports)
            return reply(request, body, HTML, {"Content-Language": lang})
        content = {"exports": exports, "version": service.release.version}
        return reply(request, json.dumps(content, indent=1).encode() + b"\n", "application/json")

    @router.get(
        "/export/{name}",
        summary="The whole release in one file",
        response_class=Response,
        openapi_extra=describe_download(
            [choice.media_type for choice in FILES.values()], {"name": "File name, as /export lists it."}
        ),
    )
    def export(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in FILES:
            raise UnknownError("name", name, f"There is no export '{name}'.", FILES)
        choice = FILES[name]
        return reply(request, dumps.get(choice), choice.media_type, disposition(name))

    @router.get(
        "/.well-known/void",
        summary="VoID and DCAT of the dataset",
        response_class=Response,
        openapi_extra=describe_resource(_VOID_OFFERS, language=False),
    )
    def void(request: Request) -> Response:
        choice = choose_format(request, _VOID_OFFERS)
        files = {name: each.media_type for name, each in FILES.items()}
        quads = describe_dataset(str(request.base_url).rstrip("/"), files, service.release)
        body = write_rdf(quads, RDF_FORMATS[choice], service.prefixes)
        return reply(request, body, _VOID_OFFERS[choice])

    return router
