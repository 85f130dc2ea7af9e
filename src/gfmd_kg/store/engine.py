"""What the rest of the project asks of a SPARQL engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
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
    """The serialised result of an ad-hoc query, and its kind: ``SOLUTIONS``, ``BOOLEAN`` or ``GRAPH``."""

    body: bytes
    kind: str


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

    def run(
        self,
        text: str,
        formats: Mapping[str, str],
        graphs: DatasetChoice,
        gone: Callable[[], bool] | None = None,
    ) -> RawResult:
        """Run any query form and serialise its result; stop once ``gone()`` is true.

        ``formats`` has the media type for each kind of result: which one it is, only the engine knows.

        Raises ``QueryRefusedError`` for a malformed query, ``NoFormatError`` for a kind of result that is not
        among ``formats``, ``NotInXmlError`` for a result no XML can hold, ``EngineTimeoutError`` past the
        time limit, ``EngineMemoryError`` and ``ResultTooLargeError`` past those of size, ``EngineBusyError``
        when all workers are taken, ``NotIsolatedError`` where queries could reach the network,
        ``AbandonedError`` when the asker is gone.
        """
        ...

    def network(self) -> str:
        """How workers are cut off from the network: ``namespace``, ``seccomp``, ``none``, ``starting``."""
        ...

    def close(self) -> None:
        """Stop the workers."""
        ...


@dataclass(frozen=True)
class DatasetChoice:
    """The graphs that the SPARQL protocol's ``default-graph-uri`` and ``named-graph-uri`` choose."""

    default: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
