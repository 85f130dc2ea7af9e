"""Errors and names: the small things that everything stands on."""

from __future__ import annotations

from pathlib import Path

import pytest

from gfmd_kg.errors import ParameterError, nearest
from gfmd_kg.namespaces import load_prefixes, local_name, split_thing, thing

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("given", "allowed", "found"),
    [
        ("trafficking", ["health", "anti-trafficking"], "anti-trafficking"),
        ("Bali", ["bali-process", "rabat-process"], "bali-process"),
        ("rcpp", ["rcp", "global-process"], "rcp"),
        ("pro", ["a-process", "process", "processes"], "process"),
        ("zzzz", ["rcp", "gfmd"], None),
        ("", ["rcp"], None),
        ("rc", ["march", "rcp"], "rcp"),
        ("x", [], None),
    ],
)
def test_the_nearest_allowed_value(given: str, allowed: list[str], found: str | None):
    assert nearest(given, allowed) == found


def test_a_wrong_call_is_one_sentence_with_what_is_allowed():
    error = ParameterError("area", "helth", "'helth' is not a value of 'area'.", [f"a{n}" for n in range(20)])
    assert str(error).startswith("'helth' is not a value of 'area'. Allowed: a0, a1, ")
    assert str(error).endswith(" and 8 more.")
    assert (error.field, error.given, len(error.allowed)) == ("area", "helth", 20)


@pytest.mark.parametrize(
    ("kind", "slug"),
    [("Mechanism", "rcm"), ("mechanism", ""), ("mechanism", "a b"), ("", "x"), ("a", "../b")],
)
def test_only_well_formed_kinds_and_slugs_make_things(kind: str, slug: str):
    with pytest.raises(ValueError, match="not a kind and slug"):
        thing(kind, slug)
    assert split_thing(f"https://w3id.org/gfmd-kg/id/{kind}/{slug}") is None


def test_a_thing_is_taken_apart_as_it_was_made():
    assert split_thing(thing("sdg-target", "10.7").value) == ("sdg-target", "10.7")
    assert local_name(thing("mechanism", "rcm").value) == "mechanism/rcm"
    assert (
        local_name("https://w3id.org/gfmd-kg/passage/grcp7-2017/annex-1.l310")
        == "passage/grcp7-2017/annex-1.l310"
    )
    assert local_name("http://www.w3.org/2004/02/skos/core#prefLabel") == "prefLabel"


def test_prefixes_come_from_one_file_and_are_used_alike_everywhere():
    prefixes = load_prefixes(ROOT / "ontology" / "prefixes.ttl")
    assert list(prefixes) == sorted(prefixes)
    files = [
        *(ROOT / "ontology").glob("*.ttl"),
        *(ROOT / "shapes").glob("*.ttl"),
        *(ROOT / "tests" / "fixtures").rglob("*.trig"),
    ]
    files += (ROOT / "queries").rglob("*.rq")
    assert len(files) > 40
    for path in files:
        for line in path.read_text(encoding="utf-8").splitlines():
            words = line.split()
            if len(words) >= 3 and words[0] in ("@prefix", "PREFIX"):
                assert prefixes[words[1].removesuffix(":")] == words[2].strip("<>"), f"{path}: {line}"
