"""A query file with a fault: which file, which key, what is wrong; and what a good one becomes."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode
from tests.catalogue.invented import QUERY

from gfmd_kg.catalogue.binding import bind, serialise, slots
from gfmd_kg.catalogue.header import COMMON
from gfmd_kg.catalogue.registry import load_queries
from gfmd_kg.catalogue.schemes import SCHEMES, find_scheme
from gfmd_kg.errors import DataError
from gfmd_kg.namespaces import gfmd

XSD = "http://www.w3.org/2001/XMLSchema#"


def _write(folder: Path, text: str, name: str = "one", topic: str = "topic") -> Path:
    path = folder / topic / f"{name}.rq"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def _faults(folder: Path, text: str) -> list[str]:
    path = _write(folder, text)
    with pytest.raises(DataError) as caught:
        load_queries(folder)
    assert all(fault.startswith(f"{path}: ") for fault in caught.value.faults)
    return [fault.removeprefix(f"{path}: ") for fault in caught.value.faults]


def test_a_good_file_becomes_a_query(tmp_path: Path):
    path = _write(tmp_path, QUERY)
    _write(tmp_path, QUERY, "another", "atopic")
    _write(tmp_path, "no query", "rule", "qc")
    queries = load_queries(tmp_path)
    assert list(queries) == ["another", "one"]
    query = queries["one"]
    assert (query.id, query.topic, query.path, query.text) == ("one", "topic", path, QUERY)
    assert query.header.order == ["-order_weight", "size"]
    assert query.header.title.in_language("fr") == "What there is F"
    assert query.columns[:5] == ("thing", "thing_label", "kind", "kind_label", "text")


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("# param kind", "#", "parameter 'kind' has no slot in the query"),
        ("# scope", "#", "parameter 'scope' has no slot in the query"),
        ("# param kind", "# param sort", "parameter 'kind' has no slot in the query"),
        (
            "?thing ?kind ?text",
            "?kind ?thing ?text",
            "the SELECT projects ['kind', 'thing', 'text', 'size', 'ratio', 'active', 'value', 'members', "
            "'names'], the header declares ['thing', 'kind', 'text', 'size', 'ratio', 'active', 'value', "
            "'members', 'names']",
        ),
        (
            " ?source ?source_size ?order_weight\n",
            " ?order_weight\n",
            "the SELECT projects no ?source, so its rows could not be traced",
        ),
        (
            'scheme = "mechanism-category"',
            'scheme = "sort"',
            "params.kind.scheme: There is no scheme 'sort'.",
        ),
        (
            '#+ scheme = "mechanism-category"\n',
            "",
            "header: params.kind.scheme: an iri parameter must say where its values come from",
        ),
        (
            'order = ["-order_weight", "size"]',
            'order = ["weight"]',
            "header: order: weight is neither a column nor order_*",
        ),
        (
            'order = ["-order_weight", "size"]',
            'order = ["-order"]',
            "header: order: -order is neither a column nor order_*",
        ),
        (
            'omits = "thing"',
            'omits = "nothing"',
            "header: params.kind.omits: parameter and counted thing must both be columns",
        ),
        (
            "#+ [params.kind]",
            "#+ [params.sort]",
            "header: params.sort.omits: parameter and counted thing must both be columns",
        ),
        ('tags = ["invented"]', "tags = [1]", "header: tags.0: Input should be a valid string"),
    ],
)
def test_a_fault_is_told(tmp_path: Path, old: str, new: str, fault: str):
    assert old in QUERY
    faults = _faults(tmp_path, QUERY.replace(old, new, 1))
    assert any(found.startswith(fault) for found in faults), faults


@pytest.mark.parametrize("name", COMMON)
def test_a_parameter_that_every_query_has_is_not_declared(tmp_path: Path, name: str):
    text = QUERY.replace("#+ [params.active]", f"#+ [params.{name}]", 1)
    assert f"header: params.{name}: every query has a parameter of this name" in _faults(tmp_path, text)


@pytest.mark.parametrize("name", ["Size", "9size", "_size", "si-ze"])
def test_names_are_of_small_letters_digits_and_underscores(tmp_path: Path, name: str):
    text = QUERY.replace("#+ [columns.size]", f"#+ [columns.{name}]", 1)
    fault = f"header: {name}: not a name of lower-case letters, digits and _"
    assert fault in _faults(tmp_path, text)


def test_all_faults_are_told_at_once_file_by_file(tmp_path: Path):
    one = _write(tmp_path, QUERY.replace("# param kind", "# param sort", 1), "one")
    two = _write(tmp_path, "SELECT", "two")
    with pytest.raises(DataError) as caught:
        load_queries(tmp_path)
    faults = caught.value.faults
    assert faults[:2] == (
        f"{one}: parameter 'kind' has no slot in the query",
        f"{one}: slot 'sort' is not a declared parameter",
    )
    assert {fault.rpartition(": ")[0] for fault in faults[2:]} == {
        f"{two}: header: {key}" for key in ("title", "description", "tags", "columns", "examples")
    }


def test_an_empty_folder_and_one_id_twice_are_told(tmp_path: Path):
    with pytest.raises(DataError) as caught:
        load_queries(tmp_path)
    assert caught.value.faults == (f"{tmp_path}: no canned query is there",)
    first, second = _write(tmp_path, QUERY, topic="a"), _write(tmp_path, QUERY, topic="b")
    with pytest.raises(DataError) as caught:
        load_queries(tmp_path)
    assert caught.value.faults == (f"{second}: {first} has the same id",)


def test_slots_and_what_becomes_of_them():
    text = 'VALUES ?a { "x" } # param\nVALUES ?b { 1 }#param other\n'
    text += "FILTER(?c IN (1)) # scope\nVALUES ?d { 1 } # note"
    assert slots(text) == {"a", "other", "scope"}
    one, two = NamedNode("http://x/1"), Literal('say "so"')
    assert bind(text, {"a": [one, two], "scope": [one]}) == (
        'VALUES ?a { <http://x/1> "say \\"so\\"" }\n\nFILTER(?c IN (<http://x/1>))\nVALUES ?d { 1 } # note'
    )
    assert bind("FILTER(?c IN (1)) # scope", {}) == "FILTER(?c IN ())"


@pytest.mark.parametrize(
    ("term", "text"),
    [
        (NamedNode("https://x/y#z"), "<https://x/y#z>"),
        (Literal("a\u2028b"), '"a\u2028b"'),
        (Literal(True), f'"true"^^<{XSD}boolean>'),
        (Literal("2017", datatype=NamedNode(XSD + "gYear")), f'"2017"^^<{XSD}gYear>'),
        (Literal("2017-09", datatype=NamedNode(XSD + "gYearMonth")), f'"2017-09"^^<{XSD}gYearMonth>'),
        (Literal("2017-12-31", datatype=NamedNode(XSD + "date")), f'"2017-12-31"^^<{XSD}date>'),
    ],
)
def test_a_term_is_written_by_its_type(term: NamedNode | Literal, text: str):
    assert serialise(term) == text


def test_a_term_of_no_use_is_told():
    with pytest.raises(ValueError, match=r"^not an absolute http\(s\) IRI: 'urn:x'$"):
        serialise(NamedNode("urn:x"))
    with pytest.raises(ValueError, match=f"^not a value of {XSD}date: '2017'$"):
        serialise(Literal("2017", datatype=NamedNode(XSD + "date")))


def test_schemes():
    assert find_scheme("area").kind == "area"
    assert find_scheme("area").member_of == gfmd("AreaOfActivity")
    assert find_scheme("mechanism-category").kind == find_scheme("respondent-category").kind == "category"
    assert len(SCHEMES) == 20
