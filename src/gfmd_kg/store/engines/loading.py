"""Put a release into a store: its named graphs, and a default graph that is their merge.

The embedded engine has no merge of its own: its union of graphs is a bag, which gives a triple once for each
graph that states it, and so counts wrong. In the default graph each triple stands once (SPARQL 1.1 Query,
section 13.1; RDF 1.1 Semantics, section 4.1: the blank nodes of a release are the same in all its graphs).
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from pyoxigraph import RdfFormat, Store

from gfmd_kg.errors import ReleaseError

_PIECE = 1 << 16


class _Stream:
    """The statements on their way to a parser, the triple of each if it is new, and the digest of the file.

    All in one stream, so that a blank node is one node in all graphs, and what is loaded is what was checked.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self._sum = hashlib.sha256()
        self._triple, self._ready = b"", b""

    def read(self, size: int = -1) -> bytes:
        """The next bytes, as of a file."""
        if not self._ready:
            self._ready = self._next()
        if size < 0 or size >= len(self._ready):
            data, self._ready = self._ready, b""
        else:
            data, self._ready = self._ready[:size], self._ready[size:]
        return data

    def _next(self) -> bytes:
        lines = self._file.readlines(_PIECE)
        self._sum.update(b"".join(lines))
        out = []
        for line in lines:
            out.append(line)
            # the last term of a line is its graph, and in sorted lines those of one triple follow one another
            triple = line.rpartition(b" <")[0]
            if triple != self._triple:
                self._triple = triple
                out.append(triple + b" .\n")
        return b"".join(out)

    def finish(self) -> str:
        """SHA-256 (hex) of the whole file."""
        while piece := self._file.read(_PIECE):  # nothing, if the parser has read to the end
            self._sum.update(piece)
        self._file.close()
        return self._sum.hexdigest()


def load_checked(store: Store, quads: Path, identity: str) -> None:
    """Load the N-Quads of a release into an empty store, and each of their triples into its default graph.

    Raises ``ReleaseError`` if ``identity`` is not their SHA-256, ``OSError`` if they cannot be read.
    """
    source = _Stream(quads)
    fault: Exception | None = None
    try:
        # without a check of each IRI, which they had when they were frozen: it takes a third of the time
        store.bulk_load(input=source, format=RdfFormat.N_QUADS, lenient=True)  # type: ignore[arg-type]
    except (SyntaxError, ValueError) as error:
        fault = error
    digest = source.finish()
    if digest != identity:
        raise ReleaseError(f"The release {identity[:12]} is damaged: its digest is {digest[:12]}.")
    if fault:
        raise fault
