"""Values reach a query as typed terms only; none can become syntax."""

from __future__ import annotations

import pytest
from pyoxigraph import Literal, NamedNode, QuerySolutions, Store

from gfmd_kg.catalogue.binding import bind, serialise, slots

TEXT = """SELECT ?a WHERE {
  VALUES ?a { UNDEF }              # param
  VALUES ?b { <http://x/one> }     # param other
  VALUES ?scope { <http://x/s> }   # scope
}"""
XSD = "http://www.w3.org/2001/XMLSchema#"


def test_slots_are_found_by_variable_or_name():
    assert slots(TEXT) == {"a", "other", "scope"}


def test_slots_are_filled_and_what_is_not_given_matches_anything():
    bound = bind(
        TEXT, {"a": [NamedNode("http://x/1"), NamedNode("http://x/2")], "scope": [NamedNode("http://x/t")]}
    )
    assert "VALUES ?a { <http://x/1> <http://x/2> }" in bound
    assert "?b {" not in bound
    assert "VALUES ?scope { <http://x/t> }" in bound


def test_a_scope_inside_optional_is_a_filter():
    """It takes the same values; engines need not join a VALUES for each row outside."""
    text = "SELECT ?a WHERE { ?a ?p ?s FILTER(?s IN (<http://x/s>))  # scope\n }"
    assert slots(text) == {"scope"}
    bound = bind(text, {"scope": [NamedNode("http://x/t"), NamedNode("http://x/u")]})
    assert "FILTER(?s IN (<http://x/t>, <http://x/u>))" in bound


@pytest.mark.parametrize(
    "term",
    [
        NamedNode("urn:x"),
        NamedNode("file:///etc/passwd"),
        Literal("a\nb"),
        Literal("a\\b"),
        Literal("a\x00b"),
        Literal("maybe", datatype=NamedNode(XSD + "boolean")),
        Literal("17", datatype=NamedNode(XSD + "gYear")),
        Literal('2017"', datatype=NamedNode(XSD + "gYear")),
        Literal("2017-13", datatype=NamedNode(XSD + "gYearMonth")),
    ],
)
def test_a_term_that_could_be_taken_for_syntax_is_refused(term: NamedNode | Literal):
    with pytest.raises(ValueError, match="not a"):
        serialise(term)


@pytest.mark.parametrize(
    "text", ['"', '" } UNION {', "it's", "a # b", "{ ?x }", "é ‘x’ 中", "\u2028", "%s {0} $1"]
)
def test_any_printable_text_comes_out_as_it_went_in(text: str):
    query = bind('SELECT ?a WHERE { VALUES ?a { "x" } # param\n }', {"a": [Literal(text)]})
    found = Store().query(query)
    assert isinstance(found, QuerySolutions)
    assert [solution["a"] for solution in found] == [Literal(text)]
