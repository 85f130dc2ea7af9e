"""The store on disk is made once, shared, and answers like the one in memory."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from pyoxigraph import RdfFormat, parse

from gfmd_kg.build.freeze import freeze
from gfmd_kg.catalogue.service import Service
from gfmd_kg.errors import EngineError, ReleaseError
from gfmd_kg.release import Release
from gfmd_kg.store.engines import disk
from gfmd_kg.store.engines.disk import SUFFIX, open_disk

COMMAND = Path(sys.executable).parent / "gfmd-kg"
COUNT = "SELECT (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } }"


@pytest.fixture
def small(service: Service, tmp_path: Path) -> Release:
    quads = list(parse(path=str(service.release.quads), format=RdfFormat.N_QUADS))[:500]
    return freeze(quads, b"", "small", tmp_path / "release")


def test_it_is_made_once_and_opened_by_several(small: Release):
    first, second = open_disk(small), open_disk(small)
    made = {
        path: path.stat().st_mtime_ns for path in small.folder.with_name(small.folder.name + SUFFIX).iterdir()
    }
    for engine in (first, second, open_disk(small)):
        assert engine.select(COUNT).rows[0][0].value == "500"
    assert made == {path: path.stat().st_mtime_ns for path in made}
    assert not list(small.folder.parent.glob(".new-disk-*"))


def test_the_store_of_a_release_that_is_gone_goes_too(small: Release):
    gone = small.folder.with_name("0123456789abcdef" + SUFFIX)
    half = small.folder.with_name(".new-disk-half")
    gone.mkdir()
    half.mkdir()
    open_disk(small)
    assert not gone.exists() and not half.exists()


def test_a_damaged_store_is_told(small: Release):
    small.folder.with_name(small.folder.name + SUFFIX).mkdir()
    with pytest.raises(ReleaseError, match="cannot be opened or made"):
        open_disk(small)


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES])
def test_who_may_not_make_it_can_wait_for_it(small: Release, monkeypatch: pytest.MonkeyPatch, number: int):
    def refuse(*_: object, **__: object) -> str:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patched:
        patched.setattr(disk.tempfile, "mkdtemp", refuse)
        with pytest.raises(EngineError, match="make it with 'GFMD_KG_STORE=disk gfmd-kg queries'"):
            open_disk(small)
    assert open_disk(small).select(COUNT).rows[0][0].value == "500"


def test_ad_hoc_queries_ask_it_too(serving):
    with serving(GFMD_KG_STORE="disk") as (address, _):
        answer = httpx.get(f"{address}/sparql", params={"query": COUNT}, timeout=60)
        count = answer.json()["results"]["bindings"][0]["n"]["value"]
        health = httpx.get(f"{address}/health").json()
    assert health["store"] == "disk"
    assert int(count) == health["statements"]


def test_processes_that_come_at_once_share_it(service: Service):
    environment = {**os.environ, "GFMD_KG_STORE": "disk"}
    call = [COMMAND, "ask", "mechanisms-by-area", "area=health", "--format", "csv"]
    running = [
        subprocess.Popen(call, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(3)
    ]
    answers = {process.communicate(timeout=120)[0] for process in running}
    assert [process.returncode for process in running] == [0, 0, 0]
    local = subprocess.run(call, capture_output=True, timeout=60, check=True).stdout
    assert answers == {local}
