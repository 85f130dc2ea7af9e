"""The catalogue: every canned query of a folder, ready to be asked over one release."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from gfmd_kg.catalogue import answer as answers
from gfmd_kg.catalogue.binding import check_slots
from gfmd_kg.catalogue.header import Header, parse_header
from gfmd_kg.catalogue.lookup import Lookup
from gfmd_kg.catalogue.model import Answer, CannedQuery, Found, Item
from gfmd_kg.catalogue.parameters import allowed, check, text_term
from gfmd_kg.catalogue.rows import ORDER, SOURCE
from gfmd_kg.catalogue.schemes import find_scheme
from gfmd_kg.decoding import read
from gfmd_kg.errors import DataError, EncodingError, SourceSyntaxError, UnknownError
from gfmd_kg.store.engine import QueryEngine

QC = "qc"
"""The folder whose queries are rules of the build, not for asking."""


def load_queries(folder: Path) -> dict[str, CannedQuery]:
    """Read and check every query file; raises ``DataError`` with one fault per wrong file."""
    queries: dict[str, CannedQuery] = {}
    faults: list[str] = []
    for path in sorted(folder.glob("*/*.rq")):
        if path.parent.name == QC:
            continue
        try:
            query = _load(path)
        except DataError as error:
            faults += error.faults
            continue
        if query.id in queries:
            faults.append(f"{path}: {queries[query.id].path} has the same id")
        queries[query.id] = query
    if not queries and not faults:
        faults.append(f"{folder}: no canned query is there")
    if faults:
        raise DataError(faults)
    return queries


def _load(path: Path) -> CannedQuery:
    try:
        text = read(path)
    except EncodingError as error:
        raise SourceSyntaxError(path, error.line, error.reason) from error
    header = parse_header(path, text)
    check_slots(path, text, header)
    _check_projection(path, text, header)
    for name, param in header.params.items():
        if param.scheme:
            try:
                find_scheme(param.scheme)
            except UnknownError as error:
                raise DataError([f"{path}: params.{name}.scheme: {error}"]) from error
    return CannedQuery(path.stem, path.parent.name, path, header, text)


def _check_projection(path: Path, text: str, header: Header) -> None:
    body = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    found = re.search(r"SELECT\s+(?:DISTINCT\s+)?((?:\?\w+\s+)+)WHERE", body)
    names = found[1].split() if found else []
    columns = [name[1:] for name in names if not name[1:].startswith((SOURCE, ORDER))]
    if columns != list(header.columns):
        raise DataError(
            [f"{path}: the SELECT projects {columns}, the header declares {list(header.columns)}"]
        )
    if not any(name[1:].startswith(SOURCE) for name in names):
        raise DataError([f"{path}: the SELECT projects no ?source, so its rows could not be traced"])


class Catalogue:
    """Canned queries over ``engine``; ``version`` is the release that answers carry."""

    def __init__(self, queries: Mapping[str, CannedQuery], engine: QueryEngine, version: str) -> None:
        self._queries = dict(sorted(queries.items()))
        self._engine = engine
        self.lookup = Lookup(engine)
        self.version = version

    def __iter__(self) -> Iterator[CannedQuery]:
        return iter(self._queries.values())

    def get(self, name: str) -> CannedQuery:
        """The query of this id; raises ``UnknownError`` that names the nearest."""
        try:
            return self._queries[name]
        except KeyError:
            raise UnknownError("query", name, f"There is no canned query '{name}'.", self._queries) from None

    def ask(self, name: str, given: Mapping[str, Sequence[str]]) -> Answer:
        """Answer a query with parameters as words, each a list. Raises ``CallError`` or ``EngineError``."""
        query = self.get(name)
        bound = check(query.header, given, self.lookup)
        return answers.answer(query, bound, self._engine, self.lookup, self.version)

    def search(self, text: str, lang: str) -> list[Found]:
        """Things with a name that holds ``text``, in any language, whatever it rests on; the best first."""
        names = self.lookup.names().search(text_term("text", text).value)
        items = self.lookup.items((name.thing.value for name in names), lang)
        return [
            Found(items[name.thing.value], name.text, name.lang, name.kind.name.lower()) for name in names
        ]

    def choices(self, query: CannedQuery, param: str, lang: str) -> list[tuple[str, Item | None]]:
        """The allowed values of a parameter with their labels, if they can be listed."""
        header = query.header.params[param]
        words = allowed(header, self.lookup)
        if header.type != "iri" or not header.scheme:
            return [(word, None) for word in words]
        members = self.lookup.members(find_scheme(header.scheme))
        items = self.lookup.items((node.value for node in members.values()), lang)
        return [(slug, items[node.value]) for slug, node in members.items()]
