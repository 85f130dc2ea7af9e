"""What starting must cost: a bare FastAPI application that loads the same release and answers one query."""

from __future__ import annotations

import sys
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Response
from pyoxigraph import QueryResultsFormat, QuerySolutions, RdfFormat, Store


def create_app(quads: str, text: str) -> FastAPI:
    """One route, which runs the query."""
    store = Store()
    store.bulk_load(path=quads, format=RdfFormat.N_QUADS)
    app = FastAPI()

    @app.get("/")
    def answer() -> Response:
        found = store.query(text)
        assert isinstance(found, QuerySolutions)
        body = found.serialize(format=QueryResultsFormat.JSON)
        return Response(body, media_type="application/sparql-results+json")

    return app


def main(port: str, quads: str, query: str) -> None:
    """Serve until told to stop."""
    app = create_app(quads, Path(query).read_text(encoding="utf-8"))
    uvicorn.run(app, port=int(port), log_level="warning")


if __name__ == "__main__":
    main(*sys.argv[1:])
