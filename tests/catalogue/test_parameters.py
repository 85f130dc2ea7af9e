"""What may be asked: slugs and IRIs, several values, dates, scopes."""

from __future__ import annotations

import pytest
from pyoxigraph import Literal, NamedNode

from gfmd_kg.catalogue.parameters import date_term
from gfmd_kg.errors import ParameterError

ID = "https://w3id.org/gfmd-kg/id/"
XSD = "http://www.w3.org/2001/XMLSchema#"


@pytest.mark.parametrize("value", ["anti-trafficking", f"{ID}area/anti-trafficking", "area/anti-trafficking"])
def test_a_slug_an_iri_and_kind_with_slug_mean_the_same(service, value: str):
    found = service.catalogue.ask("mechanisms-by-area", {"area": [value]})
    assert found.parameters["area"] == ["anti-trafficking"]
    assert found.total == 2


def test_several_values_mean_any_of_them(service):
    def ask(*areas: str) -> set[str]:
        rows = service.catalogue.ask("mechanisms-by-area", {"area": list(areas)}).rows
        return {row.cells["mechanism"].item.iri for row in rows}

    assert ask("education", "data", "anti-trafficking") == ask("education") | ask("anti-trafficking")
    assert ask("education") != ask("anti-trafficking")
    assert ask("education", "education") == ask("education")


@pytest.mark.parametrize(
    ("value", "kind"),
    [("2017", "gYear"), ("2017-10", "gYearMonth"), ("2017-10-10", "date"), ("2024-02-29", "date")],
)
def test_dates_keep_their_precision(value: str, kind: str):
    assert date_term("from", value) == Literal(value, datatype=NamedNode(XSD + kind))


@pytest.mark.parametrize(
    "value", ["17", "2017-13", "2017-1", "2023-02-29", "2017-10-10T00:00", "0000", " 2017", "２０１７"]
)
def test_what_is_no_date_is_refused(value: str):
    with pytest.raises(ParameterError, match="YYYY-MM-DD"):
        date_term("from", value)


def test_the_scope_chooses_what_an_answer_may_rest_on(service):
    question = {"area": ["anti-trafficking"]}
    whole = service.catalogue.ask("mechanisms-by-area", question)
    assert whole.parameters["basis"] == ["source"]
    named = service.catalogue.ask("mechanisms-by-area", {**question, "document": ["example-2031-report"]})
    assert named.rows == whole.rows
    every = service.catalogue.ask("mechanisms-by-area", {**question, "basis": ["all"]})
    assert every.rows == whole.rows
    for basis in ("reference", "editorial"):
        assert service.catalogue.ask("mechanisms-by-area", {**question, "basis": [basis]}).total == 0


def test_pages_are_cut_and_said_to_be(service):
    page = service.catalogue.ask("coverage-matrix", {"limit": ["10"], "offset": ["2"]})
    assert (len(page.rows), page.total, page.truncated, page.offset) == (10, 13, True, 2)
    page = service.catalogue.ask("coverage-matrix", {"limit": ["10"], "offset": ["9"]})
    assert (len(page.rows), page.total, page.truncated, page.offset) == (4, 13, False, 9)
    beyond = service.catalogue.ask("coverage-matrix", {"offset": ["13"]})
    assert (beyond.rows, beyond.total, beyond.truncated) == ((), 13, False)


def test_a_parameter_takes_fifty_different_values_and_not_one_more(service):
    targets = sorted(service.catalogue.lookup.of_kind("sdg-target"))[:51]
    things = [f"sdg-target/{slug}" for slug in targets]
    found = service.catalogue.ask("evidence", {"subject": [*things[:50], things[0]], "basis": ["all"]})
    assert len(found.parameters["subject"]) == 50
    with pytest.raises(ParameterError, match="at most 50 values"):
        service.catalogue.ask("evidence", {"subject": things})


def test_a_text_takes_two_hundred_characters_and_not_one_more(service):
    assert service.catalogue.ask("practices", {"text": ["a" * 200]}).rows == ()
    with pytest.raises(ParameterError, match="at most 200 characters"):
        service.catalogue.ask("practices", {"text": ["a" * 201]})


def test_a_page_holds_ten_thousand_rows_at_most(service):
    assert service.catalogue.ask("mechanisms", {"limit": ["10000"]}).limit == 10_000
    with pytest.raises(ParameterError, match="1 to 10000"):
        service.catalogue.ask("mechanisms", {"limit": ["10001"]})


def test_a_crosswalk_is_no_statement_of_a_source(service):
    with pytest.raises(ParameterError, match="not a basis of statement that this query has"):
        service.catalogue.ask("crosswalk", {"from": ["element"], "basis": ["source"]})
