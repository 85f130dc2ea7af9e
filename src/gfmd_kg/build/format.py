"""One canonical layout for the Turtle and TriG files that curators edit, so that diffs show facts.

Subjects, predicates and objects are sorted; a passage stands in the order of its document, its description
directly before its statements. Comments at the head of a file are kept; others would be lost, so a file
that has some is refused.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Triple, parse

from gfmd_kg.errors import SourceSyntaxError
from gfmd_kg.namespaces import PASSAGE, REGISTER, gfmd

Term = NamedNode | BlankNode | Literal
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_TYPE = NamedNode(_RDF + "type")
_FIRST, _REST, _NIL = (NamedNode(_RDF + name) for name in ("first", "rest", "nil"))
_XSD = "http://www.w3.org/2001/XMLSchema#"
_PLAIN = {
    _XSD + "integer": re.compile(r"[+-]?[0-9]+"),
    _XSD + "boolean": re.compile(r"true|false"),
    _XSD + "decimal": re.compile(r"[+-]?[0-9]*\.[0-9]+"),
}
_LOCAL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_-])?")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
INDENT = "    "


@dataclass
class _Graph:
    """The triples of one graph, by subject, and how often each blank node is an object."""

    subjects: dict[Any, list[Triple]] = field(default_factory=lambda: defaultdict(list))
    referred: dict[object, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, triple: Triple) -> None:
        self.subjects[triple.subject].append(triple)
        if isinstance(triple.object, BlankNode):
            self.referred[triple.object] += 1


class Writer:
    """Serialises quads in the canonical layout with the given prefixes (prefix to namespace)."""

    def __init__(self, prefixes: Mapping[str, str]) -> None:
        self._prefixes = sorted(prefixes.items(), key=lambda item: -len(item[1]))
        self._used: set[str] = set()

    def document(self, quads: Iterable[Quad], head: str = "") -> str:
        """The whole text: head comment, used prefixes, then default graph and named graphs."""
        graphs: dict[object, _Graph] = defaultdict(_Graph)
        for quad in quads:
            graphs[quad.graph_name].add(quad.triple)
        self._used.clear()
        blocks: list[str] = []
        default = graphs.pop(DefaultGraph(), None)
        if default:
            blocks += self._subjects(default, "")
        blocks += self._named(graphs)
        known = dict(self._prefixes)
        lines = [f"@prefix {name}: <{known[name]}> ." for name in sorted(self._used)]
        parts = ([head.rstrip()] if head.strip() else []) + (["\n".join(lines)] if lines else []) + blocks
        return "\n\n".join(parts) + "\n"

    def _named(self, graphs: dict[object, _Graph]) -> list[str]:
        register = graphs.pop(REGISTER, _Graph())
        passages = {
            graph: self._place(register, graph)
            for graph in register.subjects
            if isinstance(graph, NamedNode) and graph.value.startswith(PASSAGE)
        }
        blocks: list[str] = []
        others = {name: block for name, block in register.subjects.items() if name not in passages}
        if others:
            blocks.append(self._block(REGISTER, _Graph(others, register.referred)))
        for name in sorted(passages, key=lambda passage: passages[passage]):
            own: dict[object, list[Triple]] = {name: register.subjects[name]}
            blocks.append(self._block(REGISTER, _Graph(own, register.referred)))
            if name in graphs:
                blocks.append(self._block(name, graphs.pop(name)))
        return blocks + [self._block(name, graphs[name]) for name in sorted(graphs, key=str)]

    @staticmethod
    def _place(register: _Graph, passage: Term) -> tuple[str, int, int, str]:
        found: dict[str, int] = {}
        document = ""
        for triple in register.subjects[passage]:
            if triple.predicate == gfmd("inDocument"):
                document = str(triple.object)
            elif isinstance(triple.object, Literal) and triple.object.value.isdigit():
                found[triple.predicate.value] = int(triple.object.value)
        first = found.get(gfmd("firstLine").value, 0)
        return document, first, found.get(gfmd("lastLine").value, 0), str(passage)

    def _block(self, name: object, graph: _Graph) -> str:
        assert isinstance(name, NamedNode)
        body = "\n\n".join(self._subjects(graph, INDENT))
        return f"{self._iri(name.value)} {{\n{body}\n}}"

    def _subjects(self, graph: _Graph, indent: str) -> list[str]:
        roots = [s for s in graph.subjects if not (isinstance(s, BlankNode) and graph.referred[s] == 1)]
        written = [(self._subject_key(graph, root), self._subject(graph, root, indent)) for root in roots]
        return [text for _, text in sorted(written)]

    @staticmethod
    def _subject_key(graph: _Graph, subject: Term) -> tuple[bool, str]:
        types = {str(t.object) for t in graph.subjects[subject] if t.predicate == _TYPE}
        return "<http://www.w3.org/2002/07/owl#Ontology>" not in types, str(subject)

    def _subject(self, graph: _Graph, subject: Term, indent: str) -> str:
        head = "[]" if isinstance(subject, BlankNode) else self._iri(subject.value)
        return f"{indent}{head} {self._properties(graph, subject, indent + INDENT)} ."

    def _properties(self, graph: _Graph, subject: Term, indent: str) -> str:
        by_predicate: dict[NamedNode, list[str]] = defaultdict(list)
        for triple in graph.subjects[subject]:
            by_predicate[triple.predicate].append(self._object(graph, triple.object, indent))
        written = [
            ("" if predicate == _TYPE else self._iri(predicate.value), sorted(objects))
            for predicate, objects in by_predicate.items()
        ]
        lines = []
        for name, objects in sorted(written):
            separator = ", " if sum(map(len, objects)) < 80 else f",\n{indent}{INDENT}"
            lines.append(f"{name or 'a'} {separator.join(objects)}")
        return f" ;\n{indent}".join(lines)

    def _object(self, graph: _Graph, term: Term | Triple, indent: str) -> str:
        if isinstance(term, NamedNode):
            return "()" if term == _NIL else self._iri(term.value)
        if isinstance(term, Literal):
            return self._literal(term)
        if isinstance(term, BlankNode) and graph.referred[term] == 1:
            items = self._list(graph, term)
            if items is not None:
                inner = [self._object(graph, item, indent + INDENT) for item in items]
                return f"( {' '.join(inner)} )"
            inside = self._properties(graph, term, indent + INDENT)
            return f"[ {inside} ]"
        raise ValueError(f"a blank node may be the object of one statement only: {term}")

    @staticmethod
    def _list(graph: _Graph, node: Term) -> list[Term] | None:
        items: list[Term] = []
        while node != _NIL:
            values = {t.predicate: t.object for t in graph.subjects.get(node, [])}
            if set(values) != {_FIRST, _REST}:
                return None
            items.append(values[_FIRST])  # type: ignore[arg-type]
            node = values[_REST]  # type: ignore[assignment]
        return items

    def _iri(self, iri: str) -> str:
        for prefix, namespace in self._prefixes:
            if iri.startswith(namespace):
                local = iri[len(namespace) :]
                if not local or _LOCAL.fullmatch(local):
                    self._used.add(prefix)
                    return f"{prefix}:{local}"
        return f"<{iri}>"

    def _literal(self, literal: Literal) -> str:
        plain = _PLAIN.get(literal.datatype.value)
        if plain and plain.fullmatch(literal.value):
            return literal.value
        text = '"' + "".join(_ESCAPES.get(char, char) for char in literal.value) + '"'
        if literal.language:
            return f"{text}@{literal.language}"
        if literal.datatype.value == _XSD + "string":
            return text
        return f"{text}^^{self._iri(literal.datatype.value)}"


def canonical(text: str, path: Path, prefixes: Mapping[str, str]) -> str:
    """``text`` of a Turtle or TriG file in the canonical layout; ``path``'s ending tells which it is."""
    rdf_format = RdfFormat.TRIG if path.suffix == ".trig" else RdfFormat.TURTLE
    lines = text.splitlines()
    head = []
    while lines and (lines[0].startswith("#") or not lines[0].strip()):
        head.append(lines.pop(0))
    for number, line in enumerate(lines, start=len(head) + 1):
        if line.lstrip().startswith("#"):
            raise SourceSyntaxError(
                path, number, "comments are kept at the head of a file only; use rdfs:comment"
            )
    try:
        quads = list(parse(input=text, format=rdf_format))
    except SyntaxError as error:
        raise SourceSyntaxError(path, error.lineno, error.msg) from error
    return Writer(prefixes).document(quads, "\n".join(head))
