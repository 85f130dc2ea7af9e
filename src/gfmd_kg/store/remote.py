"""A SPARQL 1.1 endpoint elsewhere, through SPARQLWrapper."""

from __future__ import annotations

import socket
from urllib.error import URLError

from pyoxigraph import QueryResultsFormat, QuerySolutions, parse_query_results
from SPARQLWrapper import JSON, POST, SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import SPARQLWrapperException

from gfmd_kg.errors import EngineError, EngineTimeoutError
from gfmd_kg.store.engine import Solutions


class RemoteEngine:
    """Runs queries at ``endpoint``, waiting ``timeout`` seconds at most for each."""

    def __init__(self, endpoint: str, timeout: float = 30.0) -> None:
        self._endpoint = endpoint
        self._timeout = timeout

    def select(self, text: str) -> Solutions:
        """See ``QueryEngine``."""
        client = SPARQLWrapper(self._endpoint, returnFormat=JSON)
        client.setMethod(POST)
        client.setTimeout(max(1, round(self._timeout)))
        client.setQuery(text)
        try:
            body = client.query().response.read()
        except (TimeoutError, socket.timeout) as error:  # noqa: UP041  (one name on newer Pythons)
            raise EngineTimeoutError(self._timeout) from error
        except URLError as error:
            if isinstance(error.reason, TimeoutError):
                raise EngineTimeoutError(self._timeout) from error
            raise EngineError(
                f"The SPARQL endpoint {self._endpoint} could not be reached: {error}"
            ) from error
        except (SPARQLWrapperException, OSError) as error:
            raise EngineError(f"The SPARQL endpoint {self._endpoint} refused a query: {error}") from error
        try:
            result = parse_query_results(body, format=QueryResultsFormat.JSON)
        except SyntaxError as error:
            raise EngineError(f"The SPARQL endpoint {self._endpoint} gave no SPARQL results JSON.") from error
        if not isinstance(result, QuerySolutions):
            raise EngineError(f"The SPARQL endpoint {self._endpoint} answered a SELECT with something else.")
        names = tuple(variable.value for variable in result.variables)
        return Solutions(names, tuple(tuple(solution) for solution in result))

    def close(self) -> None:
        """No connection is kept open."""
