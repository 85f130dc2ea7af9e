"""Two standard ways to change the graphs of an endpoint, and the HTTP requests that do it.

Requests are signed by Basic or Digest, as the endpoint asks for.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from http.client import HTTPException
from typing import Any, Protocol
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import (
    HTTPBasicAuthHandler,
    HTTPDigestAuthHandler,
    HTTPPasswordMgrWithDefaultRealm,
    Request,
    build_opener,
    parse_http_list,
    parse_keqv_list,
)

from pyoxigraph import NamedNode, RdfFormat, Triple, serialize

from gfmd_kg.errors import EndpointError, EngineTimeoutError
from gfmd_kg.store.address import Address, Credentials, NoRedirect

CHUNK = 1000
"""Statements in one request of SPARQL Update; Virtuoso compiles one to SQL of at most 10 000 lines."""


Graphs = Mapping[NamedNode, Sequence[Triple]]


class Target(Protocol):
    """Changes whole graphs."""

    def put(self, graphs: Graphs) -> None:
        """Let each graph hold these statements and no others. A failure may leave a part of them."""
        ...

    def drop(self, graph: NamedNode) -> None:
        """Remove the graph, if it is there."""
        ...


class GraphStore:
    """SPARQL 1.1 Graph Store HTTP Protocol (W3C recommendation of 21 March 2013), indirect identification."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    def put(self, graphs: Graphs) -> None:
        """See ``Target``; one PUT (5.3) for each graph."""
        for graph, triples in graphs.items():
            self._sender.send("PUT", "text/turtle", _written(triples), urlencode({"graph": graph.value}))

    def drop(self, graph: NamedNode) -> None:
        """See ``Target``; one DELETE (5.4)."""
        self._sender.send("DELETE", "text/turtle", b"", urlencode({"graph": graph.value}))


class Update:
    """SPARQL 1.1 Update (W3C recommendation of 21 March 2013)."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    def put(self, graphs: Graphs) -> None:
        """See ``Target``; in as few requests as ``CHUNK`` allows."""
        operations: list[str] = []
        held = 0
        for graph, triples in graphs.items():
            operations.append(f"DROP SILENT GRAPH {graph}")
            for part in _parts(triples):
                if held and held + len(part) > CHUNK:
                    self._run(operations)
                    operations, held = [], 0
                operations.append(f"INSERT DATA {{ GRAPH {graph} {{\n{_written(part).decode()}}} }}")
                held += len(part)
        self._run(operations)

    def drop(self, graph: NamedNode) -> None:
        """See ``Target``."""
        self._run([f"DROP SILENT GRAPH {graph}"])

    def replace(self, graph: NamedNode, triples: Sequence[Triple]) -> None:
        """Like ``put``, as one operation, for which readers never find the graph empty."""
        operation = (
            f"DELETE {{ GRAPH {graph} {{ ?s ?p ?o }} }}\n"
            f"INSERT {{ GRAPH {graph} {{\n{_written(triples).decode()}}} }}\n"
            f"WHERE {{ OPTIONAL {{ GRAPH {graph} {{ ?s ?p ?o }} }} }}"
        )
        self._run([operation])

    def _run(self, operations: Sequence[str]) -> None:
        self._sender.send("POST", "application/sparql-update", " ;\n".join(operations).encode())


def _parts(triples: Sequence[Triple]) -> Iterator[Sequence[Triple]]:
    for start in range(0, len(triples), CHUNK):
        yield triples[start : start + CHUNK]


def _written(triples: Sequence[Triple]) -> bytes:
    content = serialize(triples, format=RdfFormat.N_TRIPLES)
    assert content is not None
    return content


class _Basic(HTTPBasicAuthHandler):
    """Signs on when it is first asked to, then with each request (RFC 7617, 2.2)."""

    _signed: str | None = None

    def retry_http_basic_auth(self, host: str, req: Request, realm: str) -> Any:
        user, password = self.passwd.find_user_password(realm, host)
        self._signed = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        return super().retry_http_basic_auth(host, req, realm)

    def http_request(self, req: Request) -> Request:
        if self._signed:
            req.add_unredirected_header("Authorization", self._signed)
        return req

    https_request = http_request


class _Digest(HTTPDigestAuthHandler):
    """The same with Digest: the last challenge serves for the next request too (RFC 7616, 3.3)."""

    _challenge: dict[str, str] | None = None

    def retry_http_digest_auth(self, req: Request, auth: str) -> Any:
        self._challenge = parse_keqv_list(list(filter(None, parse_http_list(auth.partition(" ")[2]))))
        return super().retry_http_digest_auth(req, auth)

    def http_request(self, req: Request) -> Request:
        signed = self.get_authorization(req, self._challenge) if self._challenge else None
        if signed:
            req.add_unredirected_header("Authorization", f"Digest {signed}")
        return req

    https_request = http_request


class Sender:
    """Sends requests to one address, waiting ``timeout`` seconds for each answer."""

    def __init__(self, address: Address, credentials: Credentials | None, timeout: float = 120.0) -> None:
        self._address = address
        self._timeout = timeout
        passwords = HTTPPasswordMgrWithDefaultRealm()
        if credentials:
            passwords.add_password(None, address.url, *credentials)
        self._opener = build_opener(NoRedirect, _Basic(passwords), _Digest(passwords))

    def send(self, method: str, media_type: str, body: bytes, query: str = "") -> None:
        """Send ``body``; ``query`` is added to the address. ``EndpointError`` unless the status is 2xx."""
        joined = self._address.url + ("&" if "?" in self._address.url else "?") + query
        request = Request(joined if query else self._address.url, body or None, method=method)  # noqa: S310
        request.add_header("Content-Type", media_type)
        try:
            with self._opener.open(request, timeout=self._timeout) as answer:
                answer.read()
        except HTTPError as error:
            if method == "DELETE" and error.code == 404:
                return  # nothing was there
            raise EndpointError(f"{self._address} refused to be changed: {_reason(error)}.") from error
        except TimeoutError as error:
            raise EngineTimeoutError(self._timeout) from error
        except URLError as error:
            raise EndpointError(f"{self._address} could not be reached ({error.reason}).") from error
        except (OSError, HTTPException, ValueError) as error:
            raise EndpointError(f"{self._address} broke off ({type(error).__name__}).") from error


def _reason(error: HTTPError) -> str:
    if error.code in (401, 403):
        return f"status {error.code}, user and password are missing or wrong"
    said = " ".join(error.read(500).decode("utf-8", "replace").split())
    return f"status {error.code}{f', {said[:200]}' if said else ''}"
