"""The ontology stays inside OWL 2 RL and is OWL 2 DL (W3C OWL 2 Profiles, section 4)."""

from __future__ import annotations

from pathlib import Path

import rdflib
from rdflib.collection import Collection
from rdflib.namespace import OWL, RDF, RDFS, SKOS

ROOT = Path(__file__).parents[2]
ONTOLOGY = rdflib.Graph().parse(ROOT / "ontology" / "gfmd.ttl")
WHOLE = ONTOLOGY + rdflib.Graph().parse(ROOT / "ontology" / "vocabularies.ttl")
GFMD = "https://w3id.org/gfmd-kg/ontology#"
KINDS = (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)
PERMITTED = {
    OWL.Class,
    OWL.ObjectProperty,
    OWL.DatatypeProperty,
    OWL.AnnotationProperty,
    OWL.Ontology,
    OWL.Restriction,
    OWL.SymmetricProperty,
    OWL.onProperty,
    OWL.hasValue,
    OWL.equivalentClass,
    OWL.inverseOf,
    OWL.propertyChainAxiom,
    OWL.versionInfo,
    OWL.NamedIndividual,
    OWL.AllDisjointClasses,
    OWL.members,
}
"""Each is allowed by the grammar of the RL profile where it is used here; the tests below say where."""


def test_only_constructs_of_the_profile_are_used():
    used = {term for triple in WHOLE for term in triple if str(term).startswith(str(OWL))}
    assert used <= PERMITTED


def test_an_equivalent_class_is_a_value_restriction_on_an_object_property():
    """RL allows ObjectHasValue as equivalent class expression; unions or existentials would leave it."""
    found = list(ONTOLOGY.objects(None, OWL.equivalentClass))
    assert found
    for node in found:
        assert set(ONTOLOGY.predicates(node)) == {RDF.type, OWL.onProperty, OWL.hasValue}
        prop = ONTOLOGY.value(node, OWL.onProperty)
        assert (prop, RDF.type, OWL.ObjectProperty) in ONTOLOGY
        assert isinstance(ONTOLOGY.value(node, OWL.hasValue), rdflib.URIRef)


def test_superclasses_domains_and_ranges_are_named():
    for prop in (RDFS.subClassOf, RDFS.subPropertyOf, RDFS.domain, RDFS.range):
        assert all(isinstance(value, rdflib.URIRef) for value in ONTOLOGY.objects(None, prop))


def test_a_name_is_one_kind_of_thing():
    """OWL 2 DL: no IRI is two of class, object, datatype and annotation property; none of ours is punned."""
    declared = {term for kind in KINDS for term in ONTOLOGY.subjects(RDF.type, kind)}
    assert len(declared) > 100
    for term in declared:
        kinds = [kind for kind in KINDS if (term, RDF.type, kind) in ONTOLOGY]
        assert len(kinds) == 1, term
        classes = [kind for kind in WHOLE.objects(term, RDF.type) if str(kind).startswith(GFMD)]
        assert classes == [], term


def test_every_property_and_class_that_is_used_is_declared():
    builtin = {RDF.type, RDFS.label, RDFS.isDefinedBy, RDFS.domain, RDFS.range, RDFS.subClassOf}
    builtin |= {RDFS.subPropertyOf, RDFS.comment, RDF.first, RDF.rest}
    declared = {term for kind in KINDS for term in ONTOLOGY.subjects(RDF.type, kind)}
    for prop in set(WHOLE.predicates()):
        assert prop in declared | builtin or str(prop).startswith(str(OWL)), prop
    for kind in set(WHOLE.objects(None, RDF.type)):
        assert kind in declared or str(kind).startswith(str(OWL)) or kind == RDF.List, kind


def test_a_chain_is_no_simple_property():
    """OWL 2 DL: a property defined by a chain is not simple, so nothing may restrict or invert it."""
    for prop in ONTOLOGY.subjects(OWL.propertyChainAxiom, None):
        assert not list(ONTOLOGY.subjects(OWL.onProperty, prop))
        assert not list(ONTOLOGY.subjects(OWL.inverseOf, prop))
        assert prop not in set(ONTOLOGY.objects(None, OWL.inverseOf))


def test_nothing_that_sources_may_dispute_is_disjoint():
    """Whether a body is a mechanism or an organisation, and of which category, is for the sources to say."""
    assert not list(ONTOLOGY.triples((None, OWL.disjointWith, None)))
    (axiom,) = ONTOLOGY.subjects(RDF.type, OWL.AllDisjointClasses)
    apart = set(Collection(ONTOLOGY, ONTOLOGY.value(axiom, OWL.members)))
    disputed = {rdflib.URIRef(GFMD + name) for name in ("Mechanism", "Organisation", "Actor")}
    categories = set(ONTOLOGY.subjects(OWL.equivalentClass, None))
    assert len(apart) > 5
    assert len(categories) == 6
    assert len(apart & disputed) <= 1
    assert not apart & categories


def test_every_concept_is_in_a_scheme():
    concepts = [
        term
        for term in WHOLE.subjects(SKOS.prefLabel, None)
        if (term, RDF.type, SKOS.ConceptScheme) not in WHOLE
    ]
    assert len(set(concepts)) > 100
    for concept in set(concepts):
        assert (concept, SKOS.inScheme, None) in WHOLE, concept
