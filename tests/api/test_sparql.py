"""The SPARQL endpoint by the protocol, with SPARQLWrapper and with bare requests."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import httpx
import pytest
import rdflib
from pyoxigraph import NamedNode, RdfFormat, parse
from SPARQLWrapper import CSV, JSON, POST, TURTLE, XML, SPARQLWrapper

ID = "https://w3id.org/gfmd-kg/id/"
TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
MECHANISM = NamedNode("https://w3id.org/gfmd-kg/ontology#Mechanism")
SELECT = "SELECT ?m WHERE { ?m gfmd:coversArea area:health } ORDER BY ?m"
ASK = "ASK { mechanism:amber-coast-process gfmd:coversArea area:health }"
CONSTRUCT = "CONSTRUCT { ?m gfmd:coversArea ?a } WHERE { ?m gfmd:coversArea ?a VALUES ?a { area:health } }"
RUNAWAY = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
FOUND = [
    f"{ID}mechanism/{slug}"
    for slug in ("amber-coast-process", "blue-river-dialogue", "delta-states-conference")
]


@pytest.mark.parametrize("method", ["GET", POST])
def test_sparqlwrapper_selects_asks_and_constructs(server: str, method: str):
    client = SPARQLWrapper(f"{server}/sparql")
    client.setMethod(method)
    client.setQuery(SELECT)
    client.setReturnFormat(JSON)
    bindings = client.queryAndConvert()["results"]["bindings"]
    assert [row["m"]["value"] for row in bindings] == FOUND
    client.setReturnFormat(CSV)
    assert client.queryAndConvert().decode().splitlines() == ["m", *FOUND]
    client.setQuery(ASK)
    client.setReturnFormat(JSON)
    assert client.queryAndConvert()["boolean"] is True
    client.setReturnFormat(XML)
    assert client.queryAndConvert().getElementsByTagName("boolean")[0].firstChild.data == "true"
    client.setQuery(CONSTRUCT)
    graph = client.queryAndConvert()
    assert sorted(str(subject) for subject in graph.subjects()) == FOUND
    client.setReturnFormat(TURTLE)
    assert len(rdflib.Graph().parse(data=client.queryAndConvert(), format="turtle")) == 3


def test_the_three_ways_of_the_protocol_give_the_same(server: str):
    address = f"{server}/sparql"
    answers = [
        httpx.get(address, params={"query": SELECT}),
        httpx.post(address, data={"query": SELECT}),
        httpx.post(
            address, content=SELECT, headers={"Content-Type": "application/sparql-query; charset=utf-8"}
        ),
    ]
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.headers["content-type"] for answer in answers} == {"application/sparql-results+json"}
    assert len({answer.content for answer in answers}) == 1


@pytest.mark.parametrize(
    ("query", "accept", "content_type"),
    [
        (SELECT, "application/sparql-results+xml", "application/sparql-results+xml"),
        (SELECT, "text/csv", "text/csv; charset=utf-8"),
        (SELECT, "text/tab-separated-values", "text/tab-separated-values; charset=utf-8"),
        (SELECT, "application/json", "application/json"),
        (SELECT, "text/html, */*;q=0.1", "application/sparql-results+json"),
        (ASK, "text/csv, application/sparql-results+xml;q=0.1", "application/sparql-results+xml"),
        (CONSTRUCT, "*/*", "text/turtle; charset=utf-8"),
        (CONSTRUCT, "application/n-triples", "application/n-triples"),
        (CONSTRUCT, "application/rdf+xml", "application/rdf+xml"),
        (CONSTRUCT, "application/ld+json", "application/ld+json"),
        ("DESCRIBE mechanism:amber-coast-process", "application/n-triples", "application/n-triples"),
    ],
)
def test_results_are_negotiated_by_query_form(server: str, query: str, accept: str, content_type: str):
    answer = httpx.post(f"{server}/sparql", data={"query": query}, headers={"Accept": accept})
    assert (answer.status_code, answer.headers["content-type"]) == (200, content_type)


@pytest.mark.parametrize(
    ("query", "accept"), [(SELECT, "text/turtle"), (ASK, "text/csv"), (CONSTRUCT, "text/csv")]
)
def test_a_form_that_cannot_be_written_so_is_406(server: str, query: str, accept: str):
    answer = httpx.post(f"{server}/sparql", data={"query": query}, headers={"Accept": accept})
    assert answer.status_code == 406
    assert answer.json()["allowed"]


def test_a_prefix_that_looks_like_a_query_form_changes_nothing(server: str):
    query = f"PREFIX SELECT.{'a' * 120}: <http://x/> {CONSTRUCT}"
    turtle = httpx.post(f"{server}/sparql", data={"query": query})
    assert (turtle.status_code, turtle.headers["content-type"]) == (200, "text/turtle; charset=utf-8")
    csv = httpx.post(f"{server}/sparql", data={"query": query, "format": "csv"})
    assert (csv.status_code, csv.json()["parameter"]) == (400, "format")
    assert csv.json()["detail"] == "The format 'csv' is not offered for CONSTRUCT and DESCRIBE."
    assert "turtle" in csv.json()["allowed"]


def test_the_dataset_of_the_protocol(server: str):
    passage = "https://w3id.org/gfmd-kg/passage/example-2031-report/table-1.l30"
    count = "SELECT (COUNT(*) AS ?n) WHERE { ?m gfmd:coversArea ?area }"
    named = "SELECT (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?m gfmd:coversArea ?area } }"

    def ask(query: str, **graphs: str) -> int:
        answer = httpx.get(f"{server}/sparql", params={"query": query, **graphs})
        return int(answer.json()["results"]["bindings"][0]["n"]["value"])

    assert ask(count) == 13
    assert ask(count, **{"default-graph-uri": passage}) == 2
    assert ask(named, **{"default-graph-uri": passage}) == 0
    assert ask(count, **{"named-graph-uri": passage}) == 0
    assert ask(named, **{"named-graph-uri": passage}) == 2
    assert ask(count.replace("WHERE", f"FROM <{passage}> WHERE")) == 2


def test_each_triple_is_counted_once(server: str, service):
    def ask(query: str, *graphs: str) -> int:
        given = [("query", query), *(("default-graph-uri", graph) for graph in graphs)]
        answer = httpx.get(f"{server}/sparql", params=httpx.QueryParams(given))
        return int(answer.json()["results"]["bindings"][0]["n"]["value"])

    def types(graphs: set[str] | None = None) -> int:
        quads = parse(path=str(service.release.quads), format=RdfFormat.N_QUADS)
        chosen = (quad for quad in quads if graphs is None or quad.graph_name.value in graphs)
        return len({quad.subject for quad in chosen if quad.predicate == TYPE and quad.object == MECHANISM})

    def stated(graph: str) -> int:
        return ask("SELECT (COUNT(*) AS ?n) { ?m a gfmd:Mechanism }", graph)

    query = "SELECT (COUNT(?m) AS ?n) { ?m a gfmd:Mechanism }"
    found = httpx.get(
        f"{server}/sparql",
        params={"query": "SELECT ?g { GRAPH ?g { ?m a gfmd:Mechanism } } GROUP BY ?g ORDER BY ?g"},
    )
    graphs = [row["g"]["value"] for row in found.json()["results"]["bindings"]]
    assert sum(map(stated, graphs)) > types() > 0, "some are stated in several graphs"
    assert ask(query) == types()
    assert ask(query, *graphs) == types()
    assert ask(query, *graphs[:3], *graphs[:2]) == types(set(graphs[:3]))
    clauses = " ".join(f"FROM <{graph}>" for graph in graphs)
    assert ask(query.replace("{", f"{clauses} {{")) == types()


def test_the_service_says_what_its_default_graph_is(server: str):
    graph = rdflib.Graph().parse(data=httpx.get(f"{server}/sparql?format=nt").text, format="nt")
    sd = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")
    (default,) = graph.objects(None, sd.defaultGraph)
    answer = httpx.get(f"{server}/sparql", params={"query": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"})
    (counted,) = graph.objects(default, rdflib.URIRef("http://rdfs.org/ns/void#triples"))
    assert answer.json()["results"]["bindings"][0]["n"]["value"] == str(counted)
    assert (None, sd.feature, sd.UnionDefaultGraph) in graph
    assert len(list(graph.objects(default, rdflib.DCTERMS.description))) == 3


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ("", "no query form"),
        ("SELECT ?x WHERE {", "malformed"),
        ("SELECT ?x WHERE { ?x unknown:thing 1 }", "malformed"),
        ("INSERT DATA { <a:b> <a:b> <a:b> }", "INSERT"),
        ("DELETE WHERE { ?s ?p ?o }", "DELETE"),
        ("LOAD <http://127.0.0.1:1/>", "LOAD"),
        ("DROP ALL", "DROP"),
        ("SELECT * WHERE { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }", "SERVICE"),
        ("SELECT * WHERE { sErViCe ?x { ?s ?p ?o } }", "SERVICE"),
        ("SELECT * WHERE { \\u0053ERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }", "escapes"),
        ("SELECT * FROM <file:///etc/passwd> WHERE { ?s ?p ?o }", "graphs of this dataset"),
        ("SELECT * FROM NAMED <http://127.0.0.1:1/> WHERE { ?s ?p ?o }", "graphs of this dataset"),
    ],
)
def test_what_is_never_run_is_refused(server: str, query: str, word: str):
    answer = httpx.post(f"{server}/sparql", data={"query": query})
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    content = answer.json()
    assert content["parameter"] == "query"
    assert word in content["detail"]


def test_what_is_no_query_request_is_refused(server: str):
    address = f"{server}/sparql"
    assert httpx.post(address, data={"update": "DROP ALL"}).json()["parameter"] == "update"
    assert httpx.get(address, params={"update": "DROP ALL"}).status_code == 400
    assert httpx.get(f"{address}?query=ASK%7B%7D&query=ASK%7B%7D").status_code == 400
    assert httpx.post(address, data={"other": "x"}).status_code == 400
    update = httpx.post(address, content="DROP ALL", headers={"Content-Type": "application/sparql-update"})
    assert update.status_code == 400
    assert httpx.post(address, content=ASK, headers={"Content-Type": "text/plain"}).status_code == 415
    assert httpx.post(address, content=ASK).status_code == 415
    wrong = httpx.post(address, content=b"ASK { \xff }", headers={"Content-Type": "application/sparql-query"})
    assert wrong.status_code == 400
    graph = httpx.get(address, params={"query": ASK, "default-graph-uri": "http://127.0.0.1:1/"})
    assert (graph.status_code, graph.json()["parameter"]) == (400, "default-graph-uri")
    unknown = httpx.get(address, params={"query": ASK, "format": "turtle"})
    assert (unknown.status_code, unknown.json()["parameter"]) == (400, "format")


def test_a_byte_order_mark_before_a_query_is_taken_off(server: str):
    address, marked = f"{server}/sparql", "\ufeffASK {}"
    posted = {"Content-Type": "application/sparql-query"}
    for answer in (
        httpx.get(address, params={"query": marked}),
        httpx.post(address, data={"query": marked}),
        httpx.post(address, content=marked.encode(), headers=posted),
    ):
        assert (answer.status_code, answer.json()["boolean"]) == (200, True)
    for encoding, words in (("utf-16", "it is UTF-16"), ("latin-1", "byte 0xe9 in line 1 is not UTF-8")):
        answer = httpx.post(address, content="ASK {} #é".encode(encoding), headers=posted)
        assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
        assert words in answer.json()["detail"]


@pytest.mark.parametrize("path", ["/sparql?query=ASK{}%23%E9", "/queries/practices?text=%E9t%E9"])
def test_an_address_that_is_not_utf_8_is_refused(server: str, path: str):
    answer = httpx.get(server + path)
    assert (answer.status_code, answer.json()["parameter"]) == (400, "address")
    assert "write é as %C3%A9" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [("SELECT ('a\x01' AS ?x) {}", "srx"), ("CONSTRUCT { <a:b> <a:c> 'a\x01' } {}", "rdfxml")],
)
def test_a_result_that_xml_cannot_hold_is_422_and_json_holds_it(server: str, query: str, wanted: str):
    answer = httpx.get(f"{server}/sparql", params={"query": query, "format": wanted})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    content = answer.json()
    assert content["type"].endswith("/not-in-xml")
    assert "U+0001, which is none of XML. Ask for " in content["detail"]
    assert "JSON" in content["detail"]
    other = httpx.get(f"{server}/sparql", params={"query": query, "format": "json"})
    assert (other.status_code, "a\\u0001" in other.text) == (200, True)


def test_an_oversize_body_is_refused(server: str):
    answer = httpx.post(f"{server}/sparql", data={"query": "ASK {} #" + "x" * 70_000})
    assert answer.status_code == 413
    assert "65536" in answer.json()["detail"]


def test_words_in_strings_comments_iris_and_names_are_no_keywords(server: str):
    query = """# CLEAR and DROP stand in a comment
        SELECT ?insert WHERE { BIND("LOAD <x> CLEAR" AS ?insert)
        FILTER(STR(<http://x/CLEAR>) != 'DELETE') }"""
    answer = httpx.post(f"{server}/sparql", data={"query": query})
    assert answer.json()["results"]["bindings"] == [
        {"insert": {"type": "literal", "value": "LOAD <x> CLEAR"}}
    ]


def test_a_runaway_query_is_stopped_and_the_rest_goes_on(server: str):
    def run(query: str) -> tuple[int, float]:
        start = time.monotonic()
        answer = httpx.post(f"{server}/sparql", data={"query": query}, timeout=30)
        return answer.status_code, time.monotonic() - start

    with ThreadPoolExecutor(8) as pool:
        runaways = [pool.submit(run, RUNAWAY) for _ in range(4)]
        time.sleep(0.3)
        canned = httpx.get(f"{server}/queries/theme-elements")
        statuses = [runaway.result() for runaway in runaways]
    assert canned.status_code == 200
    assert {status for status, _ in statuses} <= {429, 504}
    assert 504 in {status for status, _ in statuses}
    assert all(seconds < 6 for _, seconds in statuses)
    assert httpx.post(f"{server}/sparql", data={"query": ASK}).json() == {"head": {}, "boolean": True}


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_one_address_leaves_a_worker_to_the_others(serving, until, workers: int):
    allowed = max(1, workers - 1)

    def ask(source: str, query: str) -> httpx.Response:
        with httpx.Client(transport=httpx.HTTPTransport(local_address=source), timeout=60) as client:
            return client.post(f"{address}/sparql", data={"query": query})

    def busy() -> int:
        figures = httpx.get(f"{address}/metrics").text
        return int(float(re.search(r"^gfmd_kg_workers_busy (\S+)", figures, re.MULTILINE).group(1)))

    settings = {"GFMD_KG_WORKERS": str(workers), "GFMD_KG_QUERY_SECONDS": "6"}
    with serving(**settings) as (address, _), ThreadPoolExecutor(8) as threads:
        until(lambda: ask("127.0.0.1", ASK).status_code == 200)
        held = [threads.submit(ask, "127.0.0.1", RUNAWAY) for _ in range(allowed)]
        until(lambda: busy() == allowed, seconds=4)
        refused = ask("127.0.0.1", ASK)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "2")
        assert refused.json()["type"] == "https://w3id.org/gfmd-kg/problem/too-many-queries"
        if workers > 1:
            begun = time.monotonic()
            assert ask("127.0.0.2", ASK).status_code == 200
            assert time.monotonic() - begun < 3  # well before a runaway ends, and room for a busy machine
        assert [one.result().status_code for one in held] == [504] * allowed
        until(lambda: ask("127.0.0.1", ASK).status_code == 200)


def test_a_bare_get_describes_the_service(server: str):
    answer = httpx.get(f"{server}/sparql", headers={"Accept": "text/turtle"})
    graph = rdflib.Graph().parse(data=answer.text, format="turtle")
    sd = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")
    (service,) = graph.subjects(rdflib.RDF.type, sd.Service)
    assert str(graph.value(service, sd.endpoint)) == f"{server}/sparql"
    assert (service, sd.supportedLanguage, sd.SPARQL11Query) in graph
    page = httpx.get(f"{server}/sparql", headers={"Accept": "text/html"})
    assert "<textarea" in page.text


def test_a_form_takes_its_format_from_the_address_too(server: str):
    query = "SELECT (COUNT(*) AS ?n) { ?m gfmd:coversArea ?a }"
    answer = httpx.post(f"{server}/sparql?format=csv", data={"query": query})
    assert (answer.status_code, answer.text) == (200, "n\r\n13\r\n")
    both = httpx.post(f"{server}/sparql?format=csv", data={"query": query, "format": "json"})
    assert both.headers["content-type"] == "application/sparql-results+json"


def test_what_is_posted_is_answered_whatever_the_client_has(server: str):
    answer = httpx.post(f"{server}/sparql", data={"query": "ASK {}"}, headers={"If-None-Match": "*"})
    assert (answer.status_code, answer.json()["boolean"]) == (200, True)
    read = httpx.get(f"{server}/sparql", params={"query": "ASK {}"}, headers={"If-None-Match": "*"})
    assert (read.status_code, read.content) == (304, b"")


@pytest.mark.parametrize(
    "query", ["SELECT (NOW() AS ?n) {}", "SELECT (STRUUID() AS ?n) {}", "CONSTRUCT { [] a ?c } { ?s a ?c }"]
)
def test_what_is_new_each_time_is_kept_by_nobody(server: str, query: str):
    answers = [httpx.get(f"{server}/sparql", params={"query": query}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].content != answers[1].content
    for answer in answers:
        assert answer.headers["cache-control"] == "no-store"
        assert "etag" not in answer.headers
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_what_stays_the_same_is_kept_and_has_a_tag(server: str):
    first, again = (httpx.get(f"{server}/sparql", params={"query": SELECT}) for _ in range(2))
    assert first.content == again.content
    assert first.headers["cache-control"] == "no-cache"
    tag = first.headers["etag"]
    known = httpx.get(f"{server}/sparql", params={"query": SELECT}, headers={"If-None-Match": tag})
    assert (known.status_code, known.content) == (304, b"")


def test_a_query_is_answered_alike_however_its_address_is_written(server: str):
    plain = httpx.get(f"{server}/sparql", params={"query": ASK})
    odd = httpx.get(f"{server}/sparql?%71uery={quote(ASK)}")
    assert (odd.status_code, odd.content) == (plain.status_code, plain.content)
    wrong, odd = (httpx.get(f"{server}/sparql?{name}=DROP") for name in ("query", "%71uery"))
    assert (wrong.status_code, wrong.content) == (odd.status_code, odd.content)
    assert wrong.status_code == 400
    assert httpx.put(f"{server}/sparql").status_code == 405
