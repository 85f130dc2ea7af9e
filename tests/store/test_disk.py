"""The store on disk is made once, shared, and answers like the one in memory."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from pyoxigraph import RdfFormat, parse
from tests.store.pools import Pool

from gfmd_kg.build.freeze import freeze
from gfmd_kg.catalogue.service import Service
from gfmd_kg.errors import EngineBusyError, EngineError, ReleaseError
from gfmd_kg.release import Release
from gfmd_kg.store.engine import BOOLEAN, DatasetChoice
from gfmd_kg.store.engines import disk
from gfmd_kg.store.engines.disk import SUFFIX, disk_folder, open_checked, open_disk
from gfmd_kg.store.sandbox.pool import Limits

COMMAND = Path(sys.executable).parent / "gfmd-kg"
COUNT = "SELECT (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } }"


@pytest.fixture
def small(service: Service, tmp_path: Path) -> Release:
    quads = list(parse(path=str(service.release.quads), format=RdfFormat.N_QUADS))[:500]
    return freeze(quads, b"", "small", tmp_path / "release")


def test_it_is_made_once_and_opened_by_several(small: Release):
    first, second = open_disk(small), open_disk(small)
    folder = small.folder.with_name(small.folder.name + SUFFIX)
    made = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    assert len(made) > 5
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


def _spoil(folder: Path, how: str) -> None:
    if how == "empty":
        shutil.rmtree(folder)
        folder.mkdir()
    elif how == "no marker":
        (folder / "release.json").unlink()
    elif how == "another form":
        marker = json.loads((folder / "release.json").read_text(encoding="utf-8"))
        (folder / "release.json").write_text(json.dumps(marker | {"form": 1}), "utf-8")
    elif how == "the form before":
        marker = json.loads((folder / "release.json").read_text(encoding="utf-8"))
        del marker["form"]
        (folder / "release.json").write_text(json.dumps(marker), "utf-8")
    elif how == "another release":
        marker = (folder / "release.json").read_text(encoding="utf-8")
        (folder / "release.json").write_text(re.sub(r'"[0-9a-f]{64}"', f'"{"0" * 64}"', marker), "utf-8")
    else:
        table = next(folder.glob("store/*.sst"))
        table.unlink() if how == "a file is gone" else table.write_bytes(table.read_bytes()[:-1])


SPOILT = (
    "empty",
    "no marker",
    "another form",
    "the form before",
    "another release",
    "a file is gone",
    "a file is cut",
)


@pytest.mark.parametrize("how", SPOILT)
def test_a_store_that_is_not_that_of_the_release_is_made_again(small: Release, how: str):
    open_disk(small).close()
    folder = small.folder.with_name(small.identity[:16] + SUFFIX)
    _spoil(folder, how)
    with pytest.raises(ReleaseError, match="is not that of release"):
        open_checked(folder, small.identity)
    assert open_disk(small).select(COUNT).rows[0][0].value == "500"
    triples = {quad.triple for quad in parse(path=str(small.quads), format=RdfFormat.N_QUADS)}
    assert len(open_checked(folder, small.identity)) == 500 + len(triples)
    assert not list(folder.parent.glob(".new-disk-*"))


def test_a_store_that_cannot_be_made_is_told(small: Release):
    small.folder.with_name(small.identity[:16] + SUFFIX).write_text("in the way", encoding="utf-8")
    (small.folder.parent / ".disk.lock").mkdir()
    with pytest.raises(ReleaseError, match="cannot be opened or made"):
        open_disk(small)


def test_no_store_is_made_of_what_is_not_the_release(small: Release):
    lines = small.quads.read_bytes().splitlines(keepends=True)
    small.quads.write_bytes(b"".join(lines[:-1]))
    with pytest.raises(ReleaseError, match="its digest is"):
        open_disk(small)
    assert not list(small.folder.parent.glob("*.disk")) and not list(small.folder.parent.glob(".new-disk-*"))


def test_a_worker_over_a_store_of_another_release_is_not_asked(small: Release):
    open_disk(small).close()
    pool = Pool(disk_folder(small), "0" * 64, {}, size=1, limits=Limits(waiting=0.1, seconds=1))
    pool.begin()
    try:
        with pytest.raises(EngineBusyError):
            pool.run("ASK {}", {BOOLEAN: "application/sparql-results+json"}, DatasetChoice())
    finally:
        pool.close()


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
