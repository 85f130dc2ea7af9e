"""What a caller may write: the first value that is refused, the last that is not, and what the error says."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from pyoxigraph import Literal, NamedNode
from tests.catalogue.invented import ID, Engine

from gfmd_kg.catalogue.header import Header
from gfmd_kg.catalogue.lookup import Lookup
from gfmd_kg.catalogue.naming import find_thing, neighbours
from gfmd_kg.catalogue.parameters import (
    MAX_PAGE,
    MAX_TEXT,
    MAX_VALUES,
    Bound,
    allowed,
    check,
    date_term,
    text_term,
)
from gfmd_kg.errors import ParameterError, UnknownError
from gfmd_kg.namespaces import gfmd, thing

GRAPH = """
GRAPH graph:ontology { gfmd:covers a owl:ObjectProperty . gfmd:adopted a owl:DatatypeProperty }
GRAPH graph:x {
  <id/area/asylum> a gfmd:AreaOfActivity . <id/area/trade> a gfmd:AreaOfActivity .
  <id/mechanism/forum> a gfmd:Mechanism . <id/mechanism/round> a gfmd:Mechanism .
  <id/document/paper> a gfmd:Document . <id/document/report> a gfmd:Document .
  <id/state/aland> a gfmd:State ; gfmd:covers <http://elsewhere/e> .
}
"""
TEXT = {"en": "e", "fr": "f", "es": "s"}


@pytest.fixture
def lookup() -> Lookup:
    return Lookup(Engine(GRAPH))


def _header(basis: Sequence[str] = (), **params: dict[str, object]) -> Header:
    return Header.model_validate(
        {
            "title": TEXT,
            "description": TEXT,
            "tags": [],
            "basis": list(basis),
            "params": {name: {"description": TEXT, **param} for name, param in params.items()},
            "columns": {},
            "examples": [{"title": TEXT}],
        }
    )


AREA = {"type": "iri", "scheme": "area"}


def _check(lookup: Lookup, header: Header, **given: str | list[str]) -> Bound:
    return check(header, {name: [v] if isinstance(v, str) else v for name, v in given.items()}, lookup)


def _refused(lookup: Lookup, header: Header, **given: str | list[str]) -> ParameterError:
    with pytest.raises(ParameterError) as caught:
        _check(lookup, header, **given)
    return caught.value


def _told(error: ParameterError) -> tuple[str, str, str, tuple[str, ...]]:
    return error.field, error.given, error.detail, error.allowed


def test_all_that_is_checked_is_handed_on(lookup: Lookup):
    header = _header(
        area=AREA,
        subject={"type": "thing"},
        by={"type": "property"},
        new={"type": "boolean"},
        since={"type": "date"},
        text={"type": "string"},
        other={"type": "string"},
    )
    bound = _check(
        lookup,
        header,
        area=["trade", "area/asylum", "trade"],
        subject="state/aland",
        by="covers",
        new="false",
        since="2017-10",
        text="a b",
        lang="fr",
        limit="7",
        offset="3",
    )
    assert bound == Bound(
        terms={
            "area": [NamedNode(ID + "area/trade"), NamedNode(ID + "area/asylum")],
            "subject": [NamedNode(ID + "state/aland")],
            "by": [gfmd("covers")],
            "new": [Literal(False)],
            "since": [date_term("since", "2017-10")],
            "text": [Literal("a b")],
            "scope": [thing("basis", "source")],
        },
        words={
            "area": ["trade", "asylum"],
            "subject": ["aland"],
            "by": [gfmd("covers").value],
            "new": ["false"],
            "since": ["2017-10"],
            "text": ["a b"],
            "basis": ["source"],
        },
        lang="fr",
        limit=7,
        offset=3,
    )


def test_what_is_not_given_has_its_usual_value(lookup: Lookup):
    bound = _check(lookup, _header(area=AREA), area=[])
    assert bound == Bound({"scope": [thing("basis", "source")]}, {"basis": ["source"]}, "en", None, 0)
    assert _check(lookup, _header(new={"type": "boolean"}), new="true").terms["new"] == [Literal(True)]


def test_an_unknown_and_a_missing_parameter_are_told_with_what_there_is(lookup: Lookup):
    header = _header(area={**AREA, "required": True}, text={"type": "string", "required": True})
    assert _told(_refused(lookup, header, aera="trade")) == (
        "aera",
        "aera",
        "There is no parameter 'aera'.",
        ("area", "text", "basis", "document", "lang", "limit", "offset"),
    )
    assert _told(_refused(lookup, header)) == (
        "area",
        "",
        "The parameter 'area' is required.",
        ("asylum", "trade"),
    )
    assert _told(_refused(lookup, header, area="trade"))[3] == ()


def test_the_values_that_can_be_listed(lookup: Lookup):
    header = _header(
        new={"type": "boolean"},
        by={"type": "property"},
        area=AREA,
        subject={"type": "thing", "scheme": "state"},
        text={"type": "string"},
    )
    assert {name: allowed(param, lookup) for name, param in header.params.items()} == {
        "new": ("true", "false"),
        "by": ("adopted", "covers"),
        "area": ("asylum", "trade"),
        "subject": (),
        "text": (),
    }


def test_the_number_of_values_has_a_highest_and_a_lowest(lookup: Lookup):
    header = _header(
        text={"type": "string"},
        two={"type": "string", "minimum": 2},
        one={"type": "string", "repeatable": False},
    )
    most = [f"t{number}" for number in range(MAX_VALUES)]
    assert MAX_VALUES == 50
    assert len(_check(lookup, header, text=most).terms["text"]) == MAX_VALUES
    assert len(_check(lookup, header, text=[*most, "t0"]).terms["text"]) == MAX_VALUES
    assert _told(_refused(lookup, header, text=[*most, "more"])) == (
        "text",
        "51",
        "'text' takes at most 50 values.",
        (),
    )
    assert len(_check(lookup, header, two=["a", "b"]).terms["two"]) == 2
    assert _told(_refused(lookup, header, two=["a", "a"])) == (
        "two",
        "a",
        "'two' takes 2 different values or more: repeat it.",
        (),
    )
    assert len(_check(lookup, header, one=["a", "a"]).terms["one"]) == 1
    assert _told(_refused(lookup, header, one=["a", "b"])) == (
        "one",
        "a, b",
        "'one' takes one value only.",
        (),
    )


@pytest.mark.parametrize("value", ["trade", "area/trade", ID + "area/trade"])
def test_a_member_is_named_by_slug_kind_and_slug_or_iri(lookup: Lookup, value: str):
    assert _check(lookup, _header(area=AREA), area=value).terms["area"] == [NamedNode(ID + "area/trade")]


@pytest.mark.parametrize(
    "value",
    ["state/aland", "state/trade", "area/trade/trade", "/trade", "area/", ID + "state/trade", "http://x/y"],
)
def test_what_is_no_member_is_refused(lookup: Lookup, value: str):
    assert _told(_refused(lookup, _header(area=AREA), area=value)) == (
        "area",
        value,
        f"'{value}' is not a value of 'area'.",
        ("asylum", "trade"),
    )


def test_a_thing_may_be_any_that_a_statement_speaks_of(lookup: Lookup):
    free, stated = _header(s={"type": "thing"}), _header(s={"type": "thing", "scheme": "state"})
    for value in ("mechanism/forum", ID + "mechanism/forum"):
        assert _check(lookup, free, s=value).terms["s"] == [NamedNode(ID + "mechanism/forum")]
    assert _check(lookup, free, s="http://elsewhere/e").terms["s"] == [NamedNode("http://elsewhere/e")]
    assert _check(lookup, stated, s="aland").terms["s"] == [NamedNode(ID + "state/aland")]
    assert _check(lookup, stated, s="mechanism/forum").words["s"] == ["forum"]
    assert _told(_refused(lookup, free, s="mechanism/form")) == (
        "s",
        "mechanism/form",
        "No statement speaks of 'mechanism/form'.",
        ("mechanism/forum", "mechanism/round"),
    )
    error = _refused(lookup, free, s="aland")
    assert _told(error)[:3] == (
        "s",
        "aland",
        "'aland' is neither kind/slug nor an IRI, and no name of one thing.",
    )
    assert error.allowed[:3] == ("area/…", "basis/…", "category/…")
    assert list(error.allowed) == sorted(error.allowed)


def test_neighbours_are_the_things_of_the_kind_or_the_kinds(lookup: Lookup):
    assert neighbours("area/x", lookup) == ["area/asylum", "area/trade"]
    assert neighbours(ID + "area/x/y", lookup) == ["area/asylum", "area/trade"]
    assert "area/…" in neighbours("nothing/x", lookup)


@pytest.mark.parametrize("value", ["http://[", "https://x/%zz"])
def test_an_iri_that_no_rule_allows_is_told(lookup: Lookup, value: str):
    with pytest.raises(ParameterError) as caught:
        find_thing(value, lookup)
    error = caught.value
    assert (error.field, error.given, error.allowed) == ("subject", value, ())
    assert error.detail.startswith(f"'{value}' is not an IRI (RFC 3987): ")
    assert _refused(lookup, _header(by={"type": "property"}), by=value).field == "by"
    assert _refused(lookup, _header(s={"type": "thing"}), s=value).field == "s"


@pytest.mark.parametrize("value", ["aland", "http://a b", "http://a<b", "http://a\\b", "ftp://x/y"])
def test_what_is_no_iri_is_neither(lookup: Lookup, value: str):
    with pytest.raises(ParameterError) as caught:
        find_thing(value, lookup, "which")
    assert caught.value.field == "which"
    assert caught.value.detail == f"'{value}' is neither kind/slug nor an IRI."


def test_a_property_is_named_or_an_iri(lookup: Lookup):
    header = _header(by={"type": "property"})
    assert _check(lookup, header, by="adopted").terms["by"] == [gfmd("adopted")]
    assert _check(lookup, header, by="http://x/y").terms["by"] == [NamedNode("http://x/y")]
    assert _told(_refused(lookup, header, by="adoptd")) == (
        "by",
        "adoptd",
        "'adoptd' is not a property of the ontology.",
        ("adopted", "covers"),
    )


def test_a_truth_value_is_a_word(lookup: Lookup):
    assert _told(_refused(lookup, _header(new={"type": "boolean"}), new="True")) == (
        "new",
        "True",
        "'new' is true or false.",
        ("true", "false"),
    )


def test_what_is_no_date_is_told_with_the_form():
    with pytest.raises(ParameterError) as caught:
        date_term("since", "2017-13")
    assert _told(caught.value) == (
        "since",
        "2017-13",
        "'2017-13' is not a date: write YYYY, YYYY-MM or YYYY-MM-DD.",
        (),
    )


def test_a_text_has_a_length_and_no_control_characters():
    assert MAX_TEXT == 200
    assert text_term("text", "é" * MAX_TEXT) == Literal("é" * MAX_TEXT)
    with pytest.raises(ParameterError) as caught:
        text_term("text", "a" * (MAX_TEXT + 1))
    assert _told(caught.value) == ("text", "a" * MAX_TEXT, "'text' takes at most 200 characters.", ())
    for value in ("", "   ", "a\nb", "a\\b", "\x7f"):
        with pytest.raises(ParameterError) as caught:
            text_term("text", value)
        detail = "'text' takes text without control characters and backslashes."
        assert _told(caught.value) == ("text", value, detail, ())


def test_the_scope_is_of_bases_or_documents(lookup: Lookup):
    header = _header()
    bases = [thing("basis", name) for name in ("source", "reference", "editorial")]
    for given, terms, word in (
        (["all"], bases, ["all"]),
        (["source", "all"], bases, ["source", "all"]),
        (["editorial", "source", "editorial"], [bases[2], bases[0]], ["editorial", "source"]),
    ):
        bound = _check(lookup, header, basis=given)
        assert (bound.terms["scope"], bound.words) == (terms, {"basis": word})
    bound = _check(lookup, header, document=["report", "document/paper", "report"])
    assert bound.terms["scope"] == [thing("document", "report"), thing("document", "paper")]
    assert bound.words == {"basis": ["source"], "document": ["report", "paper"]}
    assert _check(lookup, header, document="paper", basis="all").words["basis"] == ["all"]
    assert _told(_refused(lookup, header, document="paper", basis=["editorial", "reference"])) == (
        "basis",
        "editorial, reference",
        "Documents state on the basis 'source' only.",
        ("source", "all"),
    )
    assert _told(_refused(lookup, header, document="papers")) == (
        "document",
        "papers",
        "'papers' is not a value of 'document'.",
        ("paper", "report"),
    )
    assert _told(_refused(lookup, header, basis=["source", "sources"])) == (
        "basis",
        "sources",
        "'sources' is not a basis of statement.",
        ("source", "reference", "editorial", "all"),
    )


def test_a_query_may_have_bases_of_its_own(lookup: Lookup):
    header = _header(basis=["reference", "editorial"])
    bound = _check(lookup, header)
    assert bound.terms["scope"] == [thing("basis", "reference"), thing("basis", "editorial")]
    assert bound.words == {"basis": ["reference", "editorial"]}
    assert len(_check(lookup, header, basis="all").terms["scope"]) == 3
    assert _told(_refused(lookup, header, basis="source")) == (
        "basis",
        "source",
        "'source' is not a basis of statement that this query has.",
        ("reference", "editorial", "all"),
    )


def test_language_and_page_are_single_and_in_their_range(lookup: Lookup):
    header = _header()
    assert _check(lookup, header, lang=["es", "es"]).lang == "es"
    assert _told(_refused(lookup, header, lang=["es", "fr"])) == (
        "lang",
        "es, fr",
        "'lang' takes one value only.",
        (),
    )
    assert _told(_refused(lookup, header, lang="de")) == (
        "lang",
        "de",
        "The language 'de' is not offered.",
        ("en", "fr", "es"),
    )
    assert MAX_PAGE == 10_000
    for limit in ("1", "10000", "0010"):
        assert _check(lookup, header, limit=limit).limit == int(limit)
    for limit in ("0", "10001", "-1", "1.5", "", "ten", "１"):
        detail = "'limit' is a whole number, 1 to 10000."
        assert _told(_refused(lookup, header, limit=limit)) == ("limit", limit, detail, ())
    for offset in ("0", "10001", "999999999"):
        assert _check(lookup, header, offset=offset).offset == int(offset)
    for offset in ("-1", "1000000000", "", "x"):
        detail = "'offset' is a whole number, 0 or more."
        assert _told(_refused(lookup, header, offset=offset)) == ("offset", offset, detail, ())


def test_a_scheme_that_is_not_there_is_told(lookup: Lookup):
    with pytest.raises(UnknownError) as caught:
        _check(lookup, _header(area={"type": "iri", "scheme": "aera"}), area="x")
    error = caught.value
    assert (error.field, error.given, error.nearest) == ("scheme", "aera", "area")
    assert error.detail == "There is no scheme 'aera'."


def test_the_parameter_that_is_wrong_is_named(lookup: Lookup):
    header = _header(since={"type": "date"}, words={"type": "string"}, two={"type": "string", "minimum": 3})
    assert _refused(lookup, header, since="then").field == "since"
    assert _refused(lookup, header, words="\\").field == "words"
    assert _refused(lookup, header, two=["a", "b"]).given == "a, b"


def test_a_thing_has_one_kind_and_one_slug(lookup: Lookup):
    with pytest.raises(ParameterError) as caught:
        find_thing("area/trade/more", lookup)
    assert caught.value.allowed == ("area/asylum", "area/trade")
