"""What follows from the source statements, and what must not."""

from __future__ import annotations

import pytest
from pyoxigraph import NamedNode, Quad

from gfmd_kg.build.load import load_all
from gfmd_kg.build.reason import infer
from gfmd_kg.errors import DataError
from gfmd_kg.namespaces import ONTOLOGY, PASSAGE, SOURCE_INFERENCE, gfmd, thing

TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
OWL = "http://www.w3.org/2002/07/owl#"
HERE = NamedNode(PASSAGE + "grcp7-2017/annex-4-appendix-2.l655")


@pytest.fixture(scope="module")
def inferred():
    from gfmd_kg.paths import find_layout

    return infer(load_all(find_layout()))


def test_a_class_of_mechanism_follows_from_a_stated_category(inferred):
    def of(name: str) -> set[str]:
        return {
            quad.subject.value.rpartition("/")[2]
            for quad in inferred
            if quad.predicate == TYPE and quad.object == gfmd(name)
        }

    assert of("GlobalProcess") == {"gfmd", "idm", "un-high-level-dialogue"}
    in_the_report = {"5-plus-5-dialogue", "abu-dhabi-dialogue", "acp-eu-dialogue", "igc", "khartoum-process"}
    in_the_report |= {"pan-african-forum", "rabat-process"}
    in_the_paper_of_2008 = {"acp", "asem", "cplp", "eu-lac-dialogue", "fibemyd", "ibero-american-community"}
    in_the_paper_of_2008 |= {"union-for-the-mediterranean"}
    assert of("InterregionalForum") == in_the_report | in_the_paper_of_2008
    only_in_the_paper_of_2008 = {"abu-dhabi-dialogue", "apc", "sacm"}
    assert only_in_the_paper_of_2008 <= of("RegionalConsultativeProcess")
    assert len(of("RegionalConsultativeProcess") - only_in_the_paper_of_2008) == 12
    assert "bali-process" not in of("RegionalConsultativeProcess") | of("InterregionalForum")


def test_only_the_projects_own_vocabulary_is_concluded(inferred):
    assert inferred
    for quad in inferred:
        assert quad.graph_name == SOURCE_INFERENCE
        concluded = quad.object if quad.predicate == TYPE else quad.predicate
        assert concluded.value.startswith(ONTOLOGY)


def test_nothing_is_concluded_from_editorial_notes(inferred):
    assert not [quad for quad in inferred if "possiblySame" in quad.predicate.value]


def test_two_categories_of_one_mechanism_are_no_contradiction(layout):
    quads = load_all(layout)
    more = [
        Quad(thing("mechanism", "bali-process"), gfmd("category"), thing("category", slug), HERE)
        for slug in ("rcp", "interregional-forum")
    ]
    both = {
        quad.object
        for quad in infer([*quads, *more])
        if quad.subject == thing("mechanism", "bali-process") and quad.predicate == TYPE
    }
    assert {gfmd("RegionalConsultativeProcess"), gfmd("InterregionalForum")} <= both


def test_a_contradiction_fails_the_build(layout):
    rcm = thing("mechanism", "rcm")
    apart = Quad(rcm, NamedNode(OWL + "differentFrom"), rcm, HERE)
    with pytest.raises(DataError, match="contradict"):
        infer([*load_all(layout), apart])
