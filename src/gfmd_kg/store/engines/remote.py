"""A SPARQL 1.1 endpoint elsewhere, or several replicas of one, through SPARQLWrapper."""

from __future__ import annotations

import time
from collections.abc import Sequence
from http.client import HTTPException, HTTPResponse, IncompleteRead
from urllib.error import HTTPError, URLError
from urllib.request import build_opener

from pyoxigraph import Literal, NamedNode, QueryResultsFormat, QuerySolutions, parse_query_results
from SPARQLWrapper import JSON, POST, SPARQLWrapper

from gfmd_kg.errors import EndpointError, EngineTimeoutError
from gfmd_kg.store.address import Address, NoRedirect, parse_addresses
from gfmd_kg.store.engine import Solutions, Term

TRIES = 4
"""How many replicas one query is sent to at most."""

MAX_ANSWER = 64 * 1024 * 1024
"""Bytes of one answer of an endpoint. It is read into memory, and an endpoint may be anybody's."""

_OPENER = build_opener(NoRedirect)
_CHUNK = 1 << 16
_BOOLEAN = NamedNode("http://www.w3.org/2001/XMLSchema#boolean")
_TRUTH = {"1": "true", "0": "false"}
_PASSING = frozenset([408, 429])
"""Statuses below 500 that another replica may not give (RFC 9110, 15.5.9; RFC 6585, 4)."""


class _ReplicaError(Exception):
    """A replica failed in a way that another one may not; ``slow`` if it took too long."""

    def __init__(self, address: Address, reason: str, *, slow: bool = False) -> None:
        self.slow = slow
        super().__init__(f"{address} {reason}")


class _TooLongError(Exception):
    """An answer passes the limit."""


class _Client(SPARQLWrapper):
    """Follows no redirect, which would take user and password along to wherever it leads."""

    def _query(self) -> tuple[HTTPResponse, str]:
        return _OPENER.open(self._createRequest(), timeout=self.timeout), self.returnFormat


class RemoteEngine:
    """Runs queries at one of ``addresses``, which all hold the same data.

    Each of at most ``TRIES`` replicas gets ``timeout`` seconds, all together ``total``. The one that answered
    last is asked first, so that a broken one costs its time once.
    """

    def __init__(
        self,
        addresses: str | Sequence[Address],
        *,
        timeout: float = 10.0,
        total: float = 30.0,
        max_bytes: int = MAX_ANSWER,
    ) -> None:
        self._addresses = parse_addresses(addresses) if isinstance(addresses, str) else tuple(addresses)
        self._timeout = timeout
        self._total = total
        self._max_bytes = max_bytes
        self._first = 0

    @property
    def name(self) -> str:
        """The addresses without anything secret."""
        return ", ".join(map(str, self._addresses))

    def select(self, text: str) -> Solutions:
        """See ``QueryEngine``; ``EngineTimeoutError`` if replicas were only too slow."""
        began = time.monotonic()
        first, count = self._first, len(self._addresses)
        # not the exceptions: with this frame they would make a cycle that keeps the engine's result, which
        # must be let go on its own thread, until some thread collects it
        failures: list[str] = []
        slow = True
        for step in range(min(count, TRIES)):
            left = self._total - (time.monotonic() - began)
            if left <= 0:
                break
            number = (first + step) % count
            try:
                found = _ask(self._addresses[number], text, min(self._timeout, left), self._max_bytes)
            except _ReplicaError as error:
                failures.append(str(error))
                slow = slow and error.slow
                continue
            self._first = number
            return found
        if slow:
            raise EngineTimeoutError(round(time.monotonic() - began, 1))
        raise EndpointError(f"No SPARQL endpoint answered: {'; '.join(failures)}.")

    def close(self) -> None:
        """No connection is kept open."""


def _ask(address: Address, text: str, seconds: float, max_bytes: int) -> Solutions:
    client = _Client(address.url, returnFormat=JSON)
    client.setMethod(POST)
    # not by its setter, which cuts off the fraction, and then 0 means no limit at all
    client.timeout = seconds  # type: ignore[assignment]
    if address.credentials:
        client.setCredentials(*address.credentials)
    client.setQuery(text)
    return _parse(address, _read(address, client, seconds, max_bytes))


def _read(address: Address, client: SPARQLWrapper, seconds: float, max_bytes: int) -> bytes:
    deadline = time.monotonic() + seconds
    try:
        return _collect(client.query().response, deadline, max_bytes)
    except _TooLongError:
        raise _ReplicaError(address, f"answered with more than {max_bytes} bytes") from None
    except TimeoutError as error:
        raise _ReplicaError(address, f"took longer than {seconds:.3g} seconds", slow=True) from error
    except HTTPError as error:
        if error.code < 500 and error.code not in _PASSING:
            raise EndpointError(f"{address} refused a query with status {error.code}.") from error
        raise _ReplicaError(address, f"answered with status {error.code}") from error
    except URLError as error:
        if isinstance(error.reason, TimeoutError):
            raise _ReplicaError(address, f"took longer than {seconds:.3g} seconds", slow=True) from error
        raise _ReplicaError(address, f"could not be reached ({error.reason})") from error
    except (OSError, HTTPException) as error:
        raise _ReplicaError(address, f"could not be reached ({type(error).__name__})") from error


def _collect(response: HTTPResponse, deadline: float, max_bytes: int) -> bytes:
    """The whole body; the socket's own limit is for each piece of it only.

    An endpoint that never ends its answer would otherwise fill this process before its time is over.
    """
    body = bytearray()
    while chunk := response.read1(_CHUNK):
        body += chunk
        if len(body) > max_bytes:
            response.close()
            raise _TooLongError
        if time.monotonic() > deadline:
            raise TimeoutError
    if response.length:  # bytes still to come: read1 does not complain when they never do
        raise IncompleteRead(bytes(body), response.length)
    return bytes(body)


def _parse(address: Address, body: bytes) -> Solutions:
    try:
        result = parse_query_results(body, format=QueryResultsFormat.JSON)
        if not isinstance(result, QuerySolutions):
            raise EndpointError(f"{address} answered a SELECT with something else.")
        names = tuple(variable.value for variable in result.variables)
        return Solutions(names, tuple(tuple(map(_canonical, solution)) for solution in result))
    except (SyntaxError, ValueError) as error:
        raise _ReplicaError(address, "gave no SPARQL results JSON, or cut it short") from error


def _canonical(term: Term | None) -> Term | None:
    """``true`` and ``false`` as such: some engines write 1 and 0, which XSD allows for a boolean."""
    if isinstance(term, Literal) and term.value in _TRUTH and term.datatype == _BOOLEAN:
        return Literal(_TRUTH[term.value], datatype=_BOOLEAN)
    return term
