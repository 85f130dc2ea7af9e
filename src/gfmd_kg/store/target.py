"""Two standard ways to change the graphs of an endpoint."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol
from urllib.parse import urlencode

from pyoxigraph import NamedNode, RdfFormat, Triple, serialize

from gfmd_kg.store.sender import Sender

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
