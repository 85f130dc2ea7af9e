"""Open a release for asking: where the faces (command line, API) get engine and catalogue from."""

from __future__ import annotations

from dataclasses import dataclass

from gfmd_kg.build.release import Release, current_release
from gfmd_kg.catalogue.registry import Catalogue, load_queries
from gfmd_kg.namespaces import load_prefixes
from gfmd_kg.paths import Layout
from gfmd_kg.store.embedded import EmbeddedEngine
from gfmd_kg.store.engine import QueryEngine

STORE_VARIABLE = "GFMD_KG_STORE"
"""Environment variable: the SPARQL endpoint to ask instead of the embedded engine."""


@dataclass(frozen=True)
class Service:
    """A release with the catalogue over it, and the project's prefixes."""

    layout: Layout
    release: Release
    engine: QueryEngine
    catalogue: Catalogue
    prefixes: dict[str, str]


def open_service(layout: Layout, endpoint: str | None = None) -> Service:
    """Load the release in force into memory, or ask ``endpoint``, which must hold the same release.

    Raises ``ReleaseError`` if no release is built, ``DataError`` if a canned query is faulty.
    """
    release = current_release(layout.release)
    engine: QueryEngine
    if endpoint:
        from gfmd_kg.store.remote import RemoteEngine  # noqa: PLC0415  (its client takes time to import)

        engine = RemoteEngine(endpoint)
    else:
        engine = EmbeddedEngine.load(release.quads)
    catalogue = Catalogue(load_queries(layout.queries), engine, release.version)
    return Service(layout, release, engine, catalogue, load_prefixes(layout.prefixes))
