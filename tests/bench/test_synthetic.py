"""The larger graphs: the same each time, as large as they say, and still answering."""

from __future__ import annotations

from pathlib import Path

from bench.synthetic import blocks, copies, freeze_copies, template

from gfmd_kg.catalogue.registry import Catalogue
from gfmd_kg.release import current_release
from gfmd_kg.store.engines.memory import EmbeddedEngine

PASSAGE = b" <https://w3id.org/gfmd-kg/ontology#SourcePassage> <https://w3id.org/gfmd-kg/graph/register> .\n"
RCM = b"<https://w3id.org/gfmd-kg/id/mechanism/rcm"
LABEL = b" <http://www.w3.org/2004/02/skos/core#prefLabel> "


def test_things_and_their_labels_are_numbered():
    line = RCM + b">" + LABEL + b'"Puebla \\"Process\\""@en <https://w3id.org/gfmd-kg/note/labels> .\n'
    marked = (
        RCM + b"\x00>" + LABEL + b'"Puebla \\"Process\\"\x01"@en <https://w3id.org/gfmd-kg/note/labels> .\n'
    )
    assert template(line) == marked


def test_states_and_vocabularies_are_there_once():
    state = b"<https://w3id.org/gfmd-kg/id/state/phl>" + LABEL + b'"Philippines"@en <http://x/g> .\n'
    assert template(state) is None
    passage = (
        b"<https://w3id.org/gfmd-kg/id/area/health> <http://x/p> <https://w3id.org/gfmd-kg/id/theme/drivers> "
    )
    assert template(passage + b"<https://w3id.org/gfmd-kg/passage/grcp7-2017/annex-4.l5> .\n") is None


def test_the_graph_is_as_large_as_it_says_and_the_same_each_time(service, tmp_path: Path):
    real = service.release
    number = copies(real.quads, 3)
    first, again = b"".join(blocks(real.quads, number)), b"".join(blocks(real.quads, number))
    assert first == again
    lines = first.splitlines(keepends=True)
    assert len(lines) == len(set(lines)) >= 3 * real.statistics()["statements"]
    assert lines[: real.statistics()["statements"]] == real.quads.read_bytes().splitlines(keepends=True)
    passages = sum(line.endswith(PASSAGE) for line in lines)
    assert passages == number * sum(
        line.endswith(PASSAGE) for line in real.quads.read_bytes().splitlines(keepends=True)
    )
    frozen = freeze_copies(real, 3, tmp_path)
    assert current_release(tmp_path) == frozen
    assert frozen.statistics()["statements"] == len(lines)


def test_a_canned_query_finds_the_same_of_one_thing_and_more_of_all(service, tmp_path: Path):
    frozen = freeze_copies(service.release, 3, tmp_path)
    number = copies(service.release.quads, 3)
    larger = Catalogue(
        {query.id: query for query in service.catalogue},
        EmbeddedEngine.load(frozen.quads, frozen.identity),
        frozen.version,
    )
    one = {"mechanism": ["amber-coast-process"]}
    here, there = service.catalogue.ask("areas-by-mechanism", one), larger.ask("areas-by-mechanism", one)
    assert there.rows == here.rows
    assert there.sources == here.sources
    every = {"area": ["anti-trafficking"]}
    here, there = (
        service.catalogue.ask("mechanisms-by-area", every),
        larger.ask("mechanisms-by-area", every),
    )
    assert there.total == number * here.total
