"""Check the passages against the original texts, which the project does not hold.

The digest scheme, so that anyone can recompute it: join the lines with one space, replace each run of white
space by one space, strip, UTF-8, SHA-256 in hexadecimal.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Quad

from gfmd_kg.decoding import read
from gfmd_kg.errors import DataError, EncodingError
from gfmd_kg.namespaces import REGISTER, gfmd, local_name

_PRINTED = frozenset(
    gfmd(name)
    for name in (
        "nameAsPrinted",
        "acronymAsPrinted",
        "synonymAsPrinted",
        "place",
        "themeAsPrinted",
        "institution",
        "dateAsPrinted",
        "authorsAsPrinted",
        "attribution",
        "symbol",
        "link",
        "themeLetter",
    )
)


@dataclass(frozen=True)
class Verified:
    """What was checked, and each failure as a sentence with document, lines and statement."""

    passages: int
    names: int
    failures: tuple[str, ...]


@dataclass(frozen=True)
class Passage:
    """A passage as the register describes it; ``edition`` is the name of its text file."""

    graph: NamedNode
    document: str
    edition: str
    first: int
    last: int
    digest: str

    def __str__(self) -> str:
        lines = f"line {self.first}" if self.first == self.last else f"lines {self.first}-{self.last}"
        return f"{self.document}, {lines} ({local_name(self.graph.value)})"


def folded(lines: Iterable[str]) -> str:
    """The lines as one text with white space folded."""
    return re.sub(r"\s+", " ", " ".join(lines)).strip()


def digest(lines: Iterable[str]) -> str:
    """The digest of these lines, 64 hexadecimal digits."""
    return hashlib.sha256(folded(lines).encode()).hexdigest()


def read_text(path: Path) -> list[str]:
    """The lines of a text edition; line 1 is the first item. Only a line feed ends a line."""
    try:
        return read(path).split("\n")
    except OSError as error:
        raise DataError([f"{path}: the text edition cannot be read: {error}"]) from error
    except EncodingError as error:
        raise DataError([f"{path}: the text edition cannot be read: {error.reason}"]) from error


def verify(quads: Iterable[Quad], folder: Path) -> Verified:
    """Recompute the digest of every passage and look for every printed name in its lines.

    A text edition that is missing from ``folder`` is a failure; the others are still checked.
    """
    quads = list(quads)
    passages = passages_of(quads)
    texts: dict[str, list[str]] = {}
    failures: list[str] = []
    for edition in sorted({passage.edition for passage in passages.values()}):
        try:
            texts[edition] = read_text(folder / edition)
        except DataError as error:
            failures += error.faults
    passages = {graph: passage for graph, passage in passages.items() if passage.edition in texts}
    for passage in passages.values():
        lines = texts[passage.edition]
        if not 1 <= passage.first <= passage.last <= len(lines):
            failures.append(f"{passage}: the text has {len(lines)} lines")
        elif digest(lines[passage.first - 1 : passage.last]) != passage.digest:
            failures.append(f"{passage}: the digest does not match the text")
    names = 0
    for quad in quads:
        if quad.predicate not in _PRINTED or not isinstance(quad.object, Literal):
            continue
        found = passages.get(quad.graph_name)
        if found is None:
            continue
        names += 1
        text = folded(texts[found.edition][found.first - 1 : found.last])
        if quad.object.value not in text and quad.object.value not in text.replace("*", ""):  # emphasis marks
            statement = f"{_short(quad.subject)} {local_name(quad.predicate.value)} {quad.object}"
            failures.append(f"{found}: the lines do not print the name of: {statement}")
    return Verified(len(passages), names, tuple(failures))


def passages_of(quads: Iterable[Quad]) -> dict[object, Passage]:
    """The passages that the register describes, by their graph."""
    values: dict[object, dict[str, object]] = {}
    for quad in quads:
        if quad.graph_name == REGISTER:
            values.setdefault(quad.subject, {})[local_name(quad.predicate.value)] = quad.object
    found: dict[object, Passage] = {}
    for node, fields in values.items():
        if "digest" not in fields or not isinstance(node, NamedNode):
            continue
        document = fields["inDocument"]
        edition = values[document]["textEdition"]
        assert isinstance(edition, Literal)
        found[node] = Passage(
            graph=node,
            document=_short(document).partition("/")[2],
            edition=edition.value,
            first=_integer(fields["firstLine"]),
            last=_integer(fields["lastLine"]),
            digest=fields["digest"].value if isinstance(fields["digest"], Literal) else "",
        )
    return found


def _integer(value: object) -> int:
    assert isinstance(value, Literal)
    return int(value.value)


def _short(term: object) -> str:
    return local_name(term.value) if isinstance(term, NamedNode) else str(term)
