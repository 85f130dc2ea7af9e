"""Canned answers over HTTP: whole bodies, formats, languages, pages, conditional requests."""

from __future__ import annotations

import csv
import io
import json
import re
from xml.etree import ElementTree as ET

import httpx
import openpyxl
import pyarrow.parquet as pq
import pytest
import rdflib

ID = "https://w3id.org/gfmd-kg/id/"
PASSAGE = "https://w3id.org/gfmd-kg/passage/grcp7-2017/"
QUESTION = "/queries/mechanisms-by-area?area=anti-trafficking&category=rcp"
RCPS = ["almaty-process", "budapest-process", "eappma", "midcom", "midwa"]


def test_the_whole_json_body(server: str, service):
    answer = httpx.get(f"{server}/queries/mechanisms-by-area?area=partnerships&lang=fr&limit=1")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {
        "query": "mechanisms-by-area",
        "parameters": {"area": ["partnerships"], "basis": ["source"]},
        "columns": ["mechanism", "mechanism_label", "category", "category_label"],
        "rows": [
            {
                "mechanism": {
                    "iri": f"{ID}mechanism/almaty-process",
                    "label": "Processus d’Almaty",
                    "lang": "fr",
                },
                "mechanism_label": {"value": "Processus d’Almaty", "lang": "fr"},
                "category": {
                    "iri": f"{ID}category/rcp",
                    "label": "Processus consultatif régional (PCR)",
                    "lang": "fr",
                },
                "category_label": {"value": "Processus consultatif régional (PCR)", "lang": "fr"},
                "sources": [0, 1, 2],
            }
        ],
        "sources": [
            {
                "passage": f"{PASSAGE}annex-4-appendix-2.l650",
                "document": "grcp7-2017",
                "locator": "Annex 4, Appendix 2, row 'Partenariats "
                "(avec la société civile ou le secteur privé, par exemple)'",
                "first_line": 650,
                "last_line": 650,
                "basis": "source",
            },
            {
                "passage": f"{PASSAGE}annex-9.l1103",
                "document": "grcp7-2017",
                "locator": "Annex 9, transregional summary, who is still discussing",
                "first_line": 1103,
                "last_line": 1103,
                "basis": "source",
            },
            {
                "passage": f"{PASSAGE}annex-9-appendix-5.l1611",
                "document": "grcp7-2017",
                "locator": "Annex 9, Appendix 5 (Europe), table of respondents",
                "first_line": 1609,
                "last_line": 1614,
                "basis": "source",
            },
        ],
        "count": 1,
        "total": 2,
        "truncated": True,
        "lang": "fr",
        "version": service.release.version,
        "links": {
            "self": "/queries/mechanisms-by-area?area=partnerships&lang=fr&limit=1",
            "first": "/queries/mechanisms-by-area?area=partnerships&lang=fr&limit=1",
            "next": "/queries/mechanisms-by-area?area=partnerships&lang=fr&limit=1&offset=1",
            "last": "/queries/mechanisms-by-area?area=partnerships&lang=fr&limit=1&offset=1",
        },
    }


def test_what_a_filter_left_out_is_told(server: str):
    content = httpx.get(server + QUESTION).json()
    assert [row["mechanism"]["iri"] for row in content["rows"]] == [f"{ID}mechanism/{slug}" for slug in RCPS]
    assert content["note"] == (
        "Mechanism: 5 shown; left out by 'category': 3 Interregional forum, 7 with none stated."
    )
    assert (content["count"], content["total"], content["truncated"]) == (5, 5, False)


def test_a_value_that_no_source_states_is_an_empty_cell(server: str):
    rows = httpx.get(f"{server}/queries/mechanisms-by-area?area=anti-trafficking").json()["rows"]
    bali = next(row for row in rows if row["mechanism"]["iri"].endswith("/bali-process"))
    assert (bali["category"], bali["category_label"]) == ({}, {})


def test_an_empty_answer_is_a_right_answer_and_says_so(server: str):
    answer = httpx.get(f"{server}/queries/practices?state=uga&region=europe&lang=es")
    assert answer.status_code == 200
    content = answer.json()
    assert (content["rows"], content["sources"], content["total"]) == ([], [], 0)
    assert content["note"] == "Ninguna fuente enuncia nada aquí."


def test_pages_cover_all_rows_once_and_links_lead_through_them(server: str):
    address, seen = "/queries/coverage-matrix?limit=60", []
    for _ in range(3):
        answer = httpx.get(server + address)
        assert answer.headers["x-total-count"] == "148"
        seen += [json.dumps([row["mechanism"], row["area"]]) for row in answer.json()["rows"]]
        following = answer.links.get("next")
        address = following["url"] if following else ""
    assert address == ""
    assert len(seen) == len(set(seen)) == 148
    assert (
        httpx.get(f"{server}/queries/coverage-matrix?limit=60&offset=120")
        .links["prev"]["url"]
        .endswith("limit=60&offset=60")
    )


def test_csv(server: str):
    answer = httpx.get(server + QUESTION, headers={"Accept": "text/csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert list(rows[0]) == ["mechanism", "mechanism_label", "category", "category_label", "sources"]
    assert [row["mechanism"] for row in rows] == [f"{ID}mechanism/{slug}" for slug in RCPS]
    assert rows[4]["sources"] == "grcp7-2017:655; grcp7-2017:1101; grcp7-2017:1200-1202"
    tabs = httpx.get(server + QUESTION + "&format=tsv")
    assert tabs.headers["content-type"] == "text/tab-separated-values; charset=utf-8"
    assert list(csv.DictReader(io.StringIO(tabs.text), delimiter="\t")) == rows


def test_xlsx_and_parquet_keep_types(server: str):
    address = f"{server}/queries/similar-mechanisms?mechanism=rcm"
    expected = httpx.get(address).json()["rows"]
    book = httpx.get(f"{address}&format=xlsx")
    assert book.headers["content-disposition"] == 'attachment; filename="similar-mechanisms.xlsx"'
    sheet = openpyxl.load_workbook(io.BytesIO(book.content)).active
    assert sheet is not None
    header, *rows = sheet.iter_rows(values_only=True)
    assert header == ("mechanism", "mechanism_label", "shared_areas", "jaccard", "sources")
    assert [row[2] for row in rows] == [row["shared_areas"]["value"] for row in expected]
    table = pq.read_table(io.BytesIO(httpx.get(f"{address}&format=parquet").content))
    assert str(table.schema.field("shared_areas").type) == "int64"
    assert str(table.schema.field("jaccard").type) == "double"
    assert table.column("jaccard").to_pylist() == [row["jaccard"]["value"] for row in expected]


def test_sparql_results_in_json_and_xml_hold_the_same(server: str):
    found = httpx.get(server + QUESTION, headers={"Accept": "application/sparql-results+json"})
    assert found.headers["content-type"] == "application/sparql-results+json"
    bindings = found.json()["results"]["bindings"]
    assert [row["mechanism"] for row in bindings] == [
        {"type": "uri", "value": f"{ID}mechanism/{slug}"} for slug in RCPS
    ]
    root = ET.fromstring(httpx.get(f"{server}{QUESTION}&format=srx").content)
    space = "{http://www.w3.org/2005/sparql-results#}"
    assert [node.text for node in root.iter(f"{space}uri")][::2] == [f"{ID}mechanism/{slug}" for slug in RCPS]


@pytest.mark.parametrize(
    ("name", "parser"),
    [
        ("turtle", "turtle"),
        ("nt", "nt"),
        ("trig", "trig"),
        ("nq", "nquads"),
        ("jsonld", "json-ld"),
        ("rdfxml", "xml"),
    ],
)
def test_rdf_holds_the_statements_that_the_rows_rest_on(server: str, name: str, parser: str):
    content = httpx.get(f"{server}{QUESTION}&format={name}").content
    graph = rdflib.Dataset(default_union=True).parse(data=content, format=parser)
    covers = rdflib.URIRef("https://w3id.org/gfmd-kg/ontology#coversArea")
    area = rdflib.URIRef(f"{ID}area/anti-trafficking")
    found = {str(subject) for subject in graph.subjects(covers, area)}
    assert {f"{ID}mechanism/{slug}" for slug in RCPS} <= found
    assert len(found) == 15  # the row of the matrix, whole
    if name in ("trig", "nq"):
        passage = rdflib.URIRef(f"{PASSAGE}annex-4-appendix-2.l655")
        assert (None, covers, area, passage) in graph


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("text/*", "text/csv; charset=utf-8"),
        ("text/csv;q=0.5, text/html;q=0.4", "text/csv; charset=utf-8"),
        ("text/csv;q=0.3, application/json;q=0.2, */*;q=0.1", "text/csv; charset=utf-8"),
        ("application/json;q=0, */*", "text/csv; charset=utf-8"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html; charset=utf-8"),
        ("text/turtle", "text/turtle; charset=utf-8"),
        ("application/json;q=nonsense, text/csv;q=0.1", "text/csv; charset=utf-8"),
        ("Application/JSON", "application/json"),
    ],
)
def test_the_best_accepted_format_is_chosen(server: str, accept: str, content_type: str):
    answer = httpx.get(server + QUESTION, headers={"Accept": accept})
    assert (answer.status_code, answer.headers["content-type"]) == (200, content_type)
    assert {"Accept", "Accept-Language"} <= {item.strip() for item in answer.headers["vary"].split(",")}


@pytest.mark.parametrize(
    ("accepted", "lang"),
    [
        ("fr-CA, en;q=0.5", "fr"),
        ("de, es;q=0.2", "es"),
        ("de", "en"),
        ("en;q=0.1, fr;q=0.9", "fr"),
        ("", "en"),
    ],
)
def test_the_language_is_negotiated_and_told(server: str, accepted: str, lang: str):
    answer = httpx.get(f"{server}/queries/theme-elements", headers={"Accept-Language": accepted})
    assert answer.headers["content-language"] == answer.json()["lang"] == lang
    assert httpx.get(f"{server}/queries/theme-elements?lang=es").headers["content-language"] == "es"


def test_a_label_in_another_language_tells_which(server: str):
    rows = httpx.get(f"{server}/queries/practices?region=americas&lang=es&limit=1").json()["rows"]
    assert rows[0]["practice"]["lang"] == "fr"


def test_who_has_the_answer_gets_304(server: str):
    first = httpx.get(server + QUESTION)
    again = httpx.get(server + QUESTION, headers={"If-None-Match": f'"other", {first.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    other = httpx.get(server + QUESTION + "&lang=fr", headers={"If-None-Match": first.headers["etag"]})
    assert other.status_code == 200


def test_head_has_the_headers_of_get_and_no_body(server: str):
    got, head = httpx.get(server + QUESTION), httpx.head(server + QUESTION)
    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-type", "content-length", "etag", "link", "content-language"):
        assert head.headers[name] == got.headers[name]


def test_every_example_of_every_query_answers(server: str):
    listed = httpx.get(f"{server}/queries").json()["queries"]
    assert len(listed) >= 16
    for entry in listed:
        for example in entry["examples"]:
            answer = httpx.get(server + example["href"])
            assert answer.status_code == 200, example
            content = answer.json()
            assert content["columns"] == entry["columns"]
            assert content["rows"], example
            for row in content["rows"]:
                assert set(row) == {*content["columns"], "sources"}
                assert row["sources"] and all(0 <= n < len(content["sources"]) for n in row["sources"])


def test_the_catalogue_lists_parameters_with_their_labels(server: str):
    entry = next(
        entry
        for entry in httpx.get(f"{server}/queries?lang=fr").json()["queries"]
        if entry["id"] == "mechanisms-by-area"
    )
    area = entry["parameters"][0]
    assert (area["name"], area["required"], area["repeatable"]) == ("area", True, True)
    assert {"value": "anti-trafficking", "label": "Lutte contre la traite"} in area["allowed"]
    assert len(area["allowed"]) == 17


def test_the_form_asks_again_what_was_asked(server: str):
    query = {"state": ["mar", "tun"], "basis": "all", "lang": "en", "format": "html"}
    page = httpx.get(f"{server}/queries/shared-mechanisms", params=query)
    assert page.status_code == 200
    form = re.search(r"<form method=.*?</form>", page.text, re.DOTALL)
    assert form
    assert re.search(r'<select name="state" multiple', form[0])
    assert re.findall(r'<option value="([^"]+)" selected', form[0]) == ["mar", "tun"]
    assert '<input type="hidden" name="basis" value="all">' in form[0]
    things = {"adopted_by": ["organisation/cis", "organisation/asean"], "limit": "5", "format": "html"}
    typed = httpx.get(f"{server}/queries/instruments", params=things).text
    assert re.findall(r'<input name="adopted_by" value="([^"]*)"', typed) == things["adopted_by"]
    assert '<input type="hidden" name="limit" value="5">' in typed
    empty = httpx.get(f"{server}/queries/shared-mechanisms?lang=en", headers={"Accept": "text/html"}).text
    assert re.search(r'<select name="state" multiple', empty)
