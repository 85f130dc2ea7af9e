"""Open a release for asking: where the faces (command line, API) get engine and catalogue from."""

from __future__ import annotations

from dataclasses import dataclass

from gfmd_kg.catalogue.registry import Catalogue, load_queries
from gfmd_kg.namespaces import load_prefixes
from gfmd_kg.paths import Layout
from gfmd_kg.release import Release
from gfmd_kg.store.engine import QueryEngine
from gfmd_kg.store.engines.open import Opened, open_engine


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
    """Open the release in force as ``open_engine`` does, with the catalogue over it.

    Raises what that raises, and ``DataError`` if a canned query is faulty.
    """
    return create_service(layout, open_engine(layout, endpoint))


def create_service(layout: Layout, opened: Opened) -> Service:
    """The service over an open release. Raises ``DataError`` if a canned query is faulty."""
    catalogue = Catalogue(load_queries(layout.queries), opened.engine, opened.release.version)
    return Service(
        layout, opened.release, opened.engine, catalogue, load_prefixes(layout.prefixes), opened.store
    )
