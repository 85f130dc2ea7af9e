"""RDF out of the graph: the formats on offer, and the statements about a thing or behind an answer."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, RdfFormat, parse, serialize

from gfmd_kg.catalogue.lookup import BATCH, Lookup
from gfmd_kg.catalogue.model import Answer
from gfmd_kg.errors import UnknownError
from gfmd_kg.namespaces import REGISTER
from gfmd_kg.release import Release
from gfmd_kg.store.engine import Solutions
from gfmd_kg.xml import finish_xml


@dataclass(frozen=True)
class RdfChoice:
    """One RDF format: its name in commands, media type, file ending; ``rdf`` is ``None`` for CSV of quads.

    ``graphs`` tells whether it is written with the named graphs, and so with the passages. JSON-LD could
    hold them, but most of its readers want one graph and would find none.
    """

    name: str
    media_type: str
    ending: str
    rdf: RdfFormat | None
    graphs: bool = False


RDF_FORMATS = {
    choice.name: choice
    for choice in (
        RdfChoice("turtle", "text/turtle", "ttl", RdfFormat.TURTLE),
        RdfChoice("trig", "application/trig", "trig", RdfFormat.TRIG, graphs=True),
        RdfChoice("nt", "application/n-triples", "nt", RdfFormat.N_TRIPLES),
        RdfChoice("nq", "application/n-quads", "nq", RdfFormat.N_QUADS, graphs=True),
        RdfChoice("jsonld", "application/ld+json", "jsonld", RdfFormat.JSON_LD),
        RdfChoice("rdfxml", "application/rdf+xml", "rdf", RdfFormat.RDF_XML),
        RdfChoice("csv", "text/csv", "csv", None, graphs=True),
    )
}


def find_rdf_format(name: str) -> RdfChoice:
    """The format of this name; raises ``UnknownError`` with the list."""
    try:
        return RDF_FORMATS[name]
    except KeyError:
        raise UnknownError("format", name, f"There is no RDF format '{name}'.", RDF_FORMATS) from None


def write_rdf(quads: Iterable[Quad], choice: RdfChoice, prefixes: Mapping[str, str]) -> bytes:
    """Serialise statements, sorted; a format without named graphs gets each triple once.

    Raises ``NotInXmlError`` for RDF/XML if it cannot hold them.
    """
    if choice.rdf is None:
        return _csv(sorted(set(quads), key=str))
    if choice.graphs:
        ordered: list[Quad] = sorted(set(quads), key=_by_graph)
    else:
        triples = {quad.triple for quad in quads}
        ordered = [Quad(t.subject, t.predicate, t.object, DefaultGraph()) for t in sorted(triples, key=str)]
    content = serialize(ordered, format=choice.rdf, prefixes=_used(ordered, prefixes, choice.rdf))
    assert content is not None
    if choice.rdf is RdfFormat.RDF_XML:
        return finish_xml(content, "Turtle, N-Triples or JSON-LD")
    return content


def write_release(release: Release, choice: RdfChoice, prefixes: Mapping[str, str]) -> bytes:
    """The whole release; in N-Quads its own bytes, which have the digest that names it."""
    if choice.rdf is RdfFormat.N_QUADS:
        return release.quads.read_bytes()
    return write_rdf(parse(path=str(release.quads), format=RdfFormat.N_QUADS), choice, prefixes)


def statements_about(node: NamedNode, lookup: Lookup) -> list[Quad]:
    """Every statement that has the thing as subject or object, and what the register says of its graph."""
    found = _quads(lookup.run("describe", {"thing": [node]}))
    graphs = {quad.graph_name for quad in found if isinstance(quad.graph_name, NamedNode)} - {REGISTER}
    register = [quad for quad in statements_of(graphs, lookup) if quad.graph_name == REGISTER]
    return list(dict.fromkeys([*found, *register]))


def statements_behind(answer: Answer, lookup: Lookup) -> list[Quad]:
    """The graphs that the rows of the answer rest on, whole."""
    return statements_of((NamedNode(source.graph) for source in answer.sources), lookup)


def statements_of(graphs: Iterable[NamedNode], lookup: Lookup) -> list[Quad]:
    """All statements of these graphs, and their descriptions."""
    wanted = list(graphs)
    found: list[Quad] = []
    for start in range(0, len(wanted), BATCH):
        found += _quads(lookup.run("graphs", {"graph": wanted[start : start + BATCH]}))
    return found


def _quads(solutions: Solutions) -> list[Quad]:
    quads = []
    for row in solutions.dicts():
        subject, prop, value, graph = (row[name] for name in ("subject", "property", "value", "graph"))
        assert isinstance(subject, NamedNode | BlankNode)
        assert isinstance(prop, NamedNode)
        assert isinstance(value, NamedNode | BlankNode | Literal)
        assert isinstance(graph, NamedNode)
        quads.append(Quad(subject, prop, value, graph))
    return quads


def _used(quads: Iterable[Quad], prefixes: Mapping[str, str], rdf: RdfFormat) -> dict[str, str]:
    """The prefixes whose IRIs occur; RDF/XML needs names that are XML names wherever they stand."""
    terms = {term for quad in quads for term in (quad.subject, quad.predicate, quad.object, quad.graph_name)}
    terms |= {term.datatype for term in terms if isinstance(term, Literal)}
    iris = (term.value for term in terms if isinstance(term, NamedNode))
    heads = {iri[: max(iri.rfind("#"), iri.rfind("/")) + 1] for iri in iris}
    return {
        name: iri
        for name, iri in prefixes.items()
        if iri in heads and (rdf is not RdfFormat.RDF_XML or name.isalpha())
    }


def _by_graph(quad: Quad) -> tuple[str, str]:
    return str(quad.graph_name), str(quad)


def _csv(quads: Iterable[Quad]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(("subject", "predicate", "object", "datatype", "language", "graph"))
    for quad in quads:
        value = quad.object
        literal = value if isinstance(value, Literal) else None
        writer.writerow(
            (
                _plain(quad.subject),
                quad.predicate.value,
                literal.value if literal else _plain(value),
                literal.datatype.value if literal else "",
                (literal.language or "") if literal else "",
                _plain(quad.graph_name),
            )
        )
    return text.getvalue().encode()


def _plain(term: object) -> str:
    if isinstance(term, NamedNode):
        return term.value
    return str(term) if isinstance(term, BlankNode) else ""
