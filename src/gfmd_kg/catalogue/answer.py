"""From a bound query to an answer: run, fold, cut to the page, dress with labels and sources."""

from __future__ import annotations

from collections.abc import Sequence

from pyoxigraph import Literal, NamedNode

from gfmd_kg.catalogue.binding import bind
from gfmd_kg.catalogue.lookup import Lookup
from gfmd_kg.catalogue.model import EMPTY, Answer, CannedQuery, Cell, Item, Reading, Row, Source, Term, Value
from gfmd_kg.catalogue.notes import Omission, write_note
from gfmd_kg.catalogue.parameters import Bound
from gfmd_kg.catalogue.rows import Folded, count_by, fold
from gfmd_kg.namespaces import split_thing
from gfmd_kg.store.engine import QueryEngine

_XSD = "http://www.w3.org/2001/XMLSchema#"
LIST_SEPARATOR = ", "
TEXT_SEPARATOR = "; "
Things = dict[str, tuple[Cell, Cell]]
"""The cell of each thing and that of its label, which all rows share: long answers name few things, often."""


def answer(query: CannedQuery, bound: Bound, engine: QueryEngine, lookup: Lookup, version: str) -> Answer:
    """Answer ``query``; sources and labels are fetched for the rows of the page only."""
    rows = fold(engine.select(bind(query.text, bound.terms)), query.header)
    note = write_note(query, rows, _omissions(query, bound, engine, rows), lookup, bound.lang)
    page = rows[bound.offset :] if bound.limit is None else rows[bound.offset : bound.offset + bound.limit]
    sources = lookup.sources(graph for row in page for graph in row.graphs)
    ordered = sorted(sources.values(), key=_source_key)
    numbers = {source.graph: number for number, source in enumerate(ordered)}
    items = lookup.items(_things(query, page), bound.lang)
    cells: Things = {iri: (Cell(item=item), Cell(item.label, item.lang)) for iri, item in items.items()}
    return Answer(
        query=query,
        parameters=bound.words,
        lang=bound.lang,
        rows=tuple(_row(query, row, items, cells, numbers) for row in page),
        sources=tuple(ordered),
        total=len(rows),
        offset=bound.offset,
        limit=bound.limit,
        note=note,
        version=version,
        read_as=_readings(bound, lookup),
    )


def _readings(bound: Bound, lookup: Lookup) -> dict[str, tuple[Reading, ...]]:
    things = [iri for readings in bound.read_as.values() for iri in readings.values()]
    items = lookup.items(things, bound.lang)
    return {
        name: tuple(Reading(given, items[iri]) for given, iri in readings.items())
        for name, readings in bound.read_as.items()
    }


def _omissions(
    query: CannedQuery, bound: Bound, engine: QueryEngine, rows: Sequence[Folded]
) -> list[Omission]:
    found = []
    for name, param in query.header.params.items():
        if param.omits and name in bound.terms:
            without = {key: terms for key, terms in bound.terms.items() if key != name}
            every = fold(engine.select(bind(query.text, without)), query.header)
            kept = dict.fromkeys(row.terms[param.omits] for row in rows)
            found.append(Omission(name, param.omits, count_by(every, name, param.omits, kept)))
    return found


def _things(query: CannedQuery, rows: Sequence[Folded]) -> list[str]:
    terms = [term.value for row in rows for term in row.terms.values() if isinstance(term, NamedNode)]
    lists = [name for name, column in query.header.columns.items() if column.list and column.type == "iri"]
    return terms + [iri for row in rows for name in lists for iri in row.lists.get(name, {})]


def _row(
    query: CannedQuery, row: Folded, items: dict[str, Item], things: Things, numbers: dict[str, int]
) -> Row:
    cells: dict[str, Cell] = {}
    for name, column in query.header.columns.items():
        if column.list and column.type == "string":
            cells[name] = Cell(TEXT_SEPARATOR.join(sorted(row.lists.get(name, {}))) or None)
            continue
        if column.list:
            members = tuple(items[iri] for iri in sorted(row.lists.get(name, {})))
            cells[name] = Cell(LIST_SEPARATOR.join(_slug(item.iri) for item in members), items=members)
            cells[f"{name}_label"] = Cell(LIST_SEPARATOR.join(item.label for item in members))
            continue
        cells[name], label = _cells(row.terms[name], things)
        if column.type == "iri":
            cells[f"{name}_label"] = label
    return Row(cells, tuple(sorted(numbers[graph] for graph in row.graphs if graph in numbers)))


def _cells(term: Term | None, things: Things) -> tuple[Cell, Cell]:
    """The cell of a term, and that of its label."""
    if term is None:
        return EMPTY, EMPTY
    if isinstance(term, NamedNode):
        return things[term.value]
    if isinstance(term, Literal):
        return Cell(_native(term), term.language), EMPTY
    return Cell(term.value), EMPTY


def _native(literal: Literal) -> Value:
    kind = literal.datatype.value
    if kind == _XSD + "boolean":
        return literal.value in ("true", "1")
    if kind == _XSD + "integer":
        return int(literal.value)
    if kind in (_XSD + "double", _XSD + "decimal"):
        return float(literal.value)
    return literal.value


def _slug(iri: str) -> str:
    parts = split_thing(iri)
    return parts[1] if parts else iri


def _source_key(source: Source) -> tuple[str, int, int, str]:
    return (source.document or "~", source.first_line or 0, source.last_line or 0, source.graph)
