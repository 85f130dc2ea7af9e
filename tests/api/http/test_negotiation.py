"""Format and language, header by header (RFC 9110, section 12)."""

from __future__ import annotations

import pytest
from tests.api.http.asking import request

from gfmd_kg.errors import UnknownError
from gfmd_kg_api.http.negotiation import (
    NotAcceptableError,
    best_language,
    canonical_accept,
    choose_format,
    choose_language,
    parse_weighted,
    requested_language,
)

OFFERS = {
    "json": "application/json",
    "csv": "text/csv",
    "html": "text/html",
    "turtle": "text/turtle",
    "again": "application/json",
}


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ([], "json"),
        ([""], "json"),
        (["*/*"], "json"),
        (["text/*"], "csv"),
        (["text/html"], "html"),
        (["TEXT/HTML"], "html"),
        (["text/csv;q=0.5, text/html;q=0.6"], "html"),
        (["text/html;q=0.6, text/csv;q=0.6"], "csv"),
        (["text/csv; q=0.1 , application/json;q=0.2"], "json"),
        (["text/csv;q=0.1", "text/turtle"], "turtle"),
        (["*/*;q=0.9, text/turtle"], "turtle"),
        (["*/*, application/json;q=0, text/csv;q=0"], "html"),
        (["text/*;q=0.3, text/html;q=0.1, */*;q=0.2"], "csv"),
        (["text/html;q=0.2, text/html;q=0.9, text/csv;q=0.5"], "html"),
        (["text/html;level=1;q=0.2, text/csv;q=0.3"], "csv"),
        (["text/csv;q=nonsense, text/html;q=0.001"], "html"),
        (["text/csv;q=1.1, text/html;q=0.001"], "html"),
        (["text/csv;q=-1, text/html;q=0.001"], "html"),
        (["text/csv;q=1, text/html;q=1.0"], "csv"),
        ([",,text/html,"], "html"),
    ],
)
def test_the_format_that_is_wanted_most_is_chosen(accept: list[str], chosen: str):
    assert choose_format(request(headers=[("accept", value) for value in accept]), OFFERS) == chosen


@pytest.mark.parametrize(
    "accept", ["image/png", "text/html;q=0", "*/*;q=0", "text/html;q=x", "text", "/", "application/*;q=0"]
)
def test_what_cannot_be_accepted_is_told_with_what_is_offered(accept: str):
    with pytest.raises(NotAcceptableError) as caught:
        choose_format(request(headers=[("accept", accept)]), OFFERS)
    offered = ("application/json", "text/csv", "text/html", "text/turtle")
    assert (caught.value.accept, caught.value.offered) == (accept, offered)
    assert str(caught.value) == (
        "None of the offered media types is accepted. "
        "Offered: application/json, text/csv, text/html, text/turtle."
    )


def test_the_format_of_the_address_comes_before_the_header():
    asked = request("/x?format=csv", [("accept", "image/png")])
    assert choose_format(asked, OFFERS) == "csv"
    for wrong in ("cvs", ""):
        with pytest.raises(UnknownError) as caught:
            choose_format(request(f"/x?format={wrong}"), OFFERS)
        error = caught.value
        assert (error.field, error.given, error.allowed) == ("format", wrong, tuple(OFFERS))
        assert error.detail == f"The format '{wrong}' is not offered here."


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("fr", "fr"),
        ("FR-ca", "fr"),
        ("de", "en"),
        ("de, es;q=0.1", "es"),
        ("fr;q=0.5, es;q=0.6", "es"),
        ("fr;q=0.5, es;q=0.5", "fr"),
        ("es, fr", "es"),
        ("fr;q=0", "en"),
        ("en;q=0.1, fr;q=0.05", "en"),
        ("*", "en"),
    ],
)
def test_the_language_that_is_wanted_most_is_chosen(accepted: str, language: str):
    assert best_language(accepted) == language
    asked = request(headers=[("accept-language", accepted)])
    assert choose_language(asked) == requested_language(asked) == language


def test_several_headers_of_language_are_one():
    asked = request(headers=[("accept-language", "fr;q=0.2"), ("accept-language", "es;q=0.3")])
    assert choose_language(asked) == "es"


def test_the_language_of_the_address_comes_before_the_header():
    header = [("accept-language", "es")]
    assert choose_language(request("/?lang=fr", header)) == "fr"
    assert requested_language(request("/?lang=fr", header)) == "fr"
    assert choose_language(request("/?lang=de", header)) == "es"
    for wrong in ("de", "FR", ""):
        with pytest.raises(UnknownError) as caught:
            requested_language(request(f"/?lang={wrong}", header))
        error = caught.value
        assert (error.field, error.given, error.allowed) == ("lang", wrong, ("en", "fr", "es"))
        assert error.detail == f"The language '{wrong}' is not offered."


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("", []),
        ("a", [("a", 1.0)]),
        ("A;Q=0.5", [("a", 0.5)]),
        ("a ; q=0.5 ; x=1, b;x=q=1", [("a", 0.5), ("b", 1.0)]),
        ("a;q=0.2;q=0.7", [("a", 0.7)]),
        ("a;q=", [("a", 0.0)]),
        ("a;q=nan, b;q=inf, c;q=1", [("a", 0.0), ("b", 0.0), ("c", 1.0)]),
        (";q=1, ,b", [("b", 1.0)]),
    ],
)
def test_weighted_items_are_read(text: str, items: list[tuple[str, float]]):
    assert parse_weighted(text) == items


@pytest.mark.parametrize(
    ("accept", "canonical"),
    [
        ("", "*/*;q=1.0"),
        ("text/html, image/png", "text/html;q=1.0"),
        ("text/html;q=0.5,application/json", "application/json;q=1.0,text/html;q=0.5"),
        ("application/json,text/html;q=0.5", "application/json;q=1.0,text/html;q=0.5"),
        ("text/html;q=0.5, text/html;q=0.4, text/html;q=0.6", "text/html;q=0.6"),
        ("text/html;q=0", "text/html;q=0.0"),
        ("text/*, image/*, */*;q=0.1", "*/*;q=0.1,text/*;q=1.0"),
        ("image/png", ""),
    ],
)
def test_headers_that_choose_alike_are_one_text(accept: str, canonical: str):
    assert canonical_accept(accept, ["application/json", "text/html"]) == canonical
