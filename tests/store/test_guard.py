"""What the guard lets through and what it refuses, before any engine sees it."""

from __future__ import annotations

import contextlib
import time

import pytest

from gfmd_kg.catalogue.service import Service
from gfmd_kg.errors import QueryRefusedError
from gfmd_kg.namespaces import BASE
from gfmd_kg.store.engine import DatasetChoice
from gfmd_kg.store.sandbox.guard import MAX_DEPTH, MAX_LENGTH, check, check_graph

PREFIXES = {"gfmd": "https://w3id.org/gfmd-kg/ontology#", "area": "https://w3id.org/gfmd-kg/id/area/"}
GRAPH = "https://w3id.org/gfmd-kg/graph/register"


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("SELECT * { ?s ?p ?o }", "SELECT"),
        ("ask{?s?p?o}", "ASK"),
        ("BASE <http://x/> PREFIX a: <b> CONSTRUCT WHERE { ?s ?p ?o }", "CONSTRUCT"),
        ("# SELECT\nDESCRIBE <http://x/>", "DESCRIBE"),
        ('SELECT ?load { ?load <http://x/DELETE> \'INSERT\' . ?s gfmd:drop """CLEAR""" }', "SELECT"),
        ("SELECT * { ?s ?p 'it\\'s LOAD', \"a \\\" DROP\" }", "SELECT"),
        ("PREFIX select: <http://x/> ASK { select:drop select:load ?x }", "ASK"),
        ("SELECT * { ?s ?p 'x'@clear }", "SELECT"),
        ("PREFIX a: <http://x/> SELECT * { ?s ?p a:b\\#c, a:\\', a:b.c. FILTER(?s<?p) }", "SELECT"),
        ("SELECT * { VALUES (?a ?b) { (1 <http://x/from>) } }", "SELECT"),
        ("# what came from where\nSELECT * { FILTER(?a < 1 || ?b >'from') }", "SELECT"),
    ],
)
def test_queries_pass_with_their_form(text: str, form: str):
    assert check(text, {}).form == form


@pytest.mark.parametrize(
    "text",
    [
        "INSERT DATA { <a:a> <a:b> <a:c> }",
        "delete where { ?s ?p ?o }",
        "PREFIX a: <b:c> WITH <x:y> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }",
        "LOAD <http://127.0.0.1/>",
        "CLEAR ALL",
        "SELECT * { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }",
        "SELECT * { SERVICE SILENT ?x { ?s ?p ?o } }",
        "PREFIX : <http://127.0.0.1/> SELECT * { SERVICE:x { ?s ?p ?o } }",
        "SELECT * { SERVICESILENT<http://127.0.0.1/>{ ?s ?p ?o } }",
        "PREFIX ex: <http://127.0.0.1/> SELECT * { SERVICEex:a { ?s ?p ?o } }",
        "SELECT * { ?s ?p trueSERVICE <http://127.0.0.1/> { ?s ?p ?o } }",
        "SELECT * { ?s ?p 1.0e5SERVICE <http://127.0.0.1/> { ?s ?p ?o } }",
        "SELECT * { ?s ?p 'a'@en9SERVICE <http://127.0.0.1/> { ?s ?p ?o } }",
        "PREFIX : <http://127.0.0.1/> SELECT * FROM:x { ?s ?p ?o }",
        "SELECT * FROMNAMED<http://127.0.0.1/> { ?s ?p ?o }",
        "SELECT * { ?s ?p 'not closed }",
        'SELECT * { ?s ?p """not closed" }',
        "SELECT * {#\nSERVICE\n<http://127.0.0.1/>{ ?s ?p ?o } }",
        "SELECT * { 'it\\'s' SERVICE <http://x/> {} }",
        "SELECT * { '''a''' SERVICE <http://x/> {} }",
        'SELECT * { ?s ?p "a" SERVICE <http://x/> { ?a ?b "c" } }',
        "SELECT * { FILTER(1<2) SERVICE <http://x/> {} }",
        "SELECT * { FILTER(?a<?b && ?c>?d) SERVICE <http://x/> {} }",
        "PREFIX a: <http://h/> ASK{?s ?p a:.SERVICE<http://h/>{}}",
        "PREFIX a: <http://h/> ASK{?s ?p a:b.c.SERVICE<http://h/>{}}",
        "PREFIX a: <http://h/> ASK { ?s ?p a:b\\# } SERVICE <http://h/> { ?s ?p ?o }\n}",
        "PREFIX : <http://h/> ASK { FILTER(?a<1)SERVICE:x#>\n{} }",
        "ASK { FILTER(?a<'>'||true) SERVICE <http://h/> {} #'\n}",
        "SELECT * { ?s ?p 'a service' }",
        "SELECT * { ?s ?p ?o } # Service",
        "SELECT * { <http://x/serviceS> ?p ?services }",
        "SELECT * { \u017fERV\u0131CE <http://h/> {} }",
        "SELECT(?a<'>'AS ?v)FROM <http://127.0.0.1/>#'\n{ ?s ?p ?a }",
        "PREFIX : <http://h/> SELECT(?a<1AS?v)FROM:x#>\n{ ?s ?p ?a }",
        "PREFIX a: <http://h/> CONSTRUCT{?s a a:b\\#} FROM <http://h/>\n{ ?s ?p ?o }",
        "SELECT * { \\U00000053ERVICE <http://x/> {} }",
        "SELECT * FROM <http://x/> {}",
        "SELECT * FROM NAMED <http://x/> {}",
        "SELECT * FROM gfmd:x {}",
        f"SELECT * FROM <{GRAPH}> FROM <file:///etc/passwd> {{}}",
        "   ",
        "\x00",
        "SELECT * {} " + " " * MAX_LENGTH,
    ],
)
def test_what_is_never_run_is_refused(text: str):
    with pytest.raises(QueryRefusedError) as caught:
        check(text, {})
    assert caught.value.field == "query"


def test_the_refusal_says_where_the_word_may_not_stand():
    with pytest.raises(QueryRefusedError, match="not even in a text or a comment: no query leaves"):
        check("SELECT * { ?s ?p 'a service' }", {})


@pytest.mark.parametrize(
    ("before", "after"),
    [("{", "}"), ("OPTIONAL {", "}"), ("[ <a:b> ", "]"), ("(", ")"), ("!", ""), ("! ", ""), ("<<(", ")>>")],
)
def test_a_text_nested_too_deep_is_refused_with_the_limit(before: str, after: str):
    def nested(depth: int) -> str:
        return "SELECT * { " + before * depth + after * depth + " }"

    assert check(nested(MAX_DEPTH - 1), {}).form == "SELECT"
    with pytest.raises(QueryRefusedError, match=f"nested too deep: {MAX_DEPTH} "):
        check(nested(MAX_DEPTH + 1), {})


def test_no_canned_query_holds_the_word_that_is_refused(service: Service):
    texts = [query.text for query in service.catalogue]
    assert len(texts) >= 30
    assert not [text for text in texts if "service" in text.lower()]


def test_known_prefixes_are_declared_where_the_query_does_not():
    checked = check("SELECT * { ?m gfmd:coversArea area:data }", PREFIXES)
    declared = " ".join(f"PREFIX {name}: <{iri}>" for name, iri in sorted(PREFIXES.items()))
    assert checked.text.startswith(f"{declared} SELECT")
    own = "PREFIX gfmd: <http://other/> SELECT * { ?m gfmd:coversArea ?area }"
    assert check(own, PREFIXES).text == own
    assert check("SELECT * { ?m ?p 'gfmd:x' }", PREFIXES).text.startswith("SELECT")


def test_from_is_noticed():
    clauses = f"FROM <{GRAPH}> from named\n<{GRAPH}1> # FROM <x>\n FROM <{GRAPH}2> FROM <{GRAPH}>"
    found = check(f"SELECT * {clauses} {{ ?s ?p ?o }}", {}).graphs
    assert found == DatasetChoice((GRAPH, f"{GRAPH}2", GRAPH), (f"{GRAPH}1",))
    assert check(f"SELECT * FROM NAMED <{GRAPH}> {{}}", {}).graphs == DatasetChoice((), (GRAPH,))
    assert not check("SELECT * { ?s ?p ' FROM ' }", {}).graphs


@pytest.mark.parametrize("iri", ["http://x/", "", GRAPH + "> <http://x/", GRAPH + "\n", "file:///etc/passwd"])
def test_a_foreign_graph_of_the_protocol_is_refused(iri: str):
    with pytest.raises(QueryRefusedError) as caught:
        check_graph(iri, "named-graph-uri")
    assert caught.value.field == "named-graph-uri"
    assert check_graph(GRAPH, "named-graph-uri") == GRAPH


PIECES = [
    *("\\'", "a.", "'", '"', "'" * 3 + "a", "<a", "a:", "_:a.", "@a-", "?a", "#", ":.", "{"),
    *("a:b\\#", "a:..", "(?a<b>'from'"),
]


@pytest.mark.parametrize("piece", PIECES)
def test_no_text_takes_long(piece: str):
    text = ("SELECT * { " + piece * MAX_LENGTH)[:MAX_LENGTH]
    began = time.process_time()
    with contextlib.suppress(QueryRefusedError):
        check(text, PREFIXES)
    assert time.process_time() - began < 2


@pytest.mark.parametrize("iri", [BASE + "%", BASE + "[", BASE + "%zz", BASE + "a b", "http://127.0.0.1/", ""])
def test_a_graph_that_is_no_iri_of_the_project_is_refused(iri: str):
    with pytest.raises(QueryRefusedError) as caught:
        check_graph(iri, "default-graph-uri")
    assert caught.value.field == "default-graph-uri"


@pytest.mark.parametrize(
    ("text", "repeatable"),
    [
        ("SELECT (NOW() AS ?n) {}", False),
        ("SELECT(now()AS?n){}", False),
        ("SELECT (Now # the time\n () AS ?n) {}", False),
        ("SELECT * { FILTER(rand  () < 0.5) }", False),
        ("SELECT (STRUUID() AS ?n) (UUID() AS ?m) {}", False),
        ("SELECT (STRUUID() AS ?n) {}", False),
        ("SELECT (BNODE() AS ?n) {}", False),
        ("ASK { ?s ?p 'NOW()' }", False),
        ("CONSTRUCT { [] a ?c } WHERE { ?s a ?c }", False),
        ("construct { _:b a ?c } WHERE { ?s a ?c }", False),
        ("CONSTRUCT { ?s ?p (1 2) } WHERE { ?s ?p ?o }", False),
        ("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }", True),
        ("SELECT ?now { ?now ?p [ ?q _:b ] FILTER(?now != 'unknown') }", True),
        ("SELECT * { ?s gfmd:brand ?uuid } ORDER BY ?uuid", True),
        ("DESCRIBE <http://x/>", True),
    ],
)
def test_what_may_give_something_new_each_time_is_told_apart(text: str, repeatable: bool):
    assert check(text, PREFIXES).repeatable is repeatable


def test_plain_texts_of_the_full_length_are_looked_at_within_a_second():
    """Each is made of what a pattern could be slow with."""
    fillings = ("a.", "CONSTRUCT ", "NOW ", "NOW#", "a:..", "_:a.", "<a", "{}", "from ", "?a ", "1 ", "a-")
    for filling in fillings:
        text = "SELECT * { " + filling * ((MAX_LENGTH - 20) // len(filling)) + " }"
        begun = time.process_time()
        with contextlib.suppress(QueryRefusedError):
            check(text, PREFIXES)
        assert time.process_time() - begun < 1, filling
