"""Read one release out of an endpoint that holds several."""

from __future__ import annotations

from functools import lru_cache

from pyoxigraph import NamedNode

from gfmd_kg.errors import EndpointError, OtherReleaseError
from gfmd_kg.namespaces import REGISTER, SOURCE_INFERENCE, gfmd
from gfmd_kg.store.engine import QueryEngine, Solutions
from gfmd_kg.store.publishing.graph_sets import CURRENT, POINTER, RELEASES, GraphSet
from gfmd_kg.store.publishing.rewrite import rewrite, strip

_REMEMBERED = 512
"""Rewritten texts that are kept; the catalogue's are a few dozen, each with the values of its parameters."""


class PublishedEngine:
    """Asks ``engine`` for the graphs of one release. It never follows the pointer while it lives."""

    def __init__(self, engine: QueryEngine, graphs: GraphSet) -> None:
        self._engine = engine
        self._graphs = graphs
        self._rewrite = lru_cache(_REMEMBERED)(lambda text: rewrite(text, graphs))

    def select(self, text: str) -> Solutions:
        """See ``QueryEngine``; ``EndpointError`` if the release is not, or no longer, held whole."""
        found = strip(self._engine.select(self._rewrite(text)), self._graphs)
        if found is None:
            raise EndpointError(
                f"The endpoint, or one of its replicas, does not hold release {self._graphs.version}: "
                "publish it there again with 'gfmd-kg publish'."
            )
        return found

    def close(self) -> None:
        """See ``QueryEngine``."""
        self._engine.close()


def release_in_force(engine: QueryEngine) -> str | None:
    """The release that the endpoint's pointer names; ``None`` if there is no pointer."""
    rows = engine.select(f"SELECT ?set WHERE {{ GRAPH {POINTER} {{ {RELEASES} {CURRENT} ?set }} }}").rows
    if not rows:
        return None
    named = [term.value for (term,) in rows if isinstance(term, NamedNode)]
    if len(rows) != 1 or len(named) != 1 or not named[0].startswith(RELEASES.value):
        raise EndpointError("The endpoint's pointer does not name one release; publish again.")
    return named[0][len(RELEASES.value) :]


def open_published(engine: QueryEngine, version: str) -> QueryEngine:
    """``engine`` held to release ``version``, which the pointer must name; without pointer, as it is.

    Raises ``OtherReleaseError`` if the endpoint holds another release, or none.
    """
    found = release_in_force(engine)
    if found == version:
        return PublishedEngine(engine, GraphSet(version))
    if found is not None:
        raise OtherReleaseError(
            f"The endpoint holds release {found}, here {version} is in force. Put it there with "
            "'gfmd-kg publish', or build from the same data here."
        )
    text = f"SELECT ?graph WHERE {{ GRAPH {REGISTER} {{ ?graph a {gfmd('InferenceRun')} }} }}"
    if (SOURCE_INFERENCE,) not in engine.select(text).rows:
        raise OtherReleaseError("The endpoint holds no release: put one there with 'gfmd-kg publish'.")
    return engine
