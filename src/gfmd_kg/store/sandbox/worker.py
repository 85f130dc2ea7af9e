"""The process that runs ad-hoc queries, so that one can be killed without hurting the server.

Talks over its standard streams: a request is one JSON line; an answer is one JSON line, followed by
``length`` bytes if it is a result. The first line, before any request, says how the process was cut off from
the network. Started by ``gfmd_kg.store.sandbox.pool``.
"""

from __future__ import annotations

import io
import json
import os
import resource
import signal
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO

from pyoxigraph import (
    BlankNode,
    DefaultGraph,
    NamedNode,
    Quad,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
    Store,
)

from gfmd_kg.errors import NotInXmlError, ReleaseError
from gfmd_kg.store.engine import BOOLEAN, GRAPH, SOLUTIONS
from gfmd_kg.store.engines.disk import open_checked
from gfmd_kg.store.engines.loading import load_checked
from gfmd_kg.store.sandbox.isolation import isolate
from gfmd_kg.xml import finish_xml

_NICENESS = 19
"""The server goes first where both want the same processor: a seventieth of its weight (sched(7))."""
_STACK = 120 * 1024 * 1024
"""Bytes. The engine recurses into chains, of ``;`` or ``&&``: a text that passes the guard can overflow the
usual 8 MiB, and not these. Linux keeps 128 MiB free below the stack of a process (mm/util.c)."""
_GRACE_SECONDS = 2.0
RESULT_FORMATS = {
    "application/sparql-results+json": QueryResultsFormat.JSON,
    "application/sparql-results+xml": QueryResultsFormat.XML,
    "text/csv": QueryResultsFormat.CSV,
    "text/tab-separated-values": QueryResultsFormat.TSV,
}
GRAPH_FORMATS = {
    "text/turtle": RdfFormat.TURTLE,
    "application/n-triples": RdfFormat.N_TRIPLES,
    "application/rdf+xml": RdfFormat.RDF_XML,
    "application/ld+json": RdfFormat.JSON_LD,
}


_INSTEAD = {
    SOLUTIONS: "JSON, CSV or TSV",
    BOOLEAN: "JSON",
    GRAPH: "Turtle, N-Triples or JSON-LD",
}
"""For each kind of result, what may hold a result that XML cannot."""


class _TooLargeError(Exception):
    pass


class _Bounded(io.BytesIO):
    """Collects what a serialiser writes, up to ``limit`` bytes."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self._limit = limit

    def write(self, data: Any) -> int:
        """Refuse to grow past the limit, rather than cut the result."""
        if self.tell() + len(data) > self._limit:
            raise _TooLargeError
        return super().write(data)


def answer(store: Store, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Run one request; the first value is the answer's header, the second the result."""
    try:
        return _written(store, request)
    except (SyntaxError, ValueError) as error:
        header: dict[str, Any] = {"refused": str(error)}
    except NotInXmlError as error:
        header = {"not_in_xml": [error.reason, error.instead]}
    except _TooLargeError:
        header = {"too_large": request["max_bytes"]}
    except MemoryError:
        header = {"memory": True}
    except (OSError, RuntimeError) as error:  # as pyoxigraph tells of its store and of what it cannot run
        header = {"failed": str(error)}
    return header, b""


def _written(store: Store, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    result = _result(store, request)
    kind = _kind(result)
    media_type = request["formats"].get(kind)
    if media_type is None:
        return {"unwritten": kind}, b""
    sink = _Bounded(request["max_bytes"])
    if isinstance(result, QueryTriples):
        result.serialize(output=sink, format=GRAPH_FORMATS[media_type])
    else:
        result.serialize(output=sink, format=RESULT_FORMATS[media_type])
    body = sink.getvalue()
    if media_type.endswith("+xml"):
        body = finish_xml(body, _INSTEAD[kind])
        if len(body) > request["max_bytes"]:
            raise _TooLargeError
    return {"length": len(body), "kind": kind}, body


def _result(store: Store, request: dict[str, Any]) -> QueryBoolean | QuerySolutions | QueryTriples:
    """Over the whole dataset, or over no other graphs than the chosen ones (SPARQL 1.1 Query, 13.2)."""
    text = request["text"]
    default: list[NamedNode | BlankNode | DefaultGraph] = _nodes(request["default"])
    named: list[NamedNode | BlankNode] = _nodes(request["named"])
    if not default and not named:
        return store.query(text)
    if len(default) < 2:
        return store.query(text, default_graph=default, named_graphs=named)
    # a list of graphs would be asked as a bag; these are what the worker's limits of memory and time are for
    merged = Store()
    merged.bulk_extend(
        Quad(quad.subject, quad.predicate, quad.object)
        for graph in default
        for quad in store.quads_for_pattern(None, None, None, graph)
    )
    merged.bulk_extend(quad for graph in named for quad in store.quads_for_pattern(None, None, None, graph))
    return merged.query(text, default_graph=[DefaultGraph()], named_graphs=named)


def _nodes(iris: Iterable[str]) -> list[Any]:
    return [NamedNode(iri) for iri in dict.fromkeys(iris)]


def _kind(result: QueryBoolean | QuerySolutions | QueryTriples) -> str:
    if isinstance(result, QueryTriples):
        return GRAPH
    return BOOLEAN if isinstance(result, QueryBoolean) else SOLUTIONS


def _give_way() -> None:
    """Leave the server the first turn and, where there are several, one processor without any query."""
    os.nice(_NICENESS)
    if sys.platform == "linux":
        processors = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, processors[1:] or processors)


def _open(data: Path, identity: str) -> Store:
    if data.is_dir():
        return open_checked(data, identity)
    store = Store()
    load_checked(store, data, identity)
    return store


def serve(data: Path, identity: str, source: BinaryIO, sink: BinaryIO, memory: int) -> None:
    """Load the N-Quads file ``data``, or open the store in that folder, and answer until ``source`` ends.

    It must be the release ``identity``: else the first line says so, and no other follows. ``memory`` limits
    bytes, 0 for none.
    """
    _give_way()
    _, hardest = resource.getrlimit(resource.RLIMIT_STACK)
    resource.setrlimit(resource.RLIMIT_STACK, (hardest if 0 < hardest < _STACK else _STACK, hardest))
    if memory:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    try:
        store = _open(data, identity)
    except (ReleaseError, OSError, SyntaxError, ValueError) as error:
        sink.write(json.dumps({"unfit": str(error)}).encode() + b"\n")
        sink.flush()
        return
    sink.write(json.dumps({"network": isolate()}).encode() + b"\n")
    sink.flush()
    for line in source:
        request = json.loads(line)
        # whoever started this ends it at its limit; if that has gone, the system does
        signal.setitimer(signal.ITIMER_REAL, request["seconds"] + _GRACE_SECONDS)
        header, body = answer(store, request)
        signal.setitimer(signal.ITIMER_REAL, 0)
        sink.write(json.dumps(header).encode() + b"\n" + body)
        sink.flush()


if __name__ == "__main__":
    try:
        serve(Path(sys.argv[1]), sys.argv[2], sys.stdin.buffer, sys.stdout.buffer, int(sys.argv[3]))
    except BrokenPipeError:  # whoever started it has ended
        os._exit(0)
