"""The names under which a release lies in an endpoint, beside other releases.

Every graph of the release gets a name of its own in there, and so do its blank nodes (RDF 1.1 Concepts,
3.5), because graphs are sent one by one and a blank node has no name outside the graph it came with. One
small graph, the manifest, says that the set is complete; another, the pointer, which set is in force.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple

from gfmd_kg.namespaces import BASE, GRAPH, NOTE, PASSAGE, REFERENCE, REGISTER
from gfmd_kg.store.engine import Term

RELEASES = NamedNode(BASE + "release/")
POINTER = NamedNode(RELEASES.value + "current")
"""The graph that names the set in force, and the one before it."""

_DCAT = "http://www.w3.org/ns/dcat#"
CURRENT = NamedNode(_DCAT + "hasCurrentVersion")
PREVIOUS = NamedNode(_DCAT + "previousVersion")
VERSION = NamedNode(_DCAT + "version")
IDENTIFIER = NamedNode("http://purl.org/dc/terms/identifier")

_GRAPHS = (PASSAGE, REFERENCE, NOTE, GRAPH)
_GENERATED = ".well-known/genid/"


def is_graph(iri: str) -> bool:
    """Whether the IRI is that of a named graph of a release."""
    return iri.startswith(_GRAPHS)


@dataclass(frozen=True)
class GraphSet:
    """The graphs of the release ``version``, each renamed from ``BASE`` to ``iri``."""

    version: str

    @property
    def iri(self) -> str:
        return f"{RELEASES.value}{self.version}/"

    @property
    def node(self) -> NamedNode:
        """The release, and the graph that is its manifest, which does not belong to the set.

        It is written last and dropped first: while it is there, the set is whole.
        """
        return NamedNode(RELEASES.value + self.version)

    @property
    def register(self) -> NamedNode:
        return NamedNode(self.rename(REGISTER.value))

    def rename(self, iri: str) -> str:
        """The name that an IRI of the release has in the endpoint: graphs change, all else stays."""
        return self.iri + iri[len(BASE) :] if is_graph(iri) else iri

    def restore(self, term: Term | None) -> Term | None:
        """The term of the release that a term of the endpoint stands for; also inside computed strings."""
        if isinstance(term, NamedNode) and term.value.startswith(self.iri):
            rest = term.value[len(self.iri) :]
            if rest.startswith(_GENERATED):
                return BlankNode(rest[len(_GENERATED) :])
            return NamedNode(BASE + rest)
        if isinstance(term, Literal) and self.iri in term.value:
            value = term.value.replace(self.iri, BASE)
            if term.language:
                return Literal(value, language=term.language)
            return Literal(value, datatype=term.datatype)
        return term

    def graphs(self, quads: Iterable[Quad]) -> dict[str, list[Triple]]:
        """The statements as they are sent: by renamed graph, both in a fixed order."""
        found: dict[str, list[Triple]] = {}
        for quad in quads:
            assert isinstance(quad.graph_name, NamedNode)
            subject, value = self._sent(quad.subject), self._sent(quad.object)
            assert not isinstance(subject, Literal)
            triple = Triple(subject, quad.predicate, value)
            found.setdefault(self.rename(quad.graph_name.value), []).append(triple)
        return {graph: sorted(found[graph], key=str) for graph in sorted(found)}

    def _sent(self, term: Term | Triple) -> Term:
        assert not isinstance(term, Triple)  # the project states nothing about statements
        if isinstance(term, NamedNode):
            return NamedNode(self.rename(term.value))
        return NamedNode(f"{self.iri}{_GENERATED}{term.value}") if isinstance(term, BlankNode) else term
