"""Labels, sources and members where the graph states several, other or no ones."""

from __future__ import annotations

import pytest
from pyoxigraph import NamedNode
from tests.catalogue.invented import ID, PASSAGE, Engine

from gfmd_kg.catalogue import lookup as lookups
from gfmd_kg.catalogue.lookup import Lookup
from gfmd_kg.catalogue.model import Item, Source
from gfmd_kg.catalogue.schemes import Scheme
from gfmd_kg.namespaces import gfmd

AREA = ID + "area/trade"


def _label(statements: str, lang: str = "en") -> Item:
    engine = Engine(f"GRAPH graph:vocabularies {{ <{AREA}> {statements} }}")
    return Lookup(engine).items([AREA], lang)[AREA]


@pytest.mark.parametrize(
    ("statements", "lang", "label", "language"),
    [
        ('skos:prefLabel "Trade"@en, "Commerce"@fr', "en", "Trade", "en"),
        ('skos:prefLabel "Trade"@en, "Commerce"@fr', "fr", "Commerce", "fr"),
        ('skos:prefLabel "Trade"@en, "Commerce"@fr', "es", "Trade", "en"),
        ('rdfs:label "Commerce"@fr, "Comercio"@es', "en", "Commerce", "fr"),
        ('rdfs:label "Commerce"@fr ; gfmd:nameAsPrinted "Trade, printed"@en', "en", "Trade, printed", "en"),
        ('skos:prefLabel "Trade"@en ; gfmd:nameAsPrinted "A trade"@en', "en", "Trade", "en"),
        ('gfmd:nameAsPrinted "Handel"@de', "en", "Handel", "de"),
        ('gfmd:nameAsPrinted "Trade, no language"', "en", "Trade, no language", None),
        ('rdfs:label "Handel"@de, "Commercio"@it', "en", "Handel", "de"),
        ('rdfs:label "No language"', "en", "No language", None),
        ('rdfs:seeAlso "Trade"@en', "en", "area/trade", None),
    ],
)
def test_a_label_is_taken_from_the_best_language_and_property(
    statements: str, lang: str, label: str, language: str | None
):
    assert _label(statements, lang) == Item(AREA, label, language)


@pytest.mark.parametrize("labels", ['"Beta"@en, "Alpha"@en', '"Alpha"@en, "Beta"@en', '"Alpha"@en'])
def test_of_several_labels_in_one_language_the_least_is_taken(labels: str):
    assert _label(f"skos:prefLabel {labels}").label == "Alpha"
    assert _label(f"rdfs:label {labels}").label == "Alpha"
    assert _label(f"gfmd:nameAsPrinted {labels}").label == "Alpha"


def test_the_least_label_does_not_hang_on_the_order_of_the_engine():
    class Ordered(Engine):
        def __init__(self, labels: list[str]) -> None:
            trig = " ".join(
                f'GRAPH graph:{n} {{ <{AREA}> rdfs:label "{x}"@en }}' for n, x in enumerate(labels)
            )
            super().__init__(trig)
            self._order = labels

        def select(self, text: str):
            found = super().select(text)
            rows = sorted(found.rows, key=lambda row: self._order.index(row[2].value))
            return type(found)(found.variables, tuple(rows))

    for labels in (["b", "a", "c"], ["a", "b", "c"], ["c", "b", "a"]):
        assert Lookup(Ordered(labels)).items([AREA], "en")[AREA].label == "a"


def test_what_was_found_is_not_asked_for_again():
    engine = Engine(f'GRAPH graph:x {{ <{AREA}> a gfmd:AreaOfActivity ; rdfs:label "Trade"@en }}')
    lookup = Lookup(engine)
    assert list(lookup.items([AREA, AREA], "en")) == [AREA]
    assert engine.asked[0].count(AREA) == 1
    scheme = Scheme("area", gfmd("AreaOfActivity"))
    for _ in range(2):
        lookup.items([AREA], "fr")
        assert list(lookup.members(scheme)) == ["trade"]
        assert list(lookup.of_kind("area")) == ["trade"]
        assert lookup.properties() == {}
    assert len(engine.asked) == 4


def test_many_things_are_asked_for_in_several_queries(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(lookups, "BATCH", 2)
    areas = [f"{ID}area/a{number}" for number in range(5)]
    engine = Engine("GRAPH graph:x {" + " . ".join(f'<{iri}> rdfs:label "{iri[-2:]}"' for iri in areas) + "}")
    found = Lookup(engine).items(areas, "en")
    assert [item.label for item in found.values()] == ["a0", "a1", "a2", "a3", "a4"]
    assert [sum(iri in text for iri in areas) for text in engine.asked] == [2, 2, 1]


REGISTER = """
GRAPH graph:register {
  <passage/paper/p1> gfmd:scope <id/basis/source>, <id/document/paper> ;
    gfmd:locator "page 3", "page 2" ; gfmd:reason "not told"@en ; gfmd:firstLine 7, 5 ; gfmd:lastLine 9, 8 .
  <https://w3id.org/gfmd-kg/reference/un> gfmd:scope <id/basis/reference> ; gfmd:citation "A resolution" .
  <https://w3id.org/gfmd-kg/note/n> gfmd:scope <id/basis/editorial> ;
    gfmd:reason "Ainsi"@fr, "Because"@en, "Also because"@en, "Aber"@de .
  graph:odd gfmd:scope <http://elsewhere/scope> .
  graph:described gfmd:locator "nowhere" .
}
"""


def test_a_source_is_what_the_register_says_of_a_graph():
    lookup = Lookup(Engine(REGISTER))
    passage = PASSAGE + "paper/p1"
    reference, note = "https://w3id.org/gfmd-kg/reference/un", "https://w3id.org/gfmd-kg/note/n"
    odd, described = "https://w3id.org/gfmd-kg/graph/odd", "https://w3id.org/gfmd-kg/graph/described"
    wanted = [note, passage, reference, described, odd, "https://w3id.org/gfmd-kg/graph/none", passage]
    assert list(lookup.sources(wanted).items()) == [
        (note, Source(note, "editorial", None, "Also because", None, None)),
        (passage, Source(passage, "source", "paper", "page 2", 5, 8)),
        (reference, Source(reference, "reference", None, "A resolution", None, None)),
        (odd, Source(odd, "", None, None, None, None)),
    ]


def test_sources_are_kept():
    engine = Engine(REGISTER)
    lookup = Lookup(engine)
    first = lookup.sources([PASSAGE + "paper/p1"])
    assert lookup.sources(iter([PASSAGE + "paper/p1"])) == first
    assert len(engine.asked) == 1


KINDS = """
GRAPH graph:ontology {
  gfmd:Forum rdfs:subClassOf gfmd:Mechanism .
  gfmd:covers a owl:ObjectProperty . gfmd:adopted a owl:DatatypeProperty . gfmd:Forum a owl:Class .
  <http://elsewhere/p> a owl:ObjectProperty .
}
GRAPH graph:x {
  <id/mechanism/b> a gfmd:Mechanism . <id/mechanism/a> a gfmd:Forum . <id/meeting/m> a gfmd:Mechanism .
  <id/mechanismus/c> a gfmd:Other . <id/mechanism/d> a gfmd:Other . _:none a gfmd:Mechanism .
  <id/mechanism/d> gfmd:covers <id/area/trade> .
}
"""


def test_members_are_things_of_the_kind_and_class_in_the_order_of_their_slugs():
    lookup = Lookup(Engine(KINDS))
    found = lookup.members(Scheme("mechanism", gfmd("Mechanism")))
    assert list(found.items()) == [
        ("a", NamedNode(ID + "mechanism/a")),
        ("b", NamedNode(ID + "mechanism/b")),
    ]
    assert list(lookup.members(Scheme("mechanism", gfmd("Other")))) == ["d"]
    assert list(lookup.of_kind("mechanism")) == ["a", "b", "d"]
    assert lookup.of_kind("mechanism")["d"] == NamedNode(ID + "mechanism/d")
    assert list(lookup.of_kind("meeting")) == ["m"]
    assert list(lookup.properties().items()) == [("adopted", gfmd("adopted")), ("covers", gfmd("covers"))]


def test_a_thing_exists_if_a_statement_speaks_of_it():
    lookup = Lookup(Engine(KINDS))
    for iri in ("mechanism/a", "area/trade"):
        assert lookup.exists(NamedNode(ID + iri)) is True
    assert lookup.exists(NamedNode(ID + "area/nothing")) is False
