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
HERE = NamedNode(PASSAGE + "example-2031-report/table-1.l34")


@pytest.fixture(scope="module")
def inferred(miniature):
    return infer(load_all(miniature))


def test_a_class_of_mechanism_follows_from_a_stated_category(inferred):
    def of(name: str) -> set[str]:
        return {
            quad.subject.value.rpartition("/")[2]
            for quad in inferred
            if quad.predicate == TYPE and quad.object == gfmd(name)
        }

    assert of("GlobalProcess") == {"far-lands-assembly"}
    assert of("RegionalConsultativeProcess") == {"amber-coast-process", "cedar-hills-forum"}
    # the paper classes one of them otherwise than the report: both follow
    assert of("InterregionalForum") == {"amber-coast-process", "blue-river-dialogue"}
    assert of("RegionalOrganisationMechanism") == {"delta-states-conference"}
    assert of("RegionalEconomicOrganisation") == {"ochre-union"}
    assert of("UNRegionalCommission") == {"opal-commission"}


def test_a_theme_follows_from_the_areas_and_a_practice_from_its_contributor(inferred):
    def of(name: str, prop: str) -> set[str]:
        return {
            quad.object.value.rpartition("/")[2]
            for quad in inferred
            if quad.subject == thing("mechanism", name) and quad.predicate == gfmd(prop)
        }

    assert of("cedar-hills-forum", "coversTheme") == {
        "human-rights",
        "regular-pathways",
        "trafficking-and-smuggling",
    }
    assert of("cedar-hills-forum", "contributedPractice") == {"border-radio", "welcome-manual-africa"}


def test_only_the_projects_own_vocabulary_is_concluded(inferred):
    assert inferred
    for quad in inferred:
        assert quad.graph_name == SOURCE_INFERENCE
        concluded = quad.object if quad.predicate == TYPE else quad.predicate
        assert concluded.value.startswith(ONTOLOGY)


def test_nothing_is_concluded_from_editorial_notes(inferred):
    assert not [quad for quad in inferred if "possiblySame" in quad.predicate.value]


def test_two_categories_of_one_mechanism_are_no_contradiction(miniature):
    quads = load_all(miniature)
    more = [
        Quad(thing("mechanism", "far-lands-assembly"), gfmd("category"), thing("category", slug), HERE)
        for slug in ("rcp", "interregional-forum")
    ]
    both = {
        quad.object
        for quad in infer([*quads, *more])
        if quad.subject == thing("mechanism", "far-lands-assembly") and quad.predicate == TYPE
    }
    assert {gfmd("RegionalConsultativeProcess"), gfmd("InterregionalForum")} <= both


def test_a_contradiction_fails_the_build(miniature):
    amber = thing("mechanism", "amber-coast-process")
    apart = Quad(amber, NamedNode(OWL + "differentFrom"), amber, HERE)
    with pytest.raises(DataError, match="contradict"):
        infer([*load_all(miniature), apart])
