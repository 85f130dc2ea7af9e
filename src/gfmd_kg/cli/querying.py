"""The command that runs SPARQL of one's own."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import click
from pyoxigraph import QueryResultsFormat, QuerySolutions, RdfFormat, parse, parse_query_results

from gfmd_kg.catalogue.rdf import find_rdf_format, write_rdf
from gfmd_kg.cli import output as out
from gfmd_kg.cli.output import format_option, output_option, show_term
from gfmd_kg.decoding import decode, read
from gfmd_kg.errors import CallError, EncodingError, EngineError
from gfmd_kg.namespaces import load_prefixes
from gfmd_kg.paths import find_layout
from gfmd_kg.release import current_release
from gfmd_kg.store.engine import BOOLEAN, GRAPH, SOLUTIONS, DatasetChoice, RawResult
from gfmd_kg.store.engines.disk import disk_folder, open_disk
from gfmd_kg.store.engines.open import DISK, STORE_VARIABLE
from gfmd_kg.store.sandbox.guard import check
from gfmd_kg.store.sandbox.pool import Limits, WorkerPool

_RESULTS = {
    "json": "application/sparql-results+json",
    "srj": "application/sparql-results+json",
    "srx": "application/sparql-results+xml",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
}
_GRAPHS = {
    "turtle": "text/turtle",
    "nt": "application/n-triples",
    "rdfxml": "application/rdf+xml",
    "jsonld": "application/ld+json",
}

_LOADING_SECONDS = 60.0
"""How long the process for an ad-hoc query may take to load the release."""


@click.command()
@click.argument("query")
@format_option
@output_option
def sparql(query: str, wanted: str | None, output: Path | None) -> None:
    """Run a SPARQL QUERY: its text, @FILE, or - for standard input. The project's prefixes are known."""
    text = _query_text(query)
    layout = find_layout()
    release, prefixes = current_release(layout.release), load_prefixes(layout.prefixes)
    graph = check(text, prefixes).form in ("CONSTRUCT", "DESCRIBE")
    known = ["table", *(_GRAPHS if graph else _RESULTS)]
    if graph and wanted is None and output is None:
        wanted = "turtle"
    choice = out.choose(wanted, output, known)
    media = _RESULTS["json"] if choice == "table" else (_GRAPHS if graph else _RESULTS)[choice]
    data = release.quads
    if os.environ.get(STORE_VARIABLE) == DISK:
        open_disk(release).close()  # makes it if it is not there
        data = disk_folder(release)
    formats = {GRAPH: "application/n-triples"} if graph else {SOLUTIONS: media, BOOLEAN: media}

    async def run() -> RawResult:
        # who asks here has the network anyway, and writes the query
        pool = WorkerPool(data, release.identity, prefixes, size=1, limits=Limits(with_network=True))
        pool.begin()
        try:
            if not await pool.await_worker(_LOADING_SECONDS):
                raise EngineError("The process for ad-hoc queries could not load the release.")
            return await pool.run(text, formats, DatasetChoice())
        finally:
            await pool.close()

    result = asyncio.run(run())
    if graph:
        quads = parse(input=result.body, format=RdfFormat.N_TRIPLES)
        name = "nt" if choice == "table" else choice
        out.write(write_rdf(quads, find_rdf_format(name), prefixes), output)
    else:
        out.write(_drawn_results(result.body) if choice == "table" else result.body, output)


COMMANDS = (sparql,)


def _query_text(query: str) -> str:
    try:
        if query == "-":
            return decode(sys.stdin.buffer.read())
        if query.startswith("@"):
            return read(Path(query[1:]))
    except OSError as error:
        raise CallError("query", query, f"The query cannot be read: {error}.") from error
    except EncodingError as error:
        raise CallError("query", query, f"The query cannot be read: {error.reason}.") from error
    return query


def _drawn_results(body: bytes) -> bytes:
    results = parse_query_results(body, format=QueryResultsFormat.JSON)
    if not isinstance(results, QuerySolutions):
        return b"true\n" if results else b"false\n"
    names = [variable.value for variable in results.variables]
    rows = [[show_term(term) if term is not None else "–" for term in solution] for solution in results]
    return out.draw(names, rows)
