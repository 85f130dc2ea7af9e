"""Reading what curators edit."""

from __future__ import annotations

import shutil

import pytest
from pyoxigraph import DefaultGraph, NamedNode

from gfmd_kg.build.load import inputs_digest, load_all, read_file
from gfmd_kg.errors import DataError, SourceSyntaxError
from gfmd_kg.namespaces import ONTOLOGY_GRAPH


def test_every_statement_gets_a_graph(layout):
    quads = load_all(layout)
    assert len(quads) == len(set(quads)) > 2000
    assert DefaultGraph() not in {quad.graph_name for quad in quads}
    assert any(quad.graph_name == ONTOLOGY_GRAPH for quad in quads)


def test_a_syntax_error_names_file_and_line_and_all_files_are_read(layout):
    first, second = sorted(layout.data.rglob("*.trig"))[:2]
    first.write_text("@prefix a: <http://a/> .\na:b { a:c a:d a:e }\na:b { a:c a:d . }\n", encoding="utf-8")
    second.write_text("<http://a/ b> {}\n", encoding="utf-8")
    with pytest.raises(DataError) as caught:
        load_all(layout)
    assert len(caught.value.faults) == 2
    assert f"{first}:3: syntax error" in caught.value.faults[0]
    assert f"{second}:1: syntax error" in caught.value.faults[1]


def test_a_file_that_is_not_utf_8_is_refused(tmp_path):
    path = tmp_path / "latin.ttl"
    path.write_bytes('<http://a/b> <http://a/c> "é" .\n'.encode("latin-1"))
    with pytest.raises(SourceSyntaxError):
        list(read_file(path, NamedNode("http://a/g")))


def test_no_data_is_an_error(layout):
    shutil.rmtree(layout.data)
    with pytest.raises(DataError, match="nothing to build from"):
        load_all(layout)


def test_the_digest_of_the_inputs_hangs_on_each_file_and_on_the_program(layout):
    before = inputs_digest(layout, "program 1")
    assert inputs_digest(layout, "program 1") == before
    assert inputs_digest(layout, "program 2") != before
    changed = {before}
    for path in (layout.prefixes, layout.shapes / "core.ttl", next(layout.data.rglob("*.trig"))):
        path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
        changed.add(inputs_digest(layout, "program 1"))
    assert len(changed) == 4
