"""Freeze one immutable release: a deterministic N-Quads file whose digest is its identity.

It is written beside the others and named by the pointer only when complete, so that a failed or killed
build changes nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pyoxigraph import CanonicalizationAlgorithm, Dataset, NamedNode, Quad, RdfFormat, serialize

from gfmd_kg.errors import ReleaseError
from gfmd_kg.namespaces import PASSAGE, REGISTER, SOURCE_INFERENCE, gfmd, local_name, thing
from gfmd_kg.paths import locked
from gfmd_kg.release import MANIFEST, NAME_LENGTH, POINTER, QUADS, STATISTICS, VALIDATION, Release

FORM = "2"
"""What stands beside the statements of a release; a change of it makes the next build anew."""
KEPT = 3
"""How many releases stay on disk: the one in force and those before it, for a server that still reads one."""

_TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
_BASIS_OF_CLASS: dict[object, NamedNode] = {
    gfmd("SourcePassage"): thing("basis", "source"),
    gfmd("ReferenceSource"): thing("basis", "reference"),
    gfmd("EditorialNote"): thing("basis", "editorial"),
}


def scopes(quads: Iterable[Quad]) -> list[Quad]:
    """For each graph of the register, the basis it belongs to and the document it comes from.

    Both stand in one property, so that a canned query selects statements by one join.
    """
    quads = list(quads)
    found = {
        Quad(quad.subject, gfmd("scope"), basis, REGISTER)
        for quad in quads
        if quad.graph_name == REGISTER and quad.predicate == _TYPE
        for basis in [_BASIS_OF_CLASS.get(quad.object)]
        if basis is not None
    }
    found |= {
        Quad(quad.subject, gfmd("scope"), quad.object, REGISTER)
        for quad in quads
        if quad.graph_name == REGISTER and quad.predicate == gfmd("inDocument")
    }
    found.add(Quad(SOURCE_INFERENCE, gfmd("scope"), thing("basis", "source"), REGISTER))
    return sorted(found, key=str)


def frozen_bytes(quads: Iterable[Quad]) -> bytes:
    """The statements as sorted N-Quads with canonical blank nodes (RDFC-1.0): same statements, same bytes."""
    dataset = Dataset(quads)
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    content = serialize(dataset, format=RdfFormat.N_QUADS)
    assert content is not None
    return b"".join(sorted(content.splitlines(keepends=True)))


def statistics(quads: Iterable[Quad]) -> dict[str, Any]:
    """Counts for people: statements by basis, passages by document, things by class.

    ``statements`` counts a triple in each graph that it stands in, ``triples`` once.
    """
    quads = list(quads)
    basis: Counter[str] = Counter()
    types: Counter[str] = Counter()
    passages: Counter[str] = Counter()
    graphs = {quad.graph_name for quad in quads}
    for subject, kind in {
        (q.subject, q.object) for q in quads if q.predicate == _TYPE and q.graph_name != REGISTER
    }:
        if (
            isinstance(subject, NamedNode)
            and isinstance(kind, NamedNode)
            and kind.value.startswith(gfmd("").value)
        ):
            types[local_name(kind.value)] += 1
    for quad in quads:
        name = quad.graph_name.value if isinstance(quad.graph_name, NamedNode) else ""
        basis["source" if name.startswith(PASSAGE) else local_name(name)] += 1
    for graph in graphs:
        if isinstance(graph, NamedNode) and graph.value.startswith(PASSAGE):
            passages[graph.value[len(PASSAGE) :].split("/")[0]] += 1
    return {
        "statements": len(quads),
        "triples": len({quad.triple for quad in quads}),
        "graphs": len(graphs),
        "statements_by_graph": dict(sorted(basis.items())),
        "passages_by_document": dict(sorted(passages.items())),
        "things_by_class": dict(sorted(types.items())),
    }


def freeze(quads: list[Quad], report: bytes, inputs: str, folder: Path) -> Release:
    """Write the release and put it in force. All or nothing: the pointer moves last.

    Raises ``ReleaseError`` if the disk does not take it; the release in force then stays as it was.
    """
    content = frozen_bytes(quads)
    identity = hashlib.sha256(content).hexdigest()
    files = {
        QUADS: content,
        STATISTICS: _json(statistics(quads)),
        VALIDATION: report,
        MANIFEST: _json({"identity": identity, "inputs": inputs}),
    }
    try:
        target = _put_in_force(files, identity[:NAME_LENGTH], folder)
    except OSError as error:
        raise ReleaseError(f"The release could not be written into {folder}: {error.strerror}.") from error
    return Release(target, identity, inputs)


def _put_in_force(files: Mapping[str, bytes], name: str, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder / ".lock"), tempfile.TemporaryDirectory(prefix=".new-", dir=folder) as scratch:
        part = Path(scratch) / "release"
        part.mkdir()
        for file, content in files.items():
            _write(part / file, content)
        target = folder / name
        if target.exists():  # the same statements from other inputs: readers may hold it open
            for path in part.iterdir():
                path.replace(target / path.name)
        else:
            part.rename(target)
        pointer = Path(scratch) / POINTER
        _write(pointer, f"{target.name}\n".encode())
        pointer.replace(folder / POINTER)
        _prune(folder, keep=target)
    return target


def _json(content: object) -> bytes:
    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _prune(folder: Path, keep: Path) -> None:
    others = [path for path in folder.iterdir() if (path / MANIFEST).is_file() and path != keep]
    for old in sorted(others, key=lambda path: path.stat().st_mtime, reverse=True)[KEPT - 1 :]:
        shutil.rmtree(old)
