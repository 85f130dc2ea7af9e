"""Corrupt the data at random and see what validation refuses: the mutation score of shapes and rules.

Each corruption changes one thing in the merged statements; validation must then report a violation. Run
``make mutate`` for the table; ``--number`` and ``--seed`` change the sample. Exit status 1 if the score is
under the promise.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pyshacl
import rdflib
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, serialize
from rdflib.namespace import SH

from gfmd_kg.build.load import load_all
from gfmd_kg.build.validate import qc_faults
from gfmd_kg.namespaces import ONTOLOGY, PASSAGE, REGISTER, THING, gfmd, split_thing, thing
from gfmd_kg.paths import Layout, find_layout

TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
LABEL = NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
XSD = "http://www.w3.org/2001/XMLSchema#"
PROMISE_ALL, PROMISE_KIND = 0.97, 0.90

Statements = list[Quad]
Mutation = tuple[set[Quad], list[Quad]]
"""What is taken away and what is put in its place."""


@dataclass(frozen=True)
class Sample:
    """The statements to corrupt, by use."""

    data: Statements
    stated: Statements
    register: Statements


def _with(quad: Quad, subject=None, prop=None, value=None, graph=None) -> Quad:
    return Quad(
        subject or quad.subject, prop or quad.predicate, value or quad.object, graph or quad.graph_name
    )


def _pick(rng: random.Random, some: Sequence[Quad]) -> Quad:
    return some[rng.randrange(len(some))]


def _links(sample: Sample) -> Statements:
    return [
        quad
        for quad in sample.stated
        if isinstance(quad.object, NamedNode)
        and quad.predicate != TYPE
        and quad.object.value.startswith(THING)
    ]


def _literals(sample: Sample, *types: str) -> Statements:
    wanted = {XSD + name for name in types}
    return [
        quad
        for quad in sample.data
        if isinstance(quad.object, Literal) and quad.object.datatype.value in wanted
    ]


def drop_type(sample: Sample, rng: random.Random) -> Mutation:
    """Every type of one thing is lost."""
    quad = _pick(rng, [quad for quad in sample.stated if quad.predicate == TYPE])
    return {each for each in sample.data if each.subject == quad.subject and each.predicate == TYPE}, []


def swap_subject_and_object(sample: Sample, rng: random.Random) -> Mutation:
    """A relation is written the wrong way round."""
    quad = _pick(rng, [q for q in _links(sample) if q.predicate != gfmd("possiblySameAs")])
    return {quad}, [Quad(quad.object, quad.predicate, quad.subject, quad.graph_name)]


def state_for_mechanism(sample: Sample, rng: random.Random) -> Mutation:
    """A state stands where a mechanism belongs."""
    props = {gfmd(name) for name in ("inMechanism", "ofMechanism", "namesMechanism", "concernsMechanism")}
    quad = _pick(rng, [q for q in sample.stated if q.predicate in props or q.predicate == gfmd("coversArea")])
    state = thing("state", "phl")
    return {quad}, [
        _with(quad, subject=state) if quad.predicate == gfmd("coversArea") else _with(quad, value=state)
    ]


def wrong_language(sample: Sample, rng: random.Random) -> Mutation:
    """A label or name carries a language that is not offered."""
    quad = _pick(rng, [q for q in sample.data if isinstance(q.object, Literal) and q.object.language])
    return {quad}, [_with(quad, value=Literal(quad.object.value, language=rng.choice(["de", "it", "fr-ca"])))]


def dangling_iri(sample: Sample, rng: random.Random) -> Mutation:
    """A relation points to a thing that nothing describes."""
    quad = _pick(rng, _links(sample))
    return {quad}, [_with(quad, value=NamedNode(quad.object.value + "-x"))]


def date_out_of_range(sample: Sample, rng: random.Random) -> Mutation:
    """A date lies before or after everything the documents speak of."""
    quad = _pick(rng, _literals(sample, "date", "gYear", "gYearMonth"))
    value = rng.choice(["1817", "3017"]) + quad.object.value[4:]
    return {quad}, [_with(quad, value=Literal(value, datatype=quad.object.datatype))]


def passage_without_lines(sample: Sample, rng: random.Random) -> Mutation:
    """A passage loses its first or last line, its digest, locator or document."""
    props = {gfmd(name) for name in ("firstLine", "lastLine", "digest", "locator", "inDocument")}
    return {_pick(rng, [quad for quad in sample.register if quad.predicate in props])}, []


def duplicated_label(sample: Sample, rng: random.Random) -> Mutation:
    """A thing has two labels in one language."""
    quad = _pick(rng, [q for q in sample.data if q.predicate == LABEL])
    return set(), [_with(quad, value=Literal(quad.object.value + " bis", language=quad.object.language))]


def misspelt_property(sample: Sample, rng: random.Random) -> Mutation:
    """A property of the project is misspelt."""
    quad = _pick(rng, [q for q in sample.stated if q.predicate.value.startswith(ONTOLOGY)])
    return {quad}, [_with(quad, prop=NamedNode(quad.predicate.value[:-1]))]


def number_as_text(sample: Sample, rng: random.Random) -> Mutation:
    """A number, boolean or date is written as text."""
    quad = _pick(rng, _literals(sample, "integer", "boolean", "decimal", "date", "gYear", "gYearMonth"))
    return {quad}, [_with(quad, value=Literal(quad.object.value))]


def value_outside_its_list(sample: Sample, rng: random.Random) -> Mutation:
    """A value of a closed list is replaced by one of another list."""
    kinds = (
        "category",
        "area",
        "theme",
        "practice-type",
        "region",
        "status",
        "role",
        "event-kind",
        "point-kind",
    )
    quad = _pick(rng, [q for q in _links(sample) if (split_thing(q.object.value) or ("",))[0] in kinds])
    other = rng.choice([kind for kind in kinds if kind != (split_thing(quad.object.value) or ("",))[0]])
    values = [q.object for q in _links(sample) if (split_thing(q.object.value) or ("",))[0] == other]
    return {quad}, [_with(quad, value=values[rng.randrange(len(values))])]


def moved_out_of_its_passage(sample: Sample, rng: random.Random) -> Mutation:
    """A statement of a document stands in an editorial note, in an unknown graph, or in the register."""
    quad = _pick(rng, [q for q in sample.stated if q.predicate != TYPE])
    graph = rng.choice(["note/labels", "graph/register", "passage/grcp7-2017/nowhere"])
    return {quad}, [_with(quad, graph=NamedNode("https://w3id.org/gfmd-kg/" + graph))]


def malformed_iri(sample: Sample, rng: random.Random) -> Mutation:
    """A thing is written with a capital letter or a space mark in its IRI."""
    quad = _pick(rng, _links(sample))
    return {quad}, [_with(quad, value=NamedNode(quad.object.value.replace("/id/", "/ID/")))]


def lines_the_wrong_way_round(sample: Sample, rng: random.Random) -> Mutation:
    """The last line of a passage comes before its first."""
    quad = _pick(rng, [quad for quad in sample.register if quad.predicate == gfmd("lastLine")])
    return {quad}, [_with(quad, value=Literal("0", datatype=NamedNode(XSD + "integer")))]


def digest_cut(sample: Sample, rng: random.Random) -> Mutation:
    """A digest has lost some of its digits."""
    quad = _pick(rng, [quad for quad in sample.register if quad.predicate == gfmd("digest")])
    return {quad}, [_with(quad, value=Literal(quad.object.value[: rng.randrange(1, 64)]))]


def lost_label(sample: Sample, rng: random.Random) -> Mutation:
    """A label in one language is lost."""
    return {_pick(rng, [quad for quad in sample.data if quad.predicate == LABEL])}, []


KINDS: tuple[Callable[[Sample, random.Random], Mutation], ...] = (
    drop_type,
    swap_subject_and_object,
    state_for_mechanism,
    wrong_language,
    dangling_iri,
    date_out_of_range,
    passage_without_lines,
    duplicated_label,
    misspelt_property,
    number_as_text,
    value_outside_its_list,
    moved_out_of_its_passage,
    malformed_iri,
    lines_the_wrong_way_round,
    digest_cut,
    lost_label,
)


class Validator:
    """Shapes over the merged statements that a corruption touches, and rules over the whole dataset.

    A shape is asked about every node within two steps of what changed; the rest of the data, which is valid,
    stays as the background it looks things up in.
    """

    def __init__(self, layout: Layout, quads: Statements) -> None:
        self._layout = layout
        self._quads = quads
        self._shapes = rdflib.Graph()
        for path in sorted(layout.shapes.glob("*.ttl")):
            self._shapes.parse(path)
        self._data = rdflib.Graph()
        self._data.parse(
            data=serialize({quad.triple for quad in quads}, format=RdfFormat.N_TRIPLES), format="nt"
        )
        self._rules = {fault.rule for fault in qc_faults(quads, layout)}
        assert not self._rules, "the data must be valid before it is corrupted"

    def refuses(self, mutation: Mutation) -> bool:
        """Whether a build would stop."""
        gone, come = mutation
        quads = [*(quad for quad in self._quads if quad not in gone), *come]
        if qc_faults(quads, self._layout):
            return True
        kept = {quad.triple for quad in quads}
        removed = [quad.triple for quad in gone if quad.triple not in kept]
        added = [quad.triple for quad in come]
        self._apply(removed, added)
        try:
            # asked about a few nodes, pySHACL skips what sh:or says of literals: what passes is asked in full
            return self._violates(self._focus(removed + added)) or self._violates(None)
        finally:
            self._apply(added, removed)

    def _violates(self, focus: list[rdflib.URIRef] | None) -> bool:
        _, results, _ = pyshacl.validate(
            self._data, shacl_graph=self._shapes, inference="none", focus_nodes=focus
        )
        assert isinstance(results, rdflib.Graph)
        return any(value == SH.Violation for value in results.objects(None, SH.resultSeverity))

    def _apply(self, gone, come) -> None:
        for triple in _as_rdflib(gone):
            self._data.remove(triple)
        for triple in _as_rdflib(come):
            self._data.add(triple)

    def _focus(self, triples) -> list[rdflib.URIRef]:
        near: set[rdflib.term.Node] = set()
        for subject, _, value in _as_rdflib(triples):
            near |= {subject, value, *self._data.subjects(None, subject), *self._data.objects(subject, None)}
        return [node for node in near if isinstance(node, rdflib.URIRef)]


def _as_rdflib(triples) -> list[tuple[rdflib.term.Node, rdflib.term.Node, rdflib.term.Node]]:
    if not triples:
        return []
    return list(rdflib.Graph().parse(data=serialize(triples, format=RdfFormat.N_TRIPLES), format="nt"))


def collect(quads: Statements) -> Sample:
    """Sort the statements by what may be done to them."""
    data = [
        quad
        for quad in quads
        if isinstance(quad.graph_name, NamedNode)
        and quad.graph_name.value.partition("/gfmd-kg/")[2].startswith(
            ("passage/", "note/", "graph/register")
        )
    ]
    stated = [quad for quad in data if quad.graph_name.value.startswith(PASSAGE)]
    passages = {quad.subject for quad in data if quad.predicate == gfmd("digest")}
    register = [quad for quad in data if quad.graph_name == REGISTER and quad.subject in passages]
    return Sample(data, stated, register)


def measure(layout: Layout, number: int, seed: int) -> dict[str, tuple[int, int, list[Mutation]]]:
    """Per kind: how many were refused, how many were tried, and those that passed."""
    quads = load_all(layout)
    sample, validator, rng = collect(quads), Validator(layout, quads), random.Random(seed)
    each = -(-number // len(KINDS))
    table = {}
    for kind in KINDS:
        passed = []
        for _ in range(each):
            mutation = kind(sample, rng)
            if not validator.refuses(mutation):
                passed.append(mutation)
        table[kind.__name__] = (each - len(passed), each, passed)
    return table


def main() -> int:
    """Print the table; 1 if a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--number", type=int, default=608)
    parser.add_argument("--seed", type=int, default=2017)
    options = parser.parse_args()
    table = measure(find_layout(), options.number, options.seed)
    for name, (refused, tried, passed) in table.items():
        print(f"{name.replace('_', ' '):<28} {refused:>4} of {tried:<4} {refused / tried:>7.1%}")
        for gone, come in passed:
            print(f"    passed: {' '.join(map(str, gone))[:180]} -> {' '.join(map(str, come))[:180]}")
    refused, tried = (sum(row[index] for row in table.values()) for index in (0, 1))
    print(f"{'all':<28} {refused:>4} of {tried:<4} {refused / tried:>7.1%}")
    weak = [name for name, row in table.items() if row[0] / row[1] < PROMISE_KIND]
    return 1 if weak or refused / tried < PROMISE_ALL else 0


if __name__ == "__main__":
    sys.exit(main())
