"""ask, queries, sparql, describe, search, export: exact output and exit status."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, parse
from rdflib import Graph

COMMAND = Path(sys.executable).parent / "gfmd-kg"
ID = "https://w3id.org/gfmd-kg/id/"
PASSAGE = "https://w3id.org/gfmd-kg/passage/example-2031-report/"


def test_ask_gives_clean_csv_in_a_pipe(run):
    result = run("ask", "mechanisms-by-area", "area=labour-migration", "category=rcp")
    assert result.returncode == 0
    assert list(csv.reader(io.StringIO(result.stdout))) == [
        ["mechanism", "mechanism_label", "category", "category_label", "sources"],
        [
            f"{ID}mechanism/amber-coast-process",
            "Amber Coast Process",
            f"{ID}category/rcp",
            "Regional consultative process (RCP)",
            "example-2031-report:32; example-2031-report:42-43",
        ],
        [
            f"{ID}mechanism/cedar-hills-forum",
            "Cedar Hills Forum",
            f"{ID}category/rcp",
            "Regional consultative process (RCP)",
            "example-2031-report:32; example-2031-report:42-43",
        ],
    ]
    assert "2 rows, release " in result.stderr
    assert "Mechanism: 2 shown; left out by 'category': 1 Global process." in result.stderr


@pytest.mark.parametrize(
    ("query", "wanted"),
    [("SELECT ('\x01' AS ?x) {}", "srx"), ("CONSTRUCT { <a:b> <a:c> '\x01' } {}", "rdfxml")],
)
def test_a_result_that_xml_cannot_hold_is_no_answer(run, query, wanted):
    result = run("sparql", query, "--format", wanted)
    assert (result.returncode, result.stdout) == (1, "")
    assert "it holds the character U+0001, which is none of XML. Ask for " in result.stderr


def test_ask_gives_json_with_sources(run):
    result = run(
        "ask", "evidence", "subject=mechanism/far-lands-assembly", "property=coversArea", "--format", "json"
    )
    content = json.loads(result.stdout)
    assert content["count"] == content["total"] == 1
    assert content["truncated"] is False
    assert content["rows"][0]["statement"] == {
        "value": "mechanism/far-lands-assembly coversArea area/labour-migration"
    }
    assert content["sources"] == [
        {
            "passage": f"{PASSAGE}table-1.l32",
            "document": "example-2031-report",
            "locator": "Table 1, row 3",
            "first_line": 32,
            "last_line": 32,
            "basis": "source",
        }
    ]


def test_ask_draws_a_table_when_told(run):
    question = ["areas-by-mechanism", "mechanism=far-lands-assembly"]
    result = run("ask", *question, "--format", "table", "--lang", "fr")
    assert result.stderr.startswith("1 row, release ")
    assert result.returncode == 0
    assert "Migration de main-d’œuvre [labour-migration]" in result.stdout
    assert "example-2031-report:32" in result.stdout


def test_ask_says_how_a_name_was_read(run):
    named = run("ask", "mechanisms-of-state", "state=kenya", "--lang", "es")
    plain = run("ask", "mechanisms-of-state", "state=ken", "--lang", "es")
    assert (named.returncode, named.stdout) == (0, plain.stdout)
    assert named.stderr.startswith("state: «kenya» se ha leído como Kenia [ken].\n")
    assert named.stderr.endswith(plain.stderr)


def test_a_page_says_that_it_was_cut(run):
    result = run("ask", "coverage-matrix", "limit=3", "offset=2")
    assert len(result.stdout.splitlines()) == 4
    assert result.stderr.startswith("3 of 13 rows, release ")


def test_an_empty_answer_says_so(run):
    result = run("ask", "practices", "state=fji", "region=europe")
    assert result.returncode == 0
    assert len(result.stdout.splitlines()) == 1
    assert "No source states anything here." in result.stderr


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["ask", "mechanism-by-area"], 2, ["no canned query", "Nearest: mechanisms-by-area."]),
        (["ask", "mechanisms-by-area"], 2, ["'area' is required", "anti-trafficking"]),
        (
            ["ask", "mechanisms-by-area", "area=trafficking"],
            2,
            ["not a value of 'area'", "Nearest: anti-trafficking (Counter-trafficking)."],
        ),
        (["ask", "mechanisms-by-area", "area"], 2, ["not NAME=VALUE"]),
        (["ask", "mechanisms-by-area", "aera=health"], 2, ["no parameter 'aera'", "Nearest: area."]),
        (["ask", "mechanisms", "--lang", "de"], 2, ["'de' is not offered", "en, fr, es"]),
        (["ask", "mechanisms", "limit=0"], 2, ["'limit' is a whole number"]),
        (["ask", "mechanisms", "--format", "pdf"], 2, ["format 'pdf' makes no sense here"]),
        (["ask", "mechanisms", "--output", "/no/such/folder/x.csv"], 2, ["cannot be written"]),
        (["sparql", "SELECT * WHERE { ?s ?p"], 2, ["malformed"]),
        (["sparql", "INSERT DATA { <a:b> <a:b> <a:b> }"], 2, ["only answers queries"]),
        (["sparql", "ASK { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }"], 2, ["no query leaves this dataset"]),
        (["sparql", "@/no/such/file.rq"], 2, ["cannot be read"]),
        (["describe", "state/keny"], 2, ["No statement speaks of", "Nearest: state/ken."]),
        (["describe", "no slug"], 2, ["neither kind/slug nor an IRI"]),
        (["describe", "http://["], 2, ["'http://[' is not an IRI"]),
        (["search", " "], 2, ["takes text"]),
        (["export", "--format", "pdf"], 2, ["format 'pdf'"]),
        (["no-such-command"], 2, ["No such command"]),
    ],
)
def test_a_wrong_call_is_told_what_is_allowed(run, arguments, status, words):
    result = run(*arguments)
    assert (result.returncode, result.stdout) == (status, "")
    for word in words:
        assert word in result.stderr
    assert "Traceback" not in result.stderr


def test_an_engine_that_is_not_there_is_status_3(run, monkeypatch):
    monkeypatch.setenv("GFMD_KG_STORE", "http://127.0.0.1:9/sparql")
    result = run("ask", "mechanisms")
    assert (result.returncode, result.stdout) == (3, "")
    assert "could not be reached" in result.stderr


def test_queries_lists_all_and_explains_one(run):
    listed = run("queries")
    assert listed.returncode == 0
    for name in ("mechanisms-by-area", "evidence", "practices-in-several-regions"):
        assert name in listed.stdout
    one = run("queries", "mechanisms-by-area", "--lang", "es")
    assert "Mecanismos que abarcan un ámbito de actividad" in one.stdout
    assert "one of: global-process, interregional-forum, rcp, regional-organisation" in one.stdout
    assert "gfmd-kg ask mechanisms-by-area area=anti-trafficking category=rcp" in one.stdout


def test_sparql_select_ask_and_construct(run, tmp_path: Path):
    count = run(
        "sparql", "SELECT (COUNT(DISTINCT ?m) AS ?n) WHERE { ?m gfmd:coversArea area:anti-trafficking }"
    )
    assert count.stdout.splitlines() == ["n", "2"]
    file = tmp_path / "ask.rq"
    file.write_text("ASK { mechanism:amber-coast-process gfmd:coversArea area:health }", encoding="utf-8")
    assert json.loads(run("sparql", f"@{file}", "--format", "json").stdout)["boolean"] is True
    built = run("sparql", "-", input="CONSTRUCT { ?a gfmd:areaTheme ?t } WHERE { ?a gfmd:areaTheme ?t }")
    assert len(Graph().parse(data=built.stdout, format="turtle")) == 7


def test_describe_gives_statements_with_their_lines(run):
    table = run("describe", "area/education", "--format", "table")
    assert "area/education: Migration and education" in table.stdout
    assert "mechanism/delta-states-conference" in table.stdout
    assert "example-2031-report:40" in table.stdout
    trig = run("describe", "area/education", "--format", "trig")
    passage = f"{PASSAGE}table-1.l40"
    graphs = {str(quad.graph_name) for quad in parse(input=trig.stdout, format=RdfFormat.TRIG)}
    assert f"<{passage}>" in graphs


def test_search_finds_printed_names(run):
    result = run("search", "ÎLES DE", "--format", "json")
    found = {row["thing"]: row for row in json.loads(result.stdout)}
    assert list(found) == ["mechanism/ember-isles-talks"]
    assert found["mechanism/ember-isles-talks"]["as"] == "label"


@pytest.mark.parametrize("name", ["turtle", "trig", "nt", "nq", "jsonld", "rdfxml"])
def test_export_keeps_every_statement(run, tmp_path: Path, name: str):
    endings = {"turtle": "ttl", "rdfxml": "rdf"}
    file = tmp_path / f"all.{endings.get(name, name)}"
    assert run("export", "--output", str(file)).returncode == 0
    lines = run("export", "--format", "nq").stdout.splitlines()
    triples = {tuple(line.split(" ", 2)[:2]) for line in lines}
    formats = {
        "turtle": RdfFormat.TURTLE,
        "trig": RdfFormat.TRIG,
        "nt": RdfFormat.N_TRIPLES,
        "nq": RdfFormat.N_QUADS,
    }
    chosen = formats.get(name) or {"jsonld": RdfFormat.JSON_LD, "rdfxml": RdfFormat.RDF_XML}[name]
    quads = list(parse(path=str(file), format=chosen))
    keeps_graphs = name in ("trig", "nq")
    assert len(quads) == (len(lines) if keeps_graphs else len({quad.triple for quad in quads}))
    assert len({(str(q.subject), str(q.predicate)) for q in quads if str(q.subject)[0] == "<"}) == len(
        {triple for triple in triples if triple[0][0] == "<"}
    )


def test_the_exported_n_quads_have_the_digest_that_names_the_release(run, service, tmp_path: Path):
    assert run("export", "--output", str(tmp_path / "all.nq")).returncode == 0
    printed = [run("export").stdout.encode(), run("export", "--format", "nq").stdout.encode()]
    for content in (*printed, (tmp_path / "all.nq").read_bytes()):
        assert hashlib.sha256(content).hexdigest() == service.release.identity


def test_a_thing_is_counted_once_in_however_many_graphs_it_stands(run, monkeypatch: pytest.MonkeyPatch):
    query = "SELECT (COUNT(?m) AS ?n) (COUNT(DISTINCT ?m) AS ?d) { ?m a gfmd:Mechanism }"
    number, distinct = run("sparql", query).stdout.splitlines()[1].split(",")
    assert number == distinct != "0"
    triples = run("sparql", "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }").stdout.splitlines()[1]
    assert int(triples) == json.loads(run("stats").stdout)["triples"]
    monkeypatch.setenv("GFMD_KG_STORE", "disk")
    assert run("sparql", "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }").stdout.splitlines()[1] == triples


def test_export_as_csv(run):
    rows = list(csv.reader(io.StringIO(run("export", "--format", "csv").stdout)))
    assert rows[0] == ["subject", "predicate", "object", "datatype", "language", "graph"]
    assert len(rows) - 1 == len(run("export").stdout.splitlines())


def test_a_reader_that_leaves_is_no_error(miniature):
    process = subprocess.Popen(
        [COMMAND, "export", "--format", "nq"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout and process.stderr
    assert process.stdout.readline().startswith("<")
    process.stdout.close()
    assert (process.wait(60), process.stderr.read()) == (0, "")
    process.stderr.close()


@pytest.mark.parametrize("arguments", [["export"], ["sparql", "ASK {}"]])
def test_what_needs_the_release_alone_asks_no_endpoint(run, monkeypatch, arguments):
    monkeypatch.setenv("GFMD_KG_STORE", "http://127.0.0.1:9/sparql")
    result = run(*arguments)
    assert (result.returncode, result.stderr) == (0, "")


def test_ad_hoc_queries_ask_the_store_on_disk_if_that_is_chosen(run, monkeypatch):
    monkeypatch.setenv("GFMD_KG_STORE", "disk")
    result = run("sparql", "SELECT (COUNT(*) AS ?n) { ?m gfmd:coversArea ?a }")
    assert (result.returncode, result.stdout.splitlines()) == (0, ["n", "13"])
