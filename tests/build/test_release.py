"""A release: the same statements give the same bytes; nothing half-written is ever in force."""

from __future__ import annotations

import hashlib
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, Quad

from gfmd_kg.build.freeze import KEPT, freeze, frozen_bytes
from gfmd_kg.build.pipeline import build
from gfmd_kg.errors import ReleaseError
from gfmd_kg.namespaces import gfmd, thing
from gfmd_kg.release import current_release

GRAPH = NamedNode("https://w3id.org/gfmd-kg/passage/example-2031-report/one")


def _quads(number: int) -> list[Quad]:
    return [
        Quad(thing("mechanism", f"m{n}"), gfmd("nameAsPrinted"), Literal("Un", language="fr"), GRAPH)
        for n in range(number)
    ]


@pytest.mark.slow
def test_building_twice_gives_the_same_bytes_and_an_unchanged_tree_is_not_built(layout, miniature):
    first = build(layout)
    content = first.release.quads.read_bytes()
    assert first.fresh
    assert first.release.identity == current_release(miniature.release).identity
    assert first.release.identity == hashlib.sha256(content).hexdigest()
    assert content.splitlines() == sorted(content.splitlines())
    assert not build(layout).fresh
    again = build(layout, force=True)
    assert again.fresh
    assert again.release.quads.read_bytes() == content
    assert again.release.identity == first.release.identity


def test_the_order_and_the_names_of_blank_nodes_do_not_matter():
    def quads(one: str, two: str) -> list[Quad]:
        return [
            Quad(BlankNode(one), gfmd("a"), BlankNode(two), GRAPH),
            Quad(BlankNode(two), gfmd("b"), Literal("x"), GRAPH),
        ]

    assert frozen_bytes(quads("a", "b")) == frozen_bytes(quads("z", "c")[::-1])


def test_a_full_disk_leaves_the_release_in_force(tmp_path: Path):
    before = freeze(_quads(3), b"", "inputs", tmp_path)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))  # as a full disk, but for this process alone
    try:
        with pytest.raises(ReleaseError, match="could not be written into"):
            freeze(_quads(300), b"", "inputs", tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert current_release(tmp_path) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == [".lock", before.folder.name, "current"]
    assert freeze(_quads(300), b"", "inputs", tmp_path).identity != before.identity


def test_a_damaged_release_is_refused(tmp_path: Path):
    release = freeze(_quads(3), b"", "inputs", tmp_path)
    assert current_release(tmp_path).identity == release.identity
    with release.quads.open("ab") as file:
        file.write(b"\n")
    with pytest.raises(ReleaseError, match="damaged"):
        current_release(tmp_path)


def test_no_release_says_what_to_do(tmp_path: Path):
    with pytest.raises(ReleaseError, match="run 'gfmd-kg build' first"):
        current_release(tmp_path)
    (tmp_path / "current").write_text("gone\n", encoding="utf-8")
    with pytest.raises(ReleaseError):
        current_release(tmp_path)


def test_only_the_last_releases_stay(tmp_path: Path):
    for number in range(1, KEPT + 3):
        latest = freeze(_quads(number), b"", str(number), tmp_path)
    kept = [path for path in tmp_path.iterdir() if path.is_dir()]
    assert len(kept) == KEPT
    assert latest.folder in kept
    assert current_release(tmp_path).identity == latest.identity


@pytest.mark.slow
def test_a_killed_build_leaves_the_last_good_release_in_place(built):
    good = current_release(built.release)
    program = (
        "import sys\nfrom pathlib import Path\nfrom gfmd_kg.build.pipeline import build\n"
        "from gfmd_kg.paths import Layout\n"
        "build(Layout(Path(sys.argv[1])), force=True, on_event=lambda text: print(text, flush=True))\n"
    )
    for wait_for in ("Parsed", "Validated", "Reasoned"):
        process = subprocess.Popen(
            [sys.executable, "-c", program, str(built.root)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout
        for line in process.stdout:
            if line.startswith(wait_for):
                break
        time.sleep(0.02)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate(timeout=20)
        assert current_release(built.release).identity == good.identity
    assert build(built, force=True).release.identity == good.identity
    assert [path.name for path in built.release.iterdir() if path.name.startswith(".new-")] == []


def _reasoner(parent: int) -> int | None:
    """The process of ``parent`` that reasons, if it has begun."""
    for child in Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
        if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
            return int(child)
    return None


@pytest.mark.slow
def test_a_reasoner_that_breaks_off_is_told_and_the_release_stays(built):
    good = current_release(built.release)
    program = (
        "import sys\nfrom pathlib import Path\nfrom gfmd_kg.build.pipeline import build\n"
        "from gfmd_kg.errors import ReasoningError\nfrom gfmd_kg.paths import Layout\n"
        "try:\n    build(Layout(Path(sys.argv[1])), force=True)\n"
        "except ReasoningError as error:\n    print(error)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(built.root)], stdout=subprocess.PIPE, text=True
    )
    end = time.monotonic() + 60
    try:
        while (reasoner := _reasoner(process.pid)) is None:
            assert process.poll() is None
            assert time.monotonic() < end
            time.sleep(0.02)
        os.kill(reasoner, signal.SIGKILL)
        said, _ = process.communicate(timeout=120)
    finally:
        process.kill()
    assert said == "Reasoning broke off, most likely for want of memory.\n"
    assert current_release(built.release).identity == good.identity
