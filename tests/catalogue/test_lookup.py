"""Labels and sources are remembered whole, whoever else asks meanwhile."""

from __future__ import annotations

import pytest
from pyoxigraph import Literal, NamedNode

from gfmd_kg.catalogue.lookup import Lookup
from gfmd_kg.store.engine import Solutions

THING = "https://w3id.org/gfmd-kg/id/area/health"
LABEL = NamedNode("http://www.w3.org/2004/02/skos/core#prefLabel")


class _Interrupted:
    """An engine that gives labels one by one; between two of them somebody else asks for the same thing."""

    def __init__(self) -> None:
        self.lookup = Lookup(self)  # type: ignore[arg-type]
        self.asked = 0
        self.others: list[str] = []

    def select(self, text: str) -> Solutions:
        self.asked += 1
        return Solutions(("thing", "property", "label"), self._rows(first=self.asked == 1))  # type: ignore[arg-type]

    def _rows(self, *, first: bool):
        yield NamedNode(THING), LABEL, Literal("Health", language="en")
        if first:
            self.others.append(self.lookup.items([THING], "fr")[THING].label)
        yield NamedNode(THING), LABEL, Literal("Santé", language="fr")


def test_labels_that_are_still_coming_are_not_taken_for_all():
    engine = _Interrupted()
    assert engine.lookup.items([THING], "fr")[THING].label == "Santé"
    assert engine.others == ["Santé"]
    assert engine.lookup.items([THING], "en")[THING].label == "Health"
    assert engine.asked == 2


class _Twice:
    """An engine that gives one thing two labels in a language, in the order it was told."""

    def __init__(self, labels: list[str]) -> None:
        self.labels = labels

    def select(self, text: str) -> Solutions:
        rows = [(NamedNode(THING), LABEL, Literal(label, language="en")) for label in self.labels]
        return Solutions(("thing", "property", "label"), rows)


@pytest.mark.parametrize("labels", [["Care", "Health"], ["Health", "Care"]])
def test_of_several_labels_the_least_is_taken_whatever_the_order(labels: list[str]):
    lookup = Lookup(_Twice(labels))  # type: ignore[arg-type]
    assert lookup.items([THING], "en")[THING].label == "Care"
