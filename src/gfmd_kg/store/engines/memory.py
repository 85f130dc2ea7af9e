"""The embedded engine: pyoxigraph in memory, loaded from a release."""

from __future__ import annotations

from pathlib import Path

from pyoxigraph import QuerySolutions, Store

from gfmd_kg.errors import EngineError
from gfmd_kg.store.engine import Solutions
from gfmd_kg.store.engines.loading import load_checked


class EmbeddedEngine:
    """A read-only store in this process. The default graph is the merge of all named graphs."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @classmethod
    def load(cls, quads: Path, identity: str) -> EmbeddedEngine:
        """Load the N-Quads file of the release ``identity``; see ``load_checked``."""
        store = Store()
        load_checked(store, quads, identity)
        return cls(store)

    def select(self, text: str) -> Solutions:
        """See ``QueryEngine``; a text that is no SELECT is the project's own fault."""
        try:
            result = self._store.query(text)
        except (SyntaxError, OSError) as error:
            raise EngineError(f"The embedded engine could not run a query of the project: {error}") from error
        if not isinstance(result, QuerySolutions):
            raise EngineError("The embedded engine was given a query that is not a SELECT.")
        names = tuple(variable.value for variable in result.variables)
        return Solutions(names, tuple(tuple(solution) for solution in result))

    def close(self) -> None:
        """Let go of the store, whoever still holds the engine."""
        self._store = Store()
