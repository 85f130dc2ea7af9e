"""Statements in each RDF format: what is written, in which order, with which prefixes."""

from __future__ import annotations

import pytest
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad
from tests.catalogue.invented import ID, PASSAGE, Engine

from gfmd_kg.catalogue import rdf as written
from gfmd_kg.catalogue.lookup import Lookup
from gfmd_kg.catalogue.rdf import (
    RDF_FORMATS,
    find_rdf_format,
    statements_about,
    statements_behind,
    statements_of,
    write_rdf,
)
from gfmd_kg.catalogue.registry import Catalogue
from gfmd_kg.errors import UnknownError

EX = "http://example.org/"
XSD = "http://www.w3.org/2001/XMLSchema#"
ONE, TWO = NamedNode(EX + "graph/1"), NamedNode(EX + "graph/2")
A, B, P = NamedNode(EX + "things/a"), NamedNode(EX + "things/b"), NamedNode(EX + "terms#p")
PREFIXES = {
    "t": EX + "things/",
    "v": EX + "terms#",
    "g": EX + "graph/",
    "xsd": XSD,
    "x-y": EX + "things/",
    "unused": "http://example.org/unused/",
}
QUADS = [
    Quad(B, P, Literal("two"), TWO),
    Quad(A, P, B, TWO),
    Quad(A, P, B, ONE),
    Quad(A, P, Literal("un", language="fr"), ONE),
    Quad(A, P, Literal("3", datatype=NamedNode(XSD + "integer")), ONE),
    Quad(A, P, B, ONE),
]


def _written(name: str, quads: list[Quad] = QUADS) -> str:
    return write_rdf(quads, find_rdf_format(name), PREFIXES).decode()


def test_csv_has_a_row_a_statement_with_its_graph():
    quads = [*QUADS, Quad(BlankNode("x"), P, BlankNode("y"), DefaultGraph())]
    assert _written("csv", quads).split("\r\n") == [
        "subject,predicate,object,datatype,language,graph",
        f"{A.value},{P.value},3,{XSD}integer,,{ONE.value}",
        f"{A.value},{P.value},un,http://www.w3.org/1999/02/22-rdf-syntax-ns#langString,fr,{ONE.value}",
        f"{A.value},{P.value},{B.value},,,{ONE.value}",
        f"{A.value},{P.value},{B.value},,,{TWO.value}",
        f"{B.value},{P.value},two,{XSD}string,,{TWO.value}",
        f"_:x,{P.value},_:y,,,",
        "",
    ]


def test_quads_are_sorted_by_graph_each_once():
    lines = _written("nq").splitlines()
    assert lines == [
        f'<{A.value}> <{P.value}> "3"^^<{XSD}integer> <{ONE.value}> .',
        f'<{A.value}> <{P.value}> "un"@fr <{ONE.value}> .',
        f"<{A.value}> <{P.value}> <{B.value}> <{ONE.value}> .",
        f"<{A.value}> <{P.value}> <{B.value}> <{TWO.value}> .",
        f'<{B.value}> <{P.value}> "two" <{TWO.value}> .',
    ]


def test_graphs_come_before_subjects():
    lines = _written("nq", [Quad(A, P, B, TWO), Quad(B, P, A, ONE)]).splitlines()
    assert [line.split()[3] for line in lines] == [f"<{ONE.value}>", f"<{TWO.value}>"]


def test_triples_are_sorted_each_once():
    assert _written("nt").splitlines() == [
        f'<{A.value}> <{P.value}> "3"^^<{XSD}integer> .',
        f'<{A.value}> <{P.value}> "un"@fr .',
        f"<{A.value}> <{P.value}> <{B.value}> .",
        f'<{B.value}> <{P.value}> "two" .',
    ]


def _prefixes(text: str) -> set[str]:
    return {line.split()[1] for line in text.splitlines() if line.startswith("@prefix")}


def test_only_the_prefixes_that_are_used_are_declared():
    assert _prefixes(_written("trig")) == {"t:", "v:", "g:", "xsd:", "x-y:"}
    assert _prefixes(_written("turtle")) == {"t:", "v:", "xsd:", "x-y:"}
    text = _written("rdfxml")
    assert f'xmlns:v="{EX}terms#"' in text and f'xmlns:t="{EX}things/"' in text
    assert "x-y" not in text, "not a name in XML wherever a prefix stands"
    assert "unused" not in text
    assert _prefixes(_written("turtle", [Quad(A, P, B, ONE)])) == {"t:", "v:", "x-y:"}


def test_the_formats_on_offer():
    assert {
        name: (choice.media_type, choice.ending, choice.graphs) for name, choice in RDF_FORMATS.items()
    } == {
        "turtle": ("text/turtle", "ttl", False),
        "trig": ("application/trig", "trig", True),
        "nt": ("application/n-triples", "nt", False),
        "nq": ("application/n-quads", "nq", True),
        "jsonld": ("application/ld+json", "jsonld", False),
        "rdfxml": ("application/rdf+xml", "rdf", False),
        "csv": ("text/csv", "csv", True),
    }
    for name, choice in RDF_FORMATS.items():
        assert find_rdf_format(name) is choice
    with pytest.raises(UnknownError) as caught:
        find_rdf_format("turtel")
    error = caught.value
    assert (error.field, error.given, error.nearest) == ("format", "turtel", "turtle")
    assert error.detail == "There is no RDF format 'turtel'."
    assert error.allowed == tuple(RDF_FORMATS)


TRIG = """
GRAPH graph:register {
  <passage/p/1> gfmd:scope <id/basis/source> .
  <passage/p/2> gfmd:locator "two" . <passage/p/3> gfmd:locator "three" .
  <id/area/a> gfmd:note "registered" .
}
GRAPH <passage/p/1> { <id/area/a> rdfs:label "A" . <id/area/b> rdfs:label "B" }
GRAPH <passage/p/2> { <id/area/b> gfmd:like <id/area/a> . _:n gfmd:like _:m }
GRAPH <passage/p/3> { <id/area/b> gfmd:like <id/area/c> }
"""


def _said(quads: list[Quad]) -> list[tuple[str, str, str]]:
    return [
        (
            quad.subject.value.rpartition("/")[2],
            quad.object.value.rpartition("/")[2],
            str(quad.graph_name)[-2],
        )
        for quad in quads
        if not isinstance(quad.subject, BlankNode)
    ]


def test_what_is_said_of_a_thing_comes_with_what_the_register_says_of_the_graphs():
    found = statements_about(NamedNode(ID + "area/a"), Lookup(Engine(TRIG)))
    assert sorted(_said(found)) == [
        ("1", "source", "r"),
        ("2", "two", "r"),
        ("a", "A", "1"),
        ("a", "registered", "r"),
        ("b", "a", "2"),
    ]
    assert len(found) == len(set(found))


def test_graphs_are_read_whole_and_in_parts(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(written, "BATCH", 2)
    engine = Engine(TRIG)
    graphs = [NamedNode(f"{PASSAGE}p/{number}") for number in (1, 2, 3)]
    found = statements_of(iter(graphs), Lookup(engine))
    assert sorted(_said(found)) == [
        ("1", "source", "r"),
        ("2", "two", "r"),
        ("3", "three", "r"),
        ("a", "A", "1"),
        ("b", "B", "1"),
        ("b", "a", "2"),
        ("b", "c", "3"),
    ]
    assert len(found) == 8, "one is of blank nodes"
    assert len(engine.asked) == 2
    assert statements_of([], Lookup(engine)) == []
    assert len(engine.asked) == 2


def test_an_answer_rests_on_the_graphs_of_its_sources(invented: Catalogue):
    answer = invented.ask("all-there-is", {"limit": ["1"]})
    graphs = {str(quad.graph_name)[1:-1] for quad in statements_behind(answer, invented.lookup)}
    register = "https://w3id.org/gfmd-kg/graph/register"
    assert graphs == {register, PASSAGE + "paper/p1", PASSAGE + "paper/p2"}
