"""A new release takes over while the server runs, a damaged one does not: a real server, its own files."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import shutil
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from gfmd_kg.errors import ReleaseError
from gfmd_kg.release import read_pointer
from gfmd_kg_api.serving.reload import ActiveRelease, ReleaseApp, Watcher

ROOT = Path(__file__).parents[2]
REPLACEMENTS = int(os.environ.get("HOSTILE_REPLACEMENTS", "3"))


@pytest.fixture
def folder(tmp_path: Path, service) -> Path:
    for name in ("ontology", "queries", "shapes"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "data").mkdir()
    shutil.copytree(service.release.folder, tmp_path / "release" / service.release.folder.name)
    (tmp_path / "release" / "current").write_text(service.release.folder.name + "\n", encoding="utf-8")
    return tmp_path


@pytest.fixture
def address(folder: Path, serving) -> Iterator[str]:
    with serving(folder, GFMD_KG_WORKERS="1") as (found, _):
        yield found


def _version(address: str) -> str | None:
    try:
        return str(httpx.get(f"{address}/health", timeout=5).json()["version"])
    except httpx.HTTPError:
        return None


def _next_release(folder: Path, line: str, version: str = "") -> str:
    """The release in force with one statement more, as ``freeze`` would write it; returns its version."""
    import hashlib

    release = folder / "release"
    old = (
        next(release.glob(f"{version}*/")) if version else release / (release / "current").read_text().strip()
    )
    content = b"".join(sorted([*(old / "gfmd-kg.nq").read_bytes().splitlines(keepends=True), line.encode()]))
    identity = hashlib.sha256(content).hexdigest()
    new = release / identity[:16]
    shutil.copytree(old, new)
    (new / "gfmd-kg.nq").write_bytes(content)
    manifest = json.loads((new / "release.json").read_text(encoding="utf-8"))
    (new / "release.json").write_text(json.dumps({**manifest, "identity": identity}), encoding="utf-8")
    return identity


def _put_in_force(folder: Path, identity: str) -> None:
    scratch = folder / "release" / "current.new"
    scratch.write_text(identity[:16] + "\n", encoding="utf-8")
    scratch.replace(folder / "release" / "current")


def _line(number: int) -> str:
    return (
        f"<https://w3id.org/gfmd-kg/id/mechanism/example-{number}> "
        '<http://www.w3.org/2000/01/rdf-schema#label> "Example"@en <https://w3id.org/gfmd-kg/note/labels> .\n'
    )


def test_a_new_release_takes_over_and_no_request_is_dropped(folder: Path, address: str, until):
    path = "/queries/theme-elements"
    failures: list[object] = []
    answered: list[str] = []
    stop = threading.Event()

    def keep_asking() -> None:
        with httpx.Client(base_url=address, timeout=10) as client:
            while not stop.is_set():
                try:
                    answer = client.get(path)
                    answered.append(answer.json()["version"])
                    if answer.status_code != 200:
                        failures.append(answer.status_code)
                except (httpx.HTTPError, ValueError) as error:
                    failures.append(error)

    askers = [threading.Thread(target=keep_asking) for _ in range(3)]
    for asker in askers:
        asker.start()
    versions = [_version(address)]
    for number in range(REPLACEMENTS):
        identity = _next_release(folder, _line(number))
        _put_in_force(folder, identity)
        until(lambda wanted=identity[:12]: _version(address) == wanted)
        versions.append(identity[:12])
    stop.set()
    for asker in askers:
        asker.join()
    assert failures == []
    assert len(answered) > 30
    assert set(answered) <= set(versions)
    last = {"query": f"ASK {{ mechanism:example-{REPLACEMENTS - 1} ?p ?o }}"}
    assert httpx.get(f"{address}/sparql", params=last).json()["boolean"] is True


SHAPES = ["[]", "null", "7", '"x"', "{}", '{"identity": 1, "inputs": "x"}', "[" * 100_000, "\x00", "{"]


@pytest.mark.parametrize("damage", ["cut", "changed", "no manifest", "nowhere", "renamed", *SHAPES])
def test_a_damaged_release_is_refused_and_the_old_one_goes_on(folder: Path, address: str, until, damage: str):
    before = _version(address)
    identity = _next_release(folder, _line(1))
    quads = folder / "release" / identity[:16] / "gfmd-kg.nq"
    if damage == "cut":
        quads.write_bytes(quads.read_bytes()[:-1000])
    elif damage == "changed":
        quads.write_bytes(quads.read_bytes().replace(b"Example", b"Exemple"))
    elif damage == "no manifest":
        (quads.parent / "release.json").unlink()
    elif damage == "renamed":  # the manifest is whole, but the folder claims to be another release
        quads.parent.rename(quads.parent.with_name("0" * 16))
        identity = "0" * 64
    elif damage == "nowhere":
        shutil.rmtree(quads.parent)
    else:
        (quads.parent / "release.json").write_text(damage, encoding="utf-8")
    _put_in_force(folder, identity)
    refused = 'gfmd_kg_reloads_total{outcome="refused"} 1.0'
    until(lambda: refused in httpx.get(f"{address}/metrics").text)
    assert _version(address) == before
    assert httpx.get(f"{address}/queries/theme-elements").status_code == 200


@pytest.mark.parametrize("pointer", [b"\xff\xfe\x00", b"../outside", b"", b"current", b"0" * 15, b"G" * 16])
def test_a_bad_pointer_is_refused_and_the_next_release_is_served(
    folder: Path, address: str, until, pointer: bytes
):
    before = _version(address)
    shutil.copytree(next((folder / "release").glob("*/release.json")).parent, folder / "outside")
    (folder / "release" / "current").write_bytes(pointer)
    refused = 'gfmd_kg_reloads_total{outcome="refused"} 1.0'
    until(lambda: refused in httpx.get(f"{address}/metrics").text)
    assert _version(address) == before
    identity = _next_release(folder, _line(2), before)
    _put_in_force(folder, identity)
    until(lambda: _version(address) == identity[:12])


@pytest.fixture
def watched(folder: Path):
    """Watch a folder with servings that only write down what becomes of them."""

    def watch(*, seen, loaded) -> list[str]:
        said: list[str] = []

        def serving(version: str) -> ReleaseApp:
            async def settled(_: float) -> bool:
                said.append(f"{version} waited for")
                return True

            async def close() -> None:
                said.append(f"{version} closed")

            return ReleaseApp(
                version,
                app=None,  # type: ignore[arg-type]
                begin=lambda: said.append(f"{version} begun"),
                settled=settled,
                close=close,
            )

        def load() -> ReleaseApp:
            version = loaded()
            said.append(f"{version} loaded")
            return serving(version)

        async def look() -> None:
            watcher = Watcher(
                folder / "release",
                ActiveRelease(serving("old")),
                load=load,
                on_event=said.append,
                on_switch=lambda new: said.append(f"{new.version} in force"),
                seen=seen,
                seconds=0.01,
            )
            watcher.start()
            try:
                async with asyncio.timeout(30):
                    while not said:
                        await asyncio.sleep(0.01)
                await asyncio.sleep(0.2)  # a second load would show
            finally:
                await watcher.stop()

        asyncio.run(look())
        return said

    return watch


def test_a_query_worker_is_waited_for_before_a_release_is_put_in_force(watched):
    assert watched(seen=("before", 0), loaded=lambda: "new") == [
        "new loaded",
        "new begun",
        "new waited for",
        "done",
        "new in force",
        "old closed",
    ]


def test_a_pointer_that_changed_since_the_release_was_opened_is_followed_once(folder: Path, watched):
    found = read_pointer(folder / "release")
    assert watched(seen=(found[0], found[1] - 1), loaded=lambda: "old") == ["old loaded", "old closed"]


def test_what_was_in_force_is_freed_though_it_holds_itself():
    class Circle:
        def __init__(self) -> None:
            self.itself = self

    async def settled(_: float) -> bool:
        return True

    async def close() -> None:
        pass

    def serving() -> tuple[ReleaseApp, weakref.ref[Circle]]:
        app = Circle()
        made = ReleaseApp("old", app, list, settled, close)  # type: ignore[arg-type]
        return made, weakref.ref(app)

    gc.disable()
    try:
        old, app = serving()
        active = ActiveRelease(old)
        del old
        assert app() is not None
        active.switch(serving()[0])
        assert app() is not None, "a request may have taken it up in this moment"
        asyncio.run(active.tidy())
        assert app() is None
    finally:
        gc.enable()


@pytest.mark.parametrize("error", [ReleaseError("damaged"), TypeError("of another shape"), RecursionError()])
def test_a_refused_release_is_refused_once(watched, error: Exception):
    def refuse() -> str:
        raise error

    assert watched(seen=None, loaded=refuse) == ["refused"]
