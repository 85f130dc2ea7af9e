"""Read what curators edit: ontology, vocabularies and data, each statement with the graph it stands in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat, parse

from gfmd_kg.decoding import decode
from gfmd_kg.errors import DataError, EncodingError, SourceSyntaxError
from gfmd_kg.namespaces import ALIGNMENTS_GRAPH, ONTOLOGY_GRAPH, VOCABULARIES_GRAPH
from gfmd_kg.paths import Layout


def data_files(layout: Layout) -> list[Path]:
    """All TriG files under ``data``, in a fixed order; an empty or missing folder is an error."""
    files = sorted(layout.data.rglob("*.trig"))
    if not files:
        raise DataError([f"{layout.data}: no .trig file is there, so there is nothing to build from"])
    return files


def statement_files(layout: Layout) -> list[tuple[Path, NamedNode | None]]:
    """Every file that holds statements, and the graph that those of its default graph belong to."""
    return [
        (layout.ontology / "gfmd.ttl", ONTOLOGY_GRAPH),
        (layout.ontology / "vocabularies.ttl", VOCABULARIES_GRAPH),
        (layout.ontology / "alignments.ttl", ALIGNMENTS_GRAPH),
        *((path, None) for path in data_files(layout)),
    ]


def input_files(layout: Layout) -> list[Path]:
    """Every file that a release depends on, besides the program itself."""
    fixed = [
        layout.ontology / name for name in ("gfmd.ttl", "vocabularies.ttl", "alignments.ttl", "prefixes.ttl")
    ]
    rules = sorted((layout.queries / "qc").glob("*.rq"))
    return [*fixed, *sorted(layout.shapes.glob("*.ttl")), *rules, *data_files(layout)]


def inputs_digest(layout: Layout, program: str) -> str:
    """SHA-256 (hex) over names and contents of all inputs and the name of the program that reads them."""
    total = hashlib.sha256(program.encode())
    own = sorted(Path(__file__).parent.glob("*.py"))
    for path in [*input_files(layout), *own]:
        name = path.relative_to(layout.root) if path.is_relative_to(layout.root) else Path(path.name)
        total.update(f"\0{name}\0".encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def load_all(layout: Layout) -> list[Quad]:
    """Every statement of the project's files, without repetition, in the order of the files.

    Raises ``DataError`` with one fault per file that cannot be parsed.
    """
    quads: dict[Quad, None] = {}
    faults: list[str] = []
    for path, graph in statement_files(layout):
        try:
            quads.update(dict.fromkeys(read_file(path, graph)))
        except SourceSyntaxError as error:
            faults += error.faults
    if faults:
        raise DataError(faults)
    return list(quads)


def read_file(path: Path, graph: NamedNode | None = None) -> Iterator[Quad]:
    """The statements of one Turtle or TriG file; the default graph's go into ``graph`` if given."""
    rdf_format = RdfFormat.TRIG if path.suffix == ".trig" else RdfFormat.TURTLE
    try:
        for quad in parse(decode(path.read_bytes()), format=rdf_format):
            if graph is not None and quad.graph_name == DefaultGraph():
                yield Quad(quad.subject, quad.predicate, quad.object, graph)
            else:
                yield quad
    except SyntaxError as error:
        raise SourceSyntaxError(path, error.lineno, error.msg) from error
    except EncodingError as error:
        raise SourceSyntaxError(path, error.line, error.reason) from error
