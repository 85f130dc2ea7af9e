"""The default graph is the merge of the graphs: each triple once, whoever answers, however it is asked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Store
from tests.store.pools import Pool

from gfmd_kg.build.freeze import freeze
from gfmd_kg.errors import ReleaseError
from gfmd_kg.namespaces import BASE
from gfmd_kg.release import Release
from gfmd_kg.store.engine import SOLUTIONS, DatasetChoice
from gfmd_kg.store.engines.disk import disk_folder, open_disk
from gfmd_kg.store.engines.loading import load_checked
from gfmd_kg.store.engines.memory import EmbeddedEngine
from gfmd_kg.store.sandbox.pool import Limits

ONE, TWO, THREE, NONE = (f"{BASE}passage/{name}" for name in ("one", "two", "three", "none"))
JSON = {SOLUTIONS: "application/sparql-results+json"}
LINKED = NamedNode("https://example.org/linked")
TRIPLES = "SELECT (COUNT(*) AS ?n) {clauses} WHERE {{ ?s ?p ?o }}"
QUADS = "SELECT (COUNT(*) AS ?n) {clauses} WHERE {{ GRAPH ?g {{ ?s ?p ?o }} }}"
GRAPHS = "SELECT (COUNT(DISTINCT ?g) AS ?n) {clauses} WHERE {{ GRAPH ?g {{ ?s ?p ?o }} }}"
ABOUT = "SELECT (COUNT(?o) AS ?n) {clauses} WHERE {{ <a:thing> a ?o }}"
CHAINS = "SELECT (COUNT(*) AS ?n) {clauses} WHERE {{ ?a <a:to> ?node . ?node <a:text> ?text }}"
WHOLE = [(TRIPLES, 7), (ABOUT, 1), (CHAINS, 1), (QUADS, 10), (GRAPHS, 3)]

Ask = Callable[[str, DatasetChoice], int]


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """A thing typed in three graphs, texts that look alike, and a blank node that two graphs speak of."""
    kind, text = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type"), NamedNode("a:text")
    thing, node = NamedNode("a:thing"), BlankNode("node")
    one, two, three = NamedNode(ONE), NamedNode(TWO), NamedNode(THREE)
    quads = [Quad(thing, kind, NamedNode("a:Kind"), graph) for graph in (one, two, three)]
    quads += [Quad(thing, text, Literal("a"), graph) for graph in (one, two)]
    quads += [
        Quad(thing, text, Literal("a", language="en"), two),
        Quad(thing, text, Literal("a <b:b> .\n <b"), two),
        Quad(thing, text, Literal("a", datatype=NamedNode("a:a")), three),
        Quad(thing, NamedNode("a:to"), node, one),
        Quad(node, text, Literal("b"), two),
    ]
    return freeze(quads, b"", "merge", tmp_path_factory.mktemp("merge"))


@pytest.fixture(scope="module", params=["memory", "disk"])
def engine(request: pytest.FixtureRequest, release: Release) -> EmbeddedEngine:
    if request.param == "disk":
        return open_disk(release)
    return EmbeddedEngine.load(release.quads, release.identity)


@pytest.fixture(scope="module", params=["memory", "disk"])
def ask(request: pytest.FixtureRequest, release: Release) -> Iterator[Ask]:
    """Gives the number that a query worker answers with, over chosen graphs."""
    open_disk(release).close()
    data = disk_folder(release) if request.param == "disk" else release.quads
    pool = Pool(data, release.identity, {}, size=1, limits=Limits(waiting=30))
    pool.begin()

    def run(text: str, graphs: DatasetChoice) -> int:
        return int(json.loads(pool.run(text, JSON, graphs).body)["results"]["bindings"][0]["n"]["value"])

    yield run
    pool.close()


@pytest.mark.parametrize(("text", "number"), WHOLE)
def test_each_triple_is_there_once_and_the_graphs_are_as_they_were(
    engine: EmbeddedEngine, ask: Ask, text: str, number: int
):
    asked = text.format(clauses="")
    assert int(engine.select(asked).rows[0][0].value) == number  # type: ignore[union-attr]
    assert ask(asked, DatasetChoice()) == number


CHOSEN = [
    # default graphs, named graphs; triples, statements in graphs, kinds of the thing, chains over the node
    ([ONE], [], [3, 0, 1, 0]),
    ([ONE, ONE], [], [3, 0, 1, 0]),
    ([ONE, TWO], [], [6, 0, 1, 1]),
    ([ONE, TWO, THREE, TWO, NONE], [], [7, 0, 1, 1]),
    ([NONE], [], [0, 0, 0, 0]),
    ([NONE, TWO], [], [5, 0, 1, 0]),
    ([], [TWO], [0, 5, 0, 0]),
    ([THREE], [ONE, TWO], [2, 8, 1, 0]),
    ([ONE, TWO], [TWO, THREE], [6, 7, 1, 1]),
    ([ONE, TWO], [NONE], [6, 0, 1, 1]),
]


@pytest.mark.parametrize("how", ["text", "protocol", "protocol before text"])
@pytest.mark.parametrize(("default", "named", "numbers"), CHOSEN)
def test_the_graphs_that_are_chosen_are_merged(
    ask: Ask, how: str, default: list[str], named: list[str], numbers: list[int]
):
    clauses = " ".join([*(f"FROM <{iri}>" for iri in default), *(f"FROM NAMED <{iri}>" for iri in named)])
    if how == "protocol":
        clauses = ""
    elif how == "protocol before text":
        clauses = f"FROM <{TWO}> FROM <{THREE}> FROM NAMED <{ONE}>"
    graphs = DatasetChoice() if how == "text" else DatasetChoice(tuple(default), tuple(named))
    found = [ask(text.format(clauses=clauses), graphs) for text in (TRIPLES, QUADS, ABOUT, CHAINS)]
    assert found == numbers


def test_a_choice_changes_nothing_for_the_next_query(ask: Ask):
    before = [ask(text.format(clauses=""), DatasetChoice()) for text in (TRIPLES, QUADS)]
    ask(TRIPLES.format(clauses=""), DatasetChoice((ONE, TWO), (THREE,)))
    assert [ask(text.format(clauses=""), DatasetChoice()) for text in (TRIPLES, QUADS)] == before == [7, 10]


def test_lines_in_any_order_and_pieces_of_any_size_are_loaded_whole(release: Release, tmp_path: Path):
    lines = release.quads.read_bytes().splitlines(keepends=True)
    turned = freeze([], b"", "turned", tmp_path)
    for content in (b"".join(lines[::-1]), b"".join(lines * 3000), b"".join(lines[1::2] + lines[::2])):
        turned.quads.write_bytes(content)
        store = Store()
        load_checked(store, turned.quads, hashlib.sha256(content).hexdigest())
        assert len(store) == 7 + 10
        with pytest.raises(ReleaseError, match="is damaged"):
            load_checked(Store(), turned.quads, release.identity)
