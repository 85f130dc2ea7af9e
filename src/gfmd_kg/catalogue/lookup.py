"""What answers need to know of single things: labels, sources, members of a class.

A release never changes, so everything found is kept for as long as the catalogue lives.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from importlib.resources import files

from pyoxigraph import Literal, NamedNode

from gfmd_kg.catalogue.binding import bind
from gfmd_kg.catalogue.header import LANGUAGES
from gfmd_kg.catalogue.model import Item, Source, Term
from gfmd_kg.catalogue.names import NameIndex
from gfmd_kg.catalogue.schemes import Scheme
from gfmd_kg.folding import fold, spellings
from gfmd_kg.namespaces import THING, gfmd, local_name, split_thing
from gfmd_kg.store.engine import QueryEngine, Solutions

BATCH = 500
"""Things asked for in one query, so that its text stays small for any engine."""

FALLBACK = {lang: (lang, *(other for other in LANGUAGES if other != lang)) for lang in LANGUAGES}
"""The order in which languages are tried: the one asked for, then English, French, Spanish."""

_PRINTED = "nameAsPrinted"
# the register has a few properties and scopes, and a statement with one of them for each passage
_property_name = lru_cache(maxsize=64)(local_name)
_split_scope = lru_cache(maxsize=64)(split_thing)


class Lookup:
    """Looks things up in ``engine`` and remembers them."""

    def __init__(self, engine: QueryEngine) -> None:
        self._engine = engine
        self._labels: dict[str, dict[str, str]] = {}
        self._sources: dict[str, Source] = {}
        self._members: dict[str, dict[str, NamedNode]] = {}
        self._names: NameIndex | None = None
        self._values: dict[str, list[tuple[str, str]]] = {}

    def items(self, iris: Iterable[str], lang: str) -> dict[str, Item]:
        """The things with their labels in ``lang``, or else in the next language that has one."""
        wanted = list(dict.fromkeys(iris))
        self._fetch_labels([iri for iri in wanted if iri not in self._labels])
        return {iri: self._item(iri, lang) for iri in wanted}

    def sources(self, graphs: Iterable[str]) -> dict[str, Source]:
        """What the register says of these graphs."""
        wanted = list(dict.fromkeys(graphs))
        said: dict[str, dict[str, list[Term]]] = {}
        for graph, prop, value in self._batches("sources", [g for g in wanted if g not in self._sources]):
            assert isinstance(graph, NamedNode)
            assert isinstance(prop, NamedNode)
            assert value is not None
            said.setdefault(graph.value, {}).setdefault(_property_name(prop.value), []).append(value)
        self._sources |= {graph: _source(graph, found) for graph, found in said.items() if "scope" in found}
        return {graph: self._sources[graph] for graph in wanted if graph in self._sources}

    def members(self, scheme: Scheme) -> dict[str, NamedNode]:
        """The things of a scheme by slug, in the order of their slugs."""
        key = scheme.member_of.value
        if key not in self._members:
            found = self.run("members", {"class": [scheme.member_of]})
            self._members[key] = _by_slug(found, scheme.kind)
        return self._members[key]

    def of_kind(self, kind: str) -> dict[str, NamedNode]:
        """All things of a kind by slug."""
        key = f"kind:{kind}"
        if key not in self._members:
            found = self.run("kind", {"start": [Literal(f"{THING}{kind}/")]})
            self._members[key] = _by_slug(found, kind)
        return self._members[key]

    def properties(self) -> dict[str, NamedNode]:
        """The properties of the ontology by local name."""
        if "properties" not in self._members:
            nodes = [row[0] for row in self.run("properties", {}).rows]
            named = {local_name(node.value): node for node in nodes if isinstance(node, NamedNode)}
            self._members["properties"] = dict(sorted(named.items()))
        return self._members["properties"]

    def names(self) -> NameIndex:
        """Every name and code of every thing, whatever it rests on."""
        if self._names is None:
            self._names = NameIndex.read(self.run("names", {}))
        return self._names

    def spellings(self, text: str, properties: Iterable[str]) -> list[str]:
        """How the values of these properties write ``text``: whatever is the same when folded."""
        wanted = fold(text)
        found: dict[str, str] = {}
        for prop in properties:
            if prop not in self._values:
                rows = self.run("values", {"property": [gfmd(prop)]}).rows
                values = {row[0].value for row in rows if isinstance(row[0], Literal)}
                self._values[prop] = [(fold(value), value) for value in sorted(values)]
            for folded, value in self._values[prop]:
                if wanted in folded:
                    for spelling in sorted(spellings(wanted, value)):
                        found.setdefault(spelling.lower(), spelling)  # queries compare in lower case
        return [found[key] for key in sorted(found)]

    def exists(self, iri: NamedNode) -> bool:
        """Whether any statement speaks of the thing."""
        return bool(self.run("exists", {"thing": [iri]}).rows)

    def run(self, name: str, values: dict[str, Sequence[NamedNode | Literal]]) -> Solutions:
        """Run one of the catalogue's own queries of ``catalogue/sparql``."""
        return self._engine.select(bind(_text(name), values))

    def _fetch_labels(self, iris: list[str]) -> None:
        # filled apart, and put in place whole: another thread may ask for the same things meanwhile
        found: dict[str, dict[str, str]] = {iri: {} for iri in iris}
        for row in self._batches("labels", iris, "thing"):
            thing, prop, label = row
            assert isinstance(thing, NamedNode)
            assert isinstance(prop, NamedNode)
            assert isinstance(label, Literal)
            texts = found[thing.value]
            key = _PRINTED + (label.language or "") if prop.value.endswith(_PRINTED) else label.language or ""
            # the least of several, so that the choice does not hang on the engine's order
            texts[key] = min(texts.get(key, label.value), label.value)
        self._labels |= found

    def _batches(self, name: str, iris: list[str], param: str = "graph") -> Iterable[Sequence[Term | None]]:
        for start in range(0, len(iris), BATCH):
            yield from self.run(name, {param: [NamedNode(iri) for iri in iris[start : start + BATCH]]}).rows

    def _item(self, iri: str, lang: str) -> Item:
        texts = self._labels[iri]
        for language in FALLBACK[lang]:
            for key in (language, _PRINTED + language):
                if key in texts:
                    return Item(iri, texts[key], language)
        for key in sorted(texts):
            return Item(iri, texts[key], key.removeprefix(_PRINTED) or None)
        return Item(iri, local_name(iri), None)


@cache
def _text(name: str) -> str:
    return files("gfmd_kg.catalogue").joinpath("sparql", f"{name}.rq").read_text(encoding="utf-8")


def _source(graph: str, said: dict[str, list[Term]]) -> Source:
    scopes = dict(_split_scope(term.value) or ("", "") for term in said["scope"])
    return Source(
        graph=graph,
        basis=scopes.get("basis", ""),
        document=scopes.get("document"),
        locator=_locator(said),
        first_line=_line(said, "firstLine"),
        last_line=_line(said, "lastLine"),
    )


def _locator(said: dict[str, list[Term]]) -> str | None:
    """Locator or citation, else the reason in English; the least of several, whatever the engine's order."""
    cited = [term.value for name in ("locator", "citation") for term in said.get(name, ())]
    reasons = [t.value for t in said.get("reason", ()) if isinstance(t, Literal) and t.language == "en"]
    return min(cited or reasons, default=None)


def _line(said: dict[str, list[Term]], name: str) -> int | None:
    return min((int(term.value) for term in said.get(name, ())), default=None)


def _by_slug(found: Solutions, kind: str) -> dict[str, NamedNode]:
    named: dict[str, NamedNode] = {}
    for (node,) in found.rows:
        parts = split_thing(node.value) if isinstance(node, NamedNode) else None
        if parts and parts[0] == kind and isinstance(node, NamedNode):
            named[parts[1]] = node
    return dict(sorted(named.items()))
