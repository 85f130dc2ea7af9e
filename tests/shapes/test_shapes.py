"""Every shape accepts its valid fixture, and each of its messages is raised by its invalid fixture."""

from __future__ import annotations

from pathlib import Path

import pyshacl
import pytest
import rdflib
from rdflib.namespace import RDF, RDFS, SH

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SHAPES = rdflib.Graph()
for file in sorted((ROOT / "shapes").glob("*.ttl")):
    SHAPES.parse(file)
NAMED = sorted(shape for shape in SHAPES.subjects(RDF.type, SH.NodeShape) if isinstance(shape, rdflib.URIRef))
NAMES = [str(shape).partition("#")[2] for shape in NAMED]


def test_every_shape_has_its_fixtures_and_no_fixture_is_left_over():
    folders = sorted(path.name for path in HERE.iterdir() if path.is_dir() and path.name != "__pycache__")
    assert len(NAMES) >= 42
    assert folders == NAMES


@pytest.mark.parametrize("shape", NAMED, ids=NAMES)
def test_a_shape_says_what_it_wants(shape: rdflib.URIRef):
    assert SHAPES.value(shape, RDFS.label)
    for node in (shape, *SHAPES.objects(shape, SH.property)):
        message = SHAPES.value(node, SH.message)
        assert isinstance(message, rdflib.Literal)
        assert message.language == "en"
    assert SHAPES.value(shape, SH.severity) in (SH.Violation, SH.Warning)


@pytest.mark.parametrize("shape", NAMED, ids=NAMES)
def test_the_valid_fixture_conforms(shape: rdflib.URIRef):
    data = _fixture(shape, "valid")
    assert _focus_nodes(data, shape), "the fixture holds nothing that the shape looks at"
    assert _messages(data, shape) == set()


@pytest.mark.parametrize("shape", NAMED, ids=NAMES)
def test_the_invalid_fixture_raises_every_message(shape: rdflib.URIRef):
    wanted = {str(SHAPES.value(node, SH.message)) for node in SHAPES.objects(shape, SH.property)}
    if _constrains_the_node(shape):
        wanted.add(str(SHAPES.value(shape, SH.message)))
    assert wanted
    assert _messages(_fixture(shape, "invalid"), shape) == wanted


def _fixture(shape: rdflib.URIRef, name: str) -> rdflib.Graph:
    return rdflib.Graph().parse(HERE / str(shape).partition("#")[2] / f"{name}.ttl")


def _alone(shape: rdflib.URIRef) -> rdflib.Graph:
    """The shape with its property shapes and lists, and nothing else."""
    return SHAPES.cbd(shape)


def _messages(data: rdflib.Graph, shape: rdflib.URIRef) -> set[str]:
    _, results, _ = pyshacl.validate(data, shacl_graph=_alone(shape), inference="none")
    assert isinstance(results, rdflib.Graph)
    return {str(message) for message in results.objects(None, SH.resultMessage)}


def _focus_nodes(data: rdflib.Graph, shape: rdflib.URIRef) -> set[rdflib.term.Node]:
    found: set[rdflib.term.Node] = set()
    for target in SHAPES.objects(shape, SH.targetClass):
        found |= set(data.subjects(RDF.type, target))
    for prop in SHAPES.objects(shape, SH.targetSubjectsOf):
        found |= set(data.subjects(prop, None))
    for prop in SHAPES.objects(shape, SH.targetObjectsOf):
        found |= set(data.objects(None, prop))
    return found


def _constrains_the_node(shape: rdflib.URIRef) -> bool:
    parts = (SH["class"], SH.nodeKind, SH.pattern, SH.closed, SH["in"], SH["or"])
    return any(SHAPES.value(shape, part, any=True) is not None for part in parts)
