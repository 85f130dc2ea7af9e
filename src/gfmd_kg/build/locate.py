"""Find the line of a file that holds a statement, so that a fault can be mended where it was made.

No RDF parser tells where a statement stood. The canonical layout makes it easy to find: a subject starts
its line, its properties follow. In a file that is laid out otherwise only the file may be found.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import Literal, NamedNode


@dataclass(frozen=True)
class _Block:
    path: Path
    first: int
    lines: tuple[str, ...]


class Locator:
    """Looks statements up in the texts of ``paths``; ``prefixes`` maps prefix to namespace."""

    def __init__(self, paths: Iterable[Path], prefixes: Mapping[str, str], root: Path) -> None:
        self._prefixes = sorted(prefixes.items(), key=lambda item: -len(item[1]))
        self._root = root
        self._blocks: dict[str, list[_Block]] = {}
        for path in paths:
            self._read(path)

    def find(self, subject: str, predicate: str | None = None, value: object = None) -> str | None:
        """``path:line`` of the statement, or of its subject, or ``None`` if no file speaks of the subject."""
        blocks = self._blocks.get(self._short(subject), [])
        best: str | None = None
        for block in blocks:
            for number, line in self._matches(block, predicate, value):
                if number is not None:
                    return f"{self._name(block.path)}:{block.first + number}"
                best = best or f"{self._name(block.path)}:{block.first}{line}"
        return best

    def _matches(
        self, block: _Block, predicate: str | None, value: object
    ) -> Iterable[tuple[int | None, str]]:
        name = self._short(predicate) if predicate else None
        text = self._text(value)
        inside = name is None
        for number, line in enumerate(block.lines):
            if name and (f" {name} " in f" {line.strip()} " or line.strip().startswith(f"{name} ")):
                inside = True
                if text is None:
                    yield number, ""
                    return
            if inside and text is not None and text in line:
                yield number, ""
                return
        yield None, ""

    def _text(self, value: object) -> str | None:
        if isinstance(value, NamedNode):
            return self._short(value.value)
        if isinstance(value, Literal):
            return value.value
        return None

    def _short(self, iri: str) -> str:
        for prefix, namespace in self._prefixes:
            if iri.startswith(namespace):
                return f"{prefix}:{iri[len(namespace) :]}"
        return f"<{iri}>"

    def _name(self, path: Path) -> str:
        return str(path.relative_to(self._root) if path.is_relative_to(self._root) else path)

    def _read(self, path: Path) -> None:
        current: list[str] = []
        first = 0
        for number, line in enumerate(
            path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1
        ):
            indent = len(line) - len(line.lstrip())
            starts = bool(line.strip()) and indent <= 4 and line.strip()[0] not in "@#}"
            if starts:
                self._keep(path, first, current)
                current, first = [line], number
            elif current:
                current.append(line)
        self._keep(path, first, current)

    def _keep(self, path: Path, first: int, lines: list[str]) -> None:
        if lines:
            subject = lines[0].split()[0]
            self._blocks.setdefault(subject, []).append(_Block(path, first, tuple(lines)))
