"""A query is held to one graph set of an endpoint, whole; what cannot be is refused."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest
from pyoxigraph import BlankNode, Literal, NamedNode
from pyparsing import ParseResults
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.parser import parseQuery
from rdflib.plugins.sparql.parserutils import CompValue

from gfmd_kg.catalogue.registry import load_queries
from gfmd_kg.errors import EngineError
from gfmd_kg.store.engine import Solutions
from gfmd_kg.store.publishing.graph_sets import GraphSet
from gfmd_kg.store.publishing.rewrite import rewrite, strip

ROOT = Path(__file__).parents[2]
SET = GraphSet("0123456789ab")
START = "https://w3id.org/gfmd-kg/release/0123456789ab/"
NODE = START.removesuffix("/")
MARK = f"UNION {{ GRAPH <{NODE}> {{ <{NODE}> <http://www.w3.org/ns/dcat#version> ?set_held }} }} }}"


def texts() -> dict[str, str]:
    """Every query that is asked of an engine: the canned ones and the catalogue's own."""
    found = {name: query.text for name, query in load_queries(ROOT / "queries").items()}
    own = {
        path.name: path.read_text("utf-8") for path in files("gfmd_kg.catalogue").joinpath("sparql").iterdir()
    }
    assert len(found) >= 30 and len(own) >= 9
    return found | own


TEXTS = texts()


def outside_graph(part: object) -> bool:
    """Whether a part of a parsed query holds triples outside of every GRAPH."""
    if isinstance(part, CompValue):
        if part.name in ("GraphGraphPattern", "TriplesBlock"):
            return part.name == "TriplesBlock"
        return any(outside_graph(value) for value in part.values())
    if isinstance(part, (list, tuple, ParseResults)):
        return any(outside_graph(value) for value in part)
    return False


@pytest.mark.parametrize("name", TEXTS)
def test_every_pattern_of_the_project_stands_in_a_graph(name: str):
    assert not outside_graph(parseQuery(TEXTS[name]))


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * WHERE { ?a ?b ?c }",
        "SELECT * WHERE { GRAPH ?g { ?a ?b ?c } OPTIONAL { ?a <http://x/> ?d } }",
        "SELECT * WHERE { GRAPH ?g { ?a ?b ?c } FILTER EXISTS { ?a <http://x/>+ ?d } }",
    ],
)
def test_a_pattern_outside_of_a_graph_is_seen(text: str):
    assert outside_graph(parseQuery(text))


@pytest.mark.parametrize("name", TEXTS)
def test_every_query_of_the_project_can_be_held_to_a_set(name: str):
    held = rewrite(TEXTS[name], SET)
    prepareQuery(held)
    assert held.count("?set_held") == 2
    opened = TEXTS[name].count("GRAPH ?")
    assert held.count(f'), "{START}"))') == opened


def test_what_is_changed_and_what_is_not():
    text = """#+ a header
PREFIX graph: <https://w3id.org/gfmd-kg/graph/>
PREFIX gfmd: <https://w3id.org/gfmd-kg/ontology#>
SELECT DISTINCT ?a WHERE {
  GRAPH ?g { ?a gfmd:scope <https://w3id.org/gfmd-kg/id/basis/source> . # why
    { ?a ?b <https://w3id.org/gfmd-kg/note/x> } }
  GRAPH graph:register { ?g ?p "https://w3id.org/gfmd-kg/graph/ GRAPH ?g { }" }
  OPTIONAL { graph ?h { ?a ?b <https://w3id.org/gfmd-kg/passage/d/p> } }
}"""
    held = rewrite(text, SET)
    assert "#+" not in held and "# why" not in held
    assert held.endswith(f"}} {MARK}")
    assert f"GRAPH <{START}graph/register> {{ ?g ?p " in held
    assert '"https://w3id.org/gfmd-kg/graph/ GRAPH ?g { }"' in held
    assert f'{{ ?a ?b <{START}note/x> }} }} FILTER(STRSTARTS(STR(?g), "{START}"))' in held
    assert f'<{START}passage/d/p> }} FILTER(STRSTARTS(STR(?h), "{START}")) }}' in held
    assert "<https://w3id.org/gfmd-kg/id/basis/source>" in held
    assert "SELECT DISTINCT ?a ?set_held WHERE { {" in held


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?a WHERE { GRAPH ?g { ?a ?b ?c } } LIMIT 1",
        "SELECT ?a (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?a ?b ?c } } GROUP BY ?a",
        "BASE <https://w3id.org/gfmd-kg/> SELECT ?a WHERE { GRAPH <graph/register> { ?a ?b ?c } }",
        "SELECT ?a FROM <https://w3id.org/gfmd-kg/graph/register> WHERE { ?a ?b ?c }",
        "PREFIX k: <https://w3id.org/gfmd-kg/> SELECT ?a WHERE { GRAPH k:graph\\/register { ?a ?b ?c } }",
        "SELECT ?a { GRAPH ?g { ?a ?b ?c } }",
    ],
)
def test_what_cannot_be_held_to_a_set_is_refused(text: str):
    with pytest.raises(EngineError):
        rewrite(text, SET)


def test_rows_come_back_as_the_release_has_them():
    mark = (None, None, Literal("0123456789ab"))
    row = (NamedNode(START + "passage/d/p"), Literal(f"see {START}note/x", language="en"), None)
    blank = (
        NamedNode(START + ".well-known/genid/c14n0"),
        Literal(START, datatype=NamedNode("http://t/")),
        None,
    )
    found = strip(Solutions(("a", "b", "set_held"), (row, mark, blank)), SET)
    assert found == Solutions(
        ("a", "b"),
        (
            (
                NamedNode("https://w3id.org/gfmd-kg/passage/d/p"),
                Literal("see https://w3id.org/gfmd-kg/note/x", language="en"),
            ),
            (BlankNode("c14n0"), Literal("https://w3id.org/gfmd-kg/", datatype=NamedNode("http://t/"))),
        ),
    )


@pytest.mark.parametrize("rows", [(), ((NamedNode("http://a/"), None),), ((None, Literal("another")),)])
def test_a_set_that_is_not_whole_is_seen(rows: tuple[tuple[NamedNode | Literal | None, ...], ...]):
    assert strip(Solutions(("a", "set_held"), rows), SET) is None
