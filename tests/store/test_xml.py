"""What is handed out as XML is read by a parser, or refused: hostile literals through the query worker."""

from __future__ import annotations

import random
from collections.abc import Callable
from xml.etree import ElementTree

import pytest
from pyoxigraph import Literal, NamedNode, Quad, QueryResultsFormat, Store, parse_query_results
from rdflib import Graph

from gfmd_kg.catalogue.rdf import RDF_FORMATS, write_rdf
from gfmd_kg.errors import NotInXmlError
from gfmd_kg.store.sandbox.worker import answer
from gfmd_kg.xml import finish_xml

HELD = [
    "\t",
    "\r",
    "\r\n",
    "a\n b",
    "<&>]]>\"'",
    "\x7f",
    "\x85",
    "\u2028",
    "\ufffd",
    "\U0001ffff",
]
NOT_HELD = ["\x00", "\x01", "\x08", "\x0b", "\x0c", "\x1f", "\ufffe", "\uffff"]
SRX, RDFXML = "application/sparql-results+xml", "application/rdf+xml"


def _quoted(text: str) -> str:
    escapes = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r"}
    return '"' + "".join(escapes.get(letter, letter) for letter in text) + '"'


def _ask(query: str) -> tuple[dict[str, object], bytes]:
    formats = {"solutions": SRX, "boolean": SRX, "graph": RDFXML}
    request = {"text": query, "formats": formats, "default": [], "named": [], "has_from": False}
    return answer(Store(), {**request, "max_bytes": 100_000})


def _selected(text: str) -> tuple[dict[str, object], bytes]:
    return _ask(f"SELECT ?x {{ VALUES ?x {{ {_quoted(text)} }} }}")


def _constructed(text: str, name: str = "http://a/p") -> tuple[dict[str, object], bytes]:
    return _ask(f"CONSTRUCT {{ <http://a/b> <{name}> {_quoted(text)} }} {{}}")


@pytest.mark.parametrize("text", HELD)
def test_what_xml_holds_comes_back_as_it_was(text: str):
    _, body = _selected(text)
    read = ElementTree.fromstring(body).findtext(".//{*}literal")
    (solution,) = parse_query_results(body, format=QueryResultsFormat.XML)
    assert read == solution["x"].value == text
    _, body = _constructed(text)
    ((_, _, value),) = Graph().parse(data=body, format="xml")
    assert str(value) == text


@pytest.mark.parametrize("ask", [_selected, _constructed])
@pytest.mark.parametrize("text", NOT_HELD)
def test_what_xml_cannot_hold_is_refused(ask: Callable[[str], tuple[dict[str, object], bytes]], text: str):
    header, body = ask(f"a{text}b")
    assert body == b""
    reason, instead = header["not_in_xml"]
    assert reason == f"the character U+{ord(text):04X}, which is none of XML"
    assert "JSON" in instead


@pytest.mark.parametrize("name", ["http://a/1", "http://a/", "urn:1", "http://a/b(c)", "http://a/%20"])
def test_a_property_that_ends_in_no_xml_name_is_refused(name: str):
    header, _ = _constructed("x", name)
    assert header["not_in_xml"][0] == f"a property that ends in no XML name, {name}"


@pytest.mark.parametrize("name", ["http://a/b'c", "http://a/b&c", "http://a/é", "http://a/b#1x"])
def test_a_property_that_ends_in_an_xml_name_is_written(name: str):
    _, body = _constructed("x", name)
    ((_, prop, _),) = Graph().parse(data=body, format="xml")
    assert str(prop) == name


def test_random_literals_are_read_back_or_refused():
    choose = random.Random(5)
    letters = [*HELD, *NOT_HELD, "a", "é", " ", "&#1;", "<![CDATA[", "-->", "\ue000", "\ud7ff"]
    refused = 0
    for _ in range(300):
        text = "".join(choose.choices(letters, k=choose.randint(1, 6)))
        for header, body in (_selected(text), _constructed(text)):
            bad = any(letter in text for letter in NOT_HELD)
            assert ("not_in_xml" in header) is bad, repr(text)
            refused += bad
            if not bad:
                ElementTree.fromstring(body)
    assert 100 < refused < 600


def test_a_boolean_is_written():
    header, body = _ask("ASK {}")
    assert (header["kind"], ElementTree.fromstring(body).findtext("{*}boolean")) == ("boolean", "true")


def test_exports_are_checked_too():
    subject, prop = NamedNode("http://a/b"), NamedNode("http://a/p")
    body = write_rdf([Quad(subject, prop, Literal("a\rb"))], RDF_FORMATS["rdfxml"], {})
    ((_, _, value),) = Graph().parse(data=body, format="xml")
    assert str(value) == "a\rb"
    with pytest.raises(NotInXmlError, match=r"U\+0002.* Ask for Turtle, N-Triples or JSON-LD instead"):
        write_rdf([Quad(subject, prop, Literal("\x02"))], RDF_FORMATS["rdfxml"], {})
    assert b"\\u0002" in write_rdf([Quad(subject, prop, Literal("\x02"))], RDF_FORMATS["nt"], {})


def test_what_is_ill_formed_in_another_way_is_refused_as_well():
    with pytest.raises(NotInXmlError):
        finish_xml(b"<a></b>", "JSON")
