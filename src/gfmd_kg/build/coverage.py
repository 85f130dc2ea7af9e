"""Which lines of a text edition are in a passage, which are left out, which nobody accounts for.

What is left out stands in ``data/coverage/{document}.toml``, as ranges of lines with a reason. A range may
span lines that are in passages; those count as stated.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyoxigraph import Quad

from gfmd_kg.build.verify import Passage, passages_of, read_text
from gfmd_kg.decoding import read
from gfmd_kg.errors import DataError, EncodingError, SourceSyntaxError


@dataclass(frozen=True)
class Coverage:
    """The map of one document, in lines that are not blank."""

    document: str
    lines: int
    stated: int
    left_out: Mapping[str, int]
    unaccounted: tuple[tuple[int, int], ...]


def cover(quads: Iterable[Quad], folder: Path, texts: Path) -> list[Coverage]:
    """The map of every document; ``folder`` holds the omissions, ``texts`` the text editions.

    Raises ``DataError`` for a missing text or a malformed list of omissions.
    """
    by_document: dict[str, list[Passage]] = {}
    for passage in passages_of(quads).values():
        by_document.setdefault(passage.document, []).append(passage)
    return [
        _cover(document, passages, _omissions(folder / f"{document}.toml"), texts)
        for document, passages in sorted(by_document.items())
    ]


def _cover(document: str, passages: list[Passage], omitted: dict[int, str], texts: Path) -> Coverage:
    text = read_text(texts / passages[0].edition)
    filled = [number for number, line in enumerate(text, start=1) if line.strip()]
    stated = {line for passage in passages for line in range(passage.first, passage.last + 1)}
    missing = [line for line in filled if line not in stated and line not in omitted]
    return Coverage(
        document=document,
        lines=len(filled),
        stated=sum(line in stated for line in filled),
        left_out=dict(Counter(omitted[line] for line in filled if line not in stated and line in omitted)),
        unaccounted=tuple(_ranges(missing, set(filled))),
    )


def _omissions(path: Path) -> dict[int, str]:
    try:
        entries: list[dict[str, Any]] = tomllib.loads(read(path)).get("left-out", [])
    except FileNotFoundError:
        return {}
    except tomllib.TOMLDecodeError as error:
        raise SourceSyntaxError(path, None, str(error)) from error
    except EncodingError as error:
        raise SourceSyntaxError(path, error.line, error.reason) from error
    found: dict[int, str] = {}
    for entry in entries:
        first, last, reason = (entry.get(name) for name in ("first", "last", "reason"))
        if not (
            isinstance(first, int) and isinstance(last, int) and isinstance(reason, str) and first <= last
        ):
            raise DataError([f"{path}: {entry}: needs first, last (whole numbers, in order) and reason"])
        found.update(dict.fromkeys(range(first, last + 1), reason))
    return found


def _ranges(lines: list[int], filled: set[int]) -> Iterable[tuple[int, int]]:
    """Join neighbours; blank lines between them do not part them."""
    start = end = 0
    for line in lines:
        if start and not any(between in filled for between in range(end + 1, line)):
            end = line
            continue
        if start:
            yield start, end
        start = end = line
    if start:
        yield start, end
