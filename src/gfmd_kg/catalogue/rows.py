"""Make rows of solutions: one row per combination of column values, with all its sources, in order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pyoxigraph import Literal, NamedNode

from gfmd_kg.catalogue.header import Header
from gfmd_kg.catalogue.model import Term
from gfmd_kg.errors import EngineError
from gfmd_kg.store.engine import Solutions

SOURCE = "source"
"""Variables that begin so hold graphs, and are no columns."""
ORDER = "order_"
"""Variables that begin so only sort."""

_NUMBERS = frozenset(
    f"http://www.w3.org/2001/XMLSchema#{name}"
    for name in ("integer", "decimal", "double", "float", "int", "long")
)


@dataclass(slots=True)
class Folded:
    """One row before it is dressed: the term of each column, and what it rests on."""

    terms: dict[str, Term | None]
    lists: dict[str, dict[str, None]] = field(default_factory=dict)
    graphs: dict[str, None] = field(default_factory=dict)
    order: dict[str, Term | None] = field(default_factory=dict)


def fold(solutions: Solutions, header: Header) -> list[Folded]:
    """Fold the solutions by their columns and sort them as the header says.

    Raises ``EngineError`` if a column is not among what the engine gave.
    """
    at = {name: place for place, name in enumerate(solutions.variables)}
    missing = [name for name in header.columns if name not in at]
    if missing:
        raise EngineError(f"The engine's answer lacks what the query selects: {', '.join(missing)}.")
    lists = [(name, at[name]) for name, column in header.columns.items() if column.list]
    plain = [(name, at[name]) for name, column in header.columns.items() if not column.list]
    graphs = [place for name, place in at.items() if name.startswith(SOURCE)]
    orders = [(name, place) for name, place in at.items() if name.startswith(ORDER)]
    rows: dict[tuple[Term | None, ...], Folded] = {}
    for solution in solutions.rows:
        key = tuple(solution[place] for _, place in plain)
        row = rows.get(key)
        if row is None:
            row = rows[key] = Folded({name: solution[place] for name, place in plain})
        for name, place in lists:
            value = solution[place]
            if value is not None:
                row.lists.setdefault(name, {})[value.value] = None
        for place in graphs:
            value = solution[place]
            if isinstance(value, NamedNode):
                row.graphs[value.value] = None
        for name, place in orders:
            row.order[name] = _least(row.order.get(name), solution[place])
    return _sorted(list(rows.values()), header)


def _sorted(rows: list[Folded], header: Header) -> list[Folded]:
    keys = [*header.order, *(name for name in header.columns if name not in header.order)]
    for key in reversed(keys):  # stable sorts, the weightiest last
        name = key.lstrip("-")
        rows.sort(key=lambda row, name=name: _sort_key(_value(row, name)), reverse=key.startswith("-"))  # type: ignore[misc]
    return rows


def _value(row: Folded, name: str) -> Term | None:
    if name in row.order:
        return row.order[name]
    return row.terms.get(name)


def _least(one: Term | None, other: Term | None) -> Term | None:
    some = [term for term in (one, other) if term is not None]
    return min(some, key=_sort_key) if some else None


def _sort_key(term: Term | None) -> tuple[int, float, str]:
    if term is None:
        return (2, 0.0, "")
    if isinstance(term, Literal) and term.datatype.value in _NUMBERS:
        return (0, float(term.value), "")
    return (1, 0.0, term.value)


def count_by(
    rows: list[Folded], by: str, counted: str, kept: Mapping[Term | None, None]
) -> dict[Term | None, int]:
    """How many things of column ``counted``, none of them in ``kept``, each value of column ``by`` has."""
    found: dict[Term | None, set[Term | None]] = {}
    for row in rows:
        if row.terms[counted] not in kept:
            found.setdefault(row.terms[by], set()).add(row.terms[counted])
    return {value: len(things) for value, things in found.items()}
