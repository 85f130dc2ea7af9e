"""IRIs of the project: the one module that makes them and takes them apart.

``https://w3id.org/gfmd-kg/`` is a promise of permanence that is not registered yet; the server maps it to
its own address.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from pyoxigraph import NamedNode, RdfFormat, parse

BASE = "https://w3id.org/gfmd-kg/"
ONTOLOGY = BASE + "ontology#"
THING = BASE + "id/"
PASSAGE = BASE + "passage/"
NOTE = BASE + "note/"
REFERENCE = BASE + "reference/"
GRAPH = BASE + "graph/"

_SLUG = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_KIND = re.compile(r"[a-z][a-z0-9-]*")

REGISTER = NamedNode(GRAPH + "register")
"""The graph that describes all other graphs: documents, passages, notes."""
ONTOLOGY_GRAPH = NamedNode(GRAPH + "ontology")
VOCABULARIES_GRAPH = NamedNode(GRAPH + "vocabularies")
ALIGNMENTS_GRAPH = NamedNode(GRAPH + "alignments")
"""Links to other ontologies; they take part in reasoning only if that is asked for."""
SOURCE_INFERENCE = NamedNode(GRAPH + "inference-source")
"""What the reasoner derives from the statements of the source documents alone."""


def gfmd(local: str) -> NamedNode:
    """The term ``local`` of the ontology."""
    return NamedNode(ONTOLOGY + local)


def thing(kind: str, slug: str) -> NamedNode:
    """The thing of this kind and slug; ``ValueError`` if either is not well formed."""
    if not _KIND.fullmatch(kind) or not _SLUG.fullmatch(slug):
        raise ValueError(f"not a kind and slug: {kind}/{slug}")
    return NamedNode(f"{THING}{kind}/{slug}")


def split_thing(iri: str) -> tuple[str, str] | None:
    """Kind and slug of a thing's IRI, or ``None`` if it is not one."""
    if not iri.startswith(THING):
        return None
    kind, _, slug = iri[len(THING) :].partition("/")
    if _KIND.fullmatch(kind) and _SLUG.fullmatch(slug):
        return kind, slug
    return None


def local_name(iri: str) -> str:
    """What a person reads of an IRI: ``kind/slug`` of a thing, else what follows the last ``#`` or ``/``."""
    parts = split_thing(iri)
    if parts:
        return "/".join(parts)
    if iri.startswith(PASSAGE):
        return iri[len(BASE) :]
    return re.split(r"[#/]", iri.rstrip("#/"))[-1]


@cache
def load_prefixes(path: Path) -> dict[str, str]:
    """The project's prefixes, from the ``@prefix`` lines of ``ontology/prefixes.ttl``, their only source."""
    parser = parse(path=str(path), format=RdfFormat.TURTLE)
    for _ in parser:  # prefixes are complete once the file is read
        pass
    return dict(sorted(parser.prefixes.items()))
