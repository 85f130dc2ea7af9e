"""What follows from the source statements: OWL 2 RL, as far as it speaks the project's own vocabulary.

The rule set is that of the W3C recommendation OWL 2 Profiles, section 4.3. Conclusions about RDF, RDFS and
OWL themselves (every class is a subclass of itself) help no reader and are dropped.
"""

from __future__ import annotations

from collections.abc import Iterable

import owlrl
import rdflib
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, parse, serialize
from rdflib.namespace import RDF
from rdflib.term import Node

from gfmd_kg.errors import DataError
from gfmd_kg.namespaces import (
    ALIGNMENTS_GRAPH,
    ONTOLOGY,
    ONTOLOGY_GRAPH,
    PASSAGE,
    SOURCE_INFERENCE,
    VOCABULARIES_GRAPH,
)

RULE_SET = "OWL 2 RL/RDF rules (OWL 2 Profiles, section 4.3)"
_ERROR = rdflib.URIRef("http://www.daml.org/2002/03/agents/agent-ont#error")


def infer(quads: Iterable[Quad], *, alignments: bool = False) -> list[Quad]:
    """The new statements that follow from ontology and source passages, in the inference graph.

    With ``alignments`` the links to other ontologies take part, and their terms are concluded too.
    Raises ``DataError`` with one fault per contradiction the rules find.
    """
    quads = list(quads)
    terms = {ONTOLOGY_GRAPH, VOCABULARIES_GRAPH} | ({ALIGNMENTS_GRAPH} if alignments else set())
    premises = {quad.triple for quad in quads if _is_premise(quad, terms)}
    aligned = {
        quad.object.value
        for quad in quads
        if alignments and quad.graph_name == ALIGNMENTS_GRAPH and isinstance(quad.object, NamedNode)
    }
    graph = rdflib.Graph()
    graph.parse(data=serialize(premises, format=RdfFormat.N_TRIPLES), format="nt")
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics, axiomatic_triples=False, datatype_axioms=False).expand(
        graph
    )
    contradictions = sorted({str(message) for message in graph.objects(None, _ERROR)})
    if contradictions:
        raise DataError(f"the statements contradict the ontology: {text}" for text in contradictions)
    # the rules also conclude triples with a literal subject, which RDF does not have
    found = rdflib.Graph()
    for subject, predicate, value in graph:
        if isinstance(subject, rdflib.URIRef) and _is_conclusion(subject, predicate, value, aligned):
            found.add((subject, predicate, value))
    triples = {quad.triple for quad in parse(input=found.serialize(format="nt"), format=RdfFormat.N_TRIPLES)}
    new = triples - {quad.triple for quad in quads}
    return [Quad(t.subject, t.predicate, t.object, SOURCE_INFERENCE) for t in sorted(new, key=str)]


def _is_premise(quad: Quad, terms: set[NamedNode]) -> bool:
    graph = quad.graph_name
    if not isinstance(graph, NamedNode):
        return False
    if isinstance(quad.object, Literal) and quad.object.language:
        return False  # labels and names take no part in any rule, and are half of the statements
    return graph in terms or graph.value.startswith(PASSAGE)


def _is_conclusion(subject: Node, predicate: Node, value: Node, aligned: set[str]) -> bool:
    if str(subject).startswith(ONTOLOGY):
        return False
    term = str(value if predicate == RDF.type else predicate)
    return term.startswith(ONTOLOGY) or term in aligned
