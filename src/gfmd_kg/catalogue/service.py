"""Open a release for asking: where the faces (command line, API) get engine and catalogue from."""

from __future__ import annotations

from dataclasses import dataclass

from gfmd_kg.build.release import Release, current_release
from gfmd_kg.catalogue.registry import Catalogue, load_queries
from gfmd_kg.namespaces import load_prefixes
from gfmd_kg.paths import Layout
from gfmd_kg.store.address import parse_addresses
from gfmd_kg.store.disk import open_disk
from gfmd_kg.store.embedded import EmbeddedEngine
from gfmd_kg.store.engine import QueryEngine

STORE_VARIABLE = "GFMD_KG_STORE"
"""Environment variable: ``disk``, or the SPARQL endpoints to ask, instead of a store in memory."""
DISK = "disk"


@dataclass(frozen=True)
class Service:
    """A release with the catalogue over it, and the project's prefixes."""

    layout: Layout
    release: Release
    engine: QueryEngine
    catalogue: Catalogue
    prefixes: dict[str, str]
    store: str
    """What answers: ``memory``, ``disk``, or an endpoint and the release that its pointer names."""


def open_service(layout: Layout, endpoint: str | None = None) -> Service:
    """Load the release in force into memory, or ask ``endpoint``, which must hold the same release.

    The endpoint ``disk`` is a store beside the release, made the first time.

    Raises ``ReleaseError`` if no release is built or the endpoint holds another one, ``DataError`` if a
    canned query is faulty, ``EngineError`` if the endpoint cannot be reached.
    """
    release = current_release(layout.release)
    engine: QueryEngine
    if endpoint == DISK:
        engine, store = open_disk(release), DISK
    elif endpoint:
        engine, store = _open_endpoint(endpoint, release.version)
    else:
        engine, store = EmbeddedEngine.load(release.quads), "memory"
    catalogue = Catalogue(load_queries(layout.queries), engine, release.version)
    return Service(layout, release, engine, catalogue, load_prefixes(layout.prefixes), store)


def _open_endpoint(endpoint: str, version: str) -> tuple[QueryEngine, str]:
    # imported where they are needed: the client takes longer to import than a release takes to load
    from gfmd_kg.store.published import PublishedEngine, open_published  # noqa: PLC0415
    from gfmd_kg.store.remote import RemoteEngine  # noqa: PLC0415

    engine = open_published(RemoteEngine(parse_addresses(endpoint, STORE_VARIABLE)), version)
    named = f"release {version}" if isinstance(engine, PublishedEngine) else "release not named"
    return engine, f"endpoint, {named}"
