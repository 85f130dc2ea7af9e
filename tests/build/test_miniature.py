"""The miniature is a dataset like the live one: it builds, agrees with its texts, uses all of the model."""

from __future__ import annotations

from pathlib import Path

from pyoxigraph import Literal, NamedNode, RdfFormat, parse

from gfmd_kg.build.coverage import cover
from gfmd_kg.build.load import load_all
from gfmd_kg.build.verify import verify
from gfmd_kg.namespaces import ONTOLOGY
from gfmd_kg.paths import Layout
from gfmd_kg.release import current_release

FOLDER = Path(__file__).parents[1] / "fixtures" / "miniature"
TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")


def test_its_passages_and_printed_names_agree_with_its_texts(miniature: Layout):
    found = verify(load_all(miniature), FOLDER / "texts")
    assert found.failures == ()
    assert found.passages > 70
    assert found.names > 90


def test_every_line_of_its_texts_is_accounted_for(miniature: Layout):
    maps = cover(load_all(miniature), FOLDER / "data" / "coverage", FOLDER / "texts")
    assert [found.document for found in maps] == ["example-2031-report", "example-2033-paper"]
    for found in maps:
        assert found.unaccounted == ()
        assert len(found.left_out) == 1


def test_it_uses_every_class_and_property_of_the_ontology(miniature: Layout):
    release = current_release(miniature.release)
    quads = list(parse(path=str(release.quads), format=RdfFormat.N_QUADS))
    used = {quad.predicate.value for quad in quads}
    used |= {quad.object.value for quad in quads if quad.predicate == TYPE}
    declared = {
        quad.subject.value
        for quad in quads
        if quad.predicate == TYPE
        and isinstance(quad.subject, NamedNode)
        and quad.subject.value.startswith(ONTOLOGY)
    }
    missing = {term.removeprefix(ONTOLOGY) for term in declared - used}
    assert missing == {"StatementGraph"}  # only its kinds are used


def test_its_labels_stand_in_one_language_two_and_three(miniature: Layout):
    names: dict[str, set[str]] = {}
    for quad in load_all(miniature):
        if quad.predicate.value.endswith("nameAsPrinted") and isinstance(quad.object, Literal):
            names.setdefault(str(quad.subject), set()).add(quad.object.language or "")
    wanted = ({"fr"}, {"es"}, {"en", "fr"}, {"en", "es", "fr"})
    assert set(map(frozenset, wanted)) <= set(map(frozenset, names.values()))
