"""Make rows of solutions: one row per combination of column values, with all its sources, in order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from pyoxigraph import Literal, NamedNode

from gfmd_kg.catalogue.header import Header
from gfmd_kg.catalogue.model import Term
from gfmd_kg.store.engine import Solutions

SOURCE = "source"
"""Variables that begin so hold graphs, and are no columns."""
ORDER = "order_"
"""Variables that begin so only sort."""

_NUMBERS = frozenset(
    f"http://www.w3.org/2001/XMLSchema#{name}"
    for name in ("integer", "decimal", "double", "float", "int", "long")
)
_STRING, _DOUBLE = (f"http://www.w3.org/2001/XMLSchema#{name}" for name in ("string", "double"))


@dataclass
class Folded:
    """One row before it is dressed: the term of each column, and what it rests on."""

    terms: dict[str, Term | None]
    lists: dict[str, dict[str, None]] = field(default_factory=dict)
    graphs: dict[str, None] = field(default_factory=dict)
    order: dict[str, Term | None] = field(default_factory=dict)


def fold(solutions: Solutions, header: Header) -> list[Folded]:
    """Fold the solutions by their columns and sort them as the header says."""
    lists = [name for name, column in header.columns.items() if column.list]
    plain = [name for name in header.columns if name not in lists]
    rows: dict[tuple[Term | None, ...], Folded] = {}
    for solution in solutions.dicts():
        key = tuple(_typed(solution[name], header.columns[name].type) for name in plain)
        row = rows.setdefault(key, Folded(dict(zip(plain, key, strict=True))))
        for name in lists:
            value = solution[name]
            if value is not None:
                row.lists.setdefault(name, {})[value.value] = None
        for name, value in solution.items():
            if name.startswith(SOURCE) and isinstance(value, NamedNode):
                row.graphs[value.value] = None
            elif name.startswith(ORDER):
                row.order[name] = _least(row.order.get(name), value)
    return _sorted(list(rows.values()), header)


def _typed(term: Term | None, kind: str) -> Term | None:
    """The term as its column declares it: a query may give a number as text like ``1/7``, which is exact."""
    if kind == "double" and isinstance(term, Literal) and term.datatype.value == _STRING:
        return Literal(str(float(Fraction(term.value))), datatype=NamedNode(_DOUBLE))
    return term


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
