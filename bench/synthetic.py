"""A graph of the same shape as the real one, any number of times its size.

Every thing that a document or reference speaks of, and every passage, is copied under a numbered name. What
describes the world once stays once: ontology, vocabularies, states and regions, and the graphs of references
and notes. The first copy is the real release itself, so that each canned query still finds its answer. The
result is the same for the same release and number; statements are written as they come, and only one copy's
worth of them is held in memory.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from gfmd_kg.namespaces import PASSAGE, THING
from gfmd_kg.release import MANIFEST, POINTER, QUADS, STATISTICS, Release, current_release

KEPT = (
    "area|basis|category|element|event-kind|former-name|former-state|objective|point-kind|practice-type|"
    "recommendation-kind|region|role|scheme|sdg-goal|sdg-target|state|status|territory|theme"
)
"""Kinds of things that are there once, however large the graph."""

_MARK, _LABEL_MARK = b"\x00", b"\x01"
_COPIED = re.compile(
    rb"(<" + re.escape(THING.encode()) + rb"(?!(?:" + KEPT.encode() + rb")/)[^>]*"
    rb"|<" + re.escape(PASSAGE.encode()) + rb"[^>]*|_:[A-Za-z0-9]+)"
)
_LABEL = re.compile(rb'(\x00>? <[^>]*(?:#prefLabel|#label)> "(?:[^"\\]|\\.)*)"')


def template(line: bytes) -> bytes | None:
    """One statement with marks where a copy's number goes; ``None`` if it is there only once.

    A passage's statement about things that are there once is made only by the first copy of the passage.
    """
    marked = _COPIED.sub(rb"\1" + _MARK, line)
    if _MARK not in marked.rpartition(b" <")[0]:
        return None
    return _LABEL.sub(rb"\1" + _LABEL_MARK + rb'"', marked)


def copies(quads: Path, times: int) -> int:
    """How many copies make a graph of ``times`` the statements, or just over."""
    lines = quads.read_bytes().splitlines(keepends=True)
    again = sum(template(line) is not None for line in lines)
    return 1 + math.ceil((times - 1) * len(lines) / again)


def blocks(quads: Path, number_of_copies: int) -> Iterator[bytes]:
    """N-Quads of the graph: the real statements, then one block for each further copy."""
    lines = quads.read_bytes().splitlines(keepends=True)
    yield b"".join(lines)
    again = b"".join(found for line in lines if (found := template(line)) is not None)
    for number in range(2, number_of_copies + 1):
        copy = again.replace(_MARK, b"-%d" % number)
        yield copy.replace(_LABEL_MARK, b" (%d)" % number)


def freeze_copies(real: Release, times: int, folder: Path) -> Release:
    """Write the graph as a release into ``folder`` and put it in force there, alone.

    Made once for a release and a version of this module.
    """
    maker = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:8]
    made = folder / f"made-{real.version}-x{times}-{maker}"
    if not made.is_file():
        for old in folder.iterdir() if folder.is_dir() else ():
            shutil.rmtree(old) if old.is_dir() else old.unlink()
        identity = _write(real, times, folder / "unnamed")
        (folder / "unnamed").rename(folder / identity[:16])
        (folder / POINTER).write_text(identity[:16], encoding="utf-8")
        made.touch()
    return current_release(folder, check=False)


def _write(real: Release, times: int, target: Path) -> str:
    """Write the files of the release; its identity."""
    target.mkdir(parents=True, exist_ok=True)
    digest, statements, triples = hashlib.sha256(), 0, 0
    with (target / QUADS).open("wb") as file:
        for block in blocks(real.quads, copies(real.quads, times)):
            file.write(block)
            digest.update(block)
            statements += block.count(b"\n")
            triples += len({line.rpartition(b" <")[0] for line in block.splitlines()})
    counts = real.statistics() | {"statements": statements, "triples": triples}
    (target / STATISTICS).write_text(json.dumps(counts), encoding="utf-8")
    manifest = {"identity": digest.hexdigest(), "inputs": real.inputs}
    (target / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    return digest.hexdigest()
