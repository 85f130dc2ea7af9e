"""What the catalogue hands out: queries, and answers with their sources."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from pyoxigraph import BlankNode, Literal, NamedNode

from gfmd_kg.catalogue.header import Header

Term = NamedNode | BlankNode | Literal
Value = str | int | float | bool


@dataclass(frozen=True)
class CannedQuery:
    """One file of ``queries/``: its id, header and SPARQL text."""

    id: str
    topic: str
    path: Path
    header: Header
    text: str

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of an answer: each entity column is followed by its ``_label`` twin."""
        names: list[str] = []
        for name, column in self.header.columns.items():
            names.append(name)
            if column.type == "iri":
                names.append(f"{name}_label")
        return tuple(names)


@dataclass(frozen=True, slots=True)
class Item:
    """A thing in a cell: its IRI, its label and the language the label is in."""

    iri: str
    label: str
    lang: str | None


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of a row. A thing has ``item``; a folded column has ``items``; nothing stated has neither."""

    value: Value | None = None
    lang: str | None = None
    item: Item | None = None
    items: tuple[Item, ...] = ()


EMPTY = Cell()


@dataclass(frozen=True, slots=True)
class Source:
    """A graph that an answer rests on. Lines are those of a passage; the locator of a reference is its
    citation, that of a note its reason in English."""

    graph: str
    basis: str
    document: str | None = None
    locator: str | None = None
    first_line: int | None = None
    last_line: int | None = None

    def short(self) -> str:
        """``document:line`` or ``document:first-last`` of a passage; the end of the IRI of anything else."""
        if self.document is None or self.first_line is None:
            return self.graph.rsplit("/", 1)[-1]
        lines = str(self.first_line)
        if self.last_line != self.first_line:
            lines += f"-{self.last_line}"
        return f"{self.document}:{lines}"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of an answer: its cells by column, and the numbers of its sources."""

    cells: dict[str, Cell]
    sources: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """How a name was read that is neither slug nor IRI: what was given, and the one thing that bears it."""

    given: str
    item: Item


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found: a thing, the name that fits best, its language, and what sort of name it is."""

    item: Item
    name: str
    lang: str | None
    kind: str


@dataclass(frozen=True)
class Answer:
    """An answer: some rows of ``total``, from ``offset``; ``parameters`` as they were understood.

    ``read_as`` has the parameters that were given by name.
    """

    query: CannedQuery
    parameters: dict[str, list[str]]
    lang: str
    rows: tuple[Row, ...]
    sources: tuple[Source, ...]
    total: int
    offset: int
    limit: int | None
    note: str | None
    version: str
    read_as: dict[str, tuple[Reading, ...]] = field(default_factory=dict)

    @property
    def truncated(self) -> bool:
        """Whether rows follow after these."""
        return self.offset + len(self.rows) < self.total
