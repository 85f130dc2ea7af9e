"""The canonical layout: a fixed point, that changes no statement."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyoxigraph import CanonicalizationAlgorithm, Dataset, RdfFormat, parse

from gfmd_kg.build.format import canonical
from gfmd_kg.errors import SourceSyntaxError
from gfmd_kg.namespaces import load_prefixes

ROOT = Path(__file__).parents[2]
PREFIXES = load_prefixes(ROOT / "ontology" / "prefixes.ttl")
FILES = [
    ROOT / "ontology" / "gfmd.ttl",
    ROOT / "ontology" / "vocabularies.ttl",
    *(ROOT / "tests" / "fixtures" / "miniature" / "data").rglob("*.trig"),
]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_layout_is_a_fixed_point(path: Path):
    assert canonical(path.read_text(encoding="utf-8"), path, PREFIXES) == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_layout_changes_no_statement(path: Path):
    rdf = RdfFormat.TRIG if path.suffix == ".trig" else RdfFormat.TURTLE
    quads = list(parse(path=str(path), format=rdf))
    text = canonical("\n".join(_lines(quads, rdf)), path, PREFIXES)
    assert _statements(parse(input=text, format=rdf)) == _statements(quads)


def test_a_comment_that_would_be_lost_is_refused():
    with pytest.raises(SourceSyntaxError, match="comment"):
        canonical(
            "# head\n\n<http://a/b> <http://a/c> 1 .\n# aside\n<http://a/b> <http://a/c> 2 .\n",
            Path("a.ttl"),
            PREFIXES,
        )


def _lines(quads, rdf):
    """The same statements, last first, without any layout."""
    for quad in reversed(quads):
        triple = f"{quad.subject} {quad.predicate} {quad.object} ."
        named = rdf is RdfFormat.TRIG and str(quad.graph_name) != "DEFAULT"
        yield f"{quad.graph_name} {{ {triple} }}" if named else triple


def _statements(quads):
    dataset = Dataset(quads)
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return {str(quad) for quad in dataset}
