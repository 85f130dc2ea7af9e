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
    assert found.total == 15


def test_several_values_mean_any_of_them(service):
    def ask(*areas: str) -> set[str]:
        rows = service.catalogue.ask("mechanisms-by-area", {"area": list(areas)}).rows
        return {row.cells["mechanism"].item.iri for row in rows}

    assert ask("education", "partnerships") == ask("education") | ask("partnerships")
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
    named = service.catalogue.ask("mechanisms-by-area", {**question, "document": ["grcp7-2017"]})
    assert named.rows == whole.rows
    every = service.catalogue.ask("mechanisms-by-area", {**question, "basis": ["all"]})
    assert every.rows == whole.rows
    for basis in ("reference", "editorial"):
        assert service.catalogue.ask("mechanisms-by-area", {**question, "basis": [basis]}).total == 0


def test_pages_are_cut_and_said_to_be(service):
    page = service.catalogue.ask("coverage-matrix", {"limit": ["10"], "offset": ["140"]})
    assert (len(page.rows), page.total, page.truncated, page.offset) == (8, 148, False, 140)
    beyond = service.catalogue.ask("coverage-matrix", {"offset": ["148"]})
    assert (beyond.rows, beyond.total, beyond.truncated) == ((), 148, False)
