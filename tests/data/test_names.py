"""States, mechanisms, areas and themes are found by the names that people use for them."""

from __future__ import annotations

import pytest

from gfmd_kg.catalogue.naming import Reader
from gfmd_kg.catalogue.schemes import find_scheme
from gfmd_kg.errors import ParameterError

SEVERAL = {"Congo"}
"""The one common name in English, French or Spanish that two states bear."""


def _read(service, value: str, scheme: str) -> str:
    node = Reader(service.catalogue.lookup, "en").member("p", value, scheme)
    return node.value.rsplit("/", 1)[1]


@pytest.mark.parametrize(
    ("value", "slug"),
    [
        ("kenya", "ken"),
        ("germany", "deu"),
        ("Allemagne", "deu"),
        ("Türkiye", "tur"),
        ("turkey", "tur"),
        ("KE", "ken"),
        ("404", "ken"),
        ("UK", "gbr"),
        ("US", "usa"),
        ("USA", "usa"),
        ("DRC", "cod"),
        ("RDC", "cod"),
        ("ivory coast", "civ"),
        ("cote d ivoire", "civ"),
        ("Costa de Marfil", "civ"),
        ("Swaziland", "swz"),
        ("Burma", "mmr"),
        ("Zaïre", "cod"),
        ("Czech Republic", "cze"),
        ("RU", "rus"),
        ("guinea", "gin"),
        ("niger", "ner"),
    ],
)
def test_states(service, value: str, slug: str):
    assert _read(service, value, "state") == slug


def test_every_state_is_found_by_its_codes_and_common_names(service):
    rows = service.engine.select(
        "PREFIX gfmd: <https://w3id.org/gfmd-kg/ontology#> SELECT DISTINCT ?s ?name WHERE { "
        "VALUES ?p { gfmd:name gfmd:alpha2 gfmd:alpha3 gfmd:numericCode } "
        "GRAPH ?g { ?s ?p ?name } GRAPH ?h { ?s a gfmd:State } }"
    ).rows
    asked = 0
    for state, name in rows:
        if name.language in ("en", "fr", "es", None) and name.value not in SEVERAL:
            assert _read(service, name.value, "state") == state.value.rsplit("/", 1)[1], name.value
            asked += 1
    assert asked > 195 * 4


@pytest.mark.parametrize(
    ("value", "slug"),
    [
        ("Puebla Process", "rcm"),
        ("proceso de puebla", "rcm"),
        ("CRM", "rcm"),
        ("Lima Process", "sacm"),
        ("Söderköping Process", "eappma"),
        ("soderkoping process", "eappma"),
        ("COMESA RCP", "midcom"),
        ("MiD-IGAD", "igad-rcp"),
        ("5+5", "5-plus-5-dialogue"),
        ("PAFOM", "pan-african-forum"),
        ("Pacific Immigration Development Community", "pidc"),
        ("MTM Dialogue", "mtm"),
        ("Processus de Rabat", "rabat-process"),
    ],
)
def test_mechanisms(service, value: str, slug: str):
    assert _read(service, value, "mechanism") == slug


@pytest.mark.parametrize(
    ("value", "scheme", "slug"),
    [
        ("human trafficking", "area", "anti-trafficking"),
        ("traite des êtres humains", "area", "anti-trafficking"),
        ("Trata de personas", "area", "anti-trafficking"),
        ("climate change", "area", "environment-and-climate-change"),
        ("travailleurs migrants", "area", "labour-migration"),
        ("asilo", "area", "asylum-and-refugees"),
        ("migrant smuggling", "theme", "trafficking-and-smuggling"),
        ("diáspora", "theme", "contributions"),
        ("RCP", "mechanism-category", "rcp"),
    ],
)
def test_areas_themes_and_categories(service, value: str, scheme: str, slug: str):
    assert _read(service, value, scheme) == slug


def test_areas_and_themes_have_other_names_in_three_languages(service):
    for scheme in ("area", "theme"):
        for node in service.catalogue.lookup.members(find_scheme(scheme)).values():
            rows = service.engine.select(
                "PREFIX skos: <http://www.w3.org/2004/02/skos/core#> SELECT DISTINCT (LANG(?n) AS ?lang) "
                f"WHERE {{ GRAPH ?g {{ <{node.value}> skos:altLabel ?n }} }}"
            ).rows
            assert {row[0].value for row in rows} == {"en", "fr", "es"}, node.value


@pytest.mark.parametrize(
    ("value", "slugs"), [("congo", {"cod", "cog"}), ("corée", {"kor", "prk"}), ("korea", {"kor", "prk"})]
)
def test_several_states_are_listed(service, value: str, slugs: set[str]):
    with pytest.raises(ParameterError) as caught:
        _read(service, value, "state")
    assert caught.value.nearest is None
    for slug in slugs:
        assert f"[{slug}]" in caught.value.detail


@pytest.mark.parametrize("value", ["Holland", "asdf", "Catalonia", "Prussia", "Yugoslavia"])
def test_nothing_is_suggested_rather_than_a_wrong_state(service, value: str):
    with pytest.raises(ParameterError) as caught:
        _read(service, value, "state")
    assert caught.value.nearest is None


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("korea", {"state/kor", "state/prk"}),
        ("anti-trafficking", {"area/anti-trafficking"}),
        ("cote d ivoire", {"state/civ"}),
        ("DRC", {"state/cod"}),
        ("ivory coast", {"state/civ"}),
        ("lima process", {"mechanism/sacm"}),
        ("swaziland", {"state/swz"}),
    ],
)
def test_a_search_puts_first_what_is_meant(service, text: str, first: set[str]):
    found = service.catalogue.search(text, "en")
    assert {each.item.iri.partition("/id/")[2] for each in found[: len(first)]} == first


def test_a_practice_is_found_whatever_its_apostrophes(service):
    def ask(text: str) -> tuple[object, ...]:
        return service.catalogue.ask("practices", {"text": [text]}).rows

    assert len(ask("d’intégration")) == 6
    assert ask("d’intégration") == ask("d'integration") == ask("D INTEGRATION")
