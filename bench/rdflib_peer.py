"""rdflib-endpoint over the same release; run by the interpreter of the peers' own environment."""

from __future__ import annotations

import sys

import uvicorn
from rdflib import Dataset
from rdflib_endpoint import SparqlEndpoint


def main(port: str, quads: str) -> None:
    """Serve until told to stop."""
    data = Dataset(default_union=True)
    data.parse(quads, format="nquads")
    uvicorn.run(SparqlEndpoint(graph=data), port=int(port), log_level="warning")


if __name__ == "__main__":
    main(*sys.argv[1:])
