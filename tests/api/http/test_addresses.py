"""Where this server shows what."""

from __future__ import annotations

import pytest
from tests.api.http.asking import request

from gfmd_kg_api.http.addresses import address, path_of, route_path

BASE = "https://w3id.org/gfmd-kg/"


@pytest.mark.parametrize(("root", "start"), [("", ""), ("/kg", "/kg")])
def test_a_path_is_below_the_prefix(root: str, start: str):
    asked = request("/queries", root=root)
    assert address(asked, "/doc/area/x") == start + "/doc/area/x"
    assert address(asked, "https://elsewhere/x") == "https://elsewhere/x"
    assert route_path(asked) == "/queries"


def test_a_server_that_says_no_prefix_has_none():
    asked = request("/queries")
    del asked.scope["root_path"]
    assert (address(asked, "/x"), route_path(asked)) == ("/x", "/queries")


@pytest.mark.parametrize(
    ("iri", "path"),
    [
        (BASE + "id/area/health", "/doc/area/health"),
        (BASE + "id/area/a b", "/doc/area/a%20b"),
        (BASE + "passage/p/annex.l1", "/passage/p/annex.l1"),
        (BASE + "note/n é", "/note/n%20%C3%A9"),
        (BASE + "graph/register", "/graph/register"),
        (BASE + "reference/un", "/reference/un"),
        (BASE + "ontology", "/ontology"),
        (BASE + "ontology#Mechanism", "/ontology#Mechanism"),
        (BASE + "vocabularies#x", "/vocabularies#x"),
        (BASE + "shapes", "/shapes"),
        (BASE + "ontologyx", BASE + "ontologyx"),
        ("https://elsewhere/x", "https://elsewhere/x"),
        ("http://elsewhere/x", "http://elsewhere/x"),
        ("urn:x", ""),
        ("javascript:alert(1)", ""),
    ],
)
def test_an_iri_of_the_project_is_shown_here(iri: str, path: str):
    assert path_of(iri) == path
