"""A small SPARQL endpoint for tests: pyoxigraph behind query, update and graph store; faults on demand."""

from __future__ import annotations

import base64
import contextlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from pyoxigraph import NamedNode, QueryResultsFormat, RdfFormat, Store


class Endpoint:
    """``store`` is what it holds; ``changes`` counts what was sent to change it.

    From the change with the number ``breaks_at`` on, half of a graph is stored and the connection is cut.
    """

    def __init__(self) -> None:
        self.store = Store()
        self.changes: list[str] = []
        self.breaks_at: int | None = None
        self.credentials: tuple[str, str] | None = None
        self.address = ""

    @property
    def query(self) -> str:
        return f"{self.address}/query"

    @property
    def update(self) -> str:
        return f"{self.address}/update"

    @property
    def graph_store(self) -> str:
        return f"{self.address}/data"


@contextmanager
def endpoint() -> Iterator[Endpoint]:
    """A running endpoint on loopback."""
    served = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            if urlsplit(self.path).path == "/query":
                found = served.store.query(parse_qs(body)["query"][0])
                self._answer(200, found.serialize(format=QueryResultsFormat.JSON))
            elif self._may_change("update"):
                served.store.update(body)
                self._answer(204)

        def do_PUT(self) -> None:
            graph = NamedNode(parse_qs(urlsplit(self.path).query)["graph"][0])
            body = self.rfile.read(int(self.headers["Content-Length"]))
            broken = served.breaks_at is not None and len(served.changes) + 1 >= served.breaks_at
            if broken:
                lines = body.splitlines(keepends=True)
                served.store.load(b"".join(lines[: len(lines) // 2]), format=RdfFormat.TURTLE, to_graph=graph)
            if self._may_change(graph.value):
                served.store.clear_graph(graph)
                served.store.load(body, format=RdfFormat.TURTLE, to_graph=graph)
                self._answer(204)

        def do_DELETE(self) -> None:
            graph = NamedNode(parse_qs(urlsplit(self.path).query)["graph"][0])
            if self._may_change(graph.value):
                known = served.store.contains_named_graph(graph)
                served.store.remove_graph(graph)
                self._answer(204 if known else 404)

        def _may_change(self, what: str) -> bool:
            if served.credentials:
                wanted = base64.b64encode(":".join(served.credentials).encode()).decode()
                if self.headers.get("Authorization") != f"Basic {wanted}":
                    self._answer(401)
                    return False
            served.changes.append(what)
            if served.breaks_at is not None and len(served.changes) >= served.breaks_at:
                self.close_connection = True
                return False
            return True

        def _answer(self, status: int, body: bytes = b"") -> None:
            self.send_response(status)
            if status == 401:
                self.send_header("WWW-Authenticate", 'Basic realm="test"')
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with contextlib.suppress(OSError):
                self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=10)
