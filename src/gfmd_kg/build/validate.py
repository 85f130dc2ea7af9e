"""Check statements against the SHACL shapes and the rules of ``queries/qc``; each fault is a sentence."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyshacl
import rdflib
from pyoxigraph import Literal, NamedNode, Quad, QuerySolutions, RdfFormat, Store, parse, serialize
from rdflib.namespace import RDF, SH

from gfmd_kg.build.freeze import frozen_bytes
from gfmd_kg.build.load import statement_files
from gfmd_kg.build.locate import Locator
from gfmd_kg.decoding import read
from gfmd_kg.errors import DataError, EncodingError, SourceSyntaxError
from gfmd_kg.namespaces import load_prefixes, local_name
from gfmd_kg.paths import Layout

HEADER = "#+"


@dataclass(frozen=True)
class Fault:
    """One thing that is not as a shape or rule wants it. Terms are pyoxigraph terms, or ``None``."""

    message: str
    rule: str
    severity: str
    subject: str
    predicate: str | None = None
    value: NamedNode | Literal | None = None

    def sentence(self, where: str | None) -> str:
        """Which thing, which property, which file and line, what is expected."""
        thing = local_name(self.subject)
        prop = f", {local_name(self.predicate)}" if self.predicate else ""
        value = f" ({_show(self.value)})" if self.value is not None else ""
        place = f"{where}: " if where else ""
        return f"{place}{thing}{prop}{value}: {self.message} [{self.rule}]"


@dataclass(frozen=True)
class Report:
    """The outcome: ``violations`` stop a build, ``warnings`` do not; ``report`` is the
    SHACL validation report as sorted N-Triples with canonical blank nodes."""

    violations: tuple[Fault, ...]
    warnings: tuple[Fault, ...]
    report: bytes


def validate(quads: Iterable[Quad], layout: Layout) -> Report:
    """Validate the merged statements with every shape, and the dataset with every rule."""
    quads = list(quads)
    shapes = rdflib.Graph()
    for path in sorted(layout.shapes.glob("*.ttl")):
        try:
            shapes.parse(path, format="turtle")
        except Exception as error:  # rdflib raises many kinds for a malformed file
            raise SourceSyntaxError(path, getattr(error, "lines", None), str(error)) from error
    if not len(shapes):
        raise DataError([f"{layout.shapes}: no shape is there, so nothing would be checked"])
    data = rdflib.Graph()
    data.parse(data=serialize({quad.triple for quad in quads}, format=RdfFormat.N_TRIPLES), format="nt")
    _, results, _ = pyshacl.validate(data, shacl_graph=shapes, inference="none", advanced=False)
    if not isinstance(results, rdflib.Graph):
        raise DataError([f"the shapes could not be run: {results!r}"])
    faults = [_fault(results, shapes, result) for result in results.subjects(RDF.type, SH.ValidationResult)]
    faults += qc_faults(quads, layout)
    ordered = sorted(
        faults, key=lambda fault: (fault.subject, fault.predicate or "", fault.rule, str(fault.value))
    )
    return Report(
        violations=tuple(fault for fault in ordered if fault.severity == "Violation"),
        warnings=tuple(fault for fault in ordered if fault.severity != "Violation"),
        report=frozen_bytes(parse(input=results.serialize(format="nt"), format=RdfFormat.N_TRIPLES)),
    )


def sentences(faults: Iterable[Fault], layout: Layout, asked: Iterable[Path] = ()) -> list[str]:
    """The faults as sentences, each with the file and line to mend; the files ``asked`` about come first."""
    own = [path for path, _ in statement_files(layout)]
    locator = Locator([*asked, *own], load_prefixes(layout.prefixes), layout.root)
    return [fault.sentence(locator.find(fault.subject, fault.predicate, fault.value)) for fault in faults]


def qc_faults(quads: Iterable[Quad], layout: Layout) -> list[Fault]:
    """What the rules of ``queries/qc`` find: each is a SELECT that must return nothing."""
    rules = sorted((layout.queries / "qc").glob("*.rq"))
    if not rules:
        raise DataError([f"{layout.queries / 'qc'}: no rule is there, so the dataset would go unchecked"])
    store = Store()
    store.bulk_extend(quads)
    faults = []
    for path in rules:
        try:
            text = read(path)
        except EncodingError as error:
            raise SourceSyntaxError(path, error.line, error.reason) from error
        message = read_header(path, text)["message"]["en"]
        try:
            solutions = store.query(text)
        except SyntaxError as error:
            raise SourceSyntaxError(path, error.lineno, error.msg) from error
        if not isinstance(solutions, QuerySolutions):
            raise DataError([f"{path}: a rule must be a SELECT"])
        names = [variable.value for variable in solutions.variables]
        faults += [
            _qc_fault(dict(zip(names, solution, strict=True)), message, path.stem) for solution in solutions
        ]
    return faults


def read_header(path: Path, text: str) -> Mapping[str, Mapping[str, str]]:
    """The TOML header that a rule carries in its ``#+`` comments."""
    lines = [line[len(HEADER) :].lstrip() for line in text.splitlines() if line.startswith(HEADER)]
    try:
        return tomllib.loads("\n".join(lines))
    except tomllib.TOMLDecodeError as error:
        raise SourceSyntaxError(path, None, f"header: {error}") from error


def _qc_fault(row: Mapping[str, object], message: str, rule: str) -> Fault:
    predicate = row.get("property")
    value = row.get("value")
    return Fault(
        message=message,
        rule=rule,
        severity="Violation",
        subject=_iri(row.get("subject")),
        predicate=_iri(predicate) if predicate is not None else None,
        value=value if isinstance(value, NamedNode | Literal) else None,
    )


def _fault(results: rdflib.Graph, shapes: rdflib.Graph, result: rdflib.term.Node) -> Fault:
    shape = results.value(result, SH.sourceShape)
    path = results.value(result, SH.resultPath)
    value = results.value(result, SH.value)
    severity = results.value(result, SH.resultSeverity)
    messages = sorted(str(text) for text in results.objects(result, SH.resultMessage))
    return Fault(
        message=messages[0] if messages else "does not conform",
        rule=_shape_name(shapes, shape),
        severity=str(severity).rpartition("#")[2],
        subject=str(results.value(result, SH.focusNode)),
        predicate=str(path) if isinstance(path, rdflib.URIRef) else None,
        value=_term(value),
    )


def _shape_name(shapes: rdflib.Graph, shape: rdflib.term.Node | None) -> str:
    while isinstance(shape, rdflib.BNode):
        parent = next(shapes.subjects(SH.property, shape), None)
        if parent is None:
            return "shape"
        shape = parent
    return str(shape).rpartition("#")[2]


def _term(term: rdflib.term.Node | None) -> NamedNode | Literal | None:
    if isinstance(term, rdflib.URIRef):
        return NamedNode(str(term))
    if isinstance(term, rdflib.Literal):
        return Literal(str(term), language=term.language) if term.language else Literal(str(term))
    return None


def _iri(term: object) -> str:
    return term.value if isinstance(term, NamedNode) else str(term)


def _show(term: NamedNode | Literal | None) -> str:
    return local_name(term.value) if isinstance(term, NamedNode) else str(term)
