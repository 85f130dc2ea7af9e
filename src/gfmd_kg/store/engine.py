"""What the rest of the project asks of a SPARQL engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from pyoxigraph import BlankNode, Literal, NamedNode

Term = NamedNode | BlankNode | Literal


@dataclass(frozen=True)
class Solutions:
    """The result of a SELECT: each row has one term, or ``None`` for unbound, per variable."""

    variables: tuple[str, ...]
    rows: tuple[tuple[Term | None, ...], ...]

    def dicts(self) -> Iterator[dict[str, Term | None]]:
        """The rows as mappings from variable to term."""
        for row in self.rows:
            yield dict(zip(self.variables, row, strict=True))


SOLUTIONS, BOOLEAN, GRAPH = "solutions", "boolean", "graph"


@dataclass(frozen=True)
class RawResult:
    """The serialised result of an ad-hoc query, and its kind: ``SOLUTIONS``, ``BOOLEAN`` or ``GRAPH``.

    ``repeatable``: the same query gives the same bytes, as long as the data stays.
    """

    body: bytes
    kind: str
    repeatable: bool


class QueryEngine(Protocol):
    """Runs the project's own SELECT queries, which are known to be small."""

    def select(self, text: str) -> Solutions:
        """Run a SELECT. Raises ``EngineError`` if the engine fails or cannot be reached."""
        ...

    def close(self) -> None:
        """Let go of what the engine holds."""
        ...


class AdHocRunner(Protocol):
    """Runs what strangers send, within limits."""

    async def run(self, text: str, formats: Mapping[str, str], graphs: DatasetChoice) -> RawResult:
        """Run any query form and serialise its result. If it is cancelled, the query is stopped.

        ``formats`` has the media type for each kind of result: which one it is, only the engine knows.

        Raises ``QueryRefusedError`` for a malformed query, ``NoFormatError`` for a kind of result that is not
        among ``formats``, ``NotInXmlError`` for a result no XML can hold, ``EngineTimeoutError`` past the
        time limit, ``EngineMemoryError`` and ``ResultTooLargeError`` past those of size, ``EngineBusyError``
        when all workers are taken, ``NotIsolatedError`` where queries could reach the network.
        """
        ...

    def network(self) -> str:
        """How workers are cut off from the network: ``namespace``, ``seccomp``, ``none``, ``starting``."""
        ...

    async def close(self) -> None:
        """Stop the workers."""
        ...


@dataclass(frozen=True)
class DatasetChoice:
    """The graphs that FROM chooses, or the SPARQL protocol's ``default-graph-uri`` and ``named-graph-uri``.

    False if none are chosen: then it is the whole dataset that is asked.
    """

    default: tuple[str, ...] = ()
    named: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.default or self.named)
