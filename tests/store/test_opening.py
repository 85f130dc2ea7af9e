"""A release is opened in a thread of its own; what goes wrong there is told where it is waited for."""

from __future__ import annotations

import weakref
from pathlib import Path

import pytest
from pyoxigraph import NamedNode, Quad

from gfmd_kg.build.freeze import freeze
from gfmd_kg.catalogue.service import Service
from gfmd_kg.errors import ReleaseError
from gfmd_kg.paths import Layout
from gfmd_kg.release import read_pointer
from gfmd_kg.store.engines import open as opening
from gfmd_kg.store.engines.memory import EmbeddedEngine

_ONE = [Quad(NamedNode("a:a"), NamedNode("a:b"), NamedNode("a:c"), NamedNode("a:g"))]


def test_what_is_opened_is_the_release_in_force(service: Service):
    found = opening.Opening(service.layout, None)
    opened = found.take()
    assert (opened.release, opened.store) == (service.release, "memory")
    assert found.seen == read_pointer(service.layout.release)
    engine = weakref.ref(opened.engine)
    del opened
    assert engine() is None, "nothing of it is held once it is taken"


def test_a_release_that_is_not_there_is_told_when_it_is_waited_for(tmp_path: Path):
    found = opening.Opening(Layout(tmp_path), None)
    with pytest.raises(ReleaseError, match="run 'gfmd-kg build' first"):
        found.take()


@pytest.mark.parametrize("broken", [b"<a:b> <a:b> <a:c> .\n", b"no statement\n", b""])
def test_a_damaged_release_is_told_as_damaged_whatever_the_parser_makes_of_it(broken: bytes, tmp_path: Path):
    layout = Layout(tmp_path)
    release = freeze(_ONE, b"", "first", layout.release)
    release.quads.write_bytes(broken)
    with pytest.raises(ReleaseError, match=f"{release.version} is damaged"):
        opening.open_engine(layout)


def test_a_release_without_its_statements_cannot_be_read(tmp_path: Path):
    layout = Layout(tmp_path)
    freeze(_ONE, b"", "first", layout.release).quads.unlink()
    with pytest.raises(ReleaseError, match=r"cannot be read .*: run 'gfmd-kg build' again"):
        opening.open_engine(layout)


def test_a_release_that_comes_into_force_meanwhile_is_not_taken_for_the_one_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    layout = Layout(tmp_path)
    freeze([], b"", "first", layout.release)
    load = EmbeddedEngine.load

    def change_and_load(quads: Path, identity: str) -> EmbeddedEngine:
        (layout.release / "current").write_text("another\n", encoding="utf-8")
        return load(quads, identity)

    monkeypatch.setattr(EmbeddedEngine, "load", change_and_load)
    found = opening.Opening(layout, None)
    assert found.take().release.inputs == "first"
    assert found.seen is not None
    assert found.seen != read_pointer(layout.release)
