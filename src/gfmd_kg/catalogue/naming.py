"""From what a caller calls a thing to the thing: slug, IRI, or a name that one allowed thing bears."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pyoxigraph import NamedNode

from gfmd_kg.catalogue.lookup import Lookup
from gfmd_kg.catalogue.schemes import SCHEMES, find_scheme
from gfmd_kg.errors import ParameterError, Suggestion
from gfmd_kg.namespaces import THING, local_name, split_thing, thing

IRI = re.compile(r"https?://[^\x00-\x20<>\"{}|^`\\]+")
LISTED = 8
"""How many things that may be meant a sentence names."""


class Reader:
    """Reads what callers call things, and keeps how each name was read, by parameter.

    ``lang`` is the language of the labels in what it raises.
    """

    def __init__(self, lookup: Lookup, lang: str) -> None:
        self._lookup = lookup
        self._lang = lang
        self.read_as: dict[str, dict[str, str]] = {}
        """For each parameter, the IRI that each name was read as."""

    def member(self, name: str, value: str, scheme_name: str) -> NamedNode:
        """The thing of a scheme. Raises ``ParameterError``."""
        scheme = find_scheme(scheme_name)
        members = self._lookup.members(scheme)
        parts = split_thing(value) or (
            tuple(value.split("/")) if value.count("/") == 1 else (scheme.kind, value)
        )
        if parts[0] == scheme.kind and parts[1] in members:
            return members[parts[1]]
        return self._by_name(name, value, members)

    def thing(self, name: str, value: str, scheme: str | None) -> NamedNode:
        """Any thing of which a statement speaks; ``scheme`` has those whose slug is enough."""
        members = self._lookup.members(find_scheme(scheme)) if scheme else {}
        if value in members:
            return members[value]
        if scheme and "/" not in value:
            return self._by_name(name, value, members)
        if IRI.fullmatch(value) or "/" in value:
            node = find_thing(value, self._lookup, name)
            if self._lookup.exists(node):
                return node
            detail = f"No statement speaks of '{value}'."
            raise ParameterError(name, value, detail, neighbours(value, self._lookup))
        return self._anything(name, value)

    def property(self, name: str, value: str) -> NamedNode:
        """A property: its local name, or an IRI, which need not be of the ontology."""
        properties = self._lookup.properties()
        if value in properties:
            return properties[value]
        if IRI.fullmatch(value):
            return _iri(name, value)
        return self._by_name(name, value, properties, "a property of the ontology")

    def _by_name(self, name: str, value: str, members: Mapping[str, NamedNode], what: str = "") -> NamedNode:
        index = self._lookup.names()
        slugs = {node: slug for slug, node in members.items()}
        found = index.bearers(value, slugs)
        if len(found) == 1:
            return self._keep(name, value, found[0])
        if found:
            detail = f"'{value}' names more than one value of '{name}': {self._listed(found, slugs)}."
            raise ParameterError(name, value, detail, [slugs[node] for node in found], Suggestion())
        near = index.near(value, self._lang, slugs)
        detail = f"'{value}' is not {what or f'a value of {name!r}'}."
        if len(near) == 1:
            suggestion = Suggestion(slugs[near[0]], self._label(near[0]))
            raise ParameterError(name, value, detail, members, suggestion)
        if near:
            detail += f" Near it are {self._listed(near, slugs)}."
        raise ParameterError(name, value, detail, members, Suggestion())

    def _anything(self, name: str, value: str) -> NamedNode:
        index = self._lookup.names()
        found = [node for node in index.bearers(value) if split_thing(node.value)]
        if len(found) == 1:
            return self._keep(name, value, found[0])
        if found:
            slugs = {node: local_name(node.value) for node in found}
            detail = f"'{value}' names more than one thing: {self._listed(found, slugs)}."
            raise ParameterError(name, value, detail, slugs.values(), Suggestion())
        near = [node for node in index.near(value, self._lang) if split_thing(node.value)]
        slugs = {node: local_name(node.value) for node in near}
        detail = f"'{value}' is neither kind/slug nor an IRI, and no name of one thing."
        if len(near) == 1:
            suggestion = Suggestion(slugs[near[0]], self._label(near[0]))
            raise ParameterError(name, value, detail, slugs.values(), suggestion)
        if near:
            detail += f" Near it are {self._listed(near, slugs)}."
        raise ParameterError(name, value, detail, neighbours(value, self._lookup), Suggestion())

    def _keep(self, name: str, value: str, node: NamedNode) -> NamedNode:
        self.read_as.setdefault(name, {})[value] = node.value
        return node

    def _label(self, node: NamedNode) -> str:
        return self._lookup.items([node.value], self._lang)[node.value].label

    def _listed(self, nodes: list[NamedNode], slugs: Mapping[NamedNode, str]) -> str:
        shown = ", ".join(f"{self._label(node)} [{slugs[node]}]" for node in nodes[:LISTED])
        more = len(nodes) - LISTED
        return f"{shown} and {more} more" if more > 0 else shown


def find_thing(value: str, lookup: Lookup, name: str = "subject") -> NamedNode:
    """The thing that ``kind/slug`` or an IRI names; ``ParameterError`` if it is neither."""
    if IRI.fullmatch(value):
        return _iri(name, value)
    kind, _, slug = value.partition("/")
    try:
        return thing(kind, slug)
    except ValueError:
        detail = f"'{value}' is neither kind/slug nor an IRI."
        raise ParameterError(name, value, detail, neighbours(value, lookup)) from None


def _iri(name: str, value: str) -> NamedNode:
    try:
        return NamedNode(value)
    except ValueError as error:
        raise ParameterError(name, value, f"'{value}' is not an IRI (RFC 3987): {error}.") from None


def neighbours(value: str, lookup: Lookup) -> list[str]:
    """What may be written where ``value`` was: things of its kind, or else the kinds."""
    kind = value.removeprefix(THING).partition("/")[0]
    kinds = {scheme.kind for scheme in SCHEMES.values()}
    if kind in kinds:
        return [f"{kind}/{slug}" for slug in lookup.of_kind(kind)]
    return sorted(f"{kind}/…" for kind in kinds)
