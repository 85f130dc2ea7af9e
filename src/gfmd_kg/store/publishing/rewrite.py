"""Turn a query over the graphs of a release into one over a graph set of an endpoint.

Names of graphs are changed, each ``GRAPH ?v { … }`` is held to the set, and the query asks along whether the
set is whole. All in one text, so that an engine answers it from one state of its data. The tokens are those
of ``guard``. What cannot be held to a set is refused, not guessed.
"""

from __future__ import annotations

from dataclasses import dataclass

from pyoxigraph import Literal

from gfmd_kg.errors import EngineError
from gfmd_kg.store.engine import Solutions
from gfmd_kg.store.publishing.graph_sets import VERSION, GraphSet, is_graph
from gfmd_kg.store.tokens import split_tokens

HELD = "set_held"
"""The variable that tells whether the set is whole; only its own row binds it."""

_WHOLE_RESULT = frozenset(["GROUP", "HAVING", "LIMIT", "OFFSET", "FROM", "BASE"])
"""Words outside the braces that would make something else of the row that is added."""


def rewrite(text: str, graphs: GraphSet) -> str:
    """The SELECT ``text`` over ``graphs``. Raises ``EngineError`` for one that cannot be held to a set."""
    tokens = [token for token in split_tokens(text) if not token[1].startswith("#")]
    return _Rewriter(tokens, graphs).run()


def strip(found: Solutions, graphs: GraphSet) -> Solutions | None:
    """The rows as the release has them, or ``None`` if the set was not whole."""
    place = found.variables.index(HELD)
    marks = [row for row in found.rows if row[place] is not None]
    if not any(row[place] == Literal(graphs.version) for row in marks):
        return None
    names = found.variables[:place] + found.variables[place + 1 :]
    kept = (row[:place] + row[place + 1 :] for row in found.rows if row[place] is None)
    return Solutions(names, tuple(tuple(map(graphs.restore, row)) for row in kept))


@dataclass
class _Rewriter:
    """Walks over the tokens once; ``open_graphs`` holds the variable of each open brace, or ``None``."""

    tokens: list[tuple[str, str]]
    graphs: GraphSet

    def run(self) -> str:
        out: list[str] = []
        prefixes: dict[str, str] = {}
        open_graphs: list[str | None] = []
        before: list[tuple[str, str]] = []  # the last tokens that are no space
        for kind, value in self.tokens:
            last = before[-1][1].upper() if before else ""
            if kind == "word" and not open_graphs:
                value = self._outer_word(value.upper())  # noqa: PLW2901
            if kind == "iri" and len(before) > 1 and before[-2][1].upper() == "PREFIX":
                prefixes[before[-1][1].removesuffix(":")] = value[1:-1]
                out.append(value)
            elif kind == "iri":
                out.append(f"<{self.graphs.rename(value[1:-1])}>")
            elif kind == "name" and last != "PREFIX":
                out.append(self._name(value, prefixes))
            elif value == "{":
                out.append(value if open_graphs else self._opening(last))
                open_graphs.append(self._variable(before))
            elif value == "}":
                variable = open_graphs.pop()
                out.append(value + (self._filter(variable) if variable else ""))
                if not open_graphs:
                    out.append(self._closing())
            else:
                out.append(value)
            if kind != "space":
                before = [*before[-1:], (kind, value)]
        return "".join(out).strip()

    def _outer_word(self, word: str) -> str:
        if word in _WHOLE_RESULT:
            raise EngineError(
                f"A query with {word} cannot be asked of a release among others in an endpoint."
            )
        return f"?{HELD} WHERE" if word == "WHERE" else word

    def _name(self, value: str, prefixes: dict[str, str]) -> str:
        if "\\" in value:
            raise EngineError("A name with an escape cannot be held to a release among others.")
        prefix, _, local = value.partition(":")
        start = prefixes.get(prefix)
        iri = "" if start is None else start + local
        return f"<{self.graphs.rename(iri)}>" if is_graph(iri) else value

    def _variable(self, before: list[tuple[str, str]]) -> str | None:
        if len(before) > 1 and before[0][1].upper() == "GRAPH" and before[1][0] == "variable":
            return before[1][1]
        return None

    def _opening(self, last: str) -> str:
        if not last.endswith("WHERE"):
            raise EngineError(
                "Only a SELECT with WHERE can be asked of a release among others in an endpoint."
            )
        return "{ {"

    def _closing(self) -> str:
        mark = f"GRAPH {self.graphs.node} {{ {self.graphs.node} {VERSION} ?{HELD} }}"
        return f" UNION {{ {mark} }} }}"

    def _filter(self, variable: str) -> str:
        return f' FILTER(STRSTARTS(STR({variable}), "{self.graphs.iri}"))'
