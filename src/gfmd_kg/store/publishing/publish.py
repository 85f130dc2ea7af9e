"""Put a release into an endpoint beside the one in force, then switch to it.

What has arrived is asked of the endpoint, graph by graph, as a number of statements: the graphs of a set are
only ever written with the statements of one release, so the full number means that all are there. A transfer
that broke off therefore goes on where it was, and the switch is made after every graph is counted again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Triple, parse

from gfmd_kg.errors import EndpointError
from gfmd_kg.release import Release
from gfmd_kg.store.engine import QueryEngine
from gfmd_kg.store.publishing.graph_sets import (
    CURRENT,
    IDENTIFIER,
    POINTER,
    PREVIOUS,
    RELEASES,
    VERSION,
    GraphSet,
)
from gfmd_kg.store.publishing.pointer import release_in_force
from gfmd_kg.store.publishing.writers import Target, Update

BATCH = 200
"""Graphs counted in one query, and sent between two lines of progress."""
_NOTHING = NamedNode(RELEASES.value + "none")
"""A graph that is never there."""


@dataclass(frozen=True)
class Outcome:
    """Graphs sent now and graphs that were there; releases in force before and now; releases dropped."""

    sent: int
    kept: int
    before: str | None
    version: str
    dropped: tuple[str, ...]


class Publisher:
    """Publishes to the endpoint that ``engine`` asks and ``target`` changes; ``pointer`` makes the switch."""

    def __init__(
        self,
        engine: QueryEngine,
        target: Target,
        pointer: Update | None = None,
        on_event: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._engine = engine
        self._target = target
        self._pointer = pointer
        self._on_event = on_event

    def publish(self, release: Release, *, drop_old: bool = False) -> Outcome:
        """Send what is missing, switch, and with ``drop_old`` drop all sets but this and the one before.

        Raises ``EngineError``; the release in force then stays, unless the sentence says otherwise.
        """
        graphs = GraphSet(release.version)
        wanted = graphs.graphs(_quads(release))
        sent = self._send(wanted)
        self._check(wanted)
        mark = [
            Triple(graphs.node, VERSION, Literal(release.version)),
            Triple(graphs.node, IDENTIFIER, Literal(release.identity)),
        ]
        if self._count([graphs.node.value]).get(graphs.node.value) != len(mark):
            self._target.put({graphs.node: mark})
        before = release_in_force(self._engine)
        if before != release.version:
            self._switch(graphs, before)
        dropped = tuple(self._drop_old(graphs)) if drop_old else ()
        return Outcome(sent, len(wanted) - sent, before, release.version, dropped)

    def _send(self, wanted: Mapping[str, Sequence[Triple]]) -> int:
        held = self._count(wanted)
        missing = [graph for graph in wanted if held.get(graph) != len(wanted[graph])]
        if missing:
            # signs in with a small request: some servers hang up on a large one that they have not let in
            self._target.drop(_NOTHING)
        for start in range(0, len(missing), BATCH):
            batch = missing[start : start + BATCH]
            self._target.put({NamedNode(graph): wanted[graph] for graph in batch})
            self._on_event(f"Sent {start + len(batch)} of {len(missing)} graphs.")
        return len(missing)

    def _check(self, wanted: Mapping[str, Sequence[Triple]]) -> None:
        held = self._count(wanted)
        wrong = [graph for graph in wanted if held.get(graph) != len(wanted[graph])]
        if wrong:
            raise EndpointError(
                f"{len(wrong)} of {len(wanted)} graphs did not arrive whole; of {wrong[0]} the endpoint "
                f"holds {held.get(wrong[0], 0)} of {len(wanted[wrong[0]])} statements. Publish again."
            )

    def _count(self, graphs: Iterable[str]) -> dict[str, int]:
        names, held = list(graphs), dict[str, int]()
        for start in range(0, len(names), BATCH):
            values = " ".join(f"<{name}>" for name in names[start : start + BATCH])
            rows = self._engine.select(
                "SELECT ?graph (COUNT(*) AS ?number) WHERE { "
                f"VALUES ?graph {{ {values} }} GRAPH ?graph {{ ?s ?p ?o }} }} GROUP BY ?graph"
            ).rows
            held |= {
                graph.value: int(number.value)
                for graph, number in rows
                if isinstance(graph, NamedNode) and isinstance(number, Literal)
            }
        return held

    def _switch(self, graphs: GraphSet, before: str | None) -> None:
        content = [Triple(RELEASES, CURRENT, graphs.node)]
        if before is not None:
            content.append(Triple(graphs.node, PREVIOUS, GraphSet(before).node))
        if self._pointer is None:
            self._target.put({POINTER: content})
        else:
            self._pointer.replace(POINTER, content)
        if release_in_force(self._engine) != graphs.version:
            raise EndpointError("The endpoint took the switch, but does not show it yet. Publish again.")
        self._on_event(f"Release {graphs.version} is in force.")

    def _drop_old(self, graphs: GraphSet) -> Iterable[str]:
        """Drop all sets but this one and the one before it, while no other publisher switches."""
        pointed = self._engine.select(
            f"SELECT ?set WHERE {{ GRAPH {POINTER} {{ {graphs.node} {PREVIOUS} ?set }} }}"
        ).rows
        kept = {graphs.node.value, *(term.value for (term,) in pointed if term is not None)}
        rows = self._engine.select(
            "SELECT DISTINCT ?graph WHERE { GRAPH ?graph { ?s ?p ?o } "
            f'FILTER(STRSTARTS(STR(?graph), "{RELEASES.value}")) }}'
        ).rows
        sets: dict[str, list[str]] = {}
        for (graph,) in rows:
            if isinstance(graph, NamedNode) and graph != POINTER:
                sets.setdefault(graph.value[len(RELEASES.value) :].split("/")[0], []).append(graph.value)
        for version in sorted(sets):
            old = GraphSet(version)
            if old.node.value in kept:
                continue
            if release_in_force(self._engine) != graphs.version:
                raise EndpointError("Another release came into force meanwhile; nothing more is dropped.")
            # first what says that the set is whole, and then what every canned query goes through
            first = (old.node.value, old.register.value)
            names = {*sets[version], old.node.value}
            for name in sorted(names, key=lambda each: (each not in first, each != first[0], each)):
                self._target.drop(NamedNode(name))
            self._on_event(f"Dropped release {version}: {len(sets[version])} graphs.")
            yield version


def _quads(release: Release) -> Iterable[Quad]:
    return parse(path=str(release.quads), format=RdfFormat.N_QUADS)
