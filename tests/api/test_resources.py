"""Things, graphs, terms, exports, self-description, operations, pages."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import time

import httpx
import pytest
import rdflib
from pyoxigraph import CanonicalizationAlgorithm, Dataset, RdfFormat, parse

from gfmd_kg.namespaces import REGISTER

ID = "https://w3id.org/gfmd-kg/id/"
GFMD = rdflib.Namespace("https://w3id.org/gfmd-kg/ontology#")
PASSAGE = "https://w3id.org/gfmd-kg/passage/example-2031-report/table-1.l32"
PARSERS = {
    "turtle": "turtle",
    "trig": "trig",
    "nt": "nt",
    "nq": "nquads",
    "jsonld": "json-ld",
    "rdfxml": "xml",
}


@pytest.fixture(scope="module")
def whole(service) -> rdflib.Dataset:
    """The release as another library reads it."""
    return rdflib.Dataset(default_union=True).parse(service.release.quads, format="nquads")


def test_a_thing_sees_other_its_document(server: str):
    answer = httpx.get(f"{server}/id/mechanism/amber-coast-process")
    assert (answer.status_code, answer.headers["location"]) == (303, "/doc/mechanism/amber-coast-process")


@pytest.mark.parametrize("name", PARSERS)
def test_what_is_said_of_a_thing_in_every_format(server: str, whole: rdflib.Dataset, name: str):
    answer = httpx.get(f"{server}/doc/mechanism/amber-coast-process?format={name}")
    assert answer.status_code == 200
    found = rdflib.Dataset(default_union=True).parse(data=answer.content, format=PARSERS[name])
    thing = rdflib.URIRef(f"{ID}mechanism/amber-coast-process")
    said = {triple[:3] for triple in whole.quads((thing, None, None, None))}
    said |= {triple[:3] for triple in whole.quads((None, None, thing, None))}
    assert len(said) > 10
    assert said <= {triple[:3] for triple in found.quads()}
    assert answer.headers["link"] == f'<{thing}>; rel="canonical"'


def test_the_page_of_a_thing_names_the_lines(server: str):
    page = httpx.get(f"{server}/doc/mechanism/blue-river-dialogue", headers={"Accept": "text/html"})
    assert "<h1>Blue River Dialogue" in page.text
    assert 'href="/passage/example-2031-report/table-1.l34"' in page.text
    assert "example-2031-report:34" in page.text


def test_a_passage_states_what_it_states(server: str):
    path = PASSAGE.removeprefix("https://w3id.org/gfmd-kg")
    graph = rdflib.Dataset().parse(data=httpx.get(f"{server}{path}?format=trig").text, format="trig")
    stated = graph.graph(rdflib.URIRef(PASSAGE))
    assert len(set(stated.subjects(GFMD.coversArea, None))) == 3
    register = graph.graph(rdflib.URIRef("https://w3id.org/gfmd-kg/graph/register"))
    assert str(register.value(rdflib.URIRef(PASSAGE), GFMD.firstLine)) == "32"
    page = httpx.get(server + path, headers={"Accept": "text/html"}).text
    assert "32–32" in page


@pytest.mark.parametrize("path", ["/note/identity-amber", "/graph/inference-source", "/graph/register"])
def test_other_graphs_have_pages_too(server: str, path: str):
    page = httpx.get(server + path)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "Accept-Encoding" in page.headers["vary"], "it is kept like every page"
    assert len(rdflib.Graph().parse(data=httpx.get(f"{server}{path}?format=nt").text, format="nt")) > 0


@pytest.mark.parametrize(
    ("path", "files"),
    [
        ("/ontology", ["ontology/gfmd.ttl"]),
        ("/vocabularies", ["ontology/vocabularies.ttl"]),
        ("/shapes", ["codelists", "core", "ontology-style", "recommended"]),
    ],
)
def test_terms_are_served_as_they_are_edited(server: str, service, path: str, files: list[str]):
    edited = rdflib.Graph()
    for file in files:
        edited.parse(service.layout.root / (file if "/" in file else f"shapes/{file}.ttl"))
    statements = _canonical(edited)
    for name in ("turtle", "nt", "jsonld", "rdfxml"):
        served = rdflib.Graph().parse(
            data=httpx.get(f"{server}{path}?format={name}").content, format=PARSERS[name]
        )
        assert _canonical(served) == statements


def _canonical(graph: rdflib.Graph) -> set[str]:
    """The statements with canonical blank nodes (RDFC-1.0), which rdflib would take half a minute for."""
    dataset = Dataset(parse(input=graph.serialize(format="nt"), format=RdfFormat.N_TRIPLES))
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return {str(quad) for quad in dataset}


def test_the_page_of_terms_has_an_anchor_for_each(server: str):
    page = httpx.get(f"{server}/ontology?lang=fr").text
    assert 'id="coversArea"' in page
    assert 'id="Mechanism"' in page
    assert 'id="AreaOfActivity"' in page


def test_every_export_holds_the_whole_release(server: str, service, whole: rdflib.Dataset):
    triples = {triple[:3] for triple in whole.quads() if not _blank(triple)}
    listed = httpx.get(f"{server}/export").json()["exports"]
    assert len(listed) == 7
    for entry in listed:
        answer = httpx.get(server + entry["href"])
        assert answer.headers["content-type"].split(";")[0] == entry["media_type"]
        assert answer.headers["content-disposition"] == f'attachment; filename="{entry["name"]}"'
        if entry["name"].endswith(".csv"):
            rows = list(csv.DictReader(io.StringIO(answer.text)))
            assert len(rows) == len(service.release.quads.read_bytes().splitlines())
            continue
        kind = {"ttl": "turtle", "rdf": "xml", "nq": "nquads", "jsonld": "json-ld"}
        ending = entry["name"].rpartition(".")[2]
        found = rdflib.Dataset(default_union=True).parse(data=answer.content, format=kind.get(ending, ending))
        assert {triple[:3] for triple in found.quads() if not _blank(triple)} == triples
    nquads = httpx.get(f"{server}/export/gfmd-kg.nq").content
    assert hashlib.sha256(nquads).hexdigest() == service.release.identity


def _blank(triple: tuple[object, ...]) -> bool:
    return any(isinstance(term, rdflib.BNode) for term in triple[:3])


def test_the_dataset_describes_itself(server: str, service):
    answer = httpx.get(f"{server}/.well-known/void")
    graph = rdflib.Graph().parse(data=answer.text, format="turtle")
    void = rdflib.Namespace("http://rdfs.org/ns/void#")
    dataset = rdflib.URIRef("https://w3id.org/gfmd-kg/dataset")
    quads = list(parse(path=str(service.release.quads), format=RdfFormat.N_QUADS))
    triples = len({quad.triple for quad in quads})
    assert int(graph.value(dataset, void.triples)) == triples < len(quads)
    told = {text.language: str(text) for text in graph.objects(dataset, rdflib.DCTERMS.description)}
    assert set(told) == {"en", "fr", "es"}
    numbers = [triples, len(quads), len({quad.graph_name for quad in quads})]
    for text in told.values():
        assert [int(number) for number in re.findall(r"\d+", text)] == numbers
    assert str(graph.value(dataset, void.sparqlEndpoint)) == f"{server}/sparql"
    for dump in graph.objects(dataset, void.dataDump):
        assert httpx.head(str(dump)).status_code == 200


def test_health_and_readiness(server: str, service):
    statements = service.release.statistics()["statements"]
    assert httpx.get(f"{server}/health").json() == {
        "status": "ok",
        "version": service.release.version,
        "statements": statements,
        "store": "memory",
        "query_workers_network": httpx.get(f"{server}/health").json()["query_workers_network"],
    }
    assert _network(server) in ("namespace", "seccomp")
    assert httpx.get(f"{server}/ready").json() == {"ready": True}


def _network(server: str) -> str:
    """How the workers of ad-hoc queries are cut off; they need a moment to load the release."""
    for _ in range(100):
        found = httpx.get(f"{server}/health").json()["query_workers_network"]
        if found != "starting":
            return str(found)
        time.sleep(0.1)
    return "starting"


def test_figures_for_prometheus(server: str):
    httpx.get(f"{server}/queries/theme-elements")
    httpx.get(f"{server}/queries/theme-elements")
    answer = httpx.get(f"{server}/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    lines = dict(line.rsplit(" ", 1) for line in answer.text.splitlines() if not line.startswith("#"))
    assert float(lines['gfmd_kg_requests_total{place="queries",status="200"}']) >= 1
    assert float(lines["gfmd_kg_cache_hits_total"]) >= 1
    assert float(lines["gfmd_kg_cache_bytes"]) > 1000
    assert lines["gfmd_kg_workers_busy"] == "0.0"
    assert float(lines['gfmd_kg_request_seconds_count{place="queries"}']) >= 1


def test_openapi_enumerates_parameters_with_labels(server: str):
    schema = httpx.get(f"{server}/openapi.json").json()
    operation = schema["paths"]["/queries/mechanisms-by-area"]["get"]
    parameters = {parameter["name"]: parameter for parameter in operation["parameters"]}
    area = parameters["area"]
    assert area["required"] is True
    assert len(area["schema"]["items"]["enum"]) == 17
    assert area["schema"]["items"]["x-enum-labels"]["anti-trafficking"] == "Counter-trafficking"
    assert parameters["lang"]["schema"]["enum"] == ["en", "fr", "es"]
    paths = [path for path in schema["paths"] if path.startswith("/queries/")]
    listed = httpx.get(f"{server}/queries").json()["queries"]
    assert sorted(paths) == sorted(entry["href"] for entry in listed)
    for path, methods in schema["paths"].items():
        for operation in methods.values():
            assert operation["summary"], path
            assert all(parameter.get("description") for parameter in operation.get("parameters", [])), path


@pytest.mark.parametrize("lang", ["en", "fr", "es"])
def test_every_link_of_every_plain_page_leads_somewhere(server: str, lang: str):
    """Save those of the examples, which are asked of the live data."""
    todo, seen = [f"/?lang={lang}", f"/doc/mechanism/amber-coast-process?lang={lang}"], set()
    with httpx.Client(base_url=server, headers={"Accept": "text/html,*/*;q=0.1"}) as client:
        while todo and len(seen) < 120:
            path = todo.pop(0)
            if path in seen:
                continue
            seen.add(path)
            answer = client.get(path)
            assert answer.status_code == 200, path
            if answer.headers["content-type"].startswith("text/html"):
                links = re.findall(r'(?:href|src)="([^"]+)"', answer.text)
                local = [
                    link.replace("&amp;", "&").partition("#")[0] for link in links if link.startswith("/")
                ]
                todo += [
                    link for link in local if link and link not in seen and not link.startswith("/queries/")
                ]
    assert len(seen) > 60


def test_other_sites_may_read(server: str):
    answer = httpx.options(f"{server}/sparql", headers={"Origin": "https://example.org"})
    assert answer.status_code == 204
    assert "POST" in answer.headers["access-control-allow-methods"]


def test_the_register_is_served_whole(server: str, service):
    page = httpx.get(f"{server}/graph/register", headers={"Accept": "text/html"}).text
    assert page.count("/passage/example-2031-report/table-1.l32") >= 5, (
        "each statement on its passage has a row"
    )
    served = Dataset(
        parse(input=httpx.get(f"{server}/graph/register?format=nq").content, format=RdfFormat.N_QUADS)
    )
    whole = parse(path=str(service.release.quads), format=RdfFormat.N_QUADS)
    assert {*served} == {quad for quad in whole if quad.graph_name == REGISTER}
