"""What a name means, what is near it, and what a search finds: over an invented graph, then the miniature."""

from __future__ import annotations

import json
import random

import pytest
from tests.catalogue.invented import ID, Engine

from gfmd_kg.catalogue.formats import ANSWER_FORMATS
from gfmd_kg.catalogue.lookup import Lookup
from gfmd_kg.catalogue.naming import Reader
from gfmd_kg.catalogue.notes import write_readings
from gfmd_kg.errors import ParameterError

TRIG = """
GRAPH graph:ontology { gfmd:covers a owl:ObjectProperty ; rdfs:label "covers area"@en }
GRAPH graph:x {
  <id/state/ken> a gfmd:State ; rdfs:label "Kenya"@en, "Kenia"@es .
  <id/state/ken> gfmd:alpha2 "KE" ; gfmd:numericCode "404" .
  <id/state/kna> a gfmd:State ; rdfs:label "Saint Kitts and Nevis"@en ; gfmd:alpha2 "KN" .
  <id/state/kor> a gfmd:State ; rdfs:label "Republic of Korea"@en, "République de Corée"@fr .
  <id/state/prk> a gfmd:State ; rdfs:label "Democratic People’s Republic of Korea"@en .
  <id/state/civ> a gfmd:State ; rdfs:label "Côte d’Ivoire"@fr ; gfmd:nameAsPrinted "Cote d'Ivoire"@fr .
  <id/state/mmr> a gfmd:State ; rdfs:label "Myanmar (Burma)"@en .
  <id/state/tur> a gfmd:State ; rdfs:label "Türkiye"@en ; skos:altLabel "Turkey"@en .
  <id/state/cog> a gfmd:State ; rdfs:label "Congo"@en .
  <id/state/cod> a gfmd:State ; rdfs:label "Congo (Kinshasa)"@en .
  <id/state/ner> a gfmd:State ; rdfs:label "Niger"@en .
  <id/state/nga> a gfmd:State ; rdfs:label "Nigeria"@en .
  <id/former-name/tha> a gfmd:FormerName ; gfmd:name "Siam"@en ; gfmd:ofState <id/state/tha> .
  <id/state/tha> a gfmd:State ; rdfs:label "Thailand"@en, "Thaïlande"@fr .
  <id/mechanism/almaty> a gfmd:Mechanism ; rdfs:label "Almaty Process"@en .
  <id/mechanism/rcm> a gfmd:Mechanism ; rdfs:label "Regional Conference (RCM, Puebla Process)"@en .
}
GRAPH graph:note {
  <id/former-name/tha> rdfs:label "Siam (former name)"@en, "Royaume de Siam (ancien nom)"@fr .
}
"""


@pytest.fixture
def lookup() -> Lookup:
    return Lookup(Engine(TRIG))


def read(lookup: Lookup, value: str, scheme: str = "state", lang: str = "en") -> str:
    return Reader(lookup, lang).member("p", value, scheme).value.removeprefix(ID)


@pytest.mark.parametrize(
    ("value", "slug"),
    [
        ("kenya", "ken"),
        ("KENIA", "ken"),
        ("KE", "ken"),
        ("ke", "ken"),
        ("KEN", "ken"),
        ("404", "ken"),
        ("cote d ivoire", "civ"),
        ("Cote\u00a0d'Ivoire", "civ"),
        ("TÜRKİYE", "tur"),
        ("turkey", "tur"),
        ("burma", "mmr"),
        ("Myanmar", "mmr"),
        ("siam", "tha"),
        ("royaume de Siam", "tha"),
        ("kinshasa", "cod"),
        ("niger", "ner"),
    ],
)
def test_a_name_or_code_that_one_state_bears(lookup: Lookup, value: str, slug: str):
    assert read(lookup, value) == f"state/{slug}"


def test_slug_and_iri_are_no_names_to_be_read(lookup: Lookup):
    reader = Reader(lookup, "en")
    for value in ("ken", "state/ken", f"{ID}state/ken"):
        assert reader.member("p", value, "state").value == f"{ID}state/ken"
    assert reader.read_as == {}
    reader.member("p", "Kenya", "state")
    reader.member("p", "404", "state")
    assert reader.read_as == {"p": {"Kenya": f"{ID}state/ken", "404": f"{ID}state/ken"}}


@pytest.mark.parametrize(
    ("value", "lang", "nearest", "label"),
    [
        ("keny", "en", "ken", "Kenya"),
        ("keny", "es", "ken", "Kenia"),
        ("Kenyaa", "en", "ken", "Kenya"),
        ("Republic of Kenya", "en", "ken", "Kenya"),
        ("thailnd", "en", "tha", "Thailand"),
        ("nevis", "en", "kna", "Saint Kitts and Nevis"),
        ("Puebla Process", "en", None, None),
        ("Finland", "en", None, None),
        ("Thimble", "en", None, None),
        ("k", "en", None, None),
        ("??", "en", None, None),
        ("x" * 200, "en", None, None),
    ],
)
def test_the_nearest_or_none(lookup: Lookup, value: str, lang: str, nearest: str | None, label: str | None):
    with pytest.raises(ParameterError) as caught:
        read(lookup, value, lang=lang)
    error = caught.value
    assert (error.nearest, error.nearest_label) == (nearest, label)
    assert len(error.allowed) == 12


def test_no_slip_leads_from_one_name_to_another_of_the_same_words(lookup: Lookup):
    assert read(lookup, "Puebla Process", "mechanism") == "mechanism/rcm"
    with pytest.raises(ParameterError) as caught:
        read(lookup, "Lima Process", "mechanism")
    assert caught.value.nearest is None


def test_kenya_never_leads_to_saint_kitts():
    for trig in (TRIG.replace('"Kenya"@en, "Kenia"@es', '"X"@en').replace("id/state/ken>", "id/state/xxx>"),):
        index = Lookup(Engine(trig)).names()
        for lang in ("en", "fr", "es"):
            assert not {node.value for node in index.near("kenya", lang)} & {f"{ID}state/kna"}


def test_several_that_bear_a_name_are_listed(lookup: Lookup):
    with pytest.raises(ParameterError) as caught:
        read(lookup, "congo")
    error = caught.value
    assert error.detail == ("'congo' names more than one value of 'p': Congo (Kinshasa) [cod], Congo [cog].")
    assert (error.allowed, error.nearest) == (("cod", "cog"), None)


@pytest.mark.parametrize(("value", "slugs"), [("korea", ("prk", "kor")), ("Nigera", ("ner", "nga"))])
def test_several_that_are_equally_near_are_listed(lookup: Lookup, value: str, slugs: tuple[str, ...]):
    with pytest.raises(ParameterError) as caught:
        read(lookup, value)
    assert caught.value.nearest is None
    for slug in slugs:
        assert f"[{slug}]" in caught.value.detail


def test_any_thing_and_properties_have_names_too(lookup: Lookup):
    reader = Reader(lookup, "en")
    assert reader.thing("s", "Almaty Process", None).value == f"{ID}mechanism/almaty"
    assert reader.property("p", "Covers area").value.endswith("#covers")
    with pytest.raises(ParameterError) as caught:
        reader.thing("s", "almat", None)
    assert (caught.value.nearest, caught.value.allowed) == ("mechanism/almaty", ("mechanism/almaty",))
    with pytest.raises(ParameterError, match=r"names more than one thing: .*former-name/tha.*state/tha"):
        reader.thing("s", "Siam", None)


def _found(lookup: Lookup, text: str) -> list[str]:
    return [name.thing.value.removeprefix(ID) for name in lookup.names().search(text)]


def test_a_search_is_ranked_and_says_what_matched(lookup: Lookup):
    assert _found(lookup, "korea") == ["state/prk", "state/kor"]
    assert _found(lookup, "niger") == ["state/ner", "state/nga"]
    assert _found(lookup, "cote d ivoire") == _found(lookup, "CÔTE D’IVOIRE") == ["state/civ"]
    assert _found(lookup, "404") == ["state/ken"]
    assert _found(lookup, "40") == []
    assert _found(lookup, "enya") == ["state/ken"]
    assert _found(lookup, "process puebla") == ["mechanism/rcm"]
    assert _found(lookup, "’") == []
    name = lookup.names().search("turkey")[0]
    assert (name.text, name.lang, name.kind.name) == ("Turkey", "en", "ALIAS")


def test_random_values_are_read_or_refused(lookup: Lookup):
    choose = random.Random(6)
    letters = "kenya KEN\u00a0’'-()é\u0301İ&+/.%{}<>\"\\\ud800"
    for _ in range(400):
        value = "".join(choose.choices(letters, k=choose.randint(0, 9)))
        for ask in (lambda v: read(lookup, v), lambda v: Reader(lookup, "fr").thing("s", v, None)):
            try:
                ask(value)
            except ParameterError as error:
                assert str(error)
        lookup.names().search(value)


def test_an_answer_says_how_a_name_was_read(service):
    asked = service.catalogue.ask("mechanisms-of-state", {"state": ["Kenya"], "lang": ["fr"]})
    plain = service.catalogue.ask("mechanisms-of-state", {"state": ["ken"], "lang": ["fr"]})
    assert (asked.rows, asked.parameters) == (plain.rows, plain.parameters)
    content = json.loads(ANSWER_FORMATS["json"].write(asked, {}))
    assert content.pop("read_as") == {
        "state": [{"given": "Kenya", "iri": f"{ID}state/ken", "label": "Kenya"}]
    }
    assert content == json.loads(ANSWER_FORMATS["json"].write(plain, {}))
    assert write_readings(asked) == "state\u00a0: «\u00a0Kenya\u00a0» a été lu comme Kenya [ken]."
    assert write_readings(plain) is None


def test_one_thing_under_two_names_is_one_value(service):
    asked = service.catalogue.ask("mechanisms-of-state", {"state": ["kenya", "KE", "ken"]})
    assert asked.parameters["state"] == ["ken"]
    assert [each.given for each in asked.read_as["state"]] == ["kenya", "KE"]
    with pytest.raises(ParameterError, match="2 different values"):
        service.catalogue.ask("shared-mechanisms", {"state": ["kenya", "ken"]})


@pytest.mark.parametrize(
    "text", ["manuel d'accueil", "MANUEL D’ACCUEIL", "manuel d accueil", "manuel\u00a0d'accüeil"]
)
def test_a_text_finds_the_same_however_it_is_typed(service, text: str):
    found = service.catalogue.ask("practices", {"text": [text]})
    assert found.total == 2
    assert found.parameters["text"] == [text.replace("\u00a0", " ")]


def test_a_text_that_nothing_holds_finds_nothing(service):
    for text in ("no such words", "’", "\u0301x"):
        assert service.catalogue.ask("practices", {"text": [text]}).total == 0


def test_words_in_common_use_mean_an_area(service):
    for word in ("human trafficking", "TRAITE DES ETRES HUMAINS", "trata de personas"):
        found = service.catalogue.ask("mechanisms-by-area", {"area": [word]})
        assert found.parameters["area"] == ["anti-trafficking"]
    kinds = [each.kind for each in service.catalogue.search("human trafficking", "en")[:2]]
    assert kinds == ["alias", "alias"]
